//! Invoices: what clients owe. Deleting is a state; sending is a call of its own.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize, Serializer};

use super::Change;
use super::{DocumentLine, NewDocumentLine};
use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{
    Create, Family, Filter, Get, GetWith, List, Resource, Shape, SoftDelete, Sort, Update,
    operations,
};
use crate::wire::{
    AccountId, ClientId, CurrencyCode, EstimateId, InvoiceId, Money, StaffId, Timestamp, VisState,
    closed_words, decimal_text, eastern, flag, list, open_number_enum, optional, optional_date,
    optional_decimal, optional_id, optional_text,
};

/// An invoice as FreshBooks shows it. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Invoice {
    /// Its identifier, also sent as `invoiceid`.
    pub id: InvoiceId,
    /// Its number as people see it.
    #[serde(default, deserialize_with = "optional_text")]
    pub invoice_number: Option<String>,
    /// Who owes it.
    #[serde(default, rename = "customerid", deserialize_with = "optional_id")]
    pub client_id: Option<ClientId>,
    /// Its date.
    #[serde(default, deserialize_with = "optional_date")]
    pub create_date: Option<NaiveDate>,
    /// When it is due: its date plus the offset.
    #[serde(default, deserialize_with = "optional_date")]
    pub due_date: Option<NaiveDate>,
    /// Days from its date to when it is due.
    #[serde(default, deserialize_with = "optional")]
    pub due_offset_days: Option<u32>,
    /// When it was paid.
    #[serde(default, deserialize_with = "optional_date")]
    pub date_paid: Option<NaiveDate>,
    /// When what it bills was delivered.
    #[serde(default, deserialize_with = "optional_date")]
    pub fulfillment_date: Option<NaiveDate>,
    /// When it was made from a recurring profile.
    #[serde(default, deserialize_with = "optional_date")]
    pub generation_date: Option<NaiveDate>,
    /// The currency of the whole invoice.
    #[serde(default, deserialize_with = "optional")]
    pub currency_code: Option<CurrencyCode>,
    /// Language, such as `en`.
    #[serde(default, deserialize_with = "optional_text")]
    pub language: Option<String>,
    /// Where it stands, as a number.
    #[serde(default, deserialize_with = "optional")]
    pub status: Option<InvoiceStatus>,
    /// Where it stands, as a word.
    #[serde(default, deserialize_with = "optional_text")]
    pub display_status: Option<String>,
    /// Where it stands, in the words the filter takes.
    #[serde(default, deserialize_with = "optional_text")]
    pub v3_status: Option<String>,
    /// How far it is paid, as a word.
    #[serde(default, deserialize_with = "optional_text")]
    pub payment_status: Option<String>,
    /// What it comes to, taxes included.
    #[serde(default)]
    pub amount: Option<Money>,
    /// What has been paid.
    #[serde(default)]
    pub paid: Option<Money>,
    /// What is still owed.
    #[serde(default)]
    pub outstanding: Option<Money>,
    /// What the discount comes to; negative.
    #[serde(default)]
    pub discount_total: Option<Money>,
    /// The discount in percent.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub discount_value: Option<Decimal>,
    /// What the discount is for.
    #[serde(default, deserialize_with = "optional_text")]
    pub discount_description: Option<String>,
    /// The deposit asked for.
    #[serde(default)]
    pub deposit_amount: Option<Money>,
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
    /// Whether a saved card is charged.
    #[serde(default, deserialize_with = "flag")]
    pub auto_bill: bool,
    /// Whether attachments are shown.
    #[serde(default, deserialize_with = "flag")]
    pub show_attachments: bool,
    /// The estimate it was made from.
    #[serde(default, rename = "estimateid", deserialize_with = "optional_id")]
    pub estimate_id: Option<EstimateId>,
    /// Who made it.
    #[serde(default, rename = "ownerid", deserialize_with = "optional_id")]
    pub owner_id: Option<StaffId>,
    /// What it bills; only when asked for by include.
    #[serde(default, deserialize_with = "list")]
    pub lines: Vec<DocumentLine>,
    /// How it looks; only when asked for by include.
    #[serde(default)]
    pub presentation: Option<InvoicePresentation>,
    /// How it can be paid online; only when asked for by include.
    #[serde(default, deserialize_with = "list")]
    pub allowed_gateways: Vec<AllowedGateway>,
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

open_number_enum! {
    /// Where an invoice stands.
    InvoiceStatus {
        /// The client objects.
        Disputed = 0,
        /// Not sent yet.
        Draft = 1,
        /// Sent.
        Sent = 2,
        /// Seen by the client.
        Viewed = 3,
        /// Paid in full.
        Paid = 4,
        /// Paid by a saved card.
        AutoPaid = 5,
        /// A charge will be tried again.
        Retry = 6,
        /// A charge failed.
        Failed = 7,
        /// Paid in part.
        Partial = 8,
    }
}

/// The states of an invoice a caller can set; FreshBooks sets the others (observed).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NewInvoiceStatus {
    /// The client objects.
    Disputed,
    /// Not sent yet.
    Draft,
    /// Sent, by other means than FreshBooks.
    Sent,
    /// Seen by the client.
    Viewed,
}

// As a number: FreshBooks refuses the word (422, errno 1015).
impl Serialize for NewInvoiceStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(match self {
            Self::Disputed => 0,
            Self::Draft => 1,
            Self::Sent => 2,
            Self::Viewed => 3,
        })
    }
}

