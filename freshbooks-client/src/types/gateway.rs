//! Gateways: how an account can be paid online.

use serde::Deserialize;

use crate::resource::sealed::Sealed;
use crate::resource::{Family, HardDelete, List, NoFilter, Resource, Shape, operations};
use crate::wire::{AccountId, CurrencyCode, GatewayId, list, optional_text};

/// A gateway of an account, as accounting shows it. Inferred: no answer has been seen.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Gateway {
    /// Its identifier.
    pub id: GatewayId,
    /// Its name.
    #[serde(default, rename = "gateway_name", deserialize_with = "optional_text")]
    pub name: Option<String>,
}

impl Sealed for Gateway {}
impl Resource for Gateway {
    type Id = GatewayId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "systems/gateways",
        "gateway",
        &["gateways"],
        operations!("gateway"),
    );

    fn id(&self) -> GatewayId {
        self.id
    }
}
impl List for Gateway {
    type Filter = NoFilter;
}
impl HardDelete for Gateway {}

/// The gateways an account is connected to; a gateway that is not connected is `None`. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct GatewayConnections {
    /// FreshBooks Payments.
    #[serde(default, rename = "fbpay")]
    pub freshbooks_payments: Option<GatewayConnection>,
    /// Stripe, connected before the unified way.
    #[serde(default)]
    pub stripe: Option<GatewayConnection>,
    /// Stripe, connected the unified way.
    #[serde(default)]
    pub stripe_unified: Option<GatewayConnection>,
}

/// A connection to a gateway. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Wire")]
#[non_exhaustive]
pub struct GatewayConnection {
    /// Its identifier.
    #[serde(default, deserialize_with = "optional_text")]
    pub id: Option<String>,
    /// Where it stands; each gateway has its own words.
    #[serde(default, deserialize_with = "optional_text")]
    pub state: Option<String>,
    /// E-mail of the account there.
    #[serde(default, deserialize_with = "optional_text")]
    pub email: Option<String>,
    /// Country.
    #[serde(default, deserialize_with = "optional_text")]
    pub country: Option<String>,
    /// Currencies it takes.
    #[serde(default, deserialize_with = "list")]
    pub currencies: Vec<CurrencyCode>,
    /// Public key of Stripe, for pages that take cards.
    #[serde(default, deserialize_with = "optional_text")]
    pub publishable_key: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default, deserialize_with = "optional_text")]
    id: Option<String>,
    // One word, three keys.
    #[serde(default, deserialize_with = "optional_text")]
    state: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    user_state: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    account_status: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    email: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    stripe_email: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    country: Option<String>,
    #[serde(default, deserialize_with = "list")]
    currencies: Vec<CurrencyCode>,
    #[serde(default, deserialize_with = "optional_text")]
    publishable_key: Option<String>,
}

impl From<Wire> for GatewayConnection {
    fn from(wire: Wire) -> Self {
        Self {
            id: wire.id,
            state: wire.state.or(wire.user_state).or(wire.account_status),
            email: wire.email.or(wire.stripe_email),
            country: wire.country,
            currencies: wire.currencies,
            publishable_key: wire.publishable_key,
        }
    }
}

/// `{"gateway_connections":[...]}`.
#[derive(Deserialize)]
pub(crate) struct ConnectionList {
    pub(crate) gateway_connections: Vec<GatewayConnections>,
}
