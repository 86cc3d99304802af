//! The one function that owns an entry's transitions.

mod event;

use chrono::{DateTime, Utc};

pub use self::event::{EntryEvent, IllegalTransition, NotApplied};
use super::{
    Acceptance, AuditDraft, Correction, CorrectionStage, Drift, EntryState, LeftAsIs, OutboxEntry,
    RecordChange, VoidProof,
};
use crate::model::RecordId;
use crate::plan::{Cause, Step};
use crate::planted::{Bug, is_on};

/// Applies an event to an entry. Returns the entry as it is afterwards and the audit entry to write in the same
/// transaction; the entry passed in is untouched.
///
/// # Errors
/// [`IllegalTransition`] when the event cannot happen in the entry's state.
pub fn apply(
    entry: &OutboxEntry,
    event: EntryEvent,
    now: DateTime<Utc>,
) -> Result<(OutboxEntry, AuditDraft), IllegalTransition> {
    let mut next = entry.clone();
    next.changed_at = now;
    next.note = None;
    let name = event.name();
    let actor = event.actor().to_owned();
    let note = transition(&mut next, event, now).ok_or_else(|| IllegalTransition {
        key: entry.key.to_string(),
        from: entry.state.name(),
        event: name,
    })?;
    let audit = AuditDraft {
        actor,
        ..AuditDraft::of_transition(entry, &next, name, &note)
    };
    Ok((next, audit))
}

/// Moves the entry; `None` when the event cannot happen. Returns what a reader of the audit trail should know besides.
fn transition(entry: &mut OutboxEntry, event: EntryEvent, now: DateTime<Utc>) -> Option<String> {
    match event {
        EntryEvent::BeginSend { fence } => begin_send(entry, fence, now),
        EntryEvent::Applied { .. }
        | EntryEvent::NotApplied { .. }
        | EntryEvent::Refused { .. }
        | EntryEvent::OutcomeUnknown { .. }
        | EntryEvent::Abandoned => after_send(entry, event, now),
        EntryEvent::ProbeFound { .. }
        | EntryEvent::ProbeAbsent
        | EntryEvent::ProvenAbsent
        | EntryEvent::Escalated { .. }
        | EntryEvent::ReadBack
        | EntryEvent::SeenDrifted { .. } => after_listing(entry, event, now),
        EntryEvent::Replanned { step } => replan(entry, *step),
        EntryEvent::Withdrawn => withdraw(entry),
        EntryEvent::Corrected { by, step } => correct(entry, &by, *step, now),
        EntryEvent::CorrectionOrdered { correction, record } => order(entry, correction, record),
        EntryEvent::Voided { proof } => void(entry, &proof, now),
        EntryEvent::CorrectionRetargeted { .. }
        | EntryEvent::CorrectionUnapplied
        | EntryEvent::CorrectionConfirmed
        | EntryEvent::CorrectionStopped { .. } => carry_correction(entry, event, now),
        EntryEvent::Accepted {
            acceptance,
            drift,
            report,
        } => accept(entry, acceptance, drift, report, now),
        EntryEvent::Skip { .. } | EntryEvent::Adopt { .. } | EntryEvent::Reopen { .. } => {
            decide(entry, event, now)
        }
    }
}

fn begin_send(entry: &mut OutboxEntry, fence: u64, now: DateTime<Utc>) -> Option<String> {
    if let EntryState::Correcting {
        record,
        correction,
        stage: stage @ CorrectionStage::Ordered,
        attempts,
    } = &mut entry.state
    {
        *attempts = attempts.saturating_add(1);
        *stage = CorrectionStage::Sending { fence, since: now };
        entry.not_before = None;
        let target = correction.change.target(*record);
        let change = match &correction.change {
            RecordChange::Update(_) => "update",
            RecordChange::Void | RecordChange::KeepOne(_) => "void",
        };
        return Some(format!("{change} of record {target}, attempt {attempts}"));
    }
    if entry.state != EntryState::Planned {
        return None;
    }
    entry.attempts = entry.attempts.saturating_add(1);
    entry.not_before = None;
    entry.state = EntryState::Sending {
        attempt: entry.attempts,
        fence,
        since: now,
    };
    Some(format!("attempt {}", entry.attempts))
}

/// What was on the wire.
enum Sent {
    /// The request that makes the record.
    Record { attempt: u32 },
    /// The request that corrects one: it, or a copy of it.
    Correction { record: RecordId, target: RecordId },
}

