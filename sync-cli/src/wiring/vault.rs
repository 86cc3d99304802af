//! The vault of a database, its keys and its spill, as the configuration describes them.

use std::path::Path;
use std::sync::Arc;

use sync_adapters::sqlite::SqliteStore;
use sync_adapters::vault::{
    EnvKey, FileKey, KeyChain, KeyProvider, SealedCredentials, SealedRows as _, SpillFiles,
    VaultError,
};
#[cfg(feature = "keyring")]
use sync_adapters::vault::{Keyring, KeyringKey, KeyringSettings};

use crate::config::{KeySource, KeyringEntry};
use crate::exit_code::ExitCode;
use crate::failure::{Failure, with_sources};

/// Credentials, and what seals them.
#[derive(Clone, Debug)]
pub(crate) struct Vault {
    /// Credentials, sealed.
    pub(crate) credentials: SealedCredentials,
    /// A second place for tokens that the database cannot take.
    pub(crate) spill: SpillFiles,
    /// Where keys come from.
    pub(crate) keys: VaultKeys,
}

/// Where keys come from.
#[derive(Clone, Debug)]
pub(crate) enum VaultKeys {
    /// A file that this program may rewrite.
    File(FileKey),
    /// A credential of systemd.
    Systemd(FileKey),
    /// The environment.
    Environment(EnvKey),
    /// An entry of the keyring, which this program may rewrite.
    #[cfg(feature = "keyring")]
    Keyring(KeyringKey),
}

impl VaultKeys {
    /// The keys as they are now.
    ///
    /// # Errors
    /// When they can no longer be read.
    pub(crate) async fn chain(&self) -> Result<KeyChain, Failure> {
        let chain = match self {
            Self::File(file) | Self::Systemd(file) => file.chain(),
            Self::Environment(variable) => Ok(variable.chain().clone()),
            #[cfg(feature = "keyring")]
            Self::Keyring(entry) => entry.chain().await,
        };
        chain.map_err(|error| key_failure(&error))
    }

    /// Begins a rotation, where this program may write keys. Returns whether it may.
    ///
    /// # Errors
    /// When the new key cannot be stored.
    pub(crate) async fn begin_rotation(&self) -> Result<bool, Failure> {
        let begun = match self {
            Self::File(file) => file.begin_rotation(),
            #[cfg(feature = "keyring")]
            Self::Keyring(entry) => entry.begin_rotation().await,
            Self::Systemd(_) | Self::Environment(_) => return Ok(false),
        };
        begun.map(|()| true).map_err(|error| key_failure(&error))
    }

    /// Ends a rotation, where this program may write keys.
    ///
    /// # Errors
    /// When the old keys cannot be removed.
    pub(crate) async fn end_rotation(&self) -> Result<(), Failure> {
        let ended = match self {
            Self::File(file) => file.end_rotation(),
            #[cfg(feature = "keyring")]
            Self::Keyring(entry) => entry.end_rotation().await,
            Self::Systemd(_) | Self::Environment(_) => Ok(()),
        };
        ended.map_err(|error| key_failure(&error))
    }
}

impl Vault {
    /// Opens the vault of a database. A key file, or an entry of the keyring, is made when it is missing and nothing is
    /// sealed yet.
    ///
    /// # Errors
    /// When the key is missing, readable by others, or no key.
    pub(super) async fn open(
        key: &KeySource,
        database: &Path,
        store: SqliteStore,
    ) -> Result<Self, Failure> {
        let keys = keys(key, &store).await?;
        let provider: Arc<dyn KeyProvider> = match &keys {
            VaultKeys::File(file) | VaultKeys::Systemd(file) => Arc::new(file.clone()),
            VaultKeys::Environment(variable) => Arc::new(variable.clone()),
            #[cfg(feature = "keyring")]
            VaultKeys::Keyring(entry) => Arc::new(entry.clone()),
        };
        let credentials = SealedCredentials::new(Arc::new(store), provider);
        Ok(Self {
            spill: SpillFiles::new(credentials.clone(), database),
            credentials,
            keys,
        })
    }
}

