//! What employees claim: expense reports and expenses, with effective values already chosen.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Currency, ExpenseId, Fingerprint, FingerprintWriter, Money, ReportId, WorkspaceId};

/// Where a report stands in Expensify. Words we do not know are kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ReportState {
    /// Still being written.
    Open,
    /// Handed in, not approved.
    Submitted,
    /// Approved.
    Approved,
    /// Approved and paid.
    Reimbursed,
    /// Closed: done without reimbursement, or in a workspace without approval.
    Closed,
    /// Expensify shows it no longer, which is all it says of a report that was deleted. No export says this: it is
    /// concluded from several that did not have it.
    Vanished,
    /// A word this version does not know.
    Other(String),
}

impl ReportState {
    /// Whether such a report belongs in the books. An unknown state does not: nothing unproven is posted.
    pub fn is_approved(&self) -> bool {
        matches!(self, Self::Approved | Self::Reimbursed | Self::Closed)
    }

    /// The word used for people.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Open => "open",
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::Reimbursed => "reimbursed",
            Self::Closed => "closed",
            Self::Vanished => "no longer shown",
            Self::Other(word) => word,
        }
    }
}

/// The person a report belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Employee {
    /// E-mail address as Expensify has it now; it may change when the login changes.
    pub email: String,
    /// Expensify's account id, which stays the same when the e-mail changes.
    pub account_id: Option<String>,
    /// Full name, if the person gave one.
    pub name: Option<String>,
    /// The workspace's first custom field, often an employee number.
    pub custom_field_1: Option<String>,
    /// The workspace's second custom field, often a payroll number.
    pub custom_field_2: Option<String>,
}

/// An approved claim of one employee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpenseReport {
    /// Expensify's id.
    pub id: ReportId,
    /// Title as the employee wrote it: not unique, may be empty.
    pub name: String,
    /// Workspace it was filed in.
    pub workspace: WorkspaceId,
    /// Where it stands.
    pub state: ReportState,
    /// The workspace's currency: totals and converted amounts are in it.
    pub currency: Currency,
    /// Total as Expensify states it, in `currency`.
    pub total: Option<Money>,
    /// Whose report it is.
    pub employee: Employee,
    /// Day it was submitted, as Expensify writes it (zone unstated, never shifted).
    pub submitted_on: Option<NaiveDate>,
    /// Day it was approved, likewise.
    pub approved_on: Option<NaiveDate>,
    /// The expenses, in Expensify's order.
    pub expenses: Vec<Expense>,
}

/// Which of Expensify's fields an effective value was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FieldOrigin {
    /// The field as first entered: `merchant`, `created`, `amount`.
    Original,
    /// The field as edited: `modifiedMerchant`, `modifiedCreated`, `modifiedAmount`.
    Modified,
    /// `convertedAmount`.
    Converted,
}

/// Where the effective values of an expense came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origins {
    /// Of the merchant.
    pub merchant: FieldOrigin,
    /// Of the date.
    pub date: FieldOrigin,
    /// Of the amount in the report's currency.
    pub amount: FieldOrigin,
}

/// One level of an expense's tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagLevel {
    /// The tag's name at this level; empty when the level was left out.
    pub name: String,
    /// The GL code at this level.
    pub gl_code: Option<String>,
}

/// The card or bank feed an expense was imported from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Feed name as Expensify has it, for example `American Express`.
    pub bank: String,
    /// Name of the card (undocumented field, often absent).
    pub name: Option<String>,
    /// Masked number (undocumented field, often absent).
    pub number: Option<String>,
}

/// Tax as Expensify recorded it inside an expense's amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpenseTax {
    /// Tax part of the amount, in the report's currency where Expensify gave it so.
    pub amount: Money,
    /// The rate's name in the workspace.
    pub rate_name: Option<String>,
    /// The rate's external code.
    pub code: Option<String>,
}

