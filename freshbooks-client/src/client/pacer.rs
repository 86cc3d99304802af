//! The rate limits on a real clock, shared by all clones of a client.

use std::sync::{Mutex as StdMutex, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use super::settings::Pacing;
use crate::pace::{RateLimit, Windows};

#[derive(Debug)]
pub(super) struct Pacer {
    origin: Instant,
    windows: StdMutex<Windows>,
    // Whoever waits holds the turn of its kind, so that places are given in the order asked for and
    // a waiting create does not keep reads from passing.
    creates: Mutex<()>,
    others: Mutex<()>,
}

impl Pacer {
    pub(super) fn new(pacing: Pacing) -> Self {
        let windows = match pacing {
            Pacing::Windows { all, creates } => Windows::new(all, creates),
            Pacing::Off => {
                // A window of no length forgets at once and so lets everything through.
                let open = RateLimit::new(usize::MAX, Duration::ZERO);
                Windows::new(open, open)
            }
        };
        Self {
            origin: Instant::now(),
            windows: StdMutex::new(windows),
            creates: Mutex::new(()),
            others: Mutex::new(()),
        }
    }

    /// Waits for a place; gives the wait back as an error when it would be too long.
    ///
    /// Cancel safe: a place is taken only on return.
    pub(super) async fn admit(&self, create: bool, wait_max: Duration) -> Result<(), Duration> {
        let asked = self.origin.elapsed();
        let turn = if create { &self.creates } else { &self.others };
        let _turn = turn.lock().await;
        loop {
            let now = self.origin.elapsed();
            let Err(wait) = self.locked(|windows| windows.take(now, create)) else {
                return Ok(());
            };
            let waited = now.saturating_sub(asked);
            if waited.saturating_add(wait) > wait_max {
                return Err(wait);
            }
            // The timer counts in milliseconds; one more keeps it from waking just too early.
            sleep(wait.saturating_add(Duration::from_millis(1))).await;
        }
    }

    /// Lets nothing through for a while: FreshBooks said so.
    pub(super) fn hold(&self, wait: Duration) {
        let until = self.origin.elapsed().saturating_add(wait);
        self.locked(|windows| windows.hold(until));
    }

    fn locked<T>(&self, act: impl FnOnce(&mut Windows) -> T) -> T {
        // A poisoned lock only says that some thread panicked; the windows are whole.
        act(&mut self.windows.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
