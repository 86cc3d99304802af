//! What the list of expenses can be narrowed by.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::query::Query;
use crate::resource::Filter;
use crate::resource::sealed::Sealed;
use crate::wire::{CategoryId, ClientId, ExpenseId, ProjectId, StaffId, VisState, closed_words};

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
    /// Showing this besides.
    pub include: Vec<ExpenseInclude>,
    /// In this state; deleted expenses are listed only when asked for.
    pub vis_state: Option<VisState>,
}

closed_words! {
    /// What an expense shows only when asked to (documented).
    ExpenseInclude {
        /// The attached file.
        Attachment = "attachment",
    }
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
            .search("vis_state", self.vis_state.map(VisState::code))
            .include(&self.include);
    }
}
