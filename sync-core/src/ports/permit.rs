//! The right to send one request.

use crate::model::Draft;
use crate::plan::StepKey;
use crate::state::{EntryState, OutboxEntry};

/// The right to send one request for one entry, once.
///
/// It exists only for an entry that a store has committed as being sent: [`Store::begin_sends`](super::Store::begin_sends)
/// returns such entries, and only the engine turns them into permits. It is neither `Clone` nor constructible outside this
/// crate, and [`Ledger::send`](super::Ledger::send) takes it by value. So no code path can write to the ledger without a
/// durable intent, and none can send twice on one intent.
///
/// ```compile_fail
/// // A permit cannot be made from outside, whatever is at hand.
/// let permit = sync_core::ports::SendPermit { entry: unimplemented!() };
/// ```
#[derive(Debug)]
pub struct SendPermit {
    entry: OutboxEntry,
}

impl SendPermit {
    /// The entry's key.
    pub const fn key(&self) -> &StepKey {
        &self.entry.key
    }

    /// What is to be written.
    pub const fn draft(&self) -> &Draft {
        &self.entry.step.draft
    }
}

/// Permits for entries a store has just committed as being sent under `fence`; others are left out.
pub(crate) fn permits(entries: Vec<OutboxEntry>, fence: u64) -> Vec<SendPermit> {
    entries
        .into_iter()
        .filter(|entry| matches!(entry.state, EntryState::Sending { fence: begun_under, .. } if begun_under == fence))
        .map(|entry| SendPermit { entry })
        .collect()
}
