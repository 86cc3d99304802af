//! Request budgets over time.

use std::collections::VecDeque;

use chrono::Duration;

/// What a budget says to one more request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Whether the request fits.
    pub(crate) allowed: bool,
    /// Requests left in the window after this one.
    pub(crate) remaining: usize,
    /// Until the window gives room again.
    pub(crate) reset_in: Duration,
}

/// A window that starts with its first request and is forgotten whole, as FreshBooks' headers show.
#[derive(Debug)]
pub(crate) struct FixedWindow {
    limit: usize,
    span: Duration,
    opened: Duration,
    used: usize,
}

impl FixedWindow {
    pub(crate) fn new(limit: usize, span: Duration) -> Self {
        Self {
            limit,
            span,
            opened: Duration::zero(),
            used: 0,
        }
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Takes one request at `now` (time since the clock was made).
    pub(crate) fn take(&mut self, now: Duration) -> Verdict {
        if self.used == 0 || now - self.opened >= self.span {
            self.opened = now;
            self.used = 0;
        }
        let allowed = self.used < self.limit;
        if allowed {
            self.used += 1;
        }
        Verdict {
            allowed,
            remaining: self.limit - self.used,
            reset_in: self.opened + self.span - now,
        }
    }
}

/// A window that looks back from each request, as Expensify describes its budget.
#[derive(Debug)]
pub(crate) struct SlidingWindow {
    limit: usize,
    span: Duration,
    taken: VecDeque<Duration>,
}

impl SlidingWindow {
    pub(crate) fn new(limit: usize, span: Duration) -> Self {
        Self {
            limit,
            span,
            taken: VecDeque::new(),
        }
    }

    /// Whether one more request fits at `now`, without taking it.
    pub(crate) fn peek(&mut self, now: Duration) -> Verdict {
        while self
            .taken
            .front()
            .is_some_and(|first| now - *first >= self.span)
        {
            self.taken.pop_front();
        }
        let reset_in = self
            .taken
            .front()
            .map_or(Duration::zero(), |first| *first + self.span - now);
        Verdict {
            allowed: self.taken.len() < self.limit,
            remaining: self.limit.saturating_sub(self.taken.len()),
            reset_in,
        }
    }

    /// Counts a request at `now`.
    pub(crate) fn take(&mut self, now: Duration) {
        self.taken.push_back(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_window_is_forgotten_whole() {
        let mut window = FixedWindow::new(2, Duration::seconds(60));
        let allowed: Vec<bool> = [0, 30, 59, 60, 61, 62]
            .iter()
            .map(|at| window.take(Duration::seconds(*at)).allowed)
            .collect();
        assert_eq!(allowed, [true, true, false, true, true, false]);
    }

    #[test]
    fn a_sliding_window_frees_one_place_at_a_time() {
        let mut window = SlidingWindow::new(2, Duration::seconds(10));
        let allowed: Vec<bool> = [0, 5, 9, 10, 14, 15]
            .iter()
            .map(|at| {
                let now = Duration::seconds(*at);
                let allowed = window.peek(now).allowed;
                if allowed {
                    window.take(now);
                }
                allowed
            })
            .collect();
        assert_eq!(allowed, [true, true, false, true, false, true]);
    }
}
