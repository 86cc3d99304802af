//! Every request of the API as a [`Call`]: pure values, for those who bring their own transport.
//!
//! The client of feature `client` sends exactly these.

use http::Method;
use secrecy::SecretString;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::call::{Access, Call, Target};
use crate::decode;
use crate::error::{Cause, Effect, Error, ErrorKind};
use crate::page::{Page, PageRequest};
use crate::query::Query;
use crate::resource::{
    Create, Filter, Get, GetWith, HardDelete, List, Replace, Resource, SoftDelete, Update,
};
use crate::types::{Callback, CallbackAnswer, Identity};
use crate::wire::{AccountId, CallbackId, VisState};

const JSON: &str = "application/json";

/// One page of a list. A list that FreshBooks does not page is whole, whatever page is asked for.
pub fn list<R: List>(scope: &R::Scope, filter: &R::Filter, page: PageRequest) -> Call<Page<R>> {
    let mut query = Query::new();
    filter.write(&mut query);
    if R::SHAPE.is_paged {
        query
            .bare("page", Some(page.page()))
            .bare("per_page", Some(page.per_page()));
    }
    let path = query.onto(R::SHAPE.family.path(scope, R::SHAPE.path));
    read(R::SHAPE.operations.list, path, decode::page::<R>).versioned(R::SHAPE.api_version)
}

/// One record. A deleted one is found too, with its [`VisState`] saying so.
pub fn get<R: Get>(scope: &R::Scope, id: &R::Id) -> Call<R> {
    let path = member::<R>(scope, R::SHAPE.one_at, id);
    read(R::SHAPE.operations.get, path, decode::one::<R>).versioned(R::SHAPE.api_version)
}

/// One record, with more than it shows by itself.
pub fn get_with<R: GetWith>(scope: &R::Scope, id: &R::Id, include: &[R::Include]) -> Call<R> {
    let mut query = Query::new();
    query.include(include);
    let path = query.onto(member::<R>(scope, R::SHAPE.one_at, id));
    read(R::SHAPE.operations.get, path, decode::one::<R>)
}

/// Makes a record.
///
/// # Errors
/// [`ErrorKind::Invalid`] when it cannot be written as JSON, which no type of this crate does.
pub fn create<R: Create>(scope: &R::Scope, new: &R::New) -> Result<Call<R>, Error> {
    let path = R::SHAPE.family.path(scope, R::SHAPE.new_at);
    let call = Call::new(
        R::SHAPE.operations.create,
        Access::Create,
        Method::POST,
        Target::Api(path),
        decode::one::<R>,
    );
    with_fields::<R, _>(call, new)
}

/// Changes some fields of a record.
///
/// # Errors
/// As [`create`].
pub fn update<R: Update>(
    scope: &R::Scope,
    id: &R::Id,
    update: &R::Update,
) -> Result<Call<R>, Error> {
    put(R::SHAPE.operations.update, scope, id, update)
}

/// Replaces all fields of a record.
///
/// # Errors
/// As [`create`].
pub fn replace<R: Replace>(scope: &R::Scope, id: &R::Id, full: &R::Full) -> Result<Call<R>, Error> {
    put(R::SHAPE.operations.update, scope, id, full)
}

/// Deletes, archives or restores a record. On its own, because FreshBooks drops every other field
/// of a request that has a `vis_state`.
///
/// # Errors
/// As [`create`].
pub fn set_vis_state<R: SoftDelete>(
    scope: &R::Scope,
    id: &R::Id,
    state: VisState,
) -> Result<Call<R>, Error> {
    #[derive(Serialize)]
    struct Change {
        vis_state: VisState,
    }
    let change = Change { vis_state: state };
    put(R::SHAPE.operations.set_vis_state, scope, id, &change)
}

/// Deletes a record for good.
pub fn delete<R: HardDelete>(scope: &R::Scope, id: &R::Id) -> Call<()> {
    Call::new(
        R::SHAPE.operations.delete,
        Access::Update,
        Method::DELETE,
        Target::Api(member::<R>(scope, R::SHAPE.path, id)),
        decode::nothing,
    )
    .versioned(R::SHAPE.api_version)
}

/// Sends a webhook's verifier back, after which FreshBooks delivers to it.
///
/// # Errors
/// As [`create`].
pub fn verify_callback(
    account: &AccountId,
    id: CallbackId,
    verifier: &SecretString,
) -> Result<Call<Callback>, Error> {
    let answer = CallbackAnswer::Verify(verifier);
    put("verify callback", account, &id, &answer)
}

/// Asks FreshBooks to send a webhook's verifier again.
///
/// # Errors
/// As [`create`].
pub fn resend_verifier(account: &AccountId, id: CallbackId) -> Result<Call<Callback>, Error> {
    put("resend verifier", account, &id, &CallbackAnswer::Resend)
}

/// Who granted access, and for which businesses.
pub fn identity() -> Call<Identity> {
    let path = "/auth/api/v1/users/me".to_owned();
    read("get identity", path, decode::response)
}

fn read<T>(
    operation: &'static str,
    path: String,
    decode: fn(&[u8]) -> Result<T, crate::call::Unread>,
) -> Call<T> {
    Call::new(
        operation,
        Access::Read,
        Method::GET,
        Target::Api(path),
        decode,
    )
}

fn put<R: Resource>(
    operation: &'static str,
    scope: &R::Scope,
    id: &R::Id,
    fields: &impl Serialize,
) -> Result<Call<R>, Error> {
    let call = Call::new(
        operation,
        Access::Update,
        Method::PUT,
        Target::Api(member::<R>(scope, R::SHAPE.one_at, id)),
        decode::one::<R>,
    );
    with_fields::<R, _>(call, fields)
}

fn member<R: Resource>(scope: &R::Scope, at: &str, id: &R::Id) -> String {
    let below = format!("{at}/{id}");
    R::SHAPE.family.path(scope, &below)
}

fn with_fields<R: Resource, T>(call: Call<T>, fields: &impl Serialize) -> Result<Call<T>, Error> {
    let call = call.versioned(R::SHAPE.api_version);
    if R::SHAPE.is_wrapped {
        with_json(call, &Wrapped(R::SHAPE.singular, fields))
    } else {
        with_json(call, fields)
    }
}

/// Writes are wrapped in the singular key: `{"bill":{...}}`.
struct Wrapped<'f, F>(&'static str, &'f F);

impl<F: Serialize> Serialize for Wrapped<'_, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.0, self.1)?;
        map.end()
    }
}

fn with_json<T>(call: Call<T>, body: &impl Serialize) -> Result<Call<T>, Error> {
    match serde_json::to_vec(body) {
        Ok(body) => Ok(call.with_body(JSON, body)),
        Err(error) => Err(Error::new(
            ErrorKind::Invalid,
            Effect::None,
            call.operation(),
            Cause::Unbuildable,
        )
        .with_source(error)),
    }
}

#[cfg(test)]
mod tests;
