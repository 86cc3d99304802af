//! Single JSON values of whatever type, as text.
//!
//! Expensify writes a code now as a number, now as a string. Everything is read as the text it stands as; a number is
//! never turned into a float on the way.

use std::borrow::Cow;

use serde::de::{Deserialize, Deserializer, Error};
use serde_json::value::RawValue;

/// A value as text; absent, null and empty are all the empty text.
#[derive(Debug, Default)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'a> Text<'a> {
    /// Reads a JSON value; none for an array or an object.
    pub(crate) fn of(json: &'a str) -> Option<Self> {
        let text = match json.as_bytes().first()? {
            b'"' if json.contains('\\') => Cow::Owned(serde_json::from_str(json).ok()?),
            b'"' => Cow::Borrowed(json.get(1..json.len() - 1)?),
            b'n' => Cow::Borrowed(""),
            b'[' | b'{' => return None,
            // A number or a flag, as it stands.
            _ => Cow::Borrowed(json),
        };
        Some(Self(text))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned; none if it is empty.
    pub(crate) fn filled(self) -> Option<String> {
        if self.0.is_empty() {
            None
        } else {
            Some(self.0.into_owned())
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Self::of(raw.get())
            .ok_or_else(|| D::Error::custom("expected a text, a number, a flag or nothing"))
    }
}

/// Reads a field as text, whatever it is; null, empty and structures are none.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?;
    Ok(Text::of(raw.get()).and_then(Text::filled))
}

/// Reads a field as a whole number, if it is one.
pub(crate) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(text(deserializer)?.and_then(|text| text.parse().ok()))
}

/// Reads a field as a flag, if it is one.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(text(deserializer)?.and_then(|text| crate::export::flag(&text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_the_text_it_stands_as() {
        for (json, text) in [
            (r#""Café""#, Some("Café")),
            (r#""a\"b\u0041""#, Some("a\"bA")),
            ("null", Some("")),
            ("true", Some("true")),
            ("-12.50", Some("-12.50")),
            (
                "0.1000000000000000055511151231257827",
                Some("0.1000000000000000055511151231257827"),
            ),
            (
                "90071992547409931234567890",
                Some("90071992547409931234567890"),
            ),
            ("1e3", Some("1e3")),
            ("[1]", None),
            ("{}", None),
        ] {
            let read = serde_json::from_str::<Text<'_>>(json).ok();
            assert_eq!(read.as_ref().map(Text::as_str), text, "{json}");
        }
    }
}
