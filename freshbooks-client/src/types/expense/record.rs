//! Expenses as FreshBooks shows them.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{ExpenseFilter, ExpenseInclude, ExpenseUpdate, NewExpense};
use crate::resource::sealed::Sealed;
use crate::resource::{
    Create, Family, Get, GetWith, List, Resource, Shape, SoftDelete, Update, operations,
};
use crate::wire::{
    AccountId, CategoryId, ClientId, ExpenseId, Money, ProjectId, StaffId, Timestamp, VisState,
    date, eastern, flag, open_number_enum, optional, optional_decimal, optional_id, optional_text,
};

/// An expense as FreshBooks shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Wire")]
#[expect(clippy::struct_excessive_bools, reason = "FreshBooks' own flags")]
#[non_exhaustive]
pub struct Expense {
    /// Its identifier.
    pub id: ExpenseId,
    /// What was spent, tax included.
    pub amount: Money,
    /// Its category.
    pub category_id: Option<CategoryId>,
    /// Who spent it.
    pub staff_id: Option<StaffId>,
    /// When it was spent.
    pub date: NaiveDate,
    /// Where it was spent: free text, unrelated to bill vendors.
    pub vendor: Option<String>,
    /// Notes, the only free text a mark can live in.
    pub notes: Option<String>,
    /// The client it is for.
    pub client_id: Option<ClientId>,
    /// The project it is for, by its old id.
    pub project_id: Option<ProjectId>,
    /// The project it is for, by the id the project list shows.
    pub modern_project_id: Option<ProjectId>,
    /// The invoice it was billed on.
    pub invoice_id: Option<u64>,
    /// Whether it is to be billed to the client.
    pub billable: bool,
    /// What is added when it is billed, in percent.
    pub markup_percent: Option<Decimal>,
    /// First tax inside the amount.
    pub tax1: Option<ExpenseTax>,
    /// Second tax inside the amount.
    pub tax2: Option<ExpenseTax>,
    /// Whether the second tax is on top of the first.
    pub compounded_tax: bool,
    /// Whether FreshBooks says it has a receipt; an attachment does not always set it.
    pub has_receipt: bool,
    /// The attached file; only when asked for by include.
    pub attachment: Option<ExpenseAttachment>,
    /// Where it stands between being entered and being recouped.
    pub status: Option<ExpenseStatus>,
    /// Set by FreshBooks on every member of a set of equal expenses. It refuses none of them.
    pub is_duplicate: bool,
    /// Bank account, for imported expenses.
    pub account_name: Option<String>,
    /// Bank, for imported expenses.
    pub bank_name: Option<String>,
    /// Bank transaction, for imported expenses.
    pub transaction_id: Option<u64>,
    /// When it was changed last.
    pub updated: Option<Timestamp>,
    /// Live, deleted or archived; `None` if FreshBooks did not say.
    pub vis_state: Option<VisState>,
}

/// A tax inside an expense.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExpenseTax {
    /// Its name.
    pub name: Option<String>,
    /// Its percent.
    pub percent: Option<Decimal>,
    /// What it comes to.
    pub amount: Option<Money>,
}

/// A file that is attached to an expense, as the upload answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpenseAttachment {
    /// The upload's handle.
    pub jwt: String,
    /// Its MIME type.
    pub media_type: String,
}

open_number_enum! {
    /// Where an expense stands (documented).
    ExpenseStatus {
        /// Not billed to anyone.
        Internal = 0,
        /// To be billed.
        Outstanding = 1,
        /// Billed.
        Invoiced = 2,
        /// Billed and paid.
        Recouped = 4,
    }
}

