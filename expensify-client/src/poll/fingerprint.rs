//! What is in a report, as a hash that stays the same between processes and versions.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::export::{Approver, Expense, Person, Report, ReportStatus, Stamp, TagLevel, Units};
use crate::money::Hundredths;

/// SHA-256 over the content of a report and its expenses, whatever order they come in; its history is not content.
///
/// Absent fields count for nothing, so that a field added by a later version of this crate changes the hash only of
/// reports that have it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// The hash of a report.
    pub fn of(report: &Report) -> Self {
        let mut content = Content(Sha256::new());
        content.report(report);
        Self(content.0.finalize().into())
    }

    /// The hash that these bytes are, as stored.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, to store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentHash({self})")
    }
}

/// Writes names and values, each with its length before it, so that no two contents read alike.
struct Content(Sha256);

impl Content {
    fn bytes(&mut self, bytes: &[u8]) {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.0.update(length.to_le_bytes());
        self.0.update(bytes);
    }

    fn text(&mut self, name: &str, value: Option<impl AsRef<str>>) {
        if let Some(value) = value {
            self.bytes(name.as_bytes());
            self.bytes(value.as_ref().as_bytes());
        }
    }

    fn texts<const N: usize>(&mut self, fields: [(&str, &Option<String>); N]) {
        for (name, value) in fields {
            self.text(name, value.as_deref());
        }
    }

    fn amount(&mut self, name: &str, value: Option<Hundredths>) {
        self.text(name, value.map(|amount| amount.value().to_string()));
    }

    fn flag(&mut self, name: &str, value: Option<bool>) {
        self.text(name, value.map(|flag| if flag { "true" } else { "false" }));
    }

    /// A part with members of its own.
    fn begin(&mut self, name: &str, index: usize) {
        self.text(name, Some(index.to_string()));
    }
}

// Each type is taken apart whole, so that a field that is added cannot be forgotten here.
impl Content {
    #[expect(clippy::too_many_lines, reason = "a list of fields: data, not logic")]
    fn report(&mut self, report: &Report) {
        let Report {
            id,
            old_id,
            name,
            status,
            display_status,
            state,
            state_num,
            policy_id,
            policy_name,
            currency,
            total,
            created,
            submitted,
            approved,
            reimbursed,
            is_ach_reimbursed,
            entry_id,
            account_email,
            account_id,
            submitter,
            employee_custom_field_1,
            employee_custom_field_2,
            manager_email,
            manager_user_id,
            manager_payroll_id,
            manager,
            approvers,
            // What was done with a report is not what is in it: marking it as exported would change its own hash.
            history: _,
            custom_fields,
            unreadable,
            expenses,
        } = report;
        self.text("reportID", Some(id));
        self.texts([
            ("oldReportID", old_id),
            ("reportName", name),
            ("displayStatus", display_status),
            ("state", state),
            ("stateNum", state_num),
            ("policyName", policy_name),
            ("currency", currency),
            ("entryID", entry_id),
            ("accountEmail", account_email),
            ("accountID", account_id),
            ("employeeCustomField1", employee_custom_field_1),
            ("employeeCustomField2", employee_custom_field_2),
            ("managerEmail", manager_email),
            ("managerUserID", manager_user_id),
            ("managerPayrollID", manager_payroll_id),
        ]);
        self.text("status", status.as_ref().map(ReportStatus::as_str));
        self.text("policyID", policy_id.as_ref());
        self.amount("total", *total);
        for (name, stamp) in [
            ("created", created),
            ("submitted", submitted),
            ("approved", approved),
            ("reimbursed", reimbursed),
        ] {
            self.text(name, stamp.as_ref().map(Stamp::as_str));
        }
        self.flag("isACHReimbursed", *is_ach_reimbursed);
        self.person("submitter", submitter);
        self.person("manager", manager);
        for (index, approver) in approvers.iter().enumerate() {
            self.approver(index, approver);
        }
        for (name, value) in custom_fields {
            self.text("customField", Some(name));
            self.text("value", Some(value));
        }
        self.unreadable(unreadable);
        let mut expenses: Vec<&Expense> = expenses.iter().collect();
        expenses.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        for (index, expense) in expenses.into_iter().enumerate() {
            self.begin("expense", index);
            self.expense(expense);
        }
    }

