//! When passes are due: every so often, at a time of day in a zone, by a cron expression, or on demand.
//!
//! [`Schedule::next_run`] is pure, and right across daylight saving: a time that the clocks skip runs at the first
//! instant after the gap, a time that they show twice runs once, at its first showing.

mod cron;
mod spec;
mod zone;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Datelike, Days, NaiveTime, Timelike, Utc, WeekdaySet};
use sync_core::model::ConnectionId;
use sync_core::ports::Scheduler;

pub use cron::CronExpression;
pub use spec::{ScheduleError, ScheduleSpec};
pub use zone::Zone;

/// Shortest interval. Expensify takes 20 requests a minute, and a pass spends some of them.
pub const INTERVAL_MIN: Duration = Duration::from_mins(1);
/// Longest interval: a month of 31 days. What is rarer is better said as a cron expression.
pub const INTERVAL_MAX: Duration = Duration::from_hours(31 * 24);

/// When passes are due. Made from a [`ScheduleSpec`], which names the field and the fix when something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Schedule {
    /// Every so often, counted from midnight UTC of 1970-01-01, so that a restart does not shift the runs.
    Interval {
        /// How often: whole seconds from [`INTERVAL_MIN`] to [`INTERVAL_MAX`].
        every: Duration,
    },
    /// Once a day.
    Daily {
        /// At this time of the zone's clocks, to the minute.
        at: NaiveTime,
        /// Where.
        zone: Zone,
    },
    /// On some days of each week.
    Weekly {
        /// On these days, at least one.
        days: WeekdaySet,
        /// At this time of the zone's clocks, to the minute.
        at: NaiveTime,
        /// Where.
        zone: Zone,
    },
    /// By a cron expression of five fields.
    Cron {
        /// The expression.
        expression: CronExpression,
        /// Where.
        zone: Zone,
    },
    /// Never by itself.
    OnDemand,
}

impl Schedule {
    /// The first due instant strictly after `after`; `None` on demand, and beyond the years a date can hold.
    pub fn next_run(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Interval { every } => next_multiple(*every, after),
            Self::Daily { at, zone } => next_at(WeekdaySet::ALL, *at, *zone, after),
            Self::Weekly { days, at, zone } => next_at(*days, *at, *zone, after),
            Self::Cron { expression, zone } => expression.next(*zone, after),
            Self::OnDemand => None,
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = |at: &NaiveTime| format!("{:02}:{:02}", at.hour(), at.minute());
        match self {
            Self::Interval { every } => {
                let seconds = every.as_secs();
                let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
                let (size, unit) = units
                    .into_iter()
                    .find(|(size, _)| seconds % size == 0)
                    .unwrap_or((1, "s"));
                write!(f, "every {} {unit}", seconds / size)
            }
            Self::Daily { at, zone } => write!(f, "daily at {} {zone}", clock(at)),
            Self::Weekly { days, at, zone } => {
                let names: Vec<String> = days
                    .iter(chrono::Weekday::Mon)
                    .map(|day| day.to_string())
                    .collect();
                write!(f, "{} at {} {zone}", names.join(", "), clock(at))
            }
            Self::Cron { expression, zone } => write!(f, "cron {expression} {zone}"),
            Self::OnDemand => f.write_str("on demand"),
        }
    }
}

/// The schedules of several connections; one that is not in here runs on demand.
#[derive(Clone, Debug, Default)]
pub struct Schedules {
    by_connection: BTreeMap<ConnectionId, Schedule>,
}

impl Schedules {
    /// Adds a connection, or replaces its schedule.
    #[must_use]
    pub fn with(mut self, connection: ConnectionId, schedule: Schedule) -> Self {
        self.by_connection.insert(connection, schedule);
        self
    }

    /// The schedule of a connection.
    pub fn get(&self, connection: &ConnectionId) -> &Schedule {
        self.by_connection
            .get(connection)
            .unwrap_or(&Schedule::OnDemand)
    }
}

impl Scheduler for Schedules {
    fn next_run(&self, connection: &ConnectionId, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.get(connection).next_run(after)
    }
}

fn next_multiple(every: Duration, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let every = i64::try_from(every.as_secs())
        .ok()
        .filter(|seconds| *seconds > 0)?;
    let multiples = after.timestamp().div_euclid(every).checked_add(1)?;
    DateTime::from_timestamp(multiples.checked_mul(every)?, 0)
}

fn next_at(
    days: WeekdaySet,
    at: NaiveTime,
    zone: Zone,
    after: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    // The day before counts too: its time may have been skipped and moved past midnight.
    let first = zone.local(after).date().pred_opt()?;
    // Nine days hold every weekday once more than needed for the day before.
    (0..=9_u64)
        .filter_map(|offset| first.checked_add_days(Days::new(offset)))
        .filter(|day| days.contains(day.weekday()))
        .filter_map(|day| zone.instant(day.and_time(at)))
        .find(|instant| *instant > after)
}

#[cfg(test)]
mod tests;