impl Sent {
    fn of(state: &EntryState) -> Option<Self> {
        if let EntryState::Sending { attempt, .. } = state {
            return Some(Self::Record { attempt: *attempt });
        }
        if let EntryState::Correcting {
            record,
            correction,
            stage: CorrectionStage::Sending { .. },
            ..
        } = state
        {
            return Some(Self::Correction {
                record: *record,
                target: correction.change.target(*record),
            });
        }
        None
    }
}

fn after_send(entry: &mut OutboxEntry, event: EntryEvent, now: DateTime<Utc>) -> Option<String> {
    let sent = Sent::of(&entry.state)?;
    match event {
        EntryEvent::Applied { record } => Some(applied(entry, &sent, record, now)),
        EntryEvent::NotApplied { why, retry_at } => {
            not_applied(entry, &sent, why);
            entry.not_before = retry_at;
            entry.note = Some(why.as_str().to_owned());
            Some(why.as_str().to_owned())
        }
        EntryEvent::Refused { cause } => {
            let note = cause.note();
            let record = match sent {
                Sent::Correction { record, .. } if !is_on(Bug::RefusedCorrectionForgets) => {
                    Some(record)
                }
                Sent::Record { .. } | Sent::Correction { .. } => None,
            };
            entry.state = EntryState::InReview { cause, record };
            Some(note)
        }
        EntryEvent::OutcomeUnknown { note } => {
            unknown(entry, &sent, now);
            entry.note = Some(note.clone());
            Some(note)
        }
        EntryEvent::Abandoned => {
            if is_on(Bug::AbandonedIsNotApplied) {
                entry.state = EntryState::Planned;
            } else {
                unknown(entry, &sent, now);
            }
            Some("the sending worker is gone".to_owned())
        }
        EntryEvent::BeginSend { .. }
        | EntryEvent::ProbeFound { .. }
        | EntryEvent::ProbeAbsent
        | EntryEvent::ProvenAbsent
        | EntryEvent::Escalated { .. }
        | EntryEvent::ReadBack
        | EntryEvent::SeenDrifted { .. }
        | EntryEvent::Replanned { .. }
        | EntryEvent::Withdrawn
        | EntryEvent::Corrected { .. }
        | EntryEvent::CorrectionOrdered { .. }
        | EntryEvent::CorrectionRetargeted { .. }
        | EntryEvent::CorrectionUnapplied
        | EntryEvent::CorrectionConfirmed
        | EntryEvent::CorrectionStopped { .. }
        | EntryEvent::Voided { .. }
        | EntryEvent::Accepted { .. }
        | EntryEvent::Skip { .. }
        | EntryEvent::Adopt { .. }
        | EntryEvent::Reopen { .. } => None,
    }
}

fn applied(entry: &mut OutboxEntry, sent: &Sent, answered: RecordId, now: DateTime<Utc>) -> String {
    match sent {
        Sent::Record { .. } => {
            entry.state = EntryState::Posted {
                record: answered,
                at: now,
            };
            format!("record {answered}")
        }
        Sent::Correction { target, .. } if *target == answered => {
            set_stage(entry, CorrectionStage::Applied { at: now });
            format!("record {target}, to be read back")
        }
        // An answer that names another record says nothing about ours.
        Sent::Correction { .. } => {
            unknown(entry, sent, now);
            format!("the answer named record {answered}")
        }
    }
}

fn not_applied(entry: &mut OutboxEntry, sent: &Sent, why: NotApplied) {
    // What never left this process does not count as a send.
    let uncounted = u32::from(why == NotApplied::NotStarted);
    match sent {
        Sent::Record { .. } => {
            entry.state = EntryState::Planned;
            entry.attempts = entry.attempts.saturating_sub(uncounted);
        }
        Sent::Correction { .. } => {
            set_stage(entry, CorrectionStage::Ordered);
            if let EntryState::Correcting { attempts, .. } = &mut entry.state {
                *attempts = attempts.saturating_sub(uncounted);
            }
        }
    }
}

fn unknown(entry: &mut OutboxEntry, sent: &Sent, now: DateTime<Utc>) {
    match sent {
        Sent::Record { attempt } => {
            entry.state = EntryState::Unknown {
                attempt: *attempt,
                since: now,
                absences: 0,
                absent_at: None,
            };
        }
        Sent::Correction { .. } => set_stage(entry, CorrectionStage::Unknown { since: now }),
    }
}

