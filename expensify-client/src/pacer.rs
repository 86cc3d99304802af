//! The queue in front of the request budget, shared by all clones of a client.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::budget::RequestBudget;
use crate::error::Error;

/// Makes callers wait, first come first served, until the budget lets them go.
#[derive(Debug)]
pub(crate) struct Pacer {
    budget: Arc<dyn RequestBudget>,
    /// Held by whoever waits at the head of the queue.
    turn: tokio::sync::Mutex<()>,
}

impl Pacer {
    pub(crate) fn new(budget: Arc<dyn RequestBudget>) -> Self {
        Self {
            budget,
            turn: tokio::sync::Mutex::new(()),
        }
    }

    /// Waits until a request may start, and counts it. Dropped while waiting, it has counted nothing, as far as the budget
    /// keeps the same promise.
    pub(crate) async fn ready(&self) -> Result<(), Error> {
        let _turn = self.turn.lock().await;
        while let Some(wait) = self.budget.try_start().await? {
            sleep(wait).await;
        }
        Ok(())
    }

    /// Lets nothing start for this long.
    pub(crate) async fn hold(&self, wait: Duration) {
        // A budget that cannot be reached fails the next request, which is soon enough.
        if let Err(error) = self.budget.hold(wait).await {
            tracing::warn!(%error, "the request budget was not held");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use proptest::prelude::*;
    use tokio::time::{Instant, sleep_until, timeout};

    use super::*;
    use crate::budget::LocalBudget;
    use crate::limiter::{RateWindow, SlidingWindows};

    const PUBLISHED: [(usize, u64); 2] = [(5, 10), (20, 60)];

    fn pacer() -> Arc<Pacer> {
        let window = |(requests, seconds)| RateWindow {
            requests: NonZeroUsize::new(requests).unwrap(),
            span: Duration::from_secs(seconds),
        };
        let windows = SlidingWindows::new(&PUBLISHED.map(window), Duration::ZERO);
        Arc::new(Pacer::new(Arc::new(LocalBudget::new(windows))))
    }

    /// When `count` callers start that all arrive at once, in whole seconds.
    async fn starts_of_a_rush(count: usize) -> Vec<u64> {
        let pacer = pacer();
        let begun = Instant::now();
        let callers: Vec<_> = (0..count)
            .map(|_| {
                let pacer = Arc::clone(&pacer);
                tokio::spawn(async move {
                    pacer.ready().await.unwrap();
                    begun.elapsed().as_secs()
                })
            })
            .collect();
        let mut starts = Vec::new();
        for caller in callers {
            starts.push(caller.await.unwrap());
        }
        starts.sort_unstable();
        starts
    }

    #[tokio::test(start_paused = true)]
    async fn one_and_five_callers_start_at_once_and_twenty_within_thirty_seconds() {
        assert_eq!(starts_of_a_rush(1).await, [0]);
        assert_eq!(starts_of_a_rush(5).await, [0; 5]);
        let twenty: Vec<u64> = [0, 10, 20, 30].into_iter().flat_map(|at| [at; 5]).collect();
        assert_eq!(starts_of_a_rush(20).await, twenty);
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiter_that_is_dropped_takes_no_place() {
        let pacer = pacer();
        for _ in 0..5 {
            pacer.ready().await.unwrap();
        }
        let begun = Instant::now();
        assert!(
            timeout(Duration::from_secs(3), pacer.ready())
                .await
                .is_err()
        );
        for _ in 0..5 {
            pacer.ready().await.unwrap();
        }
        assert_eq!(begun.elapsed().as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_hold_reaches_those_who_wait_already() {
        let pacer = pacer();
        for _ in 0..5 {
            pacer.ready().await.unwrap();
        }
        let begun = Instant::now();
        let waiting = Arc::clone(&pacer);
        let waiter = tokio::spawn(async move { waiting.ready().await });
        sleep(Duration::from_secs(1)).await;
        pacer.hold(Duration::from_secs(30)).await;
        waiter.await.unwrap().unwrap();
        assert_eq!(begun.elapsed().as_secs(), 31);
    }

    /// What a caller does: arrives after so many milliseconds, and gives up after so many more.
    type Caller = (u64, Option<u64>);

    /// When those start who do not give up.
    async fn starts(callers: Vec<Caller>) -> Vec<Duration> {
        let pacer = pacer();
        let begun = Instant::now();
        let call = |(arrival, patience): Caller| {
            let pacer = Arc::clone(&pacer);
            tokio::spawn(async move {
                sleep_until(begun + Duration::from_millis(arrival)).await;
                let patience = patience.map_or(Duration::MAX, Duration::from_millis);
                let started = timeout(patience, pacer.ready()).await.is_ok();
                started.then(|| begun.elapsed())
            })
        };
        let calls: Vec<_> = callers.into_iter().map(call).collect();
        let mut starts = Vec::new();
        for call in calls {
            starts.extend(call.await.unwrap());
        }
        starts.sort_unstable();
        starts
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_window_is_ever_exceeded_and_none_is_left_unused(
            callers in proptest::collection::vec((0_u64..90_000, proptest::option::weighted(0.3, 1_u64..20_000)), 1..80),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
            let patient = callers.iter().filter(|(_, patience)| patience.is_none()).count();
            let last = callers.iter().map(|(arrival, _)| *arrival).max().unwrap_or(0);
            let starts = runtime.block_on(starts(callers));
            prop_assert!(starts.len() >= patient, "nobody who waits is left behind");
            for (requests, seconds) in PUBLISHED {
                for pair in starts.windows(requests + 1) {
                    prop_assert!(pair[requests] >= pair[0] + Duration::from_secs(seconds));
                }
            }
            // Had the whole rush come with the last, it would take a minute for each twenty, and a timer's tick each.
            let rushes = u64::try_from(starts.len().div_ceil(20)).unwrap();
            let slowest = Duration::from_millis(last + rushes * 61_000);
            prop_assert!(starts.last().is_none_or(|start| *start <= slowest));
        }
    }
}
