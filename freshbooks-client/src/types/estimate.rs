//! Estimates and proposals: what something would cost. Accepting and sending are calls of their
//! own.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Change;
use super::{DocumentLine, InvoicePresentation, NewDocumentLine};
use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{
    Create, Family, Filter, Get, GetWith, List, Resource, Shape, SoftDelete, Update, operations,
};
use crate::wire::{
    AccountId, ClientId, CurrencyCode, EstimateId, Money, StaffId, Timestamp, VisState,
    closed_words, decimal_text, eastern, flag, list, optional, optional_date, optional_decimal,
    optional_id, optional_text,
};

/// An estimate as FreshBooks shows it. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "FreshBooks' own flags")]
#[non_exhaustive]
pub struct Estimate {
    /// Its identifier, also sent as `estimateid`.
    pub id: EstimateId,
    /// Its number as people see it.
    #[serde(default, deserialize_with = "optional_text")]
    pub estimate_number: Option<String>,
    /// For whom.
    #[serde(default, rename = "customerid", deserialize_with = "optional_id")]
    pub client_id: Option<ClientId>,
    /// Its date.
    #[serde(default, deserialize_with = "optional_date")]
    pub create_date: Option<NaiveDate>,
    /// The currency of the whole estimate.
    #[serde(default, deserialize_with = "optional")]
    pub currency_code: Option<CurrencyCode>,
    /// Language, such as `en`.
    #[serde(default, deserialize_with = "optional_text")]
    pub language: Option<String>,
    /// Where it stands, as a number FreshBooks does not explain.
    #[serde(default, deserialize_with = "optional")]
    pub status: Option<i64>,
    /// Where it stands, as a word.
    #[serde(default, deserialize_with = "optional_text")]
    pub display_status: Option<String>,
    /// Where it stands, as people see it.
    #[serde(default, deserialize_with = "optional_text")]
    pub ui_status: Option<String>,
    /// What the client answered.
    #[serde(default, deserialize_with = "optional_text")]
    pub reply_status: Option<String>,
    /// Whether the client accepted it.
    #[serde(default, deserialize_with = "flag")]
    pub accepted: bool,
    /// Whether it became an invoice.
    #[serde(default, deserialize_with = "flag")]
    pub invoiced: bool,
    /// What it comes to.
    #[serde(default)]
    pub amount: Option<Money>,
    /// The discount in percent.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub discount_value: Option<Decimal>,
    /// What the discount comes to.
    #[serde(default)]
    pub discount_total: Option<Money>,
    /// Notes shown to the client.
    #[serde(default, deserialize_with = "optional_text")]
    pub notes: Option<String>,
    /// Terms shown to the client.
    #[serde(default, deserialize_with = "optional_text")]
    pub terms: Option<String>,
    /// The client's purchase order.
    #[serde(default, deserialize_with = "optional_text")]
    pub po_number: Option<String>,
    /// Description of the first line.
    #[serde(default, deserialize_with = "optional_text")]
    pub description: Option<String>,
    /// Whether it is a proposal with sections.
    #[serde(default, deserialize_with = "flag")]
    pub rich_proposal: bool,
    /// Whether the client must sign.
    #[serde(default, deserialize_with = "flag")]
    pub require_client_signature: bool,
    /// Organization of the client, as it was then.
    #[serde(default, deserialize_with = "optional_text")]
    pub organization: Option<String>,
    /// Given name of the contact, as it was then.
    #[serde(default, rename = "fname", deserialize_with = "optional_text")]
    pub first_name: Option<String>,
    /// Family name of the contact, as it was then.
    #[serde(default, rename = "lname", deserialize_with = "optional_text")]
    pub last_name: Option<String>,
    /// Street.
    #[serde(default, deserialize_with = "optional_text")]
    pub street: Option<String>,
    /// Second line of the street.
    #[serde(default, deserialize_with = "optional_text")]
    pub street2: Option<String>,
    /// City.
    #[serde(default, deserialize_with = "optional_text")]
    pub city: Option<String>,
    /// Province or state.
    #[serde(default, deserialize_with = "optional_text")]
    pub province: Option<String>,
    /// Postal code.
    #[serde(default, rename = "code", deserialize_with = "optional_text")]
    pub postal_code: Option<String>,
    /// Country.
    #[serde(default, deserialize_with = "optional_text")]
    pub country: Option<String>,
    /// Name of the client's tax registration.
    #[serde(default, deserialize_with = "optional_text")]
    pub vat_name: Option<String>,
    /// Number of the client's tax registration.
    #[serde(default, deserialize_with = "optional_text")]
    pub vat_number: Option<String>,
    /// Who made it.
    #[serde(default, rename = "ownerid", deserialize_with = "optional_id")]
    pub owner_id: Option<StaffId>,
    /// What it offers; only when asked for by include.
    #[serde(default, deserialize_with = "list")]
    pub lines: Vec<DocumentLine>,
    /// When it was created.
    #[serde(default, deserialize_with = "eastern")]
    pub created_at: Option<Timestamp>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "eastern")]
    pub updated: Option<Timestamp>,
    /// Live, deleted or archived; `None` if FreshBooks did not say.
    #[serde(default, deserialize_with = "optional")]
    pub vis_state: Option<VisState>,
}

