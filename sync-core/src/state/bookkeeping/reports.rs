//! What a store keeps of a report besides its content.

use chrono::{DateTime, Utc};

use crate::model::{ExpenseReport, Fingerprint};
use crate::plan::Skip;
use crate::state::{Absence, Judgement, ReportStatus, StoredReport};

/// What a store keeps of a report besides its content: all that bookkeeping needs, at a fraction of the size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportHead {
    /// See [`StoredReport::content`].
    pub content: Fingerprint,
    /// See [`StoredReport::status`].
    pub status: ReportStatus,
    /// See [`StoredReport::skips`].
    pub skips: Vec<Skip>,
    /// See [`StoredReport::judgement`].
    pub judgement: Option<Judgement>,
    /// See [`StoredReport::requested`].
    pub requested: bool,
    /// See [`StoredReport::acknowledged`].
    pub acknowledged: bool,
    /// See [`StoredReport::reimbursement_told`].
    pub reimbursement_told: bool,
    /// See [`StoredReport::first_seen_at`].
    pub first_seen_at: DateTime<Utc>,
    /// See [`StoredReport::seen_at`].
    pub seen_at: DateTime<Utc>,
    /// See [`StoredReport::absence`].
    pub absence: Option<Absence>,
}

impl ReportHead {
    /// A report that has just been taken in for the first time.
    pub const fn new(content: Fingerprint, requested: bool, now: DateTime<Utc>) -> Self {
        Self {
            content,
            status: ReportStatus::New,
            skips: Vec::new(),
            judgement: None,
            requested,
            acknowledged: false,
            reimbursement_told: false,
            first_seen_at: now,
            seen_at: now,
            absence: None,
        }
    }

    /// The whole row.
    pub fn with_report(self, report: ExpenseReport) -> StoredReport {
        StoredReport {
            report,
            content: self.content,
            status: self.status,
            skips: self.skips,
            judgement: self.judgement,
            requested: self.requested,
            acknowledged: self.acknowledged,
            reimbursement_told: self.reimbursement_told,
            first_seen_at: self.first_seen_at,
            seen_at: self.seen_at,
            absence: self.absence,
        }
    }
}

impl From<&StoredReport> for ReportHead {
    fn from(stored: &StoredReport) -> Self {
        Self {
            content: stored.content,
            status: stored.status,
            skips: stored.skips.clone(),
            judgement: stored.judgement.clone(),
            requested: stored.requested,
            acknowledged: stored.acknowledged,
            reimbursement_told: stored.reimbursement_told,
            first_seen_at: stored.first_seen_at,
            seen_at: stored.seen_at,
            absence: stored.absence,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples;

    #[test]
    fn a_head_and_its_report_are_the_whole_row() {
        let report = samples::report("R00A", &[1250]);
        let stored = StoredReport {
            status: ReportStatus::Held,
            requested: true,
            acknowledged: true,
            reimbursement_told: true,
            judgement: Some(Judgement::Reopen {
                by: "ann".to_owned(),
                reason: "agreed".to_owned(),
            }),
            ..StoredReport::taken_in(report.clone(), false, samples::start())
        };
        assert_eq!(ReportHead::from(&stored).with_report(report), stored);
    }
}
