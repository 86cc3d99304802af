//! Dates that may be relative to the sandbox clock.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

const STAMP: &str = "%Y-%m-%d %H:%M:%S";

/// A date or a moment in a scenario: `2026-07-01`, `2026-07-01 09:30:00`, or relative to the sandbox clock: `-3d`, `-3d 09:30:00`.
///
/// A date without a time means noon, so that no zone moves it to another day. A relative moment never lies in the future.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Moment {
    day: Day,
    time: Option<NaiveTime>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Day {
    Ago(u64),
    Fixed(NaiveDate),
}

impl Moment {
    /// So many days before the sandbox's today, at noon.
    pub fn days_ago(days: u64) -> Self {
        Self {
            day: Day::Ago(days),
            time: None,
        }
    }

    /// A fixed date, at noon.
    pub fn on(date: NaiveDate) -> Self {
        Self {
            day: Day::Fixed(date),
            time: None,
        }
    }

    /// The same moment, no longer relative.
    pub(crate) fn pinned(&self, now: DateTime<Utc>) -> Self {
        Self::at(self.resolve(now))
    }

    /// An exact moment.
    pub(crate) fn at(moment: NaiveDateTime) -> Self {
        Self {
            day: Day::Fixed(moment.date()),
            time: Some(moment.time()),
        }
    }

    /// The moment, seen from `now`.
    pub(crate) fn resolve(&self, now: DateTime<Utc>) -> NaiveDateTime {
        let time = self
            .time
            .or_else(|| NaiveTime::from_hms_opt(12, 0, 0))
            .unwrap_or_default();
        match self.day {
            Day::Fixed(date) => date.and_time(time),
            Day::Ago(days) => {
                let today = now.naive_utc().date();
                let date = today
                    .checked_sub_days(Days::new(days))
                    .unwrap_or(NaiveDate::MIN);
                date.and_time(time).min(now.naive_utc())
            }
        }
    }
}

/// The format of Expensify's date-times.
pub(crate) fn stamp(moment: NaiveDateTime) -> String {
    moment.format(STAMP).to_string()
}

impl TryFrom<String> for Moment {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let wrong = || {
            format!(
                "not a date: {text:?}; write 2026-07-01, -3d, or either with a time such as 09:30:00"
            )
        };
        let (day, time) = text
            .split_once(' ')
            .map_or((text.as_str(), None), |(day, time)| (day, Some(time)));
        let time = time
            .map(|time| NaiveTime::parse_from_str(time, "%H:%M:%S"))
            .transpose()
            .map_err(|_| wrong())?;
        let day = match day
            .strip_prefix('-')
            .and_then(|rest| rest.strip_suffix('d'))
        {
            Some(days) => Day::Ago(days.parse().map_err(|_| wrong())?),
            None => Day::Fixed(NaiveDate::parse_from_str(day, "%Y-%m-%d").map_err(|_| wrong())?),
        };
        Ok(Self { day, time })
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        let day = match moment.day {
            Day::Ago(days) => format!("-{days}d"),
            Day::Fixed(date) => date.to_string(),
        };
        moment.time.map_or(day.clone(), |time| {
            format!("{day} {}", time.format("%H:%M:%S"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_and_fixed_moments_resolve() {
        let now = DateTime::parse_from_rfc3339("2026-07-15T08:00:00Z")
            .unwrap()
            .to_utc();
        for (text, expected) in [
            ("-3d", "2026-07-12 12:00:00"),
            ("-3d 09:30:00", "2026-07-12 09:30:00"),
            ("-0d", "2026-07-15 08:00:00"),
            ("2026-07-01", "2026-07-01 12:00:00"),
            ("2026-07-01 23:59:59", "2026-07-01 23:59:59"),
        ] {
            let moment = Moment::try_from(text.to_owned()).unwrap();
            assert_eq!(stamp(moment.resolve(now)), expected, "{text}");
            assert_eq!(String::from(moment), text);
        }
        for wrong in ["", "yesterday", "-d", "+3d", "-3d 25:00:00", "2026-13-01"] {
            assert!(Moment::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
