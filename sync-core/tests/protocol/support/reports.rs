//! Reports that are more than the samples: of two kinds, of somebody new, not to be mapped.

use sync_core::model::ExpenseReport;
use sync_core::testing::samples;

/// A report with a reimbursable and a company-paid expense: a bill and a FreshBooks expense.
pub(crate) fn mixed_report(id: &str) -> ExpenseReport {
    let mut report = samples::report(id, &[1250, 3000]);
    report.expenses[1].reimbursable = false;
    report
}

/// The report, of an employee who is no vendor yet.
pub(crate) fn of_new_person(mut report: ExpenseReport) -> ExpenseReport {
    "new@example.test".clone_into(&mut report.employee.email);
    report.employee.name = Some("New Person".to_owned());
    report
}

/// The report, of whose first expense the category is not to be found.
pub(crate) fn unmapped(mut report: ExpenseReport) -> ExpenseReport {
    report.expenses[0].category = Some("Travel".to_owned());
    report.expenses[0].category_gl_code = None;
    report
}
