//! The plan of one report and its steps.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Finding, LineProvenance, Skip};
use crate::model::{Draft, ExpenseId, ExpenseReport, Fingerprint, Marker, Money, ReportId};

/// The derived identity of a step: equal keys mean the same intended effect. It is the marker's text, so that the key in
/// the outbox and the mark in the ledger can never drift apart.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepKey(String);

impl StepKey {
    /// The key of the record that carries this mark.
    pub fn of(marker: &Marker) -> Self {
        Self(marker.as_str().to_owned())
    }

    /// A key read back from a store.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for StepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StepKey({})", self.0)
    }
}

/// One intended write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its identity.
    pub key: StepKey,
    /// What is to be written.
    pub draft: Draft,
    /// Part of the report's approved total this step accounts for, in the report's currency. For a vendor: nothing.
    pub amount: Option<Money>,
    /// The expenses in it.
    pub expenses: Vec<ExpenseId>,
    /// Hash of the source content alone (expenses and employee): a changed mapping does not change it.
    pub source: Fingerprint,
    /// Why each line is as it is, in line order.
    pub provenance: Vec<LineProvenance>,
}

impl Step {
    /// The same step for a record that replaces one which was voided: another key and mark, nothing else.
    #[must_use]
    pub fn at_revision(mut self, revision: u32) -> Self {
        let old = self.draft.marker().clone();
        let new = old.at_revision(revision);
        if new == old {
            return self;
        }
        let marked = |text: &str| text.replace(old.as_str(), new.as_str());
        match &mut self.draft {
            Draft::Bill(bill) => {
                for line in &mut bill.lines {
                    line.description = marked(&line.description);
                }
                bill.marker = new;
            }
            Draft::Expense(expense) => {
                expense.notes = marked(&expense.notes);
                expense.marker = new;
            }
            Draft::Vendor(vendor) => vendor.marker = new,
        }
        self.key = StepKey::of(self.draft.marker());
        self
    }
}

/// What planning made of one report. A blocking finding holds the whole report: then `steps` says what would be written
/// once the findings are gone, as far as it is known, and nothing of it may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The report.
    pub report: ReportId,
    /// Content hash of the report that was planned.
    pub content: Fingerprint,
    /// The intended writes, in a fixed order. Empty when held or when everything is skipped.
    pub steps: Vec<Step>,
    /// What a person should know or do, in a fixed order.
    pub findings: Vec<Finding>,
    /// What is deliberately not written, with the reason.
    pub skips: Vec<Skip>,
    /// Vendors to create before this report can be planned in full; only with the setting that allows it.
    pub vendors_first: Vec<Step>,
}

impl Planned {
    /// Nothing of a report yet.
    pub(crate) fn nothing_of(report: &ExpenseReport) -> Self {
        Self {
            report: report.id.clone(),
            content: report.fingerprint(),
            steps: Vec::new(),
            findings: Vec::new(),
            skips: Vec::new(),
            vendors_first: Vec::new(),
        }
    }

    /// Whether a person must act before anything of this report is written.
    pub fn is_held(&self) -> bool {
        !self.findings.is_empty()
    }
}
