//! A sealed file beside the database, for a pair of tokens that the database cannot take.

use std::fs::File;
use std::io::{ErrorKind as IoErrorKind, Read};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use sync_core::Result;
use sync_core::model::{ConnectionId, Fingerprint, FingerprintWriter};
use sync_core::ports::{Credential, GrantSpill, SpilledGrant};
use zeroize::Zeroizing;

use super::envelope::{Purpose, ROOM};
use super::{SealedCredentials, VaultError, credential};
use crate::durable::{replace, sync_folder};

/// The longest spill read, in bytes; a grant takes about four thousand.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// Bytes of the version, and of the spent token's mark, in front of the grant.
const VERSION_BYTES: usize = size_of::<u64>();
const SPENT_BYTES: usize = 32;

/// A [`GrantSpill`] in files beside a database, one per connection, sealed under the connection's data key: shredding the
/// connection kills them, too. On Unix they are their owner's alone (mode 0600).
#[derive(Clone, Debug)]
pub struct SpillFiles {
    vault: SealedCredentials,
    database: PathBuf,
}

impl SpillFiles {
    /// Files named after `database`, sealed by `vault`.
    pub fn new(vault: SealedCredentials, database: impl Into<PathBuf>) -> Self {
        Self {
            vault,
            database: database.into(),
        }
    }

    /// The file of a connection. Names of connections are anything, names of files are not.
    pub fn path(&self, connection: &ConnectionId) -> PathBuf {
        let mut name = FingerprintWriter::new("vault/spill-file/v1");
        name.text(connection.as_str());
        let mut path = self.database.clone().into_os_string();
        path.push(format!("-tokens-{}.spill", name.finish().short(16)));
        path.into()
    }

    async fn sealed(&self, connection: &ConnectionId, spilled: &SpilledGrant) -> Result<Vec<u8>> {
        let written = credential::write(&Credential::FreshBooks(spilled.grant.clone()))?;
        let room = VERSION_BYTES
            .saturating_add(SPENT_BYTES)
            .saturating_add(written.len())
            .saturating_add(ROOM);
        let mut plaintext = Zeroizing::new(Vec::with_capacity(room));
        plaintext.extend_from_slice(&spilled.replaces.to_be_bytes());
        plaintext.extend_from_slice(spilled.spent.as_bytes());
        plaintext.extend_from_slice(&written);
        self.vault
            .seal_under_data_key(connection, &purpose(connection), plaintext)
            .await
    }
}

#[async_trait]
impl GrantSpill for SpillFiles {
    async fn put(&self, connection: &ConnectionId, spilled: &SpilledGrant) -> Result<()> {
        let sealed = self.sealed(connection, spilled).await?;
        let path = self.path(connection);
        replace(&path, &sealed).map_err(|error| unusable(&path, error.to_string()))?;
        Ok(())
    }

    async fn get(&self, connection: &ConnectionId) -> Result<Option<SpilledGrant>> {
        let path = self.path(connection);
        let failed = |error: std::io::Error| unusable(&path, error.to_string());
        let file = match File::open(&path) {
            Err(error) if error.kind() == IoErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(failed)?,
        };
        let mut sealed = Vec::new();
        file.take(FILE_BYTES_MAX)
            .read_to_end(&mut sealed)
            .map_err(failed)?;
        let purpose = purpose(connection);
        let plaintext = self
            .vault
            .open_under_data_key(connection, &purpose, &sealed)
            .await
            .map_err(|error| unusable(&path, error.to_string()))?;
        let cut_off = || unusable(&path, "it is cut off");
        let (version, rest) = plaintext.split_first_chunk().ok_or_else(cut_off)?;
        let (spent, written) = rest
            .split_first_chunk::<SPENT_BYTES>()
            .ok_or_else(cut_off)?;
        match credential::read(written)? {
            Credential::FreshBooks(grant) => Ok(Some(SpilledGrant {
                replaces: u64::from_be_bytes(*version),
                spent: Fingerprint::from_bytes(*spent),
                grant,
            })),
            Credential::Expensify(_) => {
                Err(unusable(&path, "it holds the credential of another service").into())
            }
        }
    }

    async fn clear(&self, connection: &ConnectionId) -> Result<()> {
        let path = self.path(connection);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() == IoErrorKind::NotFound => Ok(()),
            removed => Ok(removed
                .and_then(|()| sync_folder(&path))
                .map_err(|error| unusable(&path, error.to_string()))?),
        }
    }
}

fn purpose(connection: &ConnectionId) -> Purpose {
    Purpose::new(
        "ml-connector/vault/v1/spill",
        &[connection.as_str().as_bytes()],
        format!("spilled tokens of connection {connection}"),
    )
}

fn unusable(path: &Path, why: impl Into<String>) -> VaultError {
    VaultError::SpillFile {
        path: path.display().to_string(),
        why: why.into(),
    }
}

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;
