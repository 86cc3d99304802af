//! What would have to change in a written record, field by field.

use std::fmt;

use super::OutboxEntry;
use crate::model::{BillDraft, Draft, ExpenseDraft, ExpenseReport, Money};
use crate::plan::{RecordDifference, Step};

/// Compares what was written with what is planned now. Without a step (the report is held) only the amount can be
/// compared: the sum of the entry's expenses as the report holds them now.
///
/// In each difference `observed` is what was written, `planned` what it should become.
pub(super) fn corrections(
    entry: &OutboxEntry,
    step: Option<&Step>,
    report: &ExpenseReport,
) -> Vec<RecordDifference> {
    let mut found = Found(Vec::new());
    match step.map(|step| (&entry.step.draft, &step.draft)) {
        Some((Draft::Bill(written), Draft::Bill(wanted))) => {
            compare_bills(written, wanted, &mut found);
        }
        Some((Draft::Expense(written), Draft::Expense(wanted))) => {
            compare_expenses(written, wanted, &mut found);
        }
        Some((written, wanted)) => {
            found.compare("kind", &written.kind().as_str(), &wanted.kind().as_str());
        }
        None => compare_amount(entry, report, &mut found),
    }
    found.0
}

fn compare_bills(written: &BillDraft, wanted: &BillDraft, found: &mut Found) {
    found.compare("total", &written.total, &wanted.total);
    found.compare("vendor", &written.vendor, &wanted.vendor);
    found.compare("date", &written.issued_on, &wanted.issued_on);
    found.compare("lines", &written.lines.len(), &wanted.lines.len());
    for (position, (old, new)) in written.lines.iter().zip(&wanted.lines).enumerate() {
        let number = position + 1;
        found.compare(
            &format!("category of line {number}"),
            &old.category,
            &new.category,
        );
        found.compare(&format!("amount of line {number}"), &old.net, &new.net);
        found.compare(
            &format!("description of line {number}"),
            &old.description,
            &new.description,
        );
    }
}

fn compare_expenses(written: &ExpenseDraft, wanted: &ExpenseDraft, found: &mut Found) {
    found.compare("total", &written.amount, &wanted.amount);
    found.compare("merchant", &written.vendor, &wanted.vendor);
    found.compare("date", &written.date, &wanted.date);
    found.compare("category", &written.category, &wanted.category);
    found.compare("notes", &written.notes, &wanted.notes);
}

fn compare_amount(entry: &OutboxEntry, report: &ExpenseReport, found: &mut Found) {
    let Some(written) = entry.step.amount else {
        return;
    };
    let amounts = report
        .expenses
        .iter()
        .filter(|expense| entry.step.expenses.contains(&expense.id))
        .map(|expense| expense.report_amount.unwrap_or(expense.amount));
    if let Ok(wanted) = Money::sum(report.currency, amounts) {
        found.compare("total", &written, &wanted);
    }
}

struct Found(Vec<RecordDifference>);

impl Found {
    fn compare<T: PartialEq + fmt::Display>(&mut self, field: &str, written: &T, wanted: &T) {
        if written != wanted {
            self.0.push(RecordDifference {
                field: field.to_owned(),
                planned: wanted.to_string(),
                observed: written.to_string(),
            });
        }
    }
}
