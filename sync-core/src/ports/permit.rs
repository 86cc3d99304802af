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
                change @ (RecordChange::Void | RecordChange::KeepOne(_)) => LedgerWrite::Void {
                    kind: planned.kind(),
                    record: change.target(*record),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ReportId;
    use crate::plan::Step;
    use crate::state::{Correction, CorrectionStage};
    use crate::testing::samples;

    fn entry(step: Step, state: EntryState) -> OutboxEntry {
        let planned = OutboxEntry::planned(ReportId::new("R1"), step, samples::start());
        OutboxEntry { state, ..planned }
    }

    fn sending(fence: u64) -> EntryState {
        EntryState::Sending {
            attempt: 1,
            fence,
            since: samples::start(),
        }
    }

    fn correcting(change: RecordChange, fence: u64) -> EntryState {
        EntryState::Correcting {
            record: RecordId::new(9),
            correction: Box::new(Correction {
                by: "ann".to_owned(),
                reason: "the report changed".to_owned(),
                change,
            }),
            stage: CorrectionStage::Sending {
                fence,
                since: samples::start(),
            },
            attempts: 1,
        }
    }

    #[test]
    fn only_what_was_begun_under_this_lease_may_be_sent() {
        let (first, other) = (
            samples::bill_step(&samples::report("R1", &[100])),
            samples::bill_step(&samples::report("R2", &[200])),
        );
        let entries = vec![
            entry(first.clone(), sending(7)),
            entry(other.clone(), sending(6)),
            entry(other, EntryState::Planned),
        ];
        let permits = permits(entries, 7);
        let keys: Vec<_> = permits.iter().map(SendPermit::key).collect();
        assert_eq!(keys, [&first.key]);
    }

    #[test]
    fn a_permit_allows_what_its_entry_is_about_and_no_more() {
        let written = samples::bill_step(&samples::report("R1", &[100]));
        let wanted = samples::bill_step(&samples::report("R1", &[200]));
        let record = RecordId::new(9);
        for (state, allowed) in [
            (sending(7), LedgerWrite::Create(&written.draft)),
            (
                correcting(RecordChange::Update(Box::new(wanted.clone())), 7),
                LedgerWrite::Update {
                    record,
                    draft: &wanted.draft,
                },
            ),
            (
                correcting(RecordChange::Void, 7),
                LedgerWrite::Void {
                    kind: RecordKind::Bill,
                    record,
                },
            ),
        ] {
            let permits = permits(vec![entry(written.clone(), state)], 7);
            let writes: Vec<_> = permits.iter().map(SendPermit::write).collect();
            assert_eq!(writes, [allowed]);
        }
    }
}
