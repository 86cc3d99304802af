//! How FreshBooks writes values, and how they are read without guessing: numbers as text, text as
//! numbers, `""` for nothing, clocks in two zones.

mod id;
mod money;
mod open;
mod scalar;
mod time;

pub use id::{
    AccountId, BillId, BillLineId, BillPaymentId, BusinessId, BusinessUuid, CallbackId, CategoryId,
    ClientId, ExpenseId, InvalidId, LedgerAccountId, ProjectId, StaffId, TaxId, VendorId,
};
pub use money::{CurrencyCode, InvalidCurrency, Money};
pub use open::VisState;
pub(crate) use open::open_text_enum;
pub(crate) use scalar::{
    date, flag, list, optional, optional_date, optional_decimal, optional_id, optional_text, scalar,
};
pub use time::Timestamp;
pub(crate) use time::{eastern, utc};
