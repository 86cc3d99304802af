//! A key and what is derived from it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sync_core::model::Fingerprint;
use zeroize::Zeroizing;

use super::VaultError;

/// Bytes of a key, an encryption key and a commitment.
pub(super) const KEY_BYTES: usize = 32;

/// 32 secret bytes, wiped when dropped.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; KEY_BYTES]>);

impl Key {
    /// Takes 32 bytes; they must be random, not a passphrase.
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Draws a new key from the operating system.
    ///
    /// # Errors
    /// [`VaultError::Entropy`].
    pub fn generate() -> Result<Self, VaultError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        getrandom::fill(bytes.as_mut_slice()).map_err(VaultError::Entropy)?;
        Ok(Self(bytes))
    }

    /// Reads base64 text, surrounding space aside; `place` says where it was found.
    ///
    /// # Errors
    /// [`VaultError::NoKey`] unless it is exactly 32 bytes.
    pub fn from_base64(text: &str, place: impl Into<String>) -> Result<Self, VaultError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        match STANDARD.decode_slice(text.trim(), bytes.as_mut_slice()) {
            Ok(KEY_BYTES) => Ok(Self(bytes)),
            Ok(_) | Err(_) => Err(VaultError::NoKey {
                place: place.into(),
            }),
        }
    }

    /// The key as base64 text, for a key file or a secret manager.
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.0.as_slice()))
    }

    /// The key's id, derived from it: 16 hexadecimal digits that say which key it is and nothing about it.
    pub fn id(&self) -> String {
        Fingerprint::from_bytes(*self.derive("key-id")).short(16)
    }

    /// The key that encrypts: a commitment next to the record must say nothing about it.
    pub(super) fn encryption(&self) -> Zeroizing<[u8; KEY_BYTES]> {
        self.derive("encryption")
    }

    /// What is kept beside a record to tell whether a key is the one it was sealed with. Poly1305 alone does not commit
    /// to a key.
    pub(super) fn commitment(&self) -> [u8; KEY_BYTES] {
        *self.derive("commitment")
    }

    pub(super) fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// HMAC-SHA256 as the expansion of a uniform key, one label per purpose.
    fn derive(&self, purpose: &str) -> Zeroizing<[u8; KEY_BYTES]> {
        let mut derived = Zeroizing::new([0; KEY_BYTES]);
        // HMAC takes keys of any length, so there is always a result.
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_slice()) {
            mac.update(b"ml-connector/vault/v1/");
            mac.update(purpose.as_bytes());
            derived.copy_from_slice(&mac.finalize().into_bytes());
        }
        derived
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_base64_of_exactly_32_bytes_is_a_key() {
        let cases = [
            (STANDARD.encode([7; 32]), true),
            (format!(" {}\n", STANDARD.encode([7; 32])), true),
            (STANDARD.encode([7; 31]), false),
            (STANDARD.encode([7; 33]), false),
            ("correct horse battery staple".to_owned(), false),
            (String::new(), false),
        ];
        for (text, good) in cases {
            assert_eq!(Key::from_base64(&text, "a test").is_ok(), good, "{text:?}");
        }
    }

    #[test]
    fn the_id_says_nothing_of_the_key_and_neither_does_debug() {
        let key = Key::from_bytes([7; 32]);
        assert_eq!(key.id().len(), 16);
        assert_ne!(key.id(), Key::from_bytes([8; 32]).id());
        assert!(!format!("{key:?}").contains("0707"));
        assert_ne!(*key.encryption(), key.commitment());
    }
}
