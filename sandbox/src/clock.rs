//! What time it is in the sandbox.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use chrono::{DateTime, Duration, Utc};

/// The sandbox's clock: the machine's, or one that stands still until it is moved.
///
/// Stamps, token lifetimes and relative scenario dates follow [`Clock::now`]. Rate limit windows follow
/// [`Clock::elapsed`], which also runs on a standing clock, so that a client that waits is let through again.
#[derive(Clone, Debug)]
pub struct Clock {
    started: Instant,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    fixed: Option<DateTime<Utc>>,
    advanced: Duration,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::with(None)
    }

    /// A clock that stands at `now` until [`Clock::advance`] or [`Clock::set`] moves it.
    pub fn fixed(now: DateTime<Utc>) -> Self {
        Self::with(Some(now))
    }

    fn with(fixed: Option<DateTime<Utc>>) -> Self {
        let state = State {
            fixed,
            advanced: Duration::zero(),
        };
        Self {
            started: Instant::now(),
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// The present instant.
    pub fn now(&self) -> DateTime<Utc> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.fixed {
            Some(now) => now,
            None => Utc::now()
                .checked_add_signed(state.advanced)
                .unwrap_or(DateTime::<Utc>::MAX_UTC),
        }
    }

    /// Time since the clock was made: what the machine measured, plus every advance.
    pub fn elapsed(&self) -> Duration {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let measured = Duration::from_std(self.started.elapsed()).unwrap_or(Duration::MAX);
        measured
            .checked_add(&state.advanced)
            .unwrap_or(Duration::MAX)
    }

    /// Moves the clock forward; rate limit windows and token lifetimes move with it.
    pub fn advance(&self, by: Duration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.advanced = state.advanced.checked_add(&by).unwrap_or(Duration::MAX);
        state.fixed = state
            .fixed
            .map(|now| now.checked_add_signed(by).unwrap_or(now));
    }

    /// Makes the clock stand at `now`.
    pub fn set(&self, now: DateTime<Utc>) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fixed = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_told() {
        let start = DateTime::from_timestamp(1_780_000_000, 0).unwrap();
        let clock = Clock::fixed(start);
        assert_eq!(clock.now(), start);
        let before = clock.elapsed();
        clock.advance(Duration::seconds(90));
        assert_eq!(clock.now(), start + Duration::seconds(90));
        assert!(clock.elapsed() - before >= Duration::seconds(90));
    }
}
