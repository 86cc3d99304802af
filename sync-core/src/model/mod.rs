//! The words of the trade as types: money, reports, drafts of ledger records, and what a ledger shows.

mod credential;
mod draft;
mod fingerprint;
mod ids;
mod marker;
mod money;
mod record;
mod report;
mod snapshot;

pub use credential::{ExpensifyKey, FreshBooksGrant, GrantState, Provider, TokenAnswer, TokenPair};
pub use draft::{BillDraft, BillLine, Draft, ExpenseDraft, RecordKind, TaxRate, VendorDraft};
pub use fingerprint::{Fingerprint, FingerprintWriter};
pub use ids::{
    CategoryId, ClientId, ConnectionId, ExpenseId, LedgerId, ProjectId, RecordId, ReportId,
    StaffId, TaxId, VendorId, WorkspaceId,
};
pub use marker::Marker;
pub use money::{Currency, Money, MoneyError};
pub use record::{LedgerRecord, ObservedLine, Payment, RecordStatus};
pub use report::{
    Card, Employee, Expense, ExpenseReport, ExpenseTax, FieldOrigin, Origins, Receipt, ReportState,
    TagLevel,
};
pub use snapshot::{
    Capabilities, Client, ExpenseCategory, LedgerAccount, Project, Snapshot, SnapshotParts, Staff,
    Tax, Vendor, normalized_name,
};
