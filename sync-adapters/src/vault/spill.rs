//! A sealed file beside the database, for a pair of tokens that the database cannot take.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{ErrorKind as IoErrorKind, Read};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use sync_core::Result;
use sync_core::model::{ConnectionId, Fingerprint, FingerprintWriter, FreshBooksGrant};
use sync_core::ports::{Credential, GrantSpill, SpilledGrant};
use zeroize::Zeroizing;

use super::envelope::{Purpose, ROOM};
use super::{SealedCredentials, VaultError, credential};
use crate::durable::{replace, sync_folder};

/// The longest spill read, in bytes; a grant takes about four thousand.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// Hexadecimal digits in a file's name for its connection, and for its pair.
const NAME_DIGITS: usize = 16;
/// How names of spill files end.
const ENDING: &str = ".spill";
/// Bytes of the version, and of the spent token's mark, in front of the grant.
const VERSION_BYTES: usize = size_of::<u64>();
const SPENT_BYTES: usize = 32;

/// A [`GrantSpill`] in files beside a database, one per pair, sealed under the connection's data key: shredding the
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

    /// The files of a connection that are there.
    ///
    /// # Errors
    /// When the folder of the database cannot be looked into: a file in it may hold the only live pair.
    pub fn paths(&self, connection: &ConnectionId) -> Result<Vec<PathBuf>> {
        let failed = |error: std::io::Error| unusable(&self.database, error.to_string());
        let (folder, beginning) = self.place(connection);
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().map(OsStr::as_encoded_bytes);
            let is_of_it = name.is_some_and(|name| {
                name.starts_with(beginning.as_encoded_bytes()) && name.ends_with(ENDING.as_bytes())
            });
            if is_of_it {
                paths.push(path);
            }
        }
        paths.sort();
        Ok(paths)
    }

    /// Removes every file of a connection, whether it can be opened or not.
    ///
    /// # Errors
    /// The file that cannot be removed.
    pub fn remove_all(&self, connection: &ConnectionId) -> Result<()> {
        for path in self.paths(connection)? {
            remove(&path)?;
        }
        Ok(())
    }

    /// The file of a pair.
    fn path(&self, connection: &ConnectionId, grant: &FreshBooksGrant) -> PathBuf {
        let (folder, mut name) = self.place(connection);
        name.push(grant.refresh_mark().short(NAME_DIGITS));
        name.push(ENDING);
        folder.join(name)
    }

    /// The folder, and how the names of a connection's files begin. Names of connections are anything, names of files are
    /// not.
    fn place(&self, connection: &ConnectionId) -> (PathBuf, OsString) {
        let mut mark = FingerprintWriter::new("vault/spill-file/v1");
        mark.text(connection.as_str());
        let mut name = self.database.file_name().unwrap_or_default().to_owned();
        name.push(format!("-tokens-{}-", mark.finish().short(NAME_DIGITS)));
        let folder = self.database.parent();
        let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
        (folder.unwrap_or(Path::new(".")).to_owned(), name)
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

    async fn read(
        &self,
        connection: &ConnectionId,
        path: &Path,
        file: File,
    ) -> Result<SpilledGrant> {
        let failed = |error: std::io::Error| unusable(path, error.to_string());
        let mut sealed = Vec::new();
        file.take(FILE_BYTES_MAX)
            .read_to_end(&mut sealed)
            .map_err(failed)?;
        let purpose = purpose(connection);
        let plaintext = self
            .vault
            .open_under_data_key(connection, &purpose, &sealed)
            .await
            .map_err(|error| unusable(path, error.to_string()))?;
        let cut_off = || unusable(path, "it is cut off");
        let (version, rest) = plaintext.split_first_chunk().ok_or_else(cut_off)?;
        let (spent, written) = rest
            .split_first_chunk::<SPENT_BYTES>()
            .ok_or_else(cut_off)?;
        match credential::read(written)? {
            // Under another name it would never be cleared, and be found again and again.
            Credential::FreshBooks(grant)
                if self.path(connection, &grant).file_name() != path.file_name() =>
            {
                Err(unusable(path, "it was renamed").into())
            }
            Credential::FreshBooks(grant) => Ok(SpilledGrant {
                replaces: u64::from_be_bytes(*version),
                spent: Fingerprint::from_bytes(*spent),
                grant,
            }),
            Credential::Expensify(_) => {
                Err(unusable(path, "it holds the credential of another service").into())
            }
        }
    }
}

#[async_trait]
impl GrantSpill for SpillFiles {
    async fn put(&self, connection: &ConnectionId, spilled: &SpilledGrant) -> Result<()> {
        let sealed = self.sealed(connection, spilled).await?;
        let path = self.path(connection, &spilled.grant);
        replace(&path, &sealed).map_err(|error| unusable(&path, error.to_string()))?;
        Ok(())
    }

    async fn get(&self, connection: &ConnectionId) -> Result<Option<SpilledGrant>> {
        for path in self.paths(connection)? {
            match File::open(&path) {
                // Another process has just stored it.
                Err(error) if error.kind() == IoErrorKind::NotFound => {}
                opened => {
                    let file = opened.map_err(|error| unusable(&path, error.to_string()))?;
                    return self.read(connection, &path, file).await.map(Some);
                }
            }
        }
        Ok(None)
    }

    async fn clear(&self, connection: &ConnectionId, spilled: &SpilledGrant) -> Result<()> {
        Ok(remove(&self.path(connection, &spilled.grant))?)
    }
}

fn remove(path: &Path) -> Result<(), VaultError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == IoErrorKind::NotFound => Ok(()),
        removed => removed
            .and_then(|()| sync_folder(path))
            .map_err(|error| unusable(path, error.to_string())),
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
