//! The export template under real Apache FreeMarker: every model of `golden/export` is rendered in strict and
//! classic-compatible mode, under an English and a German locale, with absent values as missing and as empty, with and
//! without white-space stripping. All must print the golden bytes, and the parser must give back the model.
//!
//! Needs a JDK, `libfreemarker-java` and `libgoogle-gson-java`. Without them the rendering is skipped, unless
//! `REQUIRE_FREEMARKER=1`; the golden files are compared with their models in any case.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use expensify_client::{
    AckParser, Expense, ExportParser, ExportTemplate, ParserLimits, Report, ReportFieldKey, Stamp,
};
use rust_decimal::Decimal;
use serde_json::Value;

const JARS: [&str; 2] = ["freemarker.jar", "gson.jar"];

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Names of the golden pairs, without their endings.
fn pairs() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(here("golden/export"))
        .unwrap()
        .filter_map(|entry| {
            Some(
                entry
                    .unwrap()
                    .file_name()
                    .to_str()?
                    .strip_suffix(".model.json")?
                    .to_owned(),
            )
        })
        .collect();
    names.sort();
    assert!(!names.is_empty());
    names
}

fn model_path(name: &str) -> PathBuf {
    here("golden/export").join(format!("{name}.model.json"))
}

fn golden(name: &str) -> Vec<u8> {
    fs::read(here("golden/export").join(format!("{name}.ndjson"))).unwrap()
}

fn model(name: &str) -> Value {
    serde_json::from_slice(&fs::read(model_path(name)).unwrap()).unwrap()
}

fn is_ack(name: &str) -> bool {
    name.starts_with("ack")
}

/// The template of a pair, and the one that knows the names of its report fields beforehand.
fn templates_of(name: &str) -> Vec<String> {
    if is_ack(name) {
        return vec![ExportTemplate::report_ids().source().into_owned()];
    }
    let model = model(name);
    let fields = model["reports"].as_array().unwrap().iter();
    let names = fields.flat_map(|report| report["customField"].as_object().into_iter().flatten());
    let knowing = ExportTemplate::reports_with(names.map(|(name, _)| ReportFieldKey::of(name)));
    vec![
        ExportTemplate::reports().source().into_owned(),
        knowing.source().into_owned(),
    ]
}

/// Class path of the engine, or why there is none.
fn engine() -> Result<String, String> {
    let folder = std::env::var("FREEMARKER_JARS").unwrap_or_else(|_| "/usr/share/java".to_owned());
    let jars: Vec<PathBuf> = JARS
        .iter()
        .map(|jar| Path::new(&folder).join(jar))
        .collect();
    if let Some(absent) = jars.iter().find(|jar| !jar.exists()) {
        return Err(format!("{} is not installed", absent.display()));
    }
    if Command::new("java").arg("-version").output().is_err() {
        return Err("java is not installed".to_owned());
    }
    Ok(std::env::join_paths(jars).unwrap().into_string().unwrap())
}

/// All combinations in which a template must print the same.
///
/// Where report fields cannot be listed, only the template that knows their names prints them.
fn variants(knows_the_names: bool) -> Vec<String> {
    let absents: &[&str] = if knows_the_names {
        &["missing", "empty", "keyless"]
    } else {
        &["missing", "empty"]
    };
    let mut variants = Vec::new();
    for mode in ["strict", "classic", "strict-nostrip", "classic-nostrip"] {
        for locale in ["en_US", "de_DE"] {
            for absent in absents {
                variants.push(format!("{mode}:{locale}:{absent}"));
            }
        }
    }
    variants
}

