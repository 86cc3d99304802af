//! Rate limits as true sliding windows: any span of the window's length holds at most its limit.

use std::collections::VecDeque;
use std::time::Duration;

/// At most `limit` requests in any `span`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// How many requests. At least 1 is taken.
    pub limit: usize,
    /// In how long.
    pub span: Duration,
}

impl RateLimit {
    /// At most `limit` requests in any `span`.
    pub const fn new(limit: usize, span: Duration) -> Self {
        Self { limit, span }
    }
}

/// The moments of the last requests, as time since an origin of the caller's.
#[derive(Debug)]
pub(crate) struct SlidingWindow {
    rate: RateLimit,
    sent: VecDeque<Duration>,
}

impl SlidingWindow {
    pub(crate) fn new(rate: RateLimit) -> Self {
        Self {
            rate,
            sent: VecDeque::new(),
        }
    }

    /// When the next request may go, at the earliest `now`.
    fn opens_at(&mut self, now: Duration) -> Duration {
        while self
            .sent
            .front()
            .is_some_and(|sent| sent.saturating_add(self.rate.span) <= now)
        {
            self.sent.pop_front();
        }
        let over = self.sent.len().checked_sub(self.rate.limit.max(1));
        match over.and_then(|over| self.sent.get(over)) {
            Some(sent) => sent.saturating_add(self.rate.span),
            None => now,
        }
    }
}

/// What FreshBooks says with every reply about one of its own windows, in which others than this
/// client may take places too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    /// Requests it has left.
    pub(crate) remaining: usize,
    /// Until it starts over.
    pub(crate) resets_in: Duration,
}

/// One of FreshBooks' limits: our own count, and what FreshBooks says is left of it.
#[derive(Debug)]
struct Lane {
    window: SlidingWindow,
    /// Requests that may yet go before an instant; the latest word of FreshBooks.
    left: Option<(usize, Duration)>,
    /// Sent and not answered: FreshBooks may not have counted them when it spoke.
    in_flight: usize,
}

impl Lane {
    fn new(rate: RateLimit) -> Self {
        Self {
            window: SlidingWindow::new(rate),
            left: None,
            in_flight: 0,
        }
    }

    fn opens_at(&mut self, now: Duration) -> Duration {
        let opens_at = self.window.opens_at(now);
        self.left = self.left.filter(|(_, until)| *until > now);
        match self.left {
            Some((0, until)) => opens_at.max(until),
            Some(_) | None => opens_at,
        }
    }

    fn take(&mut self, now: Duration) {
        self.window.sent.push_back(now);
        self.in_flight = self.in_flight.saturating_add(1);
        if let Some((left, _)) = &mut self.left {
            *left = left.saturating_sub(1);
        }
    }

    fn answered(&mut self, now: Duration, budget: Option<Budget>) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Some(budget) = budget {
            // What the headers mean is observed, not documented (UNVERIFIED): never wait for longer
            // than the window they are about.
            let resets_in = budget.resets_in.min(self.window.rate.span);
            let left = budget.remaining.saturating_sub(self.in_flight);
            self.left = Some((left, now.saturating_add(resets_in)));
        }
    }
}

/// All windows of one FreshBooks application.
#[derive(Debug)]
pub(crate) struct Windows {
    all: Lane,
    creates: Lane,
    held_until: Duration,
}

impl Windows {
    pub(crate) fn new(all: RateLimit, creates: RateLimit) -> Self {
        Self {
            all: Lane::new(all),
            creates: Lane::new(creates),
            held_until: Duration::ZERO,
        }
    }

    /// Takes a place now, or says how long to wait before asking again.
    pub(crate) fn take(&mut self, now: Duration, create: bool) -> Result<(), Duration> {
        let mut opens_at = self.all.opens_at(now).max(self.held_until);
        if create {
            opens_at = opens_at.max(self.creates.opens_at(now));
        }
        let wait = opens_at.saturating_sub(now);
        if !wait.is_zero() {
            return Err(wait);
        }
        self.all.take(now);
        if create {
            self.creates.take(now);
        }
        Ok(())
    }

    /// A request that took a place is over. The budget in a reply to a create is that of creates.
    pub(crate) fn answered(&mut self, now: Duration, create: bool, budget: Option<Budget>) {
        self.all.answered(now, budget.filter(|_| !create));
        if create {
            self.creates.answered(now, budget);
        }
    }

