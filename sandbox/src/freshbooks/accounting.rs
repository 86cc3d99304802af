//! Create, read, update and delete of accounting records.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::account::Account;
use super::error::Refusal;
use super::events::Change;
use super::list::{self, Listing, Moment};
use super::resources::Resource;
use super::schema::{Fields, Write, read, text_of};
use super::table::{Record, VisState};
use super::{Call, render, rules};
use crate::http::Reply;

/// Answers a call to `/accounting/account/{account}/{family}/{name}[/{id}]`.
pub(crate) fn answer(
    account: &mut Account,
    call: &Call<'_>,
    family: &str,
    name: &str,
    id: Option<&str>,
    changes: &mut Vec<Change>,
) -> Result<Reply, Refusal> {
    if (family, name) == ("expenses", "vendors") {
        call.require("expenses", "read", "expense")?;
        return Ok(wrap(&expense_vendors(account)));
    }
    let resource = Resource::at(family, name).ok_or_else(|| Refusal::not_found("", name))?;
    gate(account, resource)?;
    match (call.request.method.as_str(), id) {
        ("GET", None) => {
            call.allow(resource, "read")?;
            let listing = Listing::read(resource, &call.request.query_pairs(), call.settings)?;
            let moment = Moment {
                now: call.now,
                settings: call.settings,
                stale: call.stale,
            };
            Ok(wrap(&listing.answer(account, resource, moment)))
        }
        ("GET", Some(id)) => {
            call.allow(resource, "read")?;
            let id = find(account, resource, id)?;
            Ok(single(account, resource, id, call))
        }
        ("POST", None) => {
            call.allow(resource, "write")?;
            refuse_role(account, resource)?;
            let id = create(account, resource, call)?;
            changes.push(Change::new(resource, "create", id));
            Ok(created(account, resource, id, call))
        }
        ("PUT", Some(id)) => {
            // The record is looked up before the permission: an unknown id answers 404 whatever the scopes.
            let id = find(account, resource, id)?;
            call.allow(resource, "write")?;
            refuse_role(account, resource)?;
            let verb = update(account, resource, id, call)?;
            changes.push(Change::new(resource, verb, id));
            Ok(single(account, resource, id, call))
        }
        ("DELETE", Some(id)) if resource.shape().real_delete => {
            let id = find(account, resource, id)?;
            call.allow(resource, "write")?;
            account.remove(resource, id);
            changes.push(Change::new(resource, "delete", id));
            Ok(Reply::json(200, &json!({"response": {}})))
        }
        _ => Err(Refusal::new(
            405,
            1003,
            resource.shape().singular,
            "Method not allowed.",
        )),
    }
}

fn gate(account: &Account, resource: Resource) -> Result<(), Refusal> {
    match resource.shape().gate {
        Some((errno, message)) if !account.business.accounts_payable => {
            Err(Refusal::new(403, errno, resource.shape().singular, message))
        }
        Some(_) | None => Ok(()),
    }
}

/// Role beats scope: a `client` on somebody else's account may not write.
pub(crate) fn refuse_role(account: &Account, resource: Resource) -> Result<(), Refusal> {
    if account.business.role == "client" {
        return Err(Refusal::new(
            403,
            1003,
            resource.shape().singular,
            "You do not have permission to access this resource.",
        ));
    }
    Ok(())
}

/// The id in a path, if such a record exists; a deleted one does.
pub(crate) fn find(account: &Account, resource: Resource, id: &str) -> Result<u64, Refusal> {
    let known = id
        .parse()
        .ok()
        .filter(|id| account.get(resource, *id).is_some());
    known.ok_or_else(|| Refusal::not_found(resource.shape().singular, id))
}

/// The object inside the singular key; a body without it is read as the object itself, as older clients send it.
pub(crate) fn payload(resource: Resource, call: &Call<'_>) -> Result<Map<String, Value>, Refusal> {
    let singular = resource.shape().singular;
    let wrong = |message: &str| Refusal::new(400, 1005, singular, message);
    match call.request.json() {
        Some(Value::Object(mut body)) => match body.remove(singular) {
            Some(Value::Object(inner)) => Ok(inner),
            Some(_) | None => Err(wrong(&format!(
                "The body must be an object under the key {singular}."
            ))),
        },
        Some(_) | None => Err(wrong("The body is not JSON.")),
    }
}

/// Stores a new record and returns its id.
pub(crate) fn create(
    account: &mut Account,
    resource: Resource,
    call: &Call<'_>,
) -> Result<u64, Refusal> {
    let shape = resource.shape();
    if !shape.creatable {
        return Err(Refusal::new(
            405,
            1003,
            shape.singular,
            "Method not allowed.",
        ));
    }
    let body = payload(resource, call)?;
    let fields = read(
        shape.fields,
        shape.singular,
        &body,
        Write::Create,
        &account.business.base_currency,
    )?;
    add(account, resource, fields, call)
}

