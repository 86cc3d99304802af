//! Who is asking, and for which businesses (`users/me`).

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::wire::{
    AccountId, BusinessId, BusinessUuid, Timestamp, flag, list, open_text_enum, optional,
    optional_text, utc,
};

/// The person who granted access.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Identity {
    /// Number of the person.
    #[serde(default, rename = "identity_id", deserialize_with = "optional")]
    pub id: Option<u64>,
    /// Given name.
    #[serde(default, deserialize_with = "optional_text")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(default, deserialize_with = "optional_text")]
    pub last_name: Option<String>,
    /// E-mail.
    #[serde(default, deserialize_with = "optional_text")]
    pub email: Option<String>,
    /// When the person signed up.
    #[serde(default, deserialize_with = "utc")]
    pub created_at: Option<Timestamp>,
    /// The businesses the person belongs to.
    #[serde(default, rename = "business_memberships", deserialize_with = "list")]
    pub memberships: Vec<Membership>,
    /// Plan features, per accounting account. Values are booleans and limits; see
    /// [`access`](Self::access).
    #[serde(default, deserialize_with = "permissions")]
    permissions: BTreeMap<String, BTreeMap<String, bool>>,
}

/// What `users/me` says about one plan feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// The plan includes it.
    Granted,
    /// The plan does not.
    Denied,
    /// Nothing is said: only trying tells.
    Unknown,
}

impl Identity {
    /// Whether the plan of an account includes a feature, by FreshBooks' name of it, such as
    /// `accounts_payable.access`, `attachments.access` or `advanced_accounting.access`.
    pub fn access(&self, account: &AccountId, feature: &str) -> Access {
        let features = self.permissions.get(account.as_str());
        match features.and_then(|features| features.get(feature)) {
            Some(true) => Access::Granted,
            Some(false) => Access::Denied,
            None => Access::Unknown,
        }
    }
}

/// A person's place in one business.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Membership {
    /// Number of the membership; it is *not* the business's.
    #[serde(default, deserialize_with = "optional")]
    pub id: Option<u64>,
    /// What the person may do there. A `client` cannot write, whatever the scopes.
    #[serde(default, deserialize_with = "optional")]
    pub role: Option<MemberRole>,
    /// The business.
    pub business: Business,
}

open_text_enum! {
    /// A person's role in a business.
    MemberRole {
        /// Owns it.
        Owner = "owner",
        /// Administers it.
        Admin = "admin",
        /// Shares it.
        BusinessPartner = "business_partner",
        /// Manages it.
        BusinessManager = "business_manager",
        /// Works in it.
        BusinessEmployee = "business_employee",
        /// Keeps its books.
        BusinessAccountant = "business_accountant",
        /// Works for it.
        Contractor = "contractor",
        /// Is its customer.
        Client = "client",
        /// Works in it without a paid seat.
        NoSeatEmployee = "no_seat_employee",
    }
}

/// A business, with the three ids that the families of URLs want.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Business {
    /// Id for projects and team members.
    pub id: BusinessId,
    /// Id for the ledger.
    #[serde(default, rename = "business_uuid", deserialize_with = "optional")]
    pub uuid: Option<BusinessUuid>,
    /// Id for accounting. `None`: the business has no accounting account, and writes are refused.
    #[serde(default, deserialize_with = "optional")]
    pub account_id: Option<AccountId>,
    /// Its name.
    #[serde(default, deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// Its time zone.
    #[serde(default, deserialize_with = "optional_text")]
    pub timezone: Option<String>,
    /// Whether it is in use.
    #[serde(default, deserialize_with = "flag")]
    pub active: bool,
}

/// Keeps the yes-or-no features and drops limits and whatever else stands there: a surprise here
/// must not hide who the person is.
fn permissions<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, BTreeMap<String, bool>>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    let accounts = value.as_object().into_iter().flatten();
    Ok(accounts
        .map(|(account, features)| {
            let features = features.as_object().into_iter().flatten();
            let known = features.filter_map(|(name, on)| Some((name.clone(), on.as_bool()?)));
            (account.clone(), known.collect())
        })
        .collect())
}
