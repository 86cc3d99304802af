//! When to try again: pure.

use std::time::Duration;

/// The wait after the `attempt`th send (from 1) that was not applied: `base` doubled per attempt up to `cap`, of which a
/// random half to whole is taken, so that several workers do not come back together. `draw` is uniform over 64 bits.
pub(super) fn backoff(attempt: u32, base: Duration, cap: Duration, draw: u64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(32);
    let ceiling = base
        .saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX))
        .min(cap);
    let half = ceiling / 2;
    let millis = u64::try_from(half.as_millis()).unwrap_or(u64::MAX);
    half.saturating_add(Duration::from_millis(
        draw.checked_rem(millis.saturating_add(1)).unwrap_or(0),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_cap_and_stay_within_half_and_whole() {
        let (base, cap) = (Duration::from_secs(30), Duration::from_hours(1));
        for attempt in [0, 1, 2, 5, 9, 40, u32::MAX] {
            for draw in [0, 1, 12_345, u64::MAX] {
                let wait = backoff(attempt, base, cap, draw);
                assert!(
                    wait >= Duration::from_secs(15) && wait <= cap,
                    "{attempt} {draw} {wait:?}"
                );
            }
        }
        assert!(backoff(1, base, cap, u64::MAX) <= base);
        assert!(backoff(30, base, cap, 0) >= cap / 2);
    }
}
