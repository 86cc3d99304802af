//! Where bills and expenses go.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};

use super::SendPermit;
use crate::error::Result;
use crate::model::{LedgerRecord, RecordId, RecordKind, Snapshot, VendorId};
use crate::plan::StepKey;

/// Which part of the ledger to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingWindow {
    /// Which kind of record.
    pub kind: RecordKind,
    /// First accounting day, if bounded.
    pub from: Option<NaiveDate>,
    /// Last accounting day, if bounded; included.
    pub to: Option<NaiveDate>,
    /// Only bills of this vendor.
    pub vendor: Option<VendorId>,
}

/// A listing that was read to the provider's own end mark, deleted and archived rows included.
///
/// There is no incomplete listing: it would prove nothing, so it is an error instead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Rows inside the window; each was checked against it, since FreshBooks ignores unknown filters without a word.
    pub records: Vec<LedgerRecord>,
}

/// A refusal that names what is wrong with the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The field it named.
    pub field: Option<String>,
    /// Its message, shortened, safe to show.
    pub message: String,
}

/// A refusal that is about the account or the user, not about the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotPermitted {
    /// Its message, shortened, safe to show.
    pub message: String,
}

/// What became of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// Written, changed or voided; the answer named the record.
    Applied(RecordId),
    /// Not begun before the deadline. Nothing left this process.
    NotStarted,
    /// Certainly not written: no connection was made.
    Unreachable,
    /// Certainly not written: too many requests.
    Throttled {
        /// How long the ledger asked to wait.
        retry_after: Option<Duration>,
    },
    /// Certainly not written: the access token was refused and could not be renewed.
    Unauthorized,
    /// Certainly not written: plan, scope or role forbid it.
    NotPermitted(NotPermitted),
    /// Certainly not written: the record is wrong as it is.
    Refused(Refusal),
    /// Certainly not written: a bill of that number exists. A hit, not an error. Only for a new bill.
    NumberTaken,
    /// Everything else: timeout, reset after bytes left, any 5xx, an answer that cannot be read. Only a probe can tell.
    Unknown {
        /// What was seen, shortened, safe to show.
        note: String,
    },
}

/// What became of the request of one permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendReceipt {
    /// The entry's key.
    pub key: StepKey,
    /// What became of it.
    pub outcome: SendOutcome,
}

/// Requests made to the ledger since it was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LedgerUsage {
    /// Requests for pages of records (probe and verification windows).
    pub listing_pages: u64,
    /// Requests for pages of reference data (snapshots).
    pub snapshot_pages: u64,
    /// Requests for single records.
    pub reads: u64,
    /// Requests that write.
    pub writes: u64,
}

/// Where bills and expenses go.
///
/// # Expected flow
/// [`snapshot`](Self::snapshot) once per pass, [`list`](Self::list) per window before and after, [`send`](Self::send) in
/// batches.
///
/// # Guarantees the engine relies on
/// * One permit is one request on the wire, ever: no layer below may repeat it.
/// * Every record written carries its draft's marker where [`list`](Self::list) finds it again.
/// * A record is changed or voided only on a permit that says so; a void is a void alone, nothing else is in its request.
/// * An outcome other than [`SendOutcome::Unknown`] is certain.
///
/// # Cancel safety
/// A dropped [`send`](Self::send) may have written: its entries stay `Sending` in the store and are probed later.
#[async_trait]
pub trait Ledger: Send + Sync + Debug {
    /// Reads what planning must know.
    ///
    /// # Errors
    /// `Unauthorized` when the grant is spent or lacks a scope that planning cannot do without, else `Unavailable`.
    async fn snapshot(&self) -> Result<Snapshot>;

    /// Lists a window to its end.
    ///
    /// # Errors
    /// Any failure before the provider's end mark: an incomplete listing is never returned.
    async fn list(&self, window: &ListingWindow) -> Result<Listing>;

    /// Sends each permit's request, several at a time, in no order. Permits whose request is not begun by `deadline` come
    /// back as [`SendOutcome::NotStarted`]. Gives one receipt per permit.
    async fn send(&self, permits: Vec<SendPermit>, deadline: DateTime<Utc>) -> Vec<SendReceipt>;

    /// Reads one record by id, deleted ones included; `None` when the ledger does not know the id.
    async fn read(&self, kind: RecordKind, record: RecordId) -> Result<Option<LedgerRecord>>;

    /// Requests made so far.
    fn usage(&self) -> LedgerUsage;
}
