//! What a store's calls change, as pure functions.
//!
//! A store loads the rows a call touches into a [`Unit`], lets it work, and writes the [`Changes`] it gives back, all in
//! one transaction. Every rule of the [`Store`](crate::ports::Store) port lives here, once: stores differ in how they
//! keep rows and in nothing else.
//!
//! # Expected flow
//! 1. Check the lease with [`LeaseRow::check`].
//! 2. Find out what to load with [`Needs`], load it, make a [`Unit`].
//! 3. Call the unit's method of the same name as the port's, then [`Unit::finish`].
//! 4. Write the changes; then read, for the causes they touched, the items and whether anything is still held up, and
//!    write what [`settle_items`] gives back.

mod changes;
mod intake;
mod items;
mod lease;
mod plans;
mod reports;
mod unit;

use chrono::{DateTime, Utc};

pub use changes::{BlockSlot, Changes, Needs, TouchedCause};
pub use items::{ItemHead, settle_items};
pub use lease::LeaseRow;
pub use reports::ReportHead;
pub use unit::Unit;

/// The most rows a store returns for one query, whatever the caller's limit.
pub const PAGE_ROWS_MAX: u32 = 10_000;

/// A caller's limit within [`PAGE_ROWS_MAX`].
pub const fn page_limit(limit: u32) -> u32 {
    if limit < PAGE_ROWS_MAX {
        limit
    } else {
        PAGE_ROWS_MAX
    }
}

/// Stores keep microseconds: what is written must be what is read back.
pub fn stored_time(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}
