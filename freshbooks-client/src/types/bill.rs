//! Bills: what the business owes a vendor. Needs the Accounts Payable feature.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::{BillPayment, Change};
use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{
    Create, Family, Filter, Get, List, Resource, Shape, SoftDelete, Update, operations,
};
use crate::wire::{
    AccountId, BillId, BillLineId, CategoryId, CurrencyCode, Money, Timestamp, VendorId, VisState,
    date, flag, list, open_text_enum, optional, optional_date, optional_decimal, optional_id,
    optional_text, utc,
};

/// A bill as FreshBooks shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Bill {
    /// Its identifier.
    pub id: BillId,
    /// To whom it is owed. Absent from some answers to a create: keep the id you sent.
    #[serde(default, rename = "vendorid", deserialize_with = "optional_id")]
    pub vendor_id: Option<VendorId>,
    /// The vendor's number for it; FreshBooks probably refuses a second bill with the same one.
    #[serde(default, deserialize_with = "optional_text")]
    pub bill_number: Option<String>,
    /// When it was issued.
    #[serde(deserialize_with = "date")]
    pub issue_date: NaiveDate,
    /// When it is due: issue date plus offset.
    #[serde(default, deserialize_with = "optional_date")]
    pub due_date: Option<NaiveDate>,
    /// Days from issue to due.
    #[serde(default, deserialize_with = "optional")]
    pub due_offset_days: Option<u32>,
    /// The currency of the whole bill.
    #[serde(default, deserialize_with = "optional")]
    pub currency_code: Option<CurrencyCode>,
    /// Language, such as `en`.
    #[serde(default, deserialize_with = "optional_text")]
    pub language: Option<String>,
    /// What is owed for.
    #[serde(default, deserialize_with = "list")]
    pub lines: Vec<BillLine>,
    /// Sum of the lines before tax.
    #[serde(default)]
    pub amount: Option<Money>,
    /// Tax on top of `amount`.
    #[serde(default)]
    pub tax_amount: Option<Money>,
    /// What is owed in all.
    #[serde(default)]
    pub total_amount: Option<Money>,
    /// What has been paid.
    #[serde(default)]
    pub paid: Option<Money>,
    /// What is still owed.
    #[serde(default)]
    pub outstanding: Option<Money>,
    /// Payment status.
    #[serde(default, deserialize_with = "optional")]
    pub status: Option<BillStatus>,
    /// Category of the first line, as text.
    #[serde(default, deserialize_with = "optional_text")]
    pub overall_category: Option<String>,
    /// Description of the first line.
    #[serde(default, deserialize_with = "optional_text")]
    pub overall_description: Option<String>,
    /// Payments recorded against it.
    #[serde(default, deserialize_with = "list")]
    pub bill_payments: Vec<BillPayment>,
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

/// One line of a bill as FreshBooks shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct BillLine {
    /// Its identifier.
    #[serde(default, deserialize_with = "optional")]
    pub id: Option<BillLineId>,
    /// Its place, from 1.
    #[serde(default, deserialize_with = "optional")]
    pub list_index: Option<u32>,
    /// The category's id, where FreshBooks echoes it; see also `category`.
    #[serde(default, rename = "categoryid", deserialize_with = "optional_id")]
    pub category_id: Option<CategoryId>,
    /// The category: seen both as an object and as a mere name.
    #[serde(default)]
    pub category: Option<LineCategory>,
    /// What it is for.
    #[serde(default, deserialize_with = "optional_text")]
    pub description: Option<String>,
    /// How many.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub quantity: Option<Decimal>,
    /// Price of one, before tax.
    #[serde(default)]
    pub unit_cost: Option<Money>,
    /// Quantity times unit cost.
    #[serde(default)]
    pub amount: Option<Money>,
    /// Amount and taxes.
    #[serde(default)]
    pub total_amount: Option<Money>,
    /// Name of the first tax.
    #[serde(default, deserialize_with = "optional_text")]
    pub tax_name1: Option<String>,
    /// Percent of the first tax.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub tax_percent1: Option<Decimal>,
    /// Amount of the first tax.
    #[serde(default)]
    pub tax_amount1: Option<Money>,
    /// Name of the second tax.
    #[serde(default, deserialize_with = "optional_text")]
    pub tax_name2: Option<String>,
    /// Percent of the second tax.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub tax_percent2: Option<Decimal>,
    /// Amount of the second tax.
    #[serde(default)]
    pub tax_amount2: Option<Money>,
    /// Whether the second tax is on top of the first.
    #[serde(default, deserialize_with = "flag")]
    pub compounded_tax: bool,
}

