//! Expensify as an [`ExpenseSource`](sync_core::ports::ExpenseSource).

mod convert;
mod failure;
mod meter;
mod source;
mod stream;

pub use source::{ExpensifySettings, ExpensifySource};
