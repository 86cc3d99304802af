//! What is to be written: drafts of bills, expenses and vendors.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    CategoryId, ClientId, Currency, Fingerprint, FingerprintWriter, Marker, Money, ProjectId,
    StaffId, VendorId,
};

/// The kinds of record the sync writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RecordKind {
    /// What the business owes a vendor.
    Bill,
    /// What the business has already paid.
    Expense,
    /// Whom it owes.
    Vendor,
}

impl RecordKind {
    /// The word used for people and in stored records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bill => "bill",
            Self::Expense => "expense",
            Self::Vendor => "vendor",
        }
    }
}

/// A tax as FreshBooks names it on a line: by name and percent, not by id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxRate {
    /// Name of the tax in FreshBooks.
    pub name: String,
    /// Percent: 20 means 20 %.
    pub percent: Decimal,
}

/// One line of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillLine {
    /// Expense category charged.
    pub category: CategoryId,
    /// What people read; carries the marker on the first line.
    pub description: String,
    /// Amount before tax: FreshBooks adds taxes on top of bill lines. Quantity is always one.
    pub net: Money,
    /// Tax added on top.
    pub tax: Option<TaxRate>,
}

/// A bill to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillDraft {
    /// Found again by this; written as the bill number.
    pub marker: Marker,
    /// To whom it is owed.
    pub vendor: VendorId,
    /// Date of issue.
    pub issued_on: NaiveDate,
    /// Days until it is due, from `issued_on`.
    pub due_days: u32,
    /// Currency of every line.
    pub currency: Currency,
    /// The lines, at least one.
    pub lines: Vec<BillLine>,
    /// Total with tax that FreshBooks must answer, to the cent.
    pub total: Money,
}

/// An expense to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpenseDraft {
    /// Found again by this; written at the end of the notes.
    pub marker: Marker,
    /// Amount with tax inside: FreshBooks expenses are tax-inclusive.
    pub amount: Money,
    /// Expense category charged.
    pub category: CategoryId,
    /// The staff member FreshBooks wants named.
    pub staff: StaffId,
    /// Date of the expense.
    pub date: NaiveDate,
    /// Merchant, as free text.
    pub vendor: String,
    /// What people read; ends with the marker.
    pub notes: String,
    /// Project charged.
    pub project: Option<ProjectId>,
    /// Client charged.
    pub client: Option<ClientId>,
    /// To be charged on.
    pub billable: bool,
    /// Tax inside the amount.
    pub tax: Option<TaxRate>,
}

/// A vendor to create for an employee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendorDraft {
    /// Found again by this; written as the vendor's account number.
    pub marker: Marker,
    /// Name shown.
    pub name: String,
    /// Contact e-mail: the vendor ladder finds the vendor by it from then on.
    pub email: String,
    /// Currency of its bills.
    pub currency: Currency,
}

/// A record to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Draft {
    /// A bill.
    Bill(BillDraft),
    /// An expense.
    Expense(ExpenseDraft),
    /// A vendor.
    Vendor(VendorDraft),
}

impl Draft {
    /// Which kind of record it becomes.
    pub const fn kind(&self) -> RecordKind {
        match self {
            Self::Bill(_) => RecordKind::Bill,
            Self::Expense(_) => RecordKind::Expense,
            Self::Vendor(_) => RecordKind::Vendor,
        }
    }

    /// Our mark on it.
    pub const fn marker(&self) -> &Marker {
        match self {
            Self::Bill(bill) => &bill.marker,
            Self::Expense(expense) => &expense.marker,
            Self::Vendor(vendor) => &vendor.marker,
        }
    }

    /// What it adds to the books, tax included; a vendor adds nothing.
    pub fn total(&self) -> Option<Money> {
        match self {
            Self::Bill(bill) => Some(bill.total),
            Self::Expense(expense) => Some(expense.amount),
            Self::Vendor(_) => None,
        }
    }

    /// The accounting date; a vendor has none.
    pub fn date(&self) -> Option<NaiveDate> {
        match self {
            Self::Bill(bill) => Some(bill.issued_on),
            Self::Expense(expense) => Some(expense.date),
            Self::Vendor(_) => None,
        }
    }

    /// Hash of everything that would be sent: tells "same again" from "changed since".
    pub fn fingerprint(&self) -> Fingerprint {
        let mut w = FingerprintWriter::new("draft/v1");
        w.text(self.kind().as_str()).text(self.marker().as_str());
        match self {
            Self::Bill(bill) => write_bill(&mut w, bill),
            Self::Expense(expense) => write_expense(&mut w, expense),
            Self::Vendor(vendor) => {
                w.text(&vendor.name)
                    .text(&vendor.email)
                    .text(vendor.currency.as_str());
            }
        }
        w.finish()
    }
}

fn write_bill(w: &mut FingerprintWriter, bill: &BillDraft) {
    w.number(bill.vendor.get())
        .text(&bill.issued_on.to_string())
        .number(u64::from(bill.due_days));
    w.text(bill.currency.as_str())
        .text(&bill.total.to_plain_string());
    w.number(u64::try_from(bill.lines.len()).unwrap_or(u64::MAX));
    for line in &bill.lines {
        w.number(line.category.get())
            .text(&line.description)
            .text(&line.net.to_plain_string());
        write_tax(w, line.tax.as_ref());
    }
}

fn write_expense(w: &mut FingerprintWriter, expense: &ExpenseDraft) {
    w.text(&expense.amount.to_string())
        .number(expense.category.get())
        .number(expense.staff.get());
    w.text(&expense.date.to_string())
        .text(&expense.vendor)
        .text(&expense.notes);
    w.number(expense.project.map_or(0, ProjectId::get))
        .number(expense.client.map_or(0, ClientId::get));
    w.flag(expense.billable);
    write_tax(w, expense.tax.as_ref());
}

fn write_tax(w: &mut FingerprintWriter, tax: Option<&TaxRate>) {
    match tax {
        None => w.flag(false),
        Some(tax) => w
            .flag(true)
            .text(&tax.name)
            .text(&tax.percent.normalize().to_string()),
    };
}
