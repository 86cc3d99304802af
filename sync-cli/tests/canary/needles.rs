//! Secrets in every form they could leak in.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// As forms encode: what `+` and unreserved characters become differs, so both are looked for.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What is searched for.
#[derive(Debug, Default)]
pub(crate) struct Needles {
    needles: Vec<(&'static str, Vec<u8>)>,
    secrets: usize,
}

impl Needles {
    /// Adds a secret in every encoding.
    pub(crate) fn add(&mut self, name: &'static str, secret: &[u8]) {
        self.secrets += 1;
        for needle in forms(secret) {
            let known = self.needles.iter().any(|(_, known)| *known == needle);
            if !known {
                self.needles.push((name, needle));
            }
        }
    }

    /// The name of a secret that is there.
    pub(crate) fn found_in(&self, bytes: &[u8]) -> Option<&'static str> {
        let found = |needle: &[u8]| memchr::memmem::find(bytes, needle).is_some();
        self.needles
            .iter()
            .find(|(_, needle)| found(needle))
            .map(|(name, _)| *name)
    }

    pub(crate) fn len(&self) -> usize {
        self.needles.len()
    }

    pub(crate) fn secrets(&self) -> usize {
        self.secrets
    }
}

fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![
        secret.to_vec(),
        hex(secret),
        hex(secret).to_ascii_uppercase(),
    ];
    // JSON, Debug and Rust's byte strings escape what they must.
    if let Ok(text) = std::str::from_utf8(secret) {
        forms.push(text.escape_debug().to_string().into_bytes());
    } else {
        forms.push(secret.escape_ascii().to_string().into_bytes());
        let numbers: Vec<_> = secret.iter().map(ToString::to_string).collect();
        forms.push(numbers.join(", ").into_bytes());
    }
    for set in [NON_ALPHANUMERIC, UNRESERVED] {
        let encoded = percent_encode(secret, set).to_string();
        forms.push(encoded.replace("%20", "+").into_bytes());
        forms.push(encoded.to_ascii_lowercase().into_bytes());
        forms.push(encoded.into_bytes());
    }
    // Base64 at each of its three offsets: within a longer text only what does not depend on the neighbours can be known.
    for offset in 0..3 {
        let mut text = vec![0; offset];
        text.extend_from_slice(secret);
        let sure_from = (offset * 8).div_ceil(6);
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&text);
            let sure_to = text.len() * 8 / 6;
            forms.push(encoded.as_bytes()[sure_from..sure_to].to_vec());
        }
    }
    forms
}

/// A text in each encoding a leak could have, for the proof that the search finds it.
pub(crate) fn encodings_of_text(text: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![text.to_vec(), hex(text), hex(text).to_ascii_uppercase()];
    for engine in [STANDARD, URL_SAFE] {
        all.push(engine.encode(text).into_bytes());
    }
    for set in [NON_ALPHANUMERIC, UNRESERVED] {
        all.push(percent_encode(text, set).to_string().into_bytes());
    }
    all
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes
        .iter()
        .flat_map(|byte| format!("{byte:02x}").into_bytes())
        .collect()
}
