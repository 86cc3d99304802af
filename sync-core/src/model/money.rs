//! Money: a decimal and a currency, checked, never a float.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An ISO 4217 currency code: three upper-case ASCII letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// Currencies whose amounts have no decimals (ISO 4217 exponent 0).
const WITHOUT_DECIMALS: [&str; 16] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
    "XAF", "XOF", "XPF",
];
/// Currencies whose amounts have three decimals (ISO 4217 exponent 3).
const WITH_THREE_DECIMALS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

impl Currency {
    /// Reads a code; lower case is accepted and raised.
    ///
    /// # Errors
    /// [`MoneyError::NotACurrency`] if it is not three ASCII letters.
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        match code.as_bytes() {
            [a, b, c] if code.bytes().all(|byte| byte.is_ascii_alphabetic()) => Ok(Self([
                a.to_ascii_uppercase(),
                b.to_ascii_uppercase(),
                c.to_ascii_uppercase(),
            ])),
            _ => Err(MoneyError::NotACurrency {
                code: code.chars().take(16).collect(),
            }),
        }
    }

    /// The code, for example `USD`.
    pub fn as_str(&self) -> &str {
        // Invariant: three ASCII letters, so this is always valid UTF-8.
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Decimals the currency has: 0, 2 or 3.
    pub fn decimals(&self) -> u32 {
        let code = self.as_str();
        if WITHOUT_DECIMALS.contains(&code) {
            0
        } else if WITH_THREE_DECIMALS.contains(&code) {
            3
        } else {
            2
        }
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Self, MoneyError> {
        Self::parse(code)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&code).map_err(serde::de::Error::custom)
    }
}

/// An amount in a currency. Arithmetic is checked; amounts of two currencies never mix.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Money {
    amount: Decimal,
    currency: Currency,
}

/// Why an amount could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// Not three ASCII letters.
    #[error("read a currency code from {code:?}")]
    NotACurrency {
        /// At most 16 characters of what was found.
        code: String,
    },
    /// Two currencies in one sum.
    #[error("add {right} to {left}")]
    CurrencyMismatch {
        /// The sum's currency.
        left: Currency,
        /// The other.
        right: Currency,
    },
    /// Beyond what a decimal can hold.
    #[error("hold an amount this large")]
    Overflow,
}

impl Money {
    /// An amount in units of the currency (12.50, not 1250).
    pub const fn new(amount: Decimal, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// Nothing, in a currency.
    pub const fn zero(currency: Currency) -> Self {
        Self {
            amount: Decimal::ZERO,
            currency,
        }
    }

    /// From hundredths of the unit, as Expensify sends every currency (reference 4.6; for currencies without
    /// decimals that is UNVERIFIED there, so such amounts are checked against the report's total before use).
    pub fn from_hundredths(hundredths: i64, currency: Currency) -> Self {
        Self {
            amount: Decimal::new(hundredths, 2),
            currency,
        }
    }

    /// The amount in units of the currency.
    pub const fn amount(&self) -> Decimal {
        self.amount
    }

    /// The currency.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// Whether it is nothing.
    pub fn is_zero(&self) -> bool {
        self.amount.is_zero()
    }

    /// Whether it is less than nothing: a refund.
    pub fn is_negative(&self) -> bool {
        self.amount.is_sign_negative() && !self.amount.is_zero()
    }

    /// The same amount without its sign.
    #[must_use]
    pub fn abs(&self) -> Self {
        Self {
            amount: self.amount.abs(),
            currency: self.currency,
        }
    }

    /// Adds.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], [`MoneyError::Overflow`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let amount = self
            .amount
            .checked_add(other.amount)
            .ok_or(MoneyError::Overflow)?;
        Ok(Self {
            amount,
            currency: self.currency,
        })
    }