    /// Lets nothing through before `until`: FreshBooks said so.
    pub(crate) fn hold(&mut self, until: Duration) {
        self.held_until = self.held_until.max(until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn windows(all: usize, creates: usize) -> Windows {
        let span = Duration::from_mins(1);
        Windows::new(RateLimit::new(all, span), RateLimit::new(creates, span))
    }

    #[test]
    fn a_burst_goes_through_at_once_and_the_next_waits_for_the_oldest_to_leave() {
        let mut windows = windows(3, 2);
        assert_eq!(windows.take(SECOND, true), Ok(()));
        assert_eq!(windows.take(SECOND * 2, true), Ok(()));
        assert_eq!(windows.take(SECOND * 3, true), Err(SECOND * 58));
        assert_eq!(windows.take(SECOND * 3, false), Ok(()));
        assert_eq!(windows.take(SECOND * 4, false), Err(SECOND * 57));
        assert_eq!(windows.take(SECOND * 61, true), Ok(()));
    }

    #[test]
    fn a_hold_stops_everything_until_it_ends() {
        let mut windows = windows(3, 2);
        windows.hold(SECOND * 10);
        windows.hold(SECOND * 5);
        assert_eq!(windows.take(SECOND, false), Err(SECOND * 9));
        assert_eq!(windows.take(SECOND * 10, false), Ok(()));
    }

    fn budget(remaining: usize, seconds: u32) -> Budget {
        Budget {
            remaining,
            resets_in: SECOND * seconds,
        }
    }

    #[test]
    fn what_freshbooks_has_left_for_us_counts_beside_our_own_window() {
        let mut windows = windows(100, 50);
        assert_eq!(windows.take(SECOND, false), Ok(()));
        // Somebody else used most of it.
        windows.answered(SECOND * 2, false, Some(budget(2, 40)));
        assert_eq!(windows.take(SECOND * 3, false), Ok(()));
        assert_eq!(windows.take(SECOND * 3, true), Ok(()));
        assert_eq!(windows.take(SECOND * 3, false), Err(SECOND * 39));
        assert_eq!(windows.take(SECOND * 42, false), Ok(()), "it starts over");
        assert_eq!(windows.take(SECOND * 42, false), Ok(()));
    }

    #[test]
    fn the_budget_of_creates_is_their_own_and_requests_under_way_count_against_it() {
        let mut windows = windows(100, 50);
        for _ in 0..3 {
            assert_eq!(windows.take(SECOND, true), Ok(()));
        }
        windows.answered(SECOND, true, Some(budget(3, 20)));
        assert_eq!(windows.take(SECOND, true), Ok(()), "3 left, 2 under way");
        assert_eq!(windows.take(SECOND, true), Err(SECOND * 20));
        assert_eq!(windows.take(SECOND, false), Ok(()));
        windows.answered(SECOND * 2, true, Some(budget(9, 19)));
        assert_eq!(
            windows.take(SECOND * 2, true),
            Ok(()),
            "the latest word counts"
        );
    }

    #[test]
    fn odd_budgets_hold_nobody_longer_than_the_window_they_are_about() {
        let mut windows = windows(100, 50);
        windows.take(SECOND, false).unwrap();
        windows.answered(SECOND, false, Some(budget(0, 3_600)));
        assert_eq!(windows.take(SECOND, false), Err(Duration::from_mins(1)));
        windows.answered(SECOND, false, Some(budget(0, 0)));
        assert_eq!(windows.take(SECOND, false), Ok(()));
    }

    #[test]
    fn a_limit_of_zero_counts_as_one() {
        let mut windows = windows(0, 0);
        assert_eq!(windows.take(SECOND, true), Ok(()));
        assert!(windows.take(SECOND, true).is_err());
    }

    proptest! {
        #[test]
        fn no_window_ever_holds_more_than_its_limit(
            steps in proptest::collection::vec((0u64..30_000, any::<bool>()), 1..300),
            all in 1usize..8,
            creates in 1usize..8,
        ) {
            let mut windows = windows(all, creates);
            let mut now = Duration::ZERO;
            let mut sent: Vec<(Duration, bool)> = Vec::new();
            for (pause, create) in steps {
                now += Duration::from_millis(pause);
                if let Err(wait) = windows.take(now, create) {
                    now += wait;
                    prop_assert_eq!(windows.take(now, create), Ok(()), "the wait given is enough");
                }
                sent.push((now, create));
            }
            for (start, _) in &sent {
                let end = *start + Duration::from_mins(1);
                let inside = |from: &Duration| from >= start && *from < end;
                let total = sent.iter().filter(|(at, _)| inside(at)).count();
                let made = sent.iter().filter(|(at, create)| *create && inside(at)).count();
                prop_assert!(total <= all && made <= creates);
            }
        }
    }
}