async fn keys(key: &KeySource, store: &SqliteStore) -> Result<VaultKeys, Failure> {
    let opened = match key {
        KeySource::Environment(variable) => EnvKey::from_var(variable).map(VaultKeys::Environment),
        KeySource::Systemd(name) => FileKey::of_systemd(name).map(VaultKeys::Systemd),
        KeySource::Keyring(entry) => return keyring(entry, store).await,
        KeySource::File(path) if path.exists() => FileKey::open(path).map(VaultKeys::File),
        KeySource::File(path) => {
            let missing = format!("find key file {}", path.display());
            nothing_sealed(
                store,
                &missing,
                "put the key file back; if the key is lost, `ml-connector vault shred` each connection and connect again",
            )
            .await?;
            FileKey::create(path).map(VaultKeys::File)
        }
    };
    opened.map_err(|error| key_failure(&error))
}

/// A new key would not open what is sealed already, and hide that the old one is missing.
async fn nothing_sealed(store: &SqliteStore, doing: &str, fix: &str) -> Result<(), Failure> {
    match store.connections_with_keys().await?.first() {
        None => Ok(()),
        Some(connection) => Err(Failure::configuration(
            format!("failed to {doing}, and the credentials of connection {connection} are sealed"),
            fix,
        )),
    }
}

#[cfg(feature = "keyring")]
fn keyring_key(entry: &KeyringEntry) -> KeyringKey {
    let keyring = if entry.in_kernel {
        Keyring::Kernel
    } else {
        Keyring::System
    };
    let mut settings = KeyringSettings::default();
    settings.timeout = entry.timeout.unwrap_or(settings.timeout);
    KeyringKey::new(keyring, entry.name.as_str(), settings)
}

#[cfg(feature = "keyring")]
async fn keyring(entry: &KeyringEntry, store: &SqliteStore) -> Result<VaultKeys, Failure> {
    let keys = keyring_key(entry);
    match keys.chain().await {
        Ok(_) => {}
        // The kernel's forgets: a key made there would be lost at the next reboot, and with it what it seals.
        Err(error @ VaultError::KeyringEntryMissing { .. }) if !entry.in_kernel => {
            let missing = format!("find entry {:?} in the keyring", entry.name);
            nothing_sealed(store, &missing, error.remedy()).await?;
            keys.create().await.map_err(|error| key_failure(&error))?;
        }
        Err(error) => return Err(key_failure(&error)),
    }
    Ok(VaultKeys::Keyring(keys))
}

/// Puts the keys of a file into the keyring. Returns the entry's name and the id of the key that seals.
///
/// # Errors
/// When the file cannot be used, or the entry holds something else.
#[cfg(feature = "keyring")]
pub(crate) async fn put_key(key: &KeySource, file: &Path) -> Result<(String, String), Failure> {
    let KeySource::Keyring(entry) = key else {
        return Err(Failure::configuration(
            "failed to put a key into the keyring: the configuration names no entry of one",
            "name the entry as vault.key_keyring in the configuration",
        ));
    };
    let chain = FileKey::open(file).and_then(|file| file.chain());
    let chain = chain.map_err(|error| key_failure(&error))?;
    let put = keyring_key(entry).put(&chain).await;
    put.map_err(|error| key_failure(&error))?;
    Ok((entry.name.clone(), chain.current().id()))
}

#[cfg(not(feature = "keyring"))]
async fn keyring(entry: &KeyringEntry, _store: &SqliteStore) -> Result<VaultKeys, Failure> {
    Err(without_keyrings(&entry.name))
}

/// As in a build with keyrings.
///
/// # Errors
/// Always.
#[cfg(not(feature = "keyring"))]
pub(crate) async fn put_key(_key: &KeySource, file: &Path) -> Result<(String, String), Failure> {
    Err(without_keyrings(&file.display().to_string()))
}

#[cfg(not(feature = "keyring"))]
fn without_keyrings(what: &str) -> Failure {
    Failure::configuration(
        format!(
            "failed to use the keyring for {what}: this ml-connector was built without feature `keyring`"
        ),
        "use a build that has it, or name vault.key_file or vault.key_credential in its place",
    )
}

fn key_failure(error: &VaultError) -> Failure {
    // A keyring that is locked now may be open in a minute; all else stays until a person corrects it.
    let passing = matches!(
        error,
        VaultError::KeyringAbsent { .. }
            | VaultError::KeyringLocked { .. }
            | VaultError::KeyringTimeout { .. }
            | VaultError::Provider { .. }
    );
    let code = if passing {
        ExitCode::Temporary
    } else {
        ExitCode::Configuration
    };
    Failure::new(
        code,
        format!("failed to {}", with_sources(error)),
        error.remedy(),
    )
}
