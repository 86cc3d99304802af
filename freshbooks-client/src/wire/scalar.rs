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

    fn reads<'a, T>(
        read: impl Fn(
            &mut serde_json::Deserializer<serde_json::de::StrRead<'a>>,
        ) -> Result<T, serde_json::Error>,
        json: &'a str,
    ) -> Option<T> {
        read(&mut serde_json::Deserializer::from_str(json)).ok()
    }

    #[test]
    fn a_list_or_an_object_is_no_scalar() {
        for json in ["{}", r#"{"amount":"1"}"#, "[]", "[1]"] {
            assert_eq!(reads(|from| optional_text(from), json), None, "{json}");
        }
        for (json, text) in [
            ("12.50", Some("12.50")),
            ("true", Some("true")),
            (r#""[a]""#, Some("[a]")),
            (r#""""#, None),
            ("null", None),
        ] {
            let text = text.map(str::to_owned);
            assert_eq!(
                reads(|from| optional_text(from), json),
                Some(text),
                "{json}"
            );
        }
    }

    #[test]
    fn a_decimal_text_is_looked_at_up_to_its_longest_and_no_further() {
        let longest = format!("{}1", "0".repeat(DECIMAL_TEXT_MAX - 1));
        assert_eq!(parse_decimal(&longest), Some(Decimal::ONE));
        assert_eq!(parse_decimal(&format!("0{longest}")), None);
        assert_eq!(parse_decimal("1E2"), Some(Decimal::ONE_HUNDRED));
    }

    #[test]
    fn a_missing_value_is_told_from_a_wrong_one() {
        for (json, read) in [
            ("0", Some(None)),
            (r#""0""#, Some(None)),
            ("null", Some(None)),
            ("17", Some(Some(17))),
            (r#""17""#, Some(Some(17))),
            (r#""x""#, None),
        ] {
            assert_eq!(
                reads(|from| optional_id::<_, u64>(from), json),
                read,
                "{json}"
            );
        }
        assert_eq!(reads(|from| parsed::<_, u8>(from), r#""7""#), Some(7));
        assert_eq!(reads(|from| parsed::<_, u8>(from), r#""""#), None);
        assert_eq!(reads(|from| decimal(from), "null"), None);
        assert_eq!(
            reads(|from| decimal(from), "1.50"),
            Some(Decimal::new(150, 2))
        );
        assert_eq!(reads(|from| list::<_, u8>(from), "null"), Some(Vec::new()));
        assert_eq!(reads(|from| list::<_, u8>(from), "[1,2]"), Some(vec![1, 2]));
    }

    #[test]
    fn a_flag_is_true_false_one_or_nought_and_a_date_loses_its_time() {
        for (json, read) in [
            ("true", Some(true)),
            ("1", Some(true)),
            (r#""1""#, Some(true)),
            ("false", Some(false)),
            ("0", Some(false)),
            ("null", Some(false)),
            (r#""yes""#, None),
            ("2", None),
        ] {
            assert_eq!(reads(|from| flag(from), json), read, "{json}");
        }
        let day = NaiveDate::from_ymd_opt(2026, 11, 3);
        for (json, read) in [
            (r#""2026-11-03""#, Some(day)),
            (r#""2026-11-03 23:59:59""#, Some(day)),
            (r#""""#, Some(None)),
            ("null", Some(None)),
            (r#""2026-11-31""#, None),
            (r#""3 Nov""#, None),
        ] {
            assert_eq!(reads(|from| optional_date(from), json), read, "{json}");
        }
        assert_eq!(reads(|from| date(from), r#""2026-11-03""#), day);
        assert_eq!(reads(|from| date(from), "null"), None);
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
