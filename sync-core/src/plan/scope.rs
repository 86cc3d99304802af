//! Which reports are looked at.

use super::SkipReason;
use crate::mapping::{RunMode, Scope};
use crate::model::ExpenseReport;

/// Why a whole report is left out, if it is. The first reason in this order is given.
pub(crate) fn out_of_scope(report: &ExpenseReport, scope: &Scope) -> Option<SkipReason> {
    if !scope.workspaces.contains(&report.workspace) {
        Some(SkipReason::OtherWorkspace)
    } else if !report.state.is_approved() {
        Some(SkipReason::NotApproved)
    } else if !fits_mode(report, scope) {
        Some(SkipReason::OtherMode)
    } else if is_before_start(report, scope) {
        Some(SkipReason::BeforeStartDate)
    } else {
        None
    }
}

/// The prefix is compared letter by letter, case included, without leading space: in mode `test` a near miss must not
/// be written.
fn fits_mode(report: &ExpenseReport, scope: &Scope) -> bool {
    let is_test = scope
        .test_prefix
        .as_deref()
        .filter(|prefix| !prefix.is_empty())
        .is_some_and(|prefix| report.name.trim_start().starts_with(prefix));
    match scope.mode {
        RunMode::Test => is_test,
        RunMode::Live => !is_test,
    }
}

/// A closed report can lack its day of approval (reference 4.2); the day of submission stands in. With neither it is in
/// scope: leaving it out for want of a date would lose it without a word.
fn is_before_start(report: &ExpenseReport, scope: &Scope) -> bool {
    let counted_on = report.approved_on.or(report.submitted_on);
    matches!((counted_on, scope.start_date), (Some(day), Some(start)) if day < start)
}
