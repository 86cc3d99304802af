//! A store of your own: here one that wraps another and measures it. The conformance suite holds it to every promise.
//!
//! `cargo run -p sync-examples --example custom_store`

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sync_adapters::sqlite::SqliteStore;
use sync_core::Result;
use sync_core::engine::SyncRequest;
use sync_core::model::{ConnectionId, ExpenseId, ReportId};
use sync_core::plan::StepKey;
use sync_core::ports::{
    EntryPage, EntryQuery, IntakeBatch, IntakeSummary, Owner, ReportQuery, Store, StoreCounts,
    Transition,
};
use sync_core::state::{
    AuditDraft, AuditEntry, Configuration, Judgement, Lease, OutboxEntry, PlanCommit, ReviewItem,
    StoredReport, Watermark,
};
use sync_core::testing::{MemoryStore, conformance};
use sync_examples::{Outcome, Stage};

/// A store that measures another.
#[derive(Debug)]
struct Timed<S> {
    inner: S,
    spent: Mutex<BTreeMap<&'static str, (u32, Duration)>>,
}

impl<S: Sync> Timed<S> {
    fn new(inner: S) -> Self {
        Self {
            inner,
            spent: Mutex::default(),
        }
    }

    async fn time<T>(&self, method: &'static str, work: impl Future<Output = T> + Send) -> T {
        let began = Instant::now();
        let given = work.await;
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let (calls, total) = spent.entry(method).or_default();
        *calls = calls.saturating_add(1);
        *total = total.saturating_add(began.elapsed());
        given
    }
}

/// Measures one method and passes it on. The port has no default bodies, so a wrapper cannot forget one.
macro_rules! timed {
    ($self:ident.$method:ident($($argument:expr),*)) => {
        $self.time(stringify!($method), $self.inner.$method($($argument),*)).await
    };
}

#[async_trait]
impl<S: Store> Store for Timed<S> {
    async fn acquire_lease(
        &self,
        connection: &ConnectionId,
        holder: &str,
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<Lease> {
        timed!(self.acquire_lease(connection, holder, ttl, now))
    }

    async fn renew_lease(&self, lease: &Lease, ttl: Duration, now: DateTime<Utc>) -> Result<Lease> {
        timed!(self.renew_lease(lease, ttl, now))
    }

    async fn release_lease(&self, lease: &Lease) -> Result<()> {
        timed!(self.release_lease(lease))
    }

    async fn watermark(&self, connection: &ConnectionId) -> Result<Option<Watermark>> {
        timed!(self.watermark(connection))
    }

    async fn intake(
        &self,
        lease: &Lease,
        batch: IntakeBatch,
        now: DateTime<Utc>,
    ) -> Result<IntakeSummary> {
        timed!(self.intake(lease, batch, now))
    }

    async fn reports(
        &self,
        connection: &ConnectionId,
        query: &ReportQuery,
    ) -> Result<Vec<StoredReport>> {
        timed!(self.reports(connection, query))
    }

    async fn entries(&self, connection: &ConnectionId, query: &EntryQuery) -> Result<EntryPage> {
        timed!(self.entries(connection, query))
    }

    async fn counts(&self, connection: &ConnectionId) -> Result<StoreCounts> {
        timed!(self.counts(connection))
    }

    async fn expense_owners(
        &self,
        connection: &ConnectionId,
        expenses: &[ExpenseId],
    ) -> Result<BTreeMap<ExpenseId, Owner>> {
        timed!(self.expense_owners(connection, expenses))
    }

    async fn commit_plans(
        &self,
        lease: &Lease,
        plans: Vec<PlanCommit>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        timed!(self.commit_plans(lease, plans, now))
    }

    async fn begin_sends(
        &self,
        lease: &Lease,
        keys: &[StepKey],
        now: DateTime<Utc>,
    ) -> Result<Vec<OutboxEntry>> {
        timed!(self.begin_sends(lease, keys, now))
    }

    async fn record(
        &self,
        lease: &Lease,
        transitions: Vec<Transition>,
        now: DateTime<Utc>,
    ) -> Result<Vec<OutboxEntry>> {
        timed!(self.record(lease, transitions, now))
    }

    async fn judge_reports(
        &self,
        lease: &Lease,
        reports: &[ReportId],
        judgement: Judgement,
        now: DateTime<Utc>,
    ) -> Result<()> {
        timed!(self.judge_reports(lease, reports, judgement, now))
    }

    async fn acknowledge(
        &self,
        lease: &Lease,
        exported: &[ReportId],
        reimbursed: &[ReportId],
        now: DateTime<Utc>,
    ) -> Result<()> {
        timed!(self.acknowledge(lease, exported, reimbursed, now))
    }

    async fn review_items(
        &self,
        connection: &ConnectionId,
        open_only: bool,
    ) -> Result<Vec<ReviewItem>> {
        timed!(self.review_items(connection, open_only))
    }

    async fn note_configuration(
        &self,
        lease: &Lease,
        configuration: &Configuration,
        now: DateTime<Utc>,
    ) -> Result<()> {
        timed!(self.note_configuration(lease, configuration, now))
    }

    async fn append_audit(
        &self,
        lease: &Lease,
        drafts: Vec<AuditDraft>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        timed!(self.append_audit(lease, drafts, now))
    }

    async fn audit(
        &self,
        connection: &ConnectionId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>> {
        timed!(self.audit(connection, after, limit))
    }
}

#[tokio::main]
async fn main() -> Outcome {
    // In your crate this is a test. Each check gets a fresh store, and what must live as long as it does.
    conformance::store(|| async { (Timed::new(MemoryStore::new()), ()) }).await;
    println!("the store keeps every promise of the port");

    let store = Arc::new(Timed::new(SqliteStore::open_in_memory().await?));
    let stage = Stage::with_store(Arc::<Timed<SqliteStore>>::clone(&store)).await?;
    let summary = stage
        .engine
        .sync(&stage.connection, SyncRequest::ordinary())
        .await?;
    println!("{} records written", summary.written);
    let spent = store
        .spent
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    for (method, (calls, total)) in spent {
        println!("{method}: {calls} calls, {total:.1?}");
    }
    stage.sandbox.shutdown().await;
    Ok(())
}
