//! Credentials sealed at rest.
//!
//! Each connection has a data key of its own, sealed by a key from a [`KeyProvider`]; each credential is sealed by its
//! connection's data key with XChaCha20-Poly1305 under a random 192-bit nonce. What a record is for (connection, provider,
//! version) is bound into it, so a record moved to another row, or an older one put back, does not open. A commitment to
//! the key is kept beside it, which tells a wrong key from a damaged record.
//!
//! Rotating the key: give the new one first and the old one to [`KeyChain::with_retired`], call
//! [`SealedCredentials::reseal`], then take the old one away. Credentials stay readable throughout.
//!
//! What this does not stop: someone who holds the database *and* the key. Keep them apart.

mod credential;
mod env_key;
mod envelope;
mod error;
mod file_key;
mod key;
mod provider;
mod rows;
mod store;
#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;

pub use env_key::EnvKey;
pub use error::VaultError;
pub use file_key::FileKey;
pub use key::Key;
pub use provider::{KeyChain, KeyProvider};
pub use rows::{SealedRow, SealedRows};
pub use store::SealedCredentials;
