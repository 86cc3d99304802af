//! Where everything durable is kept.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::error::Result;
use crate::model::{ConnectionId, ExpenseId, ExpenseReport, RecordKind, ReportId};
use crate::plan::StepKey;
use crate::state::{
    AuditDraft, AuditEntry, Configuration, EntryEvent, Judgement, Lease, OutboxEntry, PlanCommit,
    ReportStatus, ReviewItem, StateName, StoredReport, Watermark,
};

/// Reports to take in, and how far the source has been read with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntakeBatch {
    /// Reports that could be read.
    pub reports: Vec<ExpenseReport>,
    /// Reports that could not, with what was wrong: each opens a review item, and closes it once it is read.
    pub unreadable: Vec<(ReportId, String)>,
    /// Reports that a complete export by their id did not have, though their workspace is in sight. Each counts once more
    /// as [absent](crate::state::StoredReport::absence); reports that are not there are left out.
    pub absent: Vec<ReportId>,
    /// Whether a person asked for these reports, by id or by a backfill. Once true for a report it stays true.
    pub requested: bool,
    /// The new watermark: given only with the last batch of an export that was read to its end.
    pub watermark: Option<Watermark>,
}

/// What an intake changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IntakeSummary {
    /// Reports seen for the first time.
    pub new: u64,
    /// Reports whose content differs from what was stored.
    pub changed: u64,
    /// Reports stored before with the same content.
    pub unchanged: u64,
}

/// Which reports to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportQuery {
    /// Only these states; empty means all. `OutOfScope` matches whatever its reason.
    pub statuses: Vec<ReportStatus>,
    /// Only these reports; empty means all.
    pub ids: Vec<ReportId>,
    /// Only reports whose exported label has not been set.
    pub unacknowledged: bool,
    /// Only reports that Expensify has not been told to be reimbursed.
    pub reimbursement_untold: bool,
    /// Only after this id, for paging.
    pub after: Option<ReportId>,
    /// At most so many; bounded by the store to 10,000.
    pub limit: u32,
}

/// Which entries to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryQuery {
    /// Only these states; empty means all.
    pub states: Vec<StateName>,
    /// Only of these reports; empty means all.
    pub reports: Vec<ReportId>,
    /// Only these keys; empty means all.
    pub keys: Vec<StepKey>,
    /// Only after this key, for paging.
    pub after: Option<StepKey>,
    /// At most so many; bounded by the store to 10,000.
    pub limit: u32,
}

/// How many reports and entries a connection has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreCounts {
    /// Reports by status; statuses without reports are left out, in the order of [`ReportStatus`].
    pub reports: Vec<(ReportStatus, u64)>,
    /// Entries by kind and state; pairs without entries are left out, in the order of the two.
    pub entries: Vec<(RecordKind, StateName, u64)>,
}

/// A page of entries, ordered by key.
pub type EntryPage = Vec<OutboxEntry>;

/// The entry an expense belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The entry.
    pub key: StepKey,
    /// Its report.
    pub report: ReportId,
}

/// An event for an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The entry.
    pub key: StepKey,
    /// What happened to it.
    pub event: EntryEvent,
}

