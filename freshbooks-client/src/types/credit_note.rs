//! Credit notes: what a client has to its credit.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Change;
use super::{DocumentLine, NewDocumentLine};
use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{
    Create, Family, Filter, Get, List, Resource, Shape, SoftDelete, Update, operations,
};
use crate::wire::{
    AccountId, ClientId, CreditNoteId, CurrencyCode, Money, VisState, list, open_text_enum,
    optional, optional_date, optional_id, optional_text,
};

/// A credit note as FreshBooks shows it. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CreditNote {
    /// Its identifier, also sent as `creditid`; sometimes as text.
    pub id: CreditNoteId,
    /// Its number as people see it.
    #[serde(default, deserialize_with = "optional_text")]
    pub credit_number: Option<String>,
    /// Whose credit it is.
    #[serde(default, rename = "clientid", deserialize_with = "optional_id")]
    pub client_id: Option<ClientId>,
    /// Where it comes from.
    #[serde(default, deserialize_with = "optional")]
    pub credit_type: Option<CreditType>,
    /// Its date.
    #[serde(default, deserialize_with = "optional_date")]
    pub create_date: Option<NaiveDate>,
    /// Its currency.
    #[serde(default, deserialize_with = "optional")]
    pub currency_code: Option<CurrencyCode>,
    /// Language, such as `en`.
    #[serde(default, deserialize_with = "optional_text")]
    pub language: Option<String>,
    /// Where it stands.
    #[serde(default, deserialize_with = "optional_text")]
    pub status: Option<String>,
    /// Where it stands, as a word.
    #[serde(default, deserialize_with = "optional_text")]
    pub display_status: Option<String>,
    /// How far it is used, as a word.
    #[serde(default, deserialize_with = "optional_text")]
    pub payment_status: Option<String>,
    /// What it comes to.
    #[serde(default)]
    pub amount: Option<Money>,
    /// What of it is used.
    #[serde(default)]
    pub paid: Option<Money>,
    /// Notes shown to the client.
    #[serde(default, deserialize_with = "optional_text")]
    pub notes: Option<String>,
    /// Terms shown to the client.
    #[serde(default, deserialize_with = "optional_text")]
    pub terms: Option<String>,
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
    /// What it credits.
    #[serde(default, deserialize_with = "list")]
    pub lines: Vec<DocumentLine>,
    /// Live, deleted or archived; `None` if FreshBooks did not say.
    #[serde(default, deserialize_with = "optional")]
    pub vis_state: Option<VisState>,
}

open_text_enum! {
    /// Where a credit comes from.
    CreditType {
        /// Given.
        Goodwill = "goodwill",
        /// Paid in advance.
        Prepayment = "prepayment",
        /// Paid too much.
        Overpayment = "overpayment",
    }
}

/// A credit note to create. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewCreditNote {
    #[serde(rename = "clientid")]
    client_id: ClientId,
    credit_type: CreditType,
    create_date: NaiveDate,
    currency_code: CurrencyCode,
    lines: Vec<NewDocumentLine>,
    #[serde(flatten)]
    rest: CreditNoteUpdate,
}

impl NewCreditNote {
    /// With what FreshBooks requires.
    pub fn new(
        client_id: ClientId,
        credit_type: CreditType,
        create_date: NaiveDate,
        currency_code: CurrencyCode,
        lines: Vec<NewDocumentLine>,
    ) -> Self {
        Self {
            client_id,
            credit_type,
            create_date,
            currency_code,
            lines,
            rest: CreditNoteUpdate::default(),
        }
    }

    /// Adds what is not required. What the constructor took stays as it is.
    #[must_use]
    pub fn with(mut self, rest: CreditNoteUpdate) -> Self {
        self.rest = CreditNoteUpdate {
            client_id: None,
            create_date: None,
            currency_code: None,
            lines: None,
            ..rest
        };
        self
    }
}

/// Changes to a credit note; what is not set stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct CreditNoteUpdate {
    /// Whose credit it is.
    #[serde(rename = "clientid", skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// Its date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_date: Option<NaiveDate>,
    /// Its currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency_code: Option<CurrencyCode>,
    /// All lines anew. Whether they replace or join the old ones is UNVERIFIED.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<NewDocumentLine>>,
    /// Its number as people see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit_number: Option<String>,
    /// Language, such as `en`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Notes shown to the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Terms shown to the client.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub terms: Change<String>,
}

/// What the list of credit notes can be narrowed by. All are documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CreditNoteFilter {
    /// Of this client.
    pub client_id: Option<ClientId>,
    /// Dated on or after.
    pub date_min: Option<NaiveDate>,
    /// Dated before; whether the day itself counts is UNVERIFIED.
    pub date_max: Option<NaiveDate>,
    /// In this state; deleted ones are listed only when asked for (documented).
    pub vis_state: Option<VisState>,
}

impl Sealed for CreditNoteFilter {}
impl Filter for CreditNoteFilter {
    fn write(&self, query: &mut Query) {
        query
            .search("clientid", self.client_id)
            .search("date_min", self.date_min)
            .search("date_max", self.date_max)
            .search("vis_state", self.vis_state.map(VisState::code));
    }
}

impl Sealed for CreditNote {}
impl Resource for CreditNote {
    type Id = CreditNoteId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "credit_notes/credit_notes",
        "credit_note",
        &["credit_notes"],
        operations!("credit note"),
    );

    fn id(&self) -> CreditNoteId {
        self.id
    }
}
impl List for CreditNote {
    type Filter = CreditNoteFilter;
}
impl Get for CreditNote {}
impl Create for CreditNote {
    type New = NewCreditNote;
}
impl Update for CreditNote {
    type Update = CreditNoteUpdate;
}
impl SoftDelete for CreditNote {}
