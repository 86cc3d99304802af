//! Where a test decides what happens next: every way in turn, or by chance.

use std::fmt::Debug;
use std::sync::Mutex;

use sync_core::ports::Entropy as _;
use sync_core::testing::SeededEntropy;

/// Decides what happens next.
pub(crate) trait Choices: Debug + Send + Sync {
    /// One of `options` ways; 0 is the undisturbed one.
    fn choose(&self, options: usize) -> usize;
}

/// Takes every path in turn: repeats the last one up to its last choice that has another way left.
#[derive(Debug, Default)]
pub(crate) struct Enumeration(Mutex<Path>);

#[derive(Debug, Default)]
struct Path {
    /// What was chosen, out of how many.
    taken: Vec<(usize, usize)>,
    position: usize,
}

impl Enumeration {
    /// Begins the next path; `false` when there is none.
    pub(crate) fn next_path(&self) -> bool {
        let mut path = self.0.lock().unwrap();
        path.position = 0;
        while let Some((chosen, options)) = path.taken.pop() {
            if chosen + 1 < options {
                path.taken.push((chosen + 1, options));
                return true;
            }
        }
        false
    }
}

impl Choices for Enumeration {
    fn choose(&self, options: usize) -> usize {
        let mut path = self.0.lock().unwrap();
        let position = path.position;
        path.position += 1;
        if let Some((chosen, known)) = path.taken.get(position) {
            assert_eq!(*known, options, "the same choices lead to the same place");
            return *chosen;
        }
        path.taken.push((0, options));
        0
    }
}

/// Disturbs one step in so many, by chance.
#[derive(Debug)]
pub(crate) struct Random {
    entropy: SeededEntropy,
    one_in: u64,
}

impl Random {
    pub(crate) const fn new(seed: u64, one_in: u64) -> Self {
        Self {
            entropy: SeededEntropy::new(seed),
            one_in,
        }
    }
}

impl Choices for Random {
    fn choose(&self, options: usize) -> usize {
        if !self.entropy.next_u64().is_multiple_of(self.one_in) {
            return 0;
        }
        let options = u64::try_from(options).unwrap();
        usize::try_from(self.entropy.next_u64() % options).unwrap()
    }
}
