//! What a reconciliation found.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Acceptance;
use crate::model::{Currency, Marker, Money, RecordId, ReportId, WorkspaceId};
use crate::plan::{RecordDifference, StepKey};

/// What was approved in Expensify against where it is now, to the cent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciliation {
    /// One row per workspace, currency and month, in that order.
    pub rows: Vec<ReconciliationRow>,
    /// Reports that do not add up, ordered by id.
    pub disagreeing: Vec<DisagreeingReport>,
    /// What people did in FreshBooks, and what nobody can explain, ordered by kind and key.
    pub discrepancies: Vec<Discrepancy>,
    /// Every report there is in the period, ordered by id: the population that the rows count.
    pub reports: Vec<ReconciledReport>,
    /// Where each part of each of them is, in the same order: they sum to the rows.
    pub parts: Vec<ReconciledPart>,
}

/// A report of the population.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconciledReport {
    /// Its id.
    pub report: ReportId,
    /// Workspace in Expensify.
    pub workspace: WorkspaceId,
    /// Its currency.
    pub currency: Currency,
    /// The month it counts in, as in [`ReconciliationRow::month`].
    pub month: Option<NaiveDate>,
    /// Approved in Expensify; absent when that cannot be told from its expenses.
    pub approved: Option<Money>,
}

/// A part of a report's money and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconciledPart {
    /// The report.
    pub report: ReportId,
    /// Workspace in Expensify.
    pub workspace: WorkspaceId,
    /// The month the report counts in.
    pub month: Option<NaiveDate>,
    /// Our entry, where there is one.
    pub key: Option<StepKey>,
    /// The record in FreshBooks, where one is known.
    pub record: Option<RecordId>,
    /// Where it is.
    pub whereabouts: Whereabouts,
    /// How much.
    pub amount: Money,
    /// Why it is there, for people; empty for what is simply posted.
    pub reason: String,
}

/// Where money is: a column of [`ReconciliationRow`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Whereabouts {
    /// See [`ReconciliationRow::posted`].
    Posted,
    /// See [`ReconciliationRow::in_flight`].
    InFlight,
    /// See [`ReconciliationRow::in_review`].
    InReview,
    /// See [`ReconciliationRow::skipped`].
    Skipped,
    /// See [`ReconciliationRow::drifted`].
    Drifted,
}

impl Whereabouts {
    /// All of them, in the order of the columns.
    pub const ALL: [Self; 5] = [
        Self::Posted,
        Self::InFlight,
        Self::InReview,
        Self::Skipped,
        Self::Drifted,
    ];

    /// The word for people and in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Posted => "posted",
            Self::InFlight => "in_flight",
            Self::InReview => "in_review",
            Self::Skipped => "skipped",
            Self::Drifted => "drifted",
        }
    }
}

/// The sums of one workspace, currency and month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconciliationRow {
    /// Workspace in Expensify.
    pub workspace: WorkspaceId,
    /// Currency of every amount in the row.
    pub currency: Currency,
    /// First day of the month the reports count in: that of approval, else of submission, else of the last expense.
    /// `None` for reports without any date.
    pub month: Option<NaiveDate>,
    /// Approved in Expensify.
    pub approved: Money,
    /// In FreshBooks: as listed when a listing was given, else as written.
    pub posted: Money,
    /// On the way: to be planned, planned, being sent, or of unknown outcome.
    pub in_flight: Money,
    /// Waiting for a person.
    pub in_review: Money,
    /// Left out with a reason, by the program or by a person.
    pub skipped: Money,
    /// Written, then changed or deleted by a person in FreshBooks: the amount as it was written. And, once a person took
    /// that as it is, what a report says now more or less than what was written from it.
    pub drifted: Money,
    /// Approved less all of the others: zero when the row agrees.
    pub difference: Money,
}

/// A report that does not add up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisagreeingReport {
    /// The report.
    pub report: ReportId,
    /// Approved in Expensify; absent when that cannot be told from its expenses.
    pub approved: Option<Money>,
    /// What can be accounted for; absent when the amounts cannot be added.
    pub accounted: Option<Money>,
}

/// One thing in FreshBooks that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Discrepancy {
    /// A person changed a record.
    Edited {
        /// Our entry.
        key: StepKey,
        /// The record.
        record: RecordId,
        /// What differs.
        differences: Vec<RecordDifference>,
        /// Who took it as it is, if somebody did.
        accepted: Option<Acceptance>,
    },
    /// A person deleted a record.
    Deleted {
        /// Our entry.
        key: StepKey,
        /// The record.
        record: RecordId,
        /// Who took it as it is, if somebody did.
        accepted: Option<Acceptance>,
    },
    /// What is written stays though the report says otherwise now: a person took it as it is.
    LeftAsIs {
        /// Our entry.
        key: StepKey,
        /// What was written.
        written: Option<Money>,
        /// What it would come to by the report.
        approved: Option<Money>,
        /// Whose word.
        acceptance: Acceptance,
    },
    /// Records of a report count, and it is not approved any more, or not shown any more. What was written of it is in the
    /// column that the report is in, as less than nothing.
    NotApproved {
        /// The report.
        report: ReportId,
        /// Where it stands in Expensify now.
        state: String,
        /// What was written of it.
        written: Option<Money>,
    },
    /// A record we know was not in the listing.
    Missing {
        /// Our entry.
        key: StepKey,
        /// The record.
        record: RecordId,
    },
    /// More than one record that counts carries the same mark.
    Duplicate {
        /// Our entry, or the mark where we have none.
        key: StepKey,
        /// The records.
        records: Vec<RecordId>,
        /// What they sum to, where that can be told.
        total: Option<Money>,
    },
    /// A record counts though its entry was voided, skipped or withdrawn: a person put it back, or never took it away.
    Standing {
        /// Our entry.
        key: StepKey,
        /// The record.
        record: RecordId,
        /// Its amount.
        total: Option<Money>,
    },
    /// A record carries a mark of ours that no entry has.
    Unknown {
        /// The mark.
        marker: Marker,
        /// The record.
        record: RecordId,
        /// Its amount.
        total: Option<Money>,
    },
}

impl Discrepancy {
    /// Whether it means that FreshBooks holds money that Expensify does not account for, or the other way round. Edits
    /// and deletions do not, nor what a person left as it is: once noticed, they stand in their own column.
    pub const fn breaks_agreement(&self) -> bool {
        match self {
            Self::Edited { .. }
            | Self::Deleted { .. }
            | Self::LeftAsIs { .. }
            | Self::NotApproved { .. } => false,
            Self::Missing { .. }
            | Self::Duplicate { .. }
            | Self::Standing { .. }
            | Self::Unknown { .. } => true,
        }
    }
}

impl Reconciliation {
    /// Whether everything approved is accounted for, to the cent.
    pub fn agrees(&self) -> bool {
        self.disagreeing.is_empty()
            && self.rows.iter().all(|row| row.difference.is_zero())
            && !self.discrepancies.iter().any(Discrepancy::breaks_agreement)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_has_a_word_of_its_own() {
        let words = Whereabouts::ALL.map(Whereabouts::as_str);
        assert_eq!(
            words,
            ["posted", "in_flight", "in_review", "skipped", "drifted"]
        );
    }
}
