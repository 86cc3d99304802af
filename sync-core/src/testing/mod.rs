//! What tests need: in-memory ports that really work, and the conformance suites every adapter runs. Outside semver.
//!
//! Nothing here reads a clock, draws a random number or does I/O: the bans of the crate hold for its tests' tools too.

mod around;
mod block_on;
mod clock;
pub mod conformance;
mod credentials;
mod entropy;
mod faulty;
mod ledger;
pub mod samples;
mod source;
mod store;
mod tokens;

pub use around::{Around, AroundStore};
pub use block_on::{block_on, yield_once};
pub use clock::ManualClock;
pub use credentials::MemoryCredentials;
pub use entropy::SeededEntropy;
pub use faulty::{Faults, FaultyStore, StoreFault};
pub use ledger::{MemoryLedger, SendFault};
pub use source::MemorySource;
pub use store::MemoryStore;
pub use tokens::{MemorySpill, MemoryTokens, Reuse, TokenFault};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks; a test that panicked elsewhere does not make the state unreadable here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
