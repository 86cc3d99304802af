//! Payments: money received for invoices. FreshBooks moves none.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::PaymentType;
use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{
    Create, Family, Filter, Get, List, Resource, Shape, SoftDelete, Update, operations,
};
use crate::wire::{
    AccountId, ClientId, CreditNoteId, CurrencyCode, InvoiceId, Money, PaymentId, Timestamp,
    VisState, eastern, flag, optional, optional_date, optional_id, optional_text,
};

/// A payment as FreshBooks shows it. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Payment {
    /// Its identifier, also sent as `logid`.
    pub id: PaymentId,
    /// The invoice it pays.
    #[serde(default, rename = "invoiceid", deserialize_with = "optional_id")]
    pub invoice_id: Option<InvoiceId>,
    /// Who paid.
    #[serde(default, rename = "clientid", deserialize_with = "optional_id")]
    pub client_id: Option<ClientId>,
    /// How much.
    pub amount: Money,
    /// When.
    #[serde(default, deserialize_with = "optional_date")]
    pub date: Option<NaiveDate>,
    /// How.
    #[serde(default, rename = "type", deserialize_with = "optional")]
    pub payment_type: Option<PaymentType>,
    /// Note.
    #[serde(default, deserialize_with = "optional_text")]
    pub note: Option<String>,
    /// The gateway it came through.
    #[serde(default, deserialize_with = "optional_text")]
    pub gateway: Option<String>,
    /// The credit it was taken from.
    #[serde(default, rename = "creditid", deserialize_with = "optional_id")]
    pub credit_id: Option<CreditNoteId>,
    /// The credit an overpayment became.
    #[serde(default, rename = "overpaymentid", deserialize_with = "optional_id")]
    pub overpayment_id: Option<CreditNoteId>,
    /// Whether it was paid from a credit.
    #[serde(default, deserialize_with = "flag")]
    pub from_credit: bool,
    /// The order of the gateway.
    #[serde(default, rename = "orderid", deserialize_with = "optional_text")]
    pub order_id: Option<String>,
    /// The transaction of the gateway.
    #[serde(default, rename = "transactionid", deserialize_with = "optional_text")]
    pub transaction_id: Option<String>,
    /// The bank transaction it is matched with.
    #[serde(default, deserialize_with = "optional_text")]
    pub transaction_uuid: Option<String>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "eastern")]
    pub updated: Option<Timestamp>,
    /// Live, deleted or archived; `None` if FreshBooks did not say.
    #[serde(default, deserialize_with = "optional")]
    pub vis_state: Option<VisState>,
}

/// A payment to record. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewPayment {
    #[serde(rename = "invoiceid")]
    invoice_id: InvoiceId,
    amount: Money,
    date: NaiveDate,
    #[serde(rename = "type")]
    payment_type: PaymentType,
    #[serde(flatten)]
    rest: PaymentRest,
}

impl NewPayment {
    /// With what FreshBooks requires.
    pub fn new(
        invoice_id: InvoiceId,
        amount: Money,
        date: NaiveDate,
        payment_type: PaymentType,
    ) -> Self {
        Self {
            invoice_id,
            amount,
            date,
            payment_type,
            rest: PaymentRest::default(),
        }
    }

    /// Adds what is not required. What the constructor took stays as it is.
    #[must_use]
    pub fn with(mut self, rest: PaymentRest) -> Self {
        self.rest = rest;
        self
    }
}

/// What a payment can have besides.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PaymentRest {
    /// Note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether FreshBooks thanks the client by e-mail. Inferred; what happens without it is
    /// UNVERIFIED.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_client_notification: Option<bool>,
}

/// Changes to a payment; what is not set stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PaymentUpdate {
    /// How much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<NaiveDate>,
    /// How.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub payment_type: Option<PaymentType>,
    /// Note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What the list of payments can be narrowed by. All are documented.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PaymentFilter {
    /// Of this invoice.
    pub invoice_id: Option<InvoiceId>,
    /// Of one of these clients.
    pub client_ids: Vec<ClientId>,
    /// Paid on or after.
    pub date_min: Option<NaiveDate>,
    /// Paid before; whether the day itself counts is UNVERIFIED.
    pub date_max: Option<NaiveDate>,
    /// At least this amount.
    pub amount_min: Option<Decimal>,
    /// Less than this amount; whether the amount itself counts is UNVERIFIED.
    pub amount_max: Option<Decimal>,
    /// Changed on or after this day, Eastern time.
    pub updated_min: Option<NaiveDate>,
    /// Changed before this day.
    pub updated_max: Option<NaiveDate>,
    /// Paid this way.
    pub payment_type: Option<PaymentType>,
    /// In this currency.
    pub currency: Option<CurrencyCode>,
    /// In this state; deleted ones are listed only when asked for (documented).
    pub vis_state: Option<VisState>,
}

impl Sealed for PaymentFilter {}
impl Filter for PaymentFilter {
    fn write(&self, query: &mut Query) {
        query
            .search("invoiceid", self.invoice_id)
            .search_any("clientids", &self.client_ids)
            .search("date_min", self.date_min)
            .search("date_max", self.date_max)
            .search("amount_min", self.amount_min)
            .search("amount_max", self.amount_max)
            .search("updated_min", self.updated_min)
            .search("updated_max", self.updated_max)
            .search("type", self.payment_type.as_ref())
            .search("currency", self.currency)
            .search("vis_state", self.vis_state.map(VisState::code));
    }
}

impl Sealed for Payment {}
impl Resource for Payment {
    type Id = PaymentId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "payments/payments",
        "payment",
        &["payments"],
        operations!("payment"),
    );

    fn id(&self) -> PaymentId {
        self.id
    }
}
impl List for Payment {
    type Filter = PaymentFilter;
}
impl Get for Payment {}
impl Create for Payment {
    type New = NewPayment;
}
impl Update for Payment {
    type Update = PaymentUpdate;
}
impl SoftDelete for Payment {}
