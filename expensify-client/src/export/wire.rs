//! The records of the file, borrowed from their line.
//!
//! Every value is text; a number or a flag in its place is read as the text of it, so that another engine's idea of a
//! value is no failure. Unknown fields are passed over.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A value as text; absent, null and empty are all the empty text.
#[derive(Debug, Default)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl Text<'_> {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned; none if it is empty.
    pub(super) fn filled(self) -> Option<String> {
        if self.0.is_empty() {
            None
        } else {
            Some(self.0.into_owned())
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, a flag or nothing")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(text)))
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(if flag { "true" } else { "false" })))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }

    fn visit_unit<E: Error>(self) -> Result<Text<'de>, E> {
        Ok(Text::default())
    }
}

/// What every record has; read alone where the kind is not known beforehand.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct AnyRecord<'a> {
    #[serde(borrow)]
    pub(super) k: Text<'a>,
    #[serde(borrow, rename = "responseCode")]
    pub(super) response_code: Text<'a>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct BeginRecord<'a> {
    #[serde(borrow)]
    pub(super) v: Text<'a>,
    #[serde(borrow)]
    pub(super) format: Text<'a>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct EndRecord<'a> {
    #[serde(borrow)]
    pub(super) reports: Text<'a>,
    #[serde(borrow)]
    pub(super) expenses: Text<'a>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct ReportRecord<'a> {
    /// Index in the file.
    #[serde(borrow)]
    pub(super) i: Text<'a>,
    /// Number of expenses; absent if the engine could not tell it beforehand.
    #[serde(borrow)]
    pub(super) n: Text<'a>,
    #[serde(borrow, rename = "reportID")]
    pub(super) id: Text<'a>,
    #[serde(borrow, rename = "oldReportID")]
    pub(super) old_id: Text<'a>,
    #[serde(borrow, rename = "reportName")]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) status: Text<'a>,
    #[serde(borrow, rename = "displayStatus")]
    pub(super) display_status: Text<'a>,
    #[serde(borrow)]
    pub(super) state: Text<'a>,
    #[serde(borrow, rename = "stateNum")]
    pub(super) state_num: Text<'a>,
    #[serde(borrow, rename = "policyID")]
    pub(super) policy_id: Text<'a>,
    #[serde(borrow, rename = "policyName")]
    pub(super) policy_name: Text<'a>,
    #[serde(borrow)]
    pub(super) currency: Text<'a>,
    #[serde(borrow)]
    pub(super) total: Text<'a>,
    #[serde(borrow)]
    pub(super) created: Text<'a>,
    #[serde(borrow)]
    pub(super) submitted: Text<'a>,
    #[serde(borrow)]
    pub(super) approved: Text<'a>,
    #[serde(borrow)]
    pub(super) reimbursed: Text<'a>,
    #[serde(borrow, rename = "isACHReimbursed")]
    pub(super) is_ach_reimbursed: Text<'a>,
    #[serde(borrow, rename = "entryID")]
    pub(super) entry_id: Text<'a>,
    #[serde(borrow, rename = "accountEmail")]
    pub(super) account_email: Text<'a>,
    #[serde(borrow, rename = "accountID")]
    pub(super) account_id: Text<'a>,
    #[serde(borrow, rename = "employeeCustomField1")]
    pub(super) employee_custom_field_1: Text<'a>,
    #[serde(borrow, rename = "employeeCustomField2")]
    pub(super) employee_custom_field_2: Text<'a>,
    #[serde(borrow, rename = "managerEmail")]
    pub(super) manager_email: Text<'a>,
    #[serde(borrow, rename = "managerUserID")]
    pub(super) manager_user_id: Text<'a>,
    #[serde(borrow, rename = "managerPayrollID")]
    pub(super) manager_payroll_id: Text<'a>,
    #[serde(borrow, rename = "submitter.firstName")]
    pub(super) submitter_first_name: Text<'a>,
    #[serde(borrow, rename = "submitter.lastName")]
    pub(super) submitter_last_name: Text<'a>,
    #[serde(borrow, rename = "submitter.fullName")]
    pub(super) submitter_full_name: Text<'a>,
    #[serde(borrow, rename = "manager.firstName")]
    pub(super) manager_first_name: Text<'a>,
    #[serde(borrow, rename = "manager.lastName")]
    pub(super) manager_last_name: Text<'a>,
    #[serde(borrow, rename = "manager.fullName")]
    pub(super) manager_full_name: Text<'a>,
    #[serde(borrow)]
    pub(super) approvers: Vec<ApproverRecord<'a>>,
    /// Report fields, whose names differ by policy, and what a later template may add.
    #[serde(borrow, flatten)]
    pub(super) rest: Rest<'a>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct ApproverRecord<'a> {
    #[serde(borrow)]
    pub(super) email: Text<'a>,
    #[serde(borrow)]
    pub(super) date: Text<'a>,
    #[serde(borrow, rename = "firstName")]
    pub(super) first_name: Text<'a>,
    #[serde(borrow, rename = "lastName")]
    pub(super) last_name: Text<'a>,
    #[serde(borrow, rename = "fullName")]
    pub(super) full_name: Text<'a>,
    #[serde(borrow, rename = "employeeUserID")]
    pub(super) employee_user_id: Text<'a>,
    #[serde(borrow, rename = "employeePayrollID")]
    pub(super) employee_payroll_id: Text<'a>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct ExpenseRecord<'a> {
    /// The report the expense stands under.
    #[serde(borrow)]
    pub(super) r: Text<'a>,
    /// Index in the report.
    #[serde(borrow)]
    pub(super) i: Text<'a>,
    #[serde(borrow, rename = "transactionID")]
    pub(super) id: Text<'a>,
    #[serde(borrow, rename = "reportID")]
    pub(super) report_id: Text<'a>,
    #[serde(borrow, rename = "type")]
    pub(super) kind: Text<'a>,
    #[serde(borrow)]
    pub(super) merchant: Text<'a>,
    #[serde(borrow, rename = "modifiedMerchant")]
    pub(super) modified_merchant: Text<'a>,
    #[serde(borrow)]
    pub(super) amount: Text<'a>,
    #[serde(borrow, rename = "modifiedAmount")]
    pub(super) modified_amount: Text<'a>,
    #[serde(borrow, rename = "convertedAmount")]
    pub(super) converted_amount: Text<'a>,
    #[serde(borrow)]
    pub(super) currency: Text<'a>,
    #[serde(borrow, rename = "currencyConversionRate")]
    pub(super) currency_conversion_rate: Text<'a>,
    #[serde(borrow)]
    pub(super) created: Text<'a>,
    #[serde(borrow, rename = "modifiedCreated")]
    pub(super) modified_created: Text<'a>,
    #[serde(borrow)]
    pub(super) inserted: Text<'a>,
    #[serde(borrow)]
    pub(super) category: Text<'a>,
    #[serde(borrow, rename = "categoryGlCode")]
    pub(super) category_gl_code: Text<'a>,
    #[serde(borrow, rename = "categoryPayrollCode")]
    pub(super) category_payroll_code: Text<'a>,
    #[serde(borrow)]
    pub(super) tag: Text<'a>,
    #[serde(borrow, rename = "tagGlCode")]
    pub(super) tag_gl_code: Text<'a>,
    #[serde(borrow)]
    pub(super) ntag1: Text<'a>,
    #[serde(borrow, rename = "ntag1GlCode")]
    pub(super) ntag1_gl_code: Text<'a>,
    #[serde(borrow)]
    pub(super) ntag2: Text<'a>,
    #[serde(borrow, rename = "ntag2GlCode")]
    pub(super) ntag2_gl_code: Text<'a>,
    #[serde(borrow)]
    pub(super) ntag3: Text<'a>,
    #[serde(borrow, rename = "ntag3GlCode")]
    pub(super) ntag3_gl_code: Text<'a>,
    #[serde(borrow)]
    pub(super) ntag4: Text<'a>,
    #[serde(borrow, rename = "ntag4GlCode")]
    pub(super) ntag4_gl_code: Text<'a>,
    #[serde(borrow)]
    pub(super) ntag5: Text<'a>,
    #[serde(borrow, rename = "ntag5GlCode")]
    pub(super) ntag5_gl_code: Text<'a>,
    #[serde(borrow)]
    pub(super) ntag6: Text<'a>,
    #[serde(borrow, rename = "ntag6GlCode")]
    pub(super) ntag6_gl_code: Text<'a>,
    #[serde(borrow)]
    pub(super) ntag7: Text<'a>,
    #[serde(borrow, rename = "ntag7GlCode")]
    pub(super) ntag7_gl_code: Text<'a>,
    #[serde(borrow)]
    pub(super) ntag8: Text<'a>,
    #[serde(borrow, rename = "ntag8GlCode")]
    pub(super) ntag8_gl_code: Text<'a>,
    #[serde(borrow)]
    pub(super) ntag9: Text<'a>,
    #[serde(borrow, rename = "ntag9GlCode")]
    pub(super) ntag9_gl_code: Text<'a>,
    #[serde(borrow)]
    pub(super) ntag10: Text<'a>,
    #[serde(borrow, rename = "ntag10GlCode")]
    pub(super) ntag10_gl_code: Text<'a>,
    #[serde(borrow)]
    pub(super) comment: Text<'a>,
    #[serde(borrow)]
    pub(super) billable: Text<'a>,
    #[serde(borrow)]
    pub(super) reimbursable: Text<'a>,
    #[serde(borrow)]
    pub(super) bank: Text<'a>,
    #[serde(borrow)]
    pub(super) mcc: Text<'a>,
    #[serde(borrow, rename = "modifiedMCC")]
    pub(super) modified_mcc: Text<'a>,
    #[serde(borrow, rename = "hasTax")]
    pub(super) has_tax: Text<'a>,
    #[serde(borrow, rename = "taxAmount")]
    pub(super) tax_amount: Text<'a>,
    #[serde(borrow, rename = "modifiedTaxAmount")]
    pub(super) modified_tax_amount: Text<'a>,
    #[serde(borrow, rename = "taxName")]
    pub(super) tax_name: Text<'a>,
    #[serde(borrow, rename = "taxRateName")]
    pub(super) tax_rate_name: Text<'a>,
    #[serde(borrow, rename = "taxCode")]
    pub(super) tax_code: Text<'a>,
    #[serde(borrow, rename = "taxRate")]
    pub(super) tax_rate: Text<'a>,
    #[serde(borrow, rename = "receiptID")]
    pub(super) receipt_id: Text<'a>,
    #[serde(borrow, rename = "receiptFilename")]
    pub(super) receipt_filename: Text<'a>,
    #[serde(borrow, rename = "receiptObject.url")]
    pub(super) receipt_url: Text<'a>,
    #[serde(borrow, rename = "isDistance")]
    pub(super) is_distance: Text<'a>,
    #[serde(borrow, rename = "cardID")]
    pub(super) card_id: Text<'a>,
    #[serde(borrow, rename = "cardName")]
    pub(super) card_name: Text<'a>,
    #[serde(borrow, rename = "cardNumber")]
    pub(super) card_number: Text<'a>,
    #[serde(borrow)]
    pub(super) posted: Text<'a>,
    #[serde(borrow, rename = "externalID")]
    pub(super) external_id: Text<'a>,
    #[serde(borrow, rename = "units.count")]
    pub(super) units_count: Text<'a>,
    #[serde(borrow, rename = "units.rate")]
    pub(super) units_rate: Text<'a>,
    #[serde(borrow, rename = "units.unit")]
    pub(super) units_unit: Text<'a>,
    #[serde(borrow, rename = "units.name")]
    pub(super) units_name: Text<'a>,
    #[serde(borrow, rename = "nameValuePairs.source")]
    pub(super) source: Text<'a>,
}

/// The fields of a record that no other member takes; those that are not plain text are passed over.
#[derive(Debug, Default)]
pub(super) struct Rest<'a>(pub(super) BTreeMap<Cow<'a, str>, Text<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Rest<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RestVisitor).map(Rest)
    }
}

struct RestVisitor;

impl<'de> Visitor<'de> for RestVisitor {
    type Value = BTreeMap<Cow<'de, str>, Text<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = BTreeMap::new();
        while let Some(Text(name)) = map.next_key()? {
            if let Some(value) = map.next_value::<Lenient<'de>>()?.0 {
                fields.insert(name, value);
            }
        }
        Ok(fields)
    }
}

/// A text, or something else that is passed over.
struct Lenient<'a>(Option<Text<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Lenient<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LenientVisitor)
    }
}

struct LenientVisitor;

impl<'de> Visitor<'de> for LenientVisitor {
    type Value = Lenient<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        TextVisitor.visit_borrowed_str(text).map(Some).map(Lenient)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        TextVisitor.visit_str(text).map(Some).map(Lenient)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        TextVisitor.visit_bool(flag).map(Some).map(Lenient)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        TextVisitor.visit_i64(number).map(Some).map(Lenient)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        TextVisitor.visit_u64(number).map(Some).map(Lenient)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        TextVisitor.visit_f64(number).map(Some).map(Lenient)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Lenient(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Lenient(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Lenient(None))
    }
}
