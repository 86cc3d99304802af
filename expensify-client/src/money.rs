//! Amounts as Expensify counts them.

use rust_decimal::Decimal;

/// An amount in hundredths of a currency unit, signed: spending is positive, refunds are negative.
///
/// Expensify counts all currencies in hundredths, those without minor units included (UNVERIFIED for JPY and the like).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hundredths(i64);

impl Hundredths {
    /// Wraps a number of hundredths.
    pub const fn new(value: i64) -> Self {
        Self(value)
    }

    /// The number of hundredths.
    pub const fn value(self) -> i64 {
        self.0
    }

    /// The amount in whole units with two decimals, exactly.
    pub fn decimal(self) -> Decimal {
        Decimal::new(self.0, 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hundredths_become_units_with_two_decimals() {
        for (value, text) in [
            (0, "0.00"),
            (-1, "-0.01"),
            (123_456, "1234.56"),
            (i64::MAX, "92233720368547758.07"),
        ] {
            assert_eq!(Hundredths::new(value).decimal().to_string(), text);
        }
    }
}
