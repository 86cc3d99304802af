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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ExpenseReport, ReportId};
    use crate::testing::samples;

    fn entry(amount: Option<Money>) -> OutboxEntry {
        let report: ExpenseReport = samples::report("R1", &[100]);
        let mut step = samples::bill_step(&report);
        step.amount = amount;
        OutboxEntry::planned(ReportId::new("R1"), step, samples::start())
    }

    fn money(units: i64, code: &str) -> Money {
        Money::new(Decimal::new(units, 0), Currency::parse(code).unwrap())
    }

    fn braked(brake: Brake, before: &[OutboxEntry], entries: &[OutboxEntry]) -> Option<Braked> {
        let mut load = Load::default();
        for entry in before {
            load.add(entry);
        }
        brake.check(&load, entries)
    }

    #[test]
    fn as_much_as_is_allowed_passes_and_one_more_does_not() {
        let brake = Brake {
            records: Some(2),
            amount: None,
        };
        let vendor = entry(None);
        assert_eq!(braked(brake, &[], &[vendor.clone(), vendor.clone()]), None);
        let over = braked(brake, &[vendor.clone(), vendor.clone()], &[vendor]).unwrap();
        assert_eq!((over.records, over.amounts), (3, Vec::new()));
        assert_eq!(
            over.because,
            "3 records are more than the 2 allowed in one pass"
        );
    }

    #[test]
    fn money_counts_per_currency_and_a_refund_as_much_as_what_is_owed() {
        let brake = Brake {
            records: None,
            amount: Some(Decimal::new(100, 0)),
        };
        let allowed = [
            entry(Some(money(100, "USD"))),
            entry(Some(money(99, "EUR"))),
            entry(None),
        ];
        assert_eq!(braked(brake, &[], &allowed), None);
        let refund = [entry(Some(money(-2, "EUR")))];
        let over = braked(brake, &allowed, &refund).unwrap();
        assert_eq!(
            over.because,
            "101.00 EUR is more than the 100.00 EUR allowed in one pass"
        );
        let amounts = [money(101, "EUR"), money(100, "USD")];
        assert_eq!((over.records, over.amounts), (4, amounts.to_vec()));
    }

    #[test]
    fn without_bounds_nothing_is_stopped_and_by_default_there_are_some() {
        let unbounded = Brake {
            records: None,
            amount: None,
        };
        let much = [entry(Some(Money::new(
            Decimal::MAX,
            Currency::parse("USD").unwrap(),
        )))];
        assert_eq!(braked(unbounded, &much, &much), None);
        assert_eq!(
            braked(Brake::default(), &[], &[entry(Some(money(100_000, "USD")))]),
            None
        );
        assert!(braked(Brake::default(), &[], &[entry(Some(money(100_001, "USD")))]).is_some());
        let many = vec![entry(None); 500];
        assert_eq!(braked(Brake::default(), &[], &many), None);
        assert!(braked(Brake::default(), &many, &many[..1]).is_some());
    }
}
