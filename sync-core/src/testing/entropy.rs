//! Random numbers that repeat.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::ports::Entropy;

/// `SplitMix64` from a seed: the same seed draws the same numbers.
#[derive(Debug)]
pub struct SeededEntropy(AtomicU64);

/// `SplitMix64`'s step (Steele, Lea and Flood, 2014): the golden ratio as a 64-bit fraction.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl SeededEntropy {
    /// Starts from a seed.
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Entropy for SeededEntropy {
    fn next_u64(&self) -> u64 {
        let mut z = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_published_sequence() {
        let entropy = SeededEntropy::new(0);
        assert_eq!(entropy.next_u64(), 0xE220_A839_7B1D_CDAF);
        assert_eq!(entropy.next_u64(), 0x6E78_9E6A_A1B9_65F4);
    }
}
