//! The truth of one Expensify workspace.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sync_core::model::{ExpenseReport, ReportId};
use sync_core::ports::ExportAnchor;

/// A report and what the service makes of it.
#[derive(Clone, Debug)]
pub(crate) struct Filed {
    pub(crate) report: ExpenseReport,
    /// Exports show it from then on.
    pub(crate) visible_from: DateTime<Utc>,
    /// Its data cannot be read as a report.
    pub(crate) unreadable: bool,
}

/// The reports of one workspace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expensify {
    pub(crate) reports: BTreeMap<ReportId, Filed>,
    pub(crate) labelled: BTreeSet<ReportId>,
}

impl Expensify {
    /// What an export shows now.
    pub(crate) fn select(&self, anchor: &ExportAnchor, now: DateTime<Utc>) -> Vec<&Filed> {
        self.reports
            .values()
            .filter(|filed| filed.visible_from <= now && fits(&filed.report, anchor))
            .collect()
    }
}

fn fits(report: &ExpenseReport, anchor: &ExportAnchor) -> bool {
    match anchor {
        ExportAnchor::ApprovedAfter(day) => {
            report.state.is_approved() && report.approved_on.is_some_and(|on| on > *day)
        }
        ExportAnchor::Window { from, to } => {
            report.state.is_approved()
                && report
                    .submitted_on
                    .is_some_and(|on| *from <= on && on <= *to)
        }
        ExportAnchor::Reports(ids) => ids.contains(&report.id),
    }
}
