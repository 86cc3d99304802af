//! Keys in an environment variable.

use async_trait::async_trait;
use zeroize::Zeroizing;

use super::{Key, KeyChain, KeyProvider, VaultError};

/// Keys in an environment variable, each the base64 text of exactly 32 bytes, separated by spaces or lines. The first
/// seals, all open.
///
/// Child processes inherit it and `/proc` shows it to the same user: prefer [`FileKey`](super::FileKey) where there is a
/// choice.
#[derive(Clone, Debug)]
pub struct EnvKey(KeyChain);

impl EnvKey {
    /// Reads the variable, once.
    ///
    /// # Errors
    /// [`VaultError::NoKey`] when it is not set or no key; the message names the variable.
    pub fn from_var(name: &str) -> Result<Self, VaultError> {
        let place = format!("environment variable {name}");
        match std::env::var(name).map(Zeroizing::new) {
            Ok(text) => Ok(Self(KeyChain::parse(&text, &place)?)),
            Err(_) => Err(VaultError::NoKey { place }),
        }
    }

    /// The keys.
    pub const fn chain(&self) -> &KeyChain {
        &self.0
    }
}

#[async_trait]
impl KeyProvider for EnvKey {
    async fn current_id(&self) -> Result<String, VaultError> {
        self.0.current_id().await
    }

    async fn key(&self, id: &str) -> Result<Key, VaultError> {
        self.0.key(id).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        let error = EnvKey::from_var("ML_CONNECTOR_NO_SUCH_KEY").unwrap_err();
        assert!(
            error.to_string().contains("ML_CONNECTOR_NO_SUCH_KEY"),
            "{error}"
        );
    }

    #[test]
    fn a_variable_that_is_no_key_is_named_and_its_text_is_not_shown() {
        // Every test process has a PATH, and no PATH is a key.
        let error = EnvKey::from_var("PATH").unwrap_err();
        assert!(error.to_string().contains("variable PATH"), "{error}");
        assert!(
            !error.to_string().contains(&std::env::var("PATH").unwrap()),
            "{error}"
        );
    }
}
