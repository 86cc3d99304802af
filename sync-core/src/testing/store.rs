//! A store in memory that keeps every promise of the port but durability.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::lock;
use crate::error::{Error, Result};
use crate::model::{ConnectionId, ExpenseId, ExpenseReport, ReportId};
use crate::plan::{CauseKey, StepKey};
use crate::ports::{
    EntryPage, EntryQuery, IntakeBatch, IntakeSummary, Owner, ReportQuery, Store, StoreCounts,
    Transition,
};
use crate::state::bookkeeping::{
    BlockSlot, Changes, ItemHead, LeaseRow, Needs, ReportHead, Unit, page_limit, settle_items,
};
use crate::state::{
    AuditChain, AuditDraft, AuditEntry, Block, Configuration, ConfigurationHashes, Judgement,
    Lease, OutboxEntry, PlanCommit, ReviewItem, ReviewStatus, StoredReport, Watermark,
};

/// A store in memory. Clones the rows it gives out; loses everything when dropped.
#[derive(Debug, Default)]
pub struct MemoryStore {
    connections: Mutex<BTreeMap<ConnectionId, Rows>>,
}

/// One connection's rows.
#[derive(Clone, Debug, Default)]
struct Rows {
    lease: Option<LeaseRow>,
    watermark: Option<Watermark>,
    reports: BTreeMap<ReportId, (ReportHead, ExpenseReport)>,
    entries: BTreeMap<StepKey, OutboxEntry>,
    owners: BTreeSet<(ExpenseId, StepKey)>,
    blocks: BTreeMap<BlockSlot, Vec<Block>>,
    items: BTreeMap<CauseKey, ItemHead>,
    audit: Vec<AuditEntry>,
    configuration: Option<ConfigurationHashes>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// A copy of everything, as a backup would hold it.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self {
            connections: Mutex::new(lock(&self.connections).clone()),
        }
    }

    /// Puts a copy in place of everything, leases and fences included.
    pub fn restore(&self, copy: &Self) {
        let rows = lock(&copy.connections).clone();
        *lock(&self.connections) = rows;
    }

    fn read<T>(&self, connection: &ConnectionId, look: impl FnOnce(&Rows) -> T) -> T {
        let mut connections = lock(&self.connections);
        look(connections.entry(connection.clone()).or_default())
    }

    /// One atomic unit: the lease is checked, the unit works on copies, and its changes are written only if it succeeds.
    fn work<T>(
        &self,
        lease: &Lease,
        now: DateTime<Utc>,
        needs: &Needs,
        work: impl FnOnce(&mut Unit) -> Result<T>,
    ) -> Result<T> {
        let mut connections = lock(&self.connections);
        let rows = connections.entry(lease.connection.clone()).or_default();
        LeaseRow::check(rows.lease.as_ref(), lease, now)?;
        let mut unit = rows.unit(&lease.connection, needs, now);
        let given = work(&mut unit)?;
        let at = unit.now();
        rows.write(unit.finish(), at);
        Ok(given)
    }
}

impl Rows {
    fn unit(&self, connection: &ConnectionId, needs: &Needs, now: DateTime<Utc>) -> Unit {
        let chain = self
            .audit
            .last()
            .map_or_else(|| AuditChain::genesis(connection), AuditChain::after);
        Unit::new(
            chain,
            needs
                .reports
                .iter()
                .filter_map(|id| {
                    self.reports
                        .get(id)
                        .map(|(head, _)| (id.clone(), head.clone()))
                })
                .collect(),
            pick(&self.entries, &needs.entries),
            pick(&self.blocks, &needs.blocks),
            now,
        )
    }

