//! The data model a template sees.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::scenario::{
    Approver, Employee, Expense, ExpensifyScenario, Moment, Policy, Report, stamp,
};

/// The root: `addHeader` and `reports`.
pub(crate) fn root(reports: &[&Report], scenario: &ExpensifyScenario) -> Value {
    let reports: Vec<Value> = reports
        .iter()
        .map(|report| {
            let policy = scenario
                .policies
                .iter()
                .find(|policy| policy.id == report.policy_id);
            Value::Object(one(report, policy))
        })
        .collect();
    json!({"addHeader": true, "reports": reports})
}

fn moment(moment: Option<&Moment>) -> Value {
    moment.map_or(Value::Null, |moment| {
        stamp(moment.resolve(chrono::DateTime::<chrono::Utc>::MAX_UTC)).into()
    })
}

fn member<'a>(policy: Option<&'a Policy>, email: &str) -> Option<&'a Employee> {
    policy?
        .employees
        .iter()
        .find(|employee| employee.email == email)
}

fn names(employee: Option<&Employee>) -> Value {
    employee.map_or(Value::Null, |it| {
        json!({"firstName": it.first_name, "lastName": it.last_name, "fullName": format!("{} {}", it.first_name, it.last_name)})
    })
}

fn one(report: &Report, policy: Option<&Policy>) -> Map<String, Value> {
    let owner = member(policy, &report.employee);
    let manager = report
        .manager
        .as_deref()
        .and_then(|email| member(policy, email));
    let currency = currency_of(report, policy);
    let total = report
        .total
        .unwrap_or_else(|| report.expenses.iter().map(in_report_currency).sum());
    let fields: Map<String, Value> = report
        .custom_fields
        .iter()
        .map(|(name, value)| (identifier(name), json!(value)))
        .collect();
    let approvers: Vec<Value> = report
        .approvers
        .iter()
        .map(|it| approver(it, policy))
        .collect();
    let entries = [
        ("reportID", json!(report.id)),
        ("oldReportID", json!(report.old_id.map(|id| id.to_string()))),
        ("reportName", json!(report.name)),
        ("status", json!(report.state.status_word())),
        ("policyID", json!(report.policy_id)),
        (
            "policyName",
            json!(policy.map(|policy| policy.name.as_str())),
        ),
        ("currency", json!(currency)),
        ("total", json!(total)),
        ("created", moment(report.created.as_ref())),
        ("submitted", moment(report.submitted.as_ref())),
        ("approved", moment(report.approved.as_ref())),
        ("reimbursed", moment(report.reimbursed.as_ref())),
        ("isACHReimbursed", json!(false)),
        ("accountEmail", json!(report.employee)),
        (
            "accountID",
            json!(owner.and_then(|it| it.account_id).map(|id| id.to_string())),
        ),
        ("submitter", names(owner)),
        (
            "employeeCustomField1",
            json!(owner.and_then(|it| it.custom_field1.as_deref())),
        ),
        (
            "employeeCustomField2",
            json!(owner.and_then(|it| it.custom_field2.as_deref())),
        ),
        ("managerEmail", json!(report.manager)),
        ("manager", names(manager)),
        ("customField", Value::Object(fields)),
        ("approvers", approvers.into()),
        (
            "transactionList",
            report
                .expenses
                .iter()
                .map(|it| expense(it, report, policy, &currency))
                .collect(),
        ),
    ];
    entries
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn currency_of(report: &Report, policy: Option<&Policy>) -> String {
    let own = report.currency.clone();
    own.or_else(|| policy.map(|policy| policy.output_currency.clone()))
        .unwrap_or_default()
}

fn approver(approver: &Approver, policy: Option<&Policy>) -> Value {
    let mut shown = names(member(policy, &approver.email));
    if shown.is_null() {
        shown = json!({});
    }
    shown["email"] = approver.email.as_str().into();
    shown["date"] = moment(Some(&approver.date));
    shown
}

fn in_report_currency(expense: &Expense) -> i64 {
    expense
        .converted_amount
        .or(expense.modified_amount)
        .unwrap_or(expense.amount)
}

/// Every character of a report field's name that is not a letter or a digit becomes an underscore.
fn identifier(name: &str) -> String {
    name.chars()
        .map(|letter| {
            if letter.is_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect()
}

fn number(decimal: Option<Decimal>) -> Value {
    decimal
        .and_then(|decimal| serde_json::from_str(&decimal.normalize().to_string()).ok())
        .unwrap_or(Value::Null)
}

fn expense(expense: &Expense, report: &Report, policy: Option<&Policy>, currency: &str) -> Value {
    let category = policy.and_then(|policy| {
        policy
            .categories
            .iter()
            .find(|it| it.name == expense.category)
    });
    let rate = expense.tax.as_ref().and_then(|id| {
        policy?
            .tax
            .as_ref()?
            .rates
            .iter()
            .find(|rate| rate.id == *id)
    });
    let day = |date: &Option<Moment>| {
        date.as_ref().map(|date| {
            date.resolve(chrono::DateTime::<chrono::Utc>::MAX_UTC)
                .date()
                .to_string()
        })
    };
    let mut shown = json!({
        "transactionID": expense.id, "reportID": report.id,
        "type": if expense.distance.is_some() { "distance" } else { "expense" },
        "merchant": expense.merchant, "modifiedMerchant": expense.modified_merchant,
        "amount": expense.amount, "modifiedAmount": expense.modified_amount, "convertedAmount": expense.converted_amount,
        "currency": expense.currency.as_deref().unwrap_or(currency), "currencyConversionRate": number(expense.conversion_rate),
        "created": day(&expense.date), "modifiedCreated": day(&expense.modified_date), "inserted": moment(report.created.as_ref()),
        "category": expense.category, "categoryGlCode": category.and_then(|it| it.gl_code.as_deref()),
        "categoryPayrollCode": category.and_then(|it| it.payroll_code.as_deref()),
        "comment": expense.comment, "billable": expense.billable, "reimbursable": expense.reimbursable, "bank": expense.bank,
        "mcc": expense.mcc, "hasTax": rate.is_some(), "receiptID": expense.receipt_id,
        "attendees": expense.attendees.iter().map(|email| json!({"email": email})).collect::<Vec<_>>(),
        "isDistance": expense.distance.is_some(),
    });
    if let Some(rate) = rate {
        shown["taxAmount"] = json!(expense.tax_amount);
        shown["modifiedTaxAmount"] = json!(expense.modified_tax_amount);
        shown["taxName"] = json!(
            policy
                .and_then(|policy| policy.tax.as_ref())
                .map(|tax| tax.name.as_str())
        );
        shown["taxRateName"] = json!(rate.name);
        shown["taxCode"] = json!(rate.id);
        shown["taxRate"] = number(rate.rate.checked_div(Decimal::ONE_HUNDRED));
    }
    if let Some(distance) = expense.distance {
        shown["units"] = json!({"count": number(Some(distance)), "unit": "mi", "name": "Mileage"});
    }
    if let Some(receipt) = &expense.receipt_id {
        shown["receiptFilename"] = json!(format!("w_{receipt}.jpg"));
        shown["receiptObject"] =
            json!({"url": format!("https://www.expensify.com/receipts/w_{receipt}.jpg")});
    }
    tags(expense, policy, &mut shown);
    shown
}

/// `tag` joins the levels with a colon; `ntag1`, `ntag2`, ... hold them one by one.
fn tags(expense: &Expense, policy: Option<&Policy>, shown: &mut Value) {
    let code = |level: usize, name: &str| {
        let level = policy?.tag_levels.get(level)?;
        level
            .tags
            .iter()
            .find(|tag| tag.name == name)?
            .gl_code
            .clone()
    };
    let codes: Vec<String> = expense
        .tags
        .iter()
        .enumerate()
        .map(|(level, name)| code(level, name).unwrap_or_default())
        .collect();
    let escaped: Vec<String> = expense
        .tags
        .iter()
        .map(|name| name.replace(':', "\\:"))
        .collect();
    shown["tag"] = escaped.join(":").into();
    if codes.iter().any(|code| !code.is_empty()) {
        shown["tagGlCode"] = codes.join(":").into();
    }
    for (index, (name, code)) in expense.tags.iter().zip(&codes).enumerate() {
        shown[format!("ntag{}", index + 1)] = name.as_str().into();
        if !code.is_empty() {
            shown[format!("ntag{}GlCode", index + 1)] = code.as_str().into();
        }
    }
}
