//! Checkpoints of the audit trail, signed and kept outside the database, and what they prove.
//!
//! A hash chain shows an edit only to those who know its end: whoever owns the database can compute all of it anew, cut its
//! end off, or put yesterday's file back. A checkpoint fixes size and root of the trail at a time, signed with a key that is
//! not in the database, in a place that is not the database's. Its form is that of transparency logs
//! ([`tlog-checkpoint`](https://c2sp.org/tlog-checkpoint), [`signed-note`](https://c2sp.org/signed-note),
//! [`tlog-proof`](https://c2sp.org/tlog-proof)), so that others can check it without this program.
//!
//! Three files per connection, all append-only: `.checkpoints` holds the signed notes one after the other, `.hashes` one
//! line per entry, by which the very entry that was changed is found, `.pub` the public key.

mod checkpoint;
mod journal;
mod note;
mod signer;
mod verdict;
mod witness;

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;

pub use checkpoint::Checkpoint;
pub use note::PublicKey;
pub use signer::NoteSigner;
pub use verdict::{TrailFault, TrailVerdict};
pub use witness::{AuditWitness, Proof, WitnessSettings};
