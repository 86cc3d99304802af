//! The sealed record: `2 | key id | what it is | commitment | nonce | ciphertext and tag`. Format 1 lacks what it is.

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Key as CipherKey, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::key::KEY_BYTES;
use super::{Key, VaultError};

/// The format that is written.
const FORMAT: u8 = 2;
/// The oldest format that is read.
const FORMAT_WITHOUT_LABEL: u8 = 1;
/// Bytes of an `XChaCha20` nonce: long enough that random ones never meet, after a restore or a fork either.
const NONCE_BYTES: usize = 24;
/// Bytes of a Poly1305 tag.
const TAG_BYTES: usize = 16;
/// The most of a foreign label that is shown, in characters.
const LABEL_CHARS_MAX: usize = 120;

/// Room a plaintext's buffer needs beyond the plaintext, so that sealing in place never moves it.
pub(super) const ROOM: usize = TAG_BYTES;

/// What a record is for.
#[derive(Clone, Debug)]
pub(super) struct Purpose {
    /// Every field is preceded by its length, so that no two lists of fields read the same.
    bytes: Vec<u8>,
    /// The same for people. It stands readable in the record, so that a record in the wrong row can be told from one that
    /// was altered; being derived from the fields, it needs no protection of its own.
    label: String,
}

impl Purpose {
    /// A purpose within a domain.
    pub(super) fn new(domain: &str, fields: &[&[u8]], label: String) -> Self {
        let fields = std::iter::once(domain.as_bytes()).chain(fields.iter().copied());
        Self {
            bytes: framed(fields),
            label,
        }
    }

    /// The purpose for people.
    pub(super) fn label(&self) -> &str {
        &self.label
    }

    /// The purpose under one key.
    fn under(&self, key_id: &str) -> Vec<u8> {
        let mut bytes = framed([key_id.as_bytes()]);
        bytes.extend_from_slice(&self.bytes);
        bytes
    }
}

fn framed<'a>(fields: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for field in fields {
        bytes.extend_from_slice(&u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(field);
    }
    bytes
}

/// A record taken apart.
#[derive(Debug)]
struct Parts<'a> {
    key_id: &'a str,
    label: Option<&'a str>,
    commitment: &'a [u8; KEY_BYTES],
    nonce: &'a [u8; NONCE_BYTES],
    ciphertext: &'a [u8],
}

/// Seals `plaintext` in place: no copy of it is left behind.
pub(super) fn seal(
    key: &Key,
    key_id: &str,
    purpose: &Purpose,
    plaintext: Zeroizing<Vec<u8>>,
) -> Result<Vec<u8>, VaultError> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(VaultError::Entropy)?;
    seal_with(key, key_id, purpose, nonce, plaintext)
}

fn seal_with(
    key: &Key,
    key_id: &str,
    purpose: &Purpose,
    nonce: [u8; NONCE_BYTES],
    mut plaintext: Zeroizing<Vec<u8>>,
) -> Result<Vec<u8>, VaultError> {
    let too_long = |why| VaultError::NoRecord { why };
    let id_length = u8::try_from(key_id.len()).map_err(|_| too_long("the key's id is too long"))?;
    let label_length = u16::try_from(purpose.label.len())
        .map_err(|_| too_long("the connection's name is too long"))?;
    cipher(key)
        .encrypt_in_place(
            &XNonce::from(nonce),
            &purpose.under(key_id),
            &mut *plaintext,
        )
        .map_err(|_| too_long("the plaintext is too long"))?;
    let mut record = vec![FORMAT, id_length];
    record.extend_from_slice(key_id.as_bytes());
    record.extend_from_slice(&label_length.to_be_bytes());
    record.extend_from_slice(purpose.label.as_bytes());
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
    check_place(&parts, purpose)?;
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
            what: purpose.label.clone(),
            id: parts.key_id.to_owned(),
        })?;
    Ok(buffer)
}

/// The id of the key a record was sealed with, if it was sealed for this purpose or does not say.
pub(super) fn key_id<'a>(record: &'a [u8], purpose: &Purpose) -> Result<&'a str, VaultError> {
    let parts = parse(record)?;
    check_place(&parts, purpose)?;
    Ok(parts.key_id)
}

/// Before any key: a record of another row should be told as such, whether or not there is a key for it.
fn check_place(parts: &Parts<'_>, purpose: &Purpose) -> Result<(), VaultError> {
    match parts.label {
        Some(label) if label != purpose.label => Err(VaultError::Misplaced {
            expected: purpose.label.clone(),
            found: shown(label),
        }),
        _ => Ok(()),
    }
}

