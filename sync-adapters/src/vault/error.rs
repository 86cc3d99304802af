//! What can be wrong with keys and sealed records, each with what to do about it.

use std::time::Duration;

use sync_core::{Error, ErrorKind};

/// What is wrong with a key or a sealed record. It is the source of the [`Error`] a credential store gives.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// A record is sealed under a key that no provider has.
    #[error("find key {id}, under which a record of the vault is sealed")]
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
    /// The record is another row's: of another connection, provider or version.
    #[error("open the {expected}: what lies there was sealed as the {found}")]
    Misplaced {
        /// What was looked for.
        expected: String,
        /// What the record says it is.
        found: String,
    },
    /// The record is sealed under a data key that is not its connection's.
    #[error("open the {what}: it is sealed with data key {id}, which is not its connection's")]
    ForeignDataKey {
        /// What was looked for.
        what: String,
        /// The data key's id.
        id: String,
    },
    /// A credential is there and its connection's data key is not.
    #[error("open the {what}: its connection's data key is gone")]
    DataKeyGone {
        /// What was looked for.
        what: String,
    },
    /// The record was altered.
    #[error("open the {what} with key {id}: it was altered")]
    Altered {
        /// What was looked for.
        what: String,
        /// The key's id.
        id: String,
    },
    /// An older record was put back, or a newer one was not written by this program.
    #[error("open the {what}: version {found} lies there, and version {recorded} was written last")]
    OtherVersion {
        /// What was looked for.
        what: String,
        /// The version of the row; 0 when the row is gone.
        found: u64,
        /// The version that was recorded beside it; 0 when that is gone.
        recorded: u64,
    },
    /// The bytes are no record.
    #[error("read a sealed record: {why}")]
    NoRecord {
        /// What does not fit.
        why: &'static str,
    },
    /// The record is of a later format than this program knows.
    #[error("read a sealed record of format {format}: this program knows formats 1 to 2")]
    NewerFormat {
        /// Its format.
        format: u8,
    },
    /// Text is not one or more base64 texts of exactly 32 bytes.
    #[error(
        "read the key in {place}: it must be the base64 text of exactly 32 bytes, one key a line"
    )]
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
    /// There is no keyring to ask.
    #[error("reach the operating system's keyring: {why}")]
    KeyringAbsent {
        /// What the system says.
        why: String,
    },
    /// The keyring has no such entry.
    #[error("find entry {entry:?} of service \"ml-connector\" in the keyring: it is not there")]
    KeyringEntryMissing {
        /// The entry.
        entry: String,
    },
    /// The keyring is locked, or refuses this program.
    #[error("read entry {entry:?} of the keyring: it is locked, or access was denied ({why})")]
    KeyringLocked {
        /// The entry.
        entry: String,
        /// What the keyring says.
        why: String,
    },
    /// The keyring did not answer in time; most likely it asks a person.
    #[error("read entry {entry:?} of the keyring: no answer within {} s", after.as_secs_f32())]
    KeyringTimeout {
        /// The entry.
        entry: String,
        /// How long was waited.
        after: Duration,
    },
    /// What the entry holds is no key.
    #[error(
        "read the key in entry {entry:?} of the keyring: it must be the base64 text of exactly 32 bytes, one key a line"
    )]
    KeyringNoKey {
        /// The entry.
        entry: String,
    },
    /// An entry that was to be made is there already.
    #[error("put a key into entry {entry:?} of the keyring: something else is there")]
    KeyringOccupied {
        /// The entry.
        entry: String,
    },
    /// A provider of the host's own gives no key: a keyring, a key management service.
    #[error("get the key from its provider: {why}")]
    Provider {
        /// Why not.
        why: String,
    },
    /// The spill file cannot be used.
    #[error("use spill file {path}: {why}")]
    SpillFile {
        /// The file.
        path: String,
        /// Why not.
        why: String,
    },
    /// The operating system gives no random numbers.
    #[error("draw random numbers from the operating system")]
    Entropy(#[source] getrandom::Error),
}

