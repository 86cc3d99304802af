//! The one function that owns an entry's transitions.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::audit::ENGINE;
use super::{
    Acceptance, AuditDraft, Correction, CorrectionStage, Drift, EntryState, LeftAsIs, OutboxEntry,
    RecordChange, StateName, VoidProof,
};
use crate::model::RecordId;
use crate::plan::{Cause, Step};
use crate::planted::{Bug, is_on};

/// Why a send certainly changed nothing, and may be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum NotApplied {
    /// The batch's time ran out before this request was begun.
    NotStarted,
    /// Too many requests.
    Throttled,
    /// The access token was refused.
    Unauthorized,
    /// No connection was made: not a byte left.
    Unreachable,
}

impl NotApplied {
    /// The word for people and the audit trail.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotStarted => "not started",
            Self::Throttled => "throttled",
            Self::Unauthorized => "unauthorized",
            Self::Unreachable => "unreachable",
        }
    }
}

/// What happened to an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryEvent {
    /// The intent to send is made durable.
    BeginSend {
        /// The lease it is begun under.
        fence: u64,
    },
    /// The ledger answered with the record.
    Applied {
        /// Its id.
        record: RecordId,
    },
    /// Certainly nothing was written; it may be tried again.
    NotApplied {
        /// Why.
        why: NotApplied,
        /// Not before.
        retry_at: Option<DateTime<Utc>>,
    },
    /// Certainly nothing was written, and trying again would change nothing.
    Refused {
        /// Why.
        cause: Cause,
    },
    /// The outcome is not known.
    OutcomeUnknown {
        /// What was seen, shortened.
        note: String,
    },
    /// The worker that was sending is gone: its lease is no longer current.
    Abandoned,
    /// A probe found exactly one record with our mark that equals the plan.
    ProbeFound {
        /// Its id.
        record: RecordId,
    },
    /// A complete listing showed no record with our mark.
    ProbeAbsent,
    /// Absence is proven: quiet time and enough complete listings have passed.
    ProvenAbsent,
    /// A person must decide.
    Escalated {
        /// Why.
        cause: Cause,
        /// The record concerned.
        record: Option<RecordId>,
    },
    /// The record was read back and equals the plan.
    ReadBack,
    /// The record was read back, or not found any more, and a person has changed it.
    SeenDrifted {
        /// How.
        drift: Drift,
    },
    /// The report or the mapping changed before anything was sent.
    Replanned {
        /// The new step; same key.
        step: Box<Step>,
    },
    /// The report no longer holds this step, and nothing was sent.
    Withdrawn,
    /// A person corrected the record in the ledger after the report changed: the new step is what is expected from now
    /// on, and the next reading back compares with it.
    Corrected {
        /// Who.
        by: String,
        /// The new step; same key.
        step: Box<Step>,
    },
    /// A person ordered a correction; nothing of it is sent yet.
    CorrectionOrdered {
        /// What.
        correction: Box<Correction>,
        /// Of which record.
        record: RecordId,
    },
    /// Another record under the mark must be voided too, or instead.
    CorrectionRetargeted {
        /// Which.
        record: RecordId,
    },
    /// Reading, after the quiet time, showed the record as it was: the request may be sent once more.
    CorrectionUnapplied,
    /// Reading showed the record as ordered.
    CorrectionConfirmed,
    /// The correction cannot be carried out; a person must decide.
    CorrectionStopped {
        /// Why.
        cause: Cause,
    },
    /// A complete listing shows no record under the mark that counts: it was voided, here or by another installation.
    Voided {
        /// The proof.
        proof: VoidProof,
    },
    /// A person takes it as it is: a difference in the ledger, one in the report, or both.
    Accepted {
        /// Whose word.
        acceptance: Acceptance,
        /// How the record differs from what was written, if it does.
        drift: Option<(RecordId, Drift)>,
        /// The same word about the report, if that says otherwise now.
        report: Option<LeftAsIs>,
    },
    /// A person decides that it is not written.
    Skip {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
    /// A person names an existing record as this one.
    Adopt {
        /// Who.
        by: String,
        /// The record.
        record: RecordId,
    },
    /// A person has dealt with the cause: it is probed for and sent again.
    Reopen {
        /// Who.
        by: String,
    },
}

