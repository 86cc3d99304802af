//! Carrying out corrections that a person ordered: look, change, look again.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Settings;
use super::pass::Pass;
use super::probe::stands;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{LedgerRecord, Payment, RecordId};
use crate::plan::{Cause, RecordDifference, Step, differences};
use crate::ports::{Transition, permits};
use crate::state::{
    CorrectionStage, Drift, EntryEvent, EntryState, OutboxEntry, RecordChange, StateName, VoidProof,
};

/// Looks and requests for one correction in one pass, at most: a void of several copies takes three each.
const STEPS_MAX: u32 = 24;

/// What FreshBooks shows of a record to be corrected.
#[derive(Debug)]
struct Seen {
    /// The record, by its number; `None` when FreshBooks does not know it.
    record: Option<LedgerRecord>,
    /// Records under the entry's mark, from a complete listing; only looked for when the record is to be voided.
    marked: Vec<LedgerRecord>,
}

/// What to do next about a correction.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// Make the intent durable and send.
    Begin,
    /// Note what became of it.
    Record(Box<EntryEvent>),
    /// Nothing before some time has passed.
    Wait,
}

impl Pass<'_> {
    /// Carries on every correction that was ordered and is not done. One that FreshBooks gives no answer about waits for
    /// the next pass and holds up nothing else.
    pub(super) async fn correct(&mut self) -> Result<()> {
        for entry in self.entries_in(&[StateName::Correcting]).await? {
            match self.carry_on(entry).await {
                Ok(_) => {}
                Err(error) if is_for_later(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Carries on one correction as far as it goes now.
    pub(super) async fn carry_on(&mut self, mut entry: OutboxEntry) -> Result<OutboxEntry> {
        for _ in 0..STEPS_MAX {
            if entry.state.name() != StateName::Correcting || self.tally.interrupted.is_some() {
                break;
            }
            self.renew().await?;
            let seen = self.see(&entry).await?;
            let event = match next(&entry, &seen, &self.connection.settings, self.now()) {
                Next::Wait => break,
                Next::Record(event) => *event,
                Next::Begin => match self.send_correction(&entry).await? {
                    Some(event) => event,
                    None => break,
                },
            };
            let put_off = matches!(event, EntryEvent::NotApplied { .. });
            let key = entry.key.clone();
            let moved = self.record(vec![Transition { key, event }]).await?;
            let Some(after) = moved.into_iter().next() else {
                break;
            };
            entry = after;
            if put_off {
                break;
            }
        }
        if matches!(
            entry.state,
            EntryState::Verified { .. } | EntryState::Voided { .. }
        ) {
            self.tally.corrected = self.tally.corrected.saturating_add(1);
        }
        Ok(entry)
    }

    async fn see(&mut self, entry: &OutboxEntry) -> Result<Seen> {
        let EntryState::Correcting {
            record, correction, ..
        } = &entry.state
        else {
            return Err(Error::invalid("look at a correction that is none"));
        };
        let marked = if correction.change == RecordChange::Void {
            let sightings = self.look(std::slice::from_ref(entry)).await?;
            sightings.of(entry).into_iter().cloned().collect()
        } else {
            Vec::new()
        };
        // After the listing: where the two differ, the newer look counts.
        let kind = entry.step.draft.kind();
        let record = self.engine.ports.ledger.read(kind, *record).await?;
        Ok(Seen { record, marked })
    }

    /// One durable intent, one permit, one request. `None` when it is not due.
    async fn send_correction(&mut self, entry: &OutboxEntry) -> Result<Option<EntryEvent>> {
        let now = self.now();
        let begun = self
            .engine
            .ports
            .store
            .begin_sends(&self.lease, std::slice::from_ref(&entry.key), now)
            .await?;
        let Some(sending) = begun.first().cloned() else {
            return Ok(None);
        };
        let deadline = now + self.send_window();
        let receipts = self
            .engine
            .ports
            .ledger
            .send(permits(begun, self.lease.fence), deadline)
            .await;
        let outcome = receipts.into_iter().next().map(|receipt| receipt.outcome);
        Ok(outcome.map(|outcome| {
            self.interrupt(&outcome);
            self.event_of(&sending, outcome, self.now())
        }))
    }
}

/// Whether the ledger may simply answer another time.
fn is_for_later(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Unavailable | ErrorKind::Unauthorized | ErrorKind::Invalid
    )
}

/// What to do next about a correction: pure.
fn next(entry: &OutboxEntry, seen: &Seen, settings: &Settings, now: DateTime<Utc>) -> Next {
    let EntryState::Correcting {
        record,
        correction,
        stage,
        attempts,
    } = &entry.state
    else {
        return Next::Wait;
    };
    if let CorrectionStage::Sending { .. } = stage {
        // Begun by a worker that is gone: whoever holds the lease now has recorded what its own requests brought.
        return note(EntryEvent::Abandoned);
    }
    let at_hand = AtHand {
        entry,
        record: *record,
        stage: *stage,
        attempts: *attempts,
        settings,
        now,
    };
    match &correction.change {
        RecordChange::Update(step) => at_hand.update(step, seen.record.as_ref()),
        RecordChange::Void => at_hand.void(seen),
    }
}

/// A correction between two looks.
struct AtHand<'a> {
    entry: &'a OutboxEntry,
    record: RecordId,
    stage: CorrectionStage,
    attempts: u32,
    settings: &'a Settings,
    now: DateTime<Utc>,
}

impl AtHand<'_> {
    fn update(&self, step: &Step, seen: Option<&LedgerRecord>) -> Next {
        let Some(record) = seen.filter(|record| stands(record)) else {
            return note(EntryEvent::SeenDrifted {
                drift: Drift::Deleted,
            });
        };
        let different = differences(&step.draft, record);
        match self.stage {
            CorrectionStage::Ordered | CorrectionStage::Sending { .. } => self.begin(record),
            CorrectionStage::Applied { .. } if different.is_empty() => {
                note(EntryEvent::CorrectionConfirmed)
            }
            CorrectionStage::Applied { .. } => stop(Cause::MarkedRecordDiffers {
                key: self.entry.key.to_string(),
                record: record.id,
                differences: different,
            }),
            CorrectionStage::Unknown { since } => {
                if different.is_empty() && self.tells(step, record) {
                    note(EntryEvent::CorrectionConfirmed)
                } else {
                    self.once_more_after(since)
                }
            }
        }
    }

    /// Whether a record that equals the step shows that it was changed: not when what was written before would look the
    /// same, as when only a description differs. Putting back what a person changed always shows.
    fn tells(&self, step: &Step, record: &LedgerRecord) -> bool {
        let before = &self.entry.step.draft;
        self.entry.payload == step.draft.fingerprint() || !differences(before, record).is_empty()
    }

    fn void(&self, seen: &Seen) -> Next {
        let by_number = seen.record.as_ref();
        let standing: Vec<&LedgerRecord> = seen
            .marked
            .iter()
            .filter(|record| record.id != self.record)
            .chain(by_number)
            .filter(|record| stands(record))
            .collect();
        let Some(target) = standing
            .iter()
            .find(|record| record.id == self.record)
            .or(standing.first())
        else {
            let proof = VoidProof::of_complete_listing(Some(self.record));
            return note(EntryEvent::Voided { proof });
        };
        if target.id != self.record {
            let record = target.id;
            return note(EntryEvent::CorrectionRetargeted { record });
        }
        match self.stage {
            CorrectionStage::Ordered | CorrectionStage::Sending { .. } => standing
                .iter()
                .find(|record| record.payment != Payment::Nothing)
                .map_or_else(|| self.begin(target), |paid| self.begin(paid)),
            CorrectionStage::Applied { .. } => stop(Cause::MarkedRecordDiffers {
                key: self.entry.key.to_string(),
                record: target.id,
                differences: vec![RecordDifference {
                    field: "deleted".to_owned(),
                    planned: "yes".to_owned(),
                    observed: "no".to_owned(),
                }],
            }),
            CorrectionStage::Unknown { since } => self.once_more_after(since),
        }
    }

    /// Sends, unless the bill has been paid, or nobody has let it through often enough.
    fn begin(&self, record: &LedgerRecord) -> Next {
        let key = self.entry.key.to_string();
        if record.payment != Payment::Nothing {
            let record = record.id;
            return stop(Cause::BillPaid { key, record });
        }
        if self.attempts >= self.settings.attempts_max {
            let last = "no answer that could be relied on".to_owned();
            return stop(Cause::AttemptsExhausted { key, last });
        }
        if self.entry.not_before.is_some_and(|at| at > self.now) {
            return Next::Wait;
        }
        Next::Begin
    }

    /// A request that may still be on its way is given the quiet time before it is sent once more.
    fn once_more_after(&self, since: DateTime<Utc>) -> Next {
        let waited: Duration = (self.now - since).to_std().unwrap_or_default();
        if waited >= self.settings.quiet_time {
            note(EntryEvent::CorrectionUnapplied)
        } else {
            Next::Wait
        }
    }
}

fn stop(cause: Cause) -> Next {
    note(EntryEvent::CorrectionStopped { cause })
}

fn note(event: EntryEvent) -> Next {
    Next::Record(Box::new(event))
}