impl VaultError {
    /// What a person can do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::KeyMissing { .. } => {
                "give that key back, as a second line below the current one; without it, `ml-connector vault shred` the \
                 connection and connect again"
            }
            Self::WrongKey { .. } => "give the key it was sealed with; two keys share an id",
            Self::Misplaced { .. } | Self::ForeignDataKey { .. } => {
                "someone moved rows of the database: restore it from a backup, or connect this service again"
            }
            Self::DataKeyGone { .. } => {
                "restore the database from a backup, or connect this service again"
            }
            Self::Altered { .. } | Self::NoRecord { .. } => {
                "restore the database from a backup, or connect this service again; if it is a data key, \
                 `ml-connector vault shred` the connection first"
            }
            Self::OtherVersion { .. } => {
                "someone put back or removed a row: connect this service again, since an older refresh token is spent"
            }
            Self::NewerFormat { .. } => "use the newer version of the program that wrote it",
            Self::NoKey { .. } => "make one with `openssl rand -base64 32`",
            Self::KeyFile { .. } => {
                "it must be a regular file of the user who runs the program, readable by nobody else (mode 0600)"
            }
            Self::KeyringAbsent { .. } => {
                "log in where a keyring runs (GNOME Keyring, KWallet, KeePassXC; Keychain; Credential Manager); on a server \
                 without one, name vault.key_file or vault.key_credential in its place, or set vault.keyring = \"kernel\""
            }
            Self::KeyringEntryMissing { .. } => {
                "put the key back with `ml-connector vault put-key FILE`, from where you keep a copy; if it is lost, \
                 `ml-connector vault shred` each connection and connect again"
            }
            Self::KeyringLocked { .. } => {
                "unlock the keyring, or log in as the user it belongs to, and allow ml-connector to read the entry"
            }
            Self::KeyringTimeout { .. } => {
                "it may wait for a password: unlock the keyring, then try again; vault.keyring_timeout sets how long is waited"
            }
            Self::KeyringNoKey { .. } => {
                "the entry was written by another program or damaged: remove it with the keyring's own tool, then put the key \
                 back with `ml-connector vault put-key FILE`"
            }
            Self::KeyringOccupied { .. } => {
                "name another entry as vault.key_keyring, or remove this one with the keyring's own tool if nothing is sealed \
                 under its key"
            }
            Self::Provider { .. } => "make the provider of the key reachable, then try again",
            Self::SpillFile { .. } => {
                "it may hold the only tokens that work: make it readable again; if it is lost, remove it and connect FreshBooks again"
            }
            Self::Entropy(_) => "restart the operating system's random source",
        }
    }
}

impl From<VaultError> for Error {
    fn from(error: VaultError) -> Self {
        let kind = match &error {
            VaultError::KeyMissing { .. }
            | VaultError::WrongKey { .. }
            | VaultError::NoKey { .. }
            | VaultError::KeyringEntryMissing { .. }
            | VaultError::KeyringNoKey { .. }
            | VaultError::KeyringOccupied { .. }
            | VaultError::KeyFile { .. } => ErrorKind::Invalid,
            VaultError::Misplaced { .. }
            | VaultError::ForeignDataKey { .. }
            | VaultError::DataKeyGone { .. }
            | VaultError::Altered { .. }
            | VaultError::OtherVersion { .. }
            | VaultError::NoRecord { .. }
            | VaultError::NewerFormat { .. } => ErrorKind::Corrupt,
            VaultError::KeyringAbsent { .. }
            | VaultError::KeyringLocked { .. }
            | VaultError::KeyringTimeout { .. }
            | VaultError::Provider { .. }
            | VaultError::SpillFile { .. }
            | VaultError::Entropy(_) => ErrorKind::Unavailable,
        };
        Self::new(kind, format!("{error}; {}", error.remedy())).with_source(error)
    }
}
