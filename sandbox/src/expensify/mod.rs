//! The Integration Server on loopback.

mod export;
mod job;
mod model;
mod policies;
mod render;
mod service;
mod status;

pub(crate) use job::kind;
pub use render::{Template, render};
pub(crate) use service::Expensify;