/// A way an invoice can be paid online.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AllowedGateway {
    /// Its identifier.
    #[serde(default, deserialize_with = "optional")]
    pub id: Option<u64>,
    /// The gateway.
    #[serde(default, rename = "gatewayid", deserialize_with = "optional")]
    pub gateway_id: Option<u64>,
    /// Name of the gateway.
    #[serde(default, deserialize_with = "optional_text")]
    pub gateway_name: Option<String>,
}

/// How an invoice looks: read as it is, written where it shall differ. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InvoicePresentation {
    /// Colour as `#rrggbb`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme_primary_color: Option<String>,
    /// Layout, such as `modern`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme_layout: Option<String>,
    /// Font, such as `modern`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme_font_name: Option<String>,
    /// Path of an uploaded logo: `/uploads/images/` and its handle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_logo_src: Option<String>,
    /// Path of an uploaded banner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_banner_src: Option<String>,
    /// Vertical place of the banner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_banner_position_y: Option<i64>,
    /// How dates are written, such as `mm/dd/yyyy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_format: Option<String>,
    /// The word at its top instead of "Invoice".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// An invoice to create, as a draft. Two equal requests make two invoices. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewInvoice {
    #[serde(rename = "customerid")]
    client_id: ClientId,
    create_date: NaiveDate,
    currency_code: CurrencyCode,
    lines: Vec<NewDocumentLine>,
    #[serde(flatten)]
    rest: InvoiceUpdate,
}

impl NewInvoice {
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
            rest: InvoiceUpdate::default(),
        }
    }

    /// Adds what is not required. What the constructor took stays as it is.
    #[must_use]
    pub fn with(mut self, rest: InvoiceUpdate) -> Self {
        self.rest = InvoiceUpdate {
            client_id: None,
            create_date: None,
            currency_code: None,
            lines: None,
            ..rest
        };
        self
    }
}

/// Changes to an invoice; what is not set stays as it is. The due date is not among them:
/// FreshBooks computes it, and refuses it (403, errno 1038).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct InvoiceUpdate {
    /// Who owes it.
    #[serde(rename = "customerid", skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// Its date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_date: Option<NaiveDate>,
    /// The currency of the whole invoice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency_code: Option<CurrencyCode>,
    /// All lines anew. Whether they replace or join the old ones is UNVERIFIED: read the invoice
    /// again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<NewDocumentLine>>,
    /// Its number as people see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice_number: Option<String>,
    /// Days from its date to when it is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_offset_days: Option<u32>,
    /// Language, such as `en`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<NewInvoiceStatus>,
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
    /// What the discount is for.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub discount_description: Change<String>,
    /// How it looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presentation: Option<InvoicePresentation>,
    /// How it can be paid online: all gateways anew, none for an empty list.
    #[serde(rename = "allowed_gatewayids", skip_serializing_if = "Option::is_none")]
    pub allowed_gateway_ids: Option<Vec<u64>>,
}

closed_words! {
    /// What invoices can be sorted by; nothing else works (observed).
    InvoiceSort {
        /// By date.
        InvoiceDate = "invoice_date",
    }
}

closed_words! {
    /// What an invoice shows only when asked to (documented).
    InvoiceInclude {
        /// What it bills.
        Lines = "lines",
        /// How it looks.
        Presentation = "presentation",
        /// How it can be paid online.
        AllowedGateways = "allowed_gateways",
    }
}

/// What the list of invoices can be narrowed by. Filters on `status` and on the creation date are
/// ignored by FreshBooks, so they do not exist here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct InvoiceFilter {
    /// Owed by one of these (documented).
    pub client_ids: Vec<ClientId>,
    /// With exactly this number.
    pub invoice_number: Option<String>,
    /// In this state, as [`Invoice::v3_status`] spells it (observed).
    pub v3_status: Option<String>,
    /// Dated on or after.
    pub date_min: Option<NaiveDate>,
    /// Dated before; whether the day itself counts is UNVERIFIED.
    pub date_max: Option<NaiveDate>,
    /// Changed on or after this day, Eastern time.
    pub updated_min: Option<NaiveDate>,
    /// Changed before this day.
    pub updated_max: Option<NaiveDate>,
    /// In this state; deleted ones are listed only when asked for (documented).
    pub vis_state: Option<VisState>,
    /// In this order.
    pub sort: Option<Sort<InvoiceSort>>,
    /// Showing this besides.
    pub include: Vec<InvoiceInclude>,
}

impl Sealed for InvoiceFilter {}
impl Filter for InvoiceFilter {
    fn write(&self, query: &mut Query) {
        query
            .search_any("customerids", &self.client_ids)
            .search("invoice_number", self.invoice_number.as_deref())
            .search("v3_status", self.v3_status.as_deref())
            .search("date_min", self.date_min)
            .search("date_max", self.date_max)
            .search("updated_min", self.updated_min)
            .search("updated_max", self.updated_max)
            .search("vis_state", self.vis_state.map(VisState::code))
            .sort(self.sort.as_ref())
            .include(&self.include);
    }
}

impl Sealed for Invoice {}
impl Resource for Invoice {
    type Id = InvoiceId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "invoices/invoices",
        "invoice",
        &["invoices"],
        operations!("invoice"),
    );

    fn id(&self) -> InvoiceId {
        self.id
    }
}
impl List for Invoice {
    type Filter = InvoiceFilter;
}
impl Get for Invoice {}
impl GetWith for Invoice {
    type Include = InvoiceInclude;
}
impl Create for Invoice {
    type New = NewInvoice;
}
impl Update for Invoice {
    type Update = InvoiceUpdate;
}
impl SoftDelete for Invoice {}
