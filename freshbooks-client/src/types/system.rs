//! Systems: the settings of an account.

use serde::Deserialize;

use crate::resource::sealed::Sealed;
use crate::resource::{Family, Get, Resource, Shape, operations};
use crate::wire::{AccountId, BusinessUuid, CurrencyCode, SystemId, flag, optional, optional_text};

/// The settings of an account. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct System {
    /// Its identifier, also sent as `systemid`.
    pub id: SystemId,
    /// Name of the business.
    #[serde(default, deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// Whether the account is active.
    #[serde(default, deserialize_with = "flag")]
    pub active: bool,
    /// E-mail of the owner.
    #[serde(default, deserialize_with = "optional_text")]
    pub email: Option<String>,
    /// E-mail shown to clients.
    #[serde(default, deserialize_with = "optional_text")]
    pub info_email: Option<String>,
    /// The business, as the ledger names it.
    #[serde(default, deserialize_with = "optional")]
    pub business_uuid: Option<BusinessUuid>,
    /// What kind of business.
    #[serde(default, deserialize_with = "optional_text")]
    pub business_type: Option<String>,
    /// The base currency.
    #[serde(default, deserialize_with = "optional")]
    pub currency_code: Option<CurrencyCode>,
    /// Time zone.
    #[serde(default, deserialize_with = "optional_text")]
    pub timezone: Option<String>,
    /// Telephone.
    #[serde(default, rename = "bus_phone", deserialize_with = "optional_text")]
    pub business_phone: Option<String>,
    /// Mobile telephone.
    #[serde(default, rename = "mob_phone", deserialize_with = "optional_text")]
    pub mobile_phone: Option<String>,
    /// Fax.
    #[serde(default, deserialize_with = "optional_text")]
    pub fax: Option<String>,
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
    /// How the account is paid for.
    #[serde(default, deserialize_with = "optional_text")]
    pub billing_status: Option<String>,
    /// Name of its tax registration.
    #[serde(default, deserialize_with = "optional_text")]
    pub vat_name: Option<String>,
    /// Number of its tax registration.
    #[serde(default, deserialize_with = "optional_text")]
    pub vat_number: Option<String>,
}

impl Sealed for System {}
impl Resource for System {
    type Id = SystemId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "systems/systems",
        "system",
        &["systems"],
        operations!("system"),
    );

    fn id(&self) -> SystemId {
        self.id
    }
}
impl Get for System {}
