//! Requests and listings as the service saw them: what the rules about sending are checked against.

use chrono::{DateTime, NaiveDate, Utc};
use sync_core::model::{Marker, RecordKind};
use sync_core::ports::ListingWindow;

/// Who is asking: which host, in which operation, for which life of which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Origin {
    pub(crate) host: usize,
    pub(crate) operation: u64,
    pub(crate) installation: usize,
    /// Grows when the database is put back or lost: what was known before is not known any more.
    pub(crate) epoch: u32,
}

impl Origin {
    /// Whether both can know of each other's intents.
    pub(crate) const fn shares_database(self, other: Self) -> bool {
        self.installation == other.installation && self.epoch == other.epoch
    }
}

/// What the sender was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Not yet, or never: the sender cannot know.
    Lost,
    /// The record's id.
    Applied,
    /// Certainly not applied, which is true.
    NotApplied,
    /// Not applied, because its number is taken: a record under its mark is there.
    NumberTaken,
    /// Certainly not applied: the token was refused, and the record not looked at.
    TokenRefused,
}

/// One request that writes.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) from: Origin,
    pub(crate) kind: RecordKind,
    pub(crate) marker: Marker,
    /// When the operation that sent it began.
    pub(crate) began_at: DateTime<Utc>,
    pub(crate) sent_at: DateTime<Utc>,
    pub(crate) answer: Answer,
    /// When what it wrote shows in listings; `None` while nothing is written.
    pub(crate) visible_from: Option<DateTime<Utc>>,
    /// When the last listing of its operation that covers it began.
    pub(crate) probed_at: Option<DateTime<Utc>>,
    /// Whether that listing could not show a record of the mark, because a person had moved it out of the window.
    pub(crate) moved_away: bool,
}

/// One listing that was read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) from: Origin,
    pub(crate) window: ListingWindow,
    pub(crate) began_at: DateTime<Utc>,
}

impl Seen {
    /// Whether a record of that kind and date would have shown.
    pub(crate) fn covers(&self, kind: RecordKind, date: Option<NaiveDate>) -> bool {
        self.window.kind == kind && self.window.vendor.is_none() && holds(&self.window, date)
    }
}

/// Whether a date is in the window; what has no date is in every window.
pub(crate) fn holds(window: &ListingWindow, date: Option<NaiveDate>) -> bool {
    date.is_none_or(|date| {
        window.from.is_none_or(|from| date >= from) && window.to.is_none_or(|to| date <= to)
    })
}
