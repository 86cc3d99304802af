//! The right to send one request.

use crate::model::{Draft, RecordId, RecordKind};
use crate::plan::StepKey;
use crate::state::{EntryState, OutboxEntry, RecordChange};

/// What a permit allows to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerWrite<'a> {
    /// A new record.
    Create(&'a Draft),
    /// The fields of a record that this draft and the record's own kind of update have in common, and no others. The same
    /// twice is the same as once.
    Update {
        /// Which.
        record: RecordId,
        /// What it becomes.
        draft: &'a Draft,
    },
    /// The deletion of a record, reversibly; the same twice is the same as once.
    Void {
        /// Which kind.
        kind: RecordKind,
        /// Which.
        record: RecordId,
    },
}

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

    /// What it allows to write.
    pub fn write(&self) -> LedgerWrite<'_> {
        let planned = &self.entry.step.draft;
        match &self.entry.state {
            EntryState::Correcting {
                record, correction, ..
            } => match &correction.change {
                RecordChange::Update(step) => LedgerWrite::Update {
                    record: *record,
                    draft: &step.draft,
                },
                RecordChange::Void => LedgerWrite::Void {
                    kind: planned.kind(),
                    record: *record,
                },
            },
            EntryState::Planned
            | EntryState::Sending { .. }
            | EntryState::Unknown { .. }
            | EntryState::Posted { .. }
            | EntryState::Verified { .. }
            | EntryState::Drifted { .. }
            | EntryState::Voided { .. }
            | EntryState::InReview { .. }
            | EntryState::Skipped { .. }
            | EntryState::Cancelled => LedgerWrite::Create(planned),
        }
    }
}

/// Permits for entries a store has just committed as being sent under `fence`; others are left out.
pub(crate) fn permits(entries: Vec<OutboxEntry>, fence: u64) -> Vec<SendPermit> {
    entries
        .into_iter()
        .filter(|entry| entry.state.begun_under() == Some(fence))
        .map(|entry| SendPermit { entry })
        .collect()
}
