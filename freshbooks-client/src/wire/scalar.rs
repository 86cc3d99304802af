//! Reading of loosely typed values.
//!
//! Everything goes through the raw text of the JSON value, so that an amount sent as a number never
//! becomes a float on its way to a decimal. Consequence: these types read from `serde_json` over a
//! slice, which is the only way this crate reads them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Longest decimal text that is looked at; FreshBooks' longest known has about 25 digits.
const DECIMAL_TEXT_MAX: usize = 64;

/// The text of a string, number or boolean. `null` and `""` are `None`: FreshBooks uses both, and
/// leaving the key out, for "nothing".
pub(crate) fn scalar<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Cow<'de, str>>, D::Error> {
    let Some(raw) = Option::<&'de RawValue>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let text = raw.get();
    let text = match text.strip_prefix('"') {
        Some(_) if text.contains('\\') => {
            Cow::Owned(serde_json::from_str::<String>(text).map_err(D::Error::custom)?)
        }
        Some(rest) => Cow::Borrowed(rest.strip_suffix('"').unwrap_or(rest)),
        None if text.starts_with(['{', '[']) => {
            return Err(D::Error::custom("expected a string, a number or a boolean"));
        }
        None => Cow::Borrowed(text),
    };
    Ok(if text.is_empty() { None } else { Some(text) })
}

/// Anything that parses from its text, absent allowed.
pub(crate) fn optional<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: fmt::Display>,
{
    scalar(deserializer)?
        .map(|text| text.parse().map_err(D::Error::custom))
        .transpose()
}

/// Anything that parses from its text and must be there.
pub(crate) fn parsed<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: fmt::Display>,
{
    optional(deserializer)?.ok_or_else(|| D::Error::custom("expected a value"))
}

/// An identifier where 0 stands for "none".
pub(crate) fn optional_id<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: From<u64>,
{
    Ok(optional::<D, u64>(deserializer)?
        .filter(|id| *id != 0)
        .map(T::from))
}

/// A text, absent allowed.
pub(crate) fn optional_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    Ok(scalar(deserializer)?.map(Cow::into_owned))
}

/// A decimal from a string or a number, exact or refused.
pub(crate) fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    optional_decimal(deserializer)?.ok_or_else(|| D::Error::custom("expected a decimal"))
}

/// Like [`decimal`], absent allowed.
pub(crate) fn optional_decimal<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Decimal>, D::Error> {
    scalar(deserializer)?
        .map(|text| {
            parse_decimal(&text)
                .ok_or_else(|| D::Error::custom("expected a decimal of at most 28 digits"))
        })
        .transpose()
}

fn parse_decimal(text: &str) -> Option<Decimal> {
    if text.len() > DECIMAL_TEXT_MAX {
        return None;
    }
    if text.contains(['e', 'E']) {
        return Decimal::from_scientific(text).ok();
    }
    Decimal::from_str_exact(text).ok()
}

/// A yes or no; absent is no. FreshBooks writes booleans, older records 0 and 1.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match scalar(deserializer)?.as_deref() {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(_) => Err(D::Error::custom("expected true or false")),
    }
}

/// An accounting date. A time behind it is dropped: the date is the fact, in no zone.
pub(crate) fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
    optional_date(deserializer)?.ok_or_else(|| D::Error::custom("expected a date"))
}

/// Like [`date`], absent allowed.
pub(crate) fn optional_date<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<NaiveDate>, D::Error> {
    scalar(deserializer)?
        .map(|text| {
            let day = text.get(..10).unwrap_or(&text);
            NaiveDate::parse_from_str(day, "%Y-%m-%d").map_err(D::Error::custom)
        })
        .transpose()
}

/// A list where `null` means empty.
pub(crate) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read_decimal(json: &str) -> Result<Option<Decimal>, serde_json::Error> {
        optional_decimal(&mut serde_json::Deserializer::from_str(json))
    }

    #[test]
    fn decimals_keep_every_digit_whether_sent_as_text_or_number() {
        for (json, expected) in [
            ("\"25.00\"", "25.00"),
            ("39.991", "39.991"),
            ("0.1", "0.1"),
            ("9007199254740993.01", "9007199254740993.01"),
            ("-12", "-12"),
            ("1e3", "1000"),
        ] {
            let read = read_decimal(json).unwrap().unwrap();
            assert_eq!(read.to_string(), expected, "{json}");
        }
        for json in ["null", "\"\""] {
            assert_eq!(read_decimal(json).unwrap(), None);
        }
        for json in ["\"12,50\"", "{}", "\"NaN\"", "true", "\"1e99999\""] {
            assert!(read_decimal(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_decimal_with_more_digits_than_can_be_held_is_refused_not_rounded() {
        assert!(read_decimal("\"0.12345678901234567890123456789\"").is_err());
    }

    #[test]
    fn texts_are_unescaped() {
        let text = optional_text(&mut serde_json::Deserializer::from_str(r#""a\"\u00e9""#));
        assert_eq!(text.unwrap().as_deref(), Some("a\"é"));
    }

    proptest! {
        #[test]
        fn reading_a_scalar_never_panics(text in ".{0,80}") {
            let _ = read_decimal(&text);
            let quoted = serde_json::to_string(&text).unwrap();
            let _ = read_decimal(&quoted);
            let _ = optional_date(&mut serde_json::Deserializer::from_str(&quoted));
            let _ = flag(&mut serde_json::Deserializer::from_str(&quoted));
        }

        #[test]
        fn every_amount_survives_as_number_and_as_text(units in any::<i64>(), scale in 0u32..10) {
            let amount = Decimal::new(units, scale);
            prop_assert_eq!(read_decimal(&amount.to_string()).unwrap(), Some(amount));
            prop_assert_eq!(read_decimal(&format!("\"{amount}\"")).unwrap(), Some(amount));
        }
    }
}
