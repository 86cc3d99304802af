//! What people decide.

use super::pass::Pass;
use super::{Connection, CorrectionKind, Engine};
use crate::error::{Error, Result};
use crate::model::{RecordId, RecordStatus, ReportId};
use crate::plan::{Cause, StepKey, plan_report};
use crate::ports::{EntryQuery, ReportQuery, Transition};
use crate::state::{
    AuditDraft, EntryEvent, EntryState, Judgement, OutboxEntry, ReviewItem, StateName,
    at_current_revisions,
};

/// A person's decision on a review item or on one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The cause is dealt with: everything the item holds up is planned and probed for again in the next pass.
    Resolve {
        /// The item's number.
        item: u64,
        /// What was done about it.
        reason: String,
    },
    /// Nothing the item holds up is written.
    Skip {
        /// The item's number.
        item: u64,
        /// Why.
        reason: String,
    },
    /// An entry is this existing record of the ledger.
    Adopt {
        /// The entry.
        key: StepKey,
        /// The record.
        record: RecordId,
        /// Why.
        reason: String,
    },
    /// What an item says about written records is corrected, or left as it is.
    Correct {
        /// The item's number.
        item: u64,
        /// How.
        kind: CorrectionKind,
        /// Why.
        reason: String,
    },
    /// An entry is probed for and sent again.
    Replay {
        /// The entry.
        key: StepKey,
        /// Why.
        reason: String,
    },
}

/// What a decision changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DecisionOutcome {
    /// Reports concerned.
    pub reports: Vec<ReportId>,
    /// Entries changed.
    pub entries: Vec<StepKey>,
    /// How far ordered corrections came at once: `Verified`, `Voided` and `Drifted` are done, `Correcting` is carried on by
    /// the next pass.
    pub standings: Vec<(StepKey, StateName)>,
}

impl Engine {
    /// Carries out a person's decision. What was unblocked goes through in the next pass.
    ///
    /// # Errors
    /// `Invalid` for an item, entry or record that does not exist or cannot be decided on so; `LeaseLost` while a pass is
    /// running on this connection: try again when it is done.
    pub async fn decide(
        &self,
        connection: &Connection,
        by: &str,
        decision: Decision,
    ) -> Result<DecisionOutcome> {
        let mut pass = Pass::begin(self, connection).await?;
        let outcome = pass.decide(by, decision).await;
        let released = pass.end().await;
        let outcome = outcome?;
        released?;
        Ok(outcome)
    }
}

