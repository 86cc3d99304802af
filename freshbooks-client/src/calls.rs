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
use crate::resource::{Create, Filter, HardDelete, Resource, SoftDelete, Update};
use crate::types::{
    self, Callback, CallbackAnswer, Identity, LedgerAccount, Project, ProjectFilter,
};
use crate::wire::{
    AccountId, BusinessId, BusinessUuid, CallbackId, LedgerAccountId, ProjectId, VisState,
};

const JSON: &str = "application/json";

/// One page of a list.
pub fn list<R: Resource>(
    account: &AccountId,
    filter: &R::Filter,
    page: PageRequest,
) -> Call<Page<R>> {
    let mut query = Query::new();
    filter.write(&mut query);
    let path = paged(query, page).onto(collection::<R>(account));
    read(R::SHAPE.list, path, decode::page::<R>)
}

/// One record. A deleted one is found too, with its [`VisState`] saying so.
pub fn get<R: Resource>(account: &AccountId, id: R::Id) -> Call<R> {
    read(R::SHAPE.get, member::<R>(account, id), decode::one::<R>)
}

/// Makes a record.
///
/// # Errors
/// [`ErrorKind::Invalid`] when it cannot be written as JSON, which no type of this crate does.
pub fn create<R: Create>(account: &AccountId, new: &R::New) -> Result<Call<R>, Error> {
    let operation = R::SHAPE.create;
    let call = Call::new(
        operation,
        Access::Create,
        Method::POST,
        Target::Api(collection::<R>(account)),
        decode::one::<R>,
    );
    with_json(call, R::SHAPE.singular, new)
}

/// Changes some fields of a record.
///
/// # Errors
/// As [`create`].
pub fn update<R: Update>(
    account: &AccountId,
    id: R::Id,
    update: &R::Update,
) -> Result<Call<R>, Error> {
    put(R::SHAPE.update, account, id, update)
}

/// Deletes, archives or restores a record. On its own, because FreshBooks drops every other field
/// of a request that has a `vis_state`.
///
/// # Errors
/// As [`create`].
pub fn set_vis_state<R: SoftDelete>(
    account: &AccountId,
    id: R::Id,
    state: VisState,
) -> Result<Call<R>, Error> {
    #[derive(Serialize)]
    struct Change {
        vis_state: VisState,
    }
    let change = Change { vis_state: state };
    put(R::SHAPE.set_vis_state, account, id, &change)
}

/// Deletes a record for good.
pub fn delete<R: HardDelete>(account: &AccountId, id: R::Id) -> Call<()> {
    Call::new(
        R::SHAPE.delete,
        Access::Update,
        Method::DELETE,
        Target::Api(member::<R>(account, id)),
        decode::nothing,
    )
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
    put("verify callback", account, id, &answer)
}

/// Asks FreshBooks to send a webhook's verifier again.
///
/// # Errors
/// As [`create`].
pub fn resend_verifier(account: &AccountId, id: CallbackId) -> Result<Call<Callback>, Error> {
    put("resend verifier", account, id, &CallbackAnswer::Resend)
}

/// Who granted access, and for which businesses.
pub fn identity() -> Call<Identity> {
    let path = "/auth/api/v1/users/me".to_owned();
    read("get identity", path, decode::response)
}

/// One page of the projects of a business.
pub fn projects(
    business: BusinessId,
    filter: &ProjectFilter,
    page: PageRequest,
) -> Call<Page<Project>> {
    let mut query = Query::new();
    filter.write(&mut query);
    let path = paged(query, page).onto(format!("/projects/business/{business}/projects"));
    read("list project", path, types::projects)
}

/// One project.
pub fn project(business: BusinessId, id: ProjectId) -> Call<Project> {
    let path = format!("/projects/business/{business}/project/{id}");
    read("get project", path, types::project)
}

/// All ledger accounts of a business; FreshBooks does not page them.
pub fn ledger_accounts(business: &BusinessUuid) -> Call<Page<LedgerAccount>> {
    let path = format!("/accounting/businesses/{business}/ledger_accounts/accounts");
    read("list ledger account", path, types::ledger_accounts)
}

/// One ledger account.
pub fn ledger_account(business: &BusinessUuid, id: &LedgerAccountId) -> Call<LedgerAccount> {
    let path = format!("/accounting/businesses/{business}/ledger_accounts/accounts/{id}");
    read("get ledger account", path, types::ledger_account)
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
    account: &AccountId,
    id: R::Id,
    fields: &impl Serialize,
) -> Result<Call<R>, Error> {
    let call = Call::new(
        operation,
        Access::Update,
        Method::PUT,
        Target::Api(member::<R>(account, id)),
        decode::one::<R>,
    );
    with_json(call, R::SHAPE.singular, fields)
}

fn paged(mut query: Query, page: PageRequest) -> Query {
    query
        .bare("page", Some(page.page()))
        .bare("per_page", Some(page.per_page()));
    query
}

fn collection<R: Resource>(account: &AccountId) -> String {
    let shape = R::SHAPE;
    format!("/{}/account/{account}/{}", shape.family, shape.path)
}

fn member<R: Resource>(account: &AccountId, id: R::Id) -> String {
    format!("{}/{id}", collection::<R>(account))
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

fn with_json<T>(
    call: Call<T>,
    key: &'static str,
    fields: &impl Serialize,
) -> Result<Call<T>, Error> {
    match serde_json::to_vec(&Wrapped(key, fields)) {
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
