//! Data keys as they are, opened from the database by other code than the program's own.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// Takes a length off the front, and as many bytes.
fn part<'r>(record: &mut &'r [u8], length_bytes: usize) -> &'r [u8] {
    let (length, rest) = record.split_at(length_bytes);
    let length = length
        .iter()
        .fold(0, |sum, byte| sum * 256 + usize::from(*byte));
    let (part, rest) = rest.split_at(length);
    *record = rest;
    part
}

fn framed(fields: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for field in fields {
        bytes.extend_from_slice(&u64::try_from(field.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(field);
    }
    bytes
}

/// Opens a connection's sealed data key: `2 | key id | what it is | commitment | nonce | ciphertext and tag`.
pub(super) fn open(key: &[u8], connection: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    let (&format, mut record) = sealed.split_first()?;
    assert_eq!(format, 2);
    let id = part(&mut record, 1);
    let _label = part(&mut record, 2);
    let (_commitment, record) = record.split_at(32);
    let (nonce, ciphertext) = record.split_at(24);
    let purpose = framed(&[id, b"ml-connector/vault/v1/data-key", connection.as_bytes()]);
    let mut derive = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).ok()?;
    derive.update(b"ml-connector/vault/v1/encryption");
    let cipher = XChaCha20Poly1305::new_from_slice(&derive.finalize().into_bytes()).ok()?;
    let payload = Payload {
        msg: ciphertext,
        aad: &purpose,
    };
    let nonce: [u8; 24] = nonce.try_into().ok()?;
    cipher.decrypt(&XNonce::from(nonce), payload).ok()
}
