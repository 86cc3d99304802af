//! The records of the file, borrowed from their line.
//!
//! Every value is text; a number or a flag in its place is read as the text of it, so that another engine's idea of a
//! value is no failure. Unknown fields are passed over.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::flat::FlatRecord;
use crate::scalar::Text;

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
pub(super) struct ActionRecord<'a> {
    #[serde(borrow)]
    pub(super) action: Text<'a>,
    #[serde(borrow, rename = "accountEmail")]
    pub(super) account_email: Text<'a>,
    #[serde(borrow, rename = "actorEmail")]
    pub(super) actor_email: Text<'a>,
    #[serde(borrow)]
    pub(super) created: Text<'a>,
    #[serde(borrow)]
    pub(super) message: Text<'a>,
    #[serde(borrow, rename = "details.message")]
    pub(super) details_message: Text<'a>,
    #[serde(borrow, rename = "details.expectedDate")]
    pub(super) expected_date: Text<'a>,
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

text_record! {
    /// The texts of a report: `i` is its index in the file, `n` its number of expenses, absent if the engine could not
    /// tell it beforehand.
    ReportTexts {
        i = "i",
        n = "n",
        id = "reportID",
        old_id = "oldReportID",
        name = "reportName",
        status = "status",
        display_status = "displayStatus",
        state = "state",
        state_num = "stateNum",
        policy_id = "policyID",
        policy_name = "policyName",
        currency = "currency",
        total = "total",
        created = "created",
        submitted = "submitted",
        approved = "approved",
        reimbursed = "reimbursed",
        is_ach_reimbursed = "isACHReimbursed",
        entry_id = "entryID",
        account_email = "accountEmail",
        account_id = "accountID",
        employee_custom_field_1 = "employeeCustomField1",
        employee_custom_field_2 = "employeeCustomField2",
        manager_email = "managerEmail",
        manager_user_id = "managerUserID",
        manager_payroll_id = "managerPayrollID",
        submitter_first_name = "submitter.firstName",
        submitter_last_name = "submitter.lastName",
        submitter_full_name = "submitter.fullName",
        manager_first_name = "manager.firstName",
        manager_last_name = "manager.lastName",
        manager_full_name = "manager.fullName",
    }
}

/// A report.
#[derive(Debug, Default)]
pub(super) struct ReportRecord<'a> {
    pub(super) texts: ReportTexts<'a>,
    pub(super) approvers: Vec<ApproverRecord<'a>>,
    pub(super) history: Vec<ActionRecord<'a>>,
    /// Report fields, whose names differ by policy, and what a later template may add; what is not plain is passed over.
    pub(super) rest: BTreeMap<Cow<'a, str>, Text<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for ReportRecord<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReportVisitor)
    }
}

struct ReportVisitor;

impl<'de> Visitor<'de> for ReportVisitor {
    type Value = ReportRecord<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut record = ReportRecord::default();
        while let Some(Text(name)) = map.next_key()? {
            match name.as_ref() {
                "approvers" if record.approvers.is_empty() => {
                    record.approvers = map.next_value()?;
                }
                "history" if record.history.is_empty() => {
                    record.history = map.next_value()?;
                }
                "approvers" | "history" => return Err(A::Error::custom("said twice")),
                _ => record.put(name, map.next_value()?)?,
            }
        }
        Ok(record)
    }
}

impl<'a> ReportRecord<'a> {
    fn put<E: Error>(&mut self, name: Cow<'a, str>, value: &'a RawValue) -> Result<(), E> {
        let Some(field) = self.texts.field(&name) else {
            if let Some(text) = Text::of(value.get()) {
                self.rest.insert(name, text);
            }
            return Ok(());
        };
        if !field.as_str().is_empty() {
            return Err(E::custom("said twice"));
        }
        *field = Text::of(value.get()).ok_or_else(|| E::custom("not plain"))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_is_its_own_text_and_never_a_float() {
        // Digits that no 64-bit float holds.
        let rate = "1.10000000000000008881784197001252323389053344726562501";
        let line = format!(
            r#"{{"k":"exp","amount":-1250,"currencyConversionRate":{rate},"taxRate":19.0}}"#
        );
        let record: ExpenseRecord<'_> = serde_json::from_str(&line).unwrap();
        assert_eq!(record.amount.as_str(), "-1250");
        assert_eq!(record.currency_conversion_rate.as_str(), rate);
        assert_eq!(record.tax_rate.as_str(), "19.0");

        let line = format!(
            r#"{{"k":"rep","total":12.50,"customField.Rate":{rate},"entryID":9007199254740993}}"#
        );
        let record: ReportRecord<'_> = serde_json::from_str(&line).unwrap();
        assert_eq!(record.texts.total.as_str(), "12.50");
        assert_eq!(record.texts.entry_id.as_str(), "9007199254740993");
        assert_eq!(record.rest["customField.Rate"].as_str(), rate);
    }

    #[test]
    fn a_report_keeps_what_is_plain_and_refuses_what_is_said_twice() {
        let line = r#"{"k":"rep","reportID":"R00A","customField.A":"x","new":[1,{"y":2}],"newer":{},"customField.B":null}"#;
        let record: ReportRecord<'_> = serde_json::from_str(line).unwrap();
        let rest: Vec<(&str, &str)> = record
            .rest
            .iter()
            .map(|(name, text)| (name.as_ref(), text.as_str()))
            .collect();
        assert_eq!(
            rest,
            [("customField.A", "x"), ("customField.B", ""), ("k", "rep")]
        );
        for line in [
            r#"{"total":"1","total":"2"}"#,
            r#"{"total":["1"]}"#,
            r#"{"approvers":[{}],"approvers":[{}]}"#,
        ] {
            assert!(
                serde_json::from_str::<ReportRecord<'_>>(line).is_err(),
                "{line}"
            );
        }
    }
}
