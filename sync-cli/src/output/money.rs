//! Amounts in results: text in JSON, so that no reader turns them into floats.

use serde::Serialize;
use sync_core::model::Money;

/// An amount and its currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Amount {
    pub(crate) amount: String,
    pub(crate) currency: String,
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self {
            amount: money.to_plain_string(),
            currency: money.currency().to_string(),
        }
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

/// Several currencies.
pub(crate) fn amounts(money: &[Money]) -> Vec<Amount> {
    money.iter().copied().map(Amount::from).collect()
}

/// Several currencies in one cell.
pub(crate) fn joined(amounts: &[Amount]) -> String {
    amounts
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}
