//! An expense as the export gives it, and its effective values.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::tag;
use super::value::{Stamp, ValueError};
use crate::ids::{ExpenseId, ReportId};
use crate::money::Hundredths;

/// One expense. Fields are raw and named after the service's; `None` is absent or empty. The accessors give the values
/// that count, after what people edited.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Expense {
    /// `transactionID`.
    pub id: ExpenseId,
    /// The report the expense stands under in the file.
    pub report_id: ReportId,
    /// Kind of expense, an open list.
    pub kind: Option<String>,
    /// Merchant as scanned or imported; `(none)` before scanning.
    pub merchant: Option<String>,
    /// Merchant after an edit.
    pub modified_merchant: Option<String>,
    /// Original amount, in [`currency`](Self::currency).
    pub amount: Option<Hundredths>,
    /// Amount after an edit, in [`currency`](Self::currency); zero counts.
    pub modified_amount: Option<Hundredths>,
    /// Effective amount in report currency.
    pub converted_amount: Option<Hundredths>,
    /// ISO 4217 code of the expense.
    pub currency: Option<String>,
    /// Rate from expense to report currency, as text.
    pub currency_conversion_rate: Option<String>,
    /// Original date.
    pub created: Option<Stamp>,
    /// Date after an edit.
    pub modified_created: Option<Stamp>,
    /// When the expense was entered.
    pub inserted: Option<Stamp>,
    /// Category, `Parent:Child` for nested ones.
    pub category: Option<String>,
    /// GL code of the category; may hold several.
    pub category_gl_code: Option<String>,
    /// Payroll code of the category.
    pub category_payroll_code: Option<String>,
    /// Tag, all levels joined by `:`.
    pub tag: Option<String>,
    /// GL codes of the tag, joined likewise.
    pub tag_gl_code: Option<String>,
    /// `ntag1` to `ntag10` with their GL codes, up to the last that is set.
    pub ntags: Vec<TagLevel>,
    /// Description: several lines, any characters.
    pub comment: Option<String>,
    /// To be billed to a client.
    pub billable: Option<bool>,
    /// True: owed to the employee. False: paid by the company.
    pub reimbursable: Option<bool>,
    /// Bank or card feed; absent for cash.
    pub bank: Option<String>,
    /// Merchant category code.
    pub mcc: Option<String>,
    /// Merchant category code after an edit.
    pub modified_mcc: Option<String>,
    /// Whether the tax fields count.
    pub has_tax: Option<bool>,
    /// Tax part of the amount.
    pub tax_amount: Option<Hundredths>,
    /// Tax part after an edit.
    pub modified_tax_amount: Option<Hundredths>,
    /// Name of the policy's tax.
    pub tax_name: Option<String>,
    /// Name of the rate.
    pub tax_rate_name: Option<String>,
    /// External code of the rate.
    pub tax_code: Option<String>,
    /// The rate as text; fraction or percent is UNVERIFIED, so match by name or code.
    pub tax_rate: Option<String>,
    /// ID of the receipt; `0` or absent if there is none.
    pub receipt_id: Option<String>,
    /// File name of the receipt.
    pub receipt_filename: Option<String>,
    /// Address of the receipt; wants a logged-in browser.
    pub receipt_url: Option<String>,
    /// A mileage expense.
    pub is_distance: Option<bool>,
    /// Count, rate and unit of a mileage or unit expense.
    pub units: Units,
    /// `cardID`, undocumented.
    pub card_id: Option<String>,
    /// `cardName`, undocumented.
    pub card_name: Option<String>,
    /// `cardNumber`, masked, undocumented.
    pub card_number: Option<String>,
    /// Day the card transaction was posted, undocumented.
    pub posted: Option<Stamp>,
    /// `externalID` given when the expense was created by API, undocumented in exports.
    pub external_id: Option<String>,
    /// `nameValuePairs.source`: `split` on a part of a split expense, undocumented.
    pub source: Option<String>,
    /// Amounts and flags that could not be read, by their names in the file. Their fields are `None`.
    pub unreadable: Vec<&'static str>,
}

/// Count, rate and unit of a mileage or unit expense, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Units {
    /// How many.
    pub count: Option<String>,
    /// Rate for one; hundredths or whole units is UNVERIFIED.
    pub rate: Option<String>,
    /// `mi` or `km`.
    pub unit: Option<String>,
    /// Name of the rate.
    pub name: Option<String>,
}

impl Units {
    /// The count as a number, if it is one.
    pub fn count_decimal(&self) -> Option<Decimal> {
        self.count.as_deref()?.parse().ok()
    }

