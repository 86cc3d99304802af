//! The port over the books.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{MemoryLedger, lock};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{LedgerRecord, RecordId, RecordKind, Snapshot};
use crate::ports::{Ledger, LedgerUsage, Listing, ListingWindow, SendPermit, SendReceipt};

#[async_trait]
impl Ledger for MemoryLedger {
    async fn snapshot(&self) -> Result<Snapshot> {
        let mut books = lock(&self.books);
        books.usage.snapshot_pages = books.usage.snapshot_pages.saturating_add(1);
        if let Some(left) = books.snapshots_to_fail.checked_sub(1) {
            books.snapshots_to_fail = left;
            return Err(Error::unavailable(
                "read the reference data: injected fault",
            ));
        }
        Ok(Snapshot::new(books.reference.clone()))
    }

    async fn list(&self, window: &ListingWindow) -> Result<Listing> {
        let mut books = lock(&self.books);
        books.usage.listing_pages = books.usage.listing_pages.saturating_add(1);
        if let Some(left) = books.listings_to_fail.checked_sub(1) {
            books.listings_to_fail = left;
            return Err(Error::unavailable(
                "read a listing to its end: injected fault",
            ));
        }
        if let Some(left) = books.listings_to_refuse.checked_sub(1) {
            books.listings_to_refuse = left;
            return Err(Error::new(
                ErrorKind::Unauthorized,
                "read a listing: the refresh token is spent; run `ml-connector connect freshbooks`",
            ));
        }
        Ok(Listing {
            records: books
                .records
                .values()
                .filter(|record| is_inside(record, window))
                .cloned()
                .collect(),
        })
    }

    /// Sends one after the other; the deadline is a matter of [`SendFault::NotStarted`](super::SendFault::NotStarted).
    async fn send(&self, permits: Vec<SendPermit>, _deadline: DateTime<Utc>) -> Vec<SendReceipt> {
        let mut books = lock(&self.books);
        permits
            .into_iter()
            .map(|permit| SendReceipt {
                key: permit.key().clone(),
                outcome: books.answer(permit.key(), permit.write()),
            })
            .collect()
    }

    async fn read(&self, kind: RecordKind, record: RecordId) -> Result<Option<LedgerRecord>> {
        let mut books = lock(&self.books);
        books.usage.reads = books.usage.reads.saturating_add(1);
        Ok(books.records.get(&(kind, record)).cloned())
    }

    fn usage(&self) -> LedgerUsage {
        lock(&self.books).usage
    }
}

/// Vendors have no date: a window of days does not leave them out.
fn is_inside(record: &LedgerRecord, window: &ListingWindow) -> bool {
    record.kind == window.kind
        && record.date.is_none_or(|date| {
            window.from.is_none_or(|from| date >= from) && window.to.is_none_or(|to| date <= to)
        })
        && window
            .vendor
            .is_none_or(|vendor| record.vendor == Some(vendor))
}

#[cfg(test)]
mod tests {
    use crate::model::{Capabilities, LedgerId, RecordStatus, SnapshotParts};
    use crate::ports::{SendOutcome, permits};
    use crate::state::{EntryEvent, OutboxEntry, apply};
    use crate::testing::{SendFault, block_on, samples};

    use super::*;

    fn books() -> MemoryLedger {
        MemoryLedger::new(SnapshotParts {
            ledger: LedgerId::new("6BApk"),
            base_currency: None,
            vendors: Vec::new(),
            categories: Vec::new(),
            ledger_accounts: None,
            taxes: Vec::new(),
            projects: None,
            clients: None,
            staff: Vec::new(),
            capabilities: Capabilities::default(),
        })
    }

    fn send(ledger: &MemoryLedger) -> SendOutcome {
        let report = samples::report("R00A", &[1250]);
        let entry = OutboxEntry::planned(
            report.id.clone(),
            samples::bill_step(&report),
            samples::start(),
        );
        let (sending, _) =
            apply(&entry, EntryEvent::BeginSend { fence: 1 }, samples::start()).unwrap();
        let mut receipts = block_on(ledger.send(permits(vec![sending], 1), samples::start()));
        receipts.remove(0).outcome
    }

    fn bills(ledger: &MemoryLedger) -> Vec<LedgerRecord> {
        let window = ListingWindow {
            kind: RecordKind::Bill,
            from: None,
            to: None,
            vendor: None,
        };
        block_on(ledger.list(&window)).unwrap().records
    }

    #[test]
    fn equal_requests_make_two_records_unless_numbers_are_unique() {
        let loose = books();
        send(&loose);
        assert!(matches!(send(&loose), SendOutcome::Applied(_)));
        assert_eq!(loose.records().len(), 2);
        let strict = books().with_unique_bill_numbers();
        send(&strict);
        assert_eq!(send(&strict), SendOutcome::NumberTaken);
        assert_eq!(strict.records().len(), 1);
    }

    #[test]
    fn lost_replies_leave_what_they_say() {
        for (fault, at_once, later) in [
            (SendFault::LostAfterApply, 1, 1),
            (SendFault::LostBeforeApply, 0, 0),
            (SendFault::AppliedLate, 0, 1),
        ] {
            let ledger = books();
            ledger.fail_next_send(fault.clone());
            assert!(
                matches!(send(&ledger), SendOutcome::Unknown { .. }),
                "{fault:?}"
            );
            assert_eq!(bills(&ledger).len(), at_once, "{fault:?}");
            ledger.land_late_writes();
            assert_eq!(bills(&ledger).len(), later, "{fault:?}");
        }
    }

    #[test]
    fn requests_that_never_left_are_not_counted_as_writes() {
        let ledger = books();
        ledger.fail_next_send(SendFault::NotStarted);
        ledger.fail_next_send(SendFault::Unreachable);
        assert_eq!(
            (send(&ledger), send(&ledger)),
            (SendOutcome::NotStarted, SendOutcome::Unreachable)
        );
        assert_eq!(ledger.usage().writes, 0);
    }

    #[test]
    fn deleted_rows_are_listed_and_a_failed_listing_gives_nothing() {
        let ledger = books();
        send(&ledger);
        let id = bills(&ledger)[0].id;
        assert!(ledger.person_deletes(RecordKind::Bill, id));
        assert_eq!(bills(&ledger)[0].status, RecordStatus::Deleted);
        ledger.fail_listings(1);
        let window = ListingWindow {
            kind: RecordKind::Bill,
            from: None,
            to: None,
            vendor: None,
        };
        assert!(block_on(ledger.list(&window)).is_err());
        assert!(block_on(ledger.list(&window)).is_ok());
    }
}
