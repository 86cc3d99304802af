//! Signed notes: text, a blank line, and lines that begin with a dash.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};
use sync_core::{Error, Result};

/// The byte that says Ed25519 in a key's id and text.
const ED25519: u8 = 1;
/// What a signature line begins with.
const DASH: &str = "— ";
/// Length of a key id before a signature, in bytes.
const ID_BYTES: usize = 4;

/// Who can be checked against: a name and an Ed25519 public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    key: VerifyingKey,
}

impl PublicKey {
    pub(super) fn new(name: impl Into<String>, key: VerifyingKey) -> Self {
        Self {
            name: name.into(),
            key,
        }
    }

    /// Reads `name+id+key`, as [`Display`](fmt::Display) writes it and as other programs for notes take it.
    ///
    /// # Errors
    /// `Invalid` when it is none, or its id is not that of its name and key.
    pub fn parse(text: &str) -> Result<Self> {
        let invalid =
            || Error::invalid("read the public key of the checkpoints: it is not name+id+key");
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(invalid());
        };
        let key = STANDARD.decode(key).map_err(|_| invalid())?;
        let (Some(&ED25519), Some(key)) = (key.first(), key.get(1..)) else {
            return Err(invalid());
        };
        let key: [u8; 32] = key.try_into().map_err(|_| invalid())?;
        let key = VerifyingKey::from_bytes(&key).map_err(|_| invalid())?;
        let key = Self::new(name, key);
        if name.is_empty() || key.id_hex() != id {
            return Err(invalid());
        }
        Ok(key)
    }

    /// Checks a note, and gives its text.
    ///
    /// # Errors
    /// `Corrupt` when it is no note, not signed by this key, or wrongly.
    pub fn verify<'n>(&self, note: &'n str) -> Result<&'n str> {
        let corrupt = |why: &str| Error::corrupt(format!("check a note of {}: {why}", self.name));
        let (text, signatures) = split(note).ok_or_else(|| corrupt("it is no signed note"))?;
        let prefix = format!("{DASH}{} ", self.name);
        let mut lines = signatures
            .lines()
            .filter_map(|line| line.strip_prefix(&prefix));
        let ours = lines.find_map(|line| {
            let bytes = STANDARD.decode(line).ok()?;
            let (id, signature) = bytes.split_at_checked(ID_BYTES)?;
            (id == self.id()).then(|| signature.to_vec())
        });
        let signature = ours.ok_or_else(|| corrupt("this key has not signed it"))?;
        let signature =
            Signature::from_slice(&signature).map_err(|_| corrupt("its signature is wrong"))?;
        self.key
            .verify_strict(text.as_bytes(), &signature)
            .map_err(|_| corrupt("its signature is wrong"))?;
        Ok(text)
    }

    /// The first four bytes of a hash over name, kind and key.
    pub(super) fn id(&self) -> [u8; ID_BYTES] {
        let mut hash = Sha256::new();
        hash.update(self.name.as_bytes());
        hash.update([b'\n', ED25519]);
        hash.update(self.key.as_bytes());
        let hash: [u8; 32] = hash.finalize().into();
        let [a, b, c, d, ..] = hash;
        [a, b, c, d]
    }

    fn id_hex(&self) -> String {
        format!("{:08x}", u32::from_be_bytes(self.id()))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519];
        key.extend_from_slice(self.key.as_bytes());
        write!(
            f,
            "{}+{}+{}",
            self.name,
            self.id_hex(),
            STANDARD.encode(key)
        )
    }
}

/// A text with one signature, as a note.
pub(super) fn compose(text: &str, key: &PublicKey, signature: &Signature) -> String {
    let mut bytes = key.id().to_vec();
    bytes.extend_from_slice(&signature.to_bytes());
    format!("{text}\n{DASH}{} {}\n", key.name, STANDARD.encode(bytes))
}

/// Text and signature lines; they are apart by the last blank line.
fn split(note: &str) -> Option<(&str, &str)> {
    let blank = note.rfind("\n\n")?;
    let text = note.get(..=blank)?;
    let signatures = note.get(blank.checked_add(2)?..)?;
    let clean = !note.contains(|c: char| c.is_control() && c != '\n');
    (clean && signatures.starts_with(DASH)).then_some((text, signatures))
}

/// Notes that stand one after the other in a file. What follows the last whole note, as after a crash in the middle of one,
/// is given back too.
pub(super) fn split_all(mut text: &str) -> (Vec<&str>, &str) {
    let mut notes = Vec::new();
    while let Some(start) = text.find(&format!("\n\n{DASH}")) {
        let Some(end) = end_of_signatures(text, start.saturating_add(2)) else {
            break;
        };
        let (note, rest) = text.split_at(end);
        notes.push(note);
        text = rest;
    }
    (notes, text)
}

/// Where the lines that begin with a dash, from `start` on, end; `None` when the last of them is cut off.
fn end_of_signatures(text: &str, start: usize) -> Option<usize> {
    let mut end = start;
    while let Some(line) = text.get(end..).filter(|rest| rest.starts_with(DASH)) {
        end = end.checked_add(line.find('\n')?)?.checked_add(1)?;
    }
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The note of the specification's own package for Go, and its key.
    const NOTE: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
                        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn a_note_of_another_program_is_checked() {
        let key = PublicKey::parse(KEY).unwrap();
        assert_eq!(key.to_string(), KEY);
        let text = key.verify(NOTE).unwrap();
        assert!(text.ends_with("what your problem is.\n"));
        let edited = NOTE.replace("cryptography", "Cryptography");
        for wrong in [
            edited.as_str(),
            "",
            "text\n",
            "text\n\n— PeterNeumann AAAA\n",
            &NOTE.replace("PeterNeumann", "Peter"),
            &NOTE.replace("\n\n", "\r\n\n"),
        ] {
            assert!(key.verify(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn keys_with_another_id_or_kind_are_refused() {
        for wrong in [
            "",
            "PeterNeumann",
            "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "Peter+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+c74f20a3+AhpcQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ] {
            assert!(PublicKey::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn notes_in_a_row_are_told_apart_and_a_cut_off_one_is_left_over() {
        let cut = &NOTE[..NOTE.len() - 5];
        let file = format!("{NOTE}{NOTE}{cut}");
        let (notes, rest) = split_all(&file);
        assert_eq!(notes, [NOTE, NOTE]);
        assert_eq!(rest, cut);
        assert_eq!(split_all(""), (vec![], ""));
    }
}
