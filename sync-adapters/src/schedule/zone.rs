//! Time zones, and what their clocks show.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// A time zone of the IANA database, such as `Europe/Berlin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(Tz);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(Tz::UTC);

    /// Reads an IANA name; `None` when the database has no such zone. Letter case counts.
    pub fn parse(name: &str) -> Option<Self> {
        Tz::from_str(name).ok().map(Self)
    }

    /// Its IANA name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    pub(super) fn tz(self) -> Tz {
        self.0
    }

    /// What the zone's clocks show at an instant.
    pub(super) fn local(self, instant: DateTime<Utc>) -> NaiveDateTime {
        instant.with_timezone(&self.0).naive_local()
    }

    /// The instant at which the zone's clocks first show `wall`, or have just jumped past it.
    pub(super) fn instant(self, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
        match self.0.from_local_datetime(&wall) {
            MappedLocalTime::Single(instant) | MappedLocalTime::Ambiguous(instant, _) => {
                Some(instant.with_timezone(&Utc))
            }
            MappedLocalTime::None => self.end_of_gap(wall),
        }
    }

    /// The first instant whose wall time is past `wall`, which lies in a gap. Wall time only grows across a gap, so a
    /// binary search finds the jump to the second; gaps have been as long as a day (Samoa, 2011).
    fn end_of_gap(self, wall: NaiveDateTime) -> Option<DateTime<Utc>> {
        let is_past = |instant: DateTime<Utc>| self.local(instant) >= wall;
        let mut before = wall
            .checked_sub_signed(TimeDelta::hours(26))?
            .and_utc()
            .timestamp();
        let mut past = wall
            .checked_add_signed(TimeDelta::hours(26))?
            .and_utc()
            .timestamp();
        while past - before > 1 {
            let middle = before + (past - before) / 2;
            if is_past(DateTime::from_timestamp(middle, 0)?) {
                past = middle;
            } else {
                before = middle;
            }
        }
        DateTime::from_timestamp(past, 0)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
