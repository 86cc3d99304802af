//! Amounts of a report: effective ones, their sum, and whether it is the total Expensify states.

use super::{Cause, Finding};
use crate::model::{Expense, ExpenseReport, FieldOrigin, Money};

/// An expense's amount in the report's currency, and the field it came from (reference 4.4). A foreign amount is never
/// taken for a domestic one.
pub(super) fn effective_amount(
    expense: &Expense,
    report: &ExpenseReport,
) -> Result<(Money, FieldOrigin), Cause> {
    let amount = expense.report_amount.unwrap_or(expense.amount);
    if amount.currency() == report.currency {
        Ok((amount, expense.origins.amount))
    } else {
        Err(Cause::NotConverted {
            spent: amount.currency(),
            report: report.currency,
        })
    }
}

/// The sum of the expenses in the report's currency; `None` when one has no such amount or the sum is beyond a decimal.
pub(crate) fn summed(report: &ExpenseReport) -> Option<Money> {
    report
        .expenses
        .iter()
        .try_fold(Money::zero(report.currency), |sum, expense| {
            sum.checked_add(effective_amount(expense, report).ok()?.0)
                .ok()
        })
}

/// Compares the expenses with the stated total. Whether Expensify's total always is that sum is UNVERIFIED (reference
/// 4.4), so a difference is not an error but a question for a person. Expenses without an amount in the report's
/// currency are findings already; then there is no sum to compare.
pub(super) fn check_total(report: &ExpenseReport, findings: &mut Vec<Finding>) {
    let convertible = report
        .expenses
        .iter()
        .all(|expense| effective_amount(expense, report).is_ok());
    let cause = match (summed(report), report.total) {
        (Some(summed), Some(stated)) if stated != summed => {
            Cause::TotalsDisagree { stated, summed }
        }
        (None, _) if convertible => Cause::Unreadable {
            why: "its amounts are too large to add".to_owned(),
        },
        (Some(_) | None, _) => return,
    };
    findings.push(Finding {
        cause,
        expense: None,
        amount: report.total,
    });
}
