//! One row of a resource, seen in every dress FreshBooks has been seen to send.

use std::fmt::Debug;

use bytes::Bytes;
use freshbooks_client::{Client, Collection, List, PageRequest, RowProblem, calls};
use http::Response;
use serde_json::{Number, Value};

use super::serving;

/// How a family wraps rows.
#[derive(Clone, Copy)]
pub(super) enum Wrap {
    /// Under `response.result`, the numbers beside.
    Nested(&'static str),
    /// At the top, the numbers under `meta`.
    Flat(&'static str),
    /// At the top, no numbers.
    Bare(&'static str),
}

impl Wrap {
    pub(super) fn list(self, rows: &str) -> String {
        match self {
            Self::Nested(key) => format!(
                r#"{{"response":{{"result":{{"{key}":[{rows}],"page":1,"pages":1,"per_page":100,"total":2}}}}}}"#
            ),
            Self::Flat(key) => format!(
                r#"{{"{key}":[{rows}],"meta":{{"page":"1","pages":1,"per_page":100,"total":2,"sort":[]}}}}"#
            ),
            Self::Bare(key) => format!(r#"{{"{key}":[{rows}]}}"#),
        }
    }
}

/// Changes every value of a document that is neither list nor object.
fn changed(mut value: Value, change: &impl Fn(Value) -> Value) -> Value {
    if let Some(rows) = value.as_array_mut() {
        for row in rows {
            *row = changed(row.take(), change);
        }
        return value;
    }
    if let Some(fields) = value.as_object_mut() {
        for field in fields.values_mut() {
            *field = changed(field.take(), change);
        }
        return value;
    }
    change(value)
}

fn numbers_as_strings(value: Value) -> Value {
    if let Value::Number(number) = &value {
        return Value::String(number.to_string());
    }
    value
}

/// Only where the number is written as the string is: `"007"` is no number.
fn strings_as_numbers(value: Value) -> Value {
    let number = value.as_str().and_then(|text| text.parse::<Number>().ok());
    match number {
        Some(number) if value.as_str() == Some(&*number.to_string()) => Value::Number(number),
        Some(_) | None => value,
    }
}

fn with_more(row: &Value) -> Value {
    let mut row = row.clone();
    let fields = row.as_object_mut().unwrap();
    fields.insert(
        "a_key_of_tomorrow".to_owned(),
        serde_json::json!([{"b": 1}]),
    );
    row
}

fn read<R: List>(owner: &R::Owner, filter: &R::Filter, body: String) -> (Vec<R>, Vec<RowProblem>) {
    let call = calls::list::<R>(owner, filter, PageRequest::default());
    let page = call.read(&Response::new(Bytes::from(body))).unwrap();
    (page.items, page.problems)
}

/// Lists the row through the client, beside one that cannot be read, and reads it in other dress.
pub(super) async fn check<R: List + PartialEq + Debug>(
    of: impl Fn(&Client) -> Collection<R>,
    owner: &R::Owner,
    (at, wrap, row): (&str, Wrap, &str),
    filter: R::Filter,
    look: impl Fn(&R),
) {
    let broken = r#"{"surprise":true}"#;
    let body = wrap.list(&format!("{row},{broken}"));
    let (_server, client) = serving("GET", at, 200, &body).await;
    let listing = of(&client).list(filter.clone()).collect().await.unwrap();
    assert_eq!(
        listing.items.len(),
        1,
        "{at}: {:?}",
        listing
            .problems
            .iter()
            .map(RowProblem::detail)
            .collect::<Vec<_>>()
    );
    look(&listing.items[0]);
    assert!(!listing.is_complete(), "{at}: the bad row proves nothing");
    assert_eq!(listing.problems[0].raw(), broken);
    assert_eq!(listing.problems[0].position(), 1);

    let parsed: Value = serde_json::from_str(row).unwrap();
    let dresses = [
        (
            "numbers as strings",
            changed(parsed.clone(), &numbers_as_strings),
        ),
        (
            "strings as numbers",
            changed(parsed.clone(), &strings_as_numbers),
        ),
        ("an unknown field", with_more(&parsed)),
    ];
    for (dress, row) in dresses {
        let (rows, problems) = read::<R>(owner, &filter, wrap.list(&row.to_string()));
        let told = problems.first().map(RowProblem::detail);
        assert_eq!(
            (rows, told),
            (
                vec_of(&listing.items[0], owner, &filter, wrap, &parsed),
                None
            ),
            "{at}: {dress}"
        );
    }
}

/// The record again, read from its plain dress: records are not cloned by this crate's traits.
fn vec_of<R: List + PartialEq + Debug>(
    first: &R,
    owner: &R::Owner,
    filter: &R::Filter,
    wrap: Wrap,
    row: &Value,
) -> Vec<R> {
    let (rows, _) = read::<R>(owner, filter, wrap.list(&row.to_string()));
    assert_eq!(&rows[0], first);
    rows
}
