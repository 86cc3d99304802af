//! Keys rotated, and credentials read and written, while someone else changes the same rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use secrecy::ExposeSecret as _;
use sync_core::model::{ExpensifyKey, FreshBooksGrant, GrantState};
use sync_core::ports::{Credential, CredentialStore, Store};
use sync_core::testing::samples;
use sync_core::{Error, ErrorKind};
use zeroize::Zeroizing;

use super::*;
use crate::sqlite::SqliteStore;
use crate::vault::{KeyChain, SealedRows, StoredRow, VaultError, credential};

fn vault(rows: &(impl SealedRows + Clone + 'static)) -> SealedCredentials {
    vault_with(rows, KeyChain::new(Key::from_bytes([1; 32])))
}

fn vault_with(
    rows: &(impl SealedRows + Clone + 'static),
    keys: impl crate::vault::KeyProvider + 'static,
) -> SealedCredentials {
    SealedCredentials::new(Arc::new(rows.clone()), Arc::new(keys))
}

fn pair(secret: &str) -> Credential {
    Credential::Expensify(ExpensifyKey {
        user_id: "aa_ann".to_owned(),
        user_secret: secret.into(),
    })
}

fn grant() -> Credential {
    Credential::FreshBooks(FreshBooksGrant {
        client_id: "app".to_owned(),
        client_secret: "app-secret".into(),
        redirect_uri: "https://localhost/callback".to_owned(),
        access_token: "access".into(),
        refresh_token: "refresh".into(),
        expires_at: samples::start(),
        state: GrantState::Ready,
    })
}

async fn secret(vault: &SealedCredentials) -> Result<String> {
    let found = vault
        .load(&samples::connection(), Provider::Expensify)
        .await?;
    match found.unwrap().credential {
        Credential::Expensify(key) => Ok(key.user_secret.expose_secret().to_owned()),
        Credential::FreshBooks(_) => panic!("another service's credential"),
    }
}

fn occasion() -> Occasion {
    Occasion {
        actor: "ann".to_owned(),
        at: samples::start(),
    }
}

fn is_contended(error: &Error) -> bool {
    error.kind() == ErrorKind::Conflict && error.to_string().contains("someone else keeps changing")
}

/// Rows that someone else changes under our hands: before so many reads of a data key they rotate it, and so many of our
/// writes find something else than they name.
#[derive(Clone, Debug)]
struct Contended {
    rows: SqliteStore,
    rotations: Arc<AtomicU32>,
    refusals: Arc<AtomicU32>,
}

impl Contended {
    fn new(rows: &SqliteStore) -> Self {
        Self {
            rows: rows.clone(),
            rotations: Arc::default(),
            refusals: Arc::default(),
        }
    }

    fn is_refused(&self) -> bool {
        takes_one(&self.refusals)
    }
}

fn takes_one(left: &AtomicU32) -> bool {
    left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
        left.checked_sub(1)
    })
    .is_ok()
}

#[async_trait]
impl SealedRows for Contended {
    async fn credential(&self, connection: &ConnectionId, provider: Provider) -> Result<StoredRow> {
        self.rows.credential(connection, provider).await
    }

    async fn swap_credential(
        &self,
        connection: &ConnectionId,
        provider: Provider,
        before: Option<&SealedRow>,
        after: &SealedRow,
        data_key: Option<&[u8]>,
    ) -> Result<bool> {
        Ok(!self.is_refused()
            && self
                .rows
                .swap_credential(connection, provider, before, after, data_key)
                .await?)
    }

    async fn data_key(&self, connection: &ConnectionId) -> Result<Option<Vec<u8>>> {
        if takes_one(&self.rotations) {
            vault(&self.rows)
                .rotate_data_key(connection, &occasion())
                .await?;
        }
        self.rows.data_key(connection).await
    }

    async fn swap_data_key(
        &self,
        connection: &ConnectionId,
        before: Option<&[u8]>,
        after: &[u8],
        audit: Option<(AuditDraft, DateTime<Utc>)>,
    ) -> Result<bool> {
        Ok(!self.is_refused()
            && self
                .rows
                .swap_data_key(connection, before, after, audit)
                .await?)
    }