    #[expect(clippy::too_many_lines, reason = "a list of fields: data, not logic")]
    fn expense(&mut self, expense: &Expense) {
        let Expense {
            id,
            // That of the report it stands under.
            report_id: _,
            kind,
            merchant,
            modified_merchant,
            amount,
            modified_amount,
            converted_amount,
            currency,
            currency_conversion_rate,
            created,
            modified_created,
            inserted,
            category,
            category_gl_code,
            category_payroll_code,
            tag,
            tag_gl_code,
            ntags,
            comment,
            billable,
            reimbursable,
            bank,
            mcc,
            modified_mcc,
            has_tax,
            tax_amount,
            modified_tax_amount,
            tax_name,
            tax_rate_name,
            tax_code,
            tax_rate,
            receipt_id,
            receipt_filename,
            receipt_url,
            is_distance,
            units,
            card_id,
            card_name,
            card_number,
            posted,
            external_id,
            source,
            unreadable,
        } = expense;
        self.text("transactionID", Some(id));
        self.texts([
            ("type", kind),
            ("merchant", merchant),
            ("modifiedMerchant", modified_merchant),
            ("currency", currency),
            ("currencyConversionRate", currency_conversion_rate),
            ("category", category),
            ("categoryGlCode", category_gl_code),
            ("categoryPayrollCode", category_payroll_code),
            ("tag", tag),
            ("tagGlCode", tag_gl_code),
            ("comment", comment),
            ("bank", bank),
            ("mcc", mcc),
            ("modifiedMCC", modified_mcc),
            ("taxName", tax_name),
            ("taxRateName", tax_rate_name),
            ("taxCode", tax_code),
            ("taxRate", tax_rate),
            ("receiptID", receipt_id),
            ("receiptFilename", receipt_filename),
            ("receiptObject.url", receipt_url),
            ("cardID", card_id),
            ("cardName", card_name),
            ("cardNumber", card_number),
            ("externalID", external_id),
            ("nameValuePairs.source", source),
        ]);
        for (name, amount) in [
            ("amount", amount),
            ("modifiedAmount", modified_amount),
            ("convertedAmount", converted_amount),
            ("taxAmount", tax_amount),
            ("modifiedTaxAmount", modified_tax_amount),
        ] {
            self.amount(name, *amount);
        }
        for (name, stamp) in [
            ("created", created),
            ("modifiedCreated", modified_created),
            ("inserted", inserted),
            ("posted", posted),
        ] {
            self.text(name, stamp.as_ref().map(Stamp::as_str));
        }
        for (name, flag) in [
            ("billable", billable),
            ("reimbursable", reimbursable),
            ("hasTax", has_tax),
            ("isDistance", is_distance),
        ] {
            self.flag(name, *flag);
        }
        for (index, TagLevel { name, gl_code }) in ntags.iter().enumerate() {
            self.begin("ntag", index);
            self.texts([("name", name), ("glCode", gl_code)]);
        }
        let Units {
            count,
            rate,
            unit,
            name,
        } = units;
        self.texts([
            ("units.count", count),
            ("units.rate", rate),
            ("units.unit", unit),
            ("units.name", name),
        ]);
        self.unreadable(unreadable);
    }

    fn person(&mut self, role: &str, person: &Person) {
        let Person {
            first_name,
            last_name,
            full_name,
        } = person;
        self.text("person", Some(role));
        self.texts([
            ("firstName", first_name),
            ("lastName", last_name),
            ("fullName", full_name),
        ]);
    }

    fn approver(&mut self, index: usize, approver: &Approver) {
        let Approver {
            email,
            date,
            person,
            employee_user_id,
            employee_payroll_id,
        } = approver;
        self.begin("approver", index);
        self.texts([
            ("email", email),
            ("employeeUserID", employee_user_id),
            ("employeePayrollID", employee_payroll_id),
        ]);
        self.text("date", date.as_ref().map(Stamp::as_str));
        self.person("approver", person);
    }