/// Whoever altered the record could have put anything there.
fn shown(label: &str) -> String {
    let letters = label.chars().filter(|letter| !letter.is_control());
    letters.take(LABEL_CHARS_MAX).collect()
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    let mut copy = CipherKey::from(*key.encryption());
    let cipher = XChaCha20Poly1305::new(&copy);
    zeroize::Zeroize::zeroize(copy.as_mut_slice());
    cipher
}

fn parse(record: &[u8]) -> Result<Parts<'_>, VaultError> {
    let cut = || VaultError::NoRecord {
        why: "it is cut off",
    };
    let text = |bytes| {
        std::str::from_utf8(bytes).map_err(|_| VaultError::NoRecord {
            why: "what should be text is none",
        })
    };
    let (format, rest) = record.split_first().ok_or_else(cut)?;
    if *format > FORMAT {
        return Err(VaultError::NewerFormat { format: *format });
    }
    if *format < FORMAT_WITHOUT_LABEL {
        return Err(VaultError::NoRecord {
            why: "it is of no format",
        });
    }
    let (id_length, rest) = rest.split_first().ok_or_else(cut)?;
    let (key_id, rest) = rest
        .split_at_checked(usize::from(*id_length))
        .ok_or_else(cut)?;
    let (label, rest) = if *format == FORMAT_WITHOUT_LABEL {
        (None, rest)
    } else {
        let (length, rest) = rest.split_first_chunk().ok_or_else(cut)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (label, rest) = rest.split_at_checked(length).ok_or_else(cut)?;
        (Some(text(label)?), rest)
    };
    let (commitment, rest) = rest.split_first_chunk().ok_or_else(cut)?;
    let (nonce, ciphertext) = rest.split_first_chunk().ok_or_else(cut)?;
    if ciphertext.len() < TAG_BYTES {
        return Err(cut());
    }
    Ok(Parts {
        key_id: text(key_id)?,
        label,
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
        Purpose::new("test", &[b"main", b"freshbooks"], "test of main".to_owned())
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
        assert_eq!(key_id(&sealed(), &purpose()).unwrap(), key().id());
    }

    #[test]
    fn a_wrong_key_is_told_from_an_altered_record_and_from_another_purpose() {
        let other = Key::from_bytes([8; 32]);
        assert!(matches!(
            open(&other, &purpose(), &sealed()),
            Err(VaultError::WrongKey { .. })
        ));
        let fields: [&[u8]; 2] = [b"mainf", b"reshbooks"];
        let elsewhere = Purpose::new("test", &fields, "test of mainf".to_owned());
        assert!(matches!(
            open(&key(), &elsewhere, &sealed()),
            Err(VaultError::Misplaced { .. })
        ));
        // Should the labels be alike, the fields still are not.
        let disguised = Purpose::new("test", &fields, "test of main".to_owned());
        assert!(matches!(
            open(&key(), &disguised, &sealed()),
            Err(VaultError::Altered { .. })
        ));
        let mut cut = sealed();
        cut.truncate(40);
        assert!(matches!(
            open(&key(), &purpose(), &cut),
            Err(VaultError::NoRecord { .. })
        ));
        let mut newer = sealed();
        newer[0] = 3;
        assert!(matches!(
            open(&key(), &purpose(), &newer),
            Err(VaultError::NewerFormat { format: 3 })
        ));
    }

    /// A record of each format: they must open for as long as this program lives. Made by an implementation that shares
    /// no code with this one (`cryptography` and `hmac` of Python): key 32 times 0x07, nonce 0, 1, 2, …, 23.
    const STORED: [(u8, &str); 2] = [
        (
            1,
            "011039373238366233383739626236363965d6edbe59c5b7c3925976d4a13c2c1661967bd3c4aeda3496e6221bf189d681f8000102030405060708090a0b0c0d0e0f1011121314151617db1b59701cb6a80e9172e78d4cb1290d817594a4063b030f",
        ),
        (
            2,
            "021039373238366233383739626236363965000c74657374206f66206d61696ed6edbe59c5b7c3925976d4a13c2c1661967bd3c4aeda3496e6221bf189d681f8000102030405060708090a0b0c0d0e0f1011121314151617db1b59701cb6a80e9172e78d4cb1290d817594a4063b030f",
        ),
    ];

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    }

    #[test]
    fn records_of_every_format_open_and_the_newest_is_written_to_the_letter() {
        for (format, hex) in STORED {
            let record = bytes(hex);
            assert_eq!(record[0], format);
            assert_eq!(
                open(&key(), &purpose(), &record).unwrap().as_slice(),
                b"a secret"
            );
        }
        let nonce = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let plaintext = Zeroizing::new(b"a secret".to_vec());
        let record = seal_with(&key(), &key().id(), &purpose(), nonce, plaintext).unwrap();
        assert_eq!(record, bytes(STORED[1].1));
    }

    /// Poly1305 alone opens under more than one key, if a record is made for it; the commitment is what refuses.
    #[test]
    fn a_record_opens_under_no_second_key() {
        let record = sealed();
        for byte in 0..=255_u8 {
            let other = Key::from_bytes([byte; 32]);
            if byte != 7 {
                assert!(matches!(
                    open(&other, &purpose(), &record),
                    Err(VaultError::WrongKey { .. })
                ));
            }
        }
        let mut parts = record.clone();
        let other = Key::from_bytes([8; 32]);
        let commitment = key().commitment();
        let at = parts
            .windows(KEY_BYTES)
            .position(|window| window == commitment)
            .unwrap();
        parts[at..at + KEY_BYTES].copy_from_slice(&other.commitment());
        // With the other key's commitment put in, it opens under neither.
        assert!(open(&other, &purpose(), &parts).is_err());
        assert!(open(&key(), &purpose(), &parts).is_err());
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

    fn no_record(outcome: &Result<Zeroizing<Vec<u8>>, VaultError>) -> &'static str {
        match outcome {
            Err(VaultError::NoRecord { why }) => why,
            Err(_) | Ok(_) => "",
        }
    }

    #[test]
    fn a_record_cut_anywhere_is_told_from_one_whose_text_was_altered() {
        let record = sealed();
        let whole = record.len() - b"a secret".len();
        for length in 0..record.len() {
            let outcome = open(&key(), &purpose(), &record[..length]);
            if length < whole {
                assert_eq!(no_record(&outcome), "it is cut off", "{length}");
            } else {
                // As long as a record of nothing, or longer: only the tag tells.
                assert!(
                    matches!(outcome, Err(VaultError::Altered { .. })),
                    "{length}"
                );
            }
        }
        let nothing = seal(&key(), "k", &purpose(), Zeroizing::default()).unwrap();
        assert!(open(&key(), &purpose(), &nothing).unwrap().is_empty());
    }

    #[test]
    fn bytes_of_no_format_and_text_that_is_none_are_no_record() {
        let mut record = sealed();
        record[0] = 0;
        assert_eq!(
            no_record(&open(&key(), &purpose(), &record)),
            "it is of no format"
        );
        let label = 2 + key().id().len() + 2;
        for at in [2, label] {
            let mut record = sealed();
            record[at] = 0xff;
            assert_eq!(
                no_record(&open(&key(), &purpose(), &record)),
                "what should be text is none"
            );
        }
    }

    #[test]
    fn what_a_record_has_no_room_for_is_refused_and_not_cut() {
        let named = |label_bytes: usize| Purpose::new("test", &[], "x".repeat(label_bytes));
        for (id_bytes, label_bytes, why) in [
            (255, 65_535, ""),
            (256, 65_535, "the key's id is too long"),
            (255, 65_536, "the connection's name is too long"),
        ] {
            let (id, purpose) = ("k".repeat(id_bytes), named(label_bytes));
            let outcome = seal(&key(), &id, &purpose, Zeroizing::new(b"a secret".to_vec()));
            match outcome {
                Ok(record) => {
                    assert_eq!(why, "");
                    assert_eq!(key_id(&record, &purpose).unwrap(), id);
                    assert_eq!(
                        open(&key(), &purpose, &record).unwrap().as_slice(),
                        b"a secret"
                    );
                }
                Err(VaultError::NoRecord { why: found }) => assert_eq!(found, why),
                Err(error) => panic!("{error}"),
            }
        }
    }

    #[test]
    fn a_foreign_label_is_shown_short_and_on_one_line() {
        let label = format!("one\ntwo\u{1b}[31m{}", "é".repeat(200));
        let foreign = Purpose::new("test", &[], label);
        let record = seal(&key(), "k", &foreign, Zeroizing::default()).unwrap();
        let Err(VaultError::Misplaced { expected, found }) = open(&key(), &purpose(), &record)
        else {
            panic!("it is another row's")
        };
        assert_eq!(expected, "test of main");
        assert_eq!(found, format!("onetwo[31m{}", "é".repeat(110)));
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
