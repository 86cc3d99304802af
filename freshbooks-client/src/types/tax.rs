//! Taxes. Bills and expenses refer to them by name and percent, items and tasks by identifier.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Change;
use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{
    Create, Family, Filter, Get, HardDelete, List, Resource, Shape, Update, operations,
};
use crate::wire::{
    AccountId, TaxId, Timestamp, decimal_text, eastern, flag, optional_decimal, optional_text,
};

/// A tax definition as FreshBooks shows it. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Tax {
    /// Its identifier, also sent as `taxid`.
    pub id: TaxId,
    /// Its name.
    #[serde(default, deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// Its percent.
    #[serde(default, rename = "amount", deserialize_with = "optional_decimal")]
    pub percent: Option<Decimal>,
    /// The number under which the business is registered for it.
    #[serde(default, deserialize_with = "optional_text")]
    pub number: Option<String>,
    /// Whether it goes on top of other taxes.
    #[serde(default, deserialize_with = "flag")]
    pub compound: bool,
    /// When it was changed last.
    #[serde(default, deserialize_with = "eastern")]
    pub updated: Option<Timestamp>,
}

/// A tax to define. FreshBooks refuses some duplicates (errno 1026); which, is UNVERIFIED.
/// Observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewTax {
    name: String,
    #[serde(flatten)]
    rest: TaxUpdate,
}

impl NewTax {
    /// With what FreshBooks requires.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            rest: TaxUpdate::default(),
        }
    }

    /// Adds what is not required. What the constructor took stays as it is.
    #[must_use]
    pub fn with(mut self, rest: TaxUpdate) -> Self {
        self.rest = TaxUpdate { name: None, ..rest };
        self
    }
}

/// Changes to a tax; what is not set stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TaxUpdate {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its percent.
    #[serde(
        rename = "amount",
        skip_serializing_if = "Option::is_none",
        serialize_with = "decimal_text"
    )]
    pub percent: Option<Decimal>,
    /// The number under which the business is registered for it.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub number: Change<String>,
    /// Whether it goes on top of other taxes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compound: Option<bool>,
}

/// What the list of taxes can be narrowed by. All are documented.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TaxFilter {
    /// Exactly these.
    pub tax_ids: Vec<TaxId>,
    /// With a name that contains this.
    pub name: Option<String>,
    /// With a number that contains this.
    pub number: Option<String>,
    /// On top of other taxes or not.
    pub compound: Option<bool>,
    /// Changed on or after this day, Eastern time.
    pub updated_min: Option<NaiveDate>,
    /// Changed before this day.
    pub updated_max: Option<NaiveDate>,
}

impl Sealed for TaxFilter {}
impl Filter for TaxFilter {
    fn write(&self, query: &mut Query) {
        query
            .search_any("taxids", &self.tax_ids)
            .search("name", self.name.as_deref())
            .search("number", self.number.as_deref())
            .bare("compound", self.compound)
            .search("updated_min", self.updated_min)
            .search("updated_max", self.updated_max);
    }
}

impl Sealed for Tax {}
impl Resource for Tax {
    type Id = TaxId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "taxes/taxes",
        "tax",
        &["taxes"],
        operations!("tax"),
    );

    fn id(&self) -> TaxId {
        self.id
    }
}
impl List for Tax {
    type Filter = TaxFilter;
}
impl Get for Tax {}
impl Create for Tax {
    type New = NewTax;
}
impl Update for Tax {
    type Update = TaxUpdate;
}
impl HardDelete for Tax {}
