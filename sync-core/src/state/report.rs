//! A report as the store keeps it, and what planning commits about it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::PlanChange;
use super::bookkeeping::ReportHead;
use crate::model::{ExpenseReport, Fingerprint, ReportId};
use crate::plan::{Finding, Skip, SkipReason};

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ReportStatus {
    /// Taken in or changed, not planned yet.
    New,
    /// Its steps are in the outbox.
    Planned,
    /// Findings hold it; it is planned again on every pass.
    Held,
    /// Not ours to write, with the reason. Planned again when it changes.
    OutOfScope(SkipReason),
    /// A person decided that what is not written of it yet stays so. Becomes new again when its content changes.
    Skipped,
}

/// A person's word on a whole report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Judgement {
    /// What is not written of it yet is not to be written: [`ReportStatus::Skipped`].
    Skip {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
    /// It is to be planned again: [`ReportStatus::New`].
    Reopen {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
}

impl ReportStatus {
    /// The word in stored rows and for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Planned => "planned",
            Self::Held => "held",
            Self::OutOfScope(_) => "out_of_scope",
            Self::Skipped => "skipped",
        }
    }
}

/// Complete exports by a report's id that did not have it, though its workspace was in sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// How many, one after the other.
    pub looks: u32,
    /// When the first was made.
    pub since: DateTime<Utc>,
    /// When the last was made.
    pub last: DateTime<Utc>,
}

/// A report as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredReport {
    /// As last taken in.
    pub report: ExpenseReport,
    /// Its content hash.
    pub content: Fingerprint,
    /// What became of it.
    pub status: ReportStatus,
    /// What is deliberately not written of it.
    pub skips: Vec<Skip>,
    /// The person's word behind [`ReportStatus::Skipped`].
    pub judgement: Option<Judgement>,
    /// Whether a person asked for it, by id or by a backfill: then the start date does not apply, now or later.
    pub requested: bool,
    /// Whether the exported label was set after everything of it was verified.
    pub acknowledged: bool,
    /// Whether Expensify was told that it is reimbursed.
    pub reimbursement_told: bool,
    /// When it was first taken in.
    pub first_seen_at: DateTime<Utc>,
    /// When Expensify last showed it.
    pub seen_at: DateTime<Utc>,
    /// Set while Expensify does not show it any more.
    #[serde(default)]
    pub absence: Option<Absence>,
}

impl StoredReport {
    /// A report as it is when first taken in.
    pub fn taken_in(report: ExpenseReport, requested: bool, now: DateTime<Utc>) -> Self {
        ReportHead::new(report.fingerprint(), requested, now).with_report(report)
    }
}

/// What planning one report changes, committed as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanCommit {
    /// The report.
    pub report: ReportId,
    /// The content that was planned; a store refuses the commit with a conflict when the report has changed since.
    pub content: Fingerprint,
    /// What becomes of it.
    pub status: ReportStatus,
    /// What is deliberately not written.
    pub skips: Vec<Skip>,
    /// Changes to its outbox entries.
    pub changes: Vec<PlanChange>,
    /// What holds it; replaces what held it before.
    pub findings: Vec<Finding>,
}
