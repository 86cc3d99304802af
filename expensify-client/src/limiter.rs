//! When the next request may start: true sliding windows, without a clock of their own.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::time::Duration;

/// So many requests in any span of this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateWindow {
    /// Most requests in the span.
    pub requests: NonZeroUsize,
    /// Length of the span.
    pub span: Duration,
}

/// Several windows at once, all of which hold for every span, not only for those that begin at a full minute.
///
/// A burst goes through up to the smallest budget. (Token buckets would let nearly twice the budget through within a
/// span after a pause.) Times are durations since any fixed moment and must not run backwards.
#[derive(Clone, Debug)]
pub struct SlidingWindows {
    windows: Vec<RateWindow>,
    /// Starts of the latest requests, oldest first, as many as the largest budget.
    starts: VecDeque<Duration>,
    held_until: Duration,
}

impl SlidingWindows {
    /// Begins with nothing sent. `margin` is added to every span, because requests do not arrive as evenly spaced as
    /// they were sent.
    pub fn new(windows: &[RateWindow], margin: Duration) -> Self {
        let widened = windows.iter().map(|window| RateWindow {
            span: window.span.saturating_add(margin),
            ..*window
        });
        Self {
            windows: widened.collect(),
            starts: VecDeque::new(),
            held_until: Duration::ZERO,
        }
    }

    /// The same windows with what was sent before, as [`starts`](Self::starts) and [`held_until`](Self::held_until) gave
    /// it: for a budget that is kept outside the process.
    #[must_use]
    pub fn resumed(
        mut self,
        starts: impl IntoIterator<Item = Duration>,
        held_until: Duration,
    ) -> Self {
        let mut starts: Vec<Duration> = starts.into_iter().collect();
        starts.sort_unstable();
        for start in starts {
            self.record(start);
        }
        self.hold_until(held_until);
        self
    }

    /// Starts of the latest requests, oldest first, as many as still count.
    pub fn starts(&self) -> impl Iterator<Item = Duration> {
        self.starts.iter().copied()
    }

    /// Until when nothing may start.
    pub const fn held_until(&self) -> Duration {
        self.held_until
    }

    /// The longest span, margin included: after so long a pause nothing is owed.
    pub fn longest_span(&self) -> Duration {
        let spans = self.windows.iter().map(|window| window.span);
        spans.max().unwrap_or_default()
    }

    /// The earliest moment, not before `now`, at which one more request keeps every window.
    pub fn earliest(&self, now: Duration) -> Duration {
        let free_again = |window: &RateWindow| {
            let nth_last = self.starts.len().checked_sub(window.requests.get())?;
            self.starts
                .get(nth_last)
                .map(|start| start.saturating_add(window.span))
        };
        self.windows
            .iter()
            .filter_map(free_again)
            .fold(now.max(self.held_until), Duration::max)
    }

    /// Notes a request that starts `at` this moment.
    pub fn record(&mut self, at: Duration) {
        self.starts.push_back(at);
        let budget = self
            .windows
            .iter()
            .map(|window| window.requests.get())
            .max()
            .unwrap_or(0);
        while self.starts.len() > budget {
            self.starts.pop_front();
        }
    }

    /// Notes a request that starts `now`, or tells how long to wait.
    pub fn try_start(&mut self, now: Duration) -> Option<Duration> {
        let wait = self.earliest(now).saturating_sub(now);
        if wait.is_zero() {
            self.record(now);
            return None;
        }
        Some(wait)
    }

    /// Lets nothing start before `until`: what a 429 asks for.
    pub fn hold_until(&mut self, until: Duration) {
        self.held_until = self.held_until.max(until);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn windows(list: &[(usize, u64)]) -> Vec<RateWindow> {
        let window = |&(requests, seconds): &(usize, u64)| RateWindow {
            requests: NonZeroUsize::new(requests).unwrap(),
            span: Duration::from_secs(seconds),
        };
        list.iter().map(window).collect()
    }

    /// Starts of `count` requests that all arrive at once.
    fn starts_of_a_rush(limiter: &mut SlidingWindows, count: usize) -> Vec<u64> {
        let mut now = Duration::ZERO;
        (0..count)
            .map(|_| {
                now = limiter.earliest(now);
                limiter.record(now);
                now.as_secs()
            })
            .collect()
    }

    #[test]
    fn a_burst_of_five_starts_at_once_and_twenty_take_thirty_seconds() {
        let mut limiter = SlidingWindows::new(&windows(&[(5, 10), (20, 60)]), Duration::ZERO);
        let starts = starts_of_a_rush(&mut limiter, 26);
        assert_eq!(starts[..5], [0; 5]);
        assert_eq!(
            starts[5..20],
            [10, 10, 10, 10, 10, 20, 20, 20, 20, 20, 30, 30, 30, 30, 30]
        );
        assert_eq!(starts[20..], [60, 60, 60, 60, 60, 70]);
    }

    #[test]
    fn a_hold_delays_everything_and_never_shortens() {
        let mut limiter = SlidingWindows::new(&windows(&[(5, 10)]), Duration::ZERO);
        limiter.hold_until(Duration::from_secs(30));
        limiter.hold_until(Duration::from_secs(7));
        assert_eq!(limiter.earliest(Duration::ZERO), Duration::from_secs(30));
        assert_eq!(
            limiter.earliest(Duration::from_secs(31)),
            Duration::from_secs(31)
        );
    }

    #[test]
    fn without_windows_nothing_waits() {
        let mut limiter = SlidingWindows::new(&[], Duration::ZERO);
        assert_eq!(starts_of_a_rush(&mut limiter, 1000)[999], 0);
    }

    proptest! {
        #[test]
        fn no_window_is_ever_exceeded(
            gaps in proptest::collection::vec(0_u64..15_000, 1..200),
            budgets in proptest::collection::vec((1_usize..25, 1_u64..90), 1..4),
            margin in 0_u64..500,
        ) {
            let budgets = windows(&budgets);
            let mut limiter = SlidingWindows::new(&budgets, Duration::from_millis(margin));
            let (mut arrival, mut starts) = (Duration::ZERO, Vec::<Duration>::new());
            for gap in gaps {
                arrival += Duration::from_millis(gap);
                let start = limiter.earliest(arrival.max(starts.last().copied().unwrap_or_default()));
                limiter.record(start);
                prop_assert!(start >= arrival);
                starts.push(start);
            }
            for window in &budgets {
                for pair in starts.windows(window.requests.get() + 1) {
                    // One more than the budget never fits into a half-open span.
                    prop_assert!(pair[pair.len() - 1] >= pair[0] + window.span);
                }
            }
        }
    }
}
