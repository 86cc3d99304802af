//! The rate limits on a real clock, shared by all clones of a client.

use std::sync::{Mutex as StdMutex, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use super::settings::Pacing;
use crate::pace::{Budget, RateLimit, Windows};

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
                // A window of no length forgets at once and so lets everything through, and no budget
                // of FreshBooks holds for longer than its window.
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
    pub(super) async fn admit(
        &self,
        create: bool,
        wait_max: Duration,
    ) -> Result<Place<'_>, Duration> {
        let asked = self.origin.elapsed();
        let turn = if create { &self.creates } else { &self.others };
        let _turn = turn.lock().await;
        loop {
            let now = self.origin.elapsed();
            let Err(wait) = self.locked(|windows| windows.take(now, create)) else {
                return Ok(Place {
                    pacer: self,
                    create,
                    budget: None,
                });
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

/// A place in the windows. Dropping it says that the request is over, whatever became of it.
#[derive(Debug)]
pub(super) struct Place<'p> {
    pacer: &'p Pacer,
    create: bool,
    budget: Option<Budget>,
}

impl Place<'_> {
    /// Notes what a reply says about FreshBooks' own count.
    pub(super) fn note(&mut self, headers: &HeaderMap) {
        self.budget = budget(headers);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let now = self.pacer.origin.elapsed();
        let (create, budget) = (self.create, self.budget);
        self.pacer
            .locked(|windows| windows.answered(now, create, budget));
    }
}

/// `X-RateLimit-Remaining`, and `Retry-After`, which FreshBooks sends with every reply as the seconds to
/// the end of its window. `X-RateLimit-Reset` says the same by the server's clock and is not used.
fn budget(headers: &HeaderMap) -> Option<Budget> {
    let number = |name| {
        let text = headers.get(name)?.to_str().ok()?;
        text.trim().parse::<u32>().ok()
    };
    let remaining = number("x-ratelimit-remaining")?;
    let resets_in = number("retry-after")?;
    Some(Budget {
        remaining: usize::try_from(remaining).ok()?,
        resets_in: Duration::from_secs(resets_in.into()),
    })
}