#[test]
fn real_freemarker_prints_the_golden_bytes_in_every_mode_and_locale() {
    let class_path = match engine() {
        Ok(class_path) => class_path,
        Err(reason) if std::env::var("REQUIRE_FREEMARKER").is_ok_and(|value| value == "1") => {
            panic!("REQUIRE_FREEMARKER is set, but {reason}")
        }
        Err(reason) => {
            println!("skipped: {reason}");
            return;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let mut java = Command::new("java");
    java.arg("-cp")
        .arg(class_path)
        .arg(here("freemarker/Render.java"));
    let mut outputs = Vec::new();
    for name in pairs() {
        for (index, source) in templates_of(&name).iter().enumerate() {
            let template = folder.path().join(format!("{name}.{index}.ftl"));
            fs::write(&template, source).unwrap();
            java.arg(&template).arg(model_path(&name));
            for variant in variants(index == 1) {
                let out = folder
                    .path()
                    .join(format!("{name}.{index}.{}", variant.replace(':', ".")));
                java.arg(format!("{variant}:{}", out.display()));
                outputs.push((name.clone(), format!("{index}, {variant}"), out));
            }
            java.arg("--");
        }
    }
    let run = java.output().unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    for (name, variant, out) in outputs {
        let (printed, expected) = (fs::read(out).unwrap(), golden(&name));
        let first = printed
            .split(|b| *b == b'\n')
            .zip(expected.split(|b| *b == b'\n'))
            .position(|(a, b)| a != b);
        assert!(
            printed == expected,
            "{name} by template {variant} differs, first in line {:?}",
            first.map(|line| line + 1)
        );
    }
}

#[test]
fn the_parser_gives_back_the_model_that_was_rendered() {
    for name in pairs().iter().filter(|name| !is_ack(name)) {
        for chunk in [usize::MAX, 1000, 1] {
            let reports = parse(&golden(name), chunk);
            let model = model(name);
            let models = model["reports"].as_array().unwrap();
            assert_eq!(reports.len(), models.len(), "{name}");
            for (report, model) in reports.iter().zip(models) {
                check_report(report, model);
            }
        }
    }
}

#[test]
fn the_parser_gives_back_the_ids_of_an_acknowledgement() {
    for name in pairs().iter().filter(|name| is_ack(name)) {
        let mut parser = AckParser::new(ParserLimits::default());
        parser.push(&golden(name));
        let ids: Vec<String> = parser
            .finish()
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        let model = model(name);
        let expected: Vec<&str> = model["reports"]
            .as_array()
            .unwrap()
            .iter()
            .map(|report| report["reportID"].as_str().unwrap())
            .collect();
        assert_eq!(ids, expected, "{name}");
    }
}

fn parse(bytes: &[u8], chunk: usize) -> Vec<Report> {
    let mut parser = ExportParser::new(ParserLimits::default());
    let mut reports = Vec::new();
    for chunk in bytes.chunks(chunk) {
        parser.push(chunk);
        while let Some(report) = parser.next_report().unwrap() {
            reports.push(report);
        }
    }
    parser.finish();
    while let Some(report) = parser.next_report().unwrap() {
        reports.push(report);
    }
    assert_eq!(parser.warnings(), []);
    reports
}

/// Reads a value of the model without help of the parser: absent is missing, null or empty.
fn expected(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => {
            let text = number.to_string();
            let exact = text
                .parse()
                .or_else(|_| Decimal::from_scientific(&text))
                .unwrap();
            Some(exact.normalize().to_string())
        }
    }
}

fn expected_flag(value: &Value) -> Option<bool> {
    expected(value).map(|text| matches!(text.as_str(), "true" | "1" | "yes"))
}

fn check_texts(model: &Value, pairs: &[(&str, Option<&str>)]) {
    for (name, read) in pairs {
        let value = name.split('.').fold(model, |value, key| &value[key]);
        assert_eq!(
            read.map(str::to_owned),
            expected(value),
            "{name} of {}",
            model["reportID"]
        );
    }
}

fn check_report(report: &Report, model: &Value) {
    let total = report.total.map(|total| total.value().to_string());
    check_texts(
        model,
        &[
            ("reportID", Some(report.id.as_str())),
            ("oldReportID", report.old_id.as_deref()),
            ("reportName", report.name.as_deref()),
            ("displayStatus", report.display_status.as_deref()),
            ("state", report.state.as_deref()),
            ("stateNum", report.state_num.as_deref()),
            ("policyID", report.policy_id.as_ref().map(AsRef::as_ref)),
            ("policyName", report.policy_name.as_deref()),
            ("currency", report.currency.as_deref()),
            ("total", total.as_deref()),
            ("created", report.created.as_ref().map(Stamp::as_str)),
            ("submitted", report.submitted.as_ref().map(Stamp::as_str)),
            ("approved", report.approved.as_ref().map(Stamp::as_str)),
            ("reimbursed", report.reimbursed.as_ref().map(Stamp::as_str)),
            ("entryID", report.entry_id.as_deref()),
            ("accountEmail", report.account_email.as_deref()),
            ("accountID", report.account_id.as_deref()),
            (
                "employeeCustomField1",
                report.employee_custom_field_1.as_deref(),
            ),
            (
                "employeeCustomField2",
                report.employee_custom_field_2.as_deref(),
            ),
            ("managerEmail", report.manager_email.as_deref()),
            ("managerUserID", report.manager_user_id.as_deref()),
            ("managerPayrollID", report.manager_payroll_id.as_deref()),
            (
                "submitter.firstName",
                report.submitter.first_name.as_deref(),
            ),
            ("submitter.lastName", report.submitter.last_name.as_deref()),
            ("submitter.fullName", report.submitter.full_name.as_deref()),
            ("manager.firstName", report.manager.first_name.as_deref()),
            ("manager.lastName", report.manager.last_name.as_deref()),
            ("manager.fullName", report.manager.full_name.as_deref()),
        ],
    );
    let status = report
        .status
        .as_ref()
        .map(|status| status.as_str().replace("Closed", "Archived"));
    assert_eq!(
        status,
        expected(&model["status"]).map(|status| status.replace("Closed", "Archived"))
    );
    assert_eq!(
        report.is_ach_reimbursed,
        expected_flag(&model["isACHReimbursed"])
    );
    assert_eq!(report.unreadable, Vec::<&str>::new());
    check_custom_fields(report, model);
    check_approvers(report, model);
    check_history(report, model);
    let expenses = model["transactionList"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    assert_eq!(report.expenses.len(), expenses.len());
    for (expense, model) in report.expenses.iter().zip(expenses) {
        assert_eq!(expense.report_id, report.id);
        check_expense(expense, model);
    }
}

fn check_custom_fields(report: &Report, model: &Value) {
    let fields = model["customField"].as_object();
    let fields: BTreeMap<String, String> = fields
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), expected(value)?)))
        .collect();
    assert_eq!(report.custom_fields, fields);
}

