//! What a ledger shows: records as read back.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{CategoryId, Marker, Money, RecordId, RecordKind, VendorId};

/// Whether a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RecordStatus {
    /// It counts.
    Active,
    /// A person archived it; it still counts.
    Archived,
    /// A person deleted it; it no longer counts.
    Deleted,
}

/// How far a bill is paid. A bill with any payment is never changed by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Payment {
    /// Nothing is paid; also for expenses and vendors.
    Nothing,
    /// Paid in part.
    Part,
    /// Paid in full.
    Whole,
}

/// One line of a bill as read back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedLine {
    /// Category; absent where the provider's answer leaves it out.
    pub category: Option<CategoryId>,
    /// Amount before tax.
    pub net: Money,
}

/// A bill, expense or vendor as the ledger shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerRecord {
    /// Which kind it is.
    pub kind: RecordKind,
    /// The ledger's id.
    pub id: RecordId,
    /// Every mark of ours found on it, in any of the places we put one.
    pub markers: BTreeSet<Marker>,
    /// Whether it stands.
    pub status: RecordStatus,
    /// Total with tax; absent for vendors.
    pub total: Option<Money>,
    /// Accounting date; absent for vendors.
    pub date: Option<NaiveDate>,
    /// Vendor of a bill; absent where the provider's answer leaves it out, and for expenses.
    pub vendor: Option<VendorId>,
    /// Category of an expense.
    pub category: Option<CategoryId>,
    /// Lines of a bill, in order; empty where the answer leaves them out.
    pub lines: Vec<ObservedLine>,
    /// How far a bill is paid.
    pub payment: Payment,
}
