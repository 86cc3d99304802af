//! Expense categories: what expenses and bill lines are posted to.

use serde::{Deserialize, Serialize};

use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{Create, Family, Filter, Get, List, Resource, Shape, operations};
use crate::wire::{
    AccountId, CategoryId, Timestamp, VisState, eastern, flag, optional, optional_id, optional_text,
};

/// An expense category as FreshBooks shows it. About 57 exist by default: walk all pages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ExpenseCategory {
    /// Its identifier.
    pub id: CategoryId,
    /// Its name.
    #[serde(default, rename = "category", deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// The category above it; the tree has one level.
    #[serde(default, rename = "parentid", deserialize_with = "optional_id")]
    pub parent_id: Option<CategoryId>,
    /// Cost of goods sold; deprecated by FreshBooks.
    #[serde(default, deserialize_with = "flag")]
    pub is_cogs: bool,
    /// Whether people may edit it.
    #[serde(default, deserialize_with = "flag")]
    pub is_editable: bool,
    /// When it was created.
    #[serde(default, deserialize_with = "eastern")]
    pub created_at: Option<Timestamp>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "eastern")]
    pub updated_at: Option<Timestamp>,
    /// Live, deleted or archived; `None` if FreshBooks did not say.
    #[serde(default, deserialize_with = "optional")]
    pub vis_state: Option<VisState>,
}

/// A category to create. Undocumented by FreshBooks, seen to work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewExpenseCategory {
    category: String,
    is_cogs: bool,
    is_editable: bool,
    parentid: CategoryId,
    // Always empty; sent because the only observed request sends it.
    subcategories: [CategoryId; 0],
}

impl NewExpenseCategory {
    /// An editable category below another.
    pub fn new(name: impl Into<String>, parent_id: CategoryId) -> Self {
        Self {
            category: name.into(),
            is_cogs: false,
            is_editable: true,
            parentid: parent_id,
            subcategories: [],
        }
    }
}

/// What the list of categories can be narrowed by. All are documented.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ExpenseCategoryFilter {
    /// Exactly these.
    pub category_ids: Vec<CategoryId>,
    /// With a name that contains this.
    pub name: Option<String>,
    /// Below this one.
    pub parent_id: Option<CategoryId>,
    /// Editable or not.
    pub is_editable: Option<bool>,
    /// In this state; deleted ones are listed only when asked for.
    pub vis_state: Option<VisState>,
}

impl Sealed for ExpenseCategoryFilter {}
impl Filter for ExpenseCategoryFilter {
    fn write(&self, query: &mut Query) {
        query
            .search_any("categoryids", &self.category_ids)
            .search("name", self.name.as_deref())
            .search("parentid", self.parent_id)
            .bare("is_editable", self.is_editable)
            .search("vis_state", self.vis_state.map(VisState::code));
    }
}

impl Sealed for ExpenseCategory {}
impl Resource for ExpenseCategory {
    type Id = CategoryId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "expenses/categories",
        "category",
        &["categories"],
        operations!("expense category"),
    );

    fn id(&self) -> CategoryId {
        self.id
    }
}
impl List for ExpenseCategory {
    type Filter = ExpenseCategoryFilter;
}
impl Get for ExpenseCategory {}
impl Create for ExpenseCategory {
    type New = NewExpenseCategory;
}
