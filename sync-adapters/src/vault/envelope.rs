//! The sealed record: `1 | key id | commitment | nonce | ciphertext and tag`.

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Key as CipherKey, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::key::KEY_BYTES;
use super::{Key, VaultError};

/// The only version of the record so far.
const VERSION: u8 = 1;
/// Bytes of an `XChaCha20` nonce: long enough that random ones never meet, after a restore or a fork either.
const NONCE_BYTES: usize = 24;
/// Bytes of a Poly1305 tag.
const TAG_BYTES: usize = 16;

/// Room a plaintext's buffer needs beyond the plaintext, so that sealing in place never moves it.
pub(super) const ROOM: usize = TAG_BYTES;

/// What a record is for. Every field is preceded by its length, so that no two lists of fields read the same.
#[derive(Clone, Debug)]
pub(super) struct Purpose(Vec<u8>);

impl Purpose {
    /// A purpose within a domain.
    pub(super) fn new(domain: &str, fields: &[&[u8]]) -> Self {
        let mut bytes = Vec::new();
        for field in std::iter::once(domain.as_bytes()).chain(fields.iter().copied()) {
            bytes.extend_from_slice(&u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
            bytes.extend_from_slice(field);
        }
        Self(bytes)
    }

    /// The purpose under one key.
    fn under(&self, key_id: &str) -> Vec<u8> {
        let Self(mut bytes) = Self::new(key_id, &[]);
        bytes.extend_from_slice(&self.0);
        bytes
    }
}

/// A record taken apart.
#[derive(Debug)]
struct Parts<'a> {
    key_id: &'a str,
    commitment: &'a [u8; KEY_BYTES],
    nonce: &'a [u8; NONCE_BYTES],
    ciphertext: &'a [u8],
}

/// Seals `plaintext` in place: no copy of it is left behind.
pub(super) fn seal(
    key: &Key,
    key_id: &str,
    purpose: &Purpose,
    mut plaintext: Zeroizing<Vec<u8>>,
) -> Result<Vec<u8>, VaultError> {
    let id_length = u8::try_from(key_id.len()).map_err(|_| VaultError::NoRecord {
        why: "the key's id is too long",
    })?;
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(VaultError::Entropy)?;
    let cipher = cipher(key);
    cipher
        .encrypt_in_place(
            &XNonce::from(nonce),
            &purpose.under(key_id),
            &mut *plaintext,
        )
        .map_err(|_| VaultError::NoRecord {
            why: "the plaintext is too long",
        })?;
    let mut record = vec![VERSION, id_length];
    record.extend_from_slice(key_id.as_bytes());
    record.extend_from_slice(&key.commitment());
    record.extend_from_slice(&nonce);
    record.extend_from_slice(&plaintext);
    Ok(record)
}

/// Opens a record that was sealed with this key for this purpose.
pub(super) fn open(
    key: &Key,
    purpose: &Purpose,
    record: &[u8],
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let parts = parse(record)?;
    if *parts.commitment != key.commitment() {
        return Err(VaultError::WrongKey {
            id: parts.key_id.to_owned(),
        });
    }
    let mut buffer = Zeroizing::new(parts.ciphertext.to_vec());
    cipher(key)
        .decrypt_in_place(
            &XNonce::from(*parts.nonce),
            &purpose.under(parts.key_id),
            &mut *buffer,
        )
        .map_err(|_| VaultError::Altered {
            id: parts.key_id.to_owned(),
        })?;
    Ok(buffer)
}

/// The id of the key a record was sealed with.
pub(super) fn key_id(record: &[u8]) -> Result<&str, VaultError> {
    parse(record).map(|parts| parts.key_id)
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&CipherKey::from(*key.encryption()))
}

fn parse(record: &[u8]) -> Result<Parts<'_>, VaultError> {
    let cut = || VaultError::NoRecord {
        why: "it is cut off",
    };
    let (version, rest) = record.split_first().ok_or_else(cut)?;
    if *version != VERSION {
        return Err(VaultError::NoRecord {
            why: "it is of another version",
        });
    }
    let (id_length, rest) = rest.split_first().ok_or_else(cut)?;
    let (key_id, rest) = rest
        .split_at_checked(usize::from(*id_length))
        .ok_or_else(cut)?;
    let key_id = std::str::from_utf8(key_id).map_err(|_| VaultError::NoRecord {
        why: "its key id is no text",
    })?;
    let (commitment, rest) = rest.split_first_chunk().ok_or_else(cut)?;
    let (nonce, ciphertext) = rest.split_first_chunk().ok_or_else(cut)?;
    if ciphertext.len() < TAG_BYTES {
        return Err(cut());
    }
    Ok(Parts {
        key_id,
        commitment,
        nonce,
        ciphertext,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> Key {
        Key::from_bytes([7; 32])
    }

    fn purpose() -> Purpose {
        Purpose::new("test", &[b"main", b"freshbooks"])
    }

    fn sealed() -> Vec<u8> {
        seal(
            &key(),
            &key().id(),
            &purpose(),
            Zeroizing::new(b"a secret".to_vec()),
        )
        .unwrap()
    }

    #[test]
    fn what_was_sealed_opens_and_is_never_sealed_alike_twice() {
        assert_eq!(
            open(&key(), &purpose(), &sealed()).unwrap().as_slice(),
            b"a secret"
        );
        assert_ne!(sealed(), sealed());
        assert_eq!(key_id(&sealed()).unwrap(), key().id());
    }

    #[test]
    fn a_wrong_key_is_told_from_an_altered_record_and_from_another_purpose() {
        let other = Key::from_bytes([8; 32]);
        assert!(matches!(
            open(&other, &purpose(), &sealed()),
            Err(VaultError::WrongKey { .. })
        ));
        let elsewhere = Purpose::new("test", &[b"mainf", b"reshbooks"]);
        assert!(matches!(
            open(&key(), &elsewhere, &sealed()),
            Err(VaultError::Altered { .. })
        ));
        let mut cut = sealed();
        cut.truncate(40);
        assert!(matches!(
            open(&key(), &purpose(), &cut),
            Err(VaultError::NoRecord { .. })
        ));
        let mut newer = sealed();
        newer[0] = 2;
        assert!(matches!(
            open(&key(), &purpose(), &newer),
            Err(VaultError::NoRecord { .. })
        ));
    }

    #[test]
    fn no_single_flipped_bit_goes_unnoticed() {
        let record = sealed();
        for bit in 0..record.len() * 8 {
            let mut flipped = record.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&key(), &purpose(), &flipped).is_err(), "bit {bit}");
        }
    }

    proptest! {
        #[test]
        fn foreign_bytes_are_an_error_and_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(open(&key(), &purpose(), &bytes).is_err());
        }

        #[test]
        fn anything_sealed_opens_again(plaintext in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let record = seal(&key(), "k", &purpose(), Zeroizing::new(plaintext.clone())).unwrap();
            prop_assert_eq!(open(&key(), &purpose(), &record).unwrap().to_vec(), plaintext);
        }
    }
}
