//! The planner: one report in, a plan out, always.

use std::collections::BTreeSet;

use super::bill::{bill_step, grouped};
use super::line::{Line, line_of};
use super::paid::expense_step;
use super::scope::out_of_scope;
use super::sum::{check_total, summed};
use super::vendor::Vendors;
use super::{Cause, Finding, Planned, Skip, SkipReason, Step};
use crate::mapping::{BillGrouping, CompanyPaid, Mapper, MappingRules};
use crate::model::{ExpenseReport, Snapshot, normalized_name};

/// Plans reports against one snapshot under one set of rules, which it prepares once.
///
/// # Examples
/// ```
/// # use sync_core::{mapping::MappingRules, model::{ExpenseReport, Snapshot}, plan::Planner};
/// fn held(snapshot: &Snapshot, rules: &MappingRules, reports: &[ExpenseReport]) -> usize {
///     let planner = Planner::new(snapshot, rules);
///     reports.iter().filter(|report| planner.plan(report).is_held()).count()
/// }
/// ```
#[derive(Debug)]
pub struct Planner<'a> {
    mapper: Mapper<'a>,
}

/// Plans one report: total and deterministic, never an error.
///
/// # The plan
/// * Out of scope as a whole: one [`Skip`] with the report's total, nothing else.
/// * A [`Finding`] on any expense holds the report as a whole: then there are no steps.
/// * With [`create_missing_vendors`](crate::mapping::Ladders::create_missing_vendors), a report that lacks nothing but its
///   employee's vendor has neither steps nor findings: it waits, and `vendors_first` says for what. Plan it again once
///   the vendor is in the snapshot.
/// * Else each expense is in exactly one step or one skip, and the amounts of both sum to the report's total.
///
/// For many reports use [`Planner`], which prepares the rules once.
pub fn plan_report(snapshot: &Snapshot, report: &ExpenseReport, rules: &MappingRules) -> Planned {
    Planner::new(snapshot, rules).plan(report)
}

impl<'a> Planner<'a> {
    /// Prepares the rules for a snapshot.
    pub fn new(snapshot: &'a Snapshot, rules: &'a MappingRules) -> Self {
        Self {
            mapper: Mapper::new(snapshot, rules),
        }
    }

    /// Plans one report, see [`plan_report`].
    pub fn plan(&self, report: &ExpenseReport) -> Planned {
        let mut planned = Planned::nothing_of(report);
        if let Some(reason) = self.left_out(report) {
            let amount = report.total.or_else(|| summed(report));
            planned.skips.push(Skip {
                reason,
                expense: None,
                amount,
            });
            return planned;
        }
        check_total(report, &mut planned.findings);
        check_identity(report, &mut planned.findings);
        let employee = normalized_name(&report.employee.email);
        let rules = self.mapper.rules_for(report, &employee);
        let mut lines = Vec::with_capacity(report.expenses.len());
        for expense in &report.expenses {
            lines.extend(line_of(&self.mapper, report, expense, &rules, &mut planned));
        }
        self.make_steps(report, &employee, lines, &mut planned);
        check_keys(&planned.steps, &mut planned.findings);
        settle(&mut planned);
        planned
    }

    /// Why the report as a whole is left out. A report without expenses counts as empty only if it is worth nothing:
    /// with a total, its expenses are missing, and that is a finding.
    fn left_out(&self, report: &ExpenseReport) -> Option<SkipReason> {
        out_of_scope(report, &self.mapper.rules().scope).or_else(|| {
            let empty =
                report.expenses.is_empty() && report.total.is_none_or(|total| total.is_zero());
            empty.then_some(SkipReason::EmptyReport)
        })
    }

    fn make_steps(
        &self,
        report: &ExpenseReport,
        employee: &str,
        lines: Vec<Line<'_, '_>>,
        planned: &mut Planned,
    ) {
        let rules = self.mapper.rules();
        let (owed, paid): (Vec<_>, Vec<_>) = lines
            .into_iter()
            .partition(|line| line.expense.reimbursable);
        let mut vendors = Vendors::new(&self.mapper, report);
        let mut bills = grouped(report, owed, rules.bills.grouping);
        let paid = match &rules.company_paid {
            CompanyPaid::Expenses => paid,
            CompanyPaid::Bills(_) => {
                // One bill per expense, whatever the grouping: the next card may have another vendor.
                for (marker, lines) in grouped(report, paid, BillGrouping::PerExpense) {
                    bills.entry(marker).or_default().extend(lines);
                }
                Vec::new()
            }
        };
        for (marker, lines) in bills {
            planned.steps.extend(bill_step(
                &self.mapper,
                report,
                marker,
                lines,
                &mut vendors,
                &mut planned.findings,
            ));
        }
        let mut expenses: Vec<Step> = paid
            .into_iter()
            .filter_map(|line| {
                expense_step(&self.mapper, report, employee, line, &mut planned.findings)
            })
            .collect();
        expenses.sort_by(|a, b| a.key.cmp(&b.key));
        planned.steps.extend(expenses);
        if vendors.waits {
            planned.vendors_first.push(vendors.creation());
        }
    }
}

/// An expense listed twice would be written twice, or counted twice on a bill.
fn check_identity(report: &ExpenseReport, findings: &mut Vec<Finding>) {
    let mut expenses: Vec<_> = report.expenses.iter().collect();
    expenses.sort_by(|a, b| a.id.cmp(&b.id));
    let repeated = expenses.windows(2).filter_map(|pair| match pair {
        [one, next] if one.id == next.id => Some(*next),
        _ => None,
    });
    for expense in repeated {
        findings.push(Finding {
            cause: Cause::Unreadable {
                why: "an expense is listed more than once".to_owned(),
            },
            expense: Some(expense.id.clone()),
            amount: expense.report_amount,
        });
    }
}

/// Two steps with one key would be one record for two amounts. Ids of Expensify never collide; ids that are not of
/// Expensify might.
fn check_keys(steps: &[Step], findings: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for step in steps.iter().filter(|step| !seen.insert(&step.key)) {
        findings.push(Finding {
            cause: Cause::Unreadable {
                why: "two of its records would carry the same mark".to_owned(),
            },
            expense: None,
            amount: step.amount,
        });
    }
}

/// Puts findings in their order, and holds back everything while there are any; while a vendor is to be created first,
/// the steps wait for it.
fn settle(planned: &mut Planned) {
    planned
        .findings
        .sort_by(|a, b| (&a.cause, &a.expense).cmp(&(&b.cause, &b.expense)));
    if planned.is_held() {
        planned.vendors_first.clear();
    }
    if planned.is_held() || !planned.vendors_first.is_empty() {
        planned.steps.clear();
    }
}
