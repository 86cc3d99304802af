//! A schedule as a configuration file writes it, and what can be wrong with it.

use std::time::Duration;

use chrono::{NaiveTime, Weekday, WeekdaySet};
use serde::Deserialize;

use super::{CronExpression, INTERVAL_MAX, INTERVAL_MIN, Schedule, Zone};

/// A schedule as plain text, for a configuration file. Nothing set means on demand; else exactly one of:
///
/// | Fields | Meaning |
/// | --- | --- |
/// | `every = "30m"` | that often: a number with `s`, `m`, `h` or `d` |
/// | `at = "06:30"`, `zone = "Europe/Berlin"` | daily |
/// | `at`, `days = ["mon", "thu"]`, `zone` | on these days |
/// | `cron = "0 6 * * mon-fri"`, `zone` | by a cron expression of five fields |
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScheduleSpec {
    /// Interval.
    pub every: Option<String>,
    /// Time of day, 24 hours.
    pub at: Option<String>,
    /// Days of the week, by their English names or first three letters.
    pub days: Option<Vec<String>>,
    /// Cron expression.
    pub cron: Option<String>,
    /// IANA time zone of `at` and `cron`. There is no default: a guessed zone runs at the wrong hour.
    pub zone: Option<String>,
}

/// What is wrong with a [`ScheduleSpec`]: which field, what, and how to put it right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read schedule field `{field}`: {what}; {fix}")]
pub struct ScheduleError {
    field: &'static str,
    what: String,
    fix: &'static str,
}

impl ScheduleError {
    /// The field, by its name in the configuration.
    pub const fn field(&self) -> &'static str {
        self.field
    }

    /// How to put it right.
    pub const fn fix(&self) -> &'static str {
        self.fix
    }

    fn new(field: &'static str, what: impl Into<String>, fix: &'static str) -> Self {
        Self {
            field,
            what: what.into(),
            fix,
        }
    }
}

impl ScheduleSpec {
    /// Reads the schedule.
    ///
    /// # Errors
    /// The first field that is wrong, missing, or does not go with the others.
    pub fn schedule(&self) -> Result<Schedule, ScheduleError> {
        match (&self.every, &self.at, &self.cron) {
            (Some(every), None, None) => {
                self.refuse_zone_and_days("every")?;
                Ok(Schedule::Interval {
                    every: interval(every)?,
                })
            }
            (None, Some(at), None) => self.at_time(at),
            (None, None, Some(cron)) => {
                self.refuse_days("cron")?;
                let fix = "write minute, hour, day of month, month, day of week, such as \"0 6 * * mon-fri\"";
                let expression = CronExpression::parse(cron).map_err(|why| {
                    ScheduleError::new("cron", format!("{:?}: {why}", shown(cron)), fix)
                })?;
                Ok(Schedule::Cron {
                    expression,
                    zone: self.zone()?,
                })
            }
            (None, None, None) => {
                self.refuse_zone_and_days("nothing else")?;
                Ok(Schedule::OnDemand)
            }
            (Some(_), _, _) => Err(ScheduleError::new(
                "every",
                "it stands beside `at` or `cron`",
                "keep one of them",
            )),
            (None, Some(_), Some(_)) => Err(ScheduleError::new(
                "at",
                "it stands beside `cron`",
                "keep one of them",
            )),
        }
    }

    fn at_time(&self, at: &str) -> Result<Schedule, ScheduleError> {
        let fix = "write hours and minutes of 24 hours, such as \"06:30\"";
        let time = NaiveTime::parse_from_str(at, "%H:%M").map_err(|_| {
            ScheduleError::new("at", format!("{:?} is no time of day", shown(at)), fix)
        })?;
        let zone = self.zone()?;
        match &self.days {
            None => Ok(Schedule::Daily { at: time, zone }),
            Some(days) => Ok(Schedule::Weekly {
                days: weekdays(days)?,
                at: time,
                zone,
            }),
        }
    }

    fn zone(&self) -> Result<Zone, ScheduleError> {
        let fix = "write an IANA name such as \"Europe/Berlin\", or \"UTC\"";
        let Some(name) = &self.zone else {
            return Err(ScheduleError::new("zone", "it is missing", fix));
        };
        Zone::parse(name).ok_or_else(|| {
            ScheduleError::new("zone", format!("no zone is called {:?}", shown(name)), fix)
        })
    }

    fn refuse_days(&self, beside: &str) -> Result<(), ScheduleError> {
        match self.days {
            None => Ok(()),
            Some(_) => Err(ScheduleError::new(
                "days",
                format!("it stands beside {beside}"),
                "use it with `at` only",
            )),
        }
    }

    fn refuse_zone_and_days(&self, beside: &str) -> Result<(), ScheduleError> {
        self.refuse_days(beside)?;
        match self.zone {
            None => Ok(()),
            Some(_) => Err(ScheduleError::new(
                "zone",
                format!("it stands beside {beside}"),
                "use it with `at` or `cron`",
            )),
        }
    }
}

fn interval(text: &str) -> Result<Duration, ScheduleError> {
    let fix = "write a number and s, m, h or d, from \"60s\" to \"31d\", such as \"30m\"";
    let wrong = |what: String| ScheduleError::new("every", what, fix);
    let (seconds, digits) = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)]
        .iter()
        .find_map(|(unit, seconds)| Some((*seconds, text.trim().strip_suffix(*unit)?.trim_end())))
        .ok_or_else(|| wrong(format!("{:?} names no unit", shown(text))))?;
    let count: u64 = digits
        .parse()
        .map_err(|_| wrong(format!("{:?} is no number with a unit", shown(text))))?;
    let every = Duration::from_secs(count.saturating_mul(seconds));
    if (INTERVAL_MIN..=INTERVAL_MAX).contains(&every) {
        Ok(every)
    } else {
        Err(wrong(format!("{:?} is out of bounds", shown(text))))
    }
}

fn weekdays(names: &[String]) -> Result<WeekdaySet, ScheduleError> {
    let fix = "write English names such as [\"mon\", \"thu\"]";
    let mut days = WeekdaySet::EMPTY;
    for name in names {
        let day: Weekday = name.trim().parse().map_err(|_| {
            ScheduleError::new("days", format!("no day is called {:?}", shown(name)), fix)
        })?;
        if !days.insert(day) {
            return Err(ScheduleError::new(
                "days",
                format!("{day} is named twice"),
                "name each day once",
            ));
        }
    }
    if days.is_empty() {
        return Err(ScheduleError::new(
            "days",
            "it is empty",
            "name a day, or leave it out to run daily",
        ));
    }
    Ok(days)
}

/// Enough of a text to recognise it by.
fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}