impl EntryEvent {
    /// Its name in the audit trail.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::BeginSend { .. } => "begin_send",
            Self::Applied { .. } => "applied",
            Self::NotApplied { .. } => "not_applied",
            Self::Refused { .. } => "refused",
            Self::OutcomeUnknown { .. } => "outcome_unknown",
            Self::Abandoned => "abandoned",
            Self::ProbeFound { .. } => "probe_found",
            Self::ProbeAbsent => "probe_absent",
            Self::ProvenAbsent => "proven_absent",
            Self::Escalated { .. } => "escalated",
            Self::ReadBack => "read_back",
            Self::SeenDrifted { .. } => "seen_drifted",
            Self::Replanned { .. } => "replanned",
            Self::Withdrawn => "withdrawn",
            Self::Corrected { .. } => "corrected",
            Self::CorrectionOrdered { .. } => "correction_ordered",
            Self::CorrectionRetargeted { .. } => "correction_retargeted",
            Self::CorrectionUnapplied => "correction_unapplied",
            Self::CorrectionConfirmed => "correction_confirmed",
            Self::CorrectionStopped { .. } => "correction_stopped",
            Self::Voided { .. } => "voided",
            Self::Accepted { .. } => "accepted",
            Self::Skip { .. } => "skip",
            Self::Adopt { .. } => "adopt",
            Self::Reopen { .. } => "reopen",
        }
    }

    /// Whose doing it is: a person's where one decided, else the engine's.
    fn actor(&self) -> &str {
        match self {
            Self::Corrected { by, .. }
            | Self::Skip { by, .. }
            | Self::Adopt { by, .. }
            | Self::Reopen { by } => by,
            Self::CorrectionOrdered { correction, .. } => &correction.by,
            Self::Accepted { acceptance, .. } => &acceptance.by,
            Self::BeginSend { .. }
            | Self::Applied { .. }
            | Self::NotApplied { .. }
            | Self::Refused { .. }
            | Self::OutcomeUnknown { .. }
            | Self::Abandoned
            | Self::ProbeFound { .. }
            | Self::ProbeAbsent
            | Self::ProvenAbsent
            | Self::Escalated { .. }
            | Self::ReadBack
            | Self::SeenDrifted { .. }
            | Self::Replanned { .. }
            | Self::Withdrawn
            | Self::CorrectionRetargeted { .. }
            | Self::CorrectionUnapplied
            | Self::CorrectionConfirmed
            | Self::CorrectionStopped { .. }
            | Self::Voided { .. } => ENGINE,
        }
    }
}

/// An event that cannot happen in that state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("apply {event} to entry {key} in state {}", from.as_str())]
pub struct IllegalTransition {
    /// The entry.
    pub key: String,
    /// Its state.
    pub from: StateName,
    /// The event's name.
    pub event: &'static str,
}

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
        let change = correction.change.as_str();
        return Some(format!("{change} of record {record}, attempt {attempts}"));
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
    /// The request that corrects it.
    Correction { record: RecordId },
}

