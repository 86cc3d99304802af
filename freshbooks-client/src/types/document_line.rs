//! Lines of what is sent to clients: invoices, their recurring profiles, estimates, credit notes.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::wire::{
    ExpenseId, Money, Timestamp, decimal, decimal_text, eastern, flag, open_number_enum, optional,
    optional_decimal, optional_id, optional_text,
};
use serde::de::Error as _;
use serde_json::value::RawValue;

/// A line as FreshBooks shows it. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct DocumentLine {
    /// Its identifier in its document.
    #[serde(default, rename = "lineid", deserialize_with = "optional")]
    pub id: Option<u64>,
    /// What it bills.
    #[serde(default, rename = "type", deserialize_with = "optional")]
    pub kind: Option<LineKind>,
    /// Its title.
    #[serde(default, deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// What it is for.
    #[serde(default, deserialize_with = "optional_text")]
    pub description: Option<String>,
    /// How many.
    #[serde(default, rename = "qty", deserialize_with = "optional_decimal")]
    pub quantity: Option<Decimal>,
    /// Price of one.
    #[serde(default)]
    pub unit_cost: Option<Money>,
    /// Quantity times unit cost.
    #[serde(default)]
    pub amount: Option<Money>,
    /// Name of the first tax.
    #[serde(default, rename = "taxName1", deserialize_with = "optional_text")]
    pub tax_name1: Option<String>,
    /// The first tax.
    #[serde(default, rename = "taxAmount1")]
    pub tax1: Option<TaxFigure>,
    /// Name of the second tax.
    #[serde(default, rename = "taxName2", deserialize_with = "optional_text")]
    pub tax_name2: Option<String>,
    /// The second tax.
    #[serde(default, rename = "taxAmount2")]
    pub tax2: Option<TaxFigure>,
    /// Whether the second tax is on top of the first.
    #[serde(default, deserialize_with = "flag")]
    pub compounded_tax: bool,
    /// The expense it bills again.
    #[serde(default, rename = "expenseid", deserialize_with = "optional_id")]
    pub expense_id: Option<ExpenseId>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "eastern")]
    pub updated: Option<Timestamp>,
}

/// A tax of a line: on invoices its percent, on some estimates and credit notes what it comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaxFigure {
    /// Percent of the line.
    Percent(Decimal),
    /// What it comes to.
    Amount(Money),
}

impl<'de> Deserialize<'de> for TaxFigure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        if raw.starts_with('{') {
            let amount = serde_json::from_str(raw).map_err(D::Error::custom)?;
            return Ok(Self::Amount(amount));
        }
        decimal(&mut serde_json::Deserializer::from_str(raw))
            .map(Self::Percent)
            .map_err(D::Error::custom)
    }
}

open_number_enum! {
    /// What a line bills.
    LineKind {
        /// An item or work.
        Item = 0,
        /// An expense, billed again.
        Expense = 1,
        /// Whatever is unbilled when a recurring invoice is made.
        Placeholder = 5,
    }
}

impl Serialize for LineKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.code())
    }
}

/// A line to send. Taxes are percents on top, spelled in camel case here. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewDocumentLine {
    #[serde(rename = "type")]
    kind: LineKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(
        rename = "qty",
        skip_serializing_if = "Option::is_none",
        serialize_with = "decimal_text"
    )]
    quantity: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_cost: Option<Money>,
    #[serde(rename = "expenseid", skip_serializing_if = "Option::is_none")]
    expense_id: Option<ExpenseId>,
    #[serde(rename = "taxName1", skip_serializing_if = "Option::is_none")]
    tax_name1: Option<String>,
    #[serde(
        rename = "taxAmount1",
        skip_serializing_if = "Option::is_none",
        serialize_with = "decimal_text"
    )]
    tax_percent1: Option<Decimal>,
    #[serde(rename = "taxName2", skip_serializing_if = "Option::is_none")]
    tax_name2: Option<String>,
    #[serde(
        rename = "taxAmount2",
        skip_serializing_if = "Option::is_none",
        serialize_with = "decimal_text"
    )]
    tax_percent2: Option<Decimal>,
}

impl NewDocumentLine {
    const fn empty(kind: LineKind) -> Self {
        Self {
            kind,
            name: None,
            description: None,
            quantity: None,
            unit_cost: None,
            expense_id: None,
            tax_name1: None,
            tax_percent1: None,
            tax_name2: None,
            tax_percent2: None,
        }
    }

    /// An item or work, at so much each, before tax.
    pub fn item(name: impl Into<String>, quantity: Decimal, unit_cost: Money) -> Self {
        Self {
            name: Some(name.into()),
            quantity: Some(quantity),
            unit_cost: Some(unit_cost),
            ..Self::empty(LineKind::Item)
        }
    }

    /// An expense, billed again.
    pub fn expense(expense_id: ExpenseId) -> Self {
        Self {
            expense_id: Some(expense_id),
            ..Self::empty(LineKind::Expense)
        }
    }

    /// Whatever time is unbilled when a recurring invoice is made.
    pub const fn placeholder() -> Self {
        Self::empty(LineKind::Placeholder)
    }

    /// Says what it is for.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Adds the first tax, in percent on top.
    #[must_use]
    pub fn tax1(mut self, name: impl Into<String>, percent: Decimal) -> Self {
        self.tax_name1 = Some(name.into());
        self.tax_percent1 = Some(percent);
        self
    }

    /// Adds the second tax, in percent on top.
    #[must_use]
    pub fn tax2(mut self, name: impl Into<String>, percent: Decimal) -> Self {
        self.tax_name2 = Some(name.into());
        self.tax_percent2 = Some(percent);
        self
    }
}

/// An e-mail by which FreshBooks sends a document to its client. What is not set is FreshBooks'
/// own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct EmailMessage {
    /// To whom, if not to the client's own address.
    #[serde(skip)]
    pub recipients: Vec<String>,
    /// Its subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl EmailMessage {
    /// Whether subject and text are FreshBooks' own.
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the form serde calls with"
    )]
    pub(crate) fn is_default(message: &&Self) -> bool {
        message.subject.is_none() && message.body.is_none()
    }
}
