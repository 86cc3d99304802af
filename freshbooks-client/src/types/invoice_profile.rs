//! Invoice profiles: recurring invoices, called recurring templates by people.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Change;
use super::{DocumentLine, NewDocumentLine};
use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{
    Create, Family, Filter, Get, GetWith, List, Resource, Shape, SoftDelete, Update, operations,
};
use crate::wire::{
    AccountId, ClientId, CurrencyCode, InvoiceProfileId, Money, RetainerId, Timestamp, VisState,
    closed_words, decimal_text, eastern, flag, list, optional, optional_date, optional_decimal,
    optional_id, optional_text,
};

/// A recurring invoice as FreshBooks shows it. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "FreshBooks' own flags")]
#[non_exhaustive]
pub struct InvoiceProfile {
    /// Its identifier, also sent as `profileid`.
    pub id: InvoiceProfileId,
    /// Who is invoiced.
    #[serde(default, rename = "customerid", deserialize_with = "optional_id")]
    pub client_id: Option<ClientId>,
    /// When the first invoice is made.
    #[serde(default, deserialize_with = "optional_date")]
    pub create_date: Option<NaiveDate>,
    /// How often: `w` weekly, `2w` every two weeks, `m` monthly, `y` yearly.
    #[serde(default, deserialize_with = "optional_text")]
    pub frequency: Option<String>,
    /// How many invoices in all; 0 for no end.
    #[serde(default, rename = "numberRecurring", deserialize_with = "optional")]
    pub number_recurring: Option<u32>,
    /// How many were made.
    #[serde(default, deserialize_with = "optional")]
    pub occurrences_to_date: Option<u32>,
    /// Whether it rests.
    #[serde(default, deserialize_with = "flag")]
    pub disable: bool,
    /// Whether its invoices are sent by themselves.
    #[serde(default, deserialize_with = "flag")]
    pub send_email: bool,
    /// Whether unbilled time is put on its invoices.
    #[serde(default, deserialize_with = "flag")]
    pub include_unbilled_time: bool,
    /// Whether the client must save a card.
    #[serde(default, deserialize_with = "flag")]
    pub require_auto_bill: bool,
    /// Whether a saved card is charged.
    #[serde(default, deserialize_with = "flag")]
    pub auto_bill: bool,
    /// Days from the date of an invoice to when it is due.
    #[serde(default, deserialize_with = "optional")]
    pub due_offset_days: Option<u32>,
    /// The currency of its invoices.
    #[serde(default, deserialize_with = "optional")]
    pub currency_code: Option<CurrencyCode>,
    /// Language, such as `en`.
    #[serde(default, deserialize_with = "optional_text")]
    pub language: Option<String>,
    /// What an invoice comes to.
    #[serde(default)]
    pub amount: Option<Money>,
    /// The discount in percent.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub discount_value: Option<Decimal>,
    /// Notes shown to the client.
    #[serde(default, deserialize_with = "optional_text")]
    pub notes: Option<String>,
    /// Terms shown to the client.
    #[serde(default, deserialize_with = "optional_text")]
    pub terms: Option<String>,
    /// The client's purchase order.
    #[serde(default, deserialize_with = "optional_text")]
    pub po_number: Option<String>,
    /// The retainer it bills.
    #[serde(default, deserialize_with = "optional_id")]
    pub retainer_id: Option<RetainerId>,
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
    /// What it bills; only when asked for by include.
    #[serde(default, deserialize_with = "list")]
    pub lines: Vec<DocumentLine>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "eastern")]
    pub updated: Option<Timestamp>,
    /// Live, deleted or archived; `None` if FreshBooks did not say.
    #[serde(default, deserialize_with = "optional")]
    pub vis_state: Option<VisState>,
}

