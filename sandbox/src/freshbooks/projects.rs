//! The projects family: its own paths, envelope, filters and page size.

use serde_json::{Value, json};

use super::account::Account;
use super::error::Refusal;
use super::events::Change;
use super::resources::Resource;
use super::schema::int_of;
use super::table::{Record, VisState};
use super::{Call, accounting, render};
use crate::http::Reply;

const PER_PAGE_DEFAULT: usize = 30;
const PER_PAGE_MAX: usize = 100;

/// Answers a call to `/projects/business/{business}/{project|projects}[/{id}]`.
pub(crate) fn answer(
    account: &mut Account,
    call: &Call<'_>,
    id: Option<&str>,
    changes: &mut Vec<Change>,
) -> Result<Reply, Refusal> {
    match (call.request.method.as_str(), id) {
        ("GET", None) => {
            call.allow(Resource::Project, "read")?;
            Ok(list(account, call))
        }
        ("GET", Some(id)) => {
            call.allow(Resource::Project, "read")?;
            let id = accounting::find(account, Resource::Project, id)?;
            Ok(single(account, id, call))
        }
        ("POST", None) => {
            call.allow(Resource::Project, "write")?;
            accounting::refuse_role(account, Resource::Project)?;
            let id = accounting::create(account, Resource::Project, call)?;
            changes.push(Change::new(Resource::Project, "create", id));
            Ok(single(account, id, call))
        }
        ("PUT", Some(id)) => {
            let id = accounting::find(account, Resource::Project, id)?;
            call.allow(Resource::Project, "write")?;
            let body = accounting::payload(Resource::Project, call)?;
            if !body.contains_key("title") {
                return Err(Refusal::field(
                    422,
                    2001,
                    "project",
                    "title",
                    "field required",
                ));
            }
            let verb = accounting::update(account, Resource::Project, id, call)?;
            changes.push(Change::new(Resource::Project, verb, id));
            Ok(single(account, id, call))
        }
        ("DELETE", Some(id)) => {
            let id = accounting::find(account, Resource::Project, id)?;
            call.allow(Resource::Project, "write")?;
            account.remove(Resource::Project, id);
            changes.push(Change::new(Resource::Project, "delete", id));
            Ok(Reply::empty(204))
        }
        _ => Err(Refusal::new(405, 1003, "project", "Method not allowed.")),
    }
}

fn single(account: &Account, id: u64, call: &Call<'_>) -> Reply {
    let shown = account
        .get(Resource::Project, id)
        .map(|row| render::record(account, Resource::Project, row, &[], call.now));
    reply(&json!({"project": shown, "abilities": []}))
}

fn reply(body: &Value) -> Reply {
    // This family does not answer with application/json.
    Reply {
        content_type: "application/vnd.api+json",
        ..Reply::json(200, body)
    }
}

fn list(account: &Account, call: &Call<'_>) -> Reply {
    let query = call.request.query_pairs();
    let value = |name: &str| {
        query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let flag = |row: &Record, name: &str, unset: bool| {
        let wanted = value(name).map(|text| text.eq_ignore_ascii_case("true"));
        wanted.is_none_or(|wanted| {
            row.fields
                .get(name)
                .and_then(Value::as_bool)
                .unwrap_or(unset)
                == wanted
        })
    };
    let rows = account
        .table(Resource::Project)
        .into_iter()
        .flat_map(super::table::Table::iter);
    let matching: Vec<&Record> = rows
        .filter(|row| row.vis != VisState::Deleted)
        .filter(|row| {
            flag(row, "active", true)
                && flag(row, "complete", false)
                && flag(row, "internal", false)
        })
        .filter(|row| {
            value("client_id").is_none_or(|id| {
                int_of(&row.fields, "client_id")
                    .map(|id| id.to_string())
                    .as_deref()
                    == Some(id)
            })
        })
        .collect();
    let page = value("page")
        .and_then(|text| text.parse::<usize>().ok())
        .unwrap_or(1)
        .max(1);
    let per_page = value("per_page")
        .and_then(|text| text.parse::<usize>().ok())
        .unwrap_or(PER_PAGE_DEFAULT)
        .clamp(1, PER_PAGE_MAX);
    let shown: Vec<Value> = matching
        .iter()
        .skip((page - 1).saturating_mul(per_page))
        .take(per_page)
        .map(|row| render::record(account, Resource::Project, row, &[], call.now))
        .collect();
    let meta = json!({
        "page": page, "pages": matching.len().div_ceil(per_page), "per_page": per_page, "total": matching.len(),
        "sort": value("sort").into_iter().collect::<Vec<_>>(),
    });
    reply(&json!({"projects": shown, "meta": meta}))
}
