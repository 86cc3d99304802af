//! What real FreeMarker prints for our templates. The golden files of the workspace hold it to that, byte for byte.

use std::fmt::Write;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

const REPORT_FIELDS: &[&str] = &[
    "reportID",
    "oldReportID",
    "reportName",
    "status",
    "displayStatus",
    "state",
    "stateNum",
    "policyID",
    "policyName",
    "currency",
    "total",
    "created",
    "submitted",
    "approved",
    "reimbursed",
    "isACHReimbursed",
    "entryID",
    "accountEmail",
    "accountID",
    "employeeCustomField1",
    "employeeCustomField2",
    "managerEmail",
    "managerUserID",
    "managerPayrollID",
];

const NAMES: &[&str] = &["firstName", "lastName", "fullName"];

const APPROVER_FIELDS: &[&str] = &[
    "email",
    "date",
    "firstName",
    "lastName",
    "fullName",
    "employeeUserID",
    "employeePayrollID",
];

const ACTION_FIELDS: &[&str] = &["action", "accountEmail", "actorEmail", "created", "message"];

const EXPENSE_FIELDS: &[&str] = &[
    "transactionID",
    "reportID",
    "type",
    "merchant",
    "modifiedMerchant",
    "amount",
    "modifiedAmount",
    "convertedAmount",
    "currency",
    "currencyConversionRate",
    "created",
    "modifiedCreated",
    "inserted",
    "category",
    "categoryGlCode",
    "categoryPayrollCode",
    "tag",
    "tagGlCode",
    "ntag1",
    "ntag1GlCode",
    "ntag2",
    "ntag2GlCode",
    "ntag3",
    "ntag3GlCode",
    "ntag4",
    "ntag4GlCode",
    "ntag5",
    "ntag5GlCode",
    "ntag6",
    "ntag6GlCode",
    "ntag7",
    "ntag7GlCode",
    "ntag8",
    "ntag8GlCode",
    "ntag9",
    "ntag9GlCode",
    "ntag10",
    "ntag10GlCode",
    "comment",
    "billable",
    "reimbursable",
    "bank",
    "mcc",
    "modifiedMCC",
    "hasTax",
    "taxAmount",
    "modifiedTaxAmount",
    "taxName",
    "taxRateName",
    "taxCode",
    "taxRate",
    "receiptID",
    "receiptFilename",
    "isDistance",
    "cardID",
    "cardName",
    "cardNumber",
    "posted",
    "externalID",
];

const UNIT_FIELDS: &[&str] = &["count", "rate", "unit", "name"];

/// Decimals that FreeMarker's computer format keeps.
const DECIMALS_MAX: u32 = 16;

/// A template the sandbox knows, told by its first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// Reports with their expenses.
    Export,
    /// Report ids only.
    Ack,
}

impl Template {
    /// The template behind this text, if the sandbox knows it.
    pub fn recognise(source: &str) -> Option<Self> {
        let known = [
            ("<#-- ml-connector/export v1", Self::Export),
            ("<#-- ml-connector/ack v1", Self::Ack),
        ];
        known
            .into_iter()
            .find(|(mark, _)| source.lines().next() == Some(*mark))
            .map(|(_, template)| template)
    }
}

/// Renders a template over a data model.
pub fn render(template: Template, model: &Value) -> String {
    let reports = model
        .get("reports")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    match template {
        Template::Export => export(reports),
        Template::Ack => ack(reports),
    }
}

fn export(reports: &[Value]) -> String {
    let mut out = String::from("{\"k\":\"begin\",\"v\":1,\"format\":\"ml-connector/export\"}\n");
    let mut count = 0;
    for (index, report) in reports.iter().enumerate() {
        let expenses = sequence(report, "transactionList");
        push(
            &mut out,
            format_args!(
                "{{\"k\":\"rep\",\"i\":\"{index}\",\"n\":\"{}\"",
                expenses.len()
            ),
        );
        put_all(&mut out, "", report.as_object(), REPORT_FIELDS);
        put_all(&mut out, "submitter.", object(report, "submitter"), NAMES);
        put_all(&mut out, "manager.", object(report, "manager"), NAMES);
        for (name, value) in object(report, "customField").into_iter().flatten() {
            put(&mut out, &format!("customField.{name}"), value);
        }
        out.push_str(",\"approvers\":[");
        for (position, approver) in sequence(report, "approvers").iter().enumerate() {
            push(
                &mut out,
                format_args!(
                    "{}{{\"i\":\"{position}\"",
                    if position == 0 { "" } else { "," }
                ),
            );
            put_all(&mut out, "", approver.as_object(), APPROVER_FIELDS);
            out.push('}');
        }
        put_history(&mut out, sequence(report, "actionList"));
        let report_id = json_string(&text(report.get("reportID")));
        for (position, expense) in expenses.iter().enumerate() {
            push(
                &mut out,
                format_args!("{{\"k\":\"exp\",\"r\":\"{report_id}\",\"i\":\"{position}\""),
            );
            put_expense(&mut out, expense);
        }
        count += expenses.len();
    }
    push(
        &mut out,
        format_args!(
            "{{\"k\":\"end\",\"reports\":{},\"expenses\":{count}}}\n",
            reports.len()
        ),
    );
    out
}

