//! The configuration: one TOML file, checked as a whole before anything runs.
//!
//! `file.rs` is the format, `document.rs` knows where in the file a key stands, the other modules turn the format into
//! values that need no further checking.

mod checks;
mod connection;
mod document;
mod file;
mod limits;
mod load;
mod names;
mod rules;
mod services;

pub(crate) use connection::{ConnectionConfig, LedgerIds};
pub(crate) use load::Config;
pub(crate) use services::{KeySource, KeyringEntry, Webhooks};

/// The configuration `init` writes.
pub(crate) const TEMPLATE: &str = include_str!("template.toml");