impl Pass<'_> {
    async fn decide(&mut self, by: &str, decision: Decision) -> Result<DecisionOutcome> {
        match decision {
            Decision::Resolve { item, reason } => {
                let item = self.open_item(item).await?;
                self.resolve(by, &reason, &item).await
            }
            Decision::Skip { item, reason } => {
                let item = self.open_item(item).await?;
                self.skip(by, &reason, &item).await
            }
            Decision::Adopt {
                key,
                record,
                reason,
            } => self.adopt(by, &reason, key, record).await,
            Decision::Correct { item, kind, reason } => {
                let item = self.open_item(item).await?;
                self.order_correction(by, &item, kind, &reason).await
            }
            Decision::Replay { key, reason } => {
                self.check_replayable(&key).await?;
                self.note_decision(by, key.as_str(), "replay", &reason)
                    .await?;
                self.move_entry(key, EntryEvent::Reopen { by: by.to_owned() })
                    .await
            }
        }
    }

    /// Only what waits for a person or was skipped by one is replayed: everything else goes on by itself, or is done.
    async fn check_replayable(&self, key: &StepKey) -> Result<()> {
        let Some(entry) = self.entry_again(key).await? else {
            return Err(Error::invalid(format!(
                "find record {key}; `review show` and `audit list` name the records there are"
            )));
        };
        let why = match &entry.state {
            EntryState::InReview { .. } | EntryState::Skipped { .. } => return Ok(()),
            EntryState::Verified { record, .. } => {
                format!("it is in FreshBooks as planned, as record {record}")
            }
            EntryState::Drifted { record, .. } => format!(
                "record {record} was changed or deleted in FreshBooks; `review correct` decides what becomes of it"
            ),
            EntryState::Cancelled | EntryState::Voided { .. } => {
                "its report holds it no longer".to_owned()
            }
            EntryState::Planned
            | EntryState::Sending { .. }
            | EntryState::Unknown { .. }
            | EntryState::Posted { .. }
            | EntryState::Correcting { .. } => "the next pass goes on with it by itself".to_owned(),
        };
        Err(Error::invalid(format!("replay record {key}: {why}")))
    }

    async fn open_item(&self, number: u64) -> Result<ReviewItem> {
        let items = self
            .engine
            .ports
            .store
            .review_items(&self.connection.id, true)
            .await?;
        items
            .into_iter()
            .find(|item| item.number == number)
            .ok_or_else(|| {
                Error::invalid(format!(
                    "find open review item {number}; `review list` shows them"
                ))
            })
    }

    /// Entries are reopened; whole reports are planned again anyway, and those that changed after posting now expect the
    /// corrected record.
    async fn resolve(
        &mut self,
        by: &str,
        reason: &str,
        item: &ReviewItem,
    ) -> Result<DecisionOutcome> {
        self.note_decision(
            by,
            &format!("review item {}", item.number),
            "review_resolve",
            reason,
        )
        .await?;
        let mut transitions = Vec::new();
        let mut outcome = DecisionOutcome {
            reports: item.reports().into_iter().cloned().collect(),
            ..DecisionOutcome::default()
        };
        for key in item.blocks.iter().filter_map(|block| block.entry.clone()) {
            let event = self.reopened(by, &key).await?;
            transitions.push(Transition { key, event });
        }
        if matches!(item.cause, Cause::ChangedAfterPosting { .. }) {
            transitions.extend(self.corrections(by, &outcome.reports).await?);
        }
        outcome.entries = transitions
            .iter()
            .map(|transition| transition.key.clone())
            .collect();
        self.record(transitions).await?;
        Ok(outcome)
    }

    /// An entry in review is probed for and sent again; a record that a person changed and has seen to is read again.
    async fn reopened(&mut self, by: &str, key: &StepKey) -> Result<EntryEvent> {
        let entry = self.entry_again(key).await?;
        let Some(entry) = entry.filter(|entry| entry.state.name() == StateName::Drifted) else {
            return Ok(EntryEvent::Reopen { by: by.to_owned() });
        };
        let sightings = self.look(std::slice::from_ref(&entry)).await?;
        match self.drift_of(&entry, &sightings).await? {
            Some(event) => Ok(event),
            None => Err(Error::invalid(format!(
                "resolve what became of {key}: FreshBooks shows it as before; see to it there first, or use `review correct`"
            ))),
        }
    }

    /// The steps as planned now, for entries whose record a person has corrected by hand.
    async fn corrections(&self, by: &str, reports: &[ReportId]) -> Result<Vec<Transition>> {
        let query = ReportQuery {
            ids: reports.to_vec(),
            limit: super::pass::PAGE,
            ..ReportQuery::default()
        };
        let stored = self
            .engine
            .ports
            .store
            .reports(&self.connection.id, &query)
            .await?;
        let around = self
            .engine
            .surroundings(&self.connection.id, &stored)
            .await?;
        let snapshot = self.engine.ports.ledger.snapshot().await?;
        let mut rules = self.connection.rules.clone();
        rules.scope.start_date = None;
        let mut transitions = Vec::new();
        for stored in &stored {
            let entries = around
                .entries
                .get(&stored.report.id)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let mut planned = plan_report(&snapshot, &stored.report, &rules);
            at_current_revisions(&mut planned, &around.voided);
            for step in planned.steps {
                let changed = entries.iter().any(|entry| {
                    entry.key == step.key
                        && entry.state.record().is_some()
                        && entry.step.source != step.source
                });
                if changed {
                    let key = step.key.clone();
                    let event = EntryEvent::Corrected {
                        by: by.to_owned(),
                        step: Box::new(step),
                    };
                    transitions.push(Transition { key, event });
                }
            }
        }
        Ok(transitions)
    }

    async fn skip(&self, by: &str, reason: &str, item: &ReviewItem) -> Result<DecisionOutcome> {
        self.note_decision(
            by,
            &format!("review item {}", item.number),
            "review_skip",
            reason,
        )
        .await?;
        let (by, reason) = (by.to_owned(), reason.to_owned());
        let entries: Vec<StepKey> = item
            .blocks
            .iter()
            .filter_map(|block| block.entry.clone())
            .collect();
        let transitions = entries
            .iter()
            .map(|key| Transition {
                key: key.clone(),
                event: EntryEvent::Skip {
                    by: by.clone(),
                    reason: reason.clone(),
                },
            })
            .collect();
        self.record(transitions).await?;
        let whole: Vec<ReportId> = item
            .blocks
            .iter()
            .filter(|block| block.entry.is_none())
            .map(|block| block.report.clone())
            .collect();
        if !whole.is_empty() {
            let judgement = Judgement::Skip { by, reason };
            self.engine
                .ports
                .store
                .judge_reports(&self.lease, &whole, judgement, self.now())
                .await?;
        }
        Ok(DecisionOutcome {
            reports: item.reports().into_iter().cloned().collect(),
            entries,
            ..DecisionOutcome::default()
        })
    }

    async fn adopt(
        &self,
        by: &str,
        reason: &str,
        key: StepKey,
        record: RecordId,
    ) -> Result<DecisionOutcome> {
        let Some(entry) = self.entry_again(&key).await? else {
            return Err(Error::invalid(format!(
                "find the record {key}; `status` and `review list` show keys"
            )));
        };
        let kind = entry.step.draft.kind();
        let Some(found) = self.engine.ports.ledger.read(kind, record).await? else {
            return Err(Error::invalid(format!(
                "find {} {record} in FreshBooks",
                kind.as_str()
            )));
        };
        if found.status == RecordStatus::Deleted {
            return Err(Error::invalid(format!(
                "adopt {} {record}: it is deleted in FreshBooks",
                kind.as_str()
            )));
        }
        self.note_decision(by, key.as_str(), "adopt", reason)
            .await?;
        self.move_entry(
            key,
            EntryEvent::Adopt {
                by: by.to_owned(),
                record,
            },
        )
        .await
    }

    async fn entry_again(&self, key: &StepKey) -> Result<Option<OutboxEntry>> {
        let query = EntryQuery {
            keys: vec![key.clone()],
            limit: 1,
            ..EntryQuery::default()
        };
        let store = &self.engine.ports.store;
        let found = store.entries(&self.connection.id, &query).await?;
        Ok(found.into_iter().next())
    }

    async fn move_entry(&self, key: StepKey, event: EntryEvent) -> Result<DecisionOutcome> {
        let moved = self.record(vec![Transition { key, event }]).await?;
        Ok(DecisionOutcome {
            reports: moved.iter().map(|entry| entry.report.clone()).collect(),
            entries: moved.into_iter().map(|entry| entry.key).collect(),
            ..DecisionOutcome::default()
        })
    }

    pub(super) async fn note_decision(
        &self,
        by: &str,
        subject: &str,
        action: &str,
        reason: &str,
    ) -> Result<()> {
        let draft = AuditDraft {
            actor: by.to_owned(),
            subject: subject.to_owned(),
            action: action.to_owned(),
            detail: reason.to_owned(),
        };
        self.engine
            .ports
            .store
            .append_audit(&self.lease, vec![draft], self.now())
            .await
    }
}
