//! What a person orders done to a written record, and what would have to change in it, field by field.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::OutboxEntry;
use crate::model::{BillDraft, Draft, ExpenseDraft, ExpenseReport, LedgerRecord, Money, RecordId};
use crate::plan::{RecordDifference, Step};

/// What a person ordered done to a written record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// What.
    pub change: RecordChange,
}

/// The ways a written record is changed. There is no way to write the replacement of a record that is not voided yet:
/// it is planned only once the entry is [`Voided`](super::EntryState::Voided).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecordChange {
    /// The record becomes what this step says; same key.
    Update(Box<Step>),
    /// The record is deleted, reversibly. What the report still holds of it is then planned again.
    Void,
    /// The record stays, and copies of it that carry its mark are deleted, reversibly, one after the other.
    KeepOne(Box<Copies>),
}

/// What a person ordered about records that carry one mark. Only copies that were there when it was ordered are voided: what
/// turns up later is for a person again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copies {
    /// The copy that is being voided.
    pub voiding: RecordId,
    /// Those still to be voided after it.
    pub then: Vec<RecordId>,
    /// How the kept record differs from what was planned, where the person said to keep it so.
    pub left: Vec<RecordDifference>,
}

/// How far an ordered correction has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CorrectionStage {
    /// Nothing of it is on the wire.
    Ordered,
    /// The intent is durable; the request may be on the wire.
    Sending {
        /// The lease it was begun under.
        fence: u64,
        /// When.
        since: DateTime<Utc>,
    },
    /// Sent, outcome not known. The record itself tells, since the same change twice is the same as once.
    Unknown {
        /// When the outcome became unknown: the quiet time runs from here.
        since: DateTime<Utc>,
    },
    /// The ledger says that it is done; not read back yet.
    Applied {
        /// When it said so.
        at: DateTime<Utc>,
    },
}

/// Proof that no record under an entry's mark counts any more. Only a complete listing gives it, and only the engine makes
/// one; without it no entry becomes [`Voided`](super::EntryState::Voided), and nothing is written in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoidProof {
    record: Option<RecordId>,
}

impl VoidProof {
    /// After a complete listing that showed no record under the mark that counts; `record` is the voided one, if it is
    /// known.
    pub(crate) const fn of_complete_listing(record: Option<RecordId>) -> Self {
        Self { record }
    }

    /// The voided record.
    pub const fn record(&self) -> Option<RecordId> {
        self.record
    }
}

impl RecordChange {
    /// The word for people and the audit trail.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Update(_) => "update",
            Self::Void => "void",
            Self::KeepOne(_) => "keep",
        }
    }

    /// The record that its next request is about, where `record` is the one it was ordered for.
    pub const fn target(&self, record: RecordId) -> RecordId {
        match self {
            Self::Update(_) | Self::Void => record,
            Self::KeepOne(copies) => copies.voiding,
        }
    }
}

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
    if let (Some(written), Some(wanted)) = (entry.step.amount, amount_now(entry, None, report)) {
        found.compare("total", &written, &wanted);
    }
}

/// What an entry would come to by the report as it is: nothing once it is not approved.
pub(crate) fn amount_now(
    entry: &OutboxEntry,
    step: Option<&Step>,
    report: &ExpenseReport,
) -> Option<Money> {
    if !report.state.is_approved() {
        return Some(Money::zero(report.currency));
    }
    let amounts = report
        .expenses
        .iter()
        .filter(|expense| entry.step.expenses.contains(&expense.id))
        .map(|expense| expense.report_amount.unwrap_or(expense.amount));
    match step {
        Some(step) => step.amount,
        None => Money::sum(report.currency, amounts).ok(),
    }
}

