//! How FreshBooks writes values, and how they are read without guessing: numbers as text, text as
//! numbers, `""` for nothing, clocks in two zones.

mod id;
mod money;
mod open;
mod scalar;
mod time;
mod written;

pub use id::{
    AccountId, BillId, BillLineId, BillPaymentId, BillableItemId, BusinessId, BusinessUuid,
    CallbackId, CategoryId, CheckoutLinkId, ClientId, ContactId, CreditNoteId, DownloadToken,
    EstimateId, ExpenseId, ExpenseProfileId, GatewayId, IdentityId, InvalidId, InvoiceId,
    InvoiceProfileId, ItemId, JournalAccountId, JournalDetailId, JournalEntryId,
    JournalSubAccountId, LedgerAccountId, LedgerSubTypeId, ManualJournalEntryId, OtherIncomeId,
    PaymentId, ProjectId, RetainerId, ServiceId, StaffId, SystemId, TaskId, TaxId, TeamMemberId,
    TimeEntryId, VendorId,
};
pub use money::{CurrencyCode, InvalidCurrency, Money};
pub use open::VisState;
pub(crate) use open::{closed_words, open_number_enum, open_text_enum};
pub(crate) use scalar::{
    date, decimal, flag, list, optional, optional_date, optional_decimal, optional_id,
    optional_text, parsed, scalar,
};
pub use time::Timestamp;
pub(crate) use time::{eastern, utc};
pub(crate) use written::{
    decimal_number, decimal_text, instant, instant_text, plain_number, plain_text,
};
