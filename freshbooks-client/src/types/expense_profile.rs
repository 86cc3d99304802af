//! Expense profiles: recurring expenses.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{Create, Family, Filter, Get, List, Resource, Shape, operations};
use crate::wire::{
    AccountId, CategoryId, ClientId, ExpenseProfileId, Money, StaffId, VisState, optional,
    optional_date, optional_id, optional_text,
};

/// A recurring expense. Inferred: no answer has been seen, the fields are those that are sent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ExpenseProfile {
    /// Its identifier.
    #[serde(rename = "profileid")]
    pub id: ExpenseProfileId,
    /// What is spent each time, tax included.
    pub amount: Money,
    /// How often: `w` weekly, `m` monthly, `y` yearly.
    #[serde(default, deserialize_with = "optional_text")]
    pub frequency: Option<String>,
    /// When it begins.
    #[serde(default, deserialize_with = "optional_date")]
    pub start_date: Option<NaiveDate>,
    /// When it ends.
    #[serde(default, deserialize_with = "optional_date")]
    pub end_date: Option<NaiveDate>,
    /// When the next expense is made.
    #[serde(default, deserialize_with = "optional_date")]
    pub next_issue_date: Option<NaiveDate>,
    /// Its category.
    #[serde(default, rename = "categoryid", deserialize_with = "optional_id")]
    pub category_id: Option<CategoryId>,
    /// Who spends it.
    #[serde(default, rename = "staffid", deserialize_with = "optional_id")]
    pub staff_id: Option<StaffId>,
    /// The client it is for.
    #[serde(default, rename = "clientid", deserialize_with = "optional_id")]
    pub client_id: Option<ClientId>,
    /// Where it is spent: free text.
    #[serde(default, deserialize_with = "optional_text")]
    pub vendor: Option<String>,
    /// Notes.
    #[serde(default, deserialize_with = "optional_text")]
    pub notes: Option<String>,
    /// Live, deleted or archived; `None` if FreshBooks did not say.
    #[serde(default, deserialize_with = "optional")]
    pub vis_state: Option<VisState>,
}

/// A recurring expense to create. Documented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewExpenseProfile {
    amount: Money,
    frequency: String,
    start_date: NaiveDate,
    #[serde(rename = "categoryid")]
    category_id: CategoryId,
    #[serde(rename = "staffid")]
    staff_id: StaffId,
    #[serde(flatten)]
    rest: ExpenseProfileRest,
}

impl NewExpenseProfile {
    /// With what FreshBooks requires.
    pub fn new(
        amount: Money,
        frequency: impl Into<String>,
        start_date: NaiveDate,
        category_id: CategoryId,
        staff_id: StaffId,
    ) -> Self {
        Self {
            amount,
            frequency: frequency.into(),
            start_date,
            category_id,
            staff_id,
            rest: ExpenseProfileRest::default(),
        }
    }

    /// Adds what is not required. What the constructor took stays as it is.
    #[must_use]
    pub fn with(mut self, rest: ExpenseProfileRest) -> Self {
        self.rest = rest;
        self
    }
}

/// What a recurring expense can have besides.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ExpenseProfileRest {
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_date: Option<NaiveDate>,
    /// When the next expense is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_issue_date: Option<NaiveDate>,
    /// The client it is for.
    #[serde(rename = "clientid", skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// Where it is spent: free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// Notes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// What the list of recurring expenses can be narrowed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ExpenseProfileFilter {
    /// In this state; deleted ones are listed only when asked for (documented).
    pub vis_state: Option<VisState>,
}

impl Sealed for ExpenseProfileFilter {}
impl Filter for ExpenseProfileFilter {
    fn write(&self, query: &mut Query) {
        query.search("vis_state", self.vis_state.map(VisState::code));
    }
}

impl Sealed for ExpenseProfile {}
impl Resource for ExpenseProfile {
    type Id = ExpenseProfileId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "expense_profiles/expense_profiles",
        "expense_profile",
        &["expense_profiles"],
        operations!("expense profile"),
    );

    fn id(&self) -> ExpenseProfileId {
        self.id
    }
}
impl List for ExpenseProfile {
    type Filter = ExpenseProfileFilter;
}
impl Get for ExpenseProfile {}
impl Create for ExpenseProfile {
    type New = NewExpenseProfile;
}
