//! Proof of the write protocol: every path of a small model, seeded worlds full of faults, and planted bugs that must be
//! caught.
//!
//! The code under test is the real engine of `sync-core`, over its store in memory. Both services are played by
//! [`truth`](crate), which the engine can only look at through its ports; what must never happen is checked there, at the
//! moment it would happen, and the money is counted there, apart from the code under test.

#![expect(
    clippy::unwrap_used,
    reason = "a simulation that cannot go on must stop"
)]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what a world has no opinion on, it leaves alone"
)]

mod canary;
mod dice;
mod exhaustive;
mod fate;
mod figures;
mod filing;
mod grants;
mod outcome;
mod people;
mod planted;
mod ports;
mod renewals;
mod run;
mod state;
mod swarm;
mod trace;
mod truth;
mod verdict;
mod violation;
mod world;

pub use exhaustive::{Bounds, Merge, Visited, visit};
pub use figures::Figures;
pub use outcome::{Outcome, play, play_with};
pub use planted::{Hunt, Planted, PortBug};
pub use renewals::{Renewals, renew, renewals_of};
pub use swarm::Fault;
pub use violation::{Invariant, Violation};
