//! Every random choice of a world, from its seed alone.

use sync_core::ports::Entropy;
use sync_core::testing::SeededEntropy;

/// Draws the choices of one world.
#[derive(Debug)]
pub(crate) struct Dice(SeededEntropy);

impl Dice {
    /// The dice of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    /// Any number.
    pub(crate) fn draw(&self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `end`; 0 when there is none.
    pub(crate) fn below(&self, end: u64) -> u64 {
        self.draw().checked_rem(end).unwrap_or(0)
    }

    /// A number from `from` to `to`, both included.
    pub(crate) fn between(&self, from: i64, to: i64) -> i64 {
        let span = to.abs_diff(from).saturating_add(1);
        from.saturating_add_unsigned(self.below(span))
    }

    /// A position in a list of that length.
    pub(crate) fn position(&self, length: usize) -> usize {
        let end = u64::try_from(length).unwrap_or(u64::MAX);
        usize::try_from(self.below(end)).unwrap_or(0)
    }

    /// One of these.
    pub(crate) fn pick<'a, T>(&self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.position(from.len()))
    }

    /// One of these, which are never none.
    pub(crate) fn one<T: Copy>(&self, from: &[T]) -> T {
        from[self.position(from.len())]
    }

    /// True so often in a thousand.
    pub(crate) fn chance(&self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }
}