/// An estimate to create. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewEstimate {
    #[serde(rename = "customerid")]
    client_id: ClientId,
    create_date: NaiveDate,
    currency_code: CurrencyCode,
    lines: Vec<NewDocumentLine>,
    #[serde(flatten)]
    rest: EstimateUpdate,
}

impl NewEstimate {
    /// With what FreshBooks requires.
    pub fn new(
        client_id: ClientId,
        create_date: NaiveDate,
        currency_code: CurrencyCode,
        lines: Vec<NewDocumentLine>,
    ) -> Self {
        Self {
            client_id,
            create_date,
            currency_code,
            lines,
            rest: EstimateUpdate::default(),
        }
    }

    /// Adds what is not required. What the constructor took stays as it is.
    #[must_use]
    pub fn with(mut self, rest: EstimateUpdate) -> Self {
        self.rest = EstimateUpdate {
            client_id: None,
            create_date: None,
            currency_code: None,
            lines: None,
            ..rest
        };
        self
    }
}

/// Changes to an estimate; what is not set stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct EstimateUpdate {
    /// For whom.
    #[serde(rename = "customerid", skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// Its date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_date: Option<NaiveDate>,
    /// The currency of the whole estimate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency_code: Option<CurrencyCode>,
    /// All lines anew. Whether they replace or join the old ones is UNVERIFIED.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<NewDocumentLine>>,
    /// Its number as people see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate_number: Option<String>,
    /// Language, such as `en`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Notes shown to the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Terms shown to the client.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub terms: Change<String>,
    /// The client's purchase order.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub po_number: Change<String>,
    /// The discount in percent.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "decimal_text"
    )]
    pub discount_value: Option<Decimal>,
    /// Whether it is a proposal with sections.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rich_proposal: Option<bool>,
    /// Whether the client must sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_client_signature: Option<bool>,
    /// How it looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presentation: Option<InvoicePresentation>,
}

closed_words! {
    /// What an estimate shows only when asked to (documented).
    EstimateInclude {
        /// What it offers.
        Lines = "lines",
    }
}

/// What the list of estimates can be narrowed by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct EstimateFilter {
    /// In this state; deleted ones are listed only when asked for (documented).
    pub vis_state: Option<VisState>,
    /// Showing this besides.
    pub include: Vec<EstimateInclude>,
}

impl Sealed for EstimateFilter {}
impl Filter for EstimateFilter {
    fn write(&self, query: &mut Query) {
        query
            .search("vis_state", self.vis_state.map(VisState::code))
            .include(&self.include);
    }
}

impl Sealed for Estimate {}
impl Resource for Estimate {
    type Id = EstimateId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "estimates/estimates",
        "estimate",
        &["estimates"],
        operations!("estimate"),
    );

    fn id(&self) -> EstimateId {
        self.id
    }
}
impl List for Estimate {
    type Filter = EstimateFilter;
}
impl Get for Estimate {}
impl GetWith for Estimate {
    type Include = EstimateInclude;
}
impl Create for Estimate {
    type New = NewEstimate;
}
impl Update for Estimate {
    type Update = EstimateUpdate;
}
impl SoftDelete for Estimate {}
