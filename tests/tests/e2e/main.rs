//! The whole path on real parts: Expensify and FreshBooks as stand-ins on loopback, SQLite, both adapters, the engine.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

mod after_posting;
mod consent;
mod corrections;
mod costs;
mod first_pass;
mod isolation;
mod planning;
mod review;
