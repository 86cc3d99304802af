//! Taxes. Bills and expenses refer to them by name and percent, not by id.

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{Family, Filter, Get, List, Resource, Shape, operations};
use crate::wire::{AccountId, TaxId, Timestamp, eastern, flag, optional_decimal, optional_text};

/// A tax definition as FreshBooks shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Tax {
    /// Its identifier.
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
}

impl Sealed for TaxFilter {}
impl Filter for TaxFilter {
    fn write(&self, query: &mut Query) {
        query
            .search_any("taxids", &self.tax_ids)
            .search("name", self.name.as_deref())
            .search("number", self.number.as_deref())
            .bare("compound", self.compound);
    }
}

impl Sealed for Tax {}
impl Resource for Tax {
    type Id = TaxId;
    type Scope = AccountId;
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
