//! Retainers: work a client pays for in advance, period by period. Undocumented by FreshBooks.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::resource::sealed::Sealed;
use crate::resource::{Create, Family, Get, List, NoFilter, Resource, Shape, Update, operations};
use crate::wire::{
    BusinessId, ClientId, InvoiceProfileId, RetainerId, Timestamp, decimal_number, flag, optional,
    optional_date, optional_decimal, optional_id, plain_number, utc,
};

/// A retainer as FreshBooks shows it. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Retainer {
    /// Its identifier.
    pub id: RetainerId,
    /// Who pays.
    #[serde(default, rename = "client_user_id", deserialize_with = "optional_id")]
    pub client_id: Option<ClientId>,
    /// The recurring invoice that bills it.
    #[serde(default, deserialize_with = "optional_id")]
    pub invoice_profile_id: Option<InvoiceProfileId>,
    /// When it begins.
    #[serde(default, deserialize_with = "optional_date")]
    pub start_date: Option<NaiveDate>,
    /// When the next period begins.
    #[serde(default, deserialize_with = "optional_date")]
    pub next_period_start_date: Option<NaiveDate>,
    /// Price of a period.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub fee: Option<Decimal>,
    /// Price of an hour beyond the budget.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub excess_rate: Option<Decimal>,
    /// Time a period includes, in seconds.
    #[serde(default, rename = "budgeted_time", deserialize_with = "optional")]
    pub budgeted_seconds: Option<u64>,
    /// Whether it is in use.
    #[serde(default, deserialize_with = "flag")]
    pub active: bool,
    /// When it was created.
    #[serde(default, deserialize_with = "utc")]
    pub created_at: Option<Timestamp>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "utc")]
    pub updated_at: Option<Timestamp>,
}

/// A retainer to create. A client can have one that is active. Documented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewRetainer {
    #[serde(rename = "client_user_id")]
    client_id: ClientId,
    start_date: NaiveDate,
    #[serde(serialize_with = "plain_number")]
    fee: Decimal,
    #[serde(flatten)]
    rest: RetainerUpdate,
}

impl NewRetainer {
    /// With what FreshBooks requires.
    pub fn new(client_id: ClientId, start_date: NaiveDate, fee: Decimal) -> Self {
        Self {
            client_id,
            start_date,
            fee,
            rest: RetainerUpdate::default(),
        }
    }

    /// Adds what is not required. What the constructor took stays as it is.
    #[must_use]
    pub fn with(mut self, rest: RetainerUpdate) -> Self {
        self.rest = RetainerUpdate {
            start_date: None,
            fee: None,
            ..rest
        };
        self
    }
}

/// Changes to a retainer; what is not set stays as it is. Deleting one is `active: Some(false)`,
/// restoring it `active: Some(true)`: there is no other way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct RetainerUpdate {
    /// When it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date: Option<NaiveDate>,
    /// When the next period begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_period_start_date: Option<NaiveDate>,
    /// Price of a period.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "decimal_number"
    )]
    pub fee: Option<Decimal>,
    /// Price of an hour beyond the budget.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "decimal_number"
    )]
    pub excess_rate: Option<Decimal>,
    /// Time a period includes, in seconds.
    #[serde(rename = "budgeted_time", skip_serializing_if = "Option::is_none")]
    pub budgeted_seconds: Option<u64>,
    /// Whether it is in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// How often a period begins, as in recurring invoices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency: Option<String>,
    /// How many periods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_recurring: Option<u32>,
    /// Whether it has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_infinitely_recurring: Option<bool>,
}

impl Sealed for Retainer {}
impl Resource for Retainer {
    type Id = RetainerId;
    type Owner = BusinessId;
    // The one list seen states no page numbers.
    const SHAPE: Shape = Shape::new(
        Family::Comments,
        "retainers",
        "retainer",
        &["retainers"],
        operations!("retainer"),
    )
    .one_at("retainer")
    .whole();

    fn id(&self) -> RetainerId {
        self.id
    }
}
impl List for Retainer {
    type Filter = NoFilter;
}
impl Get for Retainer {}
impl Create for Retainer {
    type New = NewRetainer;
}
impl Update for Retainer {
    type Update = RetainerUpdate;
}