impl BillLine {
    /// The category's id from wherever FreshBooks put it.
    pub fn effective_category_id(&self) -> Option<CategoryId> {
        self.category_id.or_else(|| self.category.as_ref()?.id)
    }
}

/// The category of a bill line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LineCategory {
    /// Its id, if FreshBooks sent an object.
    pub id: Option<CategoryId>,
    /// Its name.
    pub name: Option<String>,
}

impl<'de> Deserialize<'de> for LineCategory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Object {
            #[serde(default, deserialize_with = "optional_id")]
            id: Option<CategoryId>,
            #[serde(default, deserialize_with = "optional_id")]
            categoryid: Option<CategoryId>,
            #[serde(default, deserialize_with = "optional_text")]
            category: Option<String>,
        }
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        if raw.starts_with('{') {
            let object: Object = serde_json::from_str(raw).map_err(D::Error::custom)?;
            return Ok(Self {
                id: object.id.or(object.categoryid),
                name: object.category,
            });
        }
        let name = optional_text(&mut serde_json::Deserializer::from_str(raw));
        Ok(Self {
            id: None,
            name: name.map_err(D::Error::custom)?,
        })
    }
}

open_text_enum! {
    /// How far a bill is paid.
    BillStatus {
        /// Nothing paid, not yet due.
        Unpaid = "unpaid",
        /// Due and not paid.
        Overdue = "overdue",
        /// Paid in part.
        Partial = "partial",
        /// Paid in full.
        Paid = "paid",
    }
}

/// A bill to create.
///
/// FreshBooks has no idempotency key: two equal requests make two bills, unless both carry the same
/// `bill_number` (refusal probable, UNVERIFIED).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewBill {
    #[serde(rename = "vendorid")]
    vendor_id: VendorId,
    issue_date: NaiveDate,
    due_offset_days: u32,
    currency_code: CurrencyCode,
    language: String,
    lines: Vec<NewBillLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bill_number: Option<String>,
}

impl NewBill {
    /// A bill in language `en`, with everything FreshBooks requires. The due date is the issue date
    /// plus `due_offset_days`; every line's currency should be `currency_code`.
    pub fn new(
        vendor_id: VendorId,
        issue_date: NaiveDate,
        due_offset_days: u32,
        currency_code: CurrencyCode,
        lines: Vec<NewBillLine>,
    ) -> Self {
        Self {
            vendor_id,
            issue_date,
            due_offset_days,
            currency_code,
            language: "en".to_owned(),
            lines,
            bill_number: None,
        }
    }

    /// Sets the vendor's number for the bill, the only value of FreshBooks seen to be unique.
    #[must_use]
    pub fn bill_number(mut self, number: impl Into<String>) -> Self {
        self.bill_number = Some(number.into());
        self
    }

    /// Sets another language.
    #[must_use]
    pub fn language(mut self, language: impl Into<String>) -> Self {
        self.language = language.into();
        self
    }
}

/// A line of a bill to create.
///
/// Taxes are percents on top of the unit cost; an absolute tax cannot be set. Keep the quantity at
/// its default of 1 and put the whole amount into the unit cost, so that nothing is rounded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewBillLine {
    #[serde(rename = "categoryid")]
    category_id: CategoryId,
    unit_cost: Money,
    quantity: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_name1: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_percent1: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_name2: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_percent2: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compounded_tax: Option<bool>,
}

