//! Settings of the client: plain data, every number bounded.

use std::time::Duration;

use crate::pace::RateLimit;
use crate::page::PER_PAGE_MAX;
use crate::transport::HttpSettings;

/// Settings of a [`Client`](super::Client).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// Connections, time-outs, reply size.
    pub http: HttpSettings,
    /// Rate limits. Default: those observed of FreshBooks.
    pub pacing: Pacing,
    /// Longest wait for a place in the rate limits before a call fails as `Throttled`, unsent.
    /// Default 2 min.
    pub pacing_wait_max: Duration,
    /// How often a read is tried. At least 1 is taken. Default 3.
    pub read_tries_max: u32,
    /// Longest time from a read's first try to its last. Default 2 min.
    pub read_budget: Duration,
    /// Pause before the second try, doubled for each further one, with jitter. Default 250 ms.
    pub retry_pause: Duration,
    /// Longest pause before a try, unless FreshBooks asks for more. Default 5 s.
    pub retry_pause_max: Duration,
    /// Rows per page of a listing, 1 to 100. Default 100.
    pub rows_per_page: u32,
    /// Pages after which a listing is an error. Default 10,000, a million rows.
    pub pages_max: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            http: HttpSettings::default(),
            pacing: Pacing::default(),
            pacing_wait_max: Duration::from_mins(2),
            read_tries_max: 3,
            read_budget: Duration::from_mins(2),
            retry_pause: Duration::from_millis(250),
            retry_pause_max: Duration::from_secs(5),
            rows_per_page: PER_PAGE_MAX,
            pages_max: 10_000,
        }
    }
}

/// How fast requests may go, over all clones of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pacing {
    /// Two sliding windows. Requests are counted when they leave here: take a little less than the
    /// service allows if the network is uneven. What FreshBooks says is left (`X-RateLimit-Remaining`
    /// and `Retry-After`, with every reply) counts too, for others may share its limits; what the
    /// headers mean is observed, not documented, so they hold nobody for longer than the window.
    Windows {
        /// Over all requests.
        all: RateLimit,
        /// Over creates.
        creates: RateLimit,
    },
    /// No limit of ours, for stand-ins and benchmarks. A `Retry-After` is obeyed all the same.
    Off,
}

/// What FreshBooks was observed to allow in June 2026; it documents nothing: 600 requests and 250
/// creates in any 60 s.
impl Default for Pacing {
    fn default() -> Self {
        let span = Duration::from_mins(1);
        Self::Windows {
            all: RateLimit::new(600, span),
            creates: RateLimit::new(250, span),
        }
    }
}