fn add(
    account: &mut Account,
    resource: Resource,
    mut fields: Fields,
    call: &Call<'_>,
) -> Result<u64, Refusal> {
    rules::finish(resource, account, call.settings, &mut fields, None)?;
    Ok(account.insert(resource, fields, call.now))
}

/// Changes a record and says which event that is.
pub(crate) fn update(
    account: &mut Account,
    resource: Resource,
    id: u64,
    call: &Call<'_>,
) -> Result<&'static str, Refusal> {
    let body = payload(resource, call)?;
    let Some(mut row) = account.get(resource, id).cloned() else {
        return Err(Refusal::not_found(
            resource.shape().singular,
            &id.to_string(),
        ));
    };
    if let Some(vis) = rules::vis_state_of(&body) {
        // Sent with other fields, the visibility is applied and the rest discarded without a word.
        row.vis = vis?;
        row.updated = call.now;
        let verb = if row.vis == VisState::Deleted {
            "delete"
        } else {
            "update"
        };
        account.put(resource, row);
        return Ok(verb);
    }
    if body.keys().any(|key| key.starts_with("action_")) {
        return Ok("update");
    }
    change(account, resource, row, &body, call.settings, call.now)?;
    Ok("update")
}

/// Applies the data of a partial update.
pub(crate) fn change(
    account: &mut Account,
    resource: Resource,
    mut row: Record,
    body: &Map<String, Value>,
    settings: &crate::scenario::FreshBooksSettings,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let shape = resource.shape();
    let given = read(
        shape.fields,
        shape.singular,
        body,
        Write::Update,
        &account.business.base_currency,
    )?;
    if resource == Resource::Expense && given.contains_key("amount") {
        // The taxes follow the new amount unless they are sent too.
        row.fields.remove("taxAmount1");
        row.fields.remove("taxAmount2");
    }
    row.fields.extend(given);
    row.updated = now;
    rules::finish(resource, account, settings, &mut row.fields, Some(row.id))?;
    account.put(resource, row);
    Ok(())
}

fn wrap(result: &Value) -> Reply {
    Reply::json(200, &json!({"response": {"result": result}}))
}

fn single(account: &Account, resource: Resource, id: u64, call: &Call<'_>) -> Reply {
    let includes = list::includes(&call.request.query_pairs());
    let shown = account
        .get(resource, id)
        .map(|row| render::record(account, resource, row, &includes, call.now));
    wrap(&json!({ resource.shape().singular: shown }))
}

/// A new bill is answered without its vendor; the caller must keep the id it sent.
fn created(account: &Account, resource: Resource, id: u64, call: &Call<'_>) -> Reply {
    let includes = list::includes(&call.request.query_pairs());
    let mut shown = account
        .get(resource, id)
        .map(|row| render::record(account, resource, row, &includes, call.now));
    if let (Resource::Bill, Some(Value::Object(bill))) = (resource, &mut shown) {
        bill.remove("vendorid");
    }
    wrap(&json!({ resource.shape().singular: shown }))
}

/// The vendor texts of expenses, once each.
fn expense_vendors(account: &Account) -> Value {
    let names: std::collections::BTreeSet<&str> = account
        .table(Resource::Expense)
        .into_iter()
        .flat_map(super::table::Table::iter)
        .filter(|row| row.vis != VisState::Deleted)
        .map(|row| text_of(&row.fields, "vendor"))
        .filter(|name| !name.is_empty())
        .collect();
    let total = names.len();
    let vendors: Vec<Value> = names
        .into_iter()
        .map(|name| json!({"vendor": name}))
        .collect();
    json!({"vendors": vendors, "page": 1, "pages": usize::from(total > 0), "per_page": total, "total": total})
}

/// Records a payment of the whole open amount, as a person in the web interface would.
pub(crate) fn pay_bill(
    account: &mut Account,
    bill: u64,
    day: chrono::NaiveDate,
    now: DateTime<Utc>,
) -> Option<u64> {
    let row = account.get(Resource::Bill, bill)?;
    let open = render::outstanding_on(account, row);
    let code = text_of(&row.fields, "currency_code").to_owned();
    let fields: Fields = [
        ("billid", json!(bill)),
        ("amount", super::schema::money_value(open, &code)),
        ("paid_date", json!(day.to_string())),
        ("payment_type", json!("Bank Transfer")),
    ]
    .into();
    Some(account.insert(Resource::BillPayment, fields, now))
}