/// A recurring invoice to create. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewInvoiceProfile {
    #[serde(rename = "customerid")]
    client_id: ClientId,
    create_date: NaiveDate,
    frequency: String,
    #[serde(rename = "numberRecurring")]
    number_recurring: u32,
    lines: Vec<NewDocumentLine>,
    #[serde(flatten)]
    rest: InvoiceProfileUpdate,
}

impl NewInvoiceProfile {
    /// With what FreshBooks requires; `number_recurring` 0 has no end.
    pub fn new(
        client_id: ClientId,
        create_date: NaiveDate,
        frequency: impl Into<String>,
        number_recurring: u32,
        lines: Vec<NewDocumentLine>,
    ) -> Self {
        Self {
            client_id,
            create_date,
            frequency: frequency.into(),
            number_recurring,
            lines,
            rest: InvoiceProfileUpdate::default(),
        }
    }

    /// Adds what is not required. What the constructor took stays as it is.
    #[must_use]
    pub fn with(mut self, rest: InvoiceProfileUpdate) -> Self {
        self.rest = InvoiceProfileUpdate {
            create_date: None,
            frequency: None,
            number_recurring: None,
            lines: None,
            ..rest
        };
        self
    }
}

/// Changes to a recurring invoice; what is not set stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct InvoiceProfileUpdate {
    /// When the first invoice is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_date: Option<NaiveDate>,
    /// How often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency: Option<String>,
    /// How many invoices in all; 0 for no end.
    #[serde(rename = "numberRecurring", skip_serializing_if = "Option::is_none")]
    pub number_recurring: Option<u32>,
    /// All lines anew. Whether they replace or join the old ones is UNVERIFIED.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<NewDocumentLine>>,
    /// Whether it rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable: Option<bool>,
    /// Whether its invoices are sent by themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_email: Option<bool>,
    /// Whether unbilled time is put on its invoices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_unbilled_time: Option<bool>,
    /// Whether the client must save a card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_auto_bill: Option<bool>,
    /// Days from the date of an invoice to when it is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_offset_days: Option<u32>,
    /// The currency of its invoices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency_code: Option<CurrencyCode>,
    /// Language, such as `en`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The discount in percent.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "decimal_text"
    )]
    pub discount_value: Option<Decimal>,
    /// Notes shown to the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Terms shown to the client.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub terms: Change<String>,
    /// How its invoices can be paid online: all gateways anew.
    #[serde(rename = "allowed_gatewayids", skip_serializing_if = "Option::is_none")]
    pub allowed_gateway_ids: Option<Vec<u64>>,
}

closed_words! {
    /// What a recurring invoice shows only when asked to (documented).
    InvoiceProfileInclude {
        /// What it bills.
        Lines = "lines",
    }
}

/// What the list of recurring invoices can be narrowed by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct InvoiceProfileFilter {
    /// In this state; deleted ones are listed only when asked for (documented).
    pub vis_state: Option<VisState>,
    /// Showing this besides.
    pub include: Vec<InvoiceProfileInclude>,
}

impl Sealed for InvoiceProfileFilter {}
impl Filter for InvoiceProfileFilter {
    fn write(&self, query: &mut Query) {
        query
            .search("vis_state", self.vis_state.map(VisState::code))
            .include(&self.include);
    }
}

impl Sealed for InvoiceProfile {}
impl Resource for InvoiceProfile {
    type Id = InvoiceProfileId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "invoice_profiles/invoice_profiles",
        "invoice_profile",
        &["invoice_profiles"],
        operations!("invoice profile"),
    );

    fn id(&self) -> InvoiceProfileId {
        self.id
    }
}
impl List for InvoiceProfile {
    type Filter = InvoiceProfileFilter;
}
impl Get for InvoiceProfile {}
impl GetWith for InvoiceProfile {
    type Include = InvoiceProfileInclude;
}
impl Create for InvoiceProfile {
    type New = NewInvoiceProfile;
}
impl Update for InvoiceProfile {
    type Update = InvoiceProfileUpdate;
}
impl SoftDelete for InvoiceProfile {}
