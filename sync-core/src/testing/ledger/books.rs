//! What a request makes of the books.

use std::collections::BTreeSet;

use super::{Books, LateWrite, SendFault};
use crate::model::{
    BillDraft, Draft, LedgerRecord, ObservedLine, Payment, RecordId, RecordKind, RecordStatus,
    Vendor, VendorId,
};
use crate::plan::StepKey;
use crate::ports::{LedgerWrite, Refusal, SendOutcome};

impl Books {
    /// Answers one request.
    pub(super) fn answer(&mut self, key: &StepKey, write: LedgerWrite<'_>) -> SendOutcome {
        let fault = match self
            .sends_of
            .get_mut(key)
            .and_then(std::collections::VecDeque::pop_front)
        {
            Some(fault) => Some(fault),
            None => self.next_sends.pop_front(),
        };
        match fault {
            Some(SendFault::NotStarted) => return SendOutcome::NotStarted,
            Some(SendFault::Unreachable) => return SendOutcome::Unreachable,
            _ => self.usage.writes = self.usage.writes.saturating_add(1),
        }
        let lost = || SendOutcome::Unknown {
            note: "connection reset before the answer".to_owned(),
        };
        match fault {
            None => self.write(write),
            Some(SendFault::LostAfterApply) => {
                self.write(write);
                lost()
            }
            Some(SendFault::AppliedLate) => {
                let late = match write {
                    LedgerWrite::Create(draft) => LateWrite::Create(self.record_of(draft)),
                    LedgerWrite::Update { record, draft } => {
                        LateWrite::Update(record, draft.clone())
                    }
                    LedgerWrite::Void { kind, record } => LateWrite::Void(kind, record),
                };
                self.late.push(late);
                lost()
            }
            Some(SendFault::LostBeforeApply) => lost(),
            Some(SendFault::Throttled(retry_after)) => SendOutcome::Throttled { retry_after },
            Some(SendFault::Unauthorized) => SendOutcome::Unauthorized,
            Some(SendFault::NotPermitted(why)) => SendOutcome::NotPermitted(why),
            Some(SendFault::Refused(why)) => SendOutcome::Refused(why),
            Some(SendFault::NotStarted) => SendOutcome::NotStarted,
            Some(SendFault::Unreachable) => SendOutcome::Unreachable,
        }
    }

    fn write(&mut self, write: LedgerWrite<'_>) -> SendOutcome {
        match write {
            LedgerWrite::Create(draft) => self.create(draft),
            LedgerWrite::Update { record, draft } => self.update(record, draft),
            LedgerWrite::Void { kind, record } => self.void(kind, record),
        }
    }

    /// Changes what FreshBooks' partial update changes: not the number, the vendor, or whether it counts.
    pub(super) fn update(&mut self, id: RecordId, draft: &Draft) -> SendOutcome {
        let Some(record) = self.records.get_mut(&(draft.kind(), id)) else {
            return not_found();
        };
        record.markers.insert(draft.marker().clone());
        record.total = draft.total();
        record.date = draft.date();
        match draft {
            Draft::Bill(bill) => record.lines = observed_lines(bill),
            Draft::Expense(expense) => record.category = Some(expense.category),
            Draft::Vendor(_) => {}
        }
        SendOutcome::Applied(id)
    }

    pub(super) fn void(&mut self, kind: RecordKind, id: RecordId) -> SendOutcome {
        let Some(record) = self.records.get_mut(&(kind, id)) else {
            return not_found();
        };
        record.status = RecordStatus::Deleted;
        SendOutcome::Applied(id)
    }

    fn create(&mut self, draft: &Draft) -> SendOutcome {
        if self.unique_bill_numbers && draft.kind() == RecordKind::Bill && self.has_number(draft) {
            return SendOutcome::NumberTaken;
        }
        let record = self.record_of(draft);
        let id = record.id;
        if let Draft::Vendor(vendor) = draft {
            self.reference.vendors.push(Vendor {
                id: VendorId::new(id.get()),
                name: vendor.name.clone(),
                email: Some(vendor.email.clone()),
                currency: Some(vendor.currency),
                active: true,
            });
        }
        self.records.insert((record.kind, id), record);
        SendOutcome::Applied(id)
    }

    fn has_number(&self, draft: &Draft) -> bool {
        self.records.values().any(|record| {
            record.kind == RecordKind::Bill
                && record.status != RecordStatus::Deleted
                && record.markers.contains(draft.marker())
        })
    }

    fn record_of(&mut self, draft: &Draft) -> LedgerRecord {
        let id = self.next_id();
        let (vendor, category, lines) = match draft {
            Draft::Bill(bill) => (Some(bill.vendor), None, observed_lines(bill)),
            Draft::Expense(expense) => (None, Some(expense.category), Vec::new()),
            Draft::Vendor(_) => (None, None, Vec::new()),
        };
        LedgerRecord {
            kind: draft.kind(),
            id,
            markers: BTreeSet::from([draft.marker().clone()]),
            status: RecordStatus::Active,
            total: draft.total(),
            date: draft.date(),
            vendor,
            category,
            lines,
            payment: Payment::Nothing,
        }
    }

    pub(super) fn next_id(&mut self) -> RecordId {
        self.next_id = self.next_id.saturating_add(1);
        RecordId::new(self.next_id)
    }
}

fn not_found() -> SendOutcome {
    SendOutcome::Refused(Refusal {
        field: None,
        message: "no such record".to_owned(),
    })
}

fn observed_lines(bill: &BillDraft) -> Vec<ObservedLine> {
    bill.lines
        .iter()
        .map(|line| ObservedLine {
            category: Some(line.category),
            net: line.net,
        })
        .collect()
}
