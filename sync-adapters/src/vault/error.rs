//! What can be wrong with keys and sealed records.

use sync_core::{Error, ErrorKind};

/// What is wrong with a key or a sealed record. It is the source of the [`Error`] a credential store gives.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// A record is sealed under a key that no provider has. Give that key, as current or as retired.
    #[error("find key {id}, under which a credential is sealed")]
    KeyMissing {
        /// The key's id.
        id: String,
    },
    /// The provider gave another key under that id.
    #[error("open a record with key {id}: it was sealed with another key of that id")]
    WrongKey {
        /// The key's id.
        id: String,
    },
    /// The record was altered, or belongs to another connection, provider or version.
    #[error("open a record with key {id}: it was altered or belongs to another row")]
    Altered {
        /// The key's id.
        id: String,
    },
    /// The bytes are no record of this version.
    #[error("read a sealed record: {why}")]
    NoRecord {
        /// What does not fit.
        why: &'static str,
    },
    /// A key's text is not the base64 of exactly 32 bytes.
    #[error("read the key in {place}: it must be the base64 text of exactly 32 bytes")]
    NoKey {
        /// Where it was looked for.
        place: String,
    },
    /// A key file cannot be used.
    #[error("use key file {path}: {why}")]
    KeyFile {
        /// The file.
        path: String,
        /// Why not.
        why: String,
    },
    /// The operating system gives no random numbers.
    #[error("draw random numbers from the operating system")]
    Entropy(#[source] getrandom::Error),
}

impl From<VaultError> for Error {
    fn from(error: VaultError) -> Self {
        let kind = match &error {
            VaultError::KeyMissing { .. }
            | VaultError::WrongKey { .. }
            | VaultError::NoKey { .. }
            | VaultError::KeyFile { .. } => ErrorKind::Invalid,
            VaultError::Altered { .. } | VaultError::NoRecord { .. } => ErrorKind::Corrupt,
            VaultError::Entropy(_) => ErrorKind::Unavailable,
        };
        Self::new(kind, error.to_string()).with_source(error)
    }
}
