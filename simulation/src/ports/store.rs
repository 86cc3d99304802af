//! The database as a host reaches it, with every commit checked.

mod checks;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sync_core::model::{ConnectionId, ExpenseId, ReportId, ReportState};
use sync_core::plan::StepKey;
use sync_core::ports::{
    EntryPage, EntryQuery, IntakeBatch, IntakeSummary, Owner, ReportQuery, Store, StoreCounts,
    Transition,
};
use sync_core::state::{
    AuditDraft, AuditEntry, Configuration, Judgement, Lease, OutboxEntry, PlanChange, PlanCommit,
    ReviewItem, StoredReport, Watermark,
};
use sync_core::testing::{MemoryStore, block_on};
use sync_core::{Error, Result};

use self::checks::Expected;
use super::turn;
use crate::fate::StoreFate;
use crate::planted::PortBug;
use crate::state::{Shared, State};
use crate::violation::Invariant;

/// The database as a host reaches it.
#[derive(Debug)]
pub(crate) struct SimStore {
    shared: Shared,
    host: usize,
    inner: Arc<MemoryStore>,
}

impl SimStore {
    pub(crate) fn new(shared: Shared, host: usize) -> Self {
        let inner = {
            let state = shared.lock();
            Arc::clone(&state.installations[state.hosts[host].installation].store)
        };
        Self {
            shared,
            host,
            inner,
        }
    }

    fn enter(&self, method: &'static str, writes: bool) -> StoreFate {
        let mut state = self.shared.lock();
        state.counts.calls += 1;
        let fate = state.fate.of_store(writes);
        let (at, host) = (state.now, self.host);
        let numbers = [30, host.try_into().unwrap_or(0), u64::from(writes)];
        let fault = if fate == StoreFate::Done {
            String::new()
        } else {
            format!(": {fate:?}")
        };
        state.trace.note(at, &numbers, || {
            format!("host{host} -> store: {method}{fault}")
        });
        fate
    }

    /// The entries of these keys as they are now.
    fn entries_of(
        &self,
        connection: &ConnectionId,
        keys: &[StepKey],
    ) -> BTreeMap<StepKey, OutboxEntry> {
        if keys.is_empty() {
            return BTreeMap::new();
        }
        let query = EntryQuery {
            keys: keys.to_vec(),
            limit: u32::MAX,
            ..EntryQuery::default()
        };
        let page = block_on(self.inner.entries(connection, &query)).unwrap_or_default();
        page.into_iter()
            .map(|entry| (entry.key.clone(), entry))
            .collect()
    }

    /// Stores what a bug held back.
    fn before_writing(&self) {
        let mut state = self.shared.lock();
        let installation = state.hosts[self.host].installation;
        let undoes =
            state.has_bug(PortBug::IntentStoredLate) || state.has_bug(PortBug::IntentNotStored);
        let place = &mut state.installations[installation];
        if let Some(pending) = place.pending.take() {
            self.inner.restore(&pending);
        }
        place.before = undoes.then(|| self.inner.copy());
    }

    /// Now and then, with that bug, what is stored also reaches the disk.
    fn after_writing(&self) {
        let mut state = self.shared.lock();
        if state.has_bug(PortBug::CommitLostWithPower) {
            let (installation, calls) = (state.hosts[self.host].installation, state.counts.calls);
            let place = &mut state.installations[installation];
            if place.synced.is_none() || calls.is_multiple_of(7) {
                place.synced = Some(self.inner.copy());
            }
        }
    }

    /// Takes back what was just stored, with the bugs that do not store it, or not yet.
    fn unstore_intent(&self) {
        let mut state = self.shared.lock();
        let late = state.has_bug(PortBug::IntentStoredLate);
        let installation = state.hosts[self.host].installation;
        let place = &mut state.installations[installation];
        if let Some(before) = place.before.take() {
            place.pending = late.then(|| self.inner.copy());
            self.inner.restore(&before);
        }
    }

