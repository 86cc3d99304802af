//! How values are written where FreshBooks wants another form than the usual one.

use std::fmt::Display;

use chrono::{DateTime, SecondsFormat, Utc};
use rust_decimal::Decimal;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A decimal or a number as a string, which is how FreshBooks writes most of them.
pub(crate) fn plain_text<S: Serializer>(value: &impl Display, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

/// Like [`plain_text`], where there is one.
#[expect(clippy::ref_option, reason = "the form serde calls with")]
pub(crate) fn decimal_text<S: Serializer>(
    value: &Option<Decimal>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => plain_text(value, to),
        None => to.serialize_none(),
    }
}

/// A decimal as a JSON number with exactly its digits; no float is involved.
pub(crate) fn plain_number<S: Serializer>(value: &Decimal, to: S) -> Result<S::Ok, S::Error> {
    let digits = RawValue::from_string(value.to_string()).map_err(S::Error::custom)?;
    digits.serialize(to)
}

/// Like [`plain_number`], where there is one.
#[expect(clippy::ref_option, reason = "the form serde calls with")]
pub(crate) fn decimal_number<S: Serializer>(
    value: &Option<Decimal>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => plain_number(value, to),
        None => to.serialize_none(),
    }
}

/// An instant in UTC with the letter `Z`, to the second.
pub(crate) fn instant_text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Writes an instant as [`instant_text`].
pub(crate) fn instant<S: Serializer>(at: &DateTime<Utc>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&instant_text(*at))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Serialize)]
    struct Both {
        #[serde(serialize_with = "plain_text")]
        text: Decimal,
        #[serde(serialize_with = "decimal_number")]
        number: Option<Decimal>,
    }

    proptest! {
        #[test]
        fn every_digit_is_written(units in any::<i64>(), scale in 0u32..10) {
            let value = Decimal::new(units, scale);
            let both = Both { text: value, number: Some(value) };
            prop_assert_eq!(
                serde_json::to_string(&both).unwrap(),
                format!("{{\"text\":\"{value}\",\"number\":{value}}}")
            );
        }
    }

    #[derive(Serialize)]
    struct Each {
        #[serde(serialize_with = "decimal_text")]
        text: Option<Decimal>,
        #[serde(serialize_with = "decimal_number")]
        number: Option<Decimal>,
        #[serde(serialize_with = "instant")]
        at: DateTime<Utc>,
    }

    #[test]
    fn what_is_absent_is_null_and_an_instant_is_whole_seconds_in_utc() {
        let at = "2026-11-03T10:20:30.987Z".parse().unwrap();
        let amount = Some(Decimal::new(-1250, 2));
        for (amount, text, number) in [(amount, "\"-12.50\"", "-12.50"), (None, "null", "null")] {
            let each = Each {
                text: amount,
                number: amount,
                at,
            };
            assert_eq!(
                serde_json::to_string(&each).unwrap(),
                format!(r#"{{"text":{text},"number":{number},"at":"2026-11-03T10:20:30Z"}}"#)
            );
        }
    }
}