    /// Subtracts.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], [`MoneyError::Overflow`].
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let amount = self
            .amount
            .checked_sub(other.amount)
            .ok_or(MoneyError::Overflow)?;
        Ok(Self {
            amount,
            currency: self.currency,
        })
    }

    /// Sums amounts of one currency.
    ///
    /// # Errors
    /// As [`checked_add`](Self::checked_add).
    pub fn sum(
        currency: Currency,
        amounts: impl IntoIterator<Item = Self>,
    ) -> Result<Self, MoneyError> {
        amounts
            .into_iter()
            .try_fold(Self::zero(currency), Self::checked_add)
    }

    /// Whether the amount fits the currency's decimals: 1.005 USD does not.
    pub fn is_exact(&self) -> bool {
        self.amount.normalize().scale() <= self.currency.decimals()
    }

    /// The amount with at least the currency's decimals and no trailing zeros beyond them: what goes on the wire.
    pub fn to_plain_string(&self) -> String {
        let mut amount = self.amount.normalize();
        if amount.scale() < self.currency.decimals() {
            amount.rescale(self.currency.decimals());
        }
        amount.to_string()
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::CurrencyMismatch {
                left: self.currency,
                right: other.currency,
            })
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_plain_string(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str, code: &str) -> Money {
        Money::new(text.parse().unwrap(), Currency::parse(code).unwrap())
    }

    #[test]
    fn a_currency_is_three_letters_and_nothing_else() {
        for (text, good) in [
            ("USD", true),
            ("usd", true),
            ("US", false),
            ("USDT", false),
            ("U$D", false),
            ("", false),
            ("é1", false),
        ] {
            assert_eq!(Currency::parse(text).is_ok(), good, "{text}");
        }
    }

    #[test]
    fn hundredths_become_units() {
        let usd = Currency::parse("USD").unwrap();
        assert_eq!(Money::from_hundredths(1250, usd), money("12.50", "USD"));
        assert_eq!(Money::from_hundredths(-1, usd).to_string(), "-0.01 USD");
    }

    #[test]
    fn two_currencies_do_not_add() {
        assert!(matches!(
            money("1", "USD").checked_add(money("1", "EUR")),
            Err(MoneyError::CurrencyMismatch { .. })
        ));
    }

    #[test]
    fn plain_text_has_the_decimals_of_the_currency() {
        for (amount, code, text) in [
            ("5", "USD", "5.00"),
            ("5.100", "USD", "5.10"),
            ("5.005", "USD", "5.005"),
            ("7", "JPY", "7"),
            ("1.5", "KWD", "1.500"),
        ] {
            assert_eq!(money(amount, code).to_plain_string(), text);
        }
    }

    #[test]
    fn an_amount_finer_than_the_currency_is_not_exact() {
        assert!(money("1.10", "USD").is_exact());
        assert!(!money("1.005", "USD").is_exact());
        assert!(!money("1.5", "JPY").is_exact());
        assert!(money("100.00", "JPY").is_exact());
    }

    #[test]
    fn a_negative_zero_is_not_a_refund() {
        assert!(!money("-0.00", "USD").is_negative());
        assert!(money("-0.01", "USD").is_negative());
    }

    #[test]
    fn sums_and_differences_are_exact_and_never_of_two_currencies_or_too_large() {
        let usd = Currency::parse("USD").unwrap();
        let amounts = [money("0.10", "USD"), money("0.20", "USD")];
        assert_eq!(Money::sum(usd, amounts).unwrap(), money("0.30", "USD"));
        assert_eq!(
            amounts[0].checked_sub(amounts[1]).unwrap(),
            money("-0.10", "USD")
        );
        assert_eq!(money("-0.10", "USD").abs(), amounts[0]);
        let (most, other) = (Money::new(Decimal::MAX, usd), money("1", "EUR"));
        assert_eq!(most.checked_add(most), Err(MoneyError::Overflow));
        assert_eq!(
            Money::new(Decimal::MIN, usd).checked_sub(most),
            Err(MoneyError::Overflow)
        );
        for result in [amounts[0].checked_sub(other), Money::sum(usd, [other])] {
            assert!(matches!(result, Err(MoneyError::CurrencyMismatch { .. })));
        }
        assert!(Money::zero(usd).is_zero() && !amounts[0].is_zero());
        assert!(!amounts[0].is_negative());
    }

    #[test]
    fn money_shows_itself_alike_to_people_to_developers_and_in_stored_rows() {
        let sum = money("1234.5", "USD");
        assert_eq!(format!("{sum} {sum:?}"), "1234.50 USD 1234.50 USD");
        let currency = sum.currency();
        assert_eq!(format!("[{currency:>5}] {currency:?}"), "[  USD] USD");
        assert_eq!("usd".parse(), Ok(currency));
        let stored = serde_json::to_string(&sum).unwrap();
        assert_eq!(stored, r#"{"amount":"1234.5","currency":"USD"}"#);
        assert_eq!(serde_json::from_str::<Money>(&stored).unwrap(), sum);
        let refused = serde_json::from_str::<Currency>(r#""dollars""#).unwrap_err();
        assert!(refused.to_string().contains("dollars"), "{refused}");
    }
}
