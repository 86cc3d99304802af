//! The vault over a real database: the promises of the port, rotation, tampering, and no secret on disk.

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use sync_core::model::{ConnectionId, ExpensifyKey, Provider};
use sync_core::ports::{Credential, CredentialStore};
use sync_core::testing::{conformance, samples};
use sync_core::{Error, ErrorKind};

use super::{Key, KeyChain, KeyProvider, SealedCredentials, SealedRow, SealedRows, VaultError};
use crate::sqlite::{SqliteSettings, SqliteStore};

fn key(byte: u8) -> Key {
    Key::from_bytes([byte; 32])
}

fn vault(rows: &SqliteStore, keys: impl KeyProvider + 'static) -> SealedCredentials {
    SealedCredentials::new(Arc::new(rows.clone()), Arc::new(keys))
}

async fn memory() -> SqliteStore {
    SqliteStore::open_in_memory().await.unwrap()
}

fn pair(secret: &str) -> Credential {
    Credential::Expensify(ExpensifyKey {
        user_id: "aa_ann".to_owned(),
        user_secret: SecretString::from(secret),
    })
}

async fn secret(vault: &SealedCredentials, connection: &ConnectionId) -> Result<String, Error> {
    match vault
        .load(connection, Provider::Expensify)
        .await?
        .unwrap()
        .credential
    {
        Credential::Expensify(key) => Ok(key.user_secret.expose_secret().to_owned()),
        Credential::FreshBooks(_) => panic!("another service's credential"),
    }
}

fn why(error: &Error) -> &VaultError {
    std::error::Error::source(error)
        .unwrap()
        .downcast_ref()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn sealed_credentials_keep_every_promise_of_the_port() {
    conformance::credentials(|| async {
        let folder = tempfile::tempdir().unwrap();
        let rows = SqliteStore::open(folder.path().join("sync.db"), SqliteSettings::default())
            .await
            .unwrap();
        (vault(&rows, KeyChain::new(key(1))), folder)
    })
    .await;
}

#[tokio::test]
async fn no_byte_of_any_file_holds_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let rows = SqliteStore::open(folder.path().join("sync.db"), SqliteSettings::default())
        .await
        .unwrap();
    let vault = vault(&rows, KeyChain::new(key(0x41)));
    let main = samples::connection();
    let canaries: Vec<String> = (0..40)
        .map(|n| format!("canary-{n}-of-the-secret-kind"))
        .collect();
    let mut version = None;
    for canary in &canaries {
        version = Some(vault.replace(&main, version, pair(canary)).await.unwrap());
    }
    vault.forget(&main, Provider::Expensify).await.unwrap();
    vault
        .replace(&main, None, pair(&canaries[0]))
        .await
        .unwrap();
    let mut read = 0;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        read += bytes.len();
        for needle in [
            b"canary-".as_slice(),
            b"secret-kind",
            b"aa_ann",
            b"user_secret",
            &[0x41; 32],
        ] {
            assert!(
                !bytes.windows(needle.len()).any(|window| window == needle),
                "{needle:?}"
            );
        }
    }
    assert!(
        read > 40 * 100,
        "the log still holds every version: {read} bytes"
    );
}

/// Gives one key under whatever id is asked for.
#[derive(Debug)]
struct Stubborn(Key);

#[async_trait]
impl KeyProvider for Stubborn {
    async fn current_id(&self) -> Result<String, VaultError> {
        Ok("the-one".to_owned())
    }

    async fn key(&self, _id: &str) -> Result<Key, VaultError> {
        Ok(self.0.clone())
    }
}

