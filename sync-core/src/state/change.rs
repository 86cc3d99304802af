//! What a plan changes in the outbox.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::correction::corrections;
use super::{EntryState, OutboxEntry};
use crate::model::{ExpenseId, ExpenseReport, Fingerprint, Marker, RecordKind, ReportId};
use crate::plan::{Cause, Finding, Planned, Step, StepKey, source_of};

/// A change to one outbox entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlanChange {
    /// A step that is not in the outbox yet.
    Insert(Step),
    /// A step that is there unsent, under the same key, with another payload, or withdrawn before.
    Replace(Step),
    /// A step that is there unsent and no longer planned.
    Withdraw(StepKey),
}

/// Compares a plan with what the outbox holds of the report.
///
/// * Same key and same payload: already planned, nothing changes.
/// * Same key, other payload, certainly not in the ledger by our doing: replaced.
/// * Same key, other payload, sent or possibly sent, or skipped by a person: a finding with a proposed correction when
///   the *source* changed; nothing when only the mapping did. What is written stays as it was written.
/// * No longer planned: withdrawn while unsent; once sent, a finding when the source changed.
/// * An expense that is in a sent entry is never inserted under another key: a changed grouping touches no old report.
///
/// * What was voided is as if it had never been; what is being corrected is left alone until that is done.
///
/// A held plan inserts and replaces nothing; its unsent entries are withdrawn. Vendors are left alone: they outlive the
/// report that asked for them. The plan must be [at its current revisions](at_current_revisions).
pub fn compare_with_outbox(
    planned: &Planned,
    report: &ExpenseReport,
    entries: &[OutboxEntry],
) -> (Vec<PlanChange>, Vec<Finding>) {
    let entries: Vec<_> = entries
        .iter()
        .filter(|entry| entry.step.draft.kind() != RecordKind::Vendor)
        .filter(|entry| !matches!(entry.state, EntryState::Voided { .. }))
        .collect();
    let steps: BTreeMap<_, _> = planned.steps.iter().map(|step| (&step.key, step)).collect();
    let mut changes = Vec::new();
    let mut findings = Vec::new();
    for entry in entries.iter().filter(|entry| !is_free(entry)) {
        findings.extend(changed_since(entry, steps.get(&entry.key).copied(), report));
    }
    let by_key: BTreeMap<_, _> = entries.iter().map(|entry| (&entry.key, *entry)).collect();
    let bound: BTreeMap<_, _> = entries
        .iter()
        .filter(|entry| !is_free(entry))
        .flat_map(|entry| {
            entry
                .step
                .expenses
                .iter()
                .map(move |expense| (expense, *entry))
        })
        .collect();
    for step in &planned.steps {
        match by_key.get(&step.key) {
            Some(entry) if !is_free(entry) => {}
            Some(entry) => {
                if !is_in_place(entry, step) {
                    changes.push(PlanChange::Replace(step.clone()));
                }
            }
            None => match binding(step, &bound) {
                Binding::Free => changes.push(PlanChange::Insert(step.clone())),
                Binding::Whole => {}
                Binding::Part(found) => findings.extend(found),
            },
        }
    }
    for entry in entries
        .iter()
        .filter(|entry| is_free(entry) && entry.state != EntryState::Cancelled)
    {
        if !steps.contains_key(&entry.key) {
            changes.push(PlanChange::Withdraw(entry.key.clone()));
        }
    }
    findings.sort_by(|a, b| (&a.cause, &a.expense).cmp(&(&b.cause, &b.expense)));
    (changes, findings)
}

/// Gives each step the revision of its mark that is current: the one after the last that was voided. So the replacement of
/// a record is planned when, and only when, the record is proven voided. `voided` are the marks of the whole connection: a
/// person may have moved the expense to another report since.
pub fn at_current_revisions(planned: &mut Planned, voided: &BTreeSet<Marker>) {
    if voided.is_empty() {
        return;
    }
    for step in &mut planned.steps {
        let mut revision: u32 = 1;
        while voided.contains(&step.draft.marker().at_revision(revision)) {
            revision = revision.saturating_add(1);
        }
        *step = step.clone().at_revision(revision);
    }
}

/// Whether the report says something else now than when the entry was made from it.
pub(crate) fn differs_from_source(
    entry: &OutboxEntry,
    step: Option<&Step>,
    report: &ExpenseReport,
) -> bool {
    source(entry, step, report) != Some(entry.step.source)
}

