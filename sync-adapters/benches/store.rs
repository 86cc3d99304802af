//! What the SQLite store sustains on this disk: every call is one durable transaction, the disk's sync included.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run may stop at once"
)]

use std::time::{Duration, Instant};

use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use sync_adapters::sqlite::{SqliteSettings, SqliteStore};
use sync_core::model::{ExpenseReport, RecordId};
use sync_core::plan::StepKey;
use sync_core::ports::{IntakeBatch, Store, Transition};
use sync_core::state::{EntryEvent, Lease, PlanChange, PlanCommit};
use sync_core::testing::samples;
use tokio::runtime::Runtime;

/// Entries per call.
const BATCHES: [usize; 2] = [100, 500];

/// Which call is timed; the others only prepare it.
#[derive(Clone, Copy, PartialEq)]
enum Timed {
    Intake,
    CommitPlans,
    BeginSends,
    Record,
}

struct Bench {
    runtime: Runtime,
    store: SqliteStore,
    lease: Lease,
    next: u64,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir_in(".").unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_time()
            .build()
            .unwrap();
        let (store, lease) = runtime.block_on(async {
            let path = folder.path().join("sync.db");
            let store = SqliteStore::open(path, SqliteSettings::default())
                .await
                .unwrap();
            let ttl = Duration::from_hours(24);
            let lease = store
                .acquire_lease(&samples::connection(), "bench", ttl, samples::start())
                .await
                .unwrap();
            (store, lease)
        });
        Self {
            runtime,
            store,
            lease,
            next: 0,
            _folder: folder,
        }
    }

    /// One batch from intake to posted: reports of three expenses, a bill each. Returns the time of the timed call.
    fn round(&mut self, batch: usize, timed: Timed) -> Duration {
        let reports: Vec<ExpenseReport> = (0..batch)
            .map(|_| {
                self.next += 1;
                samples::report(&format!("R{:011}", self.next), &[1250, 899, 4310])
            })
            .collect();
        let plans: Vec<PlanCommit> = reports
            .iter()
            .map(|report| {
                samples::planned(report, vec![PlanChange::Insert(samples::bill_step(report))])
            })
            .collect();
        let keys: Vec<StepKey> = reports
            .iter()
            .map(|report| samples::bill_step(report).key)
            .collect();
        let applied = keys.iter().zip(1..).map(|(key, id)| Transition {
            key: key.clone(),
            event: EntryEvent::Applied {
                record: RecordId::new(id),
            },
        });
        let transitions: Vec<_> = applied.collect();
        let (store, lease, now) = (&self.store, &self.lease, samples::start());
        self.runtime.block_on(async {
            let mut spent = Duration::ZERO;
            let mut note = |call: Timed, began: Instant| {
                if call == timed {
                    spent = began.elapsed();
                }
            };
            let began = Instant::now();
            store
                .intake(
                    lease,
                    IntakeBatch {
                        reports,
                        ..IntakeBatch::default()
                    },
                    now,
                )
                .await
                .unwrap();
            note(Timed::Intake, began);
            let began = Instant::now();
            store.commit_plans(lease, plans, now).await.unwrap();
            note(Timed::CommitPlans, began);
            let began = Instant::now();
            assert_eq!(
                store.begin_sends(lease, &keys, now).await.unwrap().len(),
                batch
            );
            note(Timed::BeginSends, began);
            let began = Instant::now();
            store.record(lease, transitions, now).await.unwrap();
            note(Timed::Record, began);
            spent
        })
    }
}

fn calls(criterion: &mut Criterion) {
    let mut bench = Bench::new();
    for (name, timed) in [
        ("intake", Timed::Intake),
        ("commit_plans", Timed::CommitPlans),
        ("begin_sends", Timed::BeginSends),
        ("record", Timed::Record),
    ] {
        let mut group = criterion.benchmark_group(name);
        group
            .sample_size(10)
            .sampling_mode(SamplingMode::Flat)
            .measurement_time(Duration::from_secs(4))
            .warm_up_time(Duration::from_secs(1));
        for batch in BATCHES {
            group.throughput(Throughput::Elements(u64::try_from(batch).unwrap()));
            group.bench_function(BenchmarkId::from_parameter(batch), |bencher| {
                bencher.iter_custom(|rounds| (0..rounds).map(|_| bench.round(batch, timed)).sum());
            });
        }
        group.finish();
    }
}

criterion_group!(benches, calls);
criterion_main!(benches);
