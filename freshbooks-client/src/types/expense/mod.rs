//! Expenses: money already spent, with the tax inside the amount.

mod filter;
mod record;
mod write;

pub use filter::{ExpenseFilter, ExpenseInclude};
pub use record::{Expense, ExpenseAttachment, ExpenseStatus, ExpenseTax};
pub use write::{ExpenseUpdate, NewExpense, NewExpenseTax};