fn set_stage(entry: &mut OutboxEntry, to: CorrectionStage) {
    if let EntryState::Correcting { stage, .. } = &mut entry.state {
        *stage = to;
    }
}

fn after_listing(entry: &mut OutboxEntry, event: EntryEvent, now: DateTime<Utc>) -> Option<String> {
    match (&entry.state, event) {
        (EntryState::Planned | EntryState::Unknown { .. }, EntryEvent::ProbeFound { record }) => {
            entry.state = EntryState::Posted { record, at: now };
            Some(format!("adopted record {record}"))
        }
        (
            EntryState::Unknown {
                attempt,
                since,
                absences,
                ..
            },
            EntryEvent::ProbeAbsent,
        ) => {
            let absences = absences.saturating_add(1);
            entry.state = EntryState::Unknown {
                attempt: *attempt,
                since: *since,
                absences,
                absent_at: Some(now),
            };
            Some(format!("complete listing {absences} without the record"))
        }
        (EntryState::Unknown { .. }, EntryEvent::ProvenAbsent) => {
            entry.resends = entry.resends.saturating_add(1);
            entry.state = EntryState::Planned;
            Some("absence proven; may be sent once more".to_owned())
        }
        (
            EntryState::Planned | EntryState::Unknown { .. } | EntryState::Posted { .. },
            EntryEvent::Escalated { cause, record },
        ) => {
            let note = cause.note();
            entry.state = EntryState::InReview { cause, record };
            Some(note)
        }
        (
            EntryState::Posted { record, .. }
            | EntryState::Drifted { record, .. }
            | EntryState::Verified { record, .. },
            EntryEvent::ReadBack,
        ) => {
            let record = *record;
            entry.state = EntryState::Verified { record, at: now };
            Some(format!("record {record} equals the plan"))
        }
        (_, EntryEvent::SeenDrifted { drift }) => drifted(entry, drift, now),
        _ => None,
    }
}

fn drifted(entry: &mut OutboxEntry, drift: Drift, now: DateTime<Utc>) -> Option<String> {
    let (EntryState::Posted { record, .. }
    | EntryState::Verified { record, .. }
    | EntryState::Drifted { record, .. }
    | EntryState::Correcting {
        record,
        stage:
            CorrectionStage::Ordered | CorrectionStage::Unknown { .. } | CorrectionStage::Applied { .. },
        ..
    }) = entry.state
    else {
        return None;
    };
    let note = drift_note(record, &drift);
    entry.state = EntryState::Drifted {
        record,
        drift,
        at: now,
        accepted: None,
    };
    Some(note)
}

fn drift_note(record: RecordId, drift: &Drift) -> String {
    match drift {
        Drift::Deleted => format!("record {record} was deleted in FreshBooks"),
        Drift::Changed(differences) => {
            format!(
                "record {record} was changed in FreshBooks: {} field(s)",
                differences.len()
            )
        }
        Drift::Copied(records) => format!(
            "record {record} was copied in FreshBooks: {} carry its mark",
            records.len()
        ),
    }
}

/// A record of it may exist unless FreshBooks has refused every one.
fn back_to_the_plan(entry: &mut OutboxEntry) {
    let is_new = matches!(
        entry.state,
        EntryState::Planned
            | EntryState::InReview {
                cause: Cause::Refused { .. }
                    | Cause::NotPermitted { .. }
                    | Cause::AttemptsExhausted { .. },
                ..
            }
    );
    entry.sent_back |= !is_new && !is_on(Bug::SentBackLookedAround);
    entry.state = EntryState::Planned;
}

fn replan(entry: &mut OutboxEntry, step: Step) -> Option<String> {
    let free = match entry.state {
        EntryState::Planned | EntryState::Cancelled => true,
        EntryState::InReview { record, .. } => record.is_none(),
        EntryState::Sending { .. }
        | EntryState::Unknown { .. }
        | EntryState::Posted { .. }
        | EntryState::Verified { .. }
        | EntryState::Drifted { .. }
        | EntryState::Correcting { .. }
        | EntryState::Voided { .. }
        | EntryState::Skipped { .. } => false,
    };
    if !free || step.key != entry.key {
        return None;
    }
    take_step(entry, step);
    back_to_the_plan(entry);
    Some(format!("payload {}", entry.payload.short(12)))
}

