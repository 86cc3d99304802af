//! Clients: those who are invoiced, and for whom projects are done.

use serde::Deserialize;

use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{Family, Filter, Get, List, Resource, Shape, operations};
use crate::wire::{
    AccountId, ClientId, CurrencyCode, Timestamp, VisState, eastern, optional, optional_text, utc,
};

/// A client as FreshBooks shows it. Several may share an e-mail.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Client {
    /// Its identifier.
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
    /// The currency it is invoiced in.
    #[serde(default, deserialize_with = "optional")]
    pub currency_code: Option<CurrencyCode>,
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

/// What the list of clients can be narrowed by. Equality on names is ignored by FreshBooks, so only
/// the working forms exist here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ClientFilter {
    /// Exactly these.
    pub client_ids: Vec<ClientId>,
    /// With exactly this e-mail.
    pub email: Option<String>,
    /// With an organization that contains this.
    pub organization_like: Option<String>,
    /// In this state; deleted ones are listed only when asked for.
    pub vis_state: Option<VisState>,
}

impl Sealed for ClientFilter {}
impl Filter for ClientFilter {
    fn write(&self, query: &mut Query) {
        query
            .search_any("userids", &self.client_ids)
            .search("email", self.email.as_deref())
            .search("organization_like", self.organization_like.as_deref())
            .search("vis_state", self.vis_state.map(VisState::code));
    }
}

impl Sealed for Client {}
impl Resource for Client {
    type Id = ClientId;
    type Scope = AccountId;
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