impl Sent {
    fn of(state: &EntryState) -> Option<Self> {
        if let EntryState::Sending { attempt, .. } = state {
            return Some(Self::Record { attempt: *attempt });
        }
        if let EntryState::Correcting {
            record,
            stage: CorrectionStage::Sending { .. },
            ..
        } = state
        {
            return Some(Self::Correction { record: *record });
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
                Sent::Record { .. } => None,
                Sent::Correction { record } => Some(record),
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
        Sent::Correction { record } if *record == answered => {
            set_stage(entry, CorrectionStage::Applied { at: now });
            format!("record {record}, to be read back")
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
    entry.state = EntryState::Planned;
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
        ..
    } = &mut entry.state
    else {
        return None;
    };
    match (event, *stage, &correction.change) {
        // Only what the request brings ends this stage.
        (_, CorrectionStage::Sending { .. }, _) => None,
        (EntryEvent::CorrectionRetargeted { record: next }, _, RecordChange::Void) => {
            *record = next;
            *stage = CorrectionStage::Ordered;
            Some(format!("record {next} carries the mark too"))
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
        EntryState::Planned
        | EntryState::Sending { .. }
        | EntryState::Unknown { .. }
        | EntryState::Correcting { .. }
        | EntryState::Voided { .. }
        | EntryState::Skipped { .. }
        | EntryState::Cancelled => None,
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
            entry.state = EntryState::Planned;
            entry.not_before = None;
            Some(format!("reopened by {by}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::{Currency, Draft, FingerprintWriter, Marker, ReportId, VendorDraft};
    use crate::plan::StepKey;

    fn at() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn step() -> Step {
        let marker = Marker::for_vendor("ann@acme.test");
        Step {
            key: StepKey::of(&marker),
            draft: Draft::Vendor(VendorDraft {
                marker,
                name: "Ann".to_owned(),
                email: "ann@acme.test".to_owned(),
                currency: Currency::parse("USD").unwrap(),
            }),
            amount: None,
            expenses: Vec::new(),
            source: FingerprintWriter::new("test").finish(),
            provenance: Vec::new(),
        }
    }

    fn entry(state: EntryState) -> OutboxEntry {
        let planned = OutboxEntry::planned(ReportId::new("R1"), step(), at());
        OutboxEntry { state, ..planned }
    }

    fn update() -> RecordChange {
        RecordChange::Update(Box::new(step()))
    }

    fn correction(change: RecordChange) -> Correction {
        Correction {
            by: "ann".to_owned(),
            reason: "the report changed".to_owned(),
            change,
        }
    }

    fn acceptance() -> Acceptance {
        Acceptance {
            by: "ann".to_owned(),
            reason: "agreed".to_owned(),
            at: at(),
        }
    }

    fn corrections() -> Vec<(&'static str, EntryState)> {
        let (record, at) = (RecordId::new(9), at());
        let on_the_wire = CorrectionStage::Sending {
            fence: 1,
            since: at,
        };
        let lost = CorrectionStage::Unknown { since: at };
        let done = CorrectionStage::Applied { at };
        let void = || RecordChange::Void;
        let stages = [
            ("update+ordered", update(), CorrectionStage::Ordered),
            ("update+sending", update(), on_the_wire),
            ("update+unknown", update(), lost),
            ("update+applied", update(), done),
            ("void+ordered", void(), CorrectionStage::Ordered),
            ("void+sending", void(), on_the_wire),
            ("void+unknown", void(), lost),
            ("void+applied", void(), done),
        ];
        let state = |change, stage| EntryState::Correcting {
            record,
            correction: Box::new(correction(change)),
            stage,
            attempts: 1,
        };
        stages
            .into_iter()
            .map(|(name, change, stage)| (name, state(change, stage)))
            .collect()
    }

    /// Every state, those in review twice: with and without a record; corrections in each stage.
    fn states() -> Vec<(&'static str, EntryState)> {
        let (record, at) = (RecordId::new(9), at());
        let in_review = |record| EntryState::InReview {
            cause: Cause::Refund,
            record,
        };
        let sending = EntryState::Sending {
            attempt: 1,
            fence: 1,
            since: at,
        };
        let unknown = EntryState::Unknown {
            attempt: 1,
            since: at,
            absences: 0,
            absent_at: None,
        };
        let drifted = EntryState::Drifted {
            record,
            drift: Drift::Deleted,
            at,
            accepted: None,
        };
        let skipped = EntryState::Skipped {
            by: "ann".to_owned(),
            reason: "by hand".to_owned(),
        };
        let mut states = vec![
            ("planned", EntryState::Planned),
            ("sending", sending),
            ("unknown", unknown),
            ("posted", EntryState::Posted { record, at }),
            ("verified", EntryState::Verified { record, at }),
            ("drifted", drifted),
            (
                "voided",
                EntryState::Voided {
                    record: Some(record),
                    at,
                },
            ),
            ("in_review", in_review(None)),
            ("in_review+record", in_review(Some(record))),
            ("skipped", skipped),
            ("cancelled", EntryState::Cancelled),
        ];
        states.extend(corrections());
        states
    }

    fn events() -> Vec<EntryEvent> {
        let record = RecordId::new(10);
        let by = || "ann".to_owned();
        vec![
            EntryEvent::BeginSend { fence: 2 },
            EntryEvent::Applied { record },
            EntryEvent::NotApplied {
                why: NotApplied::Throttled,
                retry_at: None,
            },
            EntryEvent::Refused {
                cause: Cause::Refund,
            },
            EntryEvent::OutcomeUnknown {
                note: "timeout".to_owned(),
            },
            EntryEvent::Abandoned,
            EntryEvent::ProbeFound { record },
            EntryEvent::ProbeAbsent,
            EntryEvent::ProvenAbsent,
            EntryEvent::Escalated {
                cause: Cause::Refund,
                record: None,
            },
            EntryEvent::ReadBack,
            EntryEvent::SeenDrifted {
                drift: Drift::Deleted,
            },
            EntryEvent::Replanned {
                step: Box::new(step()),
            },
            EntryEvent::Withdrawn,
            EntryEvent::Corrected {
                by: by(),
                step: Box::new(step()),
            },
            EntryEvent::CorrectionOrdered {
                correction: Box::new(correction(RecordChange::Void)),
                record,
            },
            EntryEvent::CorrectionRetargeted { record },
            EntryEvent::CorrectionUnapplied,
            EntryEvent::CorrectionConfirmed,
            EntryEvent::CorrectionStopped {
                cause: Cause::Refund,
            },
            EntryEvent::Voided {
                proof: VoidProof::of_complete_listing(Some(record)),
            },
            EntryEvent::Accepted {
                acceptance: acceptance(),
                drift: None,
                report: None,
            },
            EntryEvent::Skip {
                by: by(),
                reason: "by hand".to_owned(),
            },
            EntryEvent::Adopt { by: by(), record },
            EntryEvent::Reopen { by: by() },
        ]
    }

    /// Corrections whose request is not on the wire.
    const AT_REST: [&str; 6] = [
        "update+ordered",
        "update+unknown",
        "update+applied",
        "void+ordered",
        "void+unknown",
        "void+applied",
    ];
    const ON_THE_WIRE: [&str; 2] = ["update+sending", "void+sending"];

    /// What may happen, and where it leads; once more for corrections, which stay corrections until they are proven done.
    /// Whatever is not listed is illegal.
    const LEGAL: [(&str, &[&str], &str); 32] = [
        ("begin_send", &["planned"], "sending"),
        (
            "begin_send",
            &["update+ordered", "void+ordered"],
            "correcting",
        ),
        ("applied", &["sending"], "posted"),
        ("applied", &ON_THE_WIRE, "correcting"),
        ("not_applied", &["sending"], "planned"),
        ("not_applied", &ON_THE_WIRE, "correcting"),
        (
            "refused",
            &["sending", "update+sending", "void+sending"],
            "in_review",
        ),
        ("outcome_unknown", &["sending"], "unknown"),
        ("outcome_unknown", &ON_THE_WIRE, "correcting"),
        ("abandoned", &["sending"], "unknown"),
        ("abandoned", &ON_THE_WIRE, "correcting"),
        ("probe_found", &["planned", "unknown"], "posted"),
        ("probe_absent", &["unknown"], "unknown"),
        ("proven_absent", &["unknown"], "planned"),
        ("escalated", &["planned", "unknown", "posted"], "in_review"),
        ("read_back", &["posted", "verified", "drifted"], "verified"),
        (
            "seen_drifted",
            &["posted", "verified", "drifted"],
            "drifted",
        ),
        ("seen_drifted", &AT_REST, "drifted"),
        (
            "replanned",
            &["planned", "in_review", "cancelled"],
            "planned",
        ),
        ("withdrawn", &["planned", "in_review"], "cancelled"),
        ("corrected", &["posted", "verified", "drifted"], "posted"),
        (
            "correction_ordered",
            &[
                "posted",
                "verified",
                "drifted",
                "in_review",
                "in_review+record",
                "update+ordered",
                "void+ordered",
            ],
            "correcting",
        ),
        (
            "correction_retargeted",
            &["void+ordered", "void+unknown", "void+applied"],
            "correcting",
        ),
        (
            "correction_unapplied",
            &["update+unknown", "void+unknown"],
            "correcting",
        ),
        (
            "correction_confirmed",
            &["update+ordered", "update+unknown", "update+applied"],
            "verified",
        ),
        ("correction_stopped", &AT_REST, "in_review"),
        (
            "voided",
            &[
                "planned",
                "unknown",
                "void+ordered",
                "void+unknown",
                "void+applied",
            ],
            "voided",
        ),
        (
            "accepted",
            &["posted", "verified", "drifted", "in_review+record"],
            "verified",
        ),
        (
            "skip",
            &[
                "planned",
                "unknown",
                "drifted",
                "in_review",
                "in_review+record",
            ],
            "skipped",
        ),
        (
            "adopt",
            &[
                "planned",
                "unknown",
                "drifted",
                "in_review",
                "in_review+record",
            ],
            "posted",
        ),
        ("reopen", &["in_review", "skipped"], "planned"),
        ("reopen", &["in_review+record"], "posted"),
    ];

    #[test]
    fn every_pair_of_state_and_event_is_legal_or_refused_by_name() {
        let listed: BTreeSet<_> = LEGAL.iter().map(|(event, ..)| *event).collect();
        let all: BTreeSet<_> = events().iter().map(EntryEvent::name).collect();
        assert_eq!(listed, all);
        for (name, state) in states() {
            for event in events() {
                let event_name = event.name();
                let to = LEGAL
                    .iter()
                    .find(|(event, from, _)| *event == event_name && from.contains(&name))
                    .map(|(.., to)| *to);
                let before = entry(state.clone());
                match apply(&before, event, at()) {
                    Ok((after, _)) => {
                        let after = Some(after.state.name().as_str());
                        assert_eq!(after, to, "{event_name} from {name}");
                    }
                    Err(refused) => {
                        assert_eq!(to, None, "{event_name} from {name}");
                        assert_eq!((refused.from, refused.event), (state.name(), event_name));
                    }
                }
            }
        }
    }

    #[test]
    fn attempts_count_what_may_have_left_and_resends_what_was_proven_absent() {
        let step_by = |entry: OutboxEntry, event| apply(&entry, event, at()).unwrap().0;
        let not_applied = |why| EntryEvent::NotApplied {
            why,
            retry_at: None,
        };
        let begun = step_by(
            entry(EntryState::Planned),
            EntryEvent::BeginSend { fence: 1 },
        );
        assert_eq!(begun.attempts, 1);
        let not_started = step_by(begun.clone(), not_applied(NotApplied::NotStarted));
        assert_eq!(not_started.attempts, 0);
        let throttled = step_by(begun.clone(), not_applied(NotApplied::Throttled));
        assert_eq!(throttled.attempts, 1);
        let unknown = step_by(begun, EntryEvent::Abandoned);
        let again = step_by(unknown, EntryEvent::ProvenAbsent);
        assert_eq!((again.attempts, again.resends), (1, 1));
    }

    #[test]
    fn a_correction_keeps_what_is_written_until_it_is_proven_and_names_the_person() {
        let mut wanted = step();
        wanted.source = FingerprintWriter::new("changed").finish();
        let record = RecordId::new(9);
        let ordered = EntryEvent::CorrectionOrdered {
            correction: Box::new(correction(RecordChange::Update(Box::new(wanted.clone())))),
            record,
        };
        let verified = entry(EntryState::Verified { record, at: at() });
        let (mut current, audit) = apply(&verified, ordered, at()).unwrap();
        assert_eq!(audit.actor, "ann");
        assert!(
            audit.detail.contains("the report changed"),
            "{}",
            audit.detail
        );
        for event in [
            EntryEvent::BeginSend { fence: 4 },
            EntryEvent::Applied { record },
        ] {
            assert_eq!(current.step, step());
            current = apply(&current, event, at()).unwrap().0;
        }
        let (done, audit) = apply(&current, EntryEvent::CorrectionConfirmed, at()).unwrap();
        assert_eq!((&done.step, audit.actor.as_str()), (&wanted, "engine"));
    }

    #[test]
    fn an_answer_that_names_another_record_proves_nothing() {
        let sending = entry(EntryState::Correcting {
            record: RecordId::new(9),
            correction: Box::new(correction(RecordChange::Void)),
            stage: CorrectionStage::Sending {
                fence: 1,
                since: at(),
            },
            attempts: 1,
        });
        let other = EntryEvent::Applied {
            record: RecordId::new(10),
        };
        let (after, _) = apply(&sending, other, at()).unwrap();
        assert!(matches!(
            after.state,
            EntryState::Correcting {
                stage: CorrectionStage::Unknown { .. },
                ..
            }
        ));
    }

    #[test]
    fn a_step_of_another_key_is_never_taken() {
        let mut other = step();
        other.key = StepKey::from_stored("EXP-other");
        let replanned = EntryEvent::Replanned {
            step: Box::new(other),
        };
        assert!(apply(&entry(EntryState::Planned), replanned, at()).is_err());
    }
}
