//! Ports that yield once before and once after each call, so that a test can stop a pass at every point a crash could.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sync_core::Result;
use sync_core::model::{
    ConnectionId, ExpenseId, LedgerRecord, RecordId, RecordKind, ReportId, Snapshot,
};
use sync_core::plan::StepKey;
use sync_core::ports::{
    EntryPage, EntryQuery, IntakeBatch, IntakeSummary, Ledger, LedgerUsage, Listing, ListingWindow,
    Owner, ReportQuery, SendPermit, SendReceipt, Store, StoreCounts, Transition,
};
use sync_core::state::{
    AuditDraft, AuditEntry, Judgement, Lease, OutboxEntry, PlanCommit, ReviewItem, StoredReport,
    Watermark,
};

/// A port that yields around each call.
#[derive(Debug)]
pub(crate) struct Stepping<P: ?Sized>(pub(crate) Arc<P>);

async fn step() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Yields, calls, yields.
macro_rules! stepped {
    ($call:expr) => {{
        step().await;
        let answer = $call.await;
        step().await;
        answer
    }};
}

#[async_trait]
impl<L: Ledger + ?Sized> Ledger for Stepping<L> {
    async fn snapshot(&self) -> Result<Snapshot> {
        stepped!(self.0.snapshot())
    }

    async fn list(&self, window: &ListingWindow) -> Result<Listing> {
        stepped!(self.0.list(window))
    }

    /// One at a time, so that a crash can fall between two requests of a batch.
    async fn send(&self, permits: Vec<SendPermit>, deadline: DateTime<Utc>) -> Vec<SendReceipt> {
        let mut receipts = Vec::new();
        for permit in permits {
            receipts.extend(stepped!(self.0.send(vec![permit], deadline)));
        }
        receipts
    }

    async fn read(&self, kind: RecordKind, record: RecordId) -> Result<Option<LedgerRecord>> {
        stepped!(self.0.read(kind, record))
    }

    fn usage(&self) -> LedgerUsage {
        self.0.usage()
    }
}

#[async_trait]
impl<S: Store + ?Sized> Store for Stepping<S> {
    async fn acquire_lease(
        &self,
        connection: &ConnectionId,
        holder: &str,
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<Lease> {
        stepped!(self.0.acquire_lease(connection, holder, ttl, now))
    }

    async fn renew_lease(&self, lease: &Lease, ttl: Duration, now: DateTime<Utc>) -> Result<Lease> {
        stepped!(self.0.renew_lease(lease, ttl, now))
    }

    async fn release_lease(&self, lease: &Lease) -> Result<()> {
        stepped!(self.0.release_lease(lease))
    }

    async fn watermark(&self, connection: &ConnectionId) -> Result<Option<Watermark>> {
        stepped!(self.0.watermark(connection))
    }

    async fn intake(
        &self,
        lease: &Lease,
        batch: IntakeBatch,
        now: DateTime<Utc>,
    ) -> Result<IntakeSummary> {
        stepped!(self.0.intake(lease, batch, now))
    }

    async fn reports(
        &self,
        connection: &ConnectionId,
        query: &ReportQuery,
    ) -> Result<Vec<StoredReport>> {
        stepped!(self.0.reports(connection, query))
    }

    async fn entries(&self, connection: &ConnectionId, query: &EntryQuery) -> Result<EntryPage> {
        stepped!(self.0.entries(connection, query))
    }

    async fn counts(&self, connection: &ConnectionId) -> Result<StoreCounts> {
        stepped!(self.0.counts(connection))
    }

    async fn expense_owners(
        &self,
        connection: &ConnectionId,
        expenses: &[ExpenseId],
    ) -> Result<BTreeMap<ExpenseId, Owner>> {
        stepped!(self.0.expense_owners(connection, expenses))
    }

    async fn commit_plans(
        &self,
        lease: &Lease,
        plans: Vec<PlanCommit>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        stepped!(self.0.commit_plans(lease, plans, now))
    }

    async fn begin_sends(
        &self,
        lease: &Lease,
        keys: &[StepKey],
        now: DateTime<Utc>,
    ) -> Result<Vec<OutboxEntry>> {
        stepped!(self.0.begin_sends(lease, keys, now))
    }

    async fn record(
        &self,
        lease: &Lease,
        transitions: Vec<Transition>,
        now: DateTime<Utc>,
    ) -> Result<Vec<OutboxEntry>> {
        stepped!(self.0.record(lease, transitions, now))
    }

    async fn judge_reports(
        &self,
        lease: &Lease,
        reports: &[ReportId],
        judgement: Judgement,
        now: DateTime<Utc>,
    ) -> Result<()> {
        stepped!(self.0.judge_reports(lease, reports, judgement, now))
    }

    async fn acknowledge(
        &self,
        lease: &Lease,
        exported: &[ReportId],
        reimbursed: &[ReportId],
        now: DateTime<Utc>,
    ) -> Result<()> {
        stepped!(self.0.acknowledge(lease, exported, reimbursed, now))
    }

    async fn review_items(
        &self,
        connection: &ConnectionId,
        open_only: bool,
    ) -> Result<Vec<ReviewItem>> {
        stepped!(self.0.review_items(connection, open_only))
    }

    async fn append_audit(
        &self,
        lease: &Lease,
        drafts: Vec<AuditDraft>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        stepped!(self.0.append_audit(lease, drafts, now))
    }

    async fn audit(
        &self,
        connection: &ConnectionId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>> {
        stepped!(self.0.audit(connection, after, limit))
    }
}
