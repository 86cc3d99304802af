//! The records of FreshBooks, one file per resource, named as its documentation names it.
//!
//! Reading is tolerant, writing is strict: read types accept what FreshBooks has been seen to send,
//! write types cannot express what FreshBooks would refuse or silently drop.

mod bill;
mod bill_payment;
mod bill_vendor;
mod callback;
mod change;
mod client;
mod expense;
mod expense_category;
mod identity;
mod ledger_account;
mod project;
mod staff;
mod tax;

pub use bill::{
    Bill, BillFilter, BillLine, BillStatus, BillUpdate, LineCategory, NewBill, NewBillLine,
};
pub use bill_payment::{BillPayment, NewBillPayment, PaymentType};
pub use bill_vendor::{Balance, NewVendor, Vendor, VendorFilter, VendorUpdate};
pub(crate) use callback::CallbackAnswer;
pub use callback::{Callback, CallbackFilter, NewCallback};
pub use change::Change;
pub use client::{Client as ClientRecord, ClientFilter};
pub use expense::{
    Expense, ExpenseAttachment, ExpenseFilter, ExpenseStatus, ExpenseTax, ExpenseUpdate,
    NewExpense, NewExpenseTax,
};
pub use expense_category::{ExpenseCategory, ExpenseCategoryFilter, NewExpenseCategory};
pub use identity::{Access as FeatureAccess, Business, Identity, MemberRole, Membership};
pub use ledger_account::{LedgerAccount, LedgerAccountState, LedgerAccountType};
pub use project::{Project, ProjectFilter};
pub use staff::Staff;
pub use tax::{Tax, TaxFilter};
