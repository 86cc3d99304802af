//! Clients: those who are invoiced, and for whom projects are done.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Change;
use super::{Contact, NewContact};
use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{
    Create, Family, Filter, Get, List, Resource, Shape, SoftDelete, Sort, Update, operations,
};
use crate::wire::{
    AccountId, ClientId, CurrencyCode, Timestamp, VisState, closed_words, eastern, list, optional,
    optional_text, utc,
};

/// A client as FreshBooks shows it. Several may share an e-mail. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Client {
    /// Its identifier, also sent as `userid`.
    pub id: ClientId,
    /// Its organization.
    #[serde(default, deserialize_with = "optional_text")]
    pub organization: Option<String>,
    /// Given name of the contact.
    #[serde(default, rename = "fname", deserialize_with = "optional_text")]
    pub first_name: Option<String>,
    /// Family name of the contact.
    #[serde(default, rename = "lname", deserialize_with = "optional_text")]
    pub last_name: Option<String>,
    /// E-mail of the contact.
    #[serde(default, deserialize_with = "optional_text")]
    pub email: Option<String>,
    /// Name to log in with; FreshBooks makes it unique.
    #[serde(default, deserialize_with = "optional_text")]
    pub username: Option<String>,
    /// The currency it is invoiced in.
    #[serde(default, deserialize_with = "optional")]
    pub currency_code: Option<CurrencyCode>,
    /// Language, such as `en`.
    #[serde(default, deserialize_with = "optional_text")]
    pub language: Option<String>,
    /// Name of its tax registration.
    #[serde(default, deserialize_with = "optional_text")]
    pub vat_name: Option<String>,
    /// Number of its tax registration.
    #[serde(default, deserialize_with = "optional_text")]
    pub vat_number: Option<String>,
    /// Note, not shown to the client.
    #[serde(default, deserialize_with = "optional_text")]
    pub note: Option<String>,
    /// Telephone at home.
    #[serde(default, deserialize_with = "optional_text")]
    pub home_phone: Option<String>,
    /// Mobile telephone.
    #[serde(default, rename = "mob_phone", deserialize_with = "optional_text")]
    pub mobile_phone: Option<String>,
    /// Telephone at work.
    #[serde(default, rename = "bus_phone", deserialize_with = "optional_text")]
    pub business_phone: Option<String>,
    /// Fax.
    #[serde(default, deserialize_with = "optional_text")]
    pub fax: Option<String>,
    /// Street.
    #[serde(default, rename = "p_street", deserialize_with = "optional_text")]
    pub billing_street: Option<String>,
    /// Second line of the street.
    #[serde(default, rename = "p_street2", deserialize_with = "optional_text")]
    pub billing_street2: Option<String>,
    /// City.
    #[serde(default, rename = "p_city", deserialize_with = "optional_text")]
    pub billing_city: Option<String>,
    /// Province or state.
    #[serde(default, rename = "p_province", deserialize_with = "optional_text")]
    pub billing_province: Option<String>,
    /// Postal code.
    #[serde(default, rename = "p_code", deserialize_with = "optional_text")]
    pub billing_code: Option<String>,
    /// Country.
    #[serde(default, rename = "p_country", deserialize_with = "optional_text")]
    pub billing_country: Option<String>,
    /// Street.
    #[serde(default, rename = "s_street", deserialize_with = "optional_text")]
    pub shipping_street: Option<String>,
    /// Second line of the street.
    #[serde(default, rename = "s_street2", deserialize_with = "optional_text")]
    pub shipping_street2: Option<String>,
    /// City.
    #[serde(default, rename = "s_city", deserialize_with = "optional_text")]
    pub shipping_city: Option<String>,
    /// Province or state.
    #[serde(default, rename = "s_province", deserialize_with = "optional_text")]
    pub shipping_province: Option<String>,
    /// Postal code.
    #[serde(default, rename = "s_code", deserialize_with = "optional_text")]
    pub shipping_code: Option<String>,
    /// Country.
    #[serde(default, rename = "s_country", deserialize_with = "optional_text")]
    pub shipping_country: Option<String>,
    /// Its secondary contacts, where FreshBooks shows them.
    #[serde(default, deserialize_with = "list")]
    pub contacts: Vec<Contact>,
    /// Its identifier across FreshBooks.
    #[serde(default, deserialize_with = "optional_text")]
    pub uuid: Option<String>,
    /// When it was made.
    #[serde(default, deserialize_with = "utc")]
    pub signup_date: Option<Timestamp>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "eastern")]
    pub updated: Option<Timestamp>,
    /// Live, deleted or archived; `None` if FreshBooks did not say.
    #[serde(default, deserialize_with = "optional")]
    pub vis_state: Option<VisState>,
}

/// A client to create. FreshBooks accepts a second one with the same e-mail. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewClient {
    organization: String,
    #[serde(flatten)]
    rest: ClientUpdate,
}

impl NewClient {
    /// Named by its organization; a person is named in [`ClientUpdate`].
    pub fn new(organization: impl Into<String>) -> Self {
        Self {
            organization: organization.into(),
            rest: ClientUpdate::default(),
        }
    }

    /// Adds what is not required. What the constructor took stays as it is.
    #[must_use]
    pub fn with(mut self, rest: ClientUpdate) -> Self {
        self.rest = ClientUpdate {
            organization: None,
            ..rest
        };
        self
    }
}

