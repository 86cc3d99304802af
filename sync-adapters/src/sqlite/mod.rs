//! The store on SQLite: one file, durable when a call returns.
//!
//! Writes go through one connection, each call in one `BEGIN IMMEDIATE` transaction with `synchronous=FULL`; reads have a
//! pool of their own and never wait for a writer (WAL). What a call changes is decided by
//! [`sync_core::state::bookkeeping`]; here rows are loaded and written. Each table's SQL is in the file of its name.

mod audit;
mod blocks;
mod configurations;
mod contents;
#[cfg(feature = "vault")]
mod credentials;
mod entries;
mod error;
mod items;
mod leases;
mod open;
mod owners;
mod reports;
mod row;
mod settings;
mod store;
#[cfg(test)]
mod tests;
mod watermarks;
mod work;

pub use settings::{SqliteAccess, SqliteSettings};
pub use store::SqliteStore;
