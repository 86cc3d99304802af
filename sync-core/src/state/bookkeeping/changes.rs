//! What a call needs to see, and what it changes.

use std::collections::{BTreeMap, BTreeSet};

use super::ReportHead;
use super::plans::replaced_by;
use crate::model::{ExpenseReport, ReportId};
use crate::plan::{Cause, CauseKey, StepKey};
use crate::ports::{IntakeBatch, Transition};
use crate::state::{AuditEntry, Block, OutboxEntry, PlanChange, PlanCommit};

/// Where blocks come from. Whatever a slot gives replaces what it gave before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BlockSlot {
    /// Reading a report.
    Intake(ReportId),
    /// Planning a report.
    Plan(ReportId),
    /// An outbox entry.
    Entry(StepKey),
}

impl BlockSlot {
    /// The kind of slot, as a word in stored rows.
    pub const fn origin(&self) -> &'static str {
        match self {
            Self::Intake(_) => "intake",
            Self::Plan(_) => "plan",
            Self::Entry(_) => "entry",
        }
    }

    /// Whose slot it is, as text in stored rows.
    pub fn subject(&self) -> &str {
        match self {
            Self::Intake(report) | Self::Plan(report) => report.as_str(),
            Self::Entry(key) => key.as_str(),
        }
    }

    /// Reads the stored form back; `None` for a word that is none.
    pub fn from_stored(origin: &str, subject: &str) -> Option<Self> {
        match origin {
            "intake" => Some(Self::Intake(ReportId::new(subject))),
            "plan" => Some(Self::Plan(ReportId::new(subject))),
            "entry" => Some(Self::Entry(StepKey::from_stored(subject))),
            _ => None,
        }
    }
}

/// The rows a call needs to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Reports, without their content.
    pub reports: BTreeSet<ReportId>,
    /// Outbox entries.
    pub entries: BTreeSet<StepKey>,
    /// Blocks of these slots. Slots of entries are never needed: an entry knows its own block.
    pub blocks: BTreeSet<BlockSlot>,
}

impl Needs {
    /// What [`Store::intake`](crate::ports::Store::intake) needs.
    pub fn of_intake(batch: &IntakeBatch) -> Self {
        let reports: BTreeSet<_> = batch
            .reports
            .iter()
            .map(|report| report.id.clone())
            .collect();
        let unreadable = batch.unreadable.iter().map(|(report, _)| report);
        let blocks = reports
            .iter()
            .chain(unreadable)
            .cloned()
            .map(BlockSlot::Intake)
            .collect();
        Self {
            reports: reports
                .into_iter()
                .chain(batch.absent.iter().cloned())
                .collect(),
            blocks,
            ..Self::default()
        }
    }

    /// What [`Store::commit_plans`](crate::ports::Store::commit_plans) needs.
    pub fn of_plans(plans: &[PlanCommit]) -> Self {
        let changes = plans.iter().flat_map(|plan| &plan.changes);
        Self {
            reports: plans.iter().map(|plan| plan.report.clone()).collect(),
            entries: changes
                .flat_map(|change| match change {
                    PlanChange::Insert(step) => [Some(step.key.clone()), replaced_by(step)],
                    PlanChange::Replace(step) => [Some(step.key.clone()), None],
                    PlanChange::Withdraw(key) => [Some(key.clone()), None],
                })
                .flatten()
                .collect(),
            blocks: plans
                .iter()
                .map(|plan| BlockSlot::Plan(plan.report.clone()))
                .collect(),
        }
    }

    /// What [`Store::begin_sends`](crate::ports::Store::begin_sends) needs.
    pub fn of_sends(keys: &[StepKey]) -> Self {
        Self {
            entries: keys.iter().cloned().collect(),
            ..Self::default()
        }
    }

    /// What [`Store::record`](crate::ports::Store::record) needs.
    pub fn of_transitions(transitions: &[Transition]) -> Self {
        Self {
            entries: transitions
                .iter()
                .map(|transition| transition.key.clone())
                .collect(),
            ..Self::default()
        }
    }

    /// What [`Store::judge_reports`](crate::ports::Store::judge_reports) needs.
    pub fn of_judgement(reports: &[ReportId]) -> Self {
        Self {
            reports: reports.iter().cloned().collect(),
            blocks: reports.iter().cloned().map(BlockSlot::Plan).collect(),
            ..Self::default()
        }
    }

    /// What [`Store::acknowledge`](crate::ports::Store::acknowledge) needs.
    pub fn of_acknowledgement(exported: &[ReportId], reimbursed: &[ReportId]) -> Self {
        Self {
            reports: exported.iter().chain(reimbursed).cloned().collect(),
            ..Self::default()
        }
    }
}

/// A cause that came or went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TouchedCause {
    /// Its key.
    pub key: CauseKey,
    /// The cause as last seen; absent when it only went.
    pub cause: Option<Cause>,
}

/// What a call changes. A store writes all of it in the transaction it loaded the [`Needs`] in.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Report content to write, in this order; the last of equal ids wins. Each has its head in `heads`.
    pub contents: Vec<ExpenseReport>,
    /// Report heads to write.
    pub heads: BTreeMap<ReportId, ReportHead>,
    /// Outbox entries to write.
    pub entries: BTreeMap<StepKey, OutboxEntry>,
    /// Those of `entries` whose expenses are to be written anew: none for an entry that
    /// [holds none](crate::state::EntryState::holds_expenses).
    pub owners: BTreeSet<StepKey>,
    /// Slots to empty and fill again with these.
    pub blocks: BTreeMap<BlockSlot, Vec<Block>>,
    /// Causes whose items are to be settled once the blocks are written, in the order they were met.
    pub causes: Vec<TouchedCause>,
    /// Audit entries to append.
    pub audit: Vec<AuditEntry>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_reads_back_from_the_words_it_is_stored_as_and_from_no_others() {
        for slot in [
            BlockSlot::Intake(ReportId::new("R00A")),
            BlockSlot::Plan(ReportId::new("R00A")),
            BlockSlot::Entry(StepKey::from_stored("EXP-R00A")),
        ] {
            let read = BlockSlot::from_stored(slot.origin(), slot.subject());
            assert_eq!(read, Some(slot));
        }
        assert_eq!(BlockSlot::from_stored("report", "R00A"), None);
    }
}
