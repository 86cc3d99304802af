//! Lots, drawn from a seed.

use sync_core::ports::Entropy;
use sync_core::testing::SeededEntropy;

/// Draws the same lots from the same seed.
#[derive(Debug)]
pub(super) struct Draw(SeededEntropy);

impl Draw {
    pub(super) fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    /// A number from 0 to below `end`.
    pub(super) fn below(&self, end: u64) -> u64 {
        self.0.next_u64() % end.max(1)
    }

    /// One of several.
    pub(super) fn of<T: Copy>(&self, among: &[T]) -> T {
        let end = u64::try_from(among.len()).unwrap();
        among[usize::try_from(self.below(end)).unwrap()]
    }
}
