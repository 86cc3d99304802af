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
    Acceptance, Copies, Correction, CorrectionStage, Drift, EntryEvent, EntryState, OutboxEntry,
    RecordChange, StateName, VoidProof,
};

/// Looks and requests for one correction in one pass, at most: a void of several copies takes three each.
const STEPS_MAX: u32 = 24;

/// What FreshBooks shows of a record to be corrected.
#[derive(Debug)]
struct Seen {
    /// The record, by its number; `None` when FreshBooks does not know it.
    record: Option<LedgerRecord>,
    /// The copy of it that is being voided, by its number; only looked for where one is.
    copy: Option<LedgerRecord>,
    /// Records under the entry's mark, from a complete listing; only looked for when a record is to be voided.
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
            EntryState::Verified { .. }
                | EntryState::Voided { .. }
                | EntryState::Drifted {
                    accepted: Some(_),
                    ..
                }
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
        let marked = match correction.change {
            RecordChange::Void | RecordChange::KeepOne(_) => {
                let sightings = self.look(std::slice::from_ref(entry)).await?;
                sightings.of(entry).into_iter().cloned().collect()
            }
            RecordChange::Update(_) => Vec::new(),
        };
        // After the listing: where the two differ, the newer look counts.
        let kind = entry.step.draft.kind();
        let ledger = &self.engine.ports.ledger;
        let copy = match &correction.change {
            RecordChange::KeepOne(copies) => ledger.read(kind, copies.voiding).await?,
            RecordChange::Update(_) | RecordChange::Void => None,
        };
        // The record to be kept last: nothing is voided unless it stands.
        let record = ledger.read(kind, *record).await?;
        Ok(Seen {
            record,
            copy,
            marked,
        })
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
        RecordChange::KeepOne(copies) => at_hand.keep(copies, correction, seen),
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
            CorrectionStage::Applied { .. } => {
                stop(still_there(self.entry.key.to_string(), target))
            }
            CorrectionStage::Unknown { since } => self.once_more_after(since),
        }
    }

    /// Voids one copy after the other, as long as the record to be kept stands; then looks whether it is the only one.
    fn keep(&self, copies: &Copies, correction: &Correction, seen: &Seen) -> Next {
        let key = || self.entry.key.to_string();
        let Some(kept) = seen.record.as_ref().filter(|record| stands(record)) else {
            let record = self.record;
            return stop(Cause::MarkedRecordDeleted { key: key(), record });
        };
        if let Some(copy) = seen.copy.as_ref().filter(|record| stands(record)) {
            return match self.stage {
                CorrectionStage::Ordered | CorrectionStage::Sending { .. } => self.begin(copy),
                CorrectionStage::Applied { .. } => stop(still_there(key(), copy)),
                CorrectionStage::Unknown { since } => self.once_more_after(since),
            };
        }
        if let Some(record) = copies.then.first().copied() {
            return note(EntryEvent::CorrectionRetargeted { record });
        }
        // The number counts where it was read by it, later than listed.
        let others: Vec<RecordId> = seen
            .marked
            .iter()
            .filter(|record| stands(record))
            .map(|record| record.id)
            .filter(|id| *id != self.record && *id != copies.voiding)
            .collect();
        if !others.is_empty() {
            let drift = Drift::Copied([vec![self.record], others].concat());
            return note(EntryEvent::SeenDrifted { drift });
        }
        let different = differences(&self.entry.step.draft, kept);
        if different.is_empty() {
            return note(EntryEvent::CorrectionConfirmed);
        }
        let drift = Drift::Changed(different.clone());
        if different != copies.left {
            return note(EntryEvent::SeenDrifted { drift });
        }
        note(EntryEvent::Accepted {
            acceptance: Acceptance {
                by: correction.by.clone(),
                reason: correction.reason.clone(),
                at: self.now,
            },
            drift: Some((self.record, drift)),
            report: None,
        })
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

/// FreshBooks said that it is deleted, and shows it as before.
fn still_there(key: String, record: &LedgerRecord) -> Cause {
    Cause::MarkedRecordDiffers {
        key,
        record: record.id,
        differences: vec![RecordDifference {
            field: "deleted".to_owned(),
            planned: "yes".to_owned(),
            observed: "no".to_owned(),
        }],
    }
}

fn stop(cause: Cause) -> Next {
    note(EntryEvent::CorrectionStopped { cause })
}

fn note(event: EntryEvent) -> Next {
    Next::Record(Box::new(event))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Draft, Marker, RecordKind, RecordStatus, ReportId, VendorId};
    use crate::state::Correction;
    use crate::testing::samples;

    const OURS: RecordId = RecordId::new(9);

    fn bill(cents: i64) -> Step {
        samples::bill_step(&samples::report("R1", &[cents]))
    }

    /// Ordered: the bill of 1.00 becomes one of 2.00.
    fn update() -> RecordChange {
        RecordChange::Update(Box::new(bill(200)))
    }

    fn entry(change: RecordChange, stage: CorrectionStage, attempts: u32) -> OutboxEntry {
        let planned = OutboxEntry::planned(ReportId::new("R1"), bill(100), samples::start());
        let correction = Box::new(Correction {
            by: "ann".to_owned(),
            reason: "the report changed".to_owned(),
            change,
        });
        OutboxEntry {
            state: EntryState::Correcting {
                record: OURS,
                correction,
                stage,
                attempts,
            },
            ..planned
        }
    }

    /// The record as a step of so many cents would have written it.
    fn record(id: RecordId, cents: i64) -> LedgerRecord {
        let step = bill(cents);
        let Draft::Bill(draft) = &step.draft else {
            panic!("{step:?}")
        };
        LedgerRecord {
            kind: RecordKind::Bill,
            id,
            markers: [Marker::for_report(&ReportId::new("R1"))].into(),
            status: RecordStatus::Active,
            total: Some(draft.total),
            date: Some(draft.issued_on),
            vendor: Some(VendorId::new(31)),
            category: None,
            lines: draft
                .lines
                .iter()
                .map(|line| crate::model::ObservedLine {
                    category: Some(line.category),
                    net: line.net,
                })
                .collect(),
            payment: Payment::Nothing,
        }
    }

    fn seen(record: Option<LedgerRecord>, marked: &[LedgerRecord]) -> Seen {
        Seen {
            record,
            marked: marked.to_vec(),
            copy: None,
        }
    }

    fn after(entry: &OutboxEntry, seen: &Seen, minutes: i64) -> Next {
        let now = samples::start() + chrono::TimeDelta::minutes(minutes);
        let settings = Settings {
            quiet_time: Duration::from_mins(10),
            attempts_max: 3,
            ..Settings::default()
        };
        next(entry, seen, &settings, now)
    }

    fn stopped(next: &Next) -> &Cause {
        let Next::Record(event) = next else {
            panic!("{next:?}")
        };
        let EntryEvent::CorrectionStopped { cause } = &**event else {
            panic!("{event:?}")
        };
        cause
    }

    #[test]
    fn what_is_no_correction_waits_and_one_that_another_worker_was_sending_is_abandoned() {
        let looked = seen(Some(record(OURS, 100)), &[]);
        let planned = OutboxEntry::planned(ReportId::new("R1"), bill(100), samples::start());
        assert_eq!(after(&planned, &looked, 0), Next::Wait);
        let sending = CorrectionStage::Sending {
            fence: 1,
            since: samples::start(),
        };
        for change in [update(), RecordChange::Void] {
            assert_eq!(
                after(&entry(change, sending, 1), &looked, 0),
                note(EntryEvent::Abandoned)
            );
        }
    }

    #[test]
    fn a_correction_begins_as_often_as_is_set_and_not_before_its_time() {
        let looked = seen(Some(record(OURS, 100)), &[record(OURS, 100)]);
        for change in [update(), RecordChange::Void] {
            let ordered = |attempts| entry(change.clone(), CorrectionStage::Ordered, attempts);
            assert_eq!(after(&ordered(2), &looked, 0), Next::Begin);
            assert!(matches!(
                stopped(&after(&ordered(3), &looked, 0)),
                Cause::AttemptsExhausted { .. }
            ));
            let later = OutboxEntry {
                not_before: Some(samples::start() + chrono::TimeDelta::minutes(5)),
                ..ordered(0)
            };
            assert_eq!(after(&later, &looked, 4), Next::Wait);
            assert_eq!(after(&later, &looked, 5), Next::Begin);
        }
    }

    #[test]
    fn a_bill_that_is_paid_even_in_part_or_in_a_copy_is_not_touched() {
        let copy = RecordId::new(10);
        let paid = |id| LedgerRecord {
            payment: Payment::Part,
            ..record(id, 100)
        };
        let ours = seen(Some(paid(OURS)), &[paid(OURS)]);
        let ordered = entry(update(), CorrectionStage::Ordered, 0);
        assert!(matches!(
            stopped(&after(&ordered, &ours, 0)),
            Cause::BillPaid { record, .. } if *record == OURS
        ));
        let copied = seen(Some(record(OURS, 100)), &[record(OURS, 100), paid(copy)]);
        let ordered = entry(RecordChange::Void, CorrectionStage::Ordered, 0);
        assert!(matches!(
            stopped(&after(&ordered, &copied, 0)),
            Cause::BillPaid { record, .. } if *record == copy
        ));
    }

    #[test]
    fn what_was_applied_must_show_or_a_person_is_asked() {
        let applied = CorrectionStage::Applied {
            at: samples::start(),
        };
        let updated = entry(update(), applied, 1);
        assert_eq!(
            after(&updated, &seen(Some(record(OURS, 200)), &[]), 0),
            note(EntryEvent::CorrectionConfirmed)
        );
        let cause = after(&updated, &seen(Some(record(OURS, 150)), &[]), 0);
        let Cause::MarkedRecordDiffers {
            record: named,
            differences,
            ..
        } = stopped(&cause)
        else {
            panic!("{cause:?}")
        };
        assert!(*named == OURS && differences.iter().any(|found| found.field == "total"));
        let cause = after(
            &entry(RecordChange::Void, applied, 1),
            &seen(Some(record(OURS, 100)), &[record(OURS, 100)]),
            0,
        );
        let Cause::MarkedRecordDiffers { differences, .. } = stopped(&cause) else {
            panic!("{cause:?}")
        };
        let told: Vec<_> = differences
            .iter()
            .map(|found| [&found.field, &found.planned, &found.observed])
            .collect();
        assert_eq!(told, [["deleted", "yes", "no"]]);
    }

    #[test]
    fn an_unknown_correction_waits_the_quiet_time_out_unless_the_record_tells() {
        let unknown = CorrectionStage::Unknown {
            since: samples::start(),
        };
        let updating = entry(update(), unknown, 1);
        let (as_it_was, as_ordered) = (
            seen(Some(record(OURS, 100)), &[]),
            seen(Some(record(OURS, 200)), &[]),
        );
        assert_eq!(
            after(&updating, &as_ordered, 0),
            note(EntryEvent::CorrectionConfirmed)
        );
        assert_eq!(after(&updating, &as_it_was, 9), Next::Wait);
        let unapplied = note(EntryEvent::CorrectionUnapplied);
        assert_eq!(after(&updating, &as_it_was, 10), unapplied);
        // Only the description differs: the record cannot tell which of the two it is.
        let mut silent = bill(100);
        if let Draft::Bill(draft) = &mut silent.draft {
            draft.lines[0].description.push_str(" (new)");
        }
        let silent = entry(RecordChange::Update(Box::new(silent)), unknown, 1);
        assert_eq!(after(&silent, &as_it_was, 9), Next::Wait);
        assert_eq!(after(&silent, &as_it_was, 10), unapplied);
        // Putting back what was written is told by the record, since there is nothing else it could be.
        let back = entry(RecordChange::Update(Box::new(bill(100))), unknown, 1);
        assert_eq!(
            after(&back, &as_it_was, 0),
            note(EntryEvent::CorrectionConfirmed)
        );
        let voiding = entry(RecordChange::Void, unknown, 1);
        let stands = seen(Some(record(OURS, 100)), &[]);
        assert_eq!(after(&voiding, &stands, 9), Next::Wait);
        assert_eq!(after(&voiding, &stands, 10), unapplied);
    }

    #[test]
    fn a_void_ends_only_when_neither_the_number_nor_the_mark_shows_anything_that_counts() {
        let deleted = |id| LedgerRecord {
            status: RecordStatus::Deleted,
            ..record(id, 100)
        };
        let copy = RecordId::new(10);
        let voiding = entry(RecordChange::Void, CorrectionStage::Ordered, 1);
        let proof = VoidProof::of_complete_listing(Some(OURS));
        let voided = note(EntryEvent::Voided { proof });
        let gone = [deleted(OURS), deleted(copy)];
        assert_eq!(
            after(&voiding, &seen(Some(deleted(OURS)), &gone), 0),
            voided
        );
        assert_eq!(after(&voiding, &seen(None, &[]), 0), voided);
        let left = [deleted(OURS), record(copy, 100)];
        assert_eq!(
            after(&voiding, &seen(Some(deleted(OURS)), &left), 0),
            note(EntryEvent::CorrectionRetargeted { record: copy })
        );
        // The listing is older than the look by number: where they differ, the newer one counts.
        let stale = [record(OURS, 100)];
        assert_eq!(
            after(&voiding, &seen(Some(deleted(OURS)), &stale), 0),
            voided
        );
        let unlisted = seen(Some(record(OURS, 100)), &[]);
        assert_eq!(after(&voiding, &unlisted, 0), Next::Begin);
    }
}
