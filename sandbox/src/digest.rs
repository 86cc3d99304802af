//! Opaque values that are the same in every run.

use sha2::{Digest, Sha256};

/// SHA-256 in hexadecimal, 64 digits.
pub(crate) fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