/// What a partial update cannot make of a record as it is; then it has to be voided and written anew.
pub(crate) fn not_updatable(
    written: &Draft,
    wanted: &Draft,
    record: &LedgerRecord,
) -> Option<&'static str> {
    match (written, wanted) {
        (Draft::Bill(old), Draft::Bill(new)) => {
            if record.vendor.unwrap_or(old.vendor) != new.vendor {
                Some("the vendor of a bill")
            } else if old.currency != new.currency {
                Some("the currency of a bill")
            } else {
                None
            }
        }
        // What is not sent stays, so nothing can be taken off a record.
        (Draft::Expense(old), Draft::Expense(new)) => {
            if old.tax.is_some() && new.tax.is_none() {
                Some("the tax off an expense")
            } else if old.project.is_some() && new.project.is_none() {
                Some("the project off an expense")
            } else if old.client.is_some() && new.client.is_none() {
                Some("the client off an expense")
            } else {
                None
            }
        }
        (Draft::Vendor(_), Draft::Vendor(_)) => Some("a vendor"),
        (Draft::Bill(_) | Draft::Expense(_) | Draft::Vendor(_), _) => Some("the kind of a record"),
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

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::model::{
        CategoryId, ClientId, Currency, LedgerRecord, Payment, ProjectId, RecordKind, RecordStatus,
        TaxRate, VendorId,
    };
    use crate::testing::samples;

    fn record(vendor: Option<u64>) -> LedgerRecord {
        LedgerRecord {
            kind: RecordKind::Bill,
            id: RecordId::new(9),
            markers: std::collections::BTreeSet::new(),
            status: RecordStatus::Active,
            total: None,
            date: None,
            vendor: vendor.map(VendorId::new),
            category: None,
            lines: Vec::new(),
            payment: Payment::Nothing,
        }
    }

    fn drafts() -> (BillDraft, ExpenseDraft, Draft) {
        let report = samples::report("R00A", &[1250]);
        let (Draft::Bill(bill), Draft::Expense(expense)) = (
            samples::bill_step(&report).draft,
            samples::expense_step(&report, &report.expenses[0]).draft,
        ) else {
            panic!("samples are of their kinds")
        };
        (bill, expense, samples::vendor_step(&report).draft)
    }

    #[test]
    fn a_bill_changes_in_place_unless_it_is_owed_to_another_or_in_another_currency() {
        let (bill, ..) = drafts();
        let of = |vendor, currency: &str| {
            Draft::Bill(BillDraft {
                vendor: VendorId::new(vendor),
                currency: Currency::parse(currency).unwrap(),
                ..bill.clone()
            })
        };
        let told = |shown, wanted| not_updatable(&of(31, "USD"), &wanted, &record(shown));
        assert_eq!(told(Some(31), of(31, "USD")), None);
        assert_eq!(told(None, of(31, "USD")), None);
        assert_eq!(told(None, of(32, "USD")), Some("the vendor of a bill"));
        // What counts is whom the record shows, not whom we wrote.
        assert_eq!(told(Some(32), of(32, "USD")), None);
        assert_eq!(told(Some(32), of(31, "USD")), Some("the vendor of a bill"));
        assert_eq!(
            told(Some(31), of(31, "EUR")),
            Some("the currency of a bill")
        );
    }

    #[test]
    fn nothing_can_be_taken_off_an_expense_in_place_but_much_can_be_put_on() {
        let (_, bare, _) = drafts();
        let tax = ExpenseDraft {
            tax: Some(TaxRate {
                name: "VAT".to_owned(),
                percent: Decimal::from(20),
            }),
            ..bare.clone()
        };
        let project = ExpenseDraft {
            project: Some(ProjectId::new(70)),
            ..bare.clone()
        };
        let client = ExpenseDraft {
            client: Some(ClientId::new(80)),
            ..bare.clone()
        };
        for (with, what) in [
            (tax, "the tax off an expense"),
            (project, "the project off an expense"),
            (client, "the client off an expense"),
        ] {
            let (with, bare) = (Draft::Expense(with), Draft::Expense(bare.clone()));
            let told = |written, wanted| not_updatable(written, wanted, &record(None));
            assert_eq!(told(&with, &bare), Some(what));
            assert_eq!(told(&bare, &with), None);
            assert_eq!(told(&with, &with), None);
        }
    }

    #[test]
    fn every_field_of_an_expense_that_changed_is_named_and_of_a_held_report_the_sum() {
        let report = samples::report("R00A", &[1250]);
        let step = samples::expense_step(&report, &report.expenses[0]);
        let entry = OutboxEntry::planned(report.id.clone(), step.clone(), samples::start());
        let mut changed = step.clone();
        if let Draft::Expense(expense) = &mut changed.draft {
            expense.amount = samples::usd(1300);
            "Other Cafe".clone_into(&mut expense.vendor);
            expense.date = expense.date.succ_opt().unwrap();
            expense.category = CategoryId::new(8);
            "Dinner".clone_into(&mut expense.notes);
        }
        let fields = |found: Vec<RecordDifference>| -> Vec<String> {
            found.into_iter().map(|one| one.field).collect()
        };
        assert_eq!(
            fields(corrections(&entry, Some(&changed), &report)),
            ["total", "merchant", "date", "category", "notes"]
        );
        assert!(corrections(&entry, Some(&step), &report).is_empty());
        assert!(corrections(&entry, None, &report).is_empty());
        let more = samples::report("R00A", &[1300]);
        let found = corrections(&entry, None, &more);
        let told = [&found[0].field, &found[0].observed, &found[0].planned];
        assert_eq!(told, ["total", "12.50 USD", "13.00 USD"]);
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn a_vendor_is_never_corrected_and_a_record_never_becomes_one_of_another_kind() {
        let (bill, expense, vendor) = drafts();
        let (bill, expense) = (Draft::Bill(bill), Draft::Expense(expense));
        assert_eq!(
            not_updatable(&vendor, &vendor, &record(None)),
            Some("a vendor")
        );
        for (written, wanted) in [(&bill, &expense), (&expense, &bill), (&vendor, &bill)] {
            assert_eq!(
                not_updatable(written, wanted, &record(None)),
                Some("the kind of a record")
            );
        }
    }

    #[test]
    fn a_step_that_becomes_one_of_another_kind_is_named_as_that() {
        let report = samples::report("R00A", &[1250]);
        let entry = OutboxEntry::planned(
            report.id.clone(),
            samples::bill_step(&report),
            samples::start(),
        );
        let wanted = samples::expense_step(&report, &report.expenses[0]);
        let found = corrections(&entry, Some(&wanted), &report);
        let told: Vec<_> = found
            .iter()
            .map(|found| [&found.field, &found.observed, &found.planned])
            .collect();
        assert_eq!(told, [["kind", "bill", "expense"]]);
    }
}