    /// The lease a store with a bug takes a call to be made under.
    fn lease_taken(&self, lease: &Lease) -> Lease {
        let mut taken = lease.clone();
        if self.shared.lock().has_bug(PortBug::FenceNotChecked)
            && let Some((fence, _)) = self.current_lease(&lease.connection)
        {
            taken.fence = fence;
        }
        taken
    }

    fn note_lease(&self, connection: &ConnectionId, held: Option<(u64, Option<DateTime<Utc>>)>) {
        let mut state = self.shared.lock();
        let installation = state.hosts[self.host].installation;
        state.installations[installation]
            .ledgers
            .entry(connection.clone())
            .or_default()
            .lease = held;
    }

    fn current_lease(&self, connection: &ConnectionId) -> Option<(u64, Option<DateTime<Utc>>)> {
        let state = self.shared.lock();
        state.installations[state.hosts[self.host].installation]
            .ledgers
            .get(connection)?
            .lease
    }
}

fn failed(method: &str, how: StoreFate) -> Error {
    match how {
        StoreFate::AnswerLost => {
            Error::unavailable(format!("{method}: the answer is lost")).with_unknown_effect()
        }
        StoreFate::FailsBefore | StoreFate::Done => {
            Error::unavailable(format!("{method}: the database is busy"))
        }
    }
}

/// Yields; meets its fate; reads.
macro_rules! reading {
    ($self:ident.$method:ident($($argument:expr),*)) => {{
        turn().await;
        let fate = $self.enter(stringify!($method), false);
        if fate != StoreFate::Done {
            return Err(failed(stringify!($method), fate));
        }
        $self.inner.$method($($argument),*).await
    }};
}

/// Yields; meets its fate; writes; checks what was committed; perhaps loses the answer.
macro_rules! writing {
    ($self:ident.$method:ident($($argument:expr),*), $check:expr) => {{
        turn().await;
        let fate = $self.enter(stringify!($method), true);
        if fate == StoreFate::FailsBefore {
            return Err(failed(stringify!($method), fate));
        }
        $self.before_writing();
        let given = $self.inner.$method($($argument),*).await?;
        $self.after_writing();
        $check(&given);
        if fate == StoreFate::AnswerLost {
            return Err(failed(stringify!($method), fate));
        }
        Ok(given)
    }};
}

