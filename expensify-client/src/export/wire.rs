//! The records of the file, borrowed from their line.
//!
//! Every value is text; a number or a flag in its place is read as the text of it, so that another engine's idea of a
//! value is no failure. Unknown fields are passed over.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::flat::FlatRecord;

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

/// Makes a record of texts, with a way to its fields by the names they have in the file.
macro_rules! text_record {
    ($(#[$doc:meta])* $record:ident { $($field:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(default)]
        pub(super) struct $record<'a> {
            $(#[serde(borrow, rename = $name)] pub(super) $field: Text<'a>,)*
        }

        impl<'a> FlatRecord<'a> for $record<'a> {
            fn field(&mut self, name: &str) -> Option<&mut Text<'a>> {
                match name {
                    $($name => Some(&mut self.$field),)*
                    _ => None,
                }
            }
        }
    };
}

text_record! {
    /// An expense: `r` is the report it stands under, `i` its index there.
    ExpenseRecord {
        r = "r",
        i = "i",
        id = "transactionID",
        report_id = "reportID",
        kind = "type",
        merchant = "merchant",
        modified_merchant = "modifiedMerchant",
        amount = "amount",
        modified_amount = "modifiedAmount",
        converted_amount = "convertedAmount",
        currency = "currency",
        currency_conversion_rate = "currencyConversionRate",
        created = "created",
        modified_created = "modifiedCreated",
        inserted = "inserted",
        category = "category",
        category_gl_code = "categoryGlCode",
        category_payroll_code = "categoryPayrollCode",
        tag = "tag",
        tag_gl_code = "tagGlCode",
        ntag1 = "ntag1",
        ntag1_gl_code = "ntag1GlCode",
        ntag2 = "ntag2",
        ntag2_gl_code = "ntag2GlCode",
        ntag3 = "ntag3",
        ntag3_gl_code = "ntag3GlCode",
        ntag4 = "ntag4",
        ntag4_gl_code = "ntag4GlCode",
        ntag5 = "ntag5",
        ntag5_gl_code = "ntag5GlCode",
        ntag6 = "ntag6",
        ntag6_gl_code = "ntag6GlCode",
        ntag7 = "ntag7",
        ntag7_gl_code = "ntag7GlCode",
        ntag8 = "ntag8",
        ntag8_gl_code = "ntag8GlCode",
        ntag9 = "ntag9",
        ntag9_gl_code = "ntag9GlCode",
        ntag10 = "ntag10",
        ntag10_gl_code = "ntag10GlCode",
        comment = "comment",
        billable = "billable",
        reimbursable = "reimbursable",
        bank = "bank",
        mcc = "mcc",
        modified_mcc = "modifiedMCC",
        has_tax = "hasTax",
        tax_amount = "taxAmount",
        modified_tax_amount = "modifiedTaxAmount",
        tax_name = "taxName",
        tax_rate_name = "taxRateName",
        tax_code = "taxCode",
        tax_rate = "taxRate",
        receipt_id = "receiptID",
        receipt_filename = "receiptFilename",
        receipt_url = "receiptObject.url",
        is_distance = "isDistance",
        card_id = "cardID",
        card_name = "cardName",
        card_number = "cardNumber",
        posted = "posted",
        external_id = "externalID",
        units_count = "units.count",
        units_rate = "units.rate",
        units_unit = "units.unit",
        units_name = "units.name",
        source = "nameValuePairs.source",
    }
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
