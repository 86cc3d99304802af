//! Randomness as an argument.

use std::fmt::Debug;

/// Draws random numbers for jitter. Never used for secrets, identities or markers.
pub trait Entropy: Send + Sync + Debug {
    /// The next number, uniform over all 64 bits.
    fn next_u64(&self) -> u64;
}
