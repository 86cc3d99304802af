//! Timestamps: most are US Eastern wall time without saying so, some are UTC.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::America::New_York;
use serde::Deserializer;

use super::scalar::scalar;

/// A moment FreshBooks recorded.
///
/// Expenses, clients, taxes and categories carry US Eastern wall time, bills and vendors UTC, and
/// neither says which; this crate applies the right zone per field. In the hour that occurs twice
/// each November the *earlier* instant is taken, so a cursor built from it looks again rather than
/// skips; use an overlap anyway.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timestamp {
    /// The instant.
    At(DateTime<Utc>),
    /// A text that could not be read as a time, or an Eastern time skipped in March; kept as sent.
    Unparsed(String),
}

impl Timestamp {
    /// The instant, if the text was readable.
    pub const fn at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::At(instant) => Some(*instant),
            Self::Unparsed(_) => None,
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(instant) => instant.fmt(f),
            Self::Unparsed(text) => f.write_str(text),
        }
    }
}

/// Reads a field that holds US Eastern wall time.
pub(crate) fn eastern<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    read(deserializer, |wall| {
        New_York
            .from_local_datetime(&wall)
            .earliest()
            .map(|instant| instant.with_timezone(&Utc))
    })
}

/// Reads a field that holds UTC, with or without a zone letter.
pub(crate) fn utc<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    read(deserializer, |wall| Some(wall.and_utc()))
}

fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
    zone: fn(NaiveDateTime) -> Option<DateTime<Utc>>,
) -> Result<Option<Timestamp>, D::Error> {
    Ok(
        scalar(deserializer)?.map(|text| match instant(&text, zone) {
            Some(at) => Timestamp::At(at),
            None => Timestamp::Unparsed(text.into_owned()),
        }),
    )
}

fn instant(text: &str, zone: fn(NaiveDateTime) -> Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    // A text that names its zone wins over what the field usually means.
    if let Ok(zoned) = DateTime::parse_from_rfc3339(text) {
        return Some(zoned.with_timezone(&Utc));
    }
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .and_then(zone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Reader = fn(&mut serde_json::Deserializer<serde_json::de::StrRead<'_>>) -> String;

    fn eastern_text(json: &mut serde_json::Deserializer<serde_json::de::StrRead<'_>>) -> String {
        eastern(json)
            .unwrap()
            .map_or_else(String::new, |time| format!("{time:?}"))
    }

    fn utc_text(json: &mut serde_json::Deserializer<serde_json::de::StrRead<'_>>) -> String {
        utc(json)
            .unwrap()
            .map_or_else(String::new, |time| format!("{time:?}"))
    }

    #[test]
    fn each_zone_is_applied_and_what_cannot_be_read_is_kept() {
        let table: [(Reader, &str, &str); 9] = [
            (
                eastern_text,
                "2026-06-29 12:48:49",
                "At(2026-06-29T16:48:49Z)",
            ),
            (
                eastern_text,
                "2026-01-15 12:00:00",
                "At(2026-01-15T17:00:00Z)",
            ),
            (
                eastern_text,
                "2026-06-29 12:48:49.123456",
                "At(2026-06-29T16:48:49.123456Z)",
            ),
            // 01:30 happens twice on this day: the earlier instant, still in summer time.
            (
                eastern_text,
                "2026-11-01 01:30:00",
                "At(2026-11-01T05:30:00Z)",
            ),
            // 02:30 does not exist on this day.
            (
                eastern_text,
                "2026-03-08 02:30:00",
                "Unparsed(\"2026-03-08 02:30:00\")",
            ),
            (
                eastern_text,
                "2017-08-23T11:45:09Z",
                "At(2017-08-23T11:45:09Z)",
            ),
            (utc_text, "2026-06-29 15:28:49", "At(2026-06-29T15:28:49Z)"),
            (utc_text, "2026-06-29T16:47:57", "At(2026-06-29T16:47:57Z)"),
            (utc_text, "soon", "Unparsed(\"soon\")"),
        ];
        for (reader, text, expected) in table {
            let json = format!("{text:?}");
            assert_eq!(
                reader(&mut serde_json::Deserializer::from_str(&json)),
                expected,
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn an_eastern_time_is_its_instant_or_the_hour_before(seconds in 946_684_800_i64..2_208_988_800) {
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            let wall = at.with_timezone(&New_York).format("\"%Y-%m-%d %H:%M:%S\"").to_string();
            let read = eastern(&mut serde_json::Deserializer::from_str(&wall)).unwrap().unwrap();
            let early = at - read.at().unwrap();
            // An hour off only where the wall shows the same time twice, and never late.
            let twice = New_York
                .from_local_datetime(&at.with_timezone(&New_York).naive_local())
                .single()
                .is_none();
            prop_assert!(early.num_seconds() == 0 || (twice && early.num_seconds() == 3600));
        }

        #[test]
        fn a_utc_time_is_its_instant(seconds in 946_684_800_i64..2_208_988_800) {
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            for format in ["\"%Y-%m-%d %H:%M:%S\"", "\"%Y-%m-%dT%H:%M:%SZ\""] {
                let text = at.format(format).to_string();
                let read = utc(&mut serde_json::Deserializer::from_str(&text)).unwrap();
                prop_assert_eq!(read, Some(Timestamp::At(at)));
            }
        }

        #[test]
        fn reading_a_timestamp_never_panics(text in "[0-9TZ:. +-]{0,40}|.{0,40}") {
            let json = serde_json::to_string(&text).unwrap();
            let _ = eastern_text(&mut serde_json::Deserializer::from_str(&json));
            let _ = utc_text(&mut serde_json::Deserializer::from_str(&json));
        }
    }
}