fn check_approvers(report: &Report, model: &Value) {
    let approvers = model["approvers"].as_array().map_or(&[][..], Vec::as_slice);
    assert_eq!(report.approvers.len(), approvers.len());
    for (approver, model) in report.approvers.iter().zip(approvers) {
        check_texts(
            model,
            &[
                ("email", approver.email.as_deref()),
                ("date", approver.date.as_ref().map(Stamp::as_str)),
                ("firstName", approver.person.first_name.as_deref()),
                ("lastName", approver.person.last_name.as_deref()),
                ("fullName", approver.person.full_name.as_deref()),
                ("employeeUserID", approver.employee_user_id.as_deref()),
                ("employeePayrollID", approver.employee_payroll_id.as_deref()),
            ],
        );
    }
}

fn check_history(report: &Report, model: &Value) {
    let actions = model["actionList"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    assert_eq!(report.history.len(), actions.len());
    for (action, model) in report.history.iter().zip(actions) {
        let details = &model["details"];
        let either = |one: &Value, other: &Value| expected(one).or_else(|| expected(other));
        assert_eq!(action.kind, expected(&model["action"]));
        assert_eq!(
            action.account_email,
            either(&model["accountEmail"], &model["actorEmail"])
        );
        assert_eq!(
            action.message,
            either(&details["message"], &model["message"])
        );
        let stamp = |stamp: &Option<Stamp>| stamp.as_ref().map(|it| it.as_str().to_owned());
        assert_eq!(stamp(&action.created), expected(&model["created"]));
        assert_eq!(
            stamp(&action.expected_date),
            expected(&details["expectedDate"])
        );
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "one table of every field of an expense"
)]
fn check_expense(expense: &Expense, model: &Value) {
    check_texts(
        model,
        &[
            ("transactionID", Some(expense.id.as_str())),
            ("type", expense.kind.as_deref()),
            ("merchant", expense.merchant.as_deref()),
            ("modifiedMerchant", expense.modified_merchant.as_deref()),
            ("currency", expense.currency.as_deref()),
            (
                "currencyConversionRate",
                expense.currency_conversion_rate.as_deref(),
            ),
            ("created", expense.created.as_ref().map(Stamp::as_str)),
            (
                "modifiedCreated",
                expense.modified_created.as_ref().map(Stamp::as_str),
            ),
            ("inserted", expense.inserted.as_ref().map(Stamp::as_str)),
            ("category", expense.category.as_deref()),
            ("categoryGlCode", expense.category_gl_code.as_deref()),
            (
                "categoryPayrollCode",
                expense.category_payroll_code.as_deref(),
            ),
            ("tag", expense.tag.as_deref()),
            ("tagGlCode", expense.tag_gl_code.as_deref()),
            ("comment", expense.comment.as_deref()),
            ("bank", expense.bank.as_deref()),
            ("mcc", expense.mcc.as_deref()),
            ("modifiedMCC", expense.modified_mcc.as_deref()),
            ("taxName", expense.tax_name.as_deref()),
            ("taxRateName", expense.tax_rate_name.as_deref()),
            ("taxCode", expense.tax_code.as_deref()),
            ("taxRate", expense.tax_rate.as_deref()),
            ("receiptID", expense.receipt_id.as_deref()),
            ("receiptFilename", expense.receipt_filename.as_deref()),
            ("receiptObject.url", expense.receipt_url.as_deref()),
            ("cardID", expense.card_id.as_deref()),
            ("cardName", expense.card_name.as_deref()),
            ("cardNumber", expense.card_number.as_deref()),
            ("posted", expense.posted.as_ref().map(Stamp::as_str)),
            ("externalID", expense.external_id.as_deref()),
            ("units.count", expense.units.count.as_deref()),
            ("units.rate", expense.units.rate.as_deref()),
            ("units.unit", expense.units.unit.as_deref()),
            ("units.name", expense.units.name.as_deref()),
            ("nameValuePairs.source", expense.source.as_deref()),
        ],
    );
    for (name, amount) in [
        ("amount", expense.amount),
        ("modifiedAmount", expense.modified_amount),
        ("convertedAmount", expense.converted_amount),
        ("taxAmount", expense.tax_amount),
        ("modifiedTaxAmount", expense.modified_tax_amount),
    ] {
        assert_eq!(
            amount.map(|amount| amount.value().to_string()),
            expected(&model[name]),
            "{name}"
        );
    }
    for (name, flag) in [
        ("billable", expense.billable),
        ("reimbursable", expense.reimbursable),
        ("hasTax", expense.has_tax),
        ("isDistance", expense.is_distance),
    ] {
        assert_eq!(flag, expected_flag(&model[name]), "{name}");
    }
    for level in 1..=10 {
        let read = expense.ntags.get(level - 1);
        let (name, code) = (format!("ntag{level}"), format!("ntag{level}GlCode"));
        assert_eq!(
            read.and_then(|tag| tag.name.clone()),
            expected(&model[name])
        );
        assert_eq!(
            read.and_then(|tag| tag.gl_code.clone()),
            expected(&model[code])
        );
    }
    assert_eq!(expense.unreadable, Vec::<&str>::new());
}
