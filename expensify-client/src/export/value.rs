//! Single values of an export: date-times, whole numbers, flags.

use std::fmt;

use chrono::{NaiveDate, NaiveDateTime};

use super::warning::WarningKind;
use crate::money::Hundredths;

/// A date or date-time as the service wrote it: `yyyy-MM-dd` or `yyyy-MM-dd HH:mm:ss`, without a zone.
///
/// The text is kept whatever it is; the accessors read it and never shift it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stamp(String);

impl Stamp {
    /// Keeps a text as a stamp.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The original text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The calendar date in the first ten characters, if they are one.
    pub fn date(&self) -> Option<NaiveDate> {
        self.0
            .get(..10)
            .and_then(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d").ok())
    }

    /// Date and time of day, if both are there. The zone is not stated by the service (UNVERIFIED, probably UTC).
    pub fn date_time(&self) -> Option<NaiveDateTime> {
        let text = self.0.get(..19)?;
        ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why an effective value cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// The field is absent.
    #[error("read {field}: it is absent")]
    Absent {
        /// Name of the field in the file.
        field: &'static str,
    },
    /// The field holds something that is not a whole number.
    #[error("read {field}: it is not a whole number of hundredths")]
    Unreadable {
        /// Name of the field in the file.
        field: &'static str,
    },
    /// The expense is in a foreign currency and the export gives no converted amount.
    #[error(
        "convert the amount: the expense is in {currency:?}, the report in {report_currency:?}, and no converted amount is given"
    )]
    NotConverted {
        /// Currency of the expense, empty if absent.
        currency: String,
        /// Currency that was asked for.
        report_currency: String,
    },
}

/// A value and what was odd about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Read<T> {
    pub(crate) value: Option<T>,
    pub(crate) oddity: Option<WarningKind>,
}

impl<T> Read<T> {
    const fn plain(value: Option<T>) -> Self {
        Self {
            value,
            oddity: None,
        }
    }
}

/// Reads a whole number of hundredths; `""` is none.
///
/// A point followed by one or two zeros is a decimal point. By three zeros it may be a German group, so it is refused.
pub(crate) fn hundredths(text: &str) -> Read<Hundredths> {
    if text.is_empty() {
        return Read::plain(None);
    }
    if let Ok(value) = text.parse() {
        return Read::plain(Some(Hundredths::new(value)));
    }
    let whole = text.strip_suffix(".00").or_else(|| text.strip_suffix(".0"));
    let ungrouped = ungroup(whole.unwrap_or(text));
    let oddity = if ungrouped.is_some() {
        WarningKind::GroupedNumber
    } else {
        WarningKind::DecimalNumber
    };
    match ungrouped.as_deref().or(whole).map(str::parse) {
        Some(Ok(value)) => Read {
            value: Some(Hundredths::new(value)),
            oddity: Some(oddity),
        },
        Some(Err(_)) | None => Read {
            value: None,
            oddity: Some(WarningKind::UnreadableNumber),
        },
    }
}

/// Takes the commas out of `1,234,567`; none if they do not stand between groups of three.
fn ungroup(text: &str) -> Option<String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (first, rest) = digits.split_once(',')?;
    let well_formed =
        (1..=3).contains(&first.len()) && rest.split(',').all(|group| group.len() == 3);
    well_formed.then(|| text.replace(',', ""))
}

/// Reads a flag; `""` is none.
pub(crate) fn flag(text: &str) -> Read<bool> {
    let value = is_true(text);
    Read {
        oddity: (value.is_none() && !text.is_empty()).then_some(WarningKind::UnreadableFlag),
        value,
    }
}

/// The words for true and false.
pub(crate) fn is_true(text: &str) -> Option<bool> {
    let is = |words: [&str; 3]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(["true", "1", "yes"]) {
        Some(true)
    } else if is(["false", "0", "no"]) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly_and_oddities_are_noted() {
        use WarningKind::{DecimalNumber, GroupedNumber, UnreadableNumber};
        for (text, value, oddity) in [
            ("", None, None),
            ("0", Some(0), None),
            ("-1250", Some(-1250), None),
            ("9007199254740993", Some(9_007_199_254_740_993), None),
            ("1,234", Some(1234), Some(GroupedNumber)),
            ("-1,234,567", Some(-1_234_567), Some(GroupedNumber)),
            ("1,234.00", Some(1234), Some(GroupedNumber)),
            ("1234.0", Some(1234), Some(DecimalNumber)),
            ("1.000", None, Some(UnreadableNumber)),
            ("12,34", None, Some(UnreadableNumber)),
            ("1,2345", None, Some(UnreadableNumber)),
            (",123", None, Some(UnreadableNumber)),
            ("12.34", None, Some(UnreadableNumber)),
            ("9223372036854775808", None, Some(UnreadableNumber)),
            ("abc", None, Some(UnreadableNumber)),
            ("--1", None, Some(UnreadableNumber)),
            (".0", None, Some(UnreadableNumber)),
        ] {
            assert_eq!(
                hundredths(text),
                Read {
                    value: value.map(Hundredths::new),
                    oddity
                },
                "{text}"
            );
        }
    }

    #[test]
    fn flags_are_read_in_every_form_seen() {
        for (text, value) in [
            ("true", true),
            ("TRUE", true),
            ("1", true),
            ("yes", true),
            ("false", false),
            ("0", false),
            ("No", false),
        ] {
            assert_eq!(flag(text), Read::plain(Some(value)), "{text}");
        }
        assert_eq!(flag(""), Read::plain(None));
        assert_eq!(
            flag("perhaps"),
            Read {
                value: None,
                oddity: Some(WarningKind::UnreadableFlag)
            }
        );
    }

    #[test]
    fn dates_are_the_first_ten_characters_and_never_shifted() {
        let day = NaiveDate::from_ymd_opt(2026, 7, 3);
        for (text, date, timed) in [
            ("2026-07-03", day, false),
            ("2026-07-03 23:59:59", day, true),
            ("2026-07-03T23:59:59Z", day, true),
            ("2026-07-03 odd", day, false),
            ("2026-02-30", None, false),
            ("July 3", None, false),
            ("", None, false),
            ("ünïcödé 2026", None, false),
        ] {
            let stamp = Stamp::new(text);
            assert_eq!(
                (stamp.date(), stamp.date_time().is_some()),
                (date, timed),
                "{text}"
            );
            assert_eq!(stamp.as_str(), text);
            assert_eq!(stamp.to_string(), text);
        }
    }
}
