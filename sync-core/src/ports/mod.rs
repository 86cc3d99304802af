//! What the core needs from the world, as traits. All are object-safe; hosts bring the implementations.

mod clock;
mod credentials;
mod entropy;
mod ledger;
mod observer;
mod permit;
mod scheduler;
mod source;
mod spill;
mod store;
mod tokens;

pub use clock::Clock;
pub use credentials::{Credential, CredentialStore, Versioned};
pub use entropy::Entropy;
pub use ledger::{
    Ledger, LedgerUsage, Listing, ListingWindow, NotPermitted, Refusal, SendOutcome, SendReceipt,
};
pub use observer::{Event, NoObserver, Observer};
pub(crate) use permit::permits;
pub use permit::{LedgerWrite, SendPermit};
pub use scheduler::Scheduler;
pub use source::{
    ExpenseSource, ExportAnchor, ExportQuery, ReimbursementReply, ReportStream, SourceItem,
    SourceUsage, SourceWorkspace,
};
pub use spill::{GrantSpill, NoSpill, SpilledGrant};
pub use store::{
    EntryPage, EntryQuery, IntakeBatch, IntakeSummary, Owner, ReportQuery, Store, StoreCounts,
    Transition,
};
pub use tokens::TokenEndpoint;
