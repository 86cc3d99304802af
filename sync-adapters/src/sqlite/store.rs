//! The port over the tables.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::SqlitePool;
use sync_core::model::{ConnectionId, ExpenseId, ReportId};
use sync_core::plan::StepKey;
use sync_core::ports::{
    EntryPage, EntryQuery, IntakeBatch, IntakeSummary, Owner, ReportQuery, Store, StoreCounts,
    Transition,
};
use sync_core::state::bookkeeping::{LeaseRow, Needs};
use sync_core::state::{
    AuditDraft, AuditEntry, Configuration, Judgement, Lease, OutboxEntry, PlanCommit, ReviewItem,
    StoredReport, Watermark,
};
use sync_core::{Error, Result};

use super::error::database;
use super::open::{self, Pools};
use super::{
    SqliteSettings, audit, blocks, configurations, entries, items, leases, owners, reports,
    watermarks, work,
};

/// A [`Store`] in one SQLite file. Clones share its connections.
///
/// # Durability
/// WAL with `synchronous=FULL`: what a call has returned survives a power loss.
///
/// # Concurrency
/// Calls of one process take turns to write; other processes are waited for up to
/// [`busy_timeout`](field@SqliteSettings::busy_timeout). Reads never wait for a writer.
///
/// # Runtime
/// Runs on tokio, with timers enabled.
///
/// # Errors
/// `Unavailable` when the file is locked, read-only or full, `Corrupt` when it is damaged, no database, or written by a
/// newer version: the message says which.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
}

impl SqliteStore {
    /// Opens a file, creates it when it is missing (mode 0600 on Unix), and brings its tables to this version.
    ///
    /// # Errors
    /// As of the type.
    pub async fn open(path: impl AsRef<Path>, settings: SqliteSettings) -> Result<Self> {
        Ok(Self::of(open::file(path.as_ref(), &settings).await?))
    }

    /// Opens a database in memory, gone when dropped: for tests and trials.
    ///
    /// # Errors
    /// `Internal` if SQLite cannot be used at all.
    pub async fn open_in_memory() -> Result<Self> {
        Ok(Self::of(open::memory().await?))
    }

