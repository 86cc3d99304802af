//! One pass under one lease: the order of its parts, and what it counts.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::brake::Load;
use super::{
    BrakePolicy, Braked, Connection, Engine, Interruption, PassSummary, RequestCounts, SyncRequest,
};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Currency, Fingerprint, Money, RecordKind, ReportId};
use crate::plan::StepKey;
use crate::planted::{Bug, is_on};
use crate::ports::{
    EntryQuery, Event, IntakeSummary, LedgerUsage, ReportQuery, SourceUsage, Transition,
};
use crate::state::{
    AuditDraft, Configuration, ConfigurationHashes, EntryState, Judgement, Lease, OutboxEntry,
    ReportStatus, StateName, StoredReport,
};

/// The most rows read from a store at once; stores bound a page to this.
pub(super) const PAGE: u32 = 10_000;

/// Rounds of planning and delivering in one pass, at most.
const ROUNDS: u32 = 3;

/// A pass in progress.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    pub(super) engine: &'a Engine,
    pub(super) connection: &'a Connection,
    pub(super) lease: Lease,
    pub(super) tally: Tally,
    /// Only these reports, when a person asked for some.
    pub(super) only: Option<BTreeSet<ReportId>>,
    /// Only these payloads, when a saved plan is run.
    pub(super) exactly: Option<BTreeMap<StepKey, Fingerprint>>,
    /// The reports a sweep and the export before it have shown; absent when none is due.
    pub(super) shown: Option<BTreeSet<ReportId>>,
    /// When it began.
    pub(super) began_at: DateTime<Utc>,
    /// Kinds of which this database knew no record when the pass began.
    pub(super) unknown_kinds: BTreeSet<RecordKind>,
    usage_before: RequestCounts,
}

/// What a pass has done so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) intake: IntakeSummary,
    pub(super) unreadable: u64,
    pub(super) planned: u64,
    pub(super) written: u64,
    pub(super) adopted: u64,
    pub(super) verified: u64,
    pub(super) amounts: BTreeMap<Currency, Money>,
    /// What the brake counts: all rounds of the pass together.
    pub(super) load: Load,
    pub(super) acknowledged: u64,
    pub(super) reimbursed: u64,
    pub(super) braked: Option<Braked>,
    pub(super) interrupted: Option<Interruption>,
    /// Corrections proven done.
    pub(super) corrected: u64,
    /// Reports that say they were approved on a day to come.
    pub(super) approved_ahead: BTreeMap<ReportId, NaiveDate>,
    /// Another round may do more: a token was renewed, or a report has to be planned again.
    pub(super) again: bool,
}

impl<'a> Pass<'a> {
    /// Takes the connection's lease.
    pub(super) async fn begin(engine: &'a Engine, connection: &'a Connection) -> Result<Self> {
        let ports = &engine.ports;
        let now = ports.clock.now();
        let ttl = connection.settings.lease_ttl;
        let lease = ports
            .store
            .acquire_lease(&connection.id, &engine.holder, ttl, now)
            .await?;
        let usage_before = RequestCounts {
            source: ports.source.usage(),
            ledger: ports.ledger.usage(),
        };
        Ok(Self {
            engine,
            connection,
            lease,
            tally: Tally::default(),
            only: None,
            exactly: None,
            shown: None,
            began_at: now,
            unknown_kinds: BTreeSet::new(),
            usage_before,
        })
    }

    /// Gives the lease back.
    pub(super) async fn end(self) -> Result<()> {
        self.engine.ports.store.release_lease(&self.lease).await
    }

    /// The parts of a pass, in order. Each leaves durable state from which the next pass could go on.
    pub(super) async fn run(&mut self, request: &SyncRequest) -> Result<PassSummary> {
        self.note("pass_started", format!("fence {}", self.lease.fence))
            .await?;
        self.note_configuration().await?;
        self.recover().await?;
        self.unknown_kinds = self.kinds_without_record().await?;
        self.correct().await?;
        self.exactly = request.exactly.as_ref().map(|plan| {
            plan.steps
                .iter()
                .map(|step| (step.key.clone(), step.payload))
                .collect()
        });
        self.intake(&request.selection).await?;
        // A second round is for reports that waited for a vendor created in the first, for a renewed token, or for reports
        // whose record turned out to be voided.
        for _ in 0..ROUNDS {
            let vendors_created = self.plan().await? > 0;
            // One instant for both: what comes due in between was not counted, so it waits.
            let now = self.now();
            if request.brake == BrakePolicy::Enforced && self.brake(now).await? {
                break;
            }
            self.deliver(now).await?;
            let again = std::mem::take(&mut self.tally.again);
            if !(vendors_created || again) || self.tally.interrupted.is_some() {
                break;
            }
        }
        self.acknowledge().await?;
        let summary = self.summary().await?;
        let written = format!(
            "written {}, adopted {}, verified {}",
            summary.written, summary.adopted, summary.verified
        );
        self.note("pass_ended", written).await?;
        Ok(summary)
    }

