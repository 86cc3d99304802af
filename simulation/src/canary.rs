//! Secrets that can be found again: every secret of a world begins with the same letters, which nothing else holds.

use std::fmt::Write as _;
use std::sync::LazyLock;

/// How every secret begins. Three of its letters change when a text is encoded for URLs.
pub(crate) const CANARY: &str = "kAn4ry/+=";

/// What a secret looks like in plain text, in hexadecimal, for URLs, and in base64 from each of its three positions.
static FORMS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let bytes = CANARY.as_bytes();
    let mut forms = vec![
        CANARY.to_owned(),
        hex(bytes),
        hex(bytes).to_uppercase(),
        url(bytes),
        url(bytes).to_lowercase(),
    ];
    for before in 0..3 {
        let standard = base64_within(before, bytes);
        forms.push(standard.replace('+', "-").replace('/', "_"));
        forms.push(standard);
    }
    forms.dedup();
    forms
});

/// Whether a text shows a secret in any form.
pub(crate) fn is_in(text: &str) -> bool {
    FORMS.iter().any(|form| text.contains(form.as_str()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn url(bytes: &[u8]) -> String {
    let encoded = |byte: &u8| {
        if byte.is_ascii_alphanumeric() {
            char::from(*byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    bytes.iter().map(encoded).collect()
}

/// The part of the base64 of a longer text that depends on these bytes alone, where so many others stand before them.
fn base64_within(before: usize, bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bit = |position: usize| {
        let byte = bytes.get((position / 8).checked_sub(before)?)?;
        Some(usize::from(byte >> (7 - position % 8) & 1))
    };
    let first = (before * 8).div_ceil(6);
    let end = (before + bytes.len()) * 8 / 6;
    (first..end)
        .map(|letter| {
            let value = (0..6).fold(0, |value, place| {
                value * 2 + bit(letter * 6 + place).unwrap_or(0)
            });
            char::from(LETTERS[value])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_every_form_and_wherever_it_stands() {
        for text in [
            format!("status 401 for {CANARY}access.0"),
            "Basic: 6b416e3472792f2b3d6163".to_owned(),
            "Basic: 6B416E3472792F2B3D6163".to_owned(),
            "?token=kAn4ry%2F%2B%3Daccess".to_owned(),
            "?token=kan4ry%2f%2b%3daccess".to_owned(),
            // base64 of the canary alone, after one byte, after two bytes.
            "a0FuNHJ5Lys9".to_owned(),
            "eGtBbjRyeS8rPQ==".to_owned(),
            "eHhrQW40cnkvKz0=".to_owned(),
        ] {
            assert!(is_in(&text), "{text}");
        }
        assert!(!is_in(
            "access token refused; run `ml-connector connect freshbooks`"
        ));
    }
}
