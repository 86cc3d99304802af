//! Expensify as an [`ExpenseSource`](sync_core::ports::ExpenseSource).

mod convert;
mod failure;
mod meter;
mod shared;
mod source;
mod stream;

pub use shared::{SharedExpensify, SharingSettings};
pub use source::{ExpensifySettings, ExpensifySource};