    async fn rekey(
        &self,
        connection: &ConnectionId,
        rekeying: &Rekeying,
        audit: (AuditDraft, DateTime<Utc>),
    ) -> Result<bool> {
        Ok(!self.is_refused() && self.rows.rekey(connection, rekeying, audit).await?)
    }

    async fn shred(
        &self,
        connection: &ConnectionId,
        audit: (AuditDraft, DateTime<Utc>),
    ) -> Result<bool> {
        self.rows.shred(connection, audit).await
    }

    async fn connections_with_keys(&self) -> Result<Vec<ConnectionId>> {
        self.rows.connections_with_keys().await
    }
}

#[tokio::test]
async fn eight_changes_by_others_are_given_up_on_and_seven_are_not() {
    let main = samples::connection();
    for (refusals, succeeds) in [(SWAPS_MAX - 1, true), (SWAPS_MAX, false)] {
        let rows = SqliteStore::open_in_memory().await.unwrap();
        let contended = Contended::new(&rows);
        let ours = vault(&contended);
        ours.replace(&main, None, pair("first")).await.unwrap();

        let expect = |what: &str, outcome: Result<()>| match outcome {
            Ok(()) => assert!(succeeds, "{what} after {refusals}"),
            Err(error) => assert!(
                !succeeds && is_contended(&error),
                "{what} after {refusals}: {error}"
            ),
        };
        contended.refusals.store(refusals, Ordering::SeqCst);
        let outcome = ours.replace(&main, Some(1), pair("second")).await;
        expect("replace", outcome.map(|version| assert_eq!(version, 2)));
        assert_eq!(
            secret(&ours).await.unwrap(),
            if succeeds { "second" } else { "first" }
        );

        contended.refusals.store(refusals, Ordering::SeqCst);
        let outcome = ours.rotate_data_key(&main, &occasion()).await;
        expect("rotate", outcome.map(|rotated| assert!(rotated)));

        let newer = KeyChain::new(Key::from_bytes([2; 32])).with_retired(Key::from_bytes([1; 32]));
        let newer = vault_with(&contended, newer);
        contended.refusals.store(refusals, Ordering::SeqCst);
        let outcome = newer.reseal(&occasion()).await;
        expect(
            "reseal",
            outcome.map(|resealed| assert_eq!(resealed, std::slice::from_ref(&main))),
        );

        contended.refusals.store(refusals, Ordering::SeqCst);
        expect("forget", newer.forget(&main, Provider::Expensify).await);
        contended.refusals.store(0, Ordering::SeqCst);
        let left = newer.load(&main, Provider::Expensify).await.unwrap();
        assert_eq!(left.is_none(), succeeds);
    }
}

#[tokio::test]
async fn a_credential_that_is_sealed_anew_while_it_is_read_is_read_again() {
    let main = samples::connection();
    for (rotations, succeeds) in [(SWAPS_MAX - 1, true), (SWAPS_MAX, false)] {
        let rows = SqliteStore::open_in_memory().await.unwrap();
        let contended = Contended::new(&rows);
        let ours = vault(&contended);
        ours.replace(&main, None, pair("hush")).await.unwrap();
        contended.rotations.store(rotations, Ordering::SeqCst);
        match secret(&ours).await {
            Ok(secret) => assert!(succeeds && secret == "hush"),
            Err(error) => assert!(!succeeds && is_contended(&error), "{error}"),
        }
    }
}

#[tokio::test]
async fn a_writer_whose_data_key_was_rotated_meanwhile_takes_the_new_one() {
    let main = samples::connection();
    let rows = SqliteStore::open_in_memory().await.unwrap();
    vault(&rows)
        .replace(&main, None, pair("first"))
        .await
        .unwrap();
    let before = rows.data_key(&main).await.unwrap().unwrap();
    let row = rows.credential(&main, Provider::Expensify).await.unwrap();
    assert!(
        vault(&rows)
            .rotate_data_key(&main, &occasion())
            .await
            .unwrap()
    );
    // What was sealed under the old data key does not get in any more, and changes nothing.
    let rotated = rows.credential(&main, Provider::Expensify).await.unwrap();
    let after = SealedRow {
        version: 2,
        ..row.row.unwrap()
    };
    let swapped = rows
        .swap_credential(
            &main,
            Provider::Expensify,
            rotated.row.as_ref(),
            &after,
            Some(&before),
        )
        .await;
    assert!(!swapped.unwrap());
    assert_eq!(
        rows.credential(&main, Provider::Expensify).await.unwrap(),
        rotated
    );
    assert_eq!(secret(&vault(&rows)).await.unwrap(), "first");
}

