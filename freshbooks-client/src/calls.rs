//! Every request of the API as a [`Call`]: pure values, for those who bring their own transport.
//!
//! The client of feature `client` sends exactly these.
//!
//! ```
//! use bytes::Bytes;
//! use freshbooks_client::{BusinessId, Endpoints, PageRequest, Project, ProjectFilter, calls};
//!
//! let business = BusinessId::new(9);
//! let call = calls::list::<Project>(&business, &ProjectFilter::default(), PageRequest::default());
//! let request = call.request(&Endpoints::freshbooks()?, Some(&"an access token".into()))?;
//! assert_eq!(
//!     request.uri().to_string(),
//!     "https://api.freshbooks.com/projects/business/9/projects?page=1&per_page=100"
//! );
//!
//! // Whatever sent it, the reply is read here.
//! let body = r#"{"projects":[{"id":1,"title":"Launch"}],"meta":{"page":1,"pages":1,"total":1}}"#;
//! let page = call.read(&http::Response::new(Bytes::from(body)))?;
//! assert_eq!(page.items[0].title.as_deref(), Some("Launch"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod callbacks;
mod documents;
mod gateways;
mod ledger;
mod people;
mod rates;
mod reports;
mod time;
mod uploads;

use http::Method;
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
use crate::wire::VisState;
pub use callbacks::{resend_verifier, verify_callback};
pub use documents::{
    accept_estimate, expense_summaries, invoice_pdf, invoice_presentation, send_estimate,
    send_invoice, share_link,
};
pub use gateways::{gateway_connections, payment_options, set_payment_options};
pub use ledger::{chart_of_accounts, ledger_sub_type, ledger_sub_types, ledger_types};
pub use people::{abilities, business_members, identity};
pub use rates::{create_service_rate, service_rate, set_project_service_rate, set_service_rate};
pub use reports::{invoice_details_csv, report};
pub use time::{search_time_entries, time_entry_details};
pub use uploads::{
    UploadCall, attachment, image, upload_attachment, upload_image, upload_public_image,
};

const JSON: &str = "application/json";

/// One page of a list. A list that FreshBooks does not page is whole, whatever page is asked for.
pub fn list<R: List>(owner: &R::Owner, filter: &R::Filter, page: PageRequest) -> Call<Page<R>> {
    let mut query = Query::new();
    filter.write(&mut query);
    if R::SHAPE.is_paged {
        query
            .bare("page", Some(page.page()))
            .bare("per_page", Some(page.per_page()));
    }
    let path = query.onto(R::SHAPE.family.path(owner, R::SHAPE.path));
    read(R::SHAPE.operations.list, path, decode::page::<R>).versioned(R::SHAPE.api_version)
}

/// One record. A deleted one is found too, with its [`VisState`] saying so.
pub fn get<R: Get>(owner: &R::Owner, id: &R::Id) -> Call<R> {
    let path = member::<R>(owner, R::SHAPE.one_at, id);
    read(R::SHAPE.operations.get, path, decode::one::<R>).versioned(R::SHAPE.api_version)
}

/// One record, with more than it shows by itself.
pub fn get_with<R: GetWith>(owner: &R::Owner, id: &R::Id, include: &[R::Include]) -> Call<R> {
    let mut query = Query::new();
    query.include(include);
    let path = query.onto(member::<R>(owner, R::SHAPE.one_at, id));
    read(R::SHAPE.operations.get, path, decode::one::<R>)
}

/// Makes a record.
///
/// # Errors
/// [`ErrorKind::Invalid`] when it cannot be written as JSON, which no type of this crate does.
pub fn create<R: Create>(owner: &R::Owner, new: &R::New) -> Result<Call<R>, Error> {
    let path = R::SHAPE.family.path(owner, R::SHAPE.new_at);
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
    owner: &R::Owner,
    id: &R::Id,
    update: &R::Update,
) -> Result<Call<R>, Error> {
    put(R::SHAPE.operations.update, owner, id, update)
}

/// Replaces all fields of a record.
///
/// # Errors
/// As [`create`].
pub fn replace<R: Replace>(owner: &R::Owner, id: &R::Id, full: &R::Full) -> Result<Call<R>, Error> {
    put(R::SHAPE.operations.update, owner, id, full)
}

/// Deletes, archives or restores a record. On its own, because FreshBooks drops every other field
/// of a request that has a `vis_state`.
///
/// # Errors
/// As [`create`].
pub fn set_vis_state<R: SoftDelete>(
    owner: &R::Owner,
    id: &R::Id,
    state: VisState,
) -> Result<Call<R>, Error> {
    #[derive(Serialize)]
    struct Change {
        vis_state: VisState,
    }
    let change = Change { vis_state: state };
    put(R::SHAPE.operations.set_vis_state, owner, id, &change)
}

/// Deletes a record for good.
pub fn delete<R: HardDelete>(owner: &R::Owner, id: &R::Id) -> Call<()> {
    Call::new(
        R::SHAPE.operations.delete,
        Access::Update,
        Method::DELETE,
        Target::Api(member::<R>(owner, R::SHAPE.path, id)),
        decode::nothing,
    )
    .versioned(R::SHAPE.api_version)
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
    owner: &R::Owner,
    id: &R::Id,
    fields: &impl Serialize,
) -> Result<Call<R>, Error> {
    let call = Call::new(
        operation,
        Access::Update,
        Method::PUT,
        Target::Api(member::<R>(owner, R::SHAPE.one_at, id)),
        decode::one::<R>,
    );
    with_fields::<R, _>(call, fields)
}

/// A write with a body, outside the verbs that resources share.
fn write<T>(
    operation: &'static str,
    access: Access,
    method: Method,
    path: String,
    body: &impl Serialize,
    decode: fn(&[u8]) -> Result<T, crate::call::Unread>,
) -> Result<Call<T>, Error> {
    let call = Call::new(operation, access, method, Target::Api(path), decode);
    with_json(call, body)
}

fn member<R: Resource>(owner: &R::Owner, at: &str, id: &R::Id) -> String {
    let below = format!("{at}/{id}");
    R::SHAPE.family.path(owner, &below)
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
