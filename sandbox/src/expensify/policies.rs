//! Workspaces, listed and read.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::job::{Job, error};
use crate::http::Reply;
use crate::scenario::{ExpensifyScenario, Policy, PolicyTag};

/// `get`/`policyList`.
pub(crate) fn list(scenario: &ExpensifyScenario, job: &Job) -> Reply {
    let admin_only = job.text(&["inputSettings", "adminOnly"]) == "true";
    let shown = scenario.policies.iter().filter(|policy| !admin_only || policy.role == "admin").map(|policy| {
        json!({
            "id": policy.id, "name": policy.name, "owner": policy.owner, "role": policy.role, "type": policy.policy_type,
            "outputCurrency": policy.output_currency,
        })
    });
    Reply::json(
        200,
        &json!({"responseCode": 200, "policyList": shown.collect::<Vec<_>>()}),
    )
}

/// `get`/`policy`. A workspace that is not visible is left out; whether the service answers 404 instead is not known.
pub(crate) fn get(scenario: &ExpensifyScenario, job: &Job) -> Reply {
    let strings = |key: &str| -> Option<Vec<String>> {
        let list = job.value(&["inputSettings", key])?.as_array()?;
        Some(
            list.iter()
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect(),
        )
    };
    let Some(ids) = strings("policyIDList") else {
        return error(410, "Required parameter 'policyIDList' is missing");
    };
    let Some(fields) = strings("fields") else {
        return error(410, "Required parameter 'fields' is missing");
    };
    let mut info = Map::new();
    for policy in scenario
        .policies
        .iter()
        .filter(|policy| ids.contains(&policy.id))
    {
        let sections = fields
            .iter()
            .filter_map(|field| Some((field.clone(), section(policy, field)?)));
        info.insert(policy.id.clone(), Value::Object(sections.collect()));
    }
    Reply::json(200, &json!({"responseCode": 200, "policyInfo": info}))
}

fn section(policy: &Policy, name: &str) -> Option<Value> {
    match name {
        "categories" => Some(categories(policy)),
        "tags" => Some(tags(policy)),
        "tax" => Some(tax(policy)),
        "employees" => Some(employees(policy)),
        "reportFields" => Some(report_fields(policy)),
        _ => None,
    }
}

/// Leaves out the keys that have no value, as the service does.
fn without_nulls(mut entry: Value) -> Value {
    if let Value::Object(map) = &mut entry {
        map.retain(|_, value| !value.is_null());
    }
    entry
}

fn categories(policy: &Policy) -> Value {
    let entry = |it: &crate::scenario::PolicyCategory| {
        without_nulls(
            json!({"name": it.name, "enabled": !it.disabled, "glCode": it.gl_code, "payrollCode": it.payroll_code}),
        )
    };
    policy.categories.iter().map(entry).collect()
}

/// Two shapes: a single nameless level is flat, everything else is levels. No tags at all is one empty level.
fn tags(policy: &Policy) -> Value {
    let tag = |it: &PolicyTag| json!({"name": it.name, "glCode": it.gl_code.clone().unwrap_or_default(), "enabled": !it.disabled});
    match policy.tag_levels.as_slice() {
        [] => json!([{"name": "Tag", "tags": []}]),
        [flat] if flat.name.is_empty() => flat.tags.iter().map(tag).collect(),
        levels => levels.iter().map(|level| json!({"name": level.name, "tags": level.tags.iter().map(tag).collect::<Vec<_>>()})).collect(),
    }
}

fn tax(policy: &Policy) -> Value {
    let Some(tax) = &policy.tax else {
        return json!({});
    };
    let rate = |percent: Decimal| -> Value {
        serde_json::from_str(&percent.normalize().to_string()).unwrap_or(Value::Null)
    };
    let rates: Vec<Value> = tax
        .rates
        .iter()
        .map(|it| json!({"rateID": it.id, "name": it.name, "rate": rate(it.rate)}))
        .collect();
    json!({"default": tax.default, "name": tax.name, "rates": rates})
}

fn employees(policy: &Policy) -> Value {
    let entry = |it: &crate::scenario::Employee| {
        let role = if it.role.is_empty() { "user" } else { &it.role };
        without_nulls(json!({
            "email": it.email, "role": role, "submitsTo": it.submits_to, "employeeID": it.employee_id,
            "customField1": it.custom_field1, "customField2": it.custom_field2,
        }))
    };
    policy.employees.iter().map(entry).collect()
}

fn report_fields(policy: &Policy) -> Value {
    let entry = |it: &crate::scenario::ReportField| {
        let kind = if it.field_type.is_empty() {
            "text"
        } else {
            &it.field_type
        };
        json!({"name": it.name, "type": kind, "values": it.values})
    };
    policy.report_fields.iter().map(entry).collect()
}
