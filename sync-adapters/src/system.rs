//! Time and randomness from the operating system.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};
use sync_core::ports::{Clock, Entropy};

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// The operating system's random source.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn next_u64(&self) -> u64 {
        // This port serves jitter only and cannot fail. Without a random source the low digits of the clock spread
        // retries well enough; keys and tokens never come from here.
        getrandom::u64().unwrap_or_else(|_| clock_digits())
    }
}

fn clock_digits() -> u64 {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::from(since_epoch.subsec_nanos()).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_differ() {
        let draws: std::collections::BTreeSet<u64> =
            (0..16).map(|_| OsEntropy.next_u64()).collect();
        assert_eq!(draws.len(), 16);
    }

    #[test]
    fn the_clock_is_past_the_day_this_was_written() {
        assert!(SystemClock.now() > DateTime::from_timestamp(1_790_000_000, 0).unwrap());
    }
}
