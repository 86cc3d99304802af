//! The vault over a real database: the promises of the port, rotation, tampering, and no secret on disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use sync_core::model::{ConnectionId, ExpensifyKey, Provider};
use sync_core::ports::{Credential, CredentialStore, GrantSpill, SpilledGrant, Store};
use sync_core::testing::{conformance, samples};
use sync_core::{Error, ErrorKind};

use super::{
    Key, KeyChain, KeyProvider, NoKeys, Occasion, SealedCredentials, SealedRows, SpillFiles,
    VaultError,
};
use crate::sqlite::{SqliteSettings, SqliteStore};

pub(super) fn key(byte: u8) -> Key {
    Key::from_bytes([byte; 32])
}

pub(super) fn vault(rows: &SqliteStore, keys: impl KeyProvider + 'static) -> SealedCredentials {
    SealedCredentials::new(Arc::new(rows.clone()), Arc::new(keys))
}

async fn memory() -> SqliteStore {
    SqliteStore::open_in_memory().await.unwrap()
}

pub(super) fn pair(secret: &str) -> Credential {
    Credential::Expensify(ExpensifyKey {
        user_id: "aa_ann".to_owned(),
        user_secret: SecretString::from(secret),
    })
}

pub(super) async fn secret(
    vault: &SealedCredentials,
    connection: &ConnectionId,
) -> Result<String, Error> {
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

pub(super) fn occasion() -> Occasion {
    Occasion {
        actor: "ann".to_owned(),
        at: samples::start(),
    }
}

/// An error as a word or two.
fn name(error: &VaultError) -> &'static str {
    match error {
        VaultError::KeyMissing { .. } => "key missing",
        VaultError::WrongKey { .. } => "wrong key",
        VaultError::Misplaced { .. } => "misplaced",
        VaultError::ForeignDataKey { .. } => "foreign data key",
        VaultError::DataKeyGone { .. } => "data key gone",
        VaultError::Altered { .. } => "altered",
        VaultError::OtherVersion { .. } => "other version",
        VaultError::NoRecord { .. } => "no record",
        VaultError::NewerFormat { .. } => "newer format",
        VaultError::NoKey { .. }
        | VaultError::KeyFile { .. }
        | VaultError::KeyringAbsent { .. }
        | VaultError::KeyringEntryMissing { .. }
        | VaultError::KeyringLocked { .. }
        | VaultError::KeyringTimeout { .. }
        | VaultError::KeyringNoKey { .. }
        | VaultError::KeyringOccupied { .. }
        | VaultError::Provider { .. }
        | VaultError::SpillFile { .. }
        | VaultError::Entropy(_) => "outside the database",
    }
}

/// A database in a file, and a way past the program into it.
pub(super) struct Place {
    pub(super) rows: SqliteStore,
    pub(super) folder: tempfile::TempDir,
}

impl Place {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sync.db");
        Self {
            rows: SqliteStore::open(path, SqliteSettings::default())
                .await
                .unwrap(),
            folder,
        }
    }

    async fn pool(&self) -> sqlx::SqlitePool {
        let path = self.folder.path().join("sync.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        sqlx::SqlitePool::connect_with(options).await.unwrap()
    }

    async fn run(&self, statements: &str) -> Result<(), sqlx::Error> {
        let pool = self.pool().await;
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe(statements))
            .execute(&pool)
            .await;
        pool.close().await;
        done.map(drop)
    }

    async fn blob(&self, table: &str, connection: &str, provider: &str) -> Vec<u8> {
        let text = format!(
            "SELECT sealed FROM {table} WHERE connection = ?1 {}",
            of(provider)
        );
        let pool = self.pool().await;
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(text)).bind(connection);
        let blob = query.fetch_one(&pool).await.unwrap();
        pool.close().await;
        blob
    }

    async fn put(&self, table: &str, connection: &str, provider: &str, blob: &[u8]) {
        let text = format!(
            "UPDATE {table} SET sealed = ?2 WHERE connection = ?1 {}",
            of(provider)
        );
        let pool = self.pool().await;
        let query = sqlx::query(sqlx::AssertSqlSafe(text))
            .bind(connection)
            .bind(blob);
        assert_eq!(query.execute(&pool).await.unwrap().rows_affected(), 1);
        pool.close().await;
    }

    /// What the audit trail of a connection says was done.
    async fn actions(&self, connection: &str) -> Vec<String> {
        let entries = self
            .rows
            .audit(&ConnectionId::new(connection), 0, 100)
            .await
            .unwrap();
        entries
            .into_iter()
            .map(|entry| entry.draft.action)
            .collect()
    }
}

