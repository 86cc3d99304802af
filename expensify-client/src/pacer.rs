//! The limiter on the clock of the runtime, shared by all clones of a client.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::limiter::SlidingWindows;

/// Makes callers wait, first come first served, until the windows let them go.
#[derive(Debug)]
pub(crate) struct Pacer {
    epoch: Instant,
    /// Held by whoever waits at the head of the queue.
    turn: tokio::sync::Mutex<()>,
    windows: Mutex<SlidingWindows>,
}

impl Pacer {
    pub(crate) fn new(windows: SlidingWindows) -> Self {
        Self {
            epoch: Instant::now(),
            turn: tokio::sync::Mutex::new(()),
            windows: Mutex::new(windows),
        }
    }

    /// Waits until a request may start, and counts it. Dropped while waiting, it has counted nothing.
    pub(crate) async fn ready(&self) {
        let _turn = self.turn.lock().await;
        while let Some(wait) = self.try_start() {
            sleep(wait).await;
        }
    }

    /// Lets nothing start for this long.
    pub(crate) fn hold(&self, wait: Duration) {
        let until = self.epoch.elapsed().saturating_add(wait);
        self.windows().hold_until(until);
    }

    /// Starts a request now, or tells how long to wait.
    fn try_start(&self) -> Option<Duration> {
        let now = self.epoch.elapsed();
        let mut windows = self.windows();
        let wait = windows.earliest(now).saturating_sub(now);
        if wait.is_zero() {
            windows.record(now);
            return None;
        }
        Some(wait)
    }

    fn windows(&self) -> MutexGuard<'_, SlidingWindows> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::sync::Arc;

    use super::*;
    use crate::limiter::RateWindow;

    fn pacer() -> Arc<Pacer> {
        let window = |requests, seconds| RateWindow {
            requests: NonZeroUsize::new(requests).unwrap(),
            span: Duration::from_secs(seconds),
        };
        Arc::new(Pacer::new(SlidingWindows::new(
            &[window(5, 10), window(20, 60)],
            Duration::ZERO,
        )))
    }

    #[tokio::test(start_paused = true)]
    async fn five_callers_start_at_once_and_twenty_within_thirty_seconds() {
        let pacer = pacer();
        let begun = Instant::now();
        let callers: Vec<_> = (0..20)
            .map(|_| {
                let pacer = Arc::clone(&pacer);
                tokio::spawn(async move {
                    pacer.ready().await;
                    begun.elapsed().as_secs()
                })
            })
            .collect();
        let mut starts = Vec::new();
        for caller in callers {
            starts.push(caller.await.unwrap());
        }
        starts.sort_unstable();
        assert_eq!(starts[..6], [0, 0, 0, 0, 0, 10]);
        assert_eq!(starts[19], 30);
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiter_that_is_dropped_takes_no_place() {
        let pacer = pacer();
        for _ in 0..5 {
            pacer.ready().await;
        }
        let begun = Instant::now();
        assert!(
            tokio::time::timeout(Duration::from_secs(3), pacer.ready())
                .await
                .is_err()
        );
        for _ in 0..5 {
            pacer.ready().await;
        }
        assert_eq!(begun.elapsed().as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_hold_reaches_those_who_wait_already() {
        let pacer = pacer();
        for _ in 0..5 {
            pacer.ready().await;
        }
        let begun = Instant::now();
        let waiting = Arc::clone(&pacer);
        let waiter = tokio::spawn(async move { waiting.ready().await });
        sleep(Duration::from_secs(1)).await;
        pacer.hold(Duration::from_secs(30));
        waiter.await.unwrap();
        assert_eq!(begun.elapsed().as_secs(), 31);
    }
}
