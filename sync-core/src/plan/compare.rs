//! What differs between a draft and a record that carries its mark.

use std::fmt;

use super::RecordDifference;
use crate::model::{
    BillDraft, Draft, ExpenseDraft, LedgerRecord, Money, ObservedLine, RecordStatus,
};

/// Compares a draft with a record as the ledger shows it. What the ledger's answer leaves out is not a difference;
/// amounts are compared by value, so `125` and `125.00` are equal. An empty list means: the record is what was planned.
pub fn differences(draft: &Draft, record: &LedgerRecord) -> Vec<RecordDifference> {
    let mut found = Found(Vec::new());
    if draft.kind() != record.kind {
        found.add("kind", &draft.kind().as_str(), &record.kind.as_str());
        return found.0;
    }
    if record.status == RecordStatus::Deleted {
        found.add("deleted", &"no", &"yes");
    }
    if let (Some(planned), Some(observed)) = (draft.total(), record.total) {
        found.amounts("total", planned, observed);
        if planned.currency() != observed.currency() {
            found.add("currency", &planned.currency(), &observed.currency());
        }
    }
    found.compare("date", draft.date(), record.date);
    match draft {
        Draft::Bill(bill) => compare_bill(bill, record, &mut found),
        Draft::Expense(expense) => compare_expense(expense, record, &mut found),
        // The name of a vendor is a person's to change.
        Draft::Vendor(_) => {}
    }
    found.0
}

fn compare_bill(bill: &BillDraft, record: &LedgerRecord, found: &mut Found) {
    found.compare("vendor", Some(bill.vendor), record.vendor);
    if record.lines.is_empty() {
        return;
    }
    if bill.lines.len() != record.lines.len() {
        found.add("lines", &bill.lines.len(), &record.lines.len());
        return;
    }
    for (position, (planned, observed)) in bill.lines.iter().zip(&record.lines).enumerate() {
        let ObservedLine { category, net } = observed;
        let number = position + 1;
        found.compare(
            &format!("category of line {number}"),
            Some(planned.category),
            *category,
        );
        found.amounts(&format!("amount of line {number}"), planned.net, *net);
    }
}

fn compare_expense(expense: &ExpenseDraft, record: &LedgerRecord, found: &mut Found) {
    found.compare("category", Some(expense.category), record.category);
}

struct Found(Vec<RecordDifference>);

impl Found {
    fn add(&mut self, field: &str, planned: &dyn fmt::Display, observed: &dyn fmt::Display) {
        self.0.push(RecordDifference {
            field: field.to_owned(),
            planned: planned.to_string(),
            observed: observed.to_string(),
        });
    }

    fn compare<T: PartialEq + fmt::Display>(
        &mut self,
        field: &str,
        planned: Option<T>,
        observed: Option<T>,
    ) {
        if let (Some(planned), Some(observed)) = (planned, observed)
            && planned != observed
        {
            self.add(field, &planned, &observed);
        }
    }

    /// Amounts only: another currency is a difference of its own.
    fn amounts(&mut self, field: &str, planned: Money, observed: Money) {
        if planned.amount() != observed.amount() {
            self.add(field, &planned, &observed);
        }
    }
}