    fn write(&mut self, changes: Changes, now: DateTime<Utc>) {
        for report in changes.contents {
            if let Some(head) = changes.heads.get(&report.id) {
                self.reports
                    .insert(report.id.clone(), (head.clone(), report));
            }
        }
        for (id, head) in changes.heads {
            if let Some(row) = self.reports.get_mut(&id) {
                row.0 = head;
            }
        }
        for (key, entry) in changes.entries {
            if changes.owners.contains(&key) {
                for expense in self
                    .entries
                    .get(&key)
                    .into_iter()
                    .flat_map(|before| &before.step.expenses)
                {
                    self.owners.remove(&(expense.clone(), key.clone()));
                }
                if entry.state.holds_expenses() {
                    self.owners.extend(
                        entry
                            .step
                            .expenses
                            .iter()
                            .map(|expense| (expense.clone(), key.clone())),
                    );
                }
            }
            self.entries.insert(key, entry);
        }
        for (slot, blocks) in changes.blocks {
            if blocks.is_empty() {
                self.blocks.remove(&slot);
            } else {
                self.blocks.insert(slot, blocks);
            }
        }
        if !changes.causes.is_empty() {
            let holding = self
                .blocks
                .values()
                .flatten()
                .map(|block| block.cause.key())
                .collect();
            let last = self
                .items
                .values()
                .map(|item| item.number)
                .max()
                .unwrap_or(0);
            for item in settle_items(&changes.causes, &self.items, &holding, last, now) {
                self.items.insert(item.key.clone(), item);
            }
        }
        self.audit.extend(changes.audit);
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn acquire_lease(
        &self,
        connection: &ConnectionId,
        holder: &str,
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<Lease> {
        let mut connections = lock(&self.connections);
        let rows = connections.entry(connection.clone()).or_default();
        let row = LeaseRow::acquired(rows.lease.as_ref(), connection, holder, ttl, now)?;
        take(rows, connection, row)
    }

    async fn renew_lease(&self, lease: &Lease, ttl: Duration, now: DateTime<Utc>) -> Result<Lease> {
        let mut connections = lock(&self.connections);
        let rows = connections.entry(lease.connection.clone()).or_default();
        let row = LeaseRow::check(rows.lease.as_ref(), lease, now)?.renewed(ttl, now)?;
        take(rows, &lease.connection, row)
    }

    async fn release_lease(&self, lease: &Lease) -> Result<()> {
        let mut connections = lock(&self.connections);
        if let Some(row) = connections
            .get_mut(&lease.connection)
            .and_then(|rows| rows.lease.as_mut())
            && row.fence == lease.fence
        {
            row.until = None;
        }
        Ok(())
    }

    async fn watermark(&self, connection: &ConnectionId) -> Result<Option<Watermark>> {
        Ok(self.read(connection, |rows| rows.watermark))
    }

    async fn intake(
        &self,
        lease: &Lease,
        batch: IntakeBatch,
        now: DateTime<Utc>,
    ) -> Result<IntakeSummary> {
        let needs = Needs::of_intake(&batch);
        let watermark = batch.watermark;
        let mut connections = lock(&self.connections);
        let rows = connections.entry(lease.connection.clone()).or_default();
        LeaseRow::check(rows.lease.as_ref(), lease, now)?;
        let mut unit = rows.unit(&lease.connection, &needs, now);
        let summary = unit.intake(batch);
        let at = unit.now();
        rows.write(unit.finish(), at);
        rows.watermark = watermark.or(rows.watermark);
        Ok(summary)
    }

    async fn reports(
        &self,
        connection: &ConnectionId,
        query: &ReportQuery,
    ) -> Result<Vec<StoredReport>> {
        let limit = rows_of(query.limit);
        Ok(self.read(connection, |rows| {
            rows.reports
                .iter()
                .filter(|(id, (head, _))| {
                    fits(&query.ids, id)
                        && query.after.as_ref().is_none_or(|after| *id > after)
                        && !(query.unacknowledged && head.acknowledged)
                        && !(query.reimbursement_untold && head.reimbursement_told)
                        && (query.statuses.is_empty()
                            || query
                                .statuses
                                .iter()
                                .any(|status| status.as_str() == head.status.as_str()))
                })
                .take(limit)
                .map(|(_, (head, report))| head.clone().with_report(report.clone()))
                .collect()
        }))
    }

    async fn entries(&self, connection: &ConnectionId, query: &EntryQuery) -> Result<EntryPage> {
        let limit = rows_of(query.limit);
        Ok(self.read(connection, |rows| {
            rows.entries
                .iter()
                .filter(|(key, entry)| {
                    fits(&query.keys, key)
                        && fits(&query.reports, &entry.report)
                        && fits(&query.states, &entry.state.name())
                        && query.after.as_ref().is_none_or(|after| *key > after)
                })
                .take(limit)
                .map(|(_, entry)| entry.clone())
                .collect()
        }))
    }

    async fn counts(&self, connection: &ConnectionId) -> Result<StoreCounts> {
        Ok(self.read(connection, |rows| StoreCounts {
            reports: tally(rows.reports.values().map(|(head, _)| head.status))
                .into_iter()
                .collect(),
            entries: tally(
                rows.entries
                    .values()
                    .map(|entry| (entry.step.draft.kind(), entry.state.name())),
            )
            .into_iter()
            .map(|((kind, state), count)| (kind, state, count))
            .collect(),
        }))
    }

    async fn expense_owners(
        &self,
        connection: &ConnectionId,
        expenses: &[ExpenseId],
    ) -> Result<BTreeMap<ExpenseId, Owner>> {
        let wanted: BTreeSet<_> = expenses.iter().collect();
        Ok(self.read(connection, |rows| {
            let mut owners = BTreeMap::new();
            for (expense, key) in &rows.owners {
                if wanted.contains(expense)
                    && let Some(entry) = rows.entries.get(key)
                {
                    owners.entry(expense.clone()).or_insert_with(|| Owner {
                        key: key.clone(),
                        report: entry.report.clone(),
                    });
                }
            }
            owners
        }))
    }

    async fn commit_plans(
        &self,
        lease: &Lease,
        plans: Vec<PlanCommit>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        self.work(lease, now, &Needs::of_plans(&plans), |unit| {
            unit.commit_plans(&plans)
        })
    }

    async fn begin_sends(
        &self,
        lease: &Lease,
        keys: &[StepKey],
        now: DateTime<Utc>,
    ) -> Result<Vec<OutboxEntry>> {
        self.work(lease, now, &Needs::of_sends(keys), |unit| {
            unit.begin_sends(lease, keys)
        })
    }

    async fn record(
        &self,
        lease: &Lease,
        transitions: Vec<Transition>,
        now: DateTime<Utc>,
    ) -> Result<Vec<OutboxEntry>> {
        self.work(lease, now, &Needs::of_transitions(&transitions), |unit| {
            unit.record(transitions)
        })
    }

    async fn judge_reports(
        &self,
        lease: &Lease,
        reports: &[ReportId],
        judgement: Judgement,
        now: DateTime<Utc>,
    ) -> Result<()> {
        self.work(lease, now, &Needs::of_judgement(reports), |unit| {
            unit.judge_reports(reports, &judgement);
            Ok(())
        })
    }

    async fn acknowledge(
        &self,
        lease: &Lease,
        exported: &[ReportId],
        reimbursed: &[ReportId],
        now: DateTime<Utc>,
    ) -> Result<()> {
        let needs = Needs::of_acknowledgement(exported, reimbursed);
        self.work(lease, now, &needs, |unit| {
            unit.acknowledge(exported, reimbursed)
        })
    }

    async fn review_items(
        &self,
        connection: &ConnectionId,
        open_only: bool,
    ) -> Result<Vec<ReviewItem>> {
        Ok(self.read(connection, |rows| {
            let mut blocks: BTreeMap<CauseKey, Vec<Block>> = BTreeMap::new();
            for block in rows.blocks.values().flatten() {
                blocks
                    .entry(block.cause.key())
                    .or_default()
                    .push(block.clone());
            }
            let mut items: Vec<_> = rows
                .items
                .values()
                .filter(|item| !open_only || item.status == ReviewStatus::Open)
                .map(|item| {
                    item.clone()
                        .with_blocks(blocks.remove(&item.key).unwrap_or_default())
                })
                .collect();
            items.sort_by_key(|item| item.number);
            items
        }))
    }

    async fn note_configuration(
        &self,
        lease: &Lease,
        configuration: &Configuration,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let mut connections = lock(&self.connections);
        let rows = connections.entry(lease.connection.clone()).or_default();
        LeaseRow::check(rows.lease.as_ref(), lease, now)?;
        let mut unit = rows.unit(&lease.connection, &Needs::default(), now);
        let kept = unit.note_configuration(rows.configuration.as_ref(), configuration);
        let at = unit.now();
        rows.write(unit.finish(), at);
        rows.configuration = kept.or(rows.configuration);
        Ok(())
    }

    async fn append_audit(
        &self,
        lease: &Lease,
        drafts: Vec<AuditDraft>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        self.work(lease, now, &Needs::default(), |unit| {
            unit.append_audit(drafts);
            Ok(())
        })
    }

    async fn audit(
        &self,
        connection: &ConnectionId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>> {
        let limit = rows_of(limit);
        // Numbered from 1 without gaps.
        let known = usize::try_from(after).unwrap_or(usize::MAX);
        Ok(self.read(connection, |rows| {
            rows.audit.iter().skip(known).take(limit).cloned().collect()
        }))
    }
}

fn take(rows: &mut Rows, connection: &ConnectionId, row: LeaseRow) -> Result<Lease> {
    let lease = row
        .lease(connection)
        .ok_or_else(|| Error::corrupt("hold a lease without an end"))?;
    rows.lease = Some(row);
    Ok(lease)
}

fn tally<T: Ord>(values: impl Iterator<Item = T>) -> BTreeMap<T, u64> {
    let mut counts = BTreeMap::new();
    for value in values {
        let count: &mut u64 = counts.entry(value).or_default();
        *count = count.saturating_add(1);
    }
    counts
}

fn pick<K: Ord + Clone, V: Clone>(rows: &BTreeMap<K, V>, keys: &BTreeSet<K>) -> BTreeMap<K, V> {
    keys.iter()
        .filter_map(|key| rows.get(key).map(|row| (key.clone(), row.clone())))
        .collect()
}

fn fits<T: PartialEq>(wanted: &[T], value: &T) -> bool {
    wanted.is_empty() || wanted.contains(value)
}

fn rows_of(limit: u32) -> usize {
    usize::try_from(page_limit(limit)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{block_on, conformance};

    #[test]
    fn the_memory_store_keeps_every_promise_of_the_port() {
        block_on(conformance::store(|| async { (MemoryStore::new(), ()) }));
    }
}
