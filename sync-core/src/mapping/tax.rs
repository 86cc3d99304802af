//! Which tax a line carries, and the net amount that gives back the gross to the cent.

use rust_decimal::{Decimal, RoundingStrategy};

use super::condition::Decided;
use super::pick::{BrokenReference, Named, Picked};
use super::{Mapper, Source};
use crate::model::{Expense, Money, TaxRate, normalized_name};

impl Mapper<'_> {
    /// Rule, then the tax table by rate name or code. `None` means gross, without tax.
    pub(crate) fn tax(&self, expense: &Expense, decided: &Decided<'_>) -> Named<TaxRate> {
        if let Some(rule) = decided.tax
            && let Some(name) = rule.then().tax.as_deref()
        {
            if name.trim().is_empty() {
                return None;
            }
            return Some(
                self.rate(name, rule.source())
                    .map(|rate| Picked::new(rate, rule.source(), rule.fields())),
            );
        }
        if self.taxes.is_empty() {
            return None;
        }
        let tax = expense.tax.as_ref()?;
        let (entry, name, field) = [
            (tax.rate_name.as_deref(), "taxRateName"),
            (tax.code.as_deref(), "taxCode"),
        ]
        .into_iter()
        .filter_map(|(key, field)| Some((key?, field)))
        .find_map(|(key, field)| {
            self.taxes
                .get(&normalized_name(key))
                .map(|(entry, name)| (*entry, *name, field))
        })?;
        let by = Source::TaxTable(entry.to_owned());
        Some(
            self.rate(name, by.clone())
                .map(|rate| Picked::new(rate, by, field)),
        )
    }

    /// The rate as FreshBooks names it: lines refer to taxes by name and percent, so both must be there.
    fn rate(&self, name: &str, named_by: Source) -> Result<TaxRate, BrokenReference> {
        let broken = |kind| BrokenReference {
            named_by,
            kind,
            reference: name.to_owned(),
            inactive: false,
        };
        match self.snapshot.tax(name) {
            None => Err(broken("tax")),
            Some(tax) => match tax.percent {
                None => Err(broken("percent of tax")),
                Some(percent) => Ok(TaxRate {
                    name: tax.name.clone(),
                    percent,
                }),
            },
        }
    }
}

/// The net amount from which FreshBooks' arithmetic gives back `gross`: net plus the tax on it, rounded to the
/// currency's decimals. `None` when no net amount does; with 20 % that is so for one gross amount in six.
///
/// How FreshBooks rounds half a cent is UNVERIFIED, so a net amount counts only if both customs agree on it. Whether it
/// rounds per line or over the bill is UNVERIFIED too: the total it answers is compared after writing.
pub(crate) fn exact_net(gross: Money, percent: Decimal) -> Option<Money> {
    let currency = gross.currency();
    let decimals = currency.decimals();
    let hundred = Decimal::ONE_HUNDRED;
    let divisor = hundred.checked_add(percent)?;
    if percent.is_sign_negative() && !percent.is_zero() {
        return None;
    }
    let net = gross.amount().checked_mul(hundred)?.checked_div(divisor)?;
    // If any net amount gives back the gross, the nearest one does: each neighbour is farther off by at least half a unit.
    let net = net.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    let tax = net.checked_mul(percent)?.checked_div(hundred)?;
    let gives_gross = [
        RoundingStrategy::MidpointAwayFromZero,
        RoundingStrategy::MidpointNearestEven,
    ]
    .into_iter()
    .all(|rounding| {
        net.checked_add(tax.round_dp_with_strategy(decimals, rounding)) == Some(gross.amount())
    });
    gives_gross.then(|| Money::new(net, currency))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Currency;

    fn net(gross: &str, percent: &str) -> Option<String> {
        let gross = Money::new(gross.parse().unwrap(), Currency::parse("EUR").unwrap());
        exact_net(gross, percent.parse().unwrap()).map(|net| net.to_plain_string())
    }

    #[test]
    fn net_plus_rounded_tax_is_the_gross_or_there_is_none() {
        for (gross, percent, expected) in [
            ("120.00", "20", Some("100.00")),
            ("119.00", "19", Some("100.00")),
            ("10.03", "20", Some("8.36")),
            ("10.05", "20", None),
            ("79.73", "13", Some("70.56")),
            ("-12.00", "20", Some("-10.00")),
            ("5.00", "0", Some("5.00")),
            ("5.00", "-100", None),
            ("5.00", "-5", None),
            ("0.01", "900", None),
        ] {
            assert_eq!(
                net(gross, percent).as_deref(),
                expected,
                "{gross} at {percent} %"
            );
        }
    }

    #[test]
    fn extreme_amounts_and_percents_have_no_net_and_do_not_panic() {
        let most = Money::new(Decimal::MAX, Currency::parse("USD").unwrap());
        assert_eq!(exact_net(most, Decimal::MAX), None);
        assert_eq!(exact_net(most, Decimal::from(20)), None);
    }

    /// Every net amount that both ways of rounding half a cent take to this gross amount.
    fn nets(gross: i64, percent: Decimal) -> Vec<i64> {
        let cents = |cents: i64, rounding| {
            let tax = Decimal::from(cents) * percent / Decimal::ONE_HUNDRED;
            Decimal::from(cents) + tax.round_dp_with_strategy(0, rounding)
        };
        (-1..=gross)
            .filter(|net| {
                [
                    RoundingStrategy::MidpointAwayFromZero,
                    RoundingStrategy::MidpointNearestEven,
                ]
                .into_iter()
                .all(|rounding| cents(*net, rounding) == Decimal::from(gross))
            })
            .collect()
    }

    #[test]
    fn a_net_amount_is_found_exactly_where_there_is_one() {
        for percent in [
            "0", "0.5", "5", "7.7", "14.975", "19", "20", "50", "100", "250",
        ] {
            let percent: Decimal = percent.parse().unwrap();
            let mut without = 0;
            for gross in 1..=120 {
                let found = exact_net(
                    Money::from_hundredths(gross, Currency::parse("EUR").unwrap()),
                    percent,
                );
                let found: Vec<_> = found.into_iter().map(|net| net.amount()).collect();
                let all = nets(gross, percent);
                let all: Vec<_> = all.into_iter().map(|net| Decimal::new(net, 2)).collect();
                assert_eq!(found, all, "{gross} cents at {percent} %");
                without += usize::from(all.is_empty());
            }
            if percent == Decimal::from(20) {
                assert_eq!(without, 20, "one gross amount in six has none");
            }
        }
    }
}
