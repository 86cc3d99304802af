//! Amounts as Expensify counts them.

use std::fmt;

use rust_decimal::Decimal;

use crate::error::Error;

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

/// ISO 4217 code of a currency, where one is sent. What Expensify sends is kept as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Takes three upper-case letters.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for anything else.
    pub fn new(code: &str) -> Result<Self, Error> {
        <[u8; 3]>::try_from(code.as_bytes())
            .ok()
            .filter(|letters| letters.iter().all(u8::is_ascii_uppercase))
            .map(Self)
            .ok_or_else(|| Error::invalid("a currency is three upper-case letters"))
    }

    /// The three letters.
    pub fn as_str(&self) -> &str {
        // Invariant: ASCII letters, which `new` saw to.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_three_upper_case_letters() {
        assert_eq!(Currency::new("USD").unwrap().to_string(), "USD");
        assert_eq!(Currency::new("EUR").unwrap().as_str(), "EUR");
        for code in ["", "US", "usd", "USDX", "U1D", "\u{c9}A"] {
            assert!(Currency::new(code).is_err(), "{code}");
        }
    }

    #[test]
    fn hundredths_become_units_with_two_decimals() {
        for (value, text) in [
            (0, "0.00"),
            (-1, "-0.01"),
            (123_456, "1234.56"),
            (i64::MAX, "92233720368547758.07"),
        ] {
            assert_eq!(Hundredths::new(value).decimal().to_string(), text);
            assert_eq!(Hundredths::new(value).value(), value);
        }
    }
}
