//! Other income: money that came in without an invoice.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::PaymentType;
use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{
    Create, Family, Filter, Get, HardDelete, List, Replace, Resource, Shape, SoftDelete, operations,
};
use crate::wire::{
    AccountId, Money, OtherIncomeId, Timestamp, VisState, decimal_text, list, open_text_enum,
    optional, optional_date, optional_decimal, optional_text, utc,
};

/// A record of other income as FreshBooks shows it. The zone of its timestamps is UNVERIFIED; they
/// are read as UTC.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct OtherIncome {
    /// Its identifier.
    #[serde(rename = "incomeid")]
    pub id: OtherIncomeId,
    /// How much, tax included.
    pub amount: Money,
    /// What kind.
    #[serde(default, rename = "category_name", deserialize_with = "optional")]
    pub category: Option<OtherIncomeCategory>,
    /// When it came in.
    #[serde(default, deserialize_with = "optional_date")]
    pub date: Option<NaiveDate>,
    /// Where it came from.
    #[serde(default, deserialize_with = "optional_text")]
    pub source: Option<String>,
    /// Note.
    #[serde(default, deserialize_with = "optional_text")]
    pub note: Option<String>,
    /// How it was paid.
    #[serde(default, deserialize_with = "optional")]
    pub payment_type: Option<PaymentType>,
    /// Taxes inside the amount.
    #[serde(default, deserialize_with = "list")]
    pub taxes: Vec<IncomeTax>,
    /// When it was created.
    #[serde(default, deserialize_with = "utc")]
    pub created_at: Option<Timestamp>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "utc")]
    pub updated_at: Option<Timestamp>,
    /// Live, deleted or archived; `None` if FreshBooks did not say.
    #[serde(default, deserialize_with = "optional")]
    pub vis_state: Option<VisState>,
}

impl OtherIncome {
    /// All that would have to be sent to keep it as it is: change what shall change, and replace.
    /// `None` when FreshBooks showed no category, date or source, without which it cannot be sent.
    pub fn to_full(&self) -> Option<NewOtherIncome> {
        let new = NewOtherIncome::new(
            self.amount,
            self.category.clone()?,
            self.date?,
            self.source.clone()?,
        );
        Some(new.with(OtherIncomeRest {
            note: self.note.clone(),
            payment_type: self.payment_type.clone(),
            taxes: Some(self.taxes.clone()),
        }))
    }
}

/// A tax inside other income.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncomeTax {
    /// Its name.
    #[serde(default, deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// Its percent.
    #[serde(
        default,
        rename = "amount",
        deserialize_with = "optional_decimal",
        serialize_with = "decimal_text"
    )]
    pub percent: Option<Decimal>,
}

open_text_enum! {
    /// What kind of other income. FreshBooks takes these and no others.
    OtherIncomeCategory {
        /// From advertising.
        Advertising = "advertising",
        /// From sales in person.
        InPersonSales = "in_person_sales",
        /// From sales online.
        OnlineSales = "online_sales",
        /// From rentals.
        Rentals = "rentals",
        /// Something else; FreshBooks' own word.
        OtherKind = "other",
    }
}

/// Other income to record, and the full record to replace one with. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewOtherIncome {
    amount: Money,
    #[serde(rename = "category_name")]
    category: OtherIncomeCategory,
    date: NaiveDate,
    source: String,
    #[serde(flatten)]
    rest: OtherIncomeRest,
}

impl NewOtherIncome {
    /// With what FreshBooks requires.
    pub fn new(
        amount: Money,
        category: OtherIncomeCategory,
        date: NaiveDate,
        source: impl Into<String>,
    ) -> Self {
        Self {
            amount,
            category,
            date,
            source: source.into(),
            rest: OtherIncomeRest::default(),
        }
    }

    /// Adds what is not required. What the constructor took stays as it is.
    #[must_use]
    pub fn with(mut self, rest: OtherIncomeRest) -> Self {
        self.rest = rest;
        self
    }
}

/// What other income can have besides.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct OtherIncomeRest {
    /// Note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// How it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_type: Option<PaymentType>,
    /// Taxes inside the amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taxes: Option<Vec<IncomeTax>>,
}

/// What the list of other income can be narrowed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct OtherIncomeFilter {
    /// In this state; deleted ones are listed only when asked for (documented).
    pub vis_state: Option<VisState>,
}

impl Sealed for OtherIncomeFilter {}
impl Filter for OtherIncomeFilter {
    fn write(&self, query: &mut Query) {
        query.search("vis_state", self.vis_state.map(VisState::code));
    }
}

impl Sealed for OtherIncome {}
impl Resource for OtherIncome {
    type Id = OtherIncomeId;
    type Owner = AccountId;
    // The list is keyed in the singular.
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "other_incomes/other_incomes",
        "other_income",
        &["other_income", "other_incomes"],
        operations!("other income"),
    );

    fn id(&self) -> OtherIncomeId {
        self.id
    }
}
impl List for OtherIncome {
    type Filter = OtherIncomeFilter;
}
impl Get for OtherIncome {}
impl Create for OtherIncome {
    type New = NewOtherIncome;
}
impl Replace for OtherIncome {
    type Full = NewOtherIncome;
}
impl SoftDelete for OtherIncome {}
impl HardDelete for OtherIncome {}