#[async_trait]
impl Store for SimStore {
    async fn acquire_lease(
        &self,
        connection: &ConnectionId,
        holder: &str,
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<Lease> {
        let before = self.current_lease(connection);
        if self.shared.lock().has_bug(PortBug::LeaseGivenTwice)
            && let Some((fence, Some(until))) = before
        {
            let held = Lease {
                connection: connection.clone(),
                fence,
                until,
            };
            self.inner.release_lease(&held).await?;
        }
        writing!(
            self.acquire_lease(connection, holder, ttl, now),
            |lease: &Lease| {
                // As it is at the commit, whatever it was when the call began.
                let before = self.current_lease(connection);
                let free = before.is_none_or(|(fence, until)| {
                    fence < lease.fence && until.is_none_or(|until| until <= now)
                });
                self.shared.lock().require(free, Invariant::I6, || {
                    format!("lease {} is given while {before:?} holds", lease.fence)
                });
                self.note_lease(connection, Some((lease.fence, Some(lease.until))));
            }
        )
    }

    async fn renew_lease(&self, lease: &Lease, ttl: Duration, now: DateTime<Utc>) -> Result<Lease> {
        let taken = &self.lease_taken(lease);
        writing!(self.renew_lease(taken, ttl, now), |renewed: &Lease| {
            self.committed(lease, now, &Expected::Exactly(Vec::new()));
            self.note_lease(
                &lease.connection,
                Some((renewed.fence, Some(renewed.until))),
            );
        })
    }

    async fn release_lease(&self, lease: &Lease) -> Result<()> {
        writing!(self.release_lease(lease), |(): &()| {
            if self
                .current_lease(&lease.connection)
                .is_some_and(|(fence, _)| fence == lease.fence)
            {
                self.note_lease(&lease.connection, Some((lease.fence, None)));
            }
        })
    }

    async fn watermark(&self, connection: &ConnectionId) -> Result<Option<Watermark>> {
        reading!(self.watermark(connection))
    }

    async fn intake(
        &self,
        lease: &Lease,
        batch: IntakeBatch,
        now: DateTime<Utc>,
    ) -> Result<IntakeSummary> {
        let mut batch = batch;
        if self.shared.lock().has_bug(PortBug::WatermarkEarly) && !batch.requested {
            batch.watermark.get_or_insert(Watermark {
                approved_through: now.date_naive(),
                swept_on: Some(now.date_naive()),
            });
        }
        if self.shared.lock().has_bug(PortBug::WatermarkApart) && batch.watermark.is_some() {
            let alone = IntakeBatch {
                watermark: batch.watermark.take(),
                ..IntakeBatch::default()
            };
            self.inner.intake(lease, alone, now).await?;
            self.check_watermark(&lease.connection);
            turn().await;
        }
        let moves = batch.watermark.is_some();
        let absent = batch.absent.iter();
        let absent: Vec<_> = absent
            .map(|report| (report.to_string(), "report_not_shown"))
            .collect();
        let deleted: Vec<ReportId> = batch
            .reports
            .iter()
            .filter(|report| report.state == ReportState::Vanished)
            .map(|report| report.id.clone())
            .collect();
        let taken = &self.lease_taken(lease);
        writing!(self.intake(taken, batch, now), |_: &IntakeSummary| {
            if moves {
                self.check_watermark(&lease.connection);
            }
            self.check_deleted(&lease.connection, &deleted);
            self.committed(lease, now, &Expected::Exactly(absent));
        })
    }

    async fn reports(
        &self,
        connection: &ConnectionId,
        query: &ReportQuery,
    ) -> Result<Vec<StoredReport>> {
        reading!(self.reports(connection, query))
    }

    async fn entries(&self, connection: &ConnectionId, query: &EntryQuery) -> Result<EntryPage> {
        reading!(self.entries(connection, query))
    }

    async fn counts(&self, connection: &ConnectionId) -> Result<StoreCounts> {
        reading!(self.counts(connection))
    }

    async fn expense_owners(
        &self,
        connection: &ConnectionId,
        expenses: &[ExpenseId],
    ) -> Result<BTreeMap<ExpenseId, Owner>> {
        reading!(self.expense_owners(connection, expenses))
    }

    async fn commit_plans(
        &self,
        lease: &Lease,
        plans: Vec<PlanCommit>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let keys: Vec<StepKey> = plans
            .iter()
            .flat_map(|plan| &plan.changes)
            .map(|change| match change {
                PlanChange::Insert(step) | PlanChange::Replace(step) => step.key.clone(),
                PlanChange::Withdraw(key) => key.clone(),
            })
            .collect();
        let before = self.entries_of(&lease.connection, &keys);
        let taken = &self.lease_taken(lease);
        writing!(self.commit_plans(taken, plans, now), |(): &()| {
            let after = self.entries_of(&lease.connection, &keys);
            let moved = before
                .iter()
                .filter(|(key, before)| {
                    after
                        .get(*key)
                        .is_some_and(|after| after.state != before.state)
                })
                .map(|(key, _)| key.clone())
                .collect();
            self.committed(lease, now, &Expected::About(moved));
            self.check_entries(&lease.connection, &after);
        })
    }

    async fn begin_sends(
        &self,
        lease: &Lease,
        keys: &[StepKey],
        now: DateTime<Utc>,
    ) -> Result<Vec<OutboxEntry>> {
        let taken = &self.lease_taken(lease);
        writing!(self.begin_sends(taken, keys, now), |_: &Vec<
            OutboxEntry,
        >| {
            self.unstore_intent();
            let durable: Vec<StepKey> = self
                .entries_of(&lease.connection, keys)
                .into_values()
                .filter(|entry| entry.state.begun_under() == Some(lease.fence))
                .map(|entry| entry.key)
                .collect();
            // In the order asked for, each once.
            let mut wanted: Vec<(String, &'static str)> = Vec::new();
            for key in keys.iter().filter(|key| durable.contains(key)) {
                if !wanted.iter().any(|(subject, _)| subject == key.as_str()) {
                    wanted.push((key.to_string(), "begin_send"));
                }
            }
            self.committed(lease, now, &Expected::Exactly(wanted));
            let mut state = self.shared.lock();
            let origin = state.origin(self.host);
            let watched = state.installations[origin.installation]
                .ledgers
                .entry(lease.connection.clone())
                .or_default();
            let intents = durable.into_iter().map(|key| (key, origin));
            watched.intents.extend(intents);
        })
    }

    async fn record(
        &self,
        lease: &Lease,
        transitions: Vec<Transition>,
        now: DateTime<Utc>,
    ) -> Result<Vec<OutboxEntry>> {
        let told = transitions.clone();
        let taken = &self.lease_taken(lease);
        writing!(self.record(taken, transitions, now), |_: &Vec<
            OutboxEntry,
        >| {
            let wanted = told
                .iter()
                .map(|transition| (transition.key.to_string(), transition.event.name()));
            self.committed(lease, now, &Expected::Exactly(wanted.collect()));
            let keys: Vec<StepKey> = told
                .iter()
                .map(|transition| transition.key.clone())
                .collect();
            self.check_entries(
                &lease.connection,
                &self.entries_of(&lease.connection, &keys),
            );
            self.check_outcomes(&lease.connection, &told);
            withdraw_intents(&mut self.shared.lock(), self.host, &lease.connection, &keys);
        })
    }

    async fn judge_reports(
        &self,
        lease: &Lease,
        reports: &[ReportId],
        judgement: Judgement,
        now: DateTime<Utc>,
    ) -> Result<()> {
        writing!(
            self.judge_reports(lease, reports, judgement, now),
            |(): &()| {
                self.committed(lease, now, &Expected::About(Vec::new()));
            }
        )
    }

    async fn acknowledge(
        &self,
        lease: &Lease,
        exported: &[ReportId],
        reimbursed: &[ReportId],
        now: DateTime<Utc>,
    ) -> Result<()> {
        writing!(
            self.acknowledge(lease, exported, reimbursed, now),
            |(): &()| {
                self.committed(lease, now, &Expected::About(Vec::new()));
            }
        )
    }

    async fn note_configuration(
        &self,
        lease: &Lease,
        configuration: &Configuration,
        now: DateTime<Utc>,
    ) -> Result<()> {
        writing!(
            self.note_configuration(lease, configuration, now),
            |(): &()| {
                self.committed(lease, now, &Expected::About(Vec::new()));
            }
        )
    }

    async fn review_items(
        &self,
        connection: &ConnectionId,
        open_only: bool,
    ) -> Result<Vec<ReviewItem>> {
        reading!(self.review_items(connection, open_only))
    }

    async fn append_audit(
        &self,
        lease: &Lease,
        drafts: Vec<AuditDraft>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let subjects: Vec<_> = drafts.iter().map(|draft| draft.subject.clone()).collect();
        let taken = &self.lease_taken(lease);
        writing!(self.append_audit(taken, drafts, now), |(): &()| {
            // Their actions are the caller's own words.
            let keys = subjects.into_iter().map(StepKey::from_stored).collect();
            self.committed(lease, now, &Expected::About(keys));
        })
    }

    async fn audit(
        &self,
        connection: &ConnectionId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>> {
        reading!(self.audit(connection, after, limit))
    }
}

/// Whoever has recorded an outcome may not use its intent any more.
fn withdraw_intents(state: &mut State, host: usize, connection: &ConnectionId, keys: &[StepKey]) {
    let origin = state.origin(host);
    if let Some(watched) = state.installations[origin.installation]
        .ledgers
        .get_mut(connection)
    {
        for key in keys {
            watched.intents.remove(&(key.clone(), origin));
        }
    }
}
