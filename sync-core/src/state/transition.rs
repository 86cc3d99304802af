//! The one function that owns an entry's transitions.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AuditDraft, Drift, EntryState, OutboxEntry, StateName};
use crate::model::RecordId;
use crate::plan::{Cause, Step};

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
            Self::Skip { .. } => "skip",
            Self::Adopt { .. } => "adopt",
            Self::Reopen { .. } => "reopen",
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
    let note = transition(&mut next, event, now).ok_or_else(|| IllegalTransition {
        key: entry.key.to_string(),
        from: entry.state.name(),
        event: name,
    })?;
    let audit = AuditDraft::of_transition(entry, &next, name, &note);
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
        EntryEvent::Skip { .. } | EntryEvent::Adopt { .. } | EntryEvent::Reopen { .. } => {
            decide(entry, event, now)
        }
    }
}

fn begin_send(entry: &mut OutboxEntry, fence: u64, now: DateTime<Utc>) -> Option<String> {
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

fn after_send(entry: &mut OutboxEntry, event: EntryEvent, now: DateTime<Utc>) -> Option<String> {
    let EntryState::Sending { attempt, .. } = entry.state else {
        return None;
    };
    let unknown = EntryState::Unknown {
        attempt,
        since: now,
        absences: 0,
        absent_at: None,
    };
    match event {
        EntryEvent::Applied { record } => {
            entry.state = EntryState::Posted { record, at: now };
            Some(format!("record {record}"))
        }
        EntryEvent::NotApplied { why, retry_at } => {
            entry.state = EntryState::Planned;
            entry.not_before = retry_at;
            if why == NotApplied::NotStarted {
                // Nothing left this process, so it does not count as a send.
                entry.attempts = entry.attempts.saturating_sub(1);
            }
            entry.note = Some(why.as_str().to_owned());
            Some(why.as_str().to_owned())
        }
        EntryEvent::Refused { cause } => {
            let note = cause.note();
            entry.state = EntryState::InReview {
                cause,
                record: None,
            };
            Some(note)
        }
        EntryEvent::OutcomeUnknown { note } => {
            entry.state = unknown;
            entry.note = Some(note.clone());
            Some(note)
        }
        EntryEvent::Abandoned => {
            entry.state = unknown;
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
        | EntryEvent::Skip { .. }
        | EntryEvent::Adopt { .. }
        | EntryEvent::Reopen { .. } => None,
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
        (
            EntryState::Posted { record, .. }
            | EntryState::Verified { record, .. }
            | EntryState::Drifted { record, .. },
            EntryEvent::SeenDrifted { drift },
        ) => {
            let record = *record;
            let note = drift_note(record, &drift);
            entry.state = EntryState::Drifted {
                record,
                drift,
                at: now,
            };
            Some(note)
        }
        _ => None,
    }
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
        | EntryState::Skipped { .. } => false,
    };
    if !free || step.key != entry.key {
        return None;
    }
    entry.payload = step.draft.fingerprint();
    entry.step = step;
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
        | EntryState::InReview { .. }
        | EntryState::Skipped { .. }
        | EntryState::Cancelled => return None,
    };
    if step.key != entry.key {
        return None;
    }
    entry.payload = step.draft.fingerprint();
    entry.step = step;
    entry.state = EntryState::Posted { record, at: now };
    Some(format!(
        "{by} corrected record {record}; payload {}",
        entry.payload.short(12)
    ))
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

    /// Every state, those in review twice: with and without a record.
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
        };
        let skipped = EntryState::Skipped {
            by: "ann".to_owned(),
            reason: "by hand".to_owned(),
        };
        vec![
            ("planned", EntryState::Planned),
            ("sending", sending),
            ("unknown", unknown),
            ("posted", EntryState::Posted { record, at }),
            ("verified", EntryState::Verified { record, at }),
            ("drifted", drifted),
            ("in_review", in_review(None)),
            ("in_review+record", in_review(Some(record))),
            ("skipped", skipped),
            ("cancelled", EntryState::Cancelled),
        ]
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
            EntryEvent::Skip {
                by: by(),
                reason: "by hand".to_owned(),
            },
            EntryEvent::Adopt { by: by(), record },
            EntryEvent::Reopen { by: by() },
        ]
    }

    /// What may happen, and where it leads. Whatever is not listed is illegal.
    const LEGAL: [(&str, &[&str], &str); 18] = [
        ("begin_send", &["planned"], "sending"),
        ("applied", &["sending"], "posted"),
        ("not_applied", &["sending"], "planned"),
        ("refused", &["sending"], "in_review"),
        ("outcome_unknown", &["sending"], "unknown"),
        ("abandoned", &["sending"], "unknown"),
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
        (
            "replanned",
            &["planned", "in_review", "cancelled"],
            "planned",
        ),
        ("withdrawn", &["planned", "in_review"], "cancelled"),
        ("corrected", &["posted", "verified", "drifted"], "posted"),
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
        (
            "reopen",
            &["in_review", "in_review+record", "skipped"],
            "planned",
        ),
    ];

    #[test]
    fn every_pair_of_state_and_event_is_legal_or_refused_by_name() {
        let listed: BTreeSet<_> = LEGAL.iter().map(|(event, ..)| *event).collect();
        let all: BTreeSet<_> = events().iter().map(EntryEvent::name).collect();
        assert_eq!(listed, all);
        for (name, state) in states() {
            for event in events() {
                let event_name = event.name();
                let (_, from, to) = LEGAL
                    .iter()
                    .find(|(event, ..)| *event == event_name)
                    .unwrap();
                let before = entry(state.clone());
                match apply(&before, event, at()) {
                    Ok((after, _)) => {
                        assert!(from.contains(&name), "{event_name} from {name}");
                        assert_eq!(after.state.name().as_str(), *to, "{event_name} from {name}");
                    }
                    Err(refused) => {
                        assert!(!from.contains(&name), "{event_name} from {name}");
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
    fn a_step_of_another_key_is_never_taken() {
        let mut other = step();
        other.key = StepKey::from_stored("EXP-other");
        let replanned = EntryEvent::Replanned {
            step: Box::new(other),
        };
        assert!(apply(&entry(EntryState::Planned), replanned, at()).is_err());
    }
}