    /// The rate as a number, if it is one.
    pub fn rate_decimal(&self) -> Option<Decimal> {
        self.rate.as_deref()?.parse().ok()
    }
}

/// One level of a tag.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TagLevel {
    /// Name of the tag at this level.
    pub name: Option<String>,
    /// Its GL code.
    pub gl_code: Option<String>,
}

impl Expense {
    /// The merchant that counts: the edited one, else the original one; `(none)` is none.
    pub fn effective_merchant(&self) -> Option<&str> {
        self.modified_merchant
            .as_deref()
            .or(self.merchant.as_deref())
            .filter(|name| *name != "(none)")
    }

    /// The date that counts: the edited one, else the original one. A calendar date, never shifted.
    pub fn effective_date(&self) -> Option<NaiveDate> {
        self.modified_created
            .as_ref()
            .or(self.created.as_ref())
            .and_then(Stamp::date)
    }

    /// The merchant category code that counts; `0` is none.
    pub fn effective_mcc(&self) -> Option<&str> {
        self.modified_mcc
            .as_deref()
            .or(self.mcc.as_deref())
            .filter(|code| *code != "0")
    }

    /// The amount that counts in the currency of the expense: the edited one, zero included, else the original one.
    ///
    /// # Errors
    ///
    /// [`ValueError`] if the field that counts is unreadable, or both are absent.
    pub fn effective_amount(&self) -> Result<Hundredths, ValueError> {
        match self.readable("modifiedAmount", self.modified_amount)? {
            Some(edited) => Ok(edited),
            None => self
                .readable("amount", self.amount)?
                .ok_or(ValueError::Absent { field: "amount" }),
        }
    }

    /// The amount that counts in the report's currency: the converted one, else the effective one, but only if the
    /// expense is in that currency; a foreign number is never passed off as domestic.
    ///
    /// # Errors
    ///
    /// [`ValueError`] if an amount is unreadable or absent, or not converted.
    pub fn amount_in(&self, report_currency: &str) -> Result<Hundredths, ValueError> {
        if let Some(converted) = self.readable("convertedAmount", self.converted_amount)? {
            return Ok(converted);
        }
        let currency = self.currency.as_deref().unwrap_or_default();
        if currency.is_empty() || !currency.eq_ignore_ascii_case(report_currency) {
            return Err(ValueError::NotConverted {
                currency: currency.to_owned(),
                report_currency: report_currency.to_owned(),
            });
        }
        self.effective_amount()
    }

    /// The tax that counts, in the currency of the expense; none without [`has_tax`](Self::has_tax).
    ///
    /// # Errors
    ///
    /// [`ValueError`] if the field that counts is unreadable.
    pub fn effective_tax(&self) -> Result<Option<Hundredths>, ValueError> {
        if self.unreadable.contains(&"hasTax") {
            return Err(ValueError::Unreadable { field: "hasTax" });
        }
        if self.has_tax != Some(true) {
            return Ok(None);
        }
        match self.readable("modifiedTaxAmount", self.modified_tax_amount)? {
            Some(edited) => Ok(Some(edited)),
            None => self.readable("taxAmount", self.tax_amount),
        }
    }

    /// The tag by levels: `ntag1` and on where the export has them, else the joined tag split at its colons.
    pub fn tag_levels(&self) -> Vec<TagLevel> {
        let unescaped = |name: &String| tag::unescape(name);
        if self.ntags.iter().any(|level| level.name.is_some()) {
            let level = |raw: &TagLevel| TagLevel {
                name: raw.name.as_ref().map(unescaped),
                gl_code: raw.gl_code.clone(),
            };
            return self.ntags.iter().map(level).collect();
        }
        let codes = tag::split_tag(self.tag_gl_code.as_deref().unwrap_or_default());
        let names = tag::split_tag(self.tag.as_deref().unwrap_or_default());
        let filled = |text: String| Some(text).filter(|text| !text.is_empty());
        let mut codes = codes.into_iter();
        names
            .into_iter()
            .map(|name| TagLevel {
                name: filled(name),
                gl_code: codes.next().and_then(filled),
            })
            .collect()
    }

    /// Whether the expense is a part of a split one.
    pub fn is_split(&self) -> bool {
        self.source.as_deref() == Some("split")
    }

    fn readable(
        &self,
        field: &'static str,
        value: Option<Hundredths>,
    ) -> Result<Option<Hundredths>, ValueError> {
        if self.unreadable.contains(&field) {
            Err(ValueError::Unreadable { field })
        } else {
            Ok(value)
        }
    }
}
