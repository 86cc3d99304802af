//! A typed client for the FreshBooks API that knows, after every failure, whether a write may have
//! been applied.
//!
//! It is not a synchronizer: it keeps no state, maps nothing, and repeats no write. FreshBooks has no
//! idempotency key, so whoever writes must look before writing again; [`Error::effect`] says when.
//!
//! ```
//! # #[cfg(feature = "client")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use freshbooks_client::{AccountId, BillFilter, Client, Endpoints, FixedToken, VendorId};
//! # use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};
//! # let server = MockServer::start().await;
//! # let body = r#"{"response":{"result":{"bills":[{"id":7,"vendorid":5,"bill_number":"EXP-R1","issue_date":"2026-01-31",
//! #   "total_amount":{"amount":"125.00","code":"USD"},"vis_state":0}],"page":1,"pages":1,"per_page":100,"total":1}}}"#;
//! # Mock::given(path("/accounting/account/ZyQ04o/bills/bills"))
//! #     .respond_with(ResponseTemplate::new(200).set_body_string(body)).mount(&server).await;
//! # let endpoints = Endpoints::at(&server.uri().parse()?)?;
//!
//! let client = Client::builder(Arc::new(FixedToken::new("an access token")))
//!     .with_endpoints(endpoints) // only to talk to a stand-in
//!     .build()?;
//!
//! let account = AccountId::new("ZyQ04o")?;
//! let mut filter = BillFilter::default();
//! filter.vendor_id = Some(VendorId::new(5));
//! let bills = client.bills(&account).list(filter).collect().await?;
//!
//! assert!(bills.is_complete());
//! for bill in &bills.items {
//!     println!("{:?} {:?}", bill.bill_number, bill.total_amount);
//! }
//! # assert_eq!(bills.items.len(), 1);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "client"))]
//! # fn main() {}
//! ```
//!
//! # Where to look
//! - [`Client`] gives a [`Collection`] per resource: `list`, `get`, `create`, `update`,
//!   `set_vis_state`, `delete`, as each supports. [`Pager`] walks lists.
//! - [`calls`] has the same requests as plain values, for another transport or none.
//! - [`OAuthClient`] and [`oauth`] get tokens; a [`TokenProvider`] gives them to the client:
//!   [`RefreshingTokens`] over your [`TokenStore`], or a [`FixedToken`].
//! - [`Settings`] holds every limit; [`Endpoints`] says where the service is.
//! - [`Transport`] and [`Observer`] are the places to plug in: how requests travel, and who sees them.
//! - `webhook` (feature) verifies deliveries.
//!
//! # Features
//! | Feature | Default | Adds |
//! | --- | --- | --- |
//! | `client` | yes | transport, tokens, pacing, page walks |
//! | `webhook` | no | verification of webhook deliveries |
//!
//! Without features: types, request building and reply reading, also for `wasm32-unknown-unknown`.
//!
//! # Errors
//! One [`Error`] with an [`ErrorKind`] that says what to do and an [`Effect`]. Certainly not applied
//! are: no connection, 401, 429, and a refusal that parses under a status below 500 or under 200.
//! Everything else that happens to a write leaves its effect unknown.
//!
//! # Facts and guesses
//! FreshBooks documents little. What is not proven is marked UNVERIFIED where it is used, and never
//! makes a call fail.
//!
//! # Minimum Rust version
//! 1.94; it rises only in minor releases.

#[cfg(feature = "client")]
mod auth;
mod call;
pub mod calls;
#[cfg(feature = "client")]
mod client;
pub mod coverage;
mod decode;
mod endpoints;
mod error;
pub mod oauth;
#[cfg(feature = "client")]
mod pace;
mod page;
mod query;
#[cfg(feature = "client")]
mod redact;
mod refusal;
mod resource;
#[cfg(feature = "client")]
mod transport;
mod types;
#[cfg(feature = "webhook")]
pub mod webhook;
mod wire;

#[cfg(feature = "client")]
pub use auth::{
    AccessToken, FixedToken, RefreshSettings, RefreshingTokens, Replaced, StoreError, TokenError,
    TokenPair, TokenProvider, TokenStore,
};
pub use call::{Access, Call};
#[cfg(feature = "client")]
pub use client::{
    Client, ClientBuilder, Collection, Exchanged, Listing, OAuthClient, Observer, Pacing, Pager,
    Settings,
};
pub use endpoints::{Endpoints, InvalidBase};
pub use error::{Effect, Error, ErrorKind};
#[cfg(feature = "client")]
pub use pace::RateLimit;
pub use page::{PER_PAGE_MAX, Page, PageRequest, RowProblem};
pub use refusal::{Feature, Problem};
pub use resource::{
    Create, Family, Filter, Get, GetWith, HardDelete, List, NoFilter, Owner, Replace, Resource,
    SoftDelete, Sort, Update,
};
#[cfg(feature = "client")]
pub use transport::{
    HttpSettings, HttpTransport, Streamed, Transport, TransportError, TransportErrorKind,
    WriteConnections,
};
pub use types::*;
pub use wire::{
    AccountId, BillId, BillLineId, BillPaymentId, BillableItemId, BusinessId, BusinessUuid,
    CallbackId, CategoryId, CheckoutLinkId, ClientId, ContactId, CreditNoteId, CurrencyCode,
    DownloadToken, EstimateId, ExpenseId, ExpenseProfileId, GatewayId, IdentityId, InvalidCurrency,
    InvalidId, InvoiceId, InvoiceProfileId, ItemId, JournalAccountId, JournalDetailId,
    JournalEntryId, JournalSubAccountId, LedgerAccountId, LedgerSubTypeId, ManualJournalEntryId,
    Money, OtherIncomeId, PaymentId, ProjectId, RetainerId, ServiceId, StaffId, SystemId, TaskId,
    TaxId, TeamMemberId, TimeEntryId, Timestamp, VendorId, VisState,
};
