//! Where keys come from.

use std::fmt::Debug;

use async_trait::async_trait;
use zeroize::Zeroizing;

use super::{Key, VaultError};

/// Bytes of one key as base64 text, and its line end.
const LINE_BYTES: usize = 45;

/// Gives the keys that seal data keys: from the environment, a file, a keyring, a key management service.
///
/// # Contract
/// The same id always gives the same key. A key must stay available under its id for as long as anything is sealed under
/// it, that is until [`reseal`](super::SealedCredentials::reseal) has run with another one current. A provider may change
/// which key is current at any time: it is asked anew for each record.
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

    /// Reads keys from text, one a line: the first seals, all open. `place` says where the text was found.
    ///
    /// # Errors
    /// [`VaultError::NoKey`] when there is none, or anything else.
    pub fn parse(text: &str, place: &str) -> Result<Self, VaultError> {
        let mut keys = text
            .split_ascii_whitespace()
            .map(|word| Key::from_base64(word, place));
        let current = keys.next().ok_or_else(|| VaultError::NoKey {
            place: place.to_owned(),
        })??;
        Ok(Self {
            current,
            retired: keys.collect::<Result<_, _>>()?,
        })
    }

    /// The key that seals.
    pub const fn current(&self) -> &Key {
        &self.current
    }

    /// The ids of all keys, the one that seals first.
    pub fn ids(&self) -> Vec<String> {
        self.keys().map(Key::id).collect()
    }

    /// The text that [`parse`](Self::parse) reads, for a place of the host's own: one key a line. Wiped when dropped.
    pub fn lines(&self) -> Zeroizing<String> {
        // Of full size from the start: text that moves when it grows would stay behind.
        let room = self.keys().count().saturating_mul(LINE_BYTES);
        let mut text = Zeroizing::new(String::with_capacity(room));
        for key in self.keys() {
            text.push_str(&key.to_base64());
            text.push('\n');
        }
        text
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.retired)
    }

    /// The ids of the keys that only open.
    pub fn retired_ids(&self) -> Vec<String> {
        self.retired.iter().map(Key::id).collect()
    }
}

#[async_trait]
impl KeyProvider for KeyChain {
    async fn current_id(&self) -> Result<String, VaultError> {
        Ok(self.current.id())
    }

    async fn key(&self, id: &str) -> Result<Key, VaultError> {
        // By id, never by trying: a list of keys that are tried in turn is an oracle.
        self.keys()
            .find(|key| key.id() == id)
            .cloned()
            .ok_or_else(|| VaultError::KeyMissing { id: id.to_owned() })
    }
}

/// No key at all: enough for [`shred`](super::SealedCredentials::shred), for when the key is lost.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKeys;

#[async_trait]
impl KeyProvider for NoKeys {
    async fn current_id(&self) -> Result<String, VaultError> {
        Err(VaultError::KeyMissing {
            id: "of any id".to_owned(),
        })
    }

    async fn key(&self, id: &str) -> Result<Key, VaultError> {
        Err(VaultError::KeyMissing { id: id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_key_seals_all_open_and_other_text_is_refused() {
        let (new, old) = (Key::from_bytes([1; 32]), Key::from_bytes([2; 32]));
        let text = format!("{}\n{}\n", *new.to_base64(), *old.to_base64());
        let chain = KeyChain::parse(&text, "a test").unwrap();
        assert_eq!(chain.current_id().await.unwrap(), new.id());
        assert_eq!(chain.retired_ids(), [old.id()]);
        assert!(chain.key(&old.id()).await.is_ok());
        for text in [
            "",
            " \n",
            "c2hvcnQ=",
            &format!("{} nonsense", *new.to_base64()),
        ] {
            let error = KeyChain::parse(text, "a test").unwrap_err();
            assert!(matches!(error, VaultError::NoKey { .. }), "{error}");
        }
    }
}
