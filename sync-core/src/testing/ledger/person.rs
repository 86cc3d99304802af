//! What a person does in the books behind our back.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{MemoryLedger, lock};
use crate::model::{
    LedgerRecord, Money, Payment, RecordId, RecordKind, RecordStatus, SnapshotParts,
};

impl MemoryLedger {
    /// Deletes a record. Returns whether it is there; so do the others.
    pub fn person_deletes(&self, kind: RecordKind, id: RecordId) -> bool {
        self.edit(kind, id, |record| record.status = RecordStatus::Deleted)
    }

    /// Puts a deleted record back.
    pub fn person_restores(&self, kind: RecordKind, id: RecordId) -> bool {
        self.edit(kind, id, |record| record.status = RecordStatus::Active)
    }

    /// Archives a record.
    pub fn person_archives(&self, kind: RecordKind, id: RecordId) -> bool {
        self.edit(kind, id, |record| record.status = RecordStatus::Archived)
    }

    /// Changes a record's total.
    pub fn person_changes_total(&self, kind: RecordKind, id: RecordId, total: Money) -> bool {
        self.edit(kind, id, |record| record.total = Some(total))
    }

    /// Moves a record to another day.
    pub fn person_changes_date(&self, kind: RecordKind, id: RecordId, date: NaiveDate) -> bool {
        self.edit(kind, id, |record| record.date = Some(date))
    }

    /// Takes our mark off a record.
    pub fn person_removes_marks(&self, kind: RecordKind, id: RecordId) -> bool {
        self.edit(kind, id, |record| record.markers = BTreeSet::new())
    }

    /// Pays a bill in full.
    pub fn person_pays(&self, id: RecordId) -> bool {
        self.edit(RecordKind::Bill, id, |record| {
            record.payment = Payment::Whole;
        })
    }

    /// Copies a record, mark and all. Returns the copy's id.
    pub fn person_duplicates(&self, kind: RecordKind, id: RecordId) -> Option<RecordId> {
        let mut books = lock(&self.books);
        let original = books.records.get(&(kind, id))?.clone();
        let copy = books.next_id();
        books.records.insert(
            (kind, copy),
            LedgerRecord {
                id: copy,
                ..original
            },
        );
        Some(copy)
    }

    /// Enters a record by hand; its id is given by the books.
    pub fn person_enters(&self, record: LedgerRecord) -> RecordId {
        let mut books = lock(&self.books);
        let id = books.next_id();
        books
            .records
            .insert((record.kind, id), LedgerRecord { id, ..record });
        id
    }

    /// Changes the reference data: creates a vendor, deactivates a category.
    pub fn person_changes_reference(&self, change: impl FnOnce(&mut SnapshotParts)) {
        change(&mut lock(&self.books).reference);
    }

    fn edit(&self, kind: RecordKind, id: RecordId, change: impl FnOnce(&mut LedgerRecord)) -> bool {
        lock(&self.books)
            .records
            .get_mut(&(kind, id))
            .map(change)
            .is_some()
    }
}
