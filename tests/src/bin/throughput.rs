//! How fast records get from Expensify into FreshBooks, end to end, against the stand-ins without budgets.
//!
//! `cargo run --release -p sync-tests --bin throughput -- 20000`
//!
//! The time is that of one whole pass: export, plan, probe, intents, POSTs, reading back. Both stand-ins run in the same
//! process, on the same cores. Before any batch leaves, another connection to the database must already show each of its
//! records as being sent: what counts is what a crash would leave behind.

#![expect(clippy::print_stdout, reason = "the figures are its result")]
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on must stop"
)]

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sync_adapters::FreshBooksLedger;
use sync_adapters::sqlite::SqliteStore;
use sync_core::Result;
use sync_core::engine::{Brake, Engine, Ports, SyncRequest};
use sync_core::model::{ConnectionId, LedgerRecord, RecordId, RecordKind, Snapshot};
use sync_core::ports::{
    EntryQuery, Ledger, LedgerUsage, Listing, ListingWindow, SendPermit, SendReceipt, Store,
};
use sync_core::state::StateName;
use sync_sandbox::{Expense, Moment, Report, ReportState, Scenario, Service};
use sync_tests::{CONNECTION, Rig, RigOptions, STUDIO};

/// Records per second that a release build is held to.
const TARGET: u64 = 1_000;
/// Company-paid expenses per report; with its bill a report makes one record more.
const CARD_EXPENSES: usize = 9;

fn main() -> ExitCode {
    let records = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(20_000);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    if runtime.block_on(measure(records)) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

async fn measure(records: usize) -> bool {
    let options = RigOptions {
        scenario: reports(records.div_ceil(CARD_EXPENSES + 1)),
        patience: Duration::from_mins(2),
        file_patience: Duration::from_mins(2),
        ..RigOptions::default()
    };
    let mut rig = Rig::with(options).await;
    rig.connection.settings.brake = Brake {
        records: None,
        amount: None,
    };
    rig.connection.settings.send_batch = 500;
    let witness = Arc::new(Witness::over(&rig));
    let ledger: Arc<dyn Ledger> = Arc::<Witness>::clone(&witness);
    let engine = Engine::new(
        Ports {
            ledger,
            ..rig.engine.ports().clone()
        },
        "throughput",
    );

    let started = Instant::now();
    let summary = engine
        .sync(&rig.connection, SyncRequest::ordinary())
        .await
        .unwrap();
    let elapsed = started.elapsed();

    let (bills, expenses) = rig.sandbox.record_counts();
    let posts = rig.requests(Service::FreshBooks, &["POST"]);
    let requests: u64 = [Service::Expensify, Service::FreshBooks]
        .map(|service| rig.requests(service, &[]))
        .iter()
        .sum();
    let per_second =
        summary.written.saturating_mul(1_000) / u64::try_from(elapsed.as_millis()).unwrap().max(1);
    println!(
        "records written and read back: {} ({bills} bills, {expenses} expenses)",
        summary.verified
    );
    println!(
        "time for the pass: {elapsed:.2?}, of it waiting for POSTs {:.2?}",
        witness.sending()
    );
    println!("records per second: {per_second} (target {TARGET})");
    println!(
        "requests: {requests}, of them POSTs {posts}; {:?}",
        summary.requests
    );
    println!(
        "intents found durable before their POST: {}",
        witness.proven.load(Ordering::Relaxed)
    );
    println!(
        "peak resident memory, stand-ins included: {}",
        peak_memory()
    );

    assert_eq!(u64::try_from(bills + expenses).unwrap(), summary.written);
    assert_eq!(
        (summary.verified, posts),
        (summary.written, summary.written)
    );
    assert_eq!(
        u64::try_from(witness.proven.load(Ordering::Relaxed)).unwrap(),
        summary.written
    );
    rig.assert_audit_is_whole("throughput").await;
    per_second >= TARGET
}

/// The demo's workspace with so many approved reports: a bill of two lines and some company-paid expenses each.
fn reports(count: usize) -> Scenario {
    let mut scenario = Scenario::demo();
    let people = ["amara", "ben", "dmitri"];
    scenario.expensify.reports = (0..count)
        .map(|number| Report {
            id: format!("R00Load{number:06}"),
            name: format!("Load {number}"),
            policy_id: STUDIO.to_owned(),
            state: ReportState::Approved,
            employee: format!("{}@northwind.example", people[number % people.len()]),
            submitted: Some(Moment::days_ago(6)),
            approved: Some(Moment::days_ago(5)),
            expenses: (0..CARD_EXPENSES + 2)
                .map(|line| expense(number, line))
                .collect(),
            ..Report::default()
        })
        .collect();
    scenario
}

fn expense(report: usize, line: usize) -> Expense {
    let is_card = line >= 2;
    Expense {
        id: format!(
            "{}",
            4_000_000_000_000_000_000_u64 + u64::try_from(report * 100 + line).unwrap()
        ),
        merchant: format!("Merchant {}", line % 7),
        amount: i64::try_from(1_000 + (report * 31 + line * 17) % 90_000).unwrap(),
        date: Some(Moment::days_ago(7)),
        category: "Meals & Entertainment".to_owned(),
        reimbursable: !is_card,
        bank: if is_card {
            "Chase Business".to_owned()
        } else {
            String::new()
        },
        ..Expense::default()
    }
}

/// A ledger that looks into the database, over a connection that only reads, before it lets anything out.
#[derive(Debug)]
struct Witness {
    ledger: Arc<FreshBooksLedger>,
    store: Arc<SqliteStore>,
    proven: AtomicUsize,
    sending_ms: AtomicUsize,
}

impl Witness {
    fn over(rig: &Rig) -> Self {
        let (ledger, store) = (Arc::clone(&rig.ledger), Arc::clone(&rig.store));
        Self {
            ledger,
            store,
            proven: AtomicUsize::new(0),
            sending_ms: AtomicUsize::new(0),
        }
    }

    fn sending(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.sending_ms.load(Ordering::Relaxed)).unwrap())
    }
}

