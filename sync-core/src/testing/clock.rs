//! A clock that moves when told.

use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::lock;
use crate::ports::Clock;

/// A clock that moves when told, in either direction.
#[derive(Debug)]
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    /// A clock that stands at an instant.
    pub const fn new(at: DateTime<Utc>) -> Self {
        Self(Mutex::new(at))
    }

    /// Moves on. A span beyond the calendar leaves it where it is.
    pub fn advance(&self, span: Duration) {
        let mut now = lock(&self.0);
        if let Some(later) = chrono::Duration::from_std(span)
            .ok()
            .and_then(|span| now.checked_add_signed(span))
        {
            *now = later;
        }
    }

    /// Jumps, backwards too.
    pub fn set(&self, at: DateTime<Utc>) {
        *lock(&self.0) = at;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *lock(&self.0)
    }
}