#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "FreshBooks' own flags")]
struct Wire {
    // Also sent as `expenseid`, always with the same value.
    id: ExpenseId,
    amount: Money,
    #[serde(default, deserialize_with = "optional_id")]
    categoryid: Option<CategoryId>,
    #[serde(default, deserialize_with = "optional_id")]
    staffid: Option<StaffId>,
    #[serde(deserialize_with = "date")]
    date: NaiveDate,
    #[serde(default, deserialize_with = "optional_text")]
    vendor: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    notes: Option<String>,
    #[serde(default, deserialize_with = "optional_id")]
    clientid: Option<ClientId>,
    #[serde(default, deserialize_with = "optional_id")]
    projectid: Option<ProjectId>,
    #[serde(default, deserialize_with = "optional_id")]
    modern_projectid: Option<ProjectId>,
    #[serde(default, deserialize_with = "optional_id")]
    invoiceid: Option<u64>,
    #[serde(default, deserialize_with = "flag")]
    billable: bool,
    #[serde(default, deserialize_with = "optional_decimal")]
    markup_percent: Option<Decimal>,
    #[serde(default, rename = "taxName1", deserialize_with = "optional_text")]
    tax_name1: Option<String>,
    #[serde(default, rename = "taxPercent1", deserialize_with = "optional_decimal")]
    tax_percent1: Option<Decimal>,
    #[serde(default, rename = "taxAmount1")]
    tax_amount1: Option<Money>,
    #[serde(default, rename = "taxName2", deserialize_with = "optional_text")]
    tax_name2: Option<String>,
    #[serde(default, rename = "taxPercent2", deserialize_with = "optional_decimal")]
    tax_percent2: Option<Decimal>,
    #[serde(default, rename = "taxAmount2")]
    tax_amount2: Option<Money>,
    #[serde(default, deserialize_with = "flag")]
    compounded_tax: bool,
    #[serde(default, deserialize_with = "flag")]
    has_receipt: bool,
    #[serde(default)]
    attachment: Option<ExpenseAttachment>,
    #[serde(default, deserialize_with = "optional")]
    status: Option<ExpenseStatus>,
    #[serde(default, deserialize_with = "flag")]
    isduplicate: bool,
    #[serde(default, deserialize_with = "optional_text")]
    account_name: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    bank_name: Option<String>,
    #[serde(default, deserialize_with = "optional_id")]
    transactionid: Option<u64>,
    #[serde(default, deserialize_with = "eastern")]
    updated: Option<Timestamp>,
    #[serde(default, deserialize_with = "optional")]
    vis_state: Option<VisState>,
}

impl From<Wire> for Expense {
    fn from(wire: Wire) -> Self {
        Self {
            id: wire.id,
            amount: wire.amount,
            category_id: wire.categoryid,
            staff_id: wire.staffid,
            date: wire.date,
            vendor: wire.vendor,
            notes: wire.notes,
            client_id: wire.clientid,
            project_id: wire.projectid,
            modern_project_id: wire.modern_projectid,
            invoice_id: wire.invoiceid,
            billable: wire.billable,
            markup_percent: wire.markup_percent,
            tax1: tax(wire.tax_name1, wire.tax_percent1, wire.tax_amount1),
            tax2: tax(wire.tax_name2, wire.tax_percent2, wire.tax_amount2),
            compounded_tax: wire.compounded_tax,
            has_receipt: wire.has_receipt,
            attachment: wire.attachment,
            status: wire.status,
            is_duplicate: wire.isduplicate,
            account_name: wire.account_name,
            bank_name: wire.bank_name,
            transaction_id: wire.transactionid,
            updated: wire.updated,
            vis_state: wire.vis_state,
        }
    }
}

fn tax(
    name: Option<String>,
    percent: Option<Decimal>,
    amount: Option<Money>,
) -> Option<ExpenseTax> {
    if name.is_none() && percent.is_none() && amount.is_none() {
        return None;
    }
    Some(ExpenseTax {
        name,
        percent,
        amount,
    })
}

impl Sealed for Expense {}
impl Resource for Expense {
    type Id = ExpenseId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "expenses/expenses",
        "expense",
        &["expenses"],
        operations!("expense"),
    );

    fn id(&self) -> ExpenseId {
        self.id
    }
}
impl List for Expense {
    type Filter = ExpenseFilter;
}
impl Get for Expense {}
impl Create for Expense {
    type New = NewExpense;
}
impl Update for Expense {
    type Update = ExpenseUpdate;
}
impl GetWith for Expense {
    type Include = ExpenseInclude;
}
impl SoftDelete for Expense {}