#[async_trait]
impl Ledger for Witness {
    async fn snapshot(&self) -> Result<Snapshot> {
        self.ledger.snapshot().await
    }

    async fn list(&self, window: &ListingWindow) -> Result<Listing> {
        self.ledger.list(window).await
    }

    async fn send(&self, permits: Vec<SendPermit>, deadline: DateTime<Utc>) -> Vec<SendReceipt> {
        let keys = permits.iter().map(|permit| permit.key().clone()).collect();
        let query = EntryQuery {
            states: vec![StateName::Sending],
            keys,
            limit: 10_000,
            ..EntryQuery::default()
        };
        let durable = self
            .store
            .entries(&ConnectionId::new(CONNECTION), &query)
            .await
            .unwrap();
        let durable: BTreeSet<_> = durable.into_iter().map(|entry| entry.key).collect();
        assert!(
            permits.iter().all(|permit| durable.contains(permit.key())),
            "a POST without a durable intent"
        );
        self.proven.fetch_add(permits.len(), Ordering::Relaxed);
        let started = Instant::now();
        let receipts = self.ledger.send(permits, deadline).await;
        self.sending_ms.fetch_add(
            usize::try_from(started.elapsed().as_millis()).unwrap(),
            Ordering::Relaxed,
        );
        receipts
    }

    async fn read(&self, kind: RecordKind, record: RecordId) -> Result<Option<LedgerRecord>> {
        self.ledger.read(kind, record).await
    }

    fn usage(&self) -> LedgerUsage {
        self.ledger.usage()
    }
}

/// As Linux counts it; elsewhere it is not measured.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or_else(
        || "not measured on this system".to_owned(),
        |peak| peak.trim().to_owned(),
    )
}
