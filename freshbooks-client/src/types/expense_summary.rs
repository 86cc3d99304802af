//! Expense summaries: what expenses come to.

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::wire::{CurrencyCode, list, optional, optional_decimal, optional_text};

/// What a group of expenses comes to. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ExpenseSummary {
    /// The group: `grand_total`, `active`, `archived`.
    #[serde(default, rename = "id", deserialize_with = "optional_text")]
    pub group: Option<String>,
    /// How many expenses.
    #[serde(default, rename = "counts", deserialize_with = "optional")]
    pub count: Option<u64>,
    /// What they come to, one entry per currency.
    #[serde(default, deserialize_with = "list")]
    pub amounts: Vec<SummaryAmount>,
}

/// A sum in one currency. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct SummaryAmount {
    /// How much.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub amount: Option<Decimal>,
    /// In which currency.
    #[serde(default, rename = "code", deserialize_with = "optional")]
    pub currency_code: Option<CurrencyCode>,
    /// Of how many expenses.
    #[serde(default, deserialize_with = "optional")]
    pub count: Option<u64>,
}
