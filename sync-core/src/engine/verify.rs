//! Reading back what was written, field by field.

use chrono::{DateTime, Utc};

use super::pass::Pass;
use super::probe::{Sightings, compare, judge, read_back};
use crate::error::Result;
use crate::model::RecordId;
use crate::plan::StepKey;
use crate::ports::{EntryQuery, Transition};
use crate::state::{Drift, EntryEvent, EntryState, OutboxEntry, StateName};

impl Pass<'_> {
    /// Compares what the listings show with what was planned. `fresh`: the listings were made after the sends of this
    /// wave, so they also count as probes for what became unknown in it.
    pub(super) async fn read_back(
        &mut self,
        wave: &[OutboxEntry],
        sightings: &Sightings,
        fresh: bool,
    ) -> Result<()> {
        let keys: Vec<StepKey> = wave.iter().map(|entry| entry.key.clone()).collect();
        let mut transitions = Vec::new();
        for entry in self.entries_again(&keys).await? {
            let event = match &entry.state {
                EntryState::Posted { record, at } => {
                    self.read_back_one(&entry, (*record, *at), sightings)
                        .await?
                }
                EntryState::Unknown { .. } if fresh => {
                    judge(&entry, sightings, &self.connection.settings)
                }
                EntryState::Planned
                | EntryState::Sending { .. }
                | EntryState::Unknown { .. }
                | EntryState::Verified { .. }
                | EntryState::Drifted { .. }
                | EntryState::Correcting { .. }
                | EntryState::Voided { .. }
                | EntryState::InReview { .. }
                | EntryState::Skipped { .. }
                | EntryState::Cancelled => None,
            };
            transitions.extend(event.map(|event| Transition {
                key: entry.key,
                event,
            }));
        }
        let found: Vec<StepKey> = transitions
            .iter()
            .filter(|transition| matches!(transition.event, EntryEvent::ProbeFound { .. }))
            .map(|transition| transition.key.clone())
            .collect();
        let moved = self.record(transitions).await?;
        self.count_verified(&moved);
        if found.is_empty() {
            return Ok(());
        }
        // Found equal by the probe: the same listing has already compared them.
        self.tally.adopted = self
            .tally
            .adopted
            .saturating_add(u64::try_from(found.len()).unwrap_or(u64::MAX));
        let equal = found
            .into_iter()
            .map(|key| Transition {
                key,
                event: EntryEvent::ReadBack,
            })
            .collect();
        let moved = self.record(equal).await?;
        self.count_verified(&moved);
        Ok(())
    }

    /// A record that the listing does not show is read by its id: only then is it known to be gone. One written in this
    /// very pass may merely lag in the listing; it waits for the next pass, so that a lag costs no read per record.
    async fn read_back_one(
        &self,
        entry: &OutboxEntry,
        (record, written_at): (RecordId, DateTime<Utc>),
        sightings: &Sightings,
    ) -> Result<Option<EntryEvent>> {
        if let Some(event) = read_back(entry, sightings) {
            return Ok(Some(event));
        }
        if written_at >= self.began_at {
            return Ok(None);
        }
        self.read_by_id(entry, record).await.map(Some)
    }

    pub(super) async fn read_by_id(
        &self,
        entry: &OutboxEntry,
        known: RecordId,
    ) -> Result<EntryEvent> {
        let record = self
            .engine
            .ports
            .ledger
            .read(entry.step.draft.kind(), known)
            .await?;
        Ok(match record {
            None => EntryEvent::SeenDrifted {
                drift: Drift::Deleted,
            },
            Some(record) => compare(entry, &record),
        })
    }

    async fn entries_again(&self, keys: &[StepKey]) -> Result<Vec<OutboxEntry>> {
        let query = EntryQuery {
            keys: keys.to_vec(),
            limit: super::pass::PAGE,
            ..EntryQuery::default()
        };
        self.engine
            .ports
            .store
            .entries(&self.connection.id, &query)
            .await
    }

    fn count_verified(&mut self, moved: &[OutboxEntry]) {
        let verified = moved
            .iter()
            .filter(|entry| entry.state.name() == StateName::Verified)
            .count();
        self.tally.verified = self
            .tally
            .verified
            .saturating_add(u64::try_from(verified).unwrap_or(u64::MAX));
    }
}