/// Changes to a client; what is not set stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ClientUpdate {
    /// Given name of the contact.
    #[serde(rename = "fname", skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Family name of the contact.
    #[serde(rename = "lname", skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Its organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// E-mail of the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The currency it is invoiced in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency_code: Option<CurrencyCode>,
    /// Language, such as `en`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Name of its tax registration.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub vat_name: Change<String>,
    /// Number of its tax registration.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub vat_number: Change<String>,
    /// Note.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub note: Change<String>,
    /// Telephone at home.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub home_phone: Change<String>,
    /// Mobile telephone.
    #[serde(rename = "mob_phone", skip_serializing_if = "Change::is_keep")]
    pub mobile_phone: Change<String>,
    /// Telephone at work.
    #[serde(rename = "bus_phone", skip_serializing_if = "Change::is_keep")]
    pub business_phone: Change<String>,
    /// Fax.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub fax: Change<String>,
    /// Street.
    #[serde(rename = "p_street", skip_serializing_if = "Change::is_keep")]
    pub billing_street: Change<String>,
    /// Second line of the street.
    #[serde(rename = "p_street2", skip_serializing_if = "Change::is_keep")]
    pub billing_street2: Change<String>,
    /// City.
    #[serde(rename = "p_city", skip_serializing_if = "Change::is_keep")]
    pub billing_city: Change<String>,
    /// Province or state.
    #[serde(rename = "p_province", skip_serializing_if = "Change::is_keep")]
    pub billing_province: Change<String>,
    /// Postal code.
    #[serde(rename = "p_code", skip_serializing_if = "Change::is_keep")]
    pub billing_code: Change<String>,
    /// Country.
    #[serde(rename = "p_country", skip_serializing_if = "Change::is_keep")]
    pub billing_country: Change<String>,
    /// Street.
    #[serde(rename = "s_street", skip_serializing_if = "Change::is_keep")]
    pub shipping_street: Change<String>,
    /// Second line of the street.
    #[serde(rename = "s_street2", skip_serializing_if = "Change::is_keep")]
    pub shipping_street2: Change<String>,
    /// City.
    #[serde(rename = "s_city", skip_serializing_if = "Change::is_keep")]
    pub shipping_city: Change<String>,
    /// Province or state.
    #[serde(rename = "s_province", skip_serializing_if = "Change::is_keep")]
    pub shipping_province: Change<String>,
    /// Postal code.
    #[serde(rename = "s_code", skip_serializing_if = "Change::is_keep")]
    pub shipping_code: Change<String>,
    /// Country.
    #[serde(rename = "s_country", skip_serializing_if = "Change::is_keep")]
    pub shipping_country: Change<String>,
    /// All secondary contacts anew; an empty list removes them all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Vec<NewContact>>,
}

closed_words! {
    /// What clients can be sorted by; these were seen to work.
    ClientSort {
        /// By organization.
        OrganizationName = "organization_name",
        /// By the name of the contact.
        FullName = "fullname",
        /// By e-mail.
        Email = "email",
        /// By the last change.
        Updated = "updated",
    }
}

/// What the list of clients can be narrowed by. Equality on names is ignored by FreshBooks, so only
/// the working forms exist here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ClientFilter {
    /// Exactly these (documented).
    pub client_ids: Vec<ClientId>,
    /// With exactly this e-mail (observed).
    pub email: Option<String>,
    /// With an e-mail that contains this.
    pub email_like: Option<String>,
    /// With an organization that contains this.
    pub organization_like: Option<String>,
    /// With a given name that contains this.
    pub first_name_like: Option<String>,
    /// With a family name that contains this.
    pub last_name_like: Option<String>,
    /// With this in any of its names.
    pub user_like: Option<String>,
    /// With this in a telephone number.
    pub phone_like: Option<String>,
    /// With this in the note.
    pub note_like: Option<String>,
    /// With this in an address.
    pub address_like: Option<String>,
    /// With exactly this name to log in with.
    pub username: Option<String>,
    /// Changed on or after this day, Eastern time; FreshBooks looks at days only.
    pub updated_min: Option<NaiveDate>,
    /// Changed before this day.
    pub updated_max: Option<NaiveDate>,
    /// In this state; deleted ones are listed only when asked for (documented).
    pub vis_state: Option<VisState>,
    /// In this order.
    pub sort: Option<Sort<ClientSort>>,
}

impl Sealed for ClientFilter {}
impl Filter for ClientFilter {
    fn write(&self, query: &mut Query) {
        query
            .search_any("userids", &self.client_ids)
            .search("email", self.email.as_deref())
            .search("email_like", self.email_like.as_deref())
            .search("organization_like", self.organization_like.as_deref())
            .search("fname_like", self.first_name_like.as_deref())
            .search("lname_like", self.last_name_like.as_deref())
            .search("user_like", self.user_like.as_deref())
            .search("phone_like", self.phone_like.as_deref())
            .search("note_like", self.note_like.as_deref())
            .search("address_like", self.address_like.as_deref())
            .search("username", self.username.as_deref())
            .search("updated_min", self.updated_min)
            .search("updated_max", self.updated_max)
            .search("vis_state", self.vis_state.map(VisState::code))
            .sort(self.sort.as_ref());
    }
}

impl Sealed for Client {}
impl Resource for Client {
    type Id = ClientId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "users/clients",
        "client",
        &["clients"],
        operations!("client"),
    );

    fn id(&self) -> ClientId {
        self.id
    }
}
impl List for Client {
    type Filter = ClientFilter;
}
impl Get for Client {}
impl Create for Client {
    type New = NewClient;
}
impl Update for Client {
    type Update = ClientUpdate;
}
impl SoftDelete for Client {}