fn withdraw(entry: &mut OutboxEntry) -> Option<String> {
    let free = match entry.state {
        EntryState::Planned => true,
        EntryState::InReview { record, .. } => record.is_none(),
        EntryState::Sending { .. }
        | EntryState::Unknown { .. }
        | EntryState::Posted { .. }
        | EntryState::Verified { .. }
        | EntryState::Drifted { .. }
        | EntryState::Correcting { .. }
        | EntryState::Voided { .. }
        | EntryState::Skipped { .. }
        | EntryState::Cancelled => false,
    };
    if !free {
        return None;
    }
    entry.state = EntryState::Cancelled;
    Some("the report no longer holds it".to_owned())
}

fn correct(entry: &mut OutboxEntry, by: &str, step: Step, now: DateTime<Utc>) -> Option<String> {
    let record = match entry.state {
        EntryState::Posted { record, .. }
        | EntryState::Verified { record, .. }
        | EntryState::Drifted { record, .. } => record,
        EntryState::Planned
        | EntryState::Sending { .. }
        | EntryState::Unknown { .. }
        | EntryState::Correcting { .. }
        | EntryState::Voided { .. }
        | EntryState::InReview { .. }
        | EntryState::Skipped { .. }
        | EntryState::Cancelled => return None,
    };
    if step.key != entry.key {
        return None;
    }
    take_step(entry, step);
    entry.state = EntryState::Posted { record, at: now };
    Some(format!(
        "{by} corrected record {record}; payload {}",
        entry.payload.short(12)
    ))
}

/// From now on the entry stands for this step; what a person said of the old one is over.
fn take_step(entry: &mut OutboxEntry, step: Step) {
    entry.payload = step.draft.fingerprint();
    entry.step = step;
    entry.left_as_is = None;
}

fn carry_correction(
    entry: &mut OutboxEntry,
    event: EntryEvent,
    now: DateTime<Utc>,
) -> Option<String> {
    let EntryState::Correcting {
        record,
        correction,
        stage,
        attempts,
    } = &mut entry.state
    else {
        return None;
    };
    match (event, *stage, &mut correction.change) {
        // Only what the request brings ends this stage.
        (_, CorrectionStage::Sending { .. }, _) => None,
        (EntryEvent::CorrectionRetargeted { record: next }, _, RecordChange::Void) => {
            *record = next;
            *stage = CorrectionStage::Ordered;
            *attempts = 0;
            Some(format!("record {next} carries the mark too"))
        }
        (EntryEvent::CorrectionRetargeted { record: next }, _, RecordChange::KeepOne(copies)) => {
            let done = copies.voiding;
            let position = copies.then.iter().position(|copy| *copy == next)?;
            copies.voiding = next;
            copies.then.drain(..=position);
            *stage = CorrectionStage::Ordered;
            *attempts = 0;
            Some(format!(
                "record {done} counts no more; record {next} is next"
            ))
        }
        (EntryEvent::CorrectionUnapplied, CorrectionStage::Unknown { .. }, _) => {
            *stage = CorrectionStage::Ordered;
            Some(format!(
                "record {record} is as it was; may be sent once more"
            ))
        }
        (EntryEvent::CorrectionConfirmed, _, RecordChange::Update(step)) => {
            let (record, step) = (*record, step.clone());
            take_step(entry, *step);
            entry.state = EntryState::Verified { record, at: now };
            let payload = entry.payload.short(12);
            Some(format!("record {record} is as ordered; payload {payload}"))
        }
        (EntryEvent::CorrectionConfirmed, _, RecordChange::KeepOne(_)) => {
            let record = *record;
            entry.state = EntryState::Verified { record, at: now };
            Some(format!(
                "record {record} is kept, as planned; none but it carries the mark any more"
            ))
        }
        (EntryEvent::CorrectionStopped { cause }, stage, change) => {
            let record = Some(*record);
            // What was applied is what is in the books, though not quite as ordered.
            if let (CorrectionStage::Applied { .. }, RecordChange::Update(step)) = (stage, change) {
                let step = step.clone();
                take_step(entry, *step);
            }
            let note = cause.note();
            entry.state = EntryState::InReview { cause, record };
            Some(note)
        }
        _ => None,
    }
}

fn order(entry: &mut OutboxEntry, correction: Box<Correction>, record: RecordId) -> Option<String> {
    let open = matches!(
        entry.state,
        EntryState::Posted { .. }
            | EntryState::Verified { .. }
            | EntryState::Drifted { .. }
            | EntryState::InReview { .. }
            | EntryState::Correcting {
                stage: CorrectionStage::Ordered,
                ..
            }
    );
    let other = matches!(&correction.change, RecordChange::Update(step) if step.key != entry.key);
    if !open || other {
        return None;
    }
    let note = format!(
        "{} record {record}: {}",
        correction.change.as_str(),
        correction.reason
    );
    entry.not_before = None;
    entry.state = EntryState::Correcting {
        record,
        correction,
        stage: CorrectionStage::Ordered,
        attempts: 0,
    };
    Some(note)
}

