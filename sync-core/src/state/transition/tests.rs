mod notes;

use std::collections::BTreeSet;

use super::*;
use crate::model::{Currency, Draft, FingerprintWriter, Marker, ReportId, VendorDraft};
use crate::plan::{Cause, StepKey};
use crate::state::Copies;

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
    // The copy that retargeting names comes next; the request on the wire is about another.
    let keep = || {
        RecordChange::KeepOne(Box::new(Copies {
            voiding: RecordId::new(11),
            then: vec![RecordId::new(10)],
            left: Vec::new(),
        }))
    };
    let stages = [
        ("update+ordered", update(), CorrectionStage::Ordered),
        ("update+sending", update(), on_the_wire),
        ("update+unknown", update(), lost),
        ("update+applied", update(), done),
        ("void+ordered", void(), CorrectionStage::Ordered),
        ("void+sending", void(), on_the_wire),
        ("void+unknown", void(), lost),
        ("void+applied", void(), done),
        ("keep+ordered", keep(), CorrectionStage::Ordered),
        ("keep+sending", keep(), on_the_wire),
        ("keep+unknown", keep(), lost),
        ("keep+applied", keep(), done),
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
const AT_REST: [&str; 9] = [
    "update+ordered",
    "update+unknown",
    "update+applied",
    "void+ordered",
    "void+unknown",
    "void+applied",
    "keep+ordered",
    "keep+unknown",
    "keep+applied",
];
const ON_THE_WIRE: [&str; 3] = ["update+sending", "void+sending", "keep+sending"];

/// What may happen, and where it leads; once more for corrections, which stay corrections until they are proven done.
/// Whatever is not listed is illegal.
const LEGAL: [(&str, &[&str], &str); 33] = [
    ("begin_send", &["planned"], "sending"),
    (
        "begin_send",
        &["update+ordered", "void+ordered", "keep+ordered"],
        "correcting",
    ),
    ("applied", &["sending"], "posted"),
    ("applied", &ON_THE_WIRE, "correcting"),
    ("not_applied", &["sending"], "planned"),
    ("not_applied", &ON_THE_WIRE, "correcting"),
    (
        "refused",
        &["sending", "update+sending", "void+sending", "keep+sending"],
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
            "keep+ordered",
        ],
        "correcting",
    ),
    (
        "correction_retargeted",
        &[
            "void+ordered",
            "void+unknown",
            "void+applied",
            "keep+ordered",
            "keep+unknown",
            "keep+applied",
        ],
        "correcting",
    ),
    (
        "correction_unapplied",
        &["update+unknown", "void+unknown", "keep+unknown"],
        "correcting",
    ),
    (
        "correction_confirmed",
        &["update+ordered", "update+unknown", "update+applied"],
        "verified",
    ),
    (
        "correction_confirmed",
        &["keep+ordered", "keep+unknown", "keep+applied"],
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
        &[
            "posted",
            "verified",
            "drifted",
            "in_review+record",
            "keep+ordered",
            "keep+unknown",
            "keep+applied",
        ],
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
    let mut other = step();
    other.key = StepKey::from_stored("EXP-other");
    let corrected = EntryEvent::Corrected {
        by: "ann".to_owned(),
        step: Box::new(other),
    };
    let (record, at_first) = (RecordId::new(7), at());
    let written = entry(EntryState::Verified {
        record,
        at: at_first,
    });
    assert!(apply(&written, corrected, at()).is_err());
}
