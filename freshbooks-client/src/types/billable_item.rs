//! Billable items: services as accounting sees them.

use serde::{Deserialize, Serialize};

use crate::resource::sealed::Sealed;
use crate::resource::{Create, Family, Get, Resource, Shape, operations};
use crate::wire::{
    AccountId, BillableItemId, Money, TaxId, Timestamp, VisState, eastern, flag, optional,
    optional_id, optional_text,
};

/// A billable item. Inferred: no answer has been seen, the fields are those that are sent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct BillableItem {
    /// Its identifier.
    pub id: BillableItemId,
    /// Its name.
    #[serde(default, deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// What it is.
    #[serde(default, deserialize_with = "optional_text")]
    pub description: Option<String>,
    /// Price of one.
    #[serde(default)]
    pub unit_cost: Option<Money>,
    /// Whether it is billed.
    #[serde(default, deserialize_with = "flag")]
    pub billable: bool,
    /// First tax.
    #[serde(default, deserialize_with = "optional_id")]
    pub tax1: Option<TaxId>,
    /// Second tax.
    #[serde(default, deserialize_with = "optional_id")]
    pub tax2: Option<TaxId>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "eastern")]
    pub updated: Option<Timestamp>,
    /// Live, deleted or archived; `None` if FreshBooks did not say.
    #[serde(default, deserialize_with = "optional")]
    pub vis_state: Option<VisState>,
}

/// A billable item to create. Documented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewBillableItem {
    name: String,
    billable: bool,
    #[serde(flatten)]
    rest: BillableItemRest,
}

impl NewBillableItem {
    /// With what FreshBooks requires.
    pub fn new(name: impl Into<String>, billable: bool) -> Self {
        Self {
            name: name.into(),
            billable,
            rest: BillableItemRest::default(),
        }
    }

    /// Adds what is not required. What the constructor took stays as it is.
    #[must_use]
    pub fn with(mut self, rest: BillableItemRest) -> Self {
        self.rest = rest;
        self
    }
}

/// What a billable item can have besides.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct BillableItemRest {
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Price of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_cost: Option<Money>,
    /// First tax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax1: Option<TaxId>,
    /// Second tax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax2: Option<TaxId>,
}

impl Sealed for BillableItem {}
impl Resource for BillableItem {
    type Id = BillableItemId;
    type Owner = AccountId;
    // The one request seen reads below `billable_items`, without the doubling of the rest.
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "billable_items/billable_items",
        "billable_item",
        &["billable_items"],
        operations!("billable item"),
    )
    .one_at("billable_items");

    fn id(&self) -> BillableItemId {
        self.id
    }
}
impl Get for BillableItem {}
impl Create for BillableItem {
    type New = NewBillableItem;
}
