//! Success envelopes of each family, read in one pass.

mod rows;

use std::marker::PhantomData;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::call::Unread;
use crate::page::Page;
use crate::resource::{Envelope, Resource, Shape};
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

/// The keys of [`Top`] under which an error stands.
const ERROR_KEYS: [&str; 4] = ["error", "errors", "error_type", "errno"];

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

/// What is in the envelope of a family, and whether the envelope states an error.
fn unwrapped<B: DeserializeOwned>(
    envelope: Envelope,
    body: &[u8],
) -> Result<(Option<B>, bool), serde_json::Error> {
    match envelope {
        Envelope::Nested => accounting(body),
        Envelope::Flat => serde_json::from_slice(body).map(|inner| (Some(inner), false)),
    }
}

/// One record of a resource.
pub(crate) fn one<R: Resource>(body: &[u8]) -> Result<R, Unread> {
    let envelope = R::SHAPE.family.envelope();
    let (keyed, states_error) = unwrapped::<Keyed<R>>(envelope, body).map_err(Unread::Malformed)?;
    let (record, states_too) =
        keyed.map_or((None, false), |keyed| (keyed.record, keyed.states_error));
    settle(record, states_error || states_too, R::SHAPE.singular)
}

/// One page of a resource. The good case is one pass over the text; only when a row does not fit is
/// the page read again row by row.
pub(crate) fn page<R: Resource>(body: &[u8]) -> Result<Page<R>, Unread> {
    let envelope = R::SHAPE.family.envelope();
    if let Ok((rows, states_error)) = unwrapped::<RawPage<R, R>>(envelope, body) {
        let states_error = states_error || rows.as_ref().is_some_and(RawPage::states_error);
        let page = rows.and_then(RawPage::into_page);
        return settle(page, states_error, "list");
    }
    let (rows, states_error) =
        unwrapped::<RawPage<R, Tolerant<R>>>(envelope, body).map_err(Unread::Malformed)?;
    let states_error = states_error || rows.as_ref().is_some_and(RawPage::states_error);
    let page = rows.and_then(RawPage::into_tolerant_page);
    settle(page, states_error, "list")
}

/// The result of a call of the accounting family that is no resource.
pub(crate) fn result<T: DeserializeOwned>(body: &[u8]) -> Result<T, Unread> {
    let (result, states_error) = accounting::<T>(body).map_err(Unread::Malformed)?;
    settle(result, states_error, "result")
}

/// The whole of a flat reply that is no resource; an error under HTTP 200 has none of its fields.
pub(crate) fn flat<T: DeserializeOwned>(body: &[u8]) -> Result<T, Unread> {
    let top: Top<IgnoredAny> = serde_json::from_slice(body).map_err(Unread::Malformed)?;
    if top.states_error() {
        return Err(Unread::Refused);
    }
    serde_json::from_slice(body).map_err(Unread::Malformed)
}

/// A file as it is, if it begins as its kind does: an error page or a login page is none.
pub(crate) fn file(body: &[u8], magic: &[u8], kind: &'static str) -> Result<Bytes, Unread> {
    if body.starts_with(magic) && !body.is_empty() {
        return Ok(Bytes::copy_from_slice(body));
    }
    Err(Unread::Missing(kind))
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
    let said = body.trim_ascii();
    if said.is_empty() || said == b"null" {
        return Ok(());
    }
    let (_, states_error) = accounting::<IgnoredAny>(said).map_err(Unread::Malformed)?;
    if states_error {
        Err(Unread::Refused)
    } else {
        Ok(())
    }
}

/// The record under its singular key, whatever else stands beside it.
struct Keyed<R> {
    record: Option<R>,
    states_error: bool,
}

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
        let mut found = Keyed {
            record: None,
            states_error: false,
        };
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            if key == self.0.singular {
                found.record = map.next_value()?;
            } else if ERROR_KEYS.contains(&&*key) {
                found.states_error |= is_error(map.next_value::<Option<Value>>()?.as_ref());
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
