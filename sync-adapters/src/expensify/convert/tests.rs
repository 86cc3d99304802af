use expensify_client::{ExportParser, ParserLimits};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

/// Reads one report through the real parser: a report record and expense records, each overriding sound defaults.
fn parse(report: &Value, expenses: &[Value]) -> wire::Report {
    let with = |mut base: Map<String, Value>, over: &Value| {
        base.extend(over.as_object().unwrap().clone());
        Value::Object(base).to_string()
    };
    let object = |value: Value| value.as_object().unwrap().clone();
    let mut file = "{\"k\":\"begin\",\"v\":1,\"format\":\"ml-connector/export\"}\n".to_owned();
    let base = object(json!({
        "k": "rep", "i": "0", "n": expenses.len().to_string(), "reportID": "R00AbCdEf123", "reportName": "Trip to Köln",
        "status": "Approved", "policyID": "0A1B2C3D4E5F6071", "currency": "USD", "total": "1250",
        "accountEmail": "ann@acme.test", "submitted": "2026-07-03 23:59:59", "approved": "2026-07-06 01:00:00",
    }));
    file += &with(base, report);
    for (index, expense) in expenses.iter().enumerate() {
        let base = object(json!({
            "k": "exp", "r": "R00AbCdEf123", "i": index.to_string(), "transactionID": format!("405634304927563449{index}"),
            "merchant": "Café", "amount": "1250", "currency": "USD", "created": "2026-07-01", "reimbursable": "true",
        }));
        file += "\n";
        file += &with(base, expense);
    }
    let end = json!({"k": "end", "reports": 1, "expenses": expenses.len()});
    file += "\n";
    file += &end.to_string();
    let mut parser = ExportParser::new(ParserLimits::default());
    parser.push(file.as_bytes());
    parser.finish();
    let report = parser.next_report().unwrap().unwrap();
    assert_eq!(parser.next_report().unwrap(), None);
    report
}

fn one(expense: &Value) -> Result<Expense, Why> {
    report(&parse(&json!({}), std::slice::from_ref(expense)))
        .map(|mut report| report.expenses.remove(0))
}

#[test]
fn a_report_is_taken_over_whole() {
    let raw = parse(
        &json!({"submitter.firstName": "Ann", "submitter.lastName": "Lee", "accountID": "77"}),
        &[json!({}), json!({})],
    );
    let report = report(&raw).unwrap();
    assert_eq!(report.id.as_str(), "R00AbCdEf123");
    assert_eq!(report.name, "Trip to Köln");
    assert_eq!(report.state, ReportState::Approved);
    assert_eq!(report.total.unwrap().to_string(), "12.50 USD");
    assert_eq!(report.employee.email, "ann@acme.test");
    // 23:59:59 stays the third of July, wherever the reader sits.
    assert_eq!(report.submitted_on.unwrap().to_string(), "2026-07-03");
    assert_eq!(report.approved_on.unwrap().to_string(), "2026-07-06");
    assert_eq!(report.expenses.len(), 2);
}

#[test]
fn states_of_every_vocabulary_are_understood_and_unknown_words_are_kept() {
    for (status, state) in [
        ("Open", ReportState::Open),
        ("Processing", ReportState::Submitted),
        ("Approved", ReportState::Approved),
        ("Reimbursed", ReportState::Reimbursed),
        ("Closed", ReportState::Closed),
        ("Archived", ReportState::Closed),
        ("ARCHIVED", ReportState::Closed),
        ("Paid", ReportState::Reimbursed),
        ("Outstanding", ReportState::Submitted),
        ("BILLING", ReportState::Other("BILLING".to_owned())),
    ] {
        assert_eq!(
            report(&parse(&json!({"status": status}), &[]))
                .unwrap()
                .state,
            state,
            "{status}"
        );
    }
    let display = report(&parse(&json!({"status": "", "displayStatus": "Done"}), &[])).unwrap();
    assert_eq!(display.state, ReportState::Closed);
}

#[test]
fn edited_values_go_before_original_ones_and_converted_before_both() {
    use FieldOrigin::{Converted, Modified, Original};
    let check =
        |fields: Value, amount: &str, report_amount: Option<&str>, origins: [FieldOrigin; 3]| {
            let expense = one(&fields).unwrap();
            assert_eq!(expense.amount.to_string(), amount, "{fields}");
            assert_eq!(
                expense
                    .report_amount
                    .map(|amount| amount.to_string())
                    .as_deref(),
                report_amount,
                "{fields}"
            );
            let found = expense.origins;
            assert_eq!(
                [found.merchant, found.date, found.amount],
                origins,
                "{fields}"
            );
            expense
        };
    check(json!({}), "12.50 USD", Some("12.50 USD"), [Original; 3]);
    check(
        json!({"modifiedAmount": "0"}),
        "0.00 USD",
        Some("0.00 USD"),
        [Original, Original, Modified],
    );
    check(
        json!({"amount": "-500"}),
        "-5.00 USD",
        Some("-5.00 USD"),
        [Original; 3],
    );
    let edited = check(
        json!({"modifiedMerchant": "Bar", "modifiedCreated": "2026-07-02 10:00:00", "modifiedAmount": "900", "convertedAmount": "1000", "currency": "EUR"}),
        "9.00 EUR",
        Some("10.00 USD"),
        [Modified, Modified, Converted],
    );
    assert_eq!(
        (
            edited.merchant.as_str(),
            edited.date.unwrap().to_string().as_str()
        ),
        ("Bar", "2026-07-02")
    );
    // Foreign and not converted: told as absent, never as the foreign number.
    check(
        json!({"currency": "JPY", "amount": "100000"}),
        "1000 JPY",
        None,
        [Original; 3],
    );
}

