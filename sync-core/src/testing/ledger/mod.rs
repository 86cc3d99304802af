//! Books in memory, with faults on demand and a person who meddles.

mod books;
mod person;
mod port;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

pub(super) use super::lock;
use crate::model::{Draft, LedgerRecord, RecordId, RecordKind, SnapshotParts};
use crate::plan::StepKey;
use crate::ports::{LedgerUsage, NotPermitted, Refusal};

/// What happens to one request of [`Ledger::send`](crate::ports::Ledger::send) instead of the usual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendFault {
    /// Written, and the answer is lost.
    LostAfterApply,
    /// Lost before it arrives; never written.
    LostBeforeApply,
    /// The answer is lost, and it is done only with [`MemoryLedger::land_late_writes`].
    AppliedLate,
    /// Not begun before the deadline.
    NotStarted,
    /// No connection is made.
    Unreachable,
    /// Too many requests.
    Throttled(Option<Duration>),
    /// The access token is refused.
    Unauthorized,
    /// Plan, scope or role forbid it.
    NotPermitted(NotPermitted),
    /// The record is wrong as it is.
    Refused(Refusal),
}

/// Books in memory: the ground truth a test compares with.
///
/// Like FreshBooks it knows no idempotency key: two equal requests make two records, unless
/// [bill numbers are unique](Self::with_unique_bill_numbers).
#[derive(Debug)]
pub struct MemoryLedger {
    books: Mutex<Books>,
}

/// A write whose answer was lost and which is done only later.
#[derive(Debug)]
enum LateWrite {
    Create(LedgerRecord),
    Update(RecordId, Draft),
    Void(RecordKind, RecordId),
}

#[derive(Debug)]
struct Books {
    reference: SnapshotParts,
    records: BTreeMap<(RecordKind, RecordId), LedgerRecord>,
    next_id: u64,
    unique_bill_numbers: bool,
    next_sends: VecDeque<SendFault>,
    sends_of: BTreeMap<StepKey, VecDeque<SendFault>>,
    late: Vec<LateWrite>,
    listings_to_fail: u32,
    listings_to_refuse: u32,
    snapshots_to_fail: u32,
    usage: LedgerUsage,
}

impl MemoryLedger {
    /// Books with this reference data and no records.
    pub fn new(reference: SnapshotParts) -> Self {
        Self {
            books: Mutex::new(Books {
                reference,
                records: BTreeMap::new(),
                next_id: 1000,
                unique_bill_numbers: false,
                next_sends: VecDeque::new(),
                sends_of: BTreeMap::new(),
                late: Vec::new(),
                listings_to_fail: 0,
                listings_to_refuse: 0,
                snapshots_to_fail: 0,
                usage: LedgerUsage::default(),
            }),
        }
    }

    /// Refuses a second bill of one number. Whether FreshBooks does is UNVERIFIED (FreshBooks reference), so tests run both ways.
    #[must_use]
    pub fn with_unique_bill_numbers(self) -> Self {
        lock(&self.books).unique_bill_numbers = true;
        self
    }

    /// Gives the next request without a fault of its own this fault; several queue up.
    pub fn fail_next_send(&self, fault: SendFault) {
        lock(&self.books).next_sends.push_back(fault);
    }

    /// Gives the next request of an entry this fault; several queue up.
    pub fn fail_send_of(&self, key: StepKey, fault: SendFault) {
        lock(&self.books)
            .sends_of
            .entry(key)
            .or_default()
            .push_back(fault);
    }

    /// Fails the next so many listings before their end mark.
    pub fn fail_listings(&self, count: u32) {
        lock(&self.books).listings_to_fail = count;
    }

    /// Refuses the access token of the next so many listings, as a grant that died does.
    pub fn refuse_listings(&self, count: u32) {
        lock(&self.books).listings_to_refuse = count;
    }

    /// Fails the next so many snapshots.
    pub fn fail_snapshots(&self, count: u32) {
        lock(&self.books).snapshots_to_fail = count;
    }

    /// Makes requests that were [applied late](SendFault::AppliedLate) appear. Returns how many.
    pub fn land_late_writes(&self) -> usize {
        let mut books = lock(&self.books);
        let late = std::mem::take(&mut books.late);
        let count = late.len();
        for write in late {
            match write {
                LateWrite::Create(record) => {
                    books.records.insert((record.kind, record.id), record);
                }
                LateWrite::Update(record, draft) => {
                    books.update(record, &draft);
                }
                LateWrite::Void(kind, record) => {
                    books.void(kind, record);
                }
            }
        }
        count
    }

    /// Everything in the books, deleted rows included, by kind and id.
    pub fn records(&self) -> Vec<LedgerRecord> {
        lock(&self.books).records.values().cloned().collect()
    }
}
