//! The chart of accounts as a report, with balances: what FreshBooks documents instead of the list
//! of ledger accounts.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{LedgerAccountState, LedgerAccountType};
use crate::query::Query;
use crate::wire::{
    CurrencyCode, LedgerAccountId, flag, list, optional, optional_decimal, optional_text,
};

/// Which accounts of the chart are wanted, and for which time. All parts are documented.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ChartFilter {
    /// In this currency.
    pub currency_code: Option<CurrencyCode>,
    /// Balances from this day.
    pub start_date: Option<NaiveDate>,
    /// Balances to this day.
    pub end_date: Option<NaiveDate>,
    /// In use or not.
    pub state: Option<LedgerAccountState>,
    /// Of this type.
    pub account_type: Option<LedgerAccountType>,
}

impl ChartFilter {
    pub(crate) fn write(&self, query: &mut Query) {
        query
            // Stated as required.
            .bare("use_ledger_entries", Some(true))
            .bare("currency_code", self.currency_code)
            .bare("start_date", self.start_date)
            .bare("end_date", self.end_date)
            .bare("state", self.state.as_ref())
            .bare("account_type", self.account_type.as_ref())
            .bare("sort", Some("account_number_asc"));
    }
}

/// An account of the chart with its balance. Documented.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ChartAccount {
    /// The ledger account.
    #[serde(default, rename = "account_uuid", deserialize_with = "optional")]
    pub id: Option<LedgerAccountId>,
    /// Its name.
    #[serde(default, rename = "account_name", deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// Its number.
    #[serde(default, rename = "account_number", deserialize_with = "optional_text")]
    pub number: Option<String>,
    /// Its type.
    #[serde(default, deserialize_with = "optional")]
    pub account_type: Option<LedgerAccountType>,
    /// Its sub type.
    #[serde(
        default,
        rename = "account_sub_type",
        deserialize_with = "optional_text"
    )]
    pub sub_type: Option<String>,
    /// Its balance.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub balance: Option<Decimal>,
    /// In which currency; absent means the base currency.
    #[serde(default, deserialize_with = "optional")]
    pub currency_code: Option<CurrencyCode>,
    /// The built-in account it is, if it is one.
    #[serde(default, deserialize_with = "optional_text")]
    pub system_account_name: Option<String>,
    /// Whether FreshBooks made it.
    #[serde(default, deserialize_with = "flag")]
    pub auto_created: bool,
    /// In use or not.
    #[serde(default, deserialize_with = "optional")]
    pub state: Option<LedgerAccountState>,
    /// The account above it.
    #[serde(default, rename = "parent_account_uuid", deserialize_with = "optional")]
    pub parent_account: Option<LedgerAccountId>,
    /// The accounts below it, of the same form.
    #[serde(default, deserialize_with = "list")]
    pub sub_accounts: Vec<Self>,
}

/// `{"journal_entry_accounts":[...]}`.
#[derive(Deserialize)]
pub(crate) struct ChartReport {
    pub(crate) journal_entry_accounts: Vec<ChartAccount>,
}
