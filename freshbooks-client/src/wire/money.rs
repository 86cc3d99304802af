//! Amounts with their currency, as FreshBooks writes them.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::scalar::{decimal, scalar};

/// Three letters of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CurrencyCode([u8; 3]);

/// A text that is not three ASCII letters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a currency code is three letters")]
pub struct InvalidCurrency;

impl CurrencyCode {
    /// Accepts three ASCII letters in any case and keeps them in upper case.
    ///
    /// # Errors
    /// [`InvalidCurrency`] for anything else. Whether such a currency exists is not checked here.
    pub fn new(code: &str) -> Result<Self, InvalidCurrency> {
        let mut letters: [u8; 3] = code.as_bytes().try_into().map_err(|_| InvalidCurrency)?;
        if !letters.iter().all(u8::is_ascii_alphabetic) {
            return Err(InvalidCurrency);
        }
        letters.make_ascii_uppercase();
        Ok(Self(letters))
    }

    /// The three letters.
    pub fn as_str(&self) -> &str {
        // Invariant: the constructor let only ASCII letters in, so the fallback is never used.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for CurrencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for CurrencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for CurrencyCode {
    type Err = InvalidCurrency;

    fn from_str(code: &str) -> Result<Self, InvalidCurrency> {
        Self::new(code)
    }
}

impl Serialize for CurrencyCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for CurrencyCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = scalar(deserializer)?;
        Self::new(code.as_deref().unwrap_or_default()).map_err(D::Error::custom)
    }
}

/// An amount in one currency: `{"amount":"100.00","code":"USD"}`.
///
/// Read from a string or a number without passing through a float; written as a string. The number
/// of digits is kept as it came: FreshBooks has two on bills and three on some expenses. Equality
/// is by value, so `1.5` equals `1.50`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub struct Money {
    /// The amount, exact.
    #[serde(deserialize_with = "decimal")]
    pub amount: Decimal,
    /// Its currency. Always sent, because FreshBooks silently takes the base currency without it.
    pub code: CurrencyCode,
}

impl Money {
    /// An amount in a currency.
    pub const fn new(amount: Decimal, code: CurrencyCode) -> Self {
        Self { amount, code }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.code)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut money = serializer.serialize_struct("Money", 2)?;
        money.serialize_field("amount", &format_args!("{}", self.amount))?;
        money.serialize_field("code", &self.code)?;
        money.end()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_amount_survives(units in any::<i64>(), scale in 0u32..20, code in "[A-Z]{3}") {
            let money = Money::new(Decimal::new(units, scale), CurrencyCode::new(&code).unwrap());
            let written = serde_json::to_string(&money).unwrap();
            let read: Money = serde_json::from_str(&written).unwrap();
            prop_assert_eq!(read.to_string(), money.to_string());
            let as_number = format!(r#"{{"amount":{},"code":"{code}"}}"#, money.amount);
            let read: Money = serde_json::from_str(&as_number).unwrap();
            prop_assert_eq!(read.to_string(), money.to_string());
        }

        #[test]
        fn reading_money_never_panics(amount in ".{0,40}", code in ".{0,5}") {
            let json = serde_json::json!({"amount": amount, "code": code}).to_string();
            let _ = serde_json::from_str::<Money>(&json);
        }
    }

    #[test]
    fn money_reads_text_and_numbers_and_writes_text() {
        for json in [
            r#"{"amount":"100.50","code":"USD"}"#,
            r#"{"amount":100.50,"code":"usd","extra":1}"#,
        ] {
            let money: Money = serde_json::from_str(json).unwrap();
            assert_eq!(
                serde_json::to_string(&money).unwrap(),
                r#"{"amount":"100.50","code":"USD"}"#
            );
        }
        for json in [
            r#"{"amount":"1"}"#,
            r#"{"amount":"1","code":"DOLLAR"}"#,
            r#"{"amount":"1","code":"€"}"#,
            r#"{"amount":null,"code":"USD"}"#,
        ] {
            assert!(serde_json::from_str::<Money>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_currency_code_shows_itself_in_upper_case_and_keeps_to_its_column() {
        let code: CurrencyCode = "eur".parse().unwrap();
        assert_eq!(code, CurrencyCode::new("EUR").unwrap());
        assert_eq!(
            (code.as_str(), format!("{code:?}").as_str()),
            ("EUR", "EUR")
        );
        assert_eq!(format!("{code:>5}"), "  EUR");
        let money = Money::new("-0.10".parse().unwrap(), code);
        assert_eq!(money.to_string(), "-0.10 EUR");
        for text in ["", "EU", "EURO", "E1R", "\u{c9}A"] {
            let refused = text.parse::<CurrencyCode>().unwrap_err();
            assert_eq!(refused.to_string(), "a currency code is three letters");
        }
    }
}