/// Keeps reports, the outbox, the review queue, watermarks, leases and the audit trail of every connection.
///
/// # Guarantees the engine relies on
/// * **One method is one atomic unit**, durable when it returns: after a power loss, all of it or nothing.
/// * Every method that takes a [`Lease`] checks in the same transaction that its fence is still the connection's newest
///   and its time has not run out at `now`, and refuses with `LeaseLost` otherwise.
/// * Entries change only by [`apply`](crate::state::apply), and its audit entry is chained in the same transaction.
/// * Connections never see each other's rows.
/// * A store never asks a clock of its own: `now` is passed in.
///
/// # Errors
/// `LeaseLost` as above, `Conflict` for a plan whose report has changed since, `Invalid` for an illegal transition
/// (then nothing of the call is stored), `Corrupt` for rows that cannot be read, `Unavailable` for a store that is busy,
/// read-only or full: the message says which.
///
/// # Cancel safety
/// A dropped call either happened or did not.
#[async_trait]
pub trait Store: Send + Sync + Debug {
    /// Takes the connection's lease when it is free or has run out at `now`. The fence grows by one.
    ///
    /// # Errors
    /// `LeaseLost` when another worker holds it; the message says until when.
    async fn acquire_lease(
        &self,
        connection: &ConnectionId,
        holder: &str,
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<Lease>;

    /// Extends a lease that is still current, to `now + ttl`.
    async fn renew_lease(&self, lease: &Lease, ttl: Duration, now: DateTime<Utc>) -> Result<Lease>;

    /// Gives a lease back. Giving back one that is not current any more is no error and changes nothing.
    async fn release_lease(&self, lease: &Lease) -> Result<()>;

    /// How far the connection's source has been read.
    async fn watermark(&self, connection: &ConnectionId) -> Result<Option<Watermark>>;

    /// Takes reports in, keyed by report id, and moves the watermark with them. A report with new content becomes
    /// [`ReportStatus::New`]; one with equal content keeps its status, though its name and state are refreshed.
    async fn intake(
        &self,
        lease: &Lease,
        batch: IntakeBatch,
        now: DateTime<Utc>,
    ) -> Result<IntakeSummary>;

    /// Reads reports, ordered by id.
    async fn reports(
        &self,
        connection: &ConnectionId,
        query: &ReportQuery,
    ) -> Result<Vec<StoredReport>>;

    /// Reads outbox entries, ordered by key.
    async fn entries(&self, connection: &ConnectionId, query: &EntryQuery) -> Result<EntryPage>;

    /// Counts reports and entries, without reading them one by one.
    async fn counts(&self, connection: &ConnectionId) -> Result<StoreCounts>;

    /// Which entries hold these expenses, cancelled and voided ones left out.
    async fn expense_owners(
        &self,
        connection: &ConnectionId,
        expenses: &[ExpenseId],
    ) -> Result<BTreeMap<ExpenseId, Owner>>;

    /// Commits plans: report status, outbox changes and what findings hold up, one audit entry per plan that changed
    /// anything. A plan equal to what is stored changes nothing and leaves no trace. A step whose mark is a later revision
    /// is a conflict unless the entry it replaces is [`Voided`](crate::state::EntryState::Voided).
    async fn commit_plans(
        &self,
        lease: &Lease,
        plans: Vec<PlanCommit>,
        now: DateTime<Utc>,
    ) -> Result<()>;

    /// Makes the intent to send durable for those of `keys` that are planned, or ordered to be corrected, and due, and
    /// returns exactly these entries.
    /// When it returns, a power loss can no longer undo it.
    async fn begin_sends(
        &self,
        lease: &Lease,
        keys: &[StepKey],
        now: DateTime<Utc>,
    ) -> Result<Vec<OutboxEntry>>;

    /// Applies events to entries, all or none.
    async fn record(
        &self,
        lease: &Lease,
        transitions: Vec<Transition>,
        now: DateTime<Utc>,
    ) -> Result<Vec<OutboxEntry>>;

    /// Sets a person's word on whole reports, drops what held them up as plans, and chains one audit entry per report.
    /// Reports that are not there are left out.
    async fn judge_reports(
        &self,
        lease: &Lease,
        reports: &[ReportId],
        judgement: Judgement,
        now: DateTime<Utc>,
    ) -> Result<()>;

    /// Notes that reports were acknowledged in Expensify (`exported`), or told reimbursed.
    async fn acknowledge(
        &self,
        lease: &Lease,
        exported: &[ReportId],
        reimbursed: &[ReportId],
        now: DateTime<Utc>,
    ) -> Result<()>;

    /// Reads review items with what they hold up, by number. `open_only` leaves closed ones out.
    async fn review_items(
        &self,
        connection: &ConnectionId,
        open_only: bool,
    ) -> Result<Vec<ReviewItem>>;

    /// Notes under which configuration passes run. Where its hashes are other than those noted last, or none were, keeps
    /// them and chains one audit entry; else changes nothing and leaves no trace.
    async fn note_configuration(
        &self,
        lease: &Lease,
        configuration: &Configuration,
        now: DateTime<Utc>,
    ) -> Result<()>;

    /// Appends entries to the audit trail that belong to no other change: passes, people's decisions, settings.
    async fn append_audit(
        &self,
        lease: &Lease,
        drafts: Vec<AuditDraft>,
        now: DateTime<Utc>,
    ) -> Result<()>;

    /// Reads the audit trail after a number, in order; at most `limit` entries, bounded by the store to 10,000.
    async fn audit(
        &self,
        connection: &ConnectionId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>>;
}