    /// What could not be read may have changed all the same; that it could not is all that is known.
    fn unreadable(&mut self, fields: &[&str]) {
        for field in fields {
            self.text("unreadable", Some(field));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{ExportParser, ParserLimits};
    use crate::template::TEMPLATE_VERSION;

    /// The one report of a file with these lines, in which `index` is its place.
    fn report(index: &str, lines: &[&str]) -> Report {
        let filler = r#"{"k":"rep","i":"0","n":"0","reportID":"R0"}"#;
        let before = if index == "0" { "" } else { filler };
        let reports = if index == "0" { 1 } else { 2 };
        let expenses = lines.len() - 1;
        let file = format!(
            "{{\"k\":\"begin\",\"v\":{TEMPLATE_VERSION},\"format\":\"ml-connector/export\"}}\n{before}\n{}\n{{\"k\":\"end\",\"reports\":{reports},\"expenses\":{expenses}}}\n",
            lines.join("\n").replace("INDEX", index)
        );
        let mut parser = ExportParser::new(ParserLimits::default());
        parser.push(file.as_bytes());
        parser.finish();
        let mut last = None;
        while let Some(report) = parser.next_report().unwrap() {
            last = Some(report);
        }
        last.unwrap()
    }

    const REPORT: &str = r#"{"k":"rep","i":"INDEX","n":"2","reportID":"R1","reportName":"Trip","status":"Approved","currency":"USD","total":"300","approved":"2026-07-10 09:30:00","customField.Project":"Apollo","approvers":[{"email":"b@a.test","date":"2026-07-10"}]}"#;
    const FIRST: &str = r#"{"k":"exp","r":"R1","i":"0","transactionID":"1","amount":"100","currency":"USD","ntag2":"Berlin","reimbursable":"true"}"#;
    const SECOND: &str =
        r#"{"k":"exp","r":"R1","i":"1","transactionID":"2","amount":"200","currency":"USD"}"#;

    #[test]
    fn the_hash_depends_neither_on_the_place_in_the_file_nor_on_the_order_of_expenses() {
        let hash = ContentHash::of(&report("0", &[REPORT, FIRST, SECOND]));
        let first = FIRST.replace(r#""i":"0""#, r#""i":"1""#);
        let second = SECOND.replace(r#""i":"1""#, r#""i":"0""#);
        assert_eq!(
            ContentHash::of(&report("1", &[REPORT, &second, &first])),
            hash
        );
        // Stored hashes outlive a version: this text changes only with an upgrade note.
        assert_eq!(
            hash.to_string(),
            "f00bb63425a39f44d184d9bbdeab4065e12080c92fe0331a6d4b888a0d83c55f"
        );
        assert_eq!(ContentHash::from_bytes(*hash.as_bytes()), hash);
    }

    #[test]
    fn what_was_done_with_a_report_changes_nothing_in_it() {
        let hash = ContentHash::of(&report("0", &[REPORT, FIRST, SECOND]));
        let marked = REPORT.replace(
            r#","approvers""#,
            r#","history":[{"i":"0","action":"EXPORTED","message":"ml-connector"}],"approvers""#,
        );
        let marked = report("0", &[&marked, FIRST, SECOND]);
        assert_eq!(marked.history.len(), 1);
        assert_eq!(ContentHash::of(&marked), hash);
    }

    #[test]
    fn whatever_changes_in_a_report_changes_the_hash() {
        let hash = ContentHash::of(&report("0", &[REPORT, FIRST, SECOND]));
        let mut hashes = vec![hash];
        for (from, to) in [
            ("Trip", "trip"),
            ("Approved", "Reimbursed"),
            (r#""300""#, r#""301""#),
            ("09:30:00", "09:30:01"),
            ("Apollo", "Gemini"),
            ("Project", "Projekt"),
            ("b@a.test", "c@a.test"),
            (r#""100""#, r#""-100""#),
            (r#""amount":"200""#, r#""modifiedAmount":"200""#),
            ("ntag2", "ntag3"),
            (r#""true""#, r#""false""#),
            (r#""true""#, r#""perhaps""#),
            (r#""transactionID":"2""#, r#""transactionID":"3""#),
        ] {
            let lines = [REPORT, FIRST, SECOND].map(|line| line.replace(from, to));
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            hashes.push(ContentHash::of(&report("0", &lines)));
        }
        let all = hashes.len();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), all);
    }
}