    /// Kinds of which no record is known, voided ones included: a database that is new, or was lost.
    async fn kinds_without_record(&self) -> Result<BTreeSet<RecordKind>> {
        let counts = self.engine.ports.store.counts(&self.connection.id).await?;
        let known: BTreeSet<_> = counts
            .entries
            .iter()
            .filter(|(_, state, entries)| *entries > 0 && state.has_record())
            .map(|(kind, ..)| *kind)
            .collect();
        let kinds = [RecordKind::Vendor, RecordKind::Bill, RecordKind::Expense];
        let unknown = kinds.into_iter().filter(|kind| !known.contains(kind));
        Ok(unknown.filter(|_| !is_on(Bug::FirstLookBounded)).collect())
    }

    /// Writes into the audit trail when rules or settings are others than in the pass before.
    async fn note_configuration(&self) -> Result<()> {
        let (by, reason) = self.engine.configured.clone().unwrap_or_else(|| {
            let unsaid = "nobody has said who changed it, or why";
            ("engine".to_owned(), unsaid.to_owned())
        });
        let configuration = Configuration {
            hashes: ConfigurationHashes {
                rules: self.connection.rules.fingerprint(),
                settings: self.connection.settings.fingerprint(),
            },
            by,
            reason,
        };
        self.engine
            .ports
            .store
            .note_configuration(&self.lease, &configuration, self.now())
            .await
    }

    /// Appends to the audit trail what belongs to the pass as a whole.
    pub(super) async fn note(&self, action: &str, detail: String) -> Result<()> {
        let draft = AuditDraft::by_engine("connection", action, detail);
        self.engine
            .ports
            .store
            .append_audit(&self.lease, vec![draft], self.now())
            .await
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.engine.ports.clock.now()
    }

    /// Has reports planned again whose records changed, except those of which a person skipped what is not written: that
    /// word stands.
    pub(super) async fn plan_again(
        &self,
        reports: &[ReportId],
        by: &str,
        reason: &str,
    ) -> Result<()> {
        let store = &self.engine.ports.store;
        let query = ReportQuery {
            ids: reports.to_vec(),
            limit: PAGE,
            ..ReportQuery::default()
        };
        let stored = store.reports(&self.connection.id, &query).await?;
        let reports: Vec<_> = stored
            .into_iter()
            .filter(|stored| stored.status != ReportStatus::Skipped)
            .map(|stored| stored.report.id)
            .collect();
        let judgement = Judgement::Reopen {
            by: by.to_owned(),
            reason: reason.to_owned(),
        };
        store
            .judge_reports(&self.lease, &reports, judgement, self.now())
            .await
    }

    /// Extends the lease before work that takes long.
    pub(super) async fn renew(&mut self) -> Result<()> {
        let now = self.now();
        self.lease = self
            .engine
            .ports
            .store
            .renew_lease(&self.lease, self.connection.settings.lease_ttl, now)
            .await?;
        Ok(())
    }

    /// Applies events and tells the observer.
    pub(super) async fn record(&self, transitions: Vec<Transition>) -> Result<Vec<OutboxEntry>> {
        if transitions.is_empty() {
            return Ok(Vec::new());
        }
        let entries = self
            .engine
            .ports
            .store
            .record(&self.lease, transitions, self.now())
            .await?;
        for entry in &entries {
            self.engine.tell(&Event::EntryMoved {
                key: entry.key.clone(),
                kind: entry.step.draft.kind(),
                state: entry.state.name(),
            });
        }
        Ok(entries)
    }