#[test]
fn names_for_nothing_become_nothing() {
    let expense = one(&json!({"merchant": "(none)", "category": "Uncategorized", "receiptID": "0", "created": "soon"})).unwrap();
    assert_eq!(
        (
            expense.merchant.as_str(),
            expense.category,
            expense.receipt,
            expense.date
        ),
        ("", None, None, None)
    );
    assert_eq!(expense.card, None);
    assert!(!expense.billable);
}

#[test]
fn tags_come_by_levels_from_wherever_they_stand() {
    let check = |fields: Value, levels: &[(&str, Option<&str>)]| {
        let tags = one(&fields).unwrap().tags;
        let found: Vec<(&str, Option<&str>)> = tags
            .iter()
            .map(|tag| (tag.name.as_str(), tag.gl_code.as_deref()))
            .collect();
        assert_eq!(found, levels, "{fields}");
    };
    check(json!({}), &[]);
    check(
        json!({"tag": r"Sales:EU\:West"}),
        &[("Sales", None), ("EU:West", None)],
    );
    check(
        json!({"tag": "Sales:West", "tagGlCode": "10:20"}),
        &[("Sales", Some("10")), ("West", Some("20"))],
    );
    check(
        json!({"ntag1": "Sales", "ntag1GlCode": "10", "ntag3": "Leaf", "tag": "other:levels"}),
        &[("Sales", Some("10")), ("", None), ("Leaf", None)],
    );
}

#[test]
fn tax_card_and_receipt_are_kept() {
    let expense = one(&json!({
        "hasTax": "true", "taxAmount": "100", "modifiedTaxAmount": "120", "taxRateName": "VAT 20", "taxCode": "S20",
        "bank": "American Express", "cardName": "Amex 1001", "receiptID": "9", "billable": "true",
    }))
    .unwrap();
    let tax = expense.tax.unwrap();
    assert_eq!(
        (
            tax.amount.to_string().as_str(),
            tax.rate_name.as_deref(),
            tax.code.as_deref()
        ),
        ("1.20 USD", Some("VAT 20"), Some("S20"))
    );
    assert_eq!(expense.card.unwrap().bank, "American Express");
    assert_eq!(expense.receipt.unwrap().id.as_deref(), Some("9"));
    assert!(expense.billable);
    assert_eq!(
        one(&json!({"hasTax": "false", "taxAmount": "100"}))
            .unwrap()
            .tax,
        None
    );
}

#[test]
fn what_cannot_be_understood_is_named_without_its_content() {
    let check = |fields: Value, expense: Value, why: &str| {
        let found = report(&parse(&fields, &[expense])).unwrap_err();
        assert!(found.contains(why), "{found}");
        assert!(!found.contains("PRIVATE"), "{found}");
    };
    let none = || json!({});
    check(
        json!({"currency": ""}),
        none(),
        "the report names no currency",
    );
    check(json!({"currency": "PRIVATE"}), none(), "not three letters");
    check(json!({"total": "PRIVATE"}), none(), "the report's total");
    check(json!({"status": ""}), none(), "no status");
    check(json!({"accountEmail": " "}), none(), "no owner");
    check(
        json!({"approved": "PRIVATE"}),
        none(),
        "approved is no date",
    );
    check(
        none(),
        json!({"currency": ""}),
        "expense 4056343049275634490: names no currency",
    );
    check(none(), json!({"amount": ""}), "amount is absent");
    check(
        none(),
        json!({"modifiedAmount": "PRIVATE"}),
        "modifiedAmount is not a whole number",
    );
    check(
        none(),
        json!({"convertedAmount": "PRIVATE"}),
        "convertedAmount is not a whole number",
    );
    check(none(), json!({"reimbursable": ""}), "not known who paid");
    check(
        none(),
        json!({"reimbursable": "PRIVATE"}),
        "reimbursable is neither",
    );
    check(
        none(),
        json!({"billable": "PRIVATE"}),
        "billable is neither",
    );
    check(none(), json!({"hasTax": "PRIVATE"}), "hasTax is neither");
    check(
        none(),
        json!({"hasTax": "true", "taxAmount": "PRIVATE"}),
        "taxAmount is not a whole number",
    );
}

#[test]
fn a_report_outside_any_workspace_has_the_empty_one() {
    assert_eq!(
        report(&parse(&json!({"policyID": ""}), &[]))
            .unwrap()
            .workspace
            .as_str(),
        ""
    );
}

proptest! {
    #[test]
    fn conversion_never_panics(
        report_fields in proptest::collection::btree_map(prop::sample::select(vec!["status", "displayStatus", "currency", "total", "accountEmail", "submitted", "approved", "policyName"]), ".{0,24}", 0..5),
        expense_fields in proptest::collection::btree_map(prop::sample::select(vec![
            "merchant", "modifiedMerchant", "amount", "modifiedAmount", "convertedAmount", "currency", "created", "modifiedCreated", "category", "tag",
            "tagGlCode", "ntag1", "ntag2GlCode", "comment", "billable", "reimbursable", "bank", "hasTax", "taxAmount", "taxRateName", "receiptID",
        ]), prop_oneof![".{0,24}", "-?[0-9]{0,20}", Just("true".to_owned())], 0..12),
    ) {
        let text = |fields: std::collections::BTreeMap<&str, String>| {
            Value::Object(fields.into_iter().map(|(key, value)| (key.to_owned(), Value::String(value))).collect())
        };
        let raw = parse(&text(report_fields), &[text(expense_fields)]);
        if let Ok(report) = report(&raw) {
            let _ = report.fingerprint();
        }
    }
}
