//! Keys rotated under writers, and rotations that die at each step.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use sync_core::ports::CredentialStore as _;
use sync_core::testing::samples;
use sync_core::{Error, ErrorKind};

use super::super::tests::{Place, key, occasion, pair, secret, vault};
use super::super::{FileKey, KeyChain, KeyProvider, SealedRows, StoredRow, VaultError};
use super::*;
use crate::sqlite::SqliteStore;

/// The program's own order of things.
async fn rotate(file: &FileKey, vault: &SealedCredentials) -> Result<(), Error> {
    file.begin_rotation()?;
    vault.reseal(&occasion()).await?;
    let current = file.chain()?.current().id();
    let used = vault.key_ids().await?;
    if used.iter().all(|(_, id)| *id == current) {
        file.end_rotation()?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_rotated_under_writers_readers_and_new_connections_who_notice_nothing() {
    let place = Place::new().await;
    let file = FileKey::create(place.folder.path().join("key")).unwrap();
    let vault = vault(&place.rows, file.clone());
    let main = samples::connection();
    vault.replace(&main, None, pair("0")).await.unwrap();
    let enough = Arc::new(AtomicBool::new(false));
    let writer = {
        let (vault, main, enough) = (vault.clone(), main.clone(), Arc::clone(&enough));
        tokio::spawn(async move {
            let mut version = 1;
            while !enough.load(Ordering::SeqCst) {
                let written = vault.replace(&main, Some(version), pair(&version.to_string()));
                assert_eq!(written.await.unwrap(), version + 1);
                assert_eq!(secret(&vault, &main).await.unwrap(), version.to_string());
                // A connection of its own, whose data key is made in the middle of it all.
                let fresh = ConnectionId::new(format!("c{version}"));
                vault.replace(&fresh, None, pair("fresh")).await.unwrap();
                assert_eq!(secret(&vault, &fresh).await.unwrap(), "fresh");
                version += 1;
            }
            version
        })
    };
    let mut keys = std::collections::BTreeSet::new();
    for _ in 0..12 {
        rotate(&file, &vault).await.unwrap();
        keys.insert(file.chain().unwrap().current().id());
        tokio::task::yield_now().await;
    }
    enough.store(true, Ordering::SeqCst);
    let version = writer.await.unwrap();
    rotate(&file, &vault).await.unwrap();
    assert!(keys.len() > 1, "it was rotated");
    assert!(file.chain().unwrap().retired_ids().is_empty());
    for made in 1..version {
        let fresh = ConnectionId::new(format!("c{made}"));
        assert_eq!(secret(&vault, &fresh).await.unwrap(), "fresh");
    }
}

/// Ends a rotation in the moment between two questions: from then on only the new key is known.
#[derive(Debug)]
struct Hasty {
    rows: SqliteStore,
    rotated: AtomicBool,
}

impl Hasty {
    fn chain(&self) -> KeyChain {
        if self.rotated.load(Ordering::SeqCst) {
            KeyChain::new(key(2))
        } else {
            KeyChain::new(key(1))
        }
    }
}

#[async_trait]
impl KeyProvider for Hasty {
    async fn current_id(&self) -> Result<String, VaultError> {
        self.chain().current_id().await
    }

    async fn key(&self, id: &str) -> Result<Key, VaultError> {
        if !self.rotated.load(Ordering::SeqCst) {
            let both = vault(&self.rows, KeyChain::new(key(2)).with_retired(key(1)));
            both.reseal(&occasion()).await.unwrap();
            self.rotated.store(true, Ordering::SeqCst);
        }
        self.chain().key(id).await
    }
}

#[tokio::test]
async fn a_rotation_that_ends_while_a_record_is_read_or_a_data_key_is_made_is_no_missing_key() {
    let main = samples::connection();
    let place = Place::new().await;
    vault(&place.rows, KeyChain::new(key(1)))
        .replace(&main, None, pair("hush"))
        .await
        .unwrap();
    let hasty = |place: &Place| Hasty {
        rows: place.rows.clone(),
        rotated: AtomicBool::new(false),
    };
    let reader = vault(&place.rows, hasty(&place));
    assert_eq!(secret(&reader, &main).await.unwrap(), "hush");

    let place = Place::new().await;
    let writer = vault(&place.rows, hasty(&place));
    writer.replace(&main, None, pair("new")).await.unwrap();
    let after = vault(&place.rows, KeyChain::new(key(2)));
    assert_eq!(secret(&after, &main).await.unwrap(), "new");
}

/// A rotation looks for connections before a new one's data key lies there, and ends after.
#[derive(Debug)]
struct Overtaking {
    rows: SqliteStore,
    rotated: AtomicBool,
}

#[async_trait]
impl SealedRows for Overtaking {
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
        self.rows
            .swap_credential(connection, provider, before, after, data_key)
            .await
    }

    async fn data_key(&self, connection: &ConnectionId) -> Result<Option<Vec<u8>>> {
        self.rows.data_key(connection).await
    }

    async fn swap_data_key(
        &self,
        connection: &ConnectionId,
        before: Option<&[u8]>,
        after: &[u8],
        audit: Option<(AuditDraft, DateTime<Utc>)>,
    ) -> Result<bool> {
        // The rotation has begun and found nothing to move.
        self.rotated.store(true, Ordering::SeqCst);
        self.rows
            .swap_data_key(connection, before, after, audit)
            .await
    }

    async fn rekey(
        &self,
        connection: &ConnectionId,
        rekeying: &Rekeying,
        audit: (AuditDraft, DateTime<Utc>),
    ) -> Result<bool> {
        self.rows.rekey(connection, rekeying, audit).await
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

/// The keys that go with it: both while the rotation lasts.
#[derive(Debug)]
struct Both(Arc<Overtaking>);

#[async_trait]
impl KeyProvider for Both {
    async fn current_id(&self) -> Result<String, VaultError> {
        let rotated = self.0.rotated.load(Ordering::SeqCst);
        Ok(key(if rotated { 2 } else { 1 }).id())
    }

    async fn key(&self, id: &str) -> Result<Key, VaultError> {
        KeyChain::new(key(2)).with_retired(key(1)).key(id).await
    }
}

#[tokio::test]
async fn a_data_key_made_while_a_rotation_goes_by_does_not_stay_under_the_key_that_goes() {
    let place = Place::new().await;
    let rows = Arc::new(Overtaking {
        rows: place.rows.clone(),
        rotated: AtomicBool::new(false),
    });
    let main = samples::connection();
    let overtaken = SealedCredentials::new(Arc::<Overtaking>::clone(&rows), Arc::new(Both(rows)));
    overtaken.replace(&main, None, pair("hush")).await.unwrap();
    let after = vault(&place.rows, KeyChain::new(key(2)));
    assert_eq!(secret(&after, &main).await.unwrap(), "hush");
}

/// Rows whose process dies at a write: before it is made, or once it is and nobody hears of it.
#[derive(Debug)]
struct Dying {
    rows: SqliteStore,
    writes_left: AtomicUsize,
    after: bool,
}

impl Dying {
    /// Whether this is the write to die at.
    fn dies(&self) -> bool {
        let left = self.writes_left.load(Ordering::SeqCst);
        self.writes_left
            .store(left.saturating_sub(1), Ordering::SeqCst);
        left == 0
    }

    fn dead<T>() -> Result<T> {
        Err(Error::new(ErrorKind::Unavailable, "the process died"))
    }
}

#[async_trait]
impl SealedRows for Dying {
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
        self.rows
            .swap_credential(connection, provider, before, after, data_key)
            .await
    }

    async fn data_key(&self, connection: &ConnectionId) -> Result<Option<Vec<u8>>> {
        self.rows.data_key(connection).await
    }

    async fn swap_data_key(
        &self,
        connection: &ConnectionId,
        before: Option<&[u8]>,
        after: &[u8],
        audit: Option<(AuditDraft, DateTime<Utc>)>,
    ) -> Result<bool> {
        let dies = self.dies();
        if dies && !self.after {
            return Self::dead();
        }
        let swapped = self
            .rows
            .swap_data_key(connection, before, after, audit)
            .await;
        if dies { Self::dead() } else { swapped }
    }

    async fn rekey(
        &self,
        connection: &ConnectionId,
        rekeying: &Rekeying,
        audit: (AuditDraft, DateTime<Utc>),
    ) -> Result<bool> {
        let dies = self.dies();
        if dies && !self.after {
            return Self::dead();
        }
        let rekeyed = self.rows.rekey(connection, rekeying, audit).await;
        if dies { Self::dead() } else { rekeyed }
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
async fn a_rotation_that_dies_at_any_write_leaves_everything_readable_and_the_same_call_goes_on() {
    let connections = ["one", "three", "two"].map(ConnectionId::new);
    let mut deaths = 0;
    for (of_data_keys, after) in [(false, false), (false, true), (true, false), (true, true)] {
        for writes in 0.. {
            let place = Place::new().await;
            let file = FileKey::create(place.folder.path().join("key")).unwrap();
            let healthy = vault(&place.rows, file.clone());
            for connection in &connections {
                let credential = pair(connection.as_str());
                healthy.replace(connection, None, credential).await.unwrap();
            }
            let dying = Dying {
                rows: place.rows.clone(),
                writes_left: AtomicUsize::new(writes),
                after,
            };
            let dying = SealedCredentials::new(Arc::new(dying), Arc::new(file.clone()));
            let all = async |vault: &SealedCredentials| -> Result<()> {
                if !of_data_keys {
                    return rotate(&file, vault).await;
                }
                for connection in &connections {
                    vault.rotate_data_key(connection, &occasion()).await?;
                }
                Ok(())
            };
            let readable = async || {
                for connection in &connections {
                    let read = secret(&healthy, connection).await.unwrap();
                    assert_eq!(read, connection.as_str(), "{of_data_keys} {after} {writes}");
                }
            };
            let outcome = all(&dying).await;
            readable().await;
            all(&healthy).await.unwrap();
            readable().await;
            assert!(file.chain().unwrap().retired_ids().is_empty());
            if outcome.is_ok() {
                assert_eq!(writes, connections.len(), "one write each");
                break;
            }
            deaths += 1;
        }
    }
    assert_eq!(deaths, 4 * connections.len());
}
