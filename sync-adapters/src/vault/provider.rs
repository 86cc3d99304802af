//! Where keys come from.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{Key, VaultError};

/// Gives the keys that seal data keys: from the environment, a file, a keyring, a key management service.
///
/// # Contract
/// The same id always gives the same key. A key must stay available under its id for as long as anything is sealed under
/// it, that is until [`reseal`](super::SealedCredentials::reseal) has run with another one current.
#[async_trait]
pub trait KeyProvider: Send + Sync + Debug {
    /// Which key seals from now on.
    ///
    /// # Errors
    /// Whatever keeps the provider from telling.
    async fn current_id(&self) -> Result<String, VaultError>;

    /// The key of that id.
    ///
    /// # Errors
    /// [`VaultError::KeyMissing`] when there is none.
    async fn key(&self, id: &str) -> Result<Key, VaultError>;
}

/// One key that seals, and retired ones that still open.
#[derive(Clone, Debug)]
pub struct KeyChain {
    current: Key,
    retired: Vec<Key>,
}

impl KeyChain {
    /// A chain of one key.
    pub const fn new(current: Key) -> Self {
        Self {
            current,
            retired: Vec::new(),
        }
    }

    /// Adds a key that opens what was sealed under it, and seals nothing.
    #[must_use]
    pub fn with_retired(mut self, key: Key) -> Self {
        self.retired.push(key);
        self
    }

    pub(super) fn into_current(self) -> Key {
        self.current
    }
}

#[async_trait]
impl KeyProvider for KeyChain {
    async fn current_id(&self) -> Result<String, VaultError> {
        Ok(self.current.id())
    }

    async fn key(&self, id: &str) -> Result<Key, VaultError> {
        // By id, never by trying: a list of keys that are tried in turn is an oracle.
        std::iter::once(&self.current)
            .chain(&self.retired)
            .find(|key| key.id() == id)
            .cloned()
            .ok_or_else(|| VaultError::KeyMissing { id: id.to_owned() })
    }
}
