//! The key that signs checkpoints and reports: never the vault's.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use sync_core::{Error, ErrorKind, Result};
use zeroize::Zeroizing;

use super::note::{PublicKey, compose};
use crate::durable::create;

/// The longest key file read, in bytes: base64 of 32 bytes is 44.
const FILE_BYTES_MAX: u64 = 256;

/// Signs notes with an Ed25519 key.
#[derive(Clone, Debug)]
pub struct NoteSigner(SigningKey);

impl NoteSigner {
    /// Reads a key file: the base64 text of a 32-byte seed. On Unix only its owner may be able to read it.
    ///
    /// # Errors
    /// `Invalid` for a file that is missing, open to others, or no key.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let failed = |error: std::io::Error| unusable(path, &error.to_string());
        let file = File::open(path).map_err(failed)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // Checked on the open file: a name could point elsewhere a moment later.
            let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                let why = format!("others can read it (mode {mode:03o}): set mode 0600");
                return Err(unusable(path, &why));
            }
        }
        let mut text = Zeroizing::new(String::new());
        file.take(FILE_BYTES_MAX)
            .read_to_string(&mut text)
            .map_err(failed)?;
        let mut seed = Zeroizing::new([0_u8; 32]);
        match STANDARD.decode_slice(text.trim(), seed.as_mut_slice()) {
            Ok(32) => Ok(Self(SigningKey::from_bytes(&seed))),
            _ => Err(unusable(path, "it is not the base64 text of 32 bytes")),
        }
    }

    /// Makes a new key and writes it to a file that must not exist yet, mode 0600, durable when this returns.
    ///
    /// # Errors
    /// `Invalid` when the file exists or cannot be written, `Internal` without entropy.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let failed = |error: std::io::Error| unusable(path, &error.to_string());
        let mut seed = Zeroizing::new([0_u8; 32]);
        getrandom::fill(seed.as_mut_slice()).map_err(|error| {
            Error::new(
                ErrorKind::Internal,
                format!("draw a signing key from the operating system: {error}"),
            )
        })?;
        // Of full size from the start: text that moves when it grows would stay behind.
        let mut text = Zeroizing::new(String::with_capacity(64));
        STANDARD.encode_string(seed.as_slice(), &mut text);
        text.push('\n');
        // Whole or not there: half a key, left by a kill, would stop every later start.
        create(path, text.as_bytes()).map_err(failed)?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// The public key under a name.
    pub fn public(&self, name: &str) -> PublicKey {
        PublicKey::new(name, self.0.verifying_key())
    }

    /// Signs a text, which ends in a line end, under a name.
    pub fn sign(&self, name: &str, text: &str) -> String {
        compose(text, &self.public(name), &self.0.sign(text.as_bytes()))
    }
}

fn unusable(path: &Path, why: &str) -> Error {
    Error::invalid(format!(
        "use the key of the audit checkpoints in {}: {why}",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_created_key_is_read_again_signs_and_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let made = NoteSigner::create(&path).unwrap();
        let opened = NoteSigner::open(&path).unwrap();
        let note = opened.sign("a/b", "one\n\ntwo\n");
        assert_eq!(made.public("a/b").verify(&note).unwrap(), "one\n\ntwo\n");
        assert!(made.public("a/c").verify(&note).is_err());
        assert!(NoteSigner::create(&path).is_err());
        assert!(
            !format!("{made:?}").contains(&std::fs::read_to_string(&path).unwrap().trim()[..20])
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_or_that_is_none_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        NoteSigner::create(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let error = NoteSigner::open(&path).unwrap_err();
        assert!(error.to_string().contains("mode 640"), "{error}");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(&path, "short").unwrap();
        assert!(NoteSigner::open(&path).is_err());
    }
}
