//! What a reader of the audit trail is told.

use super::*;
use crate::plan::RecordDifference;

/// From which state, which event, and the words for it.
#[expect(clippy::too_many_lines, reason = "a table, row by row")]
fn told() -> Vec<(&'static str, EntryEvent, String)> {
    let ours = RecordId::new(9);
    let refund = || Cause::Refund;
    let payload = step().draft.fingerprint().short(12);
    let drifted = |drift| EntryEvent::SeenDrifted { drift };
    let changed = RecordDifference {
        field: "total".to_owned(),
        planned: "1.00 USD".to_owned(),
        observed: "2.00 USD".to_owned(),
    };
    let accepted = |drift| EntryEvent::Accepted {
        acceptance: acceptance(),
        drift,
        report: None,
    };
    let mut told: Vec<(&'static str, EntryEvent, String)> = Vec::new();
    let mut row = |from, event, note: &str| told.push((from, event, note.to_owned()));
    row("update+ordered", begin(), "update of record 9, attempt 2");
    row("sending", applied(10), "record 10");
    row("update+sending", applied(9), "record 9, to be read back");
    row("void+sending", applied(10), "the answer named record 10");
    for (why, words) in [
        (NotApplied::NotStarted, "not started"),
        (NotApplied::Throttled, "throttled"),
        (NotApplied::Unauthorized, "unauthorized"),
        (NotApplied::Unreachable, "unreachable"),
    ] {
        let event = EntryEvent::NotApplied {
            why,
            retry_at: None,
        };
        row("sending", event, words);
    }
    let timeout = EntryEvent::OutcomeUnknown {
        note: "timeout".to_owned(),
    };
    row("sending", timeout, "timeout");
    row(
        "sending",
        EntryEvent::Refused { cause: refund() },
        &refund().note(),
    );
    row(
        "void+sending",
        EntryEvent::Abandoned,
        "the sending worker is gone",
    );
    row(
        "planned",
        EntryEvent::ProbeFound { record: ours },
        "adopted record 9",
    );
    row(
        "unknown",
        EntryEvent::ProbeAbsent,
        "complete listing 1 without the record",
    );
    row(
        "unknown",
        EntryEvent::ProvenAbsent,
        "absence proven; may be sent once more",
    );
    row("posted", EntryEvent::ReadBack, "record 9 equals the plan");
    row(
        "verified",
        drifted(Drift::Deleted),
        "record 9 was deleted in FreshBooks",
    );
    row(
        "void+applied",
        drifted(Drift::Changed(vec![changed])),
        "record 9 was changed in FreshBooks: 1 field(s)",
    );
    row(
        "posted",
        drifted(Drift::Copied(vec![ours, RecordId::new(10)])),
        "record 9 was copied in FreshBooks: 2 carry its mark",
    );
    let replanned = EntryEvent::Replanned {
        step: Box::new(step()),
    };
    row("cancelled", replanned, &format!("payload {payload}"));
    row(
        "planned",
        EntryEvent::Withdrawn,
        "the report no longer holds it",
    );
    let corrected = EntryEvent::Corrected {
        by: "ann".to_owned(),
        step: Box::new(step()),
    };
    row(
        "drifted",
        corrected,
        &format!("ann corrected record 9; payload {payload}"),
    );
    let ordered = EntryEvent::CorrectionOrdered {
        correction: Box::new(correction(RecordChange::Void)),
        record: ours,
    };
    row("posted", ordered, "void record 9: the report changed");
    row(
        "void+unknown",
        EntryEvent::CorrectionRetargeted {
            record: RecordId::new(10),
        },
        "record 10 carries the mark too",
    );
    row(
        "update+unknown",
        EntryEvent::CorrectionUnapplied,
        "record 9 is as it was; may be sent once more",
    );
    row(
        "update+applied",
        EntryEvent::CorrectionConfirmed,
        &format!("record 9 is as ordered; payload {payload}"),
    );
    row(
        "void+ordered",
        EntryEvent::CorrectionStopped { cause: refund() },
        &refund().note(),
    );
    for (record, words) in [
        (Some(ours), "record 9: none under the mark counts any more"),
        (None, "none under the mark counts any more"),
    ] {
        let proof = VoidProof::of_complete_listing(record);
        row("void+applied", EntryEvent::Voided { proof }, words);
    }
    row(
        "posted",
        accepted(None),
        "record 9 is as it was written; left as it is: agreed",
    );
    row(
        "posted",
        accepted(Some((ours, Drift::Deleted))),
        "record 9 was deleted in FreshBooks; left as it is: agreed",
    );
    let by = || "ann".to_owned();
    let skip = EntryEvent::Skip {
        by: by(),
        reason: "by hand".to_owned(),
    };
    row("in_review", skip, "ann: by hand");
    let adopt = EntryEvent::Adopt {
        by: by(),
        record: ours,
    };
    row("unknown", adopt, "ann adopted record 9");
    row(
        "skipped",
        EntryEvent::Reopen { by: by() },
        "reopened by ann",
    );
    row(
        "in_review+record",
        EntryEvent::Reopen { by: by() },
        "reopened by ann; record 9 is read again",
    );
    told
}

fn begin() -> EntryEvent {
    EntryEvent::BeginSend { fence: 2 }
}

fn applied(record: u64) -> EntryEvent {
    EntryEvent::Applied {
        record: RecordId::new(record),
    }
}

#[test]
fn the_audit_trail_says_in_words_what_happened_to_which_record_and_why() {
    let states = states();
    for (from, event, note) in told() {
        let (_, state) = states.iter().find(|(name, _)| *name == from).unwrap();
        let name = event.name();
        let (_, audit) = apply(&entry(state.clone()), event, at()).unwrap();
        let words = audit.detail.rsplit(" | ").next();
        assert_eq!(words, Some(note.as_str()), "{name} from {from}");
    }
}

#[test]
fn a_first_send_is_counted_in_the_trail_and_a_refused_event_names_entry_state_and_event() {
    let planned = entry(EntryState::Planned);
    let (sending, audit) = apply(&planned, begin(), at()).unwrap();
    assert!(audit.detail.ends_with(" | attempt 1"), "{}", audit.detail);
    let refused = apply(&sending, begin(), at()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!("apply begin_send to entry {} in state sending", planned.key)
    );
}

#[test]
fn what_was_applied_but_not_quite_as_ordered_is_what_the_entry_stands_for_from_then_on() {
    let mut wanted = step();
    wanted.source = FingerprintWriter::new("changed").finish();
    for (stage, taken) in [
        (CorrectionStage::Applied { at: at() }, true),
        (CorrectionStage::Ordered, false),
    ] {
        let correcting = entry(EntryState::Correcting {
            record: RecordId::new(9),
            correction: Box::new(correction(RecordChange::Update(Box::new(wanted.clone())))),
            stage,
            attempts: 1,
        });
        let stopped = EntryEvent::CorrectionStopped {
            cause: Cause::Refund,
        };
        let (after, _) = apply(&correcting, stopped, at()).unwrap();
        let expected = if taken { &wanted } else { &step() };
        assert_eq!(&after.step, expected, "{stage:?}");
        assert_eq!(after.state.record(), Some(RecordId::new(9)));
    }
}