/// What the report says now of an entry; `None` when it holds nothing of it any more. An entry that is not planned now
/// (held, waiting, or regrouped) is compared by the expenses it was made of.
fn source(entry: &OutboxEntry, step: Option<&Step>, report: &ExpenseReport) -> Option<Fingerprint> {
    step.map(|step| step.source)
        .or_else(|| source_of(report, &entry.step.expenses))
}

/// Findings for expenses of the plan that are already in an entry of another report: `owners` says which entry holds
/// which expense.
pub fn owned_elsewhere(
    planned: &Planned,
    owners: &BTreeMap<ExpenseId, (StepKey, ReportId)>,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = planned
        .steps
        .iter()
        .flat_map(|step| step.expenses.iter().map(move |expense| (step, expense)))
        .filter_map(|(step, expense)| {
            let (key, report) = owners
                .get(expense)
                .filter(|(_, report)| *report != planned.report)?;
            Some(Finding {
                cause: Cause::PostedElsewhere {
                    key: key.to_string(),
                    report: report.to_string(),
                },
                expense: Some(expense.clone()),
                amount: if step.expenses.len() == 1 {
                    step.amount
                } else {
                    None
                },
            })
        })
        .collect();
    findings.sort_by(|a, b| (&a.cause, &a.expense).cmp(&(&b.cause, &b.expense)));
    findings
}

/// Whether certainly nothing of the entry is in the ledger by our doing, and nobody decided that nothing shall be: then
/// its payload may still change. Attempts alone do not bind it: each of them ended as certainly not applied, or absence
/// was proven; where that is open, the entry is `Sending`, `Unknown` or in review for just that reason.
fn is_free(entry: &OutboxEntry) -> bool {
    match &entry.state {
        EntryState::Planned | EntryState::Cancelled => true,
        EntryState::InReview { cause, record } => {
            record.is_none() && (entry.attempts == 0 || is_certain(cause))
        }
        EntryState::Sending { .. }
        | EntryState::Unknown { .. }
        | EntryState::Posted { .. }
        | EntryState::Verified { .. }
        | EntryState::Drifted { .. }
        | EntryState::Correcting { .. }
        | EntryState::Voided { .. }
        | EntryState::Skipped { .. } => false,
    }
}

/// Causes that say the record was certainly not written.
fn is_certain(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::Refused { .. } | Cause::NotPermitted { .. } | Cause::AttemptsExhausted { .. }
    )
}

/// Whether the entry already is what the step wants.
fn is_in_place(entry: &OutboxEntry, step: &Step) -> bool {
    entry.state != EntryState::Cancelled && entry.payload == step.draft.fingerprint()
}

/// The finding for a bound entry whose source changed, unless a person took just that as it is.
fn changed_since(
    entry: &OutboxEntry,
    step: Option<&Step>,
    report: &ExpenseReport,
) -> Option<Finding> {
    if matches!(entry.state, EntryState::Correcting { .. }) {
        return None;
    }
    let key = entry.key.to_string();
    let cause = match source(entry, step, report) {
        Some(source) if source == entry.step.source => return None,
        Some(_) => Cause::ChangedAfterPosting {
            key,
            corrections: corrections(entry, step, report),
        },
        None => Cause::RemovedAfterPosting { key },
    };
    if entry
        .left_as_is
        .as_ref()
        .is_some_and(|left| left.holds_for(report))
    {
        return None;
    }
    Some(Finding {
        cause,
        expense: None,
        amount: entry.step.amount,
    })
}

/// How a new step relates to what is already written under other keys.
enum Binding {
    /// Not at all.
    Free,
    /// All of it is written.
    Whole,
    /// Some of it is written: a person must see.
    Part(Vec<Finding>),
}

fn binding(step: &Step, bound: &BTreeMap<&ExpenseId, &OutboxEntry>) -> Binding {
    let holders: Vec<_> = step
        .expenses
        .iter()
        .filter_map(|id| Some((id, *bound.get(id)?)))
        .collect();
    if holders.is_empty() {
        return Binding::Free;
    }
    if holders.len() == step.expenses.len() {
        return Binding::Whole;
    }
    let mut seen = BTreeSet::new();
    let found = holders
        .into_iter()
        .filter(|(_, entry)| seen.insert(&entry.key))
        .map(|(expense, entry)| Finding {
            cause: Cause::PostedElsewhere {
                key: entry.key.to_string(),
                report: entry.report.to_string(),
            },
            expense: Some(expense.clone()),
            amount: entry.step.amount,
        });
    Binding::Part(found.collect())
}