/// Another process makes the connection's data key just before ours is written.
#[derive(Clone, Debug)]
struct Overtaken(Contended);

#[async_trait]
impl SealedRows for Overtaken {
    async fn credential(&self, connection: &ConnectionId, provider: Provider) -> Result<StoredRow> {
        self.0.credential(connection, provider).await
    }

    async fn swap_credential(
        &self,
        connection: &ConnectionId,
        provider: Provider,
        before: Option<&SealedRow>,
        after: &SealedRow,
        data_key: Option<&[u8]>,
    ) -> Result<bool> {
        self.0
            .swap_credential(connection, provider, before, after, data_key)
            .await
    }

    async fn data_key(&self, connection: &ConnectionId) -> Result<Option<Vec<u8>>> {
        self.0.data_key(connection).await
    }

    async fn swap_data_key(
        &self,
        connection: &ConnectionId,
        before: Option<&[u8]>,
        after: &[u8],
        audit: Option<(AuditDraft, DateTime<Utc>)>,
    ) -> Result<bool> {
        vault(&self.0.rows)
            .replace(connection, None, grant())
            .await?;
        self.0.swap_data_key(connection, before, after, audit).await
    }

    async fn rekey(
        &self,
        connection: &ConnectionId,
        rekeying: &Rekeying,
        audit: (AuditDraft, DateTime<Utc>),
    ) -> Result<bool> {
        self.0.rekey(connection, rekeying, audit).await
    }

    async fn shred(
        &self,
        connection: &ConnectionId,
        audit: (AuditDraft, DateTime<Utc>),
    ) -> Result<bool> {
        self.0.shred(connection, audit).await
    }

    async fn connections_with_keys(&self) -> Result<Vec<ConnectionId>> {
        self.0.connections_with_keys().await
    }
}

#[tokio::test]
async fn of_two_data_keys_made_at_once_the_first_counts_for_both() {
    let main = samples::connection();
    let rows = SqliteStore::open_in_memory().await.unwrap();
    let ours = vault(&Overtaken(Contended::new(&rows)));
    ours.replace(&main, None, pair("hush")).await.unwrap();
    assert_eq!(secret(&ours).await.unwrap(), "hush");
    let theirs = ours.load(&main, Provider::FreshBooks).await.unwrap();
    assert_eq!(theirs.unwrap().version, 1);

    // Refused, and yet there is none: it was destroyed at once.
    let rows = SqliteStore::open_in_memory().await.unwrap();
    let contended = Contended::new(&rows);
    contended.refusals.store(1, Ordering::SeqCst);
    let error = vault(&contended)
        .replace(&main, None, pair("hush"))
        .await
        .unwrap_err();
    assert!(is_contended(&error), "{error}");
    assert!(rows.data_key(&main).await.unwrap().is_none());
}

