//! The review queue: one item per cause, not per record.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Drift, EntryState, OutboxEntry};
use crate::model::{Money, RecordId, ReportId};
use crate::plan::{Cause, CauseKey, Finding, StepKey};

/// One thing that a cause holds up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// The report held up.
    pub report: ReportId,
    /// The entry held up; absent when the whole report is, before planning.
    pub entry: Option<StepKey>,
    /// Why.
    pub cause: Cause,
    /// Money held up, in the report's currency where known.
    pub amount: Option<Money>,
}

/// Whether an item still waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ReviewStatus {
    /// It holds something up.
    Open,
    /// Nothing is held up by it any more. It opens again, under the same number, if the cause returns.
    Closed,
}

/// One cause, with everything it holds up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewItem {
    /// Number within the connection: short enough to type.
    pub number: u64,
    /// What makes it the same item again.
    pub key: CauseKey,
    /// Why, as last seen.
    pub cause: Cause,
    /// Whether it waits.
    pub status: ReviewStatus,
    /// When it was first opened.
    pub opened_at: DateTime<Utc>,
    /// When its status last changed.
    pub changed_at: DateTime<Utc>,
    /// What it holds up, by report and entry.
    pub blocks: Vec<Block>,
}

impl ReviewItem {
    /// Money held up, summed per currency.
    pub fn amounts(&self) -> Vec<Money> {
        let mut sums: BTreeMap<_, Money> = BTreeMap::new();
        for amount in self.blocks.iter().filter_map(|block| block.amount) {
            let sum = sums
                .entry(amount.currency())
                .or_insert_with(|| Money::zero(amount.currency()));
            *sum = sum.checked_add(amount).unwrap_or(*sum);
        }
        sums.into_values().collect()
    }

    /// The reports held up, each once, in order.
    pub fn reports(&self) -> Vec<&ReportId> {
        let mut reports: Vec<_> = self.blocks.iter().map(|block| &block.report).collect();
        reports.sort();
        reports.dedup();
        reports
    }
}

/// What a report's findings hold up: one block per cause, its amounts summed.
pub fn blocks_of_plan(report: &ReportId, findings: &[Finding]) -> Vec<Block> {
    let mut blocks: BTreeMap<CauseKey, Block> = BTreeMap::new();
    for finding in findings {
        match blocks.entry(finding.cause.key()) {
            std::collections::btree_map::Entry::Vacant(slot) => {
                slot.insert(Block {
                    report: report.clone(),
                    entry: None,
                    cause: finding.cause.clone(),
                    amount: finding.amount,
                });
            }
            std::collections::btree_map::Entry::Occupied(mut slot) => {
                let block = slot.get_mut();
                block.amount = match (block.amount, finding.amount) {
                    (Some(sum), Some(more)) => sum.checked_add(more).ok().or(Some(sum)),
                    (sum, more) => sum.or(more),
                };
            }
        }
    }
    blocks.into_values().collect()
}

/// What an entry in review, or one that a person changed in FreshBooks, holds up: itself.
pub fn blocks_of_entry(entry: &OutboxEntry) -> Option<Block> {
    let cause = match &entry.state {
        EntryState::InReview { cause, .. } => cause.clone(),
        EntryState::Drifted {
            record,
            drift,
            accepted: None,
            ..
        } => cause_of_drift(entry, *record, drift),
        EntryState::Planned
        | EntryState::Sending { .. }
        | EntryState::Unknown { .. }
        | EntryState::Posted { .. }
        | EntryState::Verified { .. }
        | EntryState::Drifted { .. }
        | EntryState::Correcting { .. }
        | EntryState::Voided { .. }
        | EntryState::Skipped { .. }
        | EntryState::Cancelled => return None,
    };
    Some(Block {
        report: entry.report.clone(),
        entry: Some(entry.key.clone()),
        cause,
        amount: entry.step.amount,
    })
}

fn cause_of_drift(entry: &OutboxEntry, record: RecordId, drift: &Drift) -> Cause {
    let key = entry.key.to_string();
    match drift {
        Drift::Deleted => Cause::RecordDeleted { key, record },
        Drift::Changed(differences) => Cause::RecordEdited {
            key,
            record,
            differences: differences.clone(),
        },
        Drift::Copied(records) => Cause::DuplicateRecords {
            key,
            records: records.clone(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples;

    #[test]
    fn what_a_cause_holds_up_is_summed_over_its_findings_whether_or_not_each_has_an_amount() {
        let report = ReportId::new("R00A");
        let of = |cause: Cause, amount| Finding {
            cause,
            expense: None,
            amount,
        };
        let meals = || samples::unmapped("Meals");
        let findings = [
            of(meals(), None),
            of(meals(), Some(samples::usd(100))),
            of(samples::unmapped("Travel"), None),
            of(meals(), None),
            of(meals(), Some(samples::usd(250))),
        ];
        let blocks = blocks_of_plan(&report, &findings);
        let amounts: Vec<_> = blocks
            .iter()
            .map(|block| (block.cause.clone(), block.amount))
            .collect();
        assert_eq!(
            amounts,
            [
                (meals(), Some(samples::usd(350))),
                (samples::unmapped("Travel"), None)
            ]
        );
    }
}
