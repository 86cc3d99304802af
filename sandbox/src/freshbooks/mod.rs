//! The accounting API on loopback.

mod account;
mod accounting;
mod error;
mod events;
mod identity;
mod ledger;
mod list;
mod oauth;
mod person;
mod projects;
mod render;
mod resources;
mod route;
mod rules;
mod schema;
mod service;
mod table;

pub(crate) use events::Delivery;
pub(crate) use resources::Resource;
pub(crate) use route::kind;
pub(crate) use service::{Call, Conditions, FreshBooks};
pub(crate) use table::VisState;
