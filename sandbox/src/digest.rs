//! Opaque values that are the same in every run.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// SHA-256 in hexadecimal, 64 digits.
pub(crate) fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .fold(String::new(), |mut digits, byte| {
            // Writing to a String never fails.
            let _ = write!(digits, "{byte:02x}");
            digits
        })
}
