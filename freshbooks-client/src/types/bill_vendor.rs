//! Bill vendors: to whom bills are owed. Needs the Accounts Payable feature.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Change;
use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{
    Create, Family, Filter, Get, List, Resource, Shape, SoftDelete, Update, operations,
};
use crate::wire::{
    AccountId, CurrencyCode, Money, TaxId, Timestamp, VendorId, VisState, flag, list, optional,
    optional_decimal, optional_id, optional_text, utc,
};

/// A bill vendor as FreshBooks shows it. Names are not known to be unique.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Vendor {
    /// Its identifier.
    #[serde(rename = "vendorid")]
    pub id: VendorId,
    /// Its name.
    #[serde(default, rename = "vendor_name", deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// The currency its bills usually have.
    #[serde(default, deserialize_with = "optional")]
    pub currency_code: Option<CurrencyCode>,
    /// Language, such as `en`.
    #[serde(default, deserialize_with = "optional_text")]
    pub language: Option<String>,
    /// Free text, usable to hold a key of one's own.
    #[serde(default, deserialize_with = "optional_text")]
    pub account_number: Option<String>,
    /// Given name of its contact.
    #[serde(default, deserialize_with = "optional_text")]
    pub primary_contact_first_name: Option<String>,
    /// Family name of its contact.
    #[serde(default, deserialize_with = "optional_text")]
    pub primary_contact_last_name: Option<String>,
    /// E-mail of its contact; several vendors may have the same.
    #[serde(default, deserialize_with = "optional_text")]
    pub primary_contact_email: Option<String>,
    /// Telephone.
    #[serde(default, deserialize_with = "optional_text")]
    pub phone: Option<String>,
    /// Web site.
    #[serde(default, deserialize_with = "optional_text")]
    pub website: Option<String>,
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
    #[serde(default, deserialize_with = "optional_text")]
    pub postal_code: Option<String>,
    /// Country.
    #[serde(default, deserialize_with = "optional_text")]
    pub country: Option<String>,
    /// Note; not in every list answer.
    #[serde(default, deserialize_with = "optional_text")]
    pub note: Option<String>,
    /// Whether it gets a 1099 form.
    #[serde(default, deserialize_with = "flag")]
    pub is_1099: bool,
    /// What is owed to it, one entry per currency; empty when nothing is.
    #[serde(default, deserialize_with = "list")]
    pub outstanding_balance: Vec<Balance>,
    /// What is overdue, one entry per currency.
    #[serde(default, deserialize_with = "list")]
    pub overdue_balance: Vec<Balance>,
    /// The taxes its bills usually have.
    #[serde(default, deserialize_with = "list")]
    pub tax_defaults: Vec<VendorTaxDefault>,
    /// When it was created.
    #[serde(default, deserialize_with = "utc")]
    pub created_at: Option<Timestamp>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "utc")]
    pub updated_at: Option<Timestamp>,
    /// Live, deleted or archived; `None` if FreshBooks did not say.
    #[serde(default, deserialize_with = "optional")]
    pub vis_state: Option<VisState>,
}

/// A balance in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Balance {
    /// How much.
    pub amount: Money,
}

/// A tax the bills of a vendor usually have. Under which key one would be written is UNVERIFIED, so it
/// can only be read. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct VendorTaxDefault {
    /// The tax.
    #[serde(default, rename = "taxid", deserialize_with = "optional_id")]
    pub tax_id: Option<TaxId>,
    /// Its name.
    #[serde(default, deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// Its percent.
    #[serde(default, rename = "amount", deserialize_with = "optional_decimal")]
    pub percent: Option<Decimal>,
    /// Whether it is in use.
    #[serde(default, deserialize_with = "flag")]
    pub enabled: bool,
}

/// A vendor to create. Nothing keeps FreshBooks from making a second one of the same name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewVendor {
    vendor_name: String,
    currency_code: CurrencyCode,
    language: String,
    #[serde(flatten)]
    rest: VendorUpdate,
}

impl NewVendor {
    /// With what FreshBooks requires, in language `en`. (That the currency is required is
    /// UNVERIFIED; it is always sent.)
    pub fn new(name: impl Into<String>, currency_code: CurrencyCode) -> Self {
        Self {
            vendor_name: name.into(),
            currency_code,
            language: "en".to_owned(),
            rest: VendorUpdate::default(),
        }
    }

    /// Sets another language.
    #[must_use]
    pub fn language(mut self, language: impl Into<String>) -> Self {
        self.language = language.into();
        self
    }

    /// Sets the e-mail of its contact.
    #[must_use]
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.rest.primary_contact_email = Change::Set(email.into());
        self
    }

    /// Names its contact.
    #[must_use]
    pub fn contact(mut self, first_name: impl Into<String>, last_name: impl Into<String>) -> Self {
        self.rest.primary_contact_first_name = Change::Set(first_name.into());
        self.rest.primary_contact_last_name = Change::Set(last_name.into());
        self
    }

    /// Sets the free text that can hold a key of one's own.
    #[must_use]
    pub fn account_number(mut self, number: impl Into<String>) -> Self {
        self.rest.account_number = Change::Set(number.into());
        self
    }

    /// Adds a note.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.rest.note = Change::Set(note.into());
        self
    }
}

/// Changes to a vendor; what is not set stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct VendorUpdate {
    /// Its name.
    #[serde(rename = "vendor_name", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Free text, usable to hold a key of one's own.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub account_number: Change<String>,
    /// Given name of its contact.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub primary_contact_first_name: Change<String>,
    /// Family name of its contact.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub primary_contact_last_name: Change<String>,
    /// E-mail of its contact.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub primary_contact_email: Change<String>,
    /// Telephone.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub phone: Change<String>,
    /// Web site.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub website: Change<String>,
    /// Street.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub street: Change<String>,
    /// Second line of the street.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub street2: Change<String>,
    /// City.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub city: Change<String>,
    /// Province or state.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub province: Change<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub postal_code: Change<String>,
    /// Country.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub country: Change<String>,
    /// Whether it gets a 1099 form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_1099: Option<bool>,
    /// Note.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub note: Change<String>,
}

/// What the list of vendors can be narrowed by: FreshBooks ignores every filter on names and
/// e-mails, so list all and compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct VendorFilter {
    /// In this state; deleted ones are listed only when asked for. UNVERIFIED for vendors: check
    /// each row.
    pub vis_state: Option<VisState>,
}

impl Sealed for VendorFilter {}
impl Filter for VendorFilter {
    fn write(&self, query: &mut Query) {
        query.search("vis_state", self.vis_state.map(VisState::code));
    }
}

impl Sealed for Vendor {}
impl Resource for Vendor {
    type Id = VendorId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "bill_vendors/bill_vendors",
        "bill_vendor",
        &["bill_vendors"],
        operations!("bill vendor"),
    );

    fn id(&self) -> VendorId {
        self.id
    }
}
impl List for Vendor {
    type Filter = VendorFilter;
}
impl Get for Vendor {}
impl Create for Vendor {
    type New = NewVendor;
}
impl Update for Vendor {
    type Update = VendorUpdate;
}
impl SoftDelete for Vendor {}
