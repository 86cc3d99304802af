//! Expenses: money already spent, with the tax inside the amount.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::Change;
use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{Create, Filter, Resource, Shape, SoftDelete, Update, shape};
use crate::wire::{
    CategoryId, ClientId, ExpenseId, Money, ProjectId, StaffId, Timestamp, VisState, date, eastern,
    flag, optional, optional_decimal, optional_id, optional_text,
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

/// Where an expense stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ExpenseStatus {
    /// 0: not billed to anyone.
    Internal,
    /// 1: to be billed.
    Outstanding,
    /// 2: billed.
    Invoiced,
    /// 4: billed and paid.
    Recouped,
    /// A number this version does not know.
    Other(i64),
}

impl std::str::FromStr for ExpenseStatus {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.parse()? {
            0 => Self::Internal,
            1 => Self::Outstanding,
            2 => Self::Invoiced,
            4 => Self::Recouped,
            other => Self::Other(other),
        })
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

/// An expense to create.
///
/// FreshBooks has no idempotency key: two equal requests make two expenses, marked as duplicates
/// but kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewExpense {
    amount: Money,
    #[serde(rename = "categoryid")]
    category_id: CategoryId,
    #[serde(rename = "staffid")]
    staff_id: StaffId,
    date: NaiveDate,
    #[serde(flatten)]
    rest: ExpenseUpdate,
}

impl NewExpense {
    /// With what FreshBooks requires. The amount includes tax.
    pub fn new(amount: Money, category_id: CategoryId, staff_id: StaffId, date: NaiveDate) -> Self {
        Self {
            amount,
            category_id,
            staff_id,
            date,
            rest: ExpenseUpdate::default(),
        }
    }

    /// Names where it was spent: free text.
    #[must_use]
    pub fn vendor(mut self, vendor: impl Into<String>) -> Self {
        self.rest.vendor = Change::Set(vendor.into());
        self
    }

    /// Adds notes. Longest text allowed is UNVERIFIED; another client cuts at 1000.
    #[must_use]
    pub fn notes(mut self, notes: impl Into<String>) -> Self {
        self.rest.notes = Some(notes.into());
        self
    }

    /// Ties it to a client.
    #[must_use]
    pub fn client(mut self, client_id: ClientId) -> Self {
        self.rest.client_id = Some(client_id);
        self
    }

    /// Ties it to a project of the project list. Whether the old `projectid` is needed as well is
    /// UNVERIFIED, so both keys are sent.
    #[must_use]
    pub fn project(mut self, project_id: ProjectId) -> Self {
        self.rest.project_id = Some(project_id);
        self.rest.modern_project_id = Some(project_id);
        self
    }

    /// Marks it as to be billed to the client.
    #[must_use]
    pub fn billable(mut self, billable: bool) -> Self {
        self.rest.billable = Some(billable);
        self
    }

    /// States the first tax inside the amount.
    #[must_use]
    pub fn tax1(mut self, tax: NewExpenseTax) -> Self {
        self.rest.tax1 = Some(tax);
        self
    }

    /// States the second tax inside the amount.
    #[must_use]
    pub fn tax2(mut self, tax: NewExpenseTax) -> Self {
        self.rest.tax2 = Some(tax);
        self
    }

    /// Attaches an uploaded file.
    #[must_use]
    pub fn attachment(mut self, attachment: ExpenseAttachment) -> Self {
        self.rest.attachment = Change::Set(attachment);
        self
    }
}

/// A tax to state on an expense: a name with either its percent or what it comes to. Which wins when
/// both are sent is UNVERIFIED, so both cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewExpenseTax {
    /// By percent; FreshBooks computes what is inside the amount.
    Percent {
        /// Its name.
        name: String,
        /// Its percent, such as 13.
        percent: Decimal,
    },
    /// By what it comes to.
    Amount {
        /// Its name.
        name: String,
        /// The tax inside the amount.
        amount: Money,
    },
}

/// Changes to an expense; what is not set stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExpenseUpdate {
    /// What was spent, tax included.
    pub amount: Option<Money>,
    /// Its category.
    pub category_id: Option<CategoryId>,
    /// Who spent it. FreshBooks refuses (403) another member's id for some users.
    pub staff_id: Option<StaffId>,
    /// When it was spent.
    pub date: Option<NaiveDate>,
    /// Where it was spent.
    pub vendor: Change<String>,
    /// Notes; the empty text clears them.
    pub notes: Option<String>,
    /// The client it is for.
    pub client_id: Option<ClientId>,
    /// The project it is for, by its old id.
    pub project_id: Option<ProjectId>,
    /// The project it is for.
    pub modern_project_id: Option<ProjectId>,
    /// Whether it is to be billed to the client.
    pub billable: Option<bool>,
    /// First tax inside the amount.
    pub tax1: Option<NewExpenseTax>,
    /// Second tax inside the amount.
    pub tax2: Option<NewExpenseTax>,
    /// The attached file.
    pub attachment: Change<ExpenseAttachment>,
}

