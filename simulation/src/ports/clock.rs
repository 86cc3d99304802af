//! A host's clock.

use chrono::{DateTime, Utc};
use sync_core::ports::Clock;

use crate::state::Shared;

/// A host's clock: the world's time, less or more what the host is off by.
#[derive(Debug)]
pub(crate) struct SimClock {
    shared: Shared,
    host: usize,
}

impl SimClock {
    pub(crate) const fn new(shared: Shared, host: usize) -> Self {
        Self { shared, host }
    }
}

impl Clock for SimClock {
    fn now(&self) -> DateTime<Utc> {
        self.shared.lock().clock_of(self.host)
    }
}
