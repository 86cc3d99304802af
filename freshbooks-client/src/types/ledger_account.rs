//! Ledger accounts: the chart of accounts, with the numbers bookkeepers know.

use serde::Deserialize;

use crate::resource::sealed::Sealed;
use crate::resource::{Family, Get, List, NoFilter, Resource, Shape, operations};
use crate::wire::{
    BusinessUuid, CategoryId, LedgerAccountId, Timestamp, list, open_text_enum, optional,
    optional_id, optional_text, utc,
};

/// A ledger account as FreshBooks shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct LedgerAccount {
    /// Its identifier.
    #[serde(rename = "uuid")]
    pub id: LedgerAccountId,
    /// Its name.
    #[serde(default, deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// Its number, such as `1000`, or `1000-1` for a sub account.
    #[serde(default, deserialize_with = "optional_text")]
    pub number: Option<String>,
    /// What it is for.
    #[serde(default, deserialize_with = "optional_text")]
    pub description: Option<String>,
    /// Its type.
    #[serde(default, rename = "type", deserialize_with = "optional")]
    pub account_type: Option<LedgerAccountType>,
    /// Its sub type, such as `Cash & Bank`.
    #[serde(default, deserialize_with = "optional_text")]
    pub sub_type: Option<String>,
    /// The account above it.
    #[serde(default, deserialize_with = "optional")]
    pub parent_account: Option<LedgerAccountId>,
    /// The accounts below it.
    #[serde(default, deserialize_with = "list")]
    pub sub_accounts: Vec<LedgerAccountId>,
    /// In use or not.
    #[serde(default, deserialize_with = "optional")]
    pub state: Option<LedgerAccountState>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "utc")]
    pub updated_at: Option<Timestamp>,
    /// The expense category that posts to it: the way from a GL code to what a bill line takes.
    #[serde(default, deserialize_with = "optional_id")]
    pub category_id: Option<CategoryId>,
}

open_text_enum! {
    /// The type of a ledger account.
    LedgerAccountType {
        /// What the business has.
        Asset = "asset",
        /// What belongs to its owners.
        Equity = "equity",
        /// What it spends.
        Expense = "expense",
        /// What it earns.
        Income = "income",
        /// What it owes.
        Liability = "liability",
    }
}

open_text_enum! {
    /// Whether a ledger account is in use.
    LedgerAccountState {
        /// In use.
        Active = "active",
        /// Not in use.
        Inactive = "inactive",
    }
}

impl Sealed for LedgerAccount {}
impl Resource for LedgerAccount {
    type Id = LedgerAccountId;
    type Scope = BusinessUuid;
    // All accounts at once, never paged, and bodies are not wrapped.
    const SHAPE: Shape = Shape::new(
        Family::Ledger,
        "ledger_accounts/accounts",
        "data",
        &["data"],
        operations!("ledger account"),
    )
    .whole()
    .unwrapped();

    fn id(&self) -> LedgerAccountId {
        self.id.clone()
    }
}
impl List for LedgerAccount {
    type Filter = NoFilter;
}
impl Get for LedgerAccount {}