#[tokio::test]
async fn a_missing_key_is_named_and_a_wrong_one_is_not_taken_for_damage() {
    let rows = memory().await;
    let main = samples::connection();
    vault(&rows, KeyChain::new(key(1)))
        .replace(&main, None, pair("hush"))
        .await
        .unwrap();

    let error = secret(&vault(&rows, KeyChain::new(key(2))), &main)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(matches!(why(&error), VaultError::KeyMissing { id } if *id == key(1).id()));
    assert!(error.to_string().contains(&key(1).id()), "{error}");

    let error = secret(&vault(&rows, Stubborn(key(2))), &main)
        .await
        .unwrap_err();
    assert!(
        matches!(why(&error), VaultError::WrongKey { .. }),
        "{error}"
    );
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn a_key_is_rotated_without_losing_sight_of_any_credential() {
    let rows = memory().await;
    let main = samples::connection();
    let other = ConnectionId::new("other");
    let old = vault(&rows, KeyChain::new(key(1)));
    old.replace(&main, None, pair("hush")).await.unwrap();
    old.replace(&other, None, pair("hush too")).await.unwrap();
    let both = vault(&rows, KeyChain::new(key(2)).with_retired(key(1)));
    assert_eq!(secret(&both, &main).await.unwrap(), "hush");
    assert_eq!(both.reseal().await.unwrap(), 2);
    assert_eq!(
        both.reseal().await.unwrap(),
        0,
        "a second run finds nothing to do"
    );
    let new = vault(&rows, KeyChain::new(key(2)));
    assert_eq!(secret(&new, &main).await.unwrap(), "hush");
    assert_eq!(secret(&new, &other).await.unwrap(), "hush too");
    assert_eq!(
        new.replace(&main, Some(1), pair("hush again"))
            .await
            .unwrap(),
        2,
        "versions are as they were"
    );
    let error = secret(&old, &main).await.unwrap_err();
    assert!(
        matches!(why(&error), VaultError::KeyMissing { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn rows_that_were_moved_swapped_or_put_back_do_not_open() {
    let rows = memory().await;
    let main = samples::connection();
    let other = ConnectionId::new("other");
    let vault = vault(&rows, KeyChain::new(key(1)));
    vault.replace(&main, None, pair("first")).await.unwrap();
    vault.replace(&other, None, pair("theirs")).await.unwrap();
    let first = rows
        .credential(&main, Provider::Expensify)
        .await
        .unwrap()
        .unwrap();
    vault.replace(&main, Some(1), pair("second")).await.unwrap();
    let second = rows
        .credential(&main, Provider::Expensify)
        .await
        .unwrap()
        .unwrap();
    let theirs = rows
        .credential(&other, Provider::Expensify)
        .await
        .unwrap()
        .unwrap();

    let put = async |bytes: &SealedRow| {
        let before = rows.credential(&main, Provider::Expensify).await.unwrap();
        let after = SealedRow {
            version: second.version,
            sealed: bytes.sealed.clone(),
        };
        assert!(
            rows.swap_credential(&main, Provider::Expensify, before.as_ref(), &after)
                .await
                .unwrap()
        );
    };
    for (what, bytes) in [
        ("an older version", &first),
        ("another connection's", &theirs),
    ] {
        put(bytes).await;
        let error = secret(&vault, &main).await.unwrap_err();
        assert!(
            matches!(why(&error), VaultError::Altered { .. }),
            "{what}: {error}"
        );
        assert_eq!(error.kind(), ErrorKind::Corrupt);
    }
    put(&second).await;
    assert_eq!(secret(&vault, &main).await.unwrap(), "second");

    // The same bytes under the other provider's name.
    rows.swap_credential(&main, Provider::FreshBooks, None, &second)
        .await
        .unwrap();
    let error = vault.load(&main, Provider::FreshBooks).await.unwrap_err();
    assert!(matches!(why(&error), VaultError::Altered { .. }), "{error}");

    // Another connection's data key.
    let (ours, foreign) = (
        rows.data_key(&main).await.unwrap().unwrap(),
        rows.data_key(&other).await.unwrap().unwrap(),
    );
    assert!(
        rows.swap_data_key(&main, Some(&ours), &foreign)
            .await
            .unwrap()
    );
    let error = secret(&vault, &main).await.unwrap_err();
    assert!(matches!(why(&error), VaultError::Altered { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_writers_at_once_exactly_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sync.db");
    let main = samples::connection();
    let mut vaults = Vec::new();
    for _ in 0..4 {
        let rows = SqliteStore::open(&path, SqliteSettings::default())
            .await
            .unwrap();
        vaults.push(vault(&rows, KeyChain::new(key(1))));
    }
    for expected in [None, Some(1), Some(2)] {
        let tasks: Vec<_> = vaults
            .iter()
            .cloned()
            .map(|vault| {
                let main = main.clone();
                tokio::spawn(async move { vault.replace(&main, expected, pair("hush")).await })
            })
            .collect();
        let mut won = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(version) => {
                    assert_eq!(version, expected.unwrap_or(0) + 1);
                    won += 1;
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
            }
        }
        assert_eq!(won, 1, "after {expected:?}");
    }
    assert_eq!(secret(&vaults[3], &main).await.unwrap(), "hush");
}
