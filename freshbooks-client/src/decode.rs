//! Success envelopes of each family, read in one pass.

mod rows;

use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::call::Unread;
use crate::page::{Page, RowProblem};
use crate::resource::{Resource, Shape};
use rows::{RawPage, Tolerant};

/// What stands at the top of any reply. The error keys are there because FreshBooks sends errors
/// under HTTP 200 too.
#[derive(Deserialize)]
#[serde(bound(deserialize = "B: DeserializeOwned"))]
struct Top<B> {
    response: Option<B>,
    error: Option<Value>,
    errors: Option<Value>,
    error_type: Option<Value>,
    errno: Option<Value>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "B: DeserializeOwned"))]
struct Inner<B> {
    result: Option<B>,
    error: Option<Value>,
    errors: Option<Value>,
}

impl<B> Top<B> {
    fn states_error(&self) -> bool {
        [&self.error, &self.errors, &self.error_type, &self.errno]
            .into_iter()
            .any(|value| is_error(value.as_ref()))
    }
}

/// `"errors": []` beside a result says that there are none.
fn is_error(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Array(rows)) => !rows.is_empty(),
        Some(Value::Object(fields)) => !fields.is_empty(),
        Some(Value::Bool(true) | Value::Number(_) | Value::String(_)) => true,
    }
}

fn settle<T>(value: Option<T>, states_error: bool, key: &'static str) -> Result<T, Unread> {
    match (value, states_error) {
        (Some(value), false) => Ok(value),
        (Some(_), true) => Err(Unread::Contradictory),
        (None, true) => Err(Unread::Refused),
        (None, false) => Err(Unread::Missing(key)),
    }
}

/// `{"response":{"result":...}}`.
fn accounting<B: DeserializeOwned>(body: &[u8]) -> Result<(Option<B>, bool), serde_json::Error> {
    let mut top: Top<Inner<B>> = serde_json::from_slice(body)?;
    let mut states_error = top.states_error();
    let inner = top.response.take();
    if let Some(inner) = &inner {
        states_error |= is_error(inner.error.as_ref()) || is_error(inner.errors.as_ref());
    }
    Ok((inner.and_then(|inner| inner.result), states_error))
}

/// One record of an accounting resource.
pub(crate) fn one<R: Resource>(body: &[u8]) -> Result<R, Unread> {
    let (keyed, states_error) = accounting::<Keyed<R>>(body).map_err(Unread::Malformed)?;
    settle(
        keyed.and_then(|keyed| keyed.0),
        states_error,
        R::SHAPE.singular,
    )
}

/// One page of an accounting resource. The good case is one pass over the text; only when a row
/// does not fit is the page read again row by row.
pub(crate) fn page<R: Resource>(body: &[u8]) -> Result<Page<R>, Unread> {
    if let Ok((rows, states_error)) = accounting::<RawPage<R, R>>(body) {
        let page = rows.and_then(RawPage::into_page);
        return settle(page, states_error, "list");
    }
    let (rows, states_error) =
        accounting::<RawPage<R, Tolerant<R>>>(body).map_err(Unread::Malformed)?;
    let page = rows.and_then(RawPage::into_tolerant_page);
    settle(page, states_error, "list")
}

/// Rows of a family with an envelope of its own, read one by one.
pub(crate) fn row_by_row<T: DeserializeOwned>(rows: Vec<&RawValue>) -> (Vec<T>, Vec<RowProblem>) {
    rows::sort_rows(rows.into_iter().map(Tolerant::read).collect())
}

/// `{"response":{...}}` without a result level: the identity family.
pub(crate) fn response<T: DeserializeOwned>(body: &[u8]) -> Result<T, Unread> {
    let top: Top<T> = serde_json::from_slice(body).map_err(Unread::Malformed)?;
    let states_error = top.states_error();
    settle(top.response, states_error, "response")
}

/// The whole body is the answer: token replies, and families with an envelope of their own.
pub(crate) fn whole<T: DeserializeOwned>(body: &[u8]) -> Result<T, Unread> {
    serde_json::from_slice(body).map_err(Unread::Malformed)
}

/// Success has nothing to say; an error under HTTP 200 has.
pub(crate) fn nothing(body: &[u8]) -> Result<(), Unread> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    let (_, states_error) = accounting::<IgnoredAny>(body).map_err(Unread::Malformed)?;
    if states_error {
        Err(Unread::Refused)
    } else {
        Ok(())
    }
}

/// The record under its singular key, whatever else stands beside it.
struct Keyed<R>(Option<R>);

impl<'de, R: Resource> Deserialize<'de> for Keyed<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(KeyedVisitor(&R::SHAPE, PhantomData))
    }
}

struct KeyedVisitor<'s, R>(&'s Shape, PhantomData<R>);

impl<'de, R: Resource> Visitor<'de> for KeyedVisitor<'_, R> {
    type Value = Keyed<R>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "an object with {}", self.0.singular)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            if key == self.0.singular {
                found = map.next_value()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Keyed(found))
    }
}

#[cfg(test)]
mod tests;