fn void(entry: &mut OutboxEntry, proof: &VoidProof, now: DateTime<Utc>) -> Option<String> {
    let may = match &entry.state {
        EntryState::Planned | EntryState::Unknown { .. } => true,
        EntryState::Correcting {
            correction, stage, ..
        } => {
            correction.change == RecordChange::Void
                && !matches!(stage, CorrectionStage::Sending { .. })
        }
        EntryState::Sending { .. }
        | EntryState::Posted { .. }
        | EntryState::Verified { .. }
        | EntryState::Drifted { .. }
        | EntryState::Voided { .. }
        | EntryState::InReview { .. }
        | EntryState::Skipped { .. }
        | EntryState::Cancelled => false,
    };
    if !may {
        return None;
    }
    let record = proof.record();
    entry.left_as_is = None;
    entry.state = EntryState::Voided { record, at: now };
    let which = record.map_or_else(String::new, |record| format!("record {record}: "));
    Some(format!("{which}none under the mark counts any more"))
}

fn accept(
    entry: &mut OutboxEntry,
    acceptance: Acceptance,
    drift: Option<(RecordId, Drift)>,
    report: Option<LeftAsIs>,
    now: DateTime<Utc>,
) -> Option<String> {
    let known = match &entry.state {
        EntryState::Posted { record, .. }
        | EntryState::Verified { record, .. }
        | EntryState::Drifted { record, .. } => Some(*record),
        EntryState::InReview { record, .. } => *record,
        // The end of an order to keep a record although it differs.
        EntryState::Correcting {
            record,
            correction,
            stage:
                CorrectionStage::Ordered
                | CorrectionStage::Unknown { .. }
                | CorrectionStage::Applied { .. },
            ..
        } if matches!(correction.change, RecordChange::KeepOne(_)) => Some(*record),
        EntryState::Planned
        | EntryState::Sending { .. }
        | EntryState::Unknown { .. }
        | EntryState::Correcting { .. }
        | EntryState::Voided { .. }
        | EntryState::Skipped { .. }
        | EntryState::Cancelled => return None,
    };
    let record = drift.as_ref().map(|(record, _)| *record).or(known)?;
    let what = match &drift {
        Some((record, drift)) => drift_note(*record, drift),
        None => format!("record {record} is as it was written"),
    };
    let note = format!("{what}; left as it is: {}", acceptance.reason);
    if report.is_some() {
        entry.left_as_is = report;
    }
    entry.state = match drift {
        Some((record, drift)) => EntryState::Drifted {
            record,
            drift,
            at: now,
            accepted: Some(acceptance),
        },
        None => EntryState::Verified { record, at: now },
    };
    Some(note)
}

fn decide(entry: &mut OutboxEntry, event: EntryEvent, now: DateTime<Utc>) -> Option<String> {
    match (&entry.state, event) {
        (
            EntryState::InReview { .. }
            | EntryState::Planned
            | EntryState::Drifted { .. }
            | EntryState::Unknown { .. },
            EntryEvent::Skip { by, reason },
        ) => {
            let note = format!("{by}: {reason}");
            entry.state = EntryState::Skipped { by, reason };
            Some(note)
        }
        (
            EntryState::InReview { .. }
            | EntryState::Planned
            | EntryState::Unknown { .. }
            | EntryState::Drifted { .. },
            EntryEvent::Adopt { by, record },
        ) => {
            entry.state = EntryState::Posted { record, at: now };
            Some(format!("{by} adopted record {record}"))
        }
        // A record that is known is read again, by its number: its mark may be gone, and looking for that would miss it.
        (
            EntryState::InReview {
                record: Some(record),
                ..
            },
            EntryEvent::Reopen { by },
        ) => {
            let record = *record;
            entry.state = EntryState::Posted { record, at: now };
            entry.not_before = None;
            Some(format!("reopened by {by}; record {record} is read again"))
        }
        (EntryState::InReview { .. } | EntryState::Skipped { .. }, EntryEvent::Reopen { by }) => {
            back_to_the_plan(entry);
            entry.not_before = None;
            Some(format!("reopened by {by}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