/// A receipt's reference; its bytes cannot be fetched by API (reference 3.17).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Expensify's receipt id.
    pub id: Option<String>,
    /// Original filename.
    pub filename: Option<String>,
    /// Page a signed-in person can open.
    pub url: Option<String>,
}

/// One expense with its effective values (reference 4.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expense {
    /// Expensify's transaction id.
    pub id: ExpenseId,
    /// Effective merchant; empty when none was given.
    pub merchant: String,
    /// Effective calendar date; absent when Expensify's text was no date.
    pub date: Option<NaiveDate>,
    /// Effective amount in the currency it was spent in. Spend is positive, refunds are negative.
    pub amount: Money,
    /// The same in the report's currency; absent when Expensify gave no conversion for a foreign expense.
    pub report_amount: Option<Money>,
    /// Category name, `Parent:Child` for nested ones; absent when uncategorised.
    pub category: Option<String>,
    /// GL code of the category.
    pub category_gl_code: Option<String>,
    /// Tag levels from the first on.
    pub tags: Vec<TagLevel>,
    /// What the employee wrote.
    pub comment: String,
    /// True: owed to the employee. False: the company paid.
    pub reimbursable: bool,
    /// To be charged on to a client.
    pub billable: bool,
    /// Where it was imported from; absent for cash.
    pub card: Option<Card>,
    /// Tax inside the amount.
    pub tax: Option<ExpenseTax>,
    /// The receipt's reference.
    pub receipt: Option<Receipt>,
    /// Where the effective values came from.
    pub origins: Origins,
}

impl ExpenseReport {
    /// Hash of everything that decides what is posted: employee, currency, total, each expense, and whether it is approved.
    /// The title, the dates and which approved state it is in are left out: being paid or renamed is not a change.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut w = FingerprintWriter::new("report/v1");
        w.text(self.id.as_str())
            .text(self.workspace.as_str())
            .text(self.currency.as_str());
        write_money(&mut w, self.total);
        w.text(&self.employee.email).flag(self.state.is_approved());
        w.number(u64::try_from(self.expenses.len()).unwrap_or(u64::MAX));
        for expense in &self.expenses {
            expense.write(&mut w);
        }
        w.finish()
    }
}

impl Expense {
    /// Hash of everything about this expense that decides what is posted.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut w = FingerprintWriter::new("expense/v1");
        self.write(&mut w);
        w.finish()
    }

    fn write(&self, w: &mut FingerprintWriter) {
        w.text(self.id.as_str()).text(&self.merchant);
        w.number(self.date.map_or(0, |date| {
            u64::from(chrono::Datelike::num_days_from_ce(&date).unsigned_abs())
        }));
        write_money(w, Some(self.amount));
        write_money(w, self.report_amount);
        write_text(w, self.category.as_deref());
        write_text(w, self.category_gl_code.as_deref());
        w.number(u64::try_from(self.tags.len()).unwrap_or(u64::MAX));
        for tag in &self.tags {
            w.text(&tag.name);
            write_text(w, tag.gl_code.as_deref());
        }
        w.text(&self.comment)
            .flag(self.reimbursable)
            .flag(self.billable);
        write_text(w, self.card.as_ref().map(|card| card.bank.as_str()));
        write_money(w, self.tax.as_ref().map(|tax| tax.amount));
        write_text(
            w,
            self.tax.as_ref().and_then(|tax| tax.rate_name.as_deref()),
        );
    }
}

fn write_text(w: &mut FingerprintWriter, text: Option<&str>) {
    match text {
        None => w.flag(false),
        Some(text) => w.flag(true).text(text),
    };
}

/// Amounts are hashed by value: 12.5 and 12.50 are the same money.
fn write_money(w: &mut FingerprintWriter, money: Option<Money>) {
    match money {
        None => w.flag(false),
        Some(money) => w
            .flag(true)
            .text(money.currency().as_str())
            .bytes(&money.amount().normalize().serialize()),
    };
}
