#![doc = include_str!("../README.md")]

#[cfg(feature = "client")]
mod auth;
mod call;
pub mod calls;
#[cfg(feature = "client")]
mod client;
mod decode;
mod endpoints;
mod error;
pub mod oauth;
#[cfg(feature = "client")]
mod pace;
mod page;
mod query;
mod refusal;
mod resource;
#[cfg(feature = "client")]
mod transport;
mod types;
#[cfg(feature = "webhook")]
pub mod webhook;
mod wire;

#[cfg(feature = "client")]
pub use auth::{AccessToken, FixedToken, TokenError, TokenProvider};
pub use call::{Access, Call};
#[cfg(feature = "client")]
pub use client::{
    Client, ClientBuilder, Collection, Listing, OAuthClient, Pacing, Pager, Settings,
};
pub use endpoints::{Endpoints, InvalidBase};
pub use error::{Effect, Error, ErrorKind};
#[cfg(feature = "client")]
pub use pace::RateLimit;
pub use page::{PER_PAGE_MAX, Page, PageRequest, RowProblem};
pub use refusal::{Feature, Problem};
pub use resource::{Create, Filter, HardDelete, NoFilter, Resource, SoftDelete, Update};
#[cfg(feature = "client")]
pub use transport::{
    HttpSettings, HttpTransport, Transport, TransportError, TransportErrorKind, WriteConnections,
};
pub use types::*;
pub use wire::{
    AccountId, BillId, BillLineId, BillPaymentId, BusinessId, BusinessUuid, CallbackId, CategoryId,
    ClientId, CurrencyCode, ExpenseId, InvalidCurrency, InvalidId, LedgerAccountId, Money,
    ProjectId, StaffId, TaxId, Timestamp, VendorId, VisState,
};
