//! The truth of one Expensify workspace.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use sync_core::model::{ExpenseReport, ReportId, ReportState};
use sync_core::ports::ExportAnchor;

/// A report and what the service makes of it.
#[derive(Clone, Debug)]
pub(crate) struct Filed {
    pub(crate) report: ExpenseReport,
    /// Exports show it from then on.
    pub(crate) visible_from: DateTime<Utc>,
    /// Its data cannot be read as a report.
    pub(crate) unreadable: bool,
    /// When it was last shown again after it had been deleted.
    pub(crate) shown_again_at: Option<DateTime<Utc>>,
}

impl Filed {
    /// A report that exports show from then on.
    pub(crate) const fn new(report: ExpenseReport, visible_from: DateTime<Utc>) -> Self {
        Self {
            report,
            visible_from,
            unreadable: false,
            shown_again_at: None,
        }
    }

    /// Whether no export knows anything of it.
    pub(crate) fn is_deleted(&self) -> bool {
        self.report.state == ReportState::Vanished
    }
}

/// The reports of one workspace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expensify {
    pub(crate) reports: BTreeMap<ReportId, Filed>,
    pub(crate) labelled: BTreeSet<ReportId>,
    /// Until then the credentials do not see the workspace.
    pub(crate) out_of_sight_until: Option<DateTime<Utc>>,
}

/// A look at the service and what is concluded of it lie no further apart.
const LOOK_MAX: TimeDelta = TimeDelta::hours(1);

impl Expensify {
    /// What an export shows now.
    pub(crate) fn select(&self, anchor: &ExportAnchor, now: DateTime<Utc>) -> Vec<&Filed> {
        self.reports
            .values()
            .filter(|_| self.is_in_sight(now))
            .filter(|filed| filed.visible_from <= now && fits(&filed.report, anchor))
            .collect()
    }

    /// Whether the credentials see the workspace.
    pub(crate) fn is_in_sight(&self, now: DateTime<Utc>) -> bool {
        self.out_of_sight_until.is_none_or(|until| until <= now)
    }

    /// Whether somebody who looked a moment ago, and days before, may take a report for deleted.
    pub(crate) fn may_look_deleted(&self, report: &ReportId, now: DateTime<Utc>) -> bool {
        let Some(filed) = self.reports.get(report) else {
            return true;
        };
        let lately =
            |at: Option<DateTime<Utc>>| at.is_some_and(|at| at <= now && now - at < LOOK_MAX);
        filed.is_deleted() || lately(filed.shown_again_at) || lately(self.out_of_sight_until)
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
        ExportAnchor::Reports(ids) => {
            report.state != ReportState::Vanished && ids.contains(&report.id)
        }
    }
}
