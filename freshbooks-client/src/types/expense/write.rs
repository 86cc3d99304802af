//! Expenses to create, and changes to them.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::ExpenseAttachment;
use crate::types::Change;
use crate::wire::{CategoryId, ClientId, Money, ProjectId, StaffId};

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
