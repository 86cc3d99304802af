//! A store that fails when told.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::lock;
use crate::error::{Error, Result};
use crate::model::{ConnectionId, ExpenseId, ReportId};
use crate::plan::StepKey;
use crate::ports::{
    EntryPage, EntryQuery, IntakeBatch, IntakeSummary, Owner, ReportQuery, Store, StoreCounts,
    Transition,
};
use crate::state::{
    AuditDraft, AuditEntry, Judgement, Lease, OutboxEntry, PlanCommit, ReviewItem, StoredReport,
    Watermark,
};

/// On which side of a call a [`FaultyStore`] fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreFault {
    /// The call never reaches the store.
    Before,
    /// The store does the work, and its answer is lost.
    After,
}

/// Wraps a store; fails the calls it was told to fail, with `Unavailable`.
#[derive(Debug)]
pub struct FaultyStore<S> {
    inner: S,
    script: Mutex<Script>,
}

#[derive(Debug, Default)]
struct Script {
    /// By method name: which call from now (1 is the next), and how it fails.
    faults: BTreeMap<&'static str, Vec<(u64, StoreFault)>>,
    calls: BTreeMap<&'static str, u64>,
}

impl<S: Store> FaultyStore<S> {
    /// Wraps a store; without faults it only counts.
    pub fn new(inner: S) -> Self {
        Self {
            inner,
            script: Mutex::new(Script::default()),
        }
    }

    /// Fails one call of the method named, for example `begin_sends`: the `nth` from now, counted from 1.
    pub fn fail(&self, method: &'static str, nth: u64, fault: StoreFault) {
        let mut script = lock(&self.script);
        let made = script.calls.get(method).copied().unwrap_or(0);
        script
            .faults
            .entry(method)
            .or_default()
            .push((made.saturating_add(nth), fault));
    }

    /// Calls of the method named so far, failed ones included.
    pub fn calls(&self, method: &'static str) -> u64 {
        lock(&self.script).calls.get(method).copied().unwrap_or(0)
    }

    /// The store inside.
    pub const fn inner(&self) -> &S {
        &self.inner
    }

    fn enter(&self, method: &'static str) -> Option<StoreFault> {
        let mut script = lock(&self.script);
        let count = script.calls.entry(method).or_insert(0);
        *count = count.saturating_add(1);
        let count = *count;
        let faults = script.faults.get_mut(method)?;
        let position = faults.iter().position(|(nth, _)| *nth == count)?;
        Some(faults.swap_remove(position).1)
    }
}

fn injected(method: &str, side: &str) -> Error {
    Error::unavailable(format!("{method}: injected fault {side} the work"))
}

macro_rules! around {
    ($self:ident.$method:ident($($argument:expr),*)) => {{
        let fault = $self.enter(stringify!($method));
        if fault == Some(StoreFault::Before) {
            return Err(injected(stringify!($method), "before"));
        }
        let given = $self.inner.$method($($argument),*).await;
        if fault == Some(StoreFault::After) {
            return Err(injected(stringify!($method), "after"));
        }
        given
    }};
}

#[async_trait]
impl<S: Store> Store for FaultyStore<S> {
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