    /// Reads all entries in these states that this pass is about.
    pub(super) async fn entries_in(&self, states: &[StateName]) -> Result<Vec<OutboxEntry>> {
        let mut query = EntryQuery {
            states: states.to_vec(),
            reports: self.only.iter().flatten().cloned().collect(),
            limit: PAGE,
            ..EntryQuery::default()
        };
        if self.only.as_ref().is_some_and(BTreeSet::is_empty) {
            return Ok(Vec::new());
        }
        let mut all = Vec::new();
        loop {
            let page = self
                .engine
                .ports
                .store
                .entries(&self.connection.id, &query)
                .await?;
            let Some(last) = page.last() else { break };
            query.after = Some(last.key.clone());
            all.extend(page);
        }
        Ok(all)
    }

    /// Whether an entry may be sent now, as far as this pass is concerned.
    pub(super) fn is_due(&self, entry: &OutboxEntry, now: DateTime<Utc>) -> bool {
        entry.state == EntryState::Planned
            && entry.not_before.is_none_or(|at| at <= now)
            && self
                .exactly
                .as_ref()
                .is_none_or(|plan| plan.get(&entry.key) == Some(&entry.payload))
    }

    /// Stops before anything is sent when the pass would write more than the brake allows.
    async fn brake(&mut self, now: DateTime<Utc>) -> Result<bool> {
        let planned = self.entries_in(&[StateName::Planned]).await?;
        let due = planned.iter().filter(|entry| self.is_due(entry, now));
        self.tally.braked = self.connection.settings.brake.check(&self.tally.load, due);
        if let Some(braked) = &self.tally.braked {
            self.note("braked", braked.because.clone()).await?;
        }
        Ok(self.tally.braked.is_some() && !is_on(Bug::BrakeIgnored))
    }

    async fn summary(&mut self) -> Result<PassSummary> {
        let ports = &self.engine.ports;
        let id = &self.connection.id;
        let open = ports.store.review_items(id, true).await?;
        let status = self.engine.status(id).await?;
        let count = |state: StateName| -> u64 {
            status
                .counts
                .iter()
                .filter(|count| count.state == state)
                .map(|count| count.entries)
                .sum()
        };
        let tally = std::mem::take(&mut self.tally);
        Ok(PassSummary {
            connection: id.clone(),
            intake: tally.intake,
            unreadable: tally.unreadable,
            planned: tally.planned,
            written: tally.written,
            adopted: tally.adopted,
            verified: tally.verified,
            corrected: tally.corrected,
            approved_ahead: tally.approved_ahead.into_iter().collect(),
            amounts: tally.amounts.into_values().collect(),
            held_reports: status.held_reports,
            open_items: u64::try_from(open.len()).unwrap_or(u64::MAX),
            unconfirmed: [
                StateName::Unknown,
                StateName::Sending,
                StateName::Correcting,
            ]
            .into_iter()
            .map(count)
            .sum(),
            waiting: count(StateName::Planned),
            drifted: count(StateName::Drifted),
            acknowledged: tally.acknowledged,
            reimbursed: tally.reimbursed,
            braked: tally.braked,
            interrupted: tally.interrupted,
            requests: self.cost(),
        })
    }

    fn cost(&self) -> RequestCounts {
        let (source, ledger) = (
            self.engine.ports.source.usage(),
            self.engine.ports.ledger.usage(),
        );
        let (before, started) = (&self.usage_before.source, &self.usage_before.ledger);
        RequestCounts {
            source: SourceUsage {
                exports: source.exports.saturating_sub(before.exports),
                downloads: source.downloads.saturating_sub(before.downloads),
                other: source.other.saturating_sub(before.other),
            },
            ledger: LedgerUsage {
                listing_pages: ledger.listing_pages.saturating_sub(started.listing_pages),
                snapshot_pages: ledger.snapshot_pages.saturating_sub(started.snapshot_pages),
                reads: ledger.reads.saturating_sub(started.reads),
                writes: ledger.writes.saturating_sub(started.writes),
            },
        }
    }
}

/// Reads every report of the connection, in order, a page at a time.
pub(super) async fn all_reports(
    engine: &Engine,
    connection: &Connection,
) -> Result<Vec<StoredReport>> {
    let mut query = ReportQuery {
        limit: PAGE,
        ..ReportQuery::default()
    };
    let mut reports = Vec::new();
    loop {
        let page = engine.ports.store.reports(&connection.id, &query).await?;
        let Some(last) = page.last() else {
            return Ok(reports);
        };
        query.after = Some(last.report.id.clone());
        reports.extend(page);
    }
}

/// An error of this crate for arithmetic on amounts that cannot fail on any real data.
pub(super) fn overflow(error: crate::model::MoneyError) -> Error {
    Error::new(ErrorKind::Internal, "sum amounts").with_source(error)
}
