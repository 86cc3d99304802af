//! Ledger accounts: the chart of accounts, with the numbers bookkeepers know.

use serde::{Deserialize, Serialize};

use crate::resource::sealed::Sealed;
use crate::resource::{Create, Family, Get, List, NoFilter, Replace, Resource, Shape, operations};
use crate::wire::{
    BusinessUuid, CategoryId, LedgerAccountId, LedgerSubTypeId, Timestamp, flag, list,
    open_text_enum, optional, optional_id, optional_text, utc,
};

/// A ledger account as FreshBooks shows it. Observed.
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
    /// The built-in account it is, if it is one.
    #[serde(default, deserialize_with = "optional_text")]
    pub system_account_name: Option<String>,
    /// The account above it.
    #[serde(default, deserialize_with = "optional")]
    pub parent_account: Option<LedgerAccountId>,
    /// The accounts below it.
    #[serde(default, deserialize_with = "list")]
    pub sub_accounts: Vec<LedgerAccountId>,
    /// Whether FreshBooks made it.
    #[serde(default, deserialize_with = "flag")]
    pub auto_created: bool,
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

impl LedgerAccount {
    /// All that would have to be sent to keep it as it is: change what shall change, and replace.
    /// `None` when FreshBooks showed no name, number, type or sub type, without which it cannot be
    /// sent.
    pub fn to_full(&self) -> Option<FullLedgerAccount> {
        Some(FullLedgerAccount {
            uuid: self.id.clone(),
            name: self.name.clone()?,
            number: self.number.clone()?,
            description: self.description.clone().unwrap_or_default(),
            account_type: self.account_type.clone()?,
            sub_type: self.sub_type.clone()?,
            parent_account: self.parent_account.clone(),
            sub_accounts: self.sub_accounts.clone(),
        })
    }
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

/// A ledger account to create. Documented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewLedgerAccount {
    name: String,
    number: String,
    sub_type: String,
    // Required even where there is none.
    parent_account: Option<LedgerAccountId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

impl NewLedgerAccount {
    /// A top account with a name, a number such as `1003` and a sub type such as `Cash & Bank`.
    pub fn new(
        name: impl Into<String>,
        number: impl Into<String>,
        sub_type: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            number: number.into(),
            sub_type: sub_type.into(),
            parent_account: None,
            description: None,
        }
    }

    /// Puts it below another account.
    #[must_use]
    pub fn below(mut self, parent: LedgerAccountId) -> Self {
        self.parent_account = Some(parent);
        self
    }

    /// Says what it is for.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}

/// A whole ledger account to replace one with; [`LedgerAccount::to_full`] gives it. Documented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FullLedgerAccount {
    uuid: LedgerAccountId,
    /// Its name.
    pub name: String,
    /// Its number.
    pub number: String,
    /// What it is for.
    pub description: String,
    #[serde(rename = "type")]
    account_type: LedgerAccountType,
    /// Its sub type.
    pub sub_type: String,
    /// The account above it.
    pub parent_account: Option<LedgerAccountId>,
    sub_accounts: Vec<LedgerAccountId>,
}

/// A sub type of ledger accounts: FreshBooks has ten. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct LedgerSubType {
    /// Its identifier.
    pub id: LedgerSubTypeId,
    /// Its name, such as `Cash & Bank`.
    #[serde(default, deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// The type it is of.
    #[serde(default, rename = "type", deserialize_with = "optional")]
    pub account_type: Option<LedgerAccountType>,
    /// Where its numbers begin, such as `1000`.
    #[serde(default, deserialize_with = "optional_text")]
    pub base_number: Option<String>,
}

/// `{"data":...}`, as the ledger wraps lists that belong to nobody.
#[derive(Deserialize)]
pub(crate) struct LedgerData<T> {
    pub(crate) data: T,
}

/// `{"name":"asset"}`.
#[derive(Deserialize)]
pub(crate) struct NamedType {
    pub(crate) name: LedgerAccountType,
}

impl Sealed for LedgerAccount {}
impl Resource for LedgerAccount {
    type Id = LedgerAccountId;
    type Owner = BusinessUuid;
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
impl Create for LedgerAccount {
    type New = NewLedgerAccount;
}
impl Replace for LedgerAccount {
    type Full = FullLedgerAccount;
}
