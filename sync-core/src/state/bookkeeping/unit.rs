//! One atomic call at work on the rows it loaded.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{BlockSlot, Changes, ReportHead, TouchedCause, stored_time};
use crate::error::{Error, Result};
use crate::model::ReportId;
use crate::plan::{Cause, CauseKey, StepKey};
use crate::planted::{Bug, is_on};
use crate::ports::Transition;
use crate::state::{
    AuditChain, AuditDraft, Block, Configuration, ConfigurationHashes, CorrectionStage, EntryEvent,
    EntryState, Lease, OutboxEntry, apply, blocks_of_entry,
};

/// One atomic call at work on the rows it loaded. See the [module](super) for the flow.
///
/// A method that fails leaves a unit that must be thrown away: then nothing of the call is stored.
#[derive(Clone, Debug)]
pub struct Unit {
    pub(super) now: DateTime<Utc>,
    pub(super) reports: BTreeMap<ReportId, ReportHead>,
    pub(super) entries: BTreeMap<StepKey, OutboxEntry>,
    pub(super) blocks: BTreeMap<BlockSlot, Vec<Block>>,
    pub(super) changes: Changes,
    chain: AuditChain,
    touched: BTreeMap<CauseKey, usize>,
}

impl Unit {
    /// A unit of rows loaded as its [`Needs`](super::Needs) say; `chain` is the end of the connection's audit trail.
    pub fn new(
        chain: AuditChain,
        reports: BTreeMap<ReportId, ReportHead>,
        entries: BTreeMap<StepKey, OutboxEntry>,
        blocks: BTreeMap<BlockSlot, Vec<Block>>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            now: stored_time(now),
            reports,
            entries,
            blocks,
            changes: Changes::default(),
            chain,
            touched: BTreeMap::new(),
        }
    }

    /// The time the call is made at, as it is stored.
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// What the call changes.
    pub fn finish(self) -> Changes {
        self.changes
    }

    /// Appends audit entries that belong to no other change.
    pub fn append_audit(&mut self, drafts: Vec<AuditDraft>) {
        for draft in drafts {
            self.audit(draft);
        }
    }

    /// Notes under which configuration passes run. Gives the hashes to keep, when they are other than those kept before.
    pub fn note_configuration(
        &mut self,
        before: Option<&ConfigurationHashes>,
        now: &Configuration,
    ) -> Option<ConfigurationHashes> {
        let draft = now.change_since(before)?;
        self.audit(draft);
        Some(now.hashes)
    }

    /// Begins to send those of `keys` that are planned, or ordered to be corrected, and due; returns them in the order
    /// asked for, each once.
    ///
    /// # Errors
    /// `Invalid` for an illegal transition.
    pub fn begin_sends(&mut self, lease: &Lease, keys: &[StepKey]) -> Result<Vec<OutboxEntry>> {
        let now = self.now;
        let mut begun = Vec::new();
        for key in keys {
            // An entry begun a moment ago is not waiting any more, so a key given twice is begun once.
            let due = self.entries.get(key).is_some_and(|entry| {
                let waits = matches!(
                    entry.state,
                    EntryState::Planned
                        | EntryState::Correcting {
                            stage: CorrectionStage::Ordered,
                            ..
                        }
                );
                waits && entry.not_before.is_none_or(|not_before| not_before <= now)
            });
            if due {
                begun.push(self.apply_event(key, EntryEvent::BeginSend { fence: lease.fence })?);
            }
        }
        Ok(begun)
    }

    /// Applies events; returns the entry after each, in order.
    ///
    /// # Errors
    /// `Invalid` for an entry that is not there or an illegal transition.
    pub fn record(&mut self, transitions: Vec<Transition>) -> Result<Vec<OutboxEntry>> {
        transitions
            .into_iter()
            .map(|Transition { key, event }| self.apply_event(&key, event))
            .collect()
    }

    /// Notes what Expensify was told. What was noted before leaves no trace.
    ///
    /// # Errors
    /// `Invalid` for a report that is not there.
    pub fn acknowledge(&mut self, exported: &[ReportId], reimbursed: &[ReportId]) -> Result<()> {
        for id in exported {
            let mut head = self.head(id)?.clone();
            if !std::mem::replace(&mut head.acknowledged, true) {
                self.put_head(id, head);
                self.audit(AuditDraft::by_engine(
                    id.as_str(),
                    "acknowledged",
                    "the exported label is set in Expensify",
                ));
            }
        }
        for id in reimbursed {
            let mut head = self.head(id)?.clone();
            if !std::mem::replace(&mut head.reimbursement_told, true) {
                self.put_head(id, head);
                self.audit(AuditDraft::by_engine(
                    id.as_str(),
                    "reimbursement_told",
                    "Expensify knows that it is paid",
                ));
            }
        }
        Ok(())
    }

    pub(super) fn audit(&mut self, draft: AuditDraft) {
        let entry = self.chain.append(draft, self.now);
        self.changes.audit.push(entry);
    }

    pub(super) fn head(&self, id: &ReportId) -> Result<&ReportHead> {
        self.reports
            .get(id)
            .ok_or_else(|| Error::invalid(format!("find report {id} in the store")))
    }

    pub(super) fn put_head(&mut self, id: &ReportId, head: ReportHead) {
        self.changes.heads.insert(id.clone(), head.clone());
        self.reports.insert(id.clone(), head);
    }

    pub(super) fn entry(&self, key: &StepKey) -> Result<&OutboxEntry> {
        self.entries
            .get(key)
            .ok_or_else(|| Error::invalid(format!("find entry {key} in the outbox")))
    }

    /// The one way an entry changes.
    pub(super) fn apply_event(&mut self, key: &StepKey, event: EntryEvent) -> Result<OutboxEntry> {
        let before = self.entry(key)?;
        let (after, audit) = apply(before, event, self.now)
            .map_err(|error| Error::invalid(error.to_string()).with_source(error))?;
        let owners_change = before.state.holds_expenses() != after.state.holds_expenses()
            || before.step.expenses != after.step.expenses;
        let before_block = blocks_of_entry(before);
        let after_block = blocks_of_entry(&after);
        self.put_entry(after.clone(), owners_change);
        if before_block != after_block {
            self.replace_blocks(
                BlockSlot::Entry(key.clone()),
                before_block.into_iter().collect(),
                after_block.into_iter().collect(),
            );
        }
        if !is_on(Bug::TransitionWithoutAudit) {
            self.audit(audit);
        }
        Ok(after)
    }

    pub(super) fn put_entry(&mut self, entry: OutboxEntry, owners_change: bool) {
        if owners_change {
            self.changes.owners.insert(entry.key.clone());
        }
        self.changes
            .entries
            .insert(entry.key.clone(), entry.clone());
        self.entries.insert(entry.key.clone(), entry);
    }

    /// Fills a slot anew, with blocks in the order of their causes' keys. Returns whether that changes anything.
    pub(super) fn fill_slot(&mut self, slot: BlockSlot, after: Vec<Block>) -> bool {
        let mut before = self.blocks.get(&slot).cloned().unwrap_or_default();
        // A slot holds each cause once; stores give its blocks back in any order.
        before.sort_by_cached_key(|block| block.cause.key());
        if before == after {
            return false;
        }
        self.replace_blocks(slot, before, after);
        true
    }

    fn replace_blocks(&mut self, slot: BlockSlot, before: Vec<Block>, after: Vec<Block>) {
        for block in before {
            self.touch(&block.cause, false);
        }
        for block in &after {
            self.touch(&block.cause, true);
        }
        self.blocks.insert(slot.clone(), after.clone());
        self.changes.blocks.insert(slot, after);
    }

    fn touch(&mut self, cause: &Cause, comes: bool) {
        let key = cause.key();
        let next = self.changes.causes.len();
        let position = *self.touched.entry(key.clone()).or_insert(next);
        if position == next {
            self.changes.causes.push(TouchedCause { key, cause: None });
        }
        if comes && let Some(touched) = self.changes.causes.get_mut(position) {
            touched.cause = Some(cause.clone());
        }
    }
}
