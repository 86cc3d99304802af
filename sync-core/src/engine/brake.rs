//! The brake: a pass that would write unusually much stops and asks first.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::model::{Currency, Money};
use crate::state::OutboxEntry;

/// More than this in one pass needs a person's word. `None` sets no bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brake {
    /// Records. Default 500.
    pub records: Option<u64>,
    /// Money per currency, in units of it. Default 100,000.
    pub amount: Option<Decimal>,
}

impl Default for Brake {
    fn default() -> Self {
        Self {
            records: Some(500),
            amount: Some(Decimal::new(100_000, 0)),
        }
    }
}

/// What a pass would have written when the brake stopped it. Nothing was written; the plans are durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Braked {
    /// Records.
    pub records: u64,
    /// Money per currency.
    pub amounts: Vec<Money>,
    /// Which bound was passed, for people.
    pub because: String,
}

impl Brake {
    /// Whether sending these entries would pass a bound.
    pub fn check<'a>(&self, entries: impl IntoIterator<Item = &'a OutboxEntry>) -> Option<Braked> {
        let mut records: u64 = 0;
        let mut sums: BTreeMap<Currency, Decimal> = BTreeMap::new();
        for entry in entries {
            records = records.saturating_add(1);
            if let Some(amount) = entry.step.amount {
                let sum = sums.entry(amount.currency()).or_default();
                *sum = sum.saturating_add(amount.amount().abs());
            }
        }
        let because = self.passed(records, &sums)?;
        let amounts = sums
            .into_iter()
            .map(|(currency, amount)| Money::new(amount, currency))
            .collect();
        Some(Braked {
            records,
            amounts,
            because,
        })
    }

    fn passed(&self, records: u64, sums: &BTreeMap<Currency, Decimal>) -> Option<String> {
        if let Some(bound) = self.records
            && records > bound
        {
            return Some(format!(
                "{records} records are more than the {bound} allowed in one pass"
            ));
        }
        let bound = self.amount?;
        let (currency, sum) = sums.iter().find(|(_, sum)| **sum > bound)?;
        let sum = Money::new(*sum, *currency);
        let bound = Money::new(bound, *currency);
        Some(format!(
            "{sum} is more than the {bound} allowed in one pass"
        ))
    }
}
