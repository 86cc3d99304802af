//! Which books a grant opens: what a person chooses from when a connection is made.

use std::sync::Arc;

use freshbooks_client as wire;
use sync_core::{Error, Result};

use super::ledger::FreshBooksAccount;
use super::{failure, snapshot};

/// A business whose books the grant opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreshBooksBusiness {
    /// Its ids.
    pub account: FreshBooksAccount,
    /// Its name; names repeat.
    pub name: String,
    /// What the person who granted access may do there, in FreshBooks' word. A `client` cannot write.
    pub role: String,
    /// Whether its plan has bills; `None` when FreshBooks does not say.
    pub accounts_payable: Option<bool>,
}

impl FreshBooksBusiness {
    /// The business number, for a configuration.
    pub fn business_id(&self) -> u64 {
        self.account.business.get()
    }

    /// The business UUID, for a configuration.
    pub fn business_uuid(&self) -> Option<&str> {
        self.account
            .business_uuid
            .as_ref()
            .map(wire::BusinessUuid::as_str)
    }
}

/// Lists the businesses that have an accounting account, in FreshBooks' order. One request.
///
/// `base_url` is that of a stand-in; `None` for FreshBooks itself.
///
/// # Errors
/// `Unauthorized` when the grant is missing or refused, `Invalid` for a wrong URL, else `Unavailable`.
pub async fn businesses(
    tokens: Arc<dyn wire::TokenProvider>,
    base_url: Option<&str>,
) -> Result<Vec<FreshBooksBusiness>> {
    let mut builder = wire::Client::builder(tokens);
    if let Some(base_url) = base_url {
        builder = builder.with_endpoints(super::ledger::endpoints_at(base_url)?);
    }
    let action = "list the businesses of FreshBooks";
    let client = builder
        .build()
        .map_err(|error| failure::read(action, &error))?;
    let identity = client
        .identity()
        .await
        .map_err(|error| failure::read(action, &error))?;
    let found: Vec<FreshBooksBusiness> = identity
        .memberships
        .iter()
        .filter_map(|member| business(&identity, member))
        .collect();
    if found.is_empty() {
        return Err(Error::invalid(format!(
            "{action}: the user has none with accounting; choose another user"
        )));
    }
    Ok(found)
}

/// `None` for a business without an accounting account, where every write would be refused (2).
fn business(identity: &wire::Identity, member: &wire::Membership) -> Option<FreshBooksBusiness> {
    let account = member.business.account_id.clone()?;
    Some(FreshBooksBusiness {
        accounts_payable: snapshot::granted(identity, &account),
        name: member.business.name.clone().unwrap_or_default(),
        role: member
            .role
            .as_ref()
            .map(|role| role.as_str().to_owned())
            .unwrap_or_default(),
        account: FreshBooksAccount {
            account,
            business: member.business.id,
            business_uuid: member.business.uuid.clone(),
        },
    })
}