fn of(provider: &str) -> String {
    if provider.is_empty() {
        return String::new();
    }
    format!("AND provider = '{provider}'")
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
    let data_key = vault.data_key(&main).await.unwrap().unwrap().key;
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
            data_key.as_bytes(),
            data_key.to_base64().as_bytes(),
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

/// A database as the first version of this program wrote it, straight in SQLite. Its records were made by an
/// implementation that shares no code with this one (`cryptography` and `hmac` of Python).
#[tokio::test]
async fn records_of_the_first_format_still_open_and_are_written_anew_in_the_newest() {
    const DATA_KEY: &str = "011036366137613733643266666631626234f4717b975700b8aa4fd38f42f2e108cc8150cdb4bfe70ba95bce0cdc172ba85d000102030405060708090a0b0c0d0e0f1011121314151617d6b963ffcbba61b56f966bddfd9c3959a96e9f0ee16e9a388a05b3ed6fe64b4705114ac68dc9ac9a860a99876eef6643";
    const CREDENTIAL: &str = "011032376633376133643234643737316138976231924e89f40e23062ea7c993edb7cbef25a591508193f4a8efe7ae66b1bd0102030405060708090a0b0c0d0e0f101112131415161718a8f0f733874787aa81c1614af649689baccad6ce14de0e0b24441dffb80d98d74ed9be68bbe599ce145af09d586b21b07011f6d3b8e25b663289342af78539d2d597cad88c7ec163dab0ee0d56c4e4";
    let place = Place::new().await;
    let statements = format!(
        "INSERT INTO data_keys VALUES ('main', x'{DATA_KEY}');
         INSERT INTO credentials VALUES ('main', 'expensify', 3, x'{CREDENTIAL}');
         INSERT INTO credential_versions VALUES ('main', 'expensify', 3);"
    );
    place.run(&statements).await.unwrap();
    let vault = vault(&place.rows, KeyChain::new(key(1)));
    let main = samples::connection();
    assert_eq!(secret(&vault, &main).await.unwrap(), "hush");
    vault.replace(&main, Some(3), pair("anew")).await.unwrap();
    let credential = place.blob("credentials", "main", "expensify").await;
    assert_eq!(
        (credential[0], secret(&vault, &main).await.unwrap().as_str()),
        (2, "anew")
    );
    vault.rotate_data_key(&main, &occasion()).await.unwrap();
    assert_eq!(secret(&vault, &main).await.unwrap(), "anew");
}

#[tokio::test]
async fn a_key_is_rotated_without_losing_sight_of_any_credential() {
    let place = Place::new().await;
    let (main, other) = (samples::connection(), ConnectionId::new("other"));
    let old = vault(&place.rows, KeyChain::new(key(1)));
    old.replace(&main, None, pair("hush")).await.unwrap();
    old.replace(&other, None, pair("hush too")).await.unwrap();
    let both = vault(&place.rows, KeyChain::new(key(2)).with_retired(key(1)));
    assert_eq!(secret(&both, &main).await.unwrap(), "hush");
    let before = place.rows.data_key(&other).await.unwrap().unwrap();
    assert_eq!(
        both.reseal(&occasion()).await.unwrap(),
        [main.clone(), other.clone()]
    );
    // As it is when the rotation dies between the two.
    place.put("data_keys", "other", "", &before).await;
    assert_eq!(secret(&both, &main).await.unwrap(), "hush");
    assert_eq!(secret(&both, &other).await.unwrap(), "hush too");
    assert_eq!(
        both.reseal(&occasion()).await.unwrap(),
        std::slice::from_ref(&other)
    );
    assert!(
        both.reseal(&occasion()).await.unwrap().is_empty(),
        "nothing is left to do"
    );
    let ids = both.key_ids().await.unwrap();
    assert!(ids.iter().all(|(_, id)| *id == key(2).id()), "{ids:?}");

    let new = vault(&place.rows, KeyChain::new(key(2)));
    assert_eq!(secret(&new, &main).await.unwrap(), "hush");
    assert_eq!(secret(&new, &other).await.unwrap(), "hush too");
    let version = new.replace(&main, Some(1), pair("hush again")).await;
    assert_eq!(version.unwrap(), 2, "versions are as they were");
    let error = secret(&old, &main).await.unwrap_err();
    assert!(
        matches!(why(&error), VaultError::KeyMissing { .. }),
        "{error}"
    );
    assert_eq!(place.actions("other").await, ["key_rotated", "key_rotated"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn data_keys_are_rotated_under_writers_and_readers_who_notice_nothing() {
    let place = Place::new().await;
    let main = samples::connection();
    let vault = vault(&place.rows, KeyChain::new(key(1)));
    vault.replace(&main, None, pair("0")).await.unwrap();
    let written_to = Arc::new(AtomicU64::new(1));
    let enough = Arc::new(AtomicBool::new(false));
    let writer = {
        let (vault, main) = (vault.clone(), main.clone());
        let (written_to, enough) = (Arc::clone(&written_to), Arc::clone(&enough));
        tokio::spawn(async move {
            let mut version = 1;
            while !enough.load(Ordering::SeqCst) {
                let written = vault.replace(&main, Some(version), pair(&version.to_string()));
                assert_eq!(written.await.unwrap(), version + 1);
                assert_eq!(secret(&vault, &main).await.unwrap(), version.to_string());
                version += 1;
                written_to.store(version, Ordering::SeqCst);
            }
            version
        })
    };
    let mut rotations = 0;
    let mut rotated_at = 0;
    while rotations < 6 && !writer.is_finished() {
        // One rotation per write: a write gives up when it is overtaken again and again.
        let version = written_to.load(Ordering::SeqCst);
        if version == rotated_at {
            tokio::task::yield_now().await;
            continue;
        }
        rotated_at = version;
        match vault.rotate_data_key(&main, &occasion()).await {
            Ok(done) => rotations += u32::from(done),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
        }
    }
    enough.store(true, Ordering::SeqCst);
    let version = writer.await.unwrap();
    assert_eq!(
        secret(&vault, &main).await.unwrap(),
        (version - 1).to_string()
    );
    let forgotten = ConnectionId::new("nobody");
    assert!(
        !vault
            .rotate_data_key(&forgotten, &occasion())
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn a_shredded_connection_leaves_nothing_to_open_and_an_entry_in_the_trail() {
    let place = Place::new().await;
    let (main, other) = (samples::connection(), ConnectionId::new("other"));
    let vault = vault(&place.rows, KeyChain::new(key(1)));
    vault.replace(&main, None, pair("hush")).await.unwrap();
    vault.replace(&other, None, pair("stays")).await.unwrap();
    let gone = [
        place.blob("data_keys", "main", "").await,
        place.blob("credentials", "main", "expensify").await,
    ];
    // It needs no key: it must work when that is what was lost.
    let keyless = SealedCredentials::new(Arc::new(place.rows.clone()), Arc::new(NoKeys));
    assert!(keyless.shred(&main, &occasion()).await.unwrap());
    assert!(
        !keyless.shred(&main, &occasion()).await.unwrap(),
        "nothing is left"
    );
    assert!(
        vault
            .load(&main, Provider::Expensify)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(secret(&vault, &other).await.unwrap(), "stays");
    assert_eq!(place.actions("main").await[0], "credentials_shredded");
    for file in std::fs::read_dir(place.folder.path()).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for blob in &gone {
            let found = bytes
                .windows(32)
                .any(|window| window == &blob[blob.len() - 32..]);
            assert!(!found, "{} still holds what was shredded", path.display());
        }
    }
    // What was written down under the old version loses; a new connection begins a new data key.
    let version = vault.replace(&main, None, pair("anew")).await.unwrap();
    assert_eq!(
        (version, secret(&vault, &main).await.unwrap().as_str()),
        (2, "anew")
    );
}

/// What is done to the database.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// Statements, straight in SQLite.
    Run(&'static str),
    /// One bit of a sealed column, so many bytes before its end.
    Flip(&'static str, &'static str, usize),
    /// One bit of the readable label of the credential.
    FlipLabel,
}

/// The plaintext of a credential whose secret is `second`, which lies at the end of the record, before the tag.
const SECOND: &str = r#"{"kind":"expensify_v1","user_id":"aa_ann","user_secret":"second"}"#;

/// Sets `sealed` of the credential; ends in what it is set to.
macro_rules! credential_becomes {
    ($value:literal) => {
        Deed::Run(concat!(
            "UPDATE credentials SET sealed = (",
            $value,
            ") WHERE connection = 'main' AND provider = 'expensify'"
        ))
    };
}

/// Sets `sealed` of the data key.
macro_rules! data_key_becomes {
    ($value:literal) => {
        Deed::Run(concat!(
            "UPDATE data_keys SET sealed = (",
            $value,
            ") WHERE connection = 'main'"
        ))
    };
}

/// What is done, and how the vault names it. `kept` holds the rows as they were one version, and one data key, ago.
const TAMPERED: [(Deed, &str); 18] = [
    (Deed::Flip("credentials", "expensify", 0), "altered"),
    // Nonce, ciphertext and tag come after the commitment.
    (
        Deed::Flip("credentials", "expensify", 24 + SECOND.len() + 16),
        "wrong key",
    ),
    (Deed::FlipLabel, "misplaced"),
    (credential_becomes!("substr(sealed, 1, 50)"), "no record"),
    (
        credential_becomes!("CAST(x'03' || substr(sealed, 2) AS BLOB)"),
        "newer format",
    ),
    (credential_becomes!("x''"), "no record"),
    (
        Deed::Run("REPLACE INTO credentials SELECT * FROM kept WHERE connection = 'main'"),
        "other version",
    ),
    (
        credential_becomes!("SELECT sealed FROM kept WHERE connection = 'main'"),
        "misplaced",
    ),
    (
        Deed::Run("UPDATE credentials SET version = 9"),
        "other version",
    ),
    (
        Deed::Run("DELETE FROM credentials WHERE connection = 'main'"),
        "other version",
    ),
    (
        credential_becomes!("SELECT sealed FROM credentials WHERE connection = 'other'"),
        "misplaced",
    ),
    (
        credential_becomes!("SELECT sealed FROM credentials WHERE provider = 'freshbooks'"),
        "misplaced",
    ),
    (
        credential_becomes!("SELECT sealed FROM data_keys WHERE connection = 'main'"),
        "misplaced",
    ),
    (
        data_key_becomes!(
            "SELECT sealed FROM credentials WHERE connection = 'main' AND provider = 'expensify'"
        ),
        "misplaced",
    ),
    (
        data_key_becomes!("SELECT sealed FROM data_keys WHERE connection = 'other'"),
        "misplaced",
    ),
    (
        data_key_becomes!("SELECT sealed FROM kept_keys WHERE connection = 'main'"),
        "foreign data key",
    ),
    (Deed::Flip("data_keys", "", 0), "altered"),
    (
        Deed::Run("DELETE FROM data_keys WHERE connection = 'main'"),
        "data key gone",
    ),
];

impl Place {
    /// Two connections; one has both credentials, the first of them in its second version and under its second data key.
    async fn furnished(
        vault: impl Fn(&SqliteStore) -> SealedCredentials,
    ) -> (Self, SealedCredentials) {
        let place = Self::new().await;
        let vault = vault(&place.rows);
        let (main, other) = (samples::connection(), ConnectionId::new("other"));
        vault.replace(&main, None, pair("first")).await.unwrap();
        vault.replace(&other, None, pair("theirs")).await.unwrap();
        let kept = "CREATE TABLE kept AS SELECT * FROM credentials; CREATE TABLE kept_keys AS SELECT * FROM data_keys";
        place.run(kept).await.unwrap();
        vault.rotate_data_key(&main, &occasion()).await.unwrap();
        vault.replace(&main, Some(1), pair("second")).await.unwrap();
        let grant = Credential::FreshBooks(consent());
        vault.replace(&main, None, grant).await.unwrap();
        (place, vault)
    }

    async fn suffer(&self, deed: Deed) {
        let (table, provider) = match deed {
            Deed::Run(statements) => return self.run(statements).await.unwrap(),
            Deed::Flip(table, provider, _) => (table, provider),
            Deed::FlipLabel => ("credentials", "expensify"),
        };
        let mut blob = self.blob(table, "main", provider).await;
        let at = match deed {
            Deed::Flip(_, _, from_end) => blob.len() - 1 - from_end,
            Deed::Run(_) | Deed::FlipLabel => {
                let mut windows = blob.windows(7);
                windows.position(|text| text == b"version").unwrap()
            }
        };
        blob[at] ^= 1;
        self.put(table, "main", provider, &blob).await;
    }
}

fn consent() -> sync_core::model::FreshBooksGrant {
    let clock = Arc::new(sync_core::testing::ManualClock::new(samples::start()));
    sync_core::testing::MemoryTokens::new(clock, sync_core::testing::Reuse::IsRefused).consent()
}

#[tokio::test]
async fn every_way_to_tamper_with_the_database_has_an_error_and_a_remedy_of_its_own() {
    let (main, other) = (samples::connection(), ConnectionId::new("other"));
    for (deed, expected) in TAMPERED {
        let (place, vault) = Place::furnished(|rows| vault(rows, KeyChain::new(key(1)))).await;
        assert_eq!(secret(&vault, &main).await.unwrap(), "second");
        place.suffer(deed).await;
        let error = secret(&vault, &main).await.unwrap_err();
        assert_eq!(name(why(&error)), expected, "{deed:?}: {error}");
        assert_eq!(
            error.kind() == ErrorKind::Invalid,
            expected == "wrong key",
            "{deed:?}"
        );
        assert!(
            error.to_string().contains(why(&error).remedy()),
            "{deed:?}: {error}"
        );
        // What the remedies come to: neither needs anything opened, and a new credential begins.
        vault.shred(&main, &occasion()).await.unwrap();
        vault.forget(&main, Provider::Expensify).await.unwrap();
        assert!(
            vault
                .load(&main, Provider::Expensify)
                .await
                .unwrap()
                .is_none(),
            "{deed:?}"
        );
        vault.replace(&main, None, pair("anew")).await.unwrap();
        assert_eq!(secret(&vault, &main).await.unwrap(), "anew", "{deed:?}");
        if !matches!(deed, Deed::Run("UPDATE credentials SET version = 9")) {
            assert_eq!(
                secret(&vault, &other).await.unwrap(),
                "theirs",
                "{deed:?}: others are not concerned"
            );
        }
    }
}

#[tokio::test]
async fn recorded_versions_cannot_be_lowered_or_forgotten_by_mistake() {
    let place = Place::new().await;
    let vault = vault(&place.rows, KeyChain::new(key(1)));
    let main = samples::connection();
    vault.replace(&main, None, pair("first")).await.unwrap();
    vault.replace(&main, Some(1), pair("second")).await.unwrap();
    for statement in [
        "UPDATE credential_versions SET version = 1",
        "DELETE FROM credential_versions",
    ] {
        let refused = place.run(statement).await.unwrap_err();
        assert!(
            refused.to_string().contains("versions of credentials"),
            "{refused}"
        );
    }
    place
        .run("DROP TRIGGER credential_versions_are_never_deleted; DELETE FROM credential_versions")
        .await
        .unwrap();
    let error = secret(&vault, &main).await.unwrap_err();
    assert!(
        matches!(why(&error), VaultError::OtherVersion { recorded: 0, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_spilled_pair_is_sealed_its_owners_alone_and_dies_with_its_connection() {
    let place = Place::new().await;
    let (main, other) = (samples::connection(), ConnectionId::new("other"));
    let vault = vault(&place.rows, KeyChain::new(key(1)));
    let spill = SpillFiles::new(vault.clone(), place.folder.path().join("sync.db"));
    let clock = Arc::new(sync_core::testing::ManualClock::new(samples::start()));
    let tokens = sync_core::testing::MemoryTokens::new(clock, sync_core::testing::Reuse::IsRefused);
    assert!(spill.get(&main).await.unwrap().is_none());
    let grant = tokens.consent();
    for replaces in [4, 5] {
        let grant = grant.clone();
        let spent = grant.refresh_mark();
        let spilled = SpilledGrant {
            replaces,
            spent,
            grant,
        };
        spill.put(&main, &spilled).await.unwrap();
    }
    let paths = spill.paths(&main).unwrap();
    let [path] = paths.as_slice() else {
        panic!("one file a pair: {paths:?}")
    };
    let kept = spill.get(&main).await.unwrap().unwrap();
    assert_eq!(kept.replaces, 5);
    assert!(tokens.is_alive(&kept.grant));
    let bytes = std::fs::read(path).unwrap();
    assert!(
        !bytes
            .windows(7)
            .any(|text| text == b"refresh" || text == b"app sec")
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // Another connection's, an altered one, and one whose connection was shredded.
    vault.replace(&other, None, pair("theirs")).await.unwrap();
    let spilled = spill.get(&main).await.unwrap().unwrap();
    spill.put(&other, &spilled).await.unwrap();
    std::fs::copy(path, &spill.paths(&other).unwrap()[0]).unwrap();
    let error = spill.get(&other).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("sealed as the spilled tokens of connection main"),
        "{error}"
    );
    spill.remove_all(&other).unwrap();
    vault.shred(&main, &occasion()).await.unwrap();
    let error = spill.get(&main).await.unwrap_err();
    assert!(error.to_string().contains("data key is gone"), "{error}");
    spill.remove_all(&main).unwrap();
    spill.remove_all(&main).unwrap();
    assert!(spill.get(&main).await.unwrap().is_none());
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