/// Ends the list of approvers, and with the history the report.
fn put_history(out: &mut String, actions: &[Value]) {
    out.push_str("],\"history\":[");
    for (position, action) in actions.iter().enumerate() {
        let comma = if position == 0 { "" } else { "," };
        push(out, format_args!("{comma}{{\"i\":\"{position}\""));
        put_all(out, "", action.as_object(), ACTION_FIELDS);
        let details = object(action, "details");
        put_all(out, "details.", details, &["message", "expectedDate"]);
        out.push('}');
    }
    out.push_str("]}\n");
}

fn put_expense(out: &mut String, expense: &Value) {
    put_all(out, "", expense.as_object(), EXPENSE_FIELDS);
    put_all(
        out,
        "receiptObject.",
        object(expense, "receiptObject"),
        &["url"],
    );
    put_all(out, "units.", object(expense, "units"), UNIT_FIELDS);
    put_all(
        out,
        "nameValuePairs.",
        object(expense, "nameValuePairs"),
        &["source"],
    );
    out.push_str("}\n");
}

fn ack(reports: &[Value]) -> String {
    let mut out = String::from("{\"k\":\"begin\",\"v\":1,\"format\":\"ml-connector/ack\"}\n");
    for (index, report) in reports.iter().enumerate() {
        let id = json_string(&text(report.get("reportID")));
        push(
            &mut out,
            format_args!("{{\"k\":\"rep\",\"i\":\"{index}\",\"reportID\":\"{id}\"}}\n"),
        );
    }
    push(
        &mut out,
        format_args!(
            "{{\"k\":\"end\",\"reports\":{},\"expenses\":0}}\n",
            reports.len()
        ),
    );
    out
}

fn push(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String never fails.
    let _ = out.write_fmt(arguments);
}

fn sequence<'a>(parent: &'a Value, name: &str) -> &'a [Value] {
    parent
        .get(name)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

fn object<'a>(parent: &'a Value, name: &str) -> Option<&'a Map<String, Value>> {
    parent.get(name).and_then(Value::as_object)
}

fn put_all(out: &mut String, prefix: &str, from: Option<&Map<String, Value>>, names: &[&str]) {
    let Some(from) = from else { return };
    for name in names {
        if let Some(value) = from.get(*name) {
            if prefix.is_empty() {
                put(out, name, value);
            } else {
                put(out, &format!("{prefix}{name}"), value);
            }
        }
    }
}

/// Prints a pair unless the value has no text.
fn put(out: &mut String, key: &str, value: &Value) {
    let text = text(Some(value));
    if !text.is_empty() {
        push(
            out,
            format_args!(",\"{}\":\"{}\"", json_string(key), json_string(&text)),
        );
    }
}

/// The template's `text` function: numbers as `?c`, booleans as words, anything else but a string as nothing.
fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::Number(number)) => computer_format(&number.to_string()),
        Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => String::new(),
    }
}

fn computer_format(number: &str) -> String {
    let parsed = number
        .parse::<Decimal>()
        .or_else(|_| Decimal::from_scientific(number));
    match parsed {
        Ok(decimal) => decimal.round_dp(DECIMALS_MAX).normalize().to_string(),
        Err(_) => number.to_owned(),
    }
}

/// FreeMarker's `?json_string`.
fn json_string(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    for (index, letter) in letters.iter().enumerate() {
        let before = letters.get(..index).unwrap_or_default();
        let after = letters.get(index + 1);
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '/' if before.is_empty() || before.ends_with(&['<']) => out.push_str("\\/"),
            '<' if matches!(after, None | Some('!' | '?')) => out.push_str("\\u003C"),
            '>' if before.is_empty()
                || before.ends_with(&[']', ']'])
                || before.ends_with(&['-', '-']) =>
            {
                out.push_str("\\u003E");
            }
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => {
                push(&mut out, format_args!("\\u{:04X}", u32::from(*letter)));
            }
            _ => out.push(*letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_string_escapes_as_freemarker_does() {
        for (text, expected) in [
            ("a\"b\\c\n", r#"a\"b\\c\n"#),
            ("/a/b</c", r"\/a/b<\/c"),
            ("a<!b<?c<d<", r"a\u003C!b\u003C?c<d\u003C"),
            (">a]]>b-->c>", r"\u003Ea]]\u003Eb--\u003Ec>"),
            ("\u{1}\u{7f}\u{2028}😀é", "\\u0001\\u007F\\u2028😀é"),
        ] {
            assert_eq!(json_string(text), expected);
        }
    }

    #[test]
    fn only_our_templates_are_known() {
        assert_eq!(
            Template::recognise("<#-- ml-connector/export v1\nrest"),
            Some(Template::Export)
        );
        assert_eq!(Template::recognise("<#-- ml-connector/export v2\n"), None);
        assert_eq!(Template::recognise("<#list reports as report>"), None);
    }
}
