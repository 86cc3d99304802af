//! Cron expressions of five fields.

use std::fmt;

use chrono::{DateTime, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use super::Zone;

/// A cron expression: minute, hour, day of month, month, day of week, with `*`, lists, ranges, steps and the names
/// of months and days. Day of month and day of week, both given, mean either.
///
/// A fixed time that the clocks skip runs right after the gap and one shown twice runs once; `*` and steps in the hour
/// or minute follow the clocks as they go.
#[derive(Clone)]
pub struct CronExpression {
    text: String,
    // Boxed: a parsed expression is ten times as large as any other schedule.
    cron: Box<Cron>,
}

impl CronExpression {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is wrong, as a phrase.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let cron = parser.parse(&text).map_err(|error| error.to_string())?;
        let parsed = Self {
            text,
            cron: Box::new(cron),
        };
        // 30 February parses and never comes. Any start shows it: the calendar repeats every 400 years.
        match parsed.next(Zone::UTC, DateTime::UNIX_EPOCH) {
            Some(_) => Ok(parsed),
            None => Err("no such day ever comes".to_owned()),
        }
    }

    /// The expression, with single spaces.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn next(&self, zone: Zone, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let local = after.with_timezone(&zone.tz());
        let next = self
            .cron
            .find_next_occurrence(&local, false)
            .ok()?
            .with_timezone(&Utc);
        (next > after).then_some(next)
    }
}

impl PartialEq for CronExpression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for CronExpression {}

impl fmt::Display for CronExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

impl fmt::Debug for CronExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CronExpression({:?})", self.text)
    }
}
