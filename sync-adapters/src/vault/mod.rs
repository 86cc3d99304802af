//! Credentials sealed at rest.
//!
//! Each connection has a data key of its own, sealed by a key from a [`KeyProvider`]; each credential is sealed by its
//! connection's data key with XChaCha20-Poly1305 under a random 192-bit nonce. What a record is for (connection, provider,
//! version) is bound into it, so a record moved to another row, or an older one put back, does not open. A commitment to
//! the key is kept beside it, which tells a wrong key from a damaged record.
//!
//! Three things stand beside each record: what it is, so that a record in the wrong row is told from an altered one; a
//! commitment to the key, so that a wrong key is told from damage; and, in a table of its own, the version written last,
//! so that a row that was put back or removed is found.
//!
//! Keys come from the environment ([`EnvKey`]), a file or a credential of systemd ([`FileKey`]), with feature `keyring` from
//! the operating system's keyring (`KeyringKey`), or from a [`KeyProvider`] of the host's own.
//!
//! Rotating the key: a [`KeyProvider`] gives the new one as current and still has the old one;
//! [`SealedCredentials::reseal`] moves every data key over; then the old one goes. [`FileKey`] reads its file anew for each
//! record, so other processes need not be told. [`SealedCredentials::rotate_data_key`] changes the keys below. Credentials
//! stay readable throughout, and whatever interrupts a rotation, the same call again goes on.
//!
//! What this does not stop: someone who holds the database *and* the key. Keep them apart. Someone who puts the whole
//! database back to an older state: an old refresh token is then found to be spent, and a person connects again.

mod credential;
mod env_key;
mod envelope;
mod error;
mod file_key;
mod key;
#[cfg(feature = "keyring")]
mod keyring_key;
mod provider;
mod rotation;
mod rows;
mod spill;
mod store;
#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;

pub use env_key::EnvKey;
pub use error::VaultError;
pub use file_key::FileKey;
pub use key::Key;
#[cfg(feature = "keyring")]
pub use keyring_key::{Keyring, KeyringKey, KeyringSettings};
pub use provider::{KeyChain, KeyProvider, NoKeys};
pub use rows::{Occasion, Rekeying, SealedRow, SealedRows, StoredRow};
pub use spill::SpillFiles;
pub use store::SealedCredentials;
