//! Committing plans.

use super::{BlockSlot, Unit};
use crate::error::{Error, ErrorKind, Result};
use crate::model::RecordKind;
use crate::plan::{Step, StepKey};
use crate::state::{
    AuditDraft, EntryEvent, EntryState, OutboxEntry, PlanChange, PlanCommit, ReportStatus,
    blocks_of_plan,
};

/// What one plan changed in the outbox.
#[derive(Default)]
struct Tally {
    inserted: u32,
    replaced: u32,
    withdrawn: u32,
}

impl Unit {
    /// Commits plans, all or none.
    ///
    /// # Errors
    /// `Conflict` for a plan whose report is not there or has changed since, or whose steps are another report's;
    /// `Invalid` for a change that is no legal transition.
    pub fn commit_plans(&mut self, plans: &[PlanCommit]) -> Result<()> {
        plans.iter().try_for_each(|plan| self.commit_plan(plan))
    }

    fn commit_plan(&mut self, plan: &PlanCommit) -> Result<()> {
        let conflict = |why: &str| {
            Error::new(
                ErrorKind::Conflict,
                format!("commit the plan of report {}: {why}", plan.report),
            )
        };
        let head = self
            .reports
            .get(&plan.report)
            .ok_or_else(|| conflict("the store does not hold it"))?;
        if head.content != plan.content {
            return Err(conflict("it has changed since it was planned"));
        }
        let mut next = head.clone();
        next.status = plan.status;
        next.skips.clone_from(&plan.skips);
        if plan.status != ReportStatus::Skipped {
            next.judgement = None;
        }
        let head_changed = next != *head;
        if head_changed {
            self.put_head(&plan.report, next);
        }
        // Gathered first, so that the plan's own audit entry stands before those of the transitions it causes.
        let mut transitions = Vec::new();
        let mut tally = Tally::default();
        for change in &plan.changes {
            self.plan_change(plan, change, &mut tally, &mut transitions)?;
        }
        let findings = blocks_of_plan(&plan.report, &plan.findings);
        let held_up = findings.len();
        let blocks_changed = self.fill_slot(BlockSlot::Plan(plan.report.clone()), findings);
        let entries_changed = tally.inserted > 0 || !transitions.is_empty();
        if head_changed || blocks_changed || entries_changed {
            let detail = format!(
                "{} | content {} | inserted {} | replaced {} | withdrawn {} | causes {held_up}",
                plan.status.as_str(),
                plan.content.short(12),
                tally.inserted,
                tally.replaced,
                tally.withdrawn,
            );
            self.audit(AuditDraft::by_engine(plan.report.as_str(), "plan", detail));
        }
        for (key, event) in transitions {
            self.apply_event(&key, event)?;
            self.take_over(&key, plan);
        }
        Ok(())
    }

    fn plan_change(
        &mut self,
        plan: &PlanCommit,
        change: &PlanChange,
        tally: &mut Tally,
        transitions: &mut Vec<(StepKey, EntryEvent)>,
    ) -> Result<()> {
        let replanned = |step: &Step| EntryEvent::Replanned {
            step: Box::new(step.clone()),
        };
        if let PlanChange::Insert(step) = change {
            self.replaces_only_what_is_voided(plan, step)?;
        }
        match change {
            PlanChange::Insert(step) => match self.entries.get(&step.key) {
                None => {
                    self.put_entry(
                        OutboxEntry::planned(plan.report.clone(), step.clone(), self.now),
                        true,
                    );
                    tally.inserted = tally.inserted.saturating_add(1);
                }
                Some(entry) if entry.state == EntryState::Cancelled => {
                    transitions.push((step.key.clone(), replanned(step)));
                    tally.inserted = tally.inserted.saturating_add(1);
                }
                // Reports of one employee share the vendor made for that employee: the first to ask has asked for all.
                Some(_) if step.draft.kind() == RecordKind::Vendor => {}
                Some(entry) if entry.report == plan.report && entry.step == *step => {}
                Some(entry) => return Err(taken(plan, entry)),
            },
            PlanChange::Replace(step) => {
                let entry = self.own_entry(plan, &step.key)?;
                if entry.state != EntryState::Planned || entry.step != *step {
                    transitions.push((step.key.clone(), replanned(step)));
                    tally.replaced = tally.replaced.saturating_add(1);
                }
            }
            PlanChange::Withdraw(key) => {
                self.own_entry(plan, key)?;
                transitions.push((key.clone(), EntryEvent::Withdrawn));
                tally.withdrawn = tally.withdrawn.saturating_add(1);
            }
        }
        Ok(())
    }

    /// The record that a later revision replaces must be proven voided, here and now: never two that count.
    fn replaces_only_what_is_voided(&self, plan: &PlanCommit, step: &Step) -> Result<()> {
        let Some(replaced) = replaced_by(step) else {
            return Ok(());
        };
        match self.entries.get(&replaced) {
            Some(entry) if matches!(entry.state, EntryState::Voided { .. }) => Ok(()),
            Some(entry) => Err(taken(plan, entry)),
            None => Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "commit the plan of report {}: {} replaces {replaced}, which is not in the outbox",
                    plan.report, step.key
                ),
            )),
        }
    }

    fn own_entry(&self, plan: &PlanCommit, key: &StepKey) -> Result<&OutboxEntry> {
        let entry = self.entry(key)?;
        if entry.report == plan.report {
            Ok(entry)
        } else {
            Err(taken(plan, entry))
        }
    }

    /// A withdrawn step that another report plans now is that report's: a person moved the expense.
    fn take_over(&mut self, key: &StepKey, plan: &PlanCommit) {
        if let Some(entry) = self.entries.get(key)
            && entry.report != plan.report
        {
            let moved = OutboxEntry {
                report: plan.report.clone(),
                ..entry.clone()
            };
            self.put_entry(moved, false);
        }
    }
}

/// The key of the record that this step's record replaces; `None` for a first revision.
pub(super) fn replaced_by(step: &Step) -> Option<StepKey> {
    let marker = step.draft.marker();
    let revision = marker.revision();
    (revision > 1).then(|| StepKey::of(&marker.at_revision(revision.saturating_sub(1))))
}

fn taken(plan: &PlanCommit, entry: &OutboxEntry) -> Error {
    Error::new(
        ErrorKind::Conflict,
        format!(
            "commit the plan of report {}: entry {} of report {} is {}",
            plan.report,
            entry.key,
            entry.report,
            entry.state.name().as_str()
        ),
    )
}
