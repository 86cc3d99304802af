//! Items: the catalogue of what is sold. Not every plan has it (errno 12001).

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{
    Create, Family, Filter, Get, List, Resource, Shape, SoftDelete, Update, operations,
};
use crate::wire::{
    AccountId, ItemId, LedgerAccountId, Money, TaxId, Timestamp, VisState, decimal_text, eastern,
    optional, optional_decimal, optional_id, optional_text,
};

/// An item as FreshBooks shows it. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Item {
    /// Its identifier, also sent as `itemid`.
    pub id: ItemId,
    /// Its name.
    #[serde(default, deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// What it is.
    #[serde(default, deserialize_with = "optional_text")]
    pub description: Option<String>,
    /// Stock keeping unit.
    #[serde(default, deserialize_with = "optional_text")]
    pub sku: Option<String>,
    /// Quantity put on an invoice line by default.
    #[serde(default, rename = "qty", deserialize_with = "optional_decimal")]
    pub quantity: Option<Decimal>,
    /// Price of one.
    #[serde(default)]
    pub unit_cost: Option<Money>,
    /// How many are in stock.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub inventory: Option<Decimal>,
    /// First tax; here taxes go by identifier.
    #[serde(default, deserialize_with = "optional_id")]
    pub tax1: Option<TaxId>,
    /// Second tax.
    #[serde(default, deserialize_with = "optional_id")]
    pub tax2: Option<TaxId>,
    /// The income account it posts to.
    #[serde(default, deserialize_with = "optional")]
    pub account_uuid: Option<LedgerAccountId>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "eastern")]
    pub updated: Option<Timestamp>,
    /// Live, deleted or archived; `None` if FreshBooks did not say.
    #[serde(default, deserialize_with = "optional")]
    pub vis_state: Option<VisState>,
}

/// An item to create. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewItem {
    name: String,
    #[serde(flatten)]
    rest: ItemUpdate,
}

impl NewItem {
    /// With what FreshBooks requires.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            rest: ItemUpdate::default(),
        }
    }

    /// Adds what is not required. What the constructor took stays as it is.
    #[must_use]
    pub fn with(mut self, rest: ItemUpdate) -> Self {
        self.rest = ItemUpdate { name: None, ..rest };
        self
    }
}

/// Changes to an item; what is not set stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ItemUpdate {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Stock keeping unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// Quantity put on an invoice line by default.
    #[serde(
        rename = "qty",
        skip_serializing_if = "Option::is_none",
        serialize_with = "decimal_text"
    )]
    pub quantity: Option<Decimal>,
    /// Price of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_cost: Option<Money>,
    /// How many are in stock.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "decimal_text"
    )]
    pub inventory: Option<Decimal>,
    /// First tax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax1: Option<TaxId>,
    /// Second tax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax2: Option<TaxId>,
    /// The income account it posts to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_uuid: Option<LedgerAccountId>,
}

/// What the list of items can be narrowed by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ItemFilter {
    /// With exactly this stock keeping unit (documented).
    pub sku: Option<String>,
    /// In this state; deleted ones are listed only when asked for (documented).
    pub vis_state: Option<VisState>,
}

impl Sealed for ItemFilter {}
impl Filter for ItemFilter {
    fn write(&self, query: &mut Query) {
        query
            .search("sku", self.sku.as_deref())
            .search("vis_state", self.vis_state.map(VisState::code));
    }
}

impl Sealed for Item {}
impl Resource for Item {
    type Id = ItemId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "items/items",
        "item",
        &["items"],
        operations!("item"),
    );

    fn id(&self) -> ItemId {
        self.id
    }
}
impl List for Item {
    type Filter = ItemFilter;
}
impl Get for Item {}
impl Create for Item {
    type New = NewItem;
}
impl Update for Item {
    type Update = ItemUpdate;
}
impl SoftDelete for Item {}