    /// Waits for calls under way and closes the file. Dropping does the same in the background.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    fn of(Pools { writer, readers }: Pools) -> Self {
        Self { writer, readers }
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn acquire_lease(
        &self,
        connection: &ConnectionId,
        holder: &str,
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<Lease> {
        let mut transaction = work::begin(&self.writer).await?;
        let before = leases::load(&mut transaction, connection).await?;
        let row = LeaseRow::acquired(before.as_ref(), connection, holder, ttl, now)?;
        take(transaction, connection, &row).await
    }

    async fn renew_lease(&self, lease: &Lease, ttl: Duration, now: DateTime<Utc>) -> Result<Lease> {
        let mut transaction = work::begin(&self.writer).await?;
        let row = leases::check(&mut transaction, lease, now)
            .await?
            .renewed(ttl, now)?;
        take(transaction, &lease.connection, &row).await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<()> {
        let mut transaction = work::begin(&self.writer).await?;
        leases::release(&mut transaction, lease).await?;
        work::commit(transaction).await
    }

    async fn watermark(&self, connection: &ConnectionId) -> Result<Option<Watermark>> {
        watermarks::load(&self.readers, connection).await
    }

    async fn intake(
        &self,
        lease: &Lease,
        batch: IntakeBatch,
        now: DateTime<Utc>,
    ) -> Result<IntakeSummary> {
        let (mut transaction, mut unit) =
            work::open(&self.writer, lease, &Needs::of_intake(&batch), now).await?;
        if let Some(watermark) = &batch.watermark {
            watermarks::save(&mut transaction, &lease.connection, watermark).await?;
        }
        let summary = unit.intake(batch);
        work::close(transaction, &lease.connection, unit).await?;
        Ok(summary)
    }

    async fn reports(
        &self,
        connection: &ConnectionId,
        query: &ReportQuery,
    ) -> Result<Vec<StoredReport>> {
        reports::page(&self.readers, connection, query).await
    }

    async fn entries(&self, connection: &ConnectionId, query: &EntryQuery) -> Result<EntryPage> {
        entries::page(&self.readers, connection, query).await
    }

    async fn counts(&self, connection: &ConnectionId) -> Result<StoreCounts> {
        // One snapshot for both: what moves between the two counts would be missing or counted twice.
        let mut transaction = self
            .readers
            .begin()
            .await
            .map_err(database("begin to read"))?;
        let reports = reports::counts(&mut *transaction, connection).await?;
        let entries = entries::counts(&mut *transaction, connection).await?;
        Ok(StoreCounts { reports, entries })
    }

    async fn expense_owners(
        &self,
        connection: &ConnectionId,
        expenses: &[ExpenseId],
    ) -> Result<BTreeMap<ExpenseId, Owner>> {
        owners::find(&self.readers, connection, expenses).await
    }

    async fn commit_plans(
        &self,
        lease: &Lease,
        plans: Vec<PlanCommit>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let (transaction, mut unit) =
            work::open(&self.writer, lease, &Needs::of_plans(&plans), now).await?;
        unit.commit_plans(&plans)?;
        work::close(transaction, &lease.connection, unit).await
    }

    async fn begin_sends(
        &self,
        lease: &Lease,
        keys: &[StepKey],
        now: DateTime<Utc>,
    ) -> Result<Vec<OutboxEntry>> {
        let (transaction, mut unit) =
            work::open(&self.writer, lease, &Needs::of_sends(keys), now).await?;
        let begun = unit.begin_sends(lease, keys)?;
        work::close(transaction, &lease.connection, unit).await?;
        Ok(begun)
    }

    async fn record(
        &self,
        lease: &Lease,
        transitions: Vec<Transition>,
        now: DateTime<Utc>,
    ) -> Result<Vec<OutboxEntry>> {
        let needs = Needs::of_transitions(&transitions);
        let (transaction, mut unit) = work::open(&self.writer, lease, &needs, now).await?;
        let recorded = unit.record(transitions)?;
        work::close(transaction, &lease.connection, unit).await?;
        Ok(recorded)
    }

    async fn judge_reports(
        &self,
        lease: &Lease,
        reports: &[ReportId],
        judgement: Judgement,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let (transaction, mut unit) =
            work::open(&self.writer, lease, &Needs::of_judgement(reports), now).await?;
        unit.judge_reports(reports, &judgement);
        work::close(transaction, &lease.connection, unit).await
    }

    async fn acknowledge(
        &self,
        lease: &Lease,
        exported: &[ReportId],
        reimbursed: &[ReportId],
        now: DateTime<Utc>,
    ) -> Result<()> {
        let needs = Needs::of_acknowledgement(exported, reimbursed);
        let (transaction, mut unit) = work::open(&self.writer, lease, &needs, now).await?;
        unit.acknowledge(exported, reimbursed)?;
        work::close(transaction, &lease.connection, unit).await
    }

    async fn review_items(
        &self,
        connection: &ConnectionId,
        open_only: bool,
    ) -> Result<Vec<ReviewItem>> {
        // One snapshot for both, as in `counts`.
        let mut transaction = self
            .readers
            .begin()
            .await
            .map_err(database("begin to read"))?;
        let heads = items::all(&mut *transaction, connection, open_only).await?;
        let mut held = blocks::all(&mut *transaction, connection).await?;
        Ok(heads
            .into_iter()
            .map(|head| {
                let held = held.remove(&head.key).unwrap_or_default();
                head.with_blocks(held)
            })
            .collect())
    }

    async fn note_configuration(
        &self,
        lease: &Lease,
        configuration: &Configuration,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let (mut transaction, mut unit) =
            work::open(&self.writer, lease, &Needs::default(), now).await?;
        let before = configurations::load(&mut transaction, &lease.connection).await?;
        if let Some(hashes) = unit.note_configuration(before.as_ref(), configuration) {
            configurations::save(&mut transaction, &lease.connection, &hashes).await?;
        }
        work::close(transaction, &lease.connection, unit).await
    }

    async fn append_audit(
        &self,
        lease: &Lease,
        drafts: Vec<AuditDraft>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let (transaction, mut unit) =
            work::open(&self.writer, lease, &Needs::default(), now).await?;
        unit.append_audit(drafts);
        work::close(transaction, &lease.connection, unit).await
    }

    async fn audit(
        &self,
        connection: &ConnectionId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>> {
        audit::page(&self.readers, connection, after, limit).await
    }
}

async fn take(
    mut transaction: work::Writing,
    connection: &ConnectionId,
    row: &LeaseRow,
) -> Result<Lease> {
    let lease = row
        .lease(connection)
        .ok_or_else(|| Error::corrupt("hold a lease without an end"))?;
    leases::save(&mut transaction, connection, row).await?;
    work::commit(transaction).await?;
    Ok(lease)
}
