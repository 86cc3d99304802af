//! The vault of a database, its keys and its spill, as the configuration describes them.

use std::path::Path;
use std::sync::Arc;

use sync_adapters::sqlite::SqliteStore;
use sync_adapters::vault::{
    EnvKey, FileKey, KeyChain, KeyProvider, SealedCredentials, SealedRows as _, SpillFiles,
    VaultError,
};

use crate::config::KeySource;
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
}

impl Vault {
    /// Opens the vault of a database. A key file is made when it is missing and nothing is sealed yet.
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
        };
        let credentials = SealedCredentials::new(Arc::new(store), provider);
        Ok(Self {
            spill: SpillFiles::new(credentials.clone(), database),
            credentials,
            keys,
        })
    }

    /// The keys as they are now.
    ///
    /// # Errors
    /// When they can no longer be read.
    pub(crate) fn chain(&self) -> Result<KeyChain, Failure> {
        match &self.keys {
            VaultKeys::File(file) | VaultKeys::Systemd(file) => {
                file.chain().map_err(|error| key_failure(&error))
            }
            VaultKeys::Environment(variable) => Ok(variable.chain().clone()),
        }
    }
}

async fn keys(key: &KeySource, store: &SqliteStore) -> Result<VaultKeys, Failure> {
    let opened = match key {
        KeySource::Environment(variable) => EnvKey::from_var(variable).map(VaultKeys::Environment),
        KeySource::Systemd(name) => FileKey::of_systemd(name).map(VaultKeys::Systemd),
        KeySource::File(path) if path.exists() => FileKey::open(path).map(VaultKeys::File),
        KeySource::File(path) => {
            // A new key would not open what is sealed already, and hide that the old one is missing.
            if let Some(connection) = store.connections_with_keys().await?.first() {
                return Err(Failure::configuration(
                    format!(
                        "failed to find key file {}, and the credentials of connection {connection} are sealed",
                        path.display()
                    ),
                    "put the key file back; if the key is lost, `ml-connector vault shred` each connection and connect again",
                ));
            }
            FileKey::create(path).map(VaultKeys::File)
        }
    };
    opened.map_err(|error| key_failure(&error))
}

pub(crate) fn key_failure(error: &VaultError) -> Failure {
    Failure::configuration(format!("failed to {}", with_sources(error)), error.remedy())
}
