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

/// What a pass has written, or may have.
#[derive(Clone, Debug, Default)]
pub(super) struct Load {
    records: u64,
    sums: BTreeMap<Currency, Decimal>,
}

impl Load {
    /// Adds an entry's record.
    pub(super) fn add(&mut self, entry: &OutboxEntry) {
        self.records = self.records.saturating_add(1);
        if let Some(amount) = entry.step.amount {
            let sum = self.sums.entry(amount.currency()).or_default();
            *sum = sum.saturating_add(amount.amount().abs());
        }
    }
}

/// What a pass would have written when the brake stopped it. What was not written is kept; the plans are durable.
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
    /// Whether sending these entries would pass a bound, on top of what the pass has sent before.
    pub(super) fn check<'a>(
        &self,
        before: &Load,
        entries: impl IntoIterator<Item = &'a OutboxEntry>,
    ) -> Option<Braked> {
        let mut load = before.clone();
        for entry in entries {
            load.add(entry);
        }
        let because = self.passed(load.records, &load.sums)?;
        let amounts = load
            .sums
            .into_iter()
            .map(|(currency, amount)| Money::new(amount, currency))
            .collect();
        Some(Braked {
            records: load.records,
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