// By hand, because the keys of a tax depend on its form, and expenses spell them in camel case
// where bill lines use snake case; the wrong spelling is dropped without a word.
impl Serialize for ExpenseUpdate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        entry(&mut map, "amount", self.amount.as_ref())?;
        entry(&mut map, "categoryid", self.category_id.as_ref())?;
        entry(&mut map, "staffid", self.staff_id.as_ref())?;
        entry(&mut map, "date", self.date.as_ref())?;
        if !self.vendor.is_keep() {
            map.serialize_entry("vendor", &self.vendor)?;
        }
        entry(&mut map, "notes", self.notes.as_ref())?;
        entry(&mut map, "clientid", self.client_id.as_ref())?;
        entry(&mut map, "projectid", self.project_id.as_ref())?;
        entry(
            &mut map,
            "modern_projectid",
            self.modern_project_id.as_ref(),
        )?;
        entry(&mut map, "billable", self.billable.as_ref())?;
        tax_entries(
            &mut map,
            ["taxName1", "taxPercent1", "taxAmount1"],
            self.tax1.as_ref(),
        )?;
        tax_entries(
            &mut map,
            ["taxName2", "taxPercent2", "taxAmount2"],
            self.tax2.as_ref(),
        )?;
        if !self.attachment.is_keep() {
            map.serialize_entry("attachment", &self.attachment)?;
        }
        map.end()
    }
}

fn entry<M: SerializeMap>(
    map: &mut M,
    key: &str,
    value: Option<&impl Serialize>,
) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(key, value))
}

fn tax_entries<M: SerializeMap>(
    map: &mut M,
    [name_key, percent_key, amount_key]: [&str; 3],
    tax: Option<&NewExpenseTax>,
) -> Result<(), M::Error> {
    match tax {
        None => Ok(()),
        Some(NewExpenseTax::Percent { name, percent }) => {
            map.serialize_entry(name_key, name)?;
            map.serialize_entry(percent_key, &format_args!("{percent}"))
        }
        Some(NewExpenseTax::Amount { name, amount }) => {
            map.serialize_entry(name_key, name)?;
            map.serialize_entry(amount_key, amount)
        }
    }
}

/// What the list of expenses can be narrowed by. All are documented; there is no filter on notes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ExpenseFilter {
    /// Spent on or after.
    pub date_min: Option<NaiveDate>,
    /// Spent before; whether the day itself counts is UNVERIFIED: ask for a day more and check.
    pub date_max: Option<NaiveDate>,
    /// At least this amount.
    pub amount_min: Option<Decimal>,
    /// Less than this amount; whether the amount itself counts is UNVERIFIED.
    pub amount_max: Option<Decimal>,
    /// Changed on or after this day, Eastern time; FreshBooks looks at days only.
    pub updated_min: Option<NaiveDate>,
    /// Changed before this day.
    pub updated_max: Option<NaiveDate>,
    /// Spent there; whether this means equal or containing is UNVERIFIED.
    pub vendor: Option<String>,
    /// Exactly these.
    pub expense_ids: Vec<ExpenseId>,
    /// In one of these categories.
    pub category_ids: Vec<CategoryId>,
    /// Spent by one of these.
    pub staff_ids: Vec<StaffId>,
    /// For one of these clients.
    pub client_ids: Vec<ClientId>,
    /// For one of these projects.
    pub project_ids: Vec<ProjectId>,
    /// With or without a receipt.
    pub has_receipt: Option<bool>,
    /// In this state; deleted expenses are listed only when asked for.
    pub vis_state: Option<VisState>,
}

impl Sealed for ExpenseFilter {}
impl Filter for ExpenseFilter {
    fn write(&self, query: &mut Query) {
        query
            .search("date_min", self.date_min)
            .search("date_max", self.date_max)
            .search("amount_min", self.amount_min)
            .search("amount_max", self.amount_max)
            .search("updated_min", self.updated_min)
            .search("updated_max", self.updated_max)
            .search("vendor", self.vendor.as_deref())
            .search_any("expenseids", &self.expense_ids)
            .search_any("categoryids", &self.category_ids)
            .search_any("staffids", &self.staff_ids)
            .search_any("clientids", &self.client_ids)
            .search_any("projectids", &self.project_ids)
            .bare("has_receipt", self.has_receipt)
            .search("vis_state", self.vis_state.map(VisState::code));
    }
}

impl Sealed for Expense {}
impl Resource for Expense {
    type Id = ExpenseId;
    type Filter = ExpenseFilter;
    const SHAPE: Shape = shape!(
        "accounting",
        "expenses/expenses",
        "expense",
        ["expenses"],
        "expense"
    );

    fn id(&self) -> ExpenseId {
        self.id
    }
}
impl Create for Expense {
    type New = NewExpense;
}
impl Update for Expense {
    type Update = ExpenseUpdate;
}
impl SoftDelete for Expense {}
