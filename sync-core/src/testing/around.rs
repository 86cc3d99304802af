//! A store with something done around each of its calls.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::lock;
use crate::error::Result;
use crate::model::{ConnectionId, ExpenseId, ReportId};
use crate::plan::StepKey;
use crate::ports::{
    EntryPage, EntryQuery, IntakeBatch, IntakeSummary, Owner, ReportQuery, Store, StoreCounts,
    Transition,
};
use crate::state::{
    AuditDraft, AuditEntry, Configuration, Judgement, Lease, OutboxEntry, PlanCommit, ReviewItem,
    StoredReport, Watermark,
};

/// What is done around each call of a store: fail, yield, wait. By itself nothing.
#[async_trait]
pub trait Around: Send + Sync + Debug {
    /// Before the store does the work of a method's `nth` call, counted from 1; an error keeps it from it.
    async fn before(&self, _method: &'static str, _nth: u64) -> Result<()> {
        Ok(())
    }

    /// After the store did the work; an error takes the place of its answer.
    async fn after(&self, _method: &'static str, _nth: u64) -> Result<()> {
        Ok(())
    }
}

/// Wraps a store; counts its calls and does something around each.
#[derive(Debug)]
pub struct AroundStore<S: ?Sized, A> {
    pub(super) around: A,
    calls: Mutex<BTreeMap<&'static str, u64>>,
    inner: Arc<S>,
}

impl<S: Store + ?Sized, A: Around> AroundStore<S, A> {
    /// Wraps a store.
    pub const fn over(inner: Arc<S>, around: A) -> Self {
        let calls = Mutex::new(BTreeMap::new());
        Self {
            around,
            calls,
            inner,
        }
    }

    /// Calls of the method named so far, failed ones included.
    pub fn calls(&self, method: &'static str) -> u64 {
        lock(&self.calls).get(method).copied().unwrap_or(0)
    }

    /// The store inside.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    fn count(&self, method: &'static str) -> u64 {
        let mut calls = lock(&self.calls);
        let count = calls.entry(method).or_insert(0);
        *count = count.saturating_add(1);
        *count
    }
}

/// Does something, calls, does something.
macro_rules! around {
    ($self:ident.$method:ident($($argument:expr),*)) => {{
        let nth = $self.count(stringify!($method));
        $self.around.before(stringify!($method), nth).await?;
        let given = $self.inner.$method($($argument),*).await;
        $self.around.after(stringify!($method), nth).await?;
        given
    }};
}

#[async_trait]
impl<S: Store + ?Sized, A: Around> Store for AroundStore<S, A> {
    async fn acquire_lease(
        &self,
        connection: &ConnectionId,
        holder: &str,
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<Lease> {
        around!(self.acquire_lease(connection, holder, ttl, now))
    }

    async fn renew_lease(&self, lease: &Lease, ttl: Duration, now: DateTime<Utc>) -> Result<Lease> {
        around!(self.renew_lease(lease, ttl, now))
    }

    async fn release_lease(&self, lease: &Lease) -> Result<()> {
        around!(self.release_lease(lease))
    }

    async fn watermark(&self, connection: &ConnectionId) -> Result<Option<Watermark>> {
        around!(self.watermark(connection))
    }

    async fn intake(
        &self,
        lease: &Lease,
        batch: IntakeBatch,
        now: DateTime<Utc>,
    ) -> Result<IntakeSummary> {
        around!(self.intake(lease, batch, now))
    }

    async fn reports(
        &self,
        connection: &ConnectionId,
        query: &ReportQuery,
    ) -> Result<Vec<StoredReport>> {
        around!(self.reports(connection, query))
    }

    async fn entries(&self, connection: &ConnectionId, query: &EntryQuery) -> Result<EntryPage> {
        around!(self.entries(connection, query))
    }

    async fn counts(&self, connection: &ConnectionId) -> Result<StoreCounts> {
        around!(self.counts(connection))
    }

    async fn expense_owners(
        &self,
        connection: &ConnectionId,
        expenses: &[ExpenseId],
    ) -> Result<BTreeMap<ExpenseId, Owner>> {
        around!(self.expense_owners(connection, expenses))
    }

    async fn commit_plans(
        &self,
        lease: &Lease,
        plans: Vec<PlanCommit>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        around!(self.commit_plans(lease, plans, now))
    }

    async fn begin_sends(
        &self,
        lease: &Lease,
        keys: &[StepKey],
        now: DateTime<Utc>,
    ) -> Result<Vec<OutboxEntry>> {
        around!(self.begin_sends(lease, keys, now))
    }

    async fn record(
        &self,
        lease: &Lease,
        transitions: Vec<Transition>,
        now: DateTime<Utc>,
    ) -> Result<Vec<OutboxEntry>> {
        around!(self.record(lease, transitions, now))
    }

    async fn judge_reports(
        &self,
        lease: &Lease,
        reports: &[ReportId],
        judgement: Judgement,
        now: DateTime<Utc>,
    ) -> Result<()> {
        around!(self.judge_reports(lease, reports, judgement, now))
    }

    async fn acknowledge(
        &self,
        lease: &Lease,
        exported: &[ReportId],
        reimbursed: &[ReportId],
        now: DateTime<Utc>,
    ) -> Result<()> {
        around!(self.acknowledge(lease, exported, reimbursed, now))
    }

    async fn review_items(
        &self,
        connection: &ConnectionId,
        open_only: bool,
    ) -> Result<Vec<ReviewItem>> {
        around!(self.review_items(connection, open_only))
    }

    async fn note_configuration(
        &self,
        lease: &Lease,
        configuration: &Configuration,
        now: DateTime<Utc>,
    ) -> Result<()> {
        around!(self.note_configuration(lease, configuration, now))
    }

    async fn append_audit(
        &self,
        lease: &Lease,
        drafts: Vec<AuditDraft>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        around!(self.append_audit(lease, drafts, now))
    }

    async fn audit(
        &self,
        connection: &ConnectionId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>> {
        around!(self.audit(connection, after, limit))
    }
}
