//! The hash of source content alone.

use crate::model::{Expense, ExpenseId, ExpenseReport, Fingerprint, FingerprintWriter};

/// Hash of the employee and of these expenses: what Expensify says, whatever the mapping makes of it.
///
/// The expenses count as a set, since Expensify may list them in another order next time. The employee is known by
/// Expensify's account id where there is one: a changed login must not make every written bill look changed.
pub(super) fn source_of_expenses(report: &ExpenseReport, expenses: &mut [&Expense]) -> Fingerprint {
    expenses.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    let mut w = FingerprintWriter::new("step-source/v1");
    match &report.employee.account_id {
        Some(account) => w.flag(true).text(account),
        None => w
            .flag(false)
            .text(&report.employee.email.trim().to_lowercase()),
    };
    w.number(u64::try_from(expenses.len()).unwrap_or(u64::MAX));
    for expense in expenses {
        w.bytes(expense.fingerprint().as_bytes());
    }
    w.finish()
}

/// The same for the expenses of an entry as the report holds them now. `None` when it holds none of them any more.
pub(crate) fn source_of(report: &ExpenseReport, ids: &[ExpenseId]) -> Option<Fingerprint> {
    let mut present: Vec<_> = report
        .expenses
        .iter()
        .filter(|expense| ids.contains(&expense.id))
        .collect();
    if present.is_empty() {
        None
    } else {
        Some(source_of_expenses(report, &mut present))
    }
}