#[tokio::test]
async fn a_data_key_is_rotated_with_every_row_it_seals_or_not_at_all() {
    let main = samples::connection();
    let rows = SqliteStore::open_in_memory().await.unwrap();
    let ours = vault(&rows);
    assert!(
        !ours.rotate_data_key(&main, &occasion()).await.unwrap(),
        "there is none"
    );
    assert!(!ours.shred(&main, &occasion()).await.unwrap());
    ours.replace(&main, None, pair("hush")).await.unwrap();
    ours.replace(&main, None, grant()).await.unwrap();
    ours.forget(&main, Provider::FreshBooks).await.unwrap();
    assert!(ours.rotate_data_key(&main, &occasion()).await.unwrap());
    assert_eq!(secret(&ours).await.unwrap(), "hush");
    // A forgotten credential stays forgotten, and its version is not given out again.
    assert!(
        ours.load(&main, Provider::FreshBooks)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(ours.replace(&main, None, grant()).await.unwrap(), 2);

    // A row that came in between, and one that changed: nothing is written.
    let sealed = rows.data_key(&main).await.unwrap().unwrap();
    let row = rows
        .credential(&main, Provider::Expensify)
        .await
        .unwrap()
        .row
        .unwrap();
    let stale = SealedRow {
        version: 9,
        ..row.clone()
    };
    for rows_named in [
        vec![(Provider::Expensify, None, None)],
        vec![(Provider::Expensify, Some(stale), Some(row))],
    ] {
        let rekeying = Rekeying {
            data_key: (sealed.clone(), vec![7; 40]),
            rows: rows_named,
        };
        let note = audited(&occasion(), "data_key_rotated", String::new());
        assert!(!rows.rekey(&main, &rekeying, note).await.unwrap());
        assert_eq!(rows.data_key(&main).await.unwrap().unwrap(), sealed);
    }
    assert_eq!(secret(&ours).await.unwrap(), "hush");
}

#[tokio::test]
async fn the_trail_names_both_keys_of_a_rotation() {
    let main = samples::connection();
    let rows = SqliteStore::open_in_memory().await.unwrap();
    let (old, new) = (Key::from_bytes([1; 32]), Key::from_bytes([2; 32]));
    let ours = vault(&rows);
    ours.replace(&main, None, pair("hush")).await.unwrap();
    assert_eq!(ours.key_ids().await.unwrap(), [(main.clone(), old.id())]);
    let newer = vault_with(&rows, KeyChain::new(new.clone()).with_retired(old.clone()));
    newer.reseal(&occasion()).await.unwrap();
    assert_eq!(newer.key_ids().await.unwrap(), [(main.clone(), new.id())]);
    let first = newer.data_key(&main).await.unwrap().unwrap().key.id();
    newer.rotate_data_key(&main, &occasion()).await.unwrap();
    let second = newer.data_key(&main).await.unwrap().unwrap().key.id();
    assert_ne!(first, second);
    assert!(newer.shred(&main, &occasion()).await.unwrap());
    assert!(newer.key_ids().await.unwrap().is_empty());
    let trail = rows.audit(&main, 0, 100).await.unwrap();
    let told: Vec<_> = trail
        .iter()
        .map(|entry| {
            (
                entry.draft.action.as_str(),
                entry.draft.detail.as_str(),
                entry.draft.actor.as_str(),
            )
        })
        .collect();
    let resealed = format!(
        "the data key was under key {} and is under {}",
        old.id(),
        new.id()
    );
    let rotated = format!("data key {first} was replaced by {second}");
    assert_eq!(
        told,
        [
            ("key_rotated", resealed.as_str(), "ann"),
            ("data_key_rotated", rotated.as_str(), "ann"),
            (
                "credentials_shredded",
                "the data key was destroyed and the credentials were emptied",
                "ann"
            ),
        ]
    );
}

#[tokio::test]
async fn a_record_that_opens_and_holds_the_wrong_thing_is_refused() {
    let main = samples::connection();
    let rows = SqliteStore::open_in_memory().await.unwrap();
    let ours = vault(&rows);
    let no_record = |error: &Error, words: &str| {
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    };
    // Sealed right, for the key pair, and it is a grant.
    let purpose = credential_purpose(&main, Provider::Expensify, 1);
    let sealed = ours
        .seal_under_data_key(&main, &purpose, credential::write(&grant()).unwrap())
        .await
        .unwrap();
    let after = SealedRow {
        version: 1,
        sealed: Some(sealed),
    };
    let swapped = rows
        .swap_credential(&main, Provider::Expensify, None, &after, None)
        .await;
    assert!(swapped.unwrap());
    no_record(&secret(&ours).await.unwrap_err(), "another service");

    // Sealed right, as a data key, and a byte short.
    let before = rows.data_key(&main).await.unwrap();
    let key = Key::from_bytes([1; 32]);
    let short = Zeroizing::new(vec![7; 31]);
    let sealed = envelope::seal(&key, &key.id(), &data_key_purpose(&main), short).unwrap();
    let swapped = rows
        .swap_data_key(&main, before.as_deref(), &sealed, None)
        .await;
    assert!(swapped.unwrap());
    no_record(&secret(&ours).await.unwrap_err(), "no data key");
    let error = ours
        .replace(&main, Some(1), pair("hush"))
        .await
        .unwrap_err();
    no_record(&error, "no data key");
    assert!(matches!(
        std::error::Error::source(&error)
            .unwrap()
            .downcast_ref()
            .unwrap(),
        VaultError::NoRecord { .. }
    ));
}