impl NewBillLine {
    /// One unit at `unit_cost`, before tax.
    pub fn new(category_id: CategoryId, unit_cost: Money) -> Self {
        Self {
            category_id,
            unit_cost,
            quantity: 1,
            description: None,
            tax_name1: None,
            tax_percent1: None,
            tax_name2: None,
            tax_percent2: None,
            compounded_tax: None,
        }
    }

    /// Says what it is for. Longest text allowed is UNVERIFIED; another client cuts at 500.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets another quantity. Only whole numbers: whether decimals work is UNVERIFIED.
    #[must_use]
    pub fn quantity(mut self, quantity: u32) -> Self {
        self.quantity = quantity;
        self
    }

    /// Adds the first tax, in percent on top.
    #[must_use]
    pub fn tax1(mut self, name: impl Into<String>, percent: Decimal) -> Self {
        self.tax_name1 = Some(name.into());
        self.tax_percent1 = Some(percent.to_string());
        self
    }

    /// Adds the second tax, in percent on top; `compounded` puts it on top of the first too.
    #[must_use]
    pub fn tax2(mut self, name: impl Into<String>, percent: Decimal, compounded: bool) -> Self {
        self.tax_name2 = Some(name.into());
        self.tax_percent2 = Some(percent.to_string());
        self.compounded_tax = Some(compounded);
        self
    }
}

/// Changes to a bill. What FreshBooks does to a paid bill is UNVERIFIED.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct BillUpdate {
    /// The vendor's number for it.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub bill_number: Change<String>,
    /// When it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue_date: Option<NaiveDate>,
    /// Days from issue to due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_offset_days: Option<u32>,
    /// All lines anew. Whether they replace or join the old ones is UNVERIFIED: read the bill again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<NewBillLine>>,
}

/// What the list of bills can be narrowed by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct BillFilter {
    /// Owed to this vendor (documented).
    pub vendor_id: Option<VendorId>,
    /// In one of these states (documented).
    pub statuses: Vec<BillStatus>,
    /// In this currency (documented).
    pub currency_code: Option<CurrencyCode>,
    /// Exactly these (documented).
    pub ids: Vec<BillId>,
    /// Issued on or after. UNVERIFIED: FreshBooks may ignore it; check each row.
    pub issue_date_min: Option<NaiveDate>,
    /// Issued before, or on. UNVERIFIED, its end too: ask for a day more and check each row.
    pub issue_date_max: Option<NaiveDate>,
    /// With this number. UNVERIFIED: FreshBooks may ignore it; check each row.
    pub bill_number: Option<String>,
    /// In this state; deleted bills are listed only when asked for. UNVERIFIED for bills: check
    /// each row.
    pub vis_state: Option<VisState>,
}

impl Sealed for BillFilter {}
impl Filter for BillFilter {
    fn write(&self, query: &mut Query) {
        query
            .search("vendorid", self.vendor_id)
            .search_any("statuses", &self.statuses)
            .search("currency_code", self.currency_code)
            .search_any("ids", &self.ids)
            .search("issue_date_min", self.issue_date_min)
            .search("issue_date_max", self.issue_date_max)
            .search("bill_number", self.bill_number.as_deref())
            .search("vis_state", self.vis_state.map(VisState::code));
    }
}

impl Sealed for Bill {}
impl Resource for Bill {
    type Id = BillId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "bills/bills",
        "bill",
        &["bills"],
        operations!("bill"),
    );

    fn id(&self) -> BillId {
        self.id
    }
}
impl List for Bill {
    type Filter = BillFilter;
}
impl Get for Bill {}
impl Create for Bill {
    type New = NewBill;
}
impl Update for Bill {
    type Update = BillUpdate;
}
impl SoftDelete for Bill {}
