//! What checking a trail against its checkpoints found.

use sync_core::model::Fingerprint;

/// What is wrong with a trail, at the first entry where it shows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("audit entry {entry}: {what}")]
pub struct TrailFault {
    /// Number of the first entry that is not as it was.
    pub entry: u64,
    /// What is wrong with it.
    pub what: String,
}

/// What checking a trail against its checkpoints found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailVerdict {
    /// Entries in the database.
    pub entries: u64,
    /// Hash of the last entry that fits.
    pub end: Fingerprint,
    /// Checkpoints whose signature holds.
    pub checkpoints: u64,
    /// Entries the newest of them covers; those after it could be cut off without a trace.
    pub covered: u64,
    /// The first entry that is not as it was.
    pub fault: Option<TrailFault>,
    /// What is wrong with the checkpoints themselves: missing, edited, or not signed by this key.
    pub checkpoint_fault: Option<String>,
}

impl TrailVerdict {
    /// Whether nothing was edited, removed, added, reordered, cut off or put back, as far as checkpoints reach.
    pub fn is_whole(&self) -> bool {
        self.fault.is_none() && self.checkpoint_fault.is_none()
    }
}
