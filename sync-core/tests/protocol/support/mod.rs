//! A small world to run passes in: both services and the store in memory, time by hand.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use sync_core::engine::{Connection, Engine, PassSummary, Ports, Settings, SyncRequest};
use sync_core::mapping::MappingRules;
use sync_core::model::{
    Capabilities, CategoryId, Currency, ExpenseCategory, LedgerId, LedgerRecord, RecordKind,
    RecordStatus, SnapshotParts, Staff, StaffId, Vendor, VendorId, WorkspaceId,
};
use sync_core::ports::{EntryQuery, NoObserver, Store};
use sync_core::state::{EntryState, OutboxEntry};
use sync_core::testing::{
    ManualClock, MemoryLedger, MemorySource, MemoryStore, SeededEntropy, block_on, samples,
};

pub(crate) mod answering;
pub(crate) mod failing;
pub(crate) mod reports;
pub(crate) mod stepping;
pub(crate) mod watching;
pub(crate) mod whims;

/// Everything a pass touches, and the ground truth behind it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) source: Arc<MemorySource>,
    pub(crate) ledger: Arc<MemoryLedger>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) connection: Connection,
}

impl World {
    /// A world whose ledger knows Ann and the category Meals, and in which nothing waits longer than it must.
    pub(crate) fn new() -> Self {
        let workspace = WorkspaceId::new("ABCDEF0123456789");
        let mut rules = MappingRules::new([workspace]);
        rules.scope.start_date = samples::day().pred_opt();
        rules.staff.default = Some(StaffId::new(1));
        let settings = Settings {
            quiet_time: Duration::from_mins(10),
            absence_spacing: Duration::from_mins(1),
            sweep_every_days: 0,
            ..Settings::default()
        };
        Self {
            source: Arc::new(MemorySource::new()),
            ledger: Arc::new(MemoryLedger::new(reference())),
            store: Arc::new(MemoryStore::new()),
            clock: Arc::new(ManualClock::new(samples::start())),
            connection: Connection {
                id: samples::connection(),
                rules,
                settings,
            },
        }
    }

    /// The same world with other books.
    #[must_use]
    pub(crate) fn with_ledger(mut self, ledger: MemoryLedger) -> Self {
        self.ledger = Arc::new(ledger);
        self
    }

    /// An engine over the world as it is.
    pub(crate) fn engine(&self) -> Engine {
        Engine::new(self.ports(), "test")
    }

    /// The ports as they are.
    pub(crate) fn ports(&self) -> Ports {
        Ports {
            source: Arc::<MemorySource>::clone(&self.source),
            ledger: Arc::<MemoryLedger>::clone(&self.ledger),
            store: Arc::<MemoryStore>::clone(&self.store),
            clock: Arc::<ManualClock>::clone(&self.clock),
            entropy: Arc::new(SeededEntropy::new(7)),
            observer: Arc::new(NoObserver),
        }
    }

    /// One ordinary pass.
    pub(crate) fn sync(&self) -> PassSummary {
        block_on(
            self.engine()
                .sync(&self.connection, SyncRequest::ordinary()),
        )
        .unwrap()
    }

    /// Passes with time in between, until everything that can be proven is.
    pub(crate) fn settle(&self) {
        for _ in 0..6 {
            self.clock.advance(Duration::from_hours(1));
            self.sync();
        }
    }

    /// Every entry of the outbox.
    pub(crate) fn entries(&self) -> Vec<OutboxEntry> {
        block_on(self.store.entries(
            &self.connection.id,
            &EntryQuery {
                limit: 10_000,
                ..EntryQuery::default()
            },
        ))
        .unwrap()
    }

    /// Records of the books that count.
    pub(crate) fn standing(&self) -> Vec<LedgerRecord> {
        self.ledger
            .records()
            .into_iter()
            .filter(|record| record.status != RecordStatus::Deleted)
            .collect()
    }

    /// Asserts that every entry has exactly one standing record, is verified, and that the audit trail is whole.
    pub(crate) fn assert_each_record_exists_once(&self, context: &str) {
        let records = self.standing();
        let entries = self.entries();
        assert!(!entries.is_empty(), "{context}: nothing was planned");
        for entry in &entries {
            let marker = entry.step.draft.marker();
            let count = records
                .iter()
                .filter(|record| record.markers.contains(marker))
                .count();
            assert_eq!(
                count, 1,
                "{context}: {} exists {count} times; entry is {:?}",
                entry.key, entry.state
            );
            assert!(
                matches!(entry.state, EntryState::Verified { .. }),
                "{context}: {:?}",
                entry.state
            );
        }
        assert_eq!(
            records.len(),
            entries.len(),
            "{context}: records without an entry"
        );
        let verdict = block_on(self.engine().verify_audit(&self.connection.id)).unwrap();
        assert_eq!(verdict.fault, None, "{context}");
    }
}

/// What the books hold to begin with.
pub(crate) fn reference() -> SnapshotParts {
    SnapshotParts {
        ledger: LedgerId::new("zDmNq"),
        base_currency: Currency::parse("USD").ok(),
        vendors: vec![Vendor {
            id: VendorId::new(31),
            name: "Ann Smith".to_owned(),
            email: Some("ann@example.test".to_owned()),
            currency: None,
            active: true,
        }],
        categories: vec![ExpenseCategory {
            id: CategoryId::new(7),
            name: "Meals".to_owned(),
            parent: None,
            active: true,
        }],
        ledger_accounts: None,
        taxes: Vec::new(),
        projects: None,
        clients: None,
        staff: vec![Staff {
            id: StaffId::new(1),
            email: None,
            name: "Owner".to_owned(),
        }],
        capabilities: Capabilities {
            accounts_payable: Some(true),
        },
    }
}

/// Polls a future so many times and drops it: a crash. Gives its output if it was done before.
pub(crate) fn crash_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
    }
    None
}

/// The kind of each standing record, sorted.
pub(crate) fn kinds(records: &[LedgerRecord]) -> Vec<RecordKind> {
    let mut kinds: Vec<_> = records.iter().map(|record| record.kind).collect();
    kinds.sort();
    kinds
}
