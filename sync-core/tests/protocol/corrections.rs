//! Corrections of written records: only by a person's order, never two records that count, whatever breaks off in between.

use std::sync::Arc;
use std::time::Duration;

use sync_core::ErrorKind;
use sync_core::engine::{CorrectionKind, Decision, Engine, Ports, SyncRequest};
use sync_core::model::{LedgerRecord, Payment, RecordId, RecordKind, ReportId, ReportState};
use sync_core::plan::Cause;
use sync_core::ports::{Clock, Ledger, SendOutcome, Store};
use sync_core::state::{Discrepancy, Drift, EntryState, StateName};
use sync_core::testing::{AroundStore, MemoryStore, SendFault, block_on, samples};

use crate::open_causes;
use crate::support::answering;
use crate::support::stepping::{Stepping, Steps};
use crate::support::{World, crash_after, failing, watching};

const KINDS: [CorrectionKind; 2] = [CorrectionKind::Update, CorrectionKind::VoidAndRepost];

/// A world with one written bill whose report was changed from 12.50 to 13.00, with its review item.
fn changed() -> World {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    world.source.put(samples::report("R00A", &[1300]));
    world.sync();
    world
}

fn only_item(world: &World) -> u64 {
    let items = block_on(world.store.review_items(&world.connection.id, true)).unwrap();
    assert_eq!(items.len(), 1, "{items:?}");
    items[0].number
}

fn order(world: &World, engine: &Engine, kind: CorrectionKind) -> sync_core::Result<StateName> {
    let decision = Decision::Correct {
        item: only_item(world),
        kind,
        reason: "agreed with Ann".to_owned(),
    };
    let outcome = block_on(engine.decide(&world.connection, "bea", decision))?;
    Ok(outcome.standings[0].1)
}

fn correct(world: &World, kind: CorrectionKind) -> StateName {
    order(world, &world.engine(), kind).unwrap()
}

/// The one record that counts, as the books hold it.
fn only_standing(world: &World, context: &str) -> LedgerRecord {
    let standing = world.standing();
    assert_eq!(standing.len(), 1, "{context}: {standing:#?}");
    standing.into_iter().next().unwrap()
}

fn mark(record: &LedgerRecord) -> String {
    record.markers.iter().next().unwrap().to_string()
}

#[track_caller]
fn assert_agrees(world: &World, context: &str) {
    let result = block_on(world.engine().reconcile(&world.connection, None, None)).unwrap();
    assert!(result.agrees(), "{context}: {result:#?}");
    let verdict = block_on(world.engine().verify_audit(&world.connection.id)).unwrap();
    assert_eq!(verdict.fault, None, "{context}");
}

/// The corrected report is in the books once, with its new amount, and nothing waits.
#[track_caller]
fn assert_corrected(world: &World, kind: CorrectionKind, context: &str) {
    let record = only_standing(world, context);
    assert_eq!(record.total, Some(samples::usd(1300)), "{context}");
    let expected = match kind {
        CorrectionKind::Update => "EXP-R00A",
        CorrectionKind::VoidAndRepost | CorrectionKind::Accept | CorrectionKind::KeepOne { .. } => {
            "EXP-R00A-2"
        }
    };
    assert_eq!(mark(&record), expected, "{context}");
    assert_eq!(open_causes(world), [], "{context}");
    let open = world.entries().into_iter().filter(|entry| {
        !matches!(
            entry.state,
            EntryState::Verified { .. } | EntryState::Voided { .. }
        )
    });
    assert_eq!(open.count(), 0, "{context}: {:#?}", world.entries());
    assert_agrees(world, context);
}

#[test]
fn an_update_changes_the_bill_in_place_and_is_read_back() {
    let world = changed();
    assert_eq!(correct(&world, CorrectionKind::Update), StateName::Verified);
    world.sync();
    assert_corrected(&world, CorrectionKind::Update, "update");
    assert_eq!(world.ledger.usage().writes, 2);
}

#[test]
fn a_void_is_proven_before_the_replacement_is_written_under_the_next_revision() {
    let world = changed();
    let kind = CorrectionKind::VoidAndRepost;
    assert_eq!(correct(&world, kind), StateName::Voided);
    assert!(world.standing().is_empty());
    assert_agrees(&world, "between void and post");
    let summary = world.sync();
    assert_eq!((summary.written, summary.verified), (1, 1));
    assert_corrected(&world, kind, "void and repost");
    // And once more: revisions count on.
    world.source.put(samples::report("R00A", &[1400]));
    world.sync();
    assert_eq!(correct(&world, kind), StateName::Voided);
    world.sync();
    assert_eq!(mark(&only_standing(&world, "third revision")), "EXP-R00A-3");
}

#[test]
fn an_expense_moved_to_another_report_after_its_void_is_written_there_under_the_next_revision() {
    let world = World::new();
    let of_card = |id: &str, cents: i64| {
        let mut report = samples::report(id, &[cents]);
        report.expenses[0].reimbursable = false;
        report
    };
    world.source.put(of_card("R00A", 1250));
    world.sync();
    world.source.put(of_card("R00A", 1300));
    world.sync();
    let first = mark(&only_standing(&world, "first revision"));
    assert_eq!(
        correct(&world, CorrectionKind::VoidAndRepost),
        StateName::Voided
    );
    // Before the next pass somebody moves the expense.
    let mut moved = of_card("R00A", 1300);
    moved.id = ReportId::new("R00B");
    let mut emptied = of_card("R00A", 1300);
    emptied.expenses.clear();
    emptied.total = Some(samples::usd(0));
    world.source.put(emptied);
    world.source.put(moved);
    for pass in 1..3 {
        world.sync();
        let record = only_standing(&world, "moved");
        assert_eq!(mark(&record), format!("{first}-2"), "pass {pass}");
    }
    assert_eq!(open_causes(&world), []);
    assert_agrees(&world, "moved");
}

#[test]
fn the_trail_names_who_ordered_a_correction_and_why() {
    let world = changed();
    correct(&world, CorrectionKind::VoidAndRepost);
    let trail = block_on(world.store.audit(&world.connection.id, 0, 10_000)).unwrap();
    let by_bea: Vec<_> = trail
        .iter()
        .filter(|entry| entry.draft.actor == "bea")
        .map(|entry| (entry.draft.action.as_str(), entry.draft.detail.as_str()))
        .collect();
    assert_eq!(
        by_bea[0],
        ("review_correct_void_and_repost", "agreed with Ann")
    );
    let (action, detail) = by_bea.last().unwrap();
    assert_eq!(*action, "correction_ordered");
    assert!(detail.contains("void record") && detail.contains("agreed with Ann"));
}

#[test]
fn a_crash_at_every_point_of_a_correction_never_leaves_two_records_and_ends_corrected() {
    for kind in KINDS {
        let mut points = 0;
        for polls in 0.. {
            let world = changed();
            let stepped = Ports {
                ledger: Arc::new(Stepping(Arc::clone(&world.ledger))),
                store: Arc::new(AroundStore::over(Arc::clone(&world.store), Steps)),
                ..world.ports()
            };
            let engine = Engine::new(stepped, "crashing");
            let decision = Decision::Correct {
                item: only_item(&world),
                kind,
                reason: "agreed".to_owned(),
            };
            let context = format!("{kind:?} crashed after {polls} polls");
            let finished = crash_after(polls, engine.decide(&world.connection, "bea", decision));
            assert!(world.standing().len() <= 1, "{context}");
            world.clock.advance(Duration::from_hours(1));
            world.sync();
            assert!(world.standing().len() <= 1, "{context}");
            world.settle();
            let ordered = finished.is_some()
                || world
                    .entries()
                    .iter()
                    .any(|entry| entry.step.amount != Some(samples::usd(1250)));
            if ordered {
                assert_corrected(&world, kind, &context);
            } else {
                // Not ordered yet when it broke off: still a person's to decide.
                assert_eq!(
                    only_standing(&world, &context).total,
                    Some(samples::usd(1250))
                );
                assert_agrees(&world, &context);
            }
            if finished.is_some() {
                break;
            }
            points += 1;
        }
        assert!(points > 20, "only {points} points were tried");
    }
}

#[test]
fn a_crash_at_every_point_of_the_pass_that_reposts_leaves_one_record() {
    let kind = CorrectionKind::VoidAndRepost;
    for polls in 0.. {
        let world = changed();
        correct(&world, kind);
        let stepped = Ports {
            ledger: Arc::new(Stepping(Arc::clone(&world.ledger))),
            store: Arc::new(AroundStore::over(Arc::clone(&world.store), Steps)),
            ..world.ports()
        };
        let engine = Engine::new(stepped, "crashing");
        let request = SyncRequest::ordinary();
        let finished = crash_after(polls, engine.sync(&world.connection, request));
        world.settle();
        assert_corrected(&world, kind, &format!("repost crashed after {polls} polls"));
        if finished.is_some() {
            break;
        }
    }
}

#[test]
fn a_lost_reply_to_a_correction_is_resolved_by_reading() {
    for kind in KINDS {
        for (fault, at_once) in [
            (SendFault::LostAfterApply, true),
            (SendFault::LostBeforeApply, false),
            (SendFault::AppliedLate, false),
            (SendFault::NotStarted, false),
            (SendFault::Unreachable, false),
            (SendFault::Throttled(Some(Duration::from_secs(40))), false),
        ] {
            let world = changed();
            let context = format!("{kind:?} {fault:?}");
            world.ledger.fail_next_send(fault);
            let state = correct(&world, kind);
            assert_eq!(
                state != StateName::Correcting,
                at_once,
                "{context}: {state:?}"
            );
            assert!(world.standing().len() <= 1, "{context}");
            assert_agrees(&world, &context);
            // A late landing may come before or after the request is sent once more.
            world.clock.advance(Duration::from_mins(2));
            world.sync();
            world.ledger.land_late_writes();
            world.settle();
            assert_corrected(&world, kind, &context);
        }
    }
}

#[test]
fn an_unknown_correction_is_not_sent_again_before_the_quiet_time() {
    let world = changed();
    world.ledger.fail_next_send(SendFault::LostBeforeApply);
    correct(&world, CorrectionKind::Update);
    let before = world.ledger.usage().writes;
    world.clock.advance(Duration::from_mins(9));
    world.sync();
    assert_eq!(world.ledger.usage().writes, before);
    world.clock.advance(Duration::from_mins(2));
    assert_eq!(world.sync().corrected, 1);
    assert_eq!(world.ledger.usage().writes, before + 1);
}

#[test]
fn a_paid_bill_is_only_ever_accepted_and_the_difference_stays_named() {
    let world = changed();
    let bill = world.standing()[0].id;
    world.ledger.person_pays(bill);
    for kind in KINDS {
        let refused = order(&world, &world.engine(), kind).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid);
        assert!(
            refused.to_string().contains("a paid bill is never changed"),
            "{refused}"
        );
    }
    assert_eq!(correct(&world, CorrectionKind::Accept), StateName::Verified);
    world.settle();
    assert_eq!(open_causes(&world), []);
    let record = only_standing(&world, "accepted");
    assert_eq!(
        (record.total, record.payment),
        (Some(samples::usd(1250)), Payment::Whole)
    );
    let result = block_on(world.engine().reconcile(&world.connection, None, None)).unwrap();
    assert!(result.agrees(), "{result:#?}");
    let row = &result.rows[0];
    assert_eq!(
        (row.posted, row.drifted),
        (samples::usd(1250), samples::usd(50))
    );
    let named = |found: &Discrepancy| matches!(found, Discrepancy::LeftAsIs { acceptance, .. } if acceptance.by == "bea");
    assert!(
        result.discrepancies.iter().any(named),
        "{:?}",
        result.discrepancies
    );
    // Another change asks again.
    world.source.put(samples::report("R00A", &[1500]));
    world.sync();
    assert!(matches!(
        &open_causes(&world)[..],
        [Cause::ChangedAfterPosting { .. }]
    ));
    assert_agrees(&world, "changed once more");
}

#[test]
fn a_bill_paid_between_the_order_and_the_request_is_left_alone() {
    for kind in KINDS {
        let world = changed();
        world
            .ledger
            .fail_next_send(SendFault::Throttled(Some(Duration::from_secs(5))));
        assert_eq!(correct(&world, kind), StateName::Correcting);
        world.ledger.person_pays(world.standing()[0].id);
        world.settle();
        assert!(
            matches!(
                &open_causes(&world)[..],
                [Cause::BillPaid { .. }, ..] | [_, Cause::BillPaid { .. }]
            ),
            "{:?}",
            open_causes(&world)
        );
        assert_eq!(
            only_standing(&world, "paid meanwhile").total,
            Some(samples::usd(1250))
        );
        assert_agrees(&world, "paid meanwhile");
    }
}

#[test]
fn a_bill_deleted_between_the_order_and_the_request_is_not_written_again_by_an_update() {
    let world = changed();
    world
        .ledger
        .fail_next_send(SendFault::Throttled(Some(Duration::from_secs(5))));
    correct(&world, CorrectionKind::Update);
    world
        .ledger
        .person_deletes(RecordKind::Bill, world.standing()[0].id);
    world.settle();
    assert!(world.standing().is_empty());
    assert!(
        open_causes(&world)
            .iter()
            .any(|cause| matches!(cause, Cause::RecordDeleted { .. }))
    );
}

#[test]
fn a_refused_correction_is_for_a_person_and_what_was_written_still_counts() {
    for kind in KINDS {
        let world = changed();
        let refusal = sync_core::ports::Refusal {
            field: None,
            message: "no".to_owned(),
        };
        world.ledger.fail_next_send(SendFault::Refused(refusal));
        assert_eq!(correct(&world, kind), StateName::InReview);
        world.settle();
        assert_eq!(
            only_standing(&world, "refused").total,
            Some(samples::usd(1250))
        );
        assert!(
            open_causes(&world)
                .iter()
                .any(|cause| matches!(cause, Cause::Refused { .. }))
        );
        assert_agrees(&world, "refused");
    }
}

#[test]
fn a_number_that_is_taken_refuses_a_correction_which_has_sent_none() {
    let world = changed();
    let engine = answering::engine_told(&world, SendOutcome::NumberTaken);
    let state = order(&world, &engine, CorrectionKind::Update).unwrap();
    assert_eq!(state, StateName::InReview);
    let entry = &world.entries()[0];
    assert_eq!(
        entry.state.record(),
        Some(only_standing(&world, "taken").id)
    );
}

#[test]
fn a_correction_without_any_answer_is_looked_at_by_the_next_pass() {
    for kind in KINDS {
        let world = changed();
        let mute = answering::engine(&world, |books, permit| {
            answering::carry_out(books, permit);
            Vec::new()
        });
        assert_eq!(order(&world, &mute, kind).unwrap(), StateName::Correcting);
        world.settle();
        assert_corrected(&world, kind, "though nobody answered");
    }
}

#[test]
fn a_correction_that_is_to_wait_is_not_sent_by_the_pass_before_its_time() {
    for kind in KINDS {
        let world = changed();
        let asked = Some(Duration::from_mins(30));
        world.ledger.fail_next_send(SendFault::Throttled(asked));
        assert_eq!(correct(&world, kind), StateName::Correcting);
        let writes = world.ledger.usage().writes;
        assert_eq!(world.sync().unconfirmed, 1, "it is told as not done");
        assert_eq!(world.ledger.usage().writes, writes, "it was too early");
        assert_eq!(world.entries()[0].state.name(), StateName::Correcting);
        world.settle();
        assert_corrected(&world, kind, "after the wait");
    }
}

#[test]
fn a_record_a_person_edited_can_be_put_back_replaced_or_left() {
    for (kind, total) in [
        (CorrectionKind::Update, 1250),
        (CorrectionKind::VoidAndRepost, 1250),
        (CorrectionKind::Accept, 999),
    ] {
        let world = World::new();
        world.source.put(samples::report("R00A", &[1250]));
        world.sync();
        let bill = world.standing()[0].id;
        world
            .ledger
            .person_changes_total(RecordKind::Bill, bill, samples::usd(999));
        assert_agrees(&world, "edited by hand");
        assert!(matches!(
            &open_causes(&world)[..],
            [Cause::RecordEdited { .. }]
        ));
        correct(&world, kind);
        world.settle();
        let context = format!("{kind:?}");
        assert_eq!(
            only_standing(&world, &context).total,
            Some(samples::usd(total)),
            "{context}"
        );
        assert_eq!(open_causes(&world), [], "{context}");
        assert_agrees(&world, &context);
    }
}

#[test]
fn what_was_accepted_is_asked_about_again_when_it_changes_again() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    let bill = world.standing()[0].id;
    world
        .ledger
        .person_changes_total(RecordKind::Bill, bill, samples::usd(999));
    assert_agrees(&world, "edited");
    correct(&world, CorrectionKind::Accept);
    assert_agrees(&world, "accepted");
    assert_eq!(open_causes(&world), []);
    world
        .ledger
        .person_changes_total(RecordKind::Bill, bill, samples::usd(998));
    assert_agrees(&world, "edited once more");
    assert!(matches!(
        &open_causes(&world)[..],
        [Cause::RecordEdited { .. }]
    ));
    // Put back by hand, it is as it was written.
    world
        .ledger
        .person_changes_total(RecordKind::Bill, bill, samples::usd(1250));
    assert_agrees(&world, "put back");
    assert_eq!(open_causes(&world), []);
}

#[test]
fn a_record_a_person_deleted_is_written_anew_only_by_order() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    world
        .ledger
        .person_deletes(RecordKind::Bill, world.standing()[0].id);
    assert_agrees(&world, "deleted by hand");
    world.settle();
    assert!(world.standing().is_empty());
    assert!(matches!(
        &open_causes(&world)[..],
        [Cause::RecordDeleted { .. }]
    ));
    let refused = order(&world, &world.engine(), CorrectionKind::Update).unwrap_err();
    assert!(refused.to_string().contains("deleted"), "{refused}");
    let before = world.ledger.usage().writes;
    assert_eq!(
        correct(&world, CorrectionKind::VoidAndRepost),
        StateName::Voided
    );
    assert_eq!(
        world.ledger.usage().writes,
        before,
        "nothing was left to void"
    );
    world.sync();
    assert_eq!(mark(&only_standing(&world, "written anew")), "EXP-R00A-2");
    assert_agrees(&world, "written anew");
}

#[test]
fn a_copy_made_by_hand_is_voided_with_the_original_and_never_accepted() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    let bill = world.standing()[0].id;
    world
        .ledger
        .person_duplicates(RecordKind::Bill, bill)
        .unwrap();
    let result = block_on(world.engine().reconcile(&world.connection, None, None)).unwrap();
    assert!(!result.agrees());
    assert!(
        matches!(&open_causes(&world)[..], [Cause::DuplicateRecords { records, .. }] if records.len() == 2)
    );
    assert!(order(&world, &world.engine(), CorrectionKind::Accept).is_err());
    assert_eq!(
        correct(&world, CorrectionKind::VoidAndRepost),
        StateName::Voided
    );
    assert!(world.standing().is_empty());
    world.sync();
    assert_eq!(mark(&only_standing(&world, "copies voided")), "EXP-R00A-2");
    assert_agrees(&world, "copies voided");
}

#[test]
fn a_report_no_longer_approved_is_voided_and_comes_back_under_the_next_revision() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    let mut open = samples::report("R00A", &[1250]);
    open.state = ReportState::Open;
    open.approved_on = None;
    world.source.put(open);
    assert_agrees(&world, "unapproved");
    world.sync();
    assert!(order(&world, &world.engine(), CorrectionKind::Update).is_err());
    assert_eq!(
        correct(&world, CorrectionKind::VoidAndRepost),
        StateName::Voided
    );
    world.settle();
    assert!(world.standing().is_empty());
    assert_eq!(open_causes(&world), []);
    assert_agrees(&world, "voided");
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    assert_eq!(mark(&only_standing(&world, "approved again")), "EXP-R00A-2");
    assert_agrees(&world, "approved again");
}

#[test]
fn a_report_no_longer_approved_can_be_left_in_the_books() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    let mut open = samples::report("R00A", &[1250]);
    open.state = ReportState::Open;
    open.approved_on = None;
    world.source.put(open);
    assert_agrees(&world, "unapproved");
    world.sync();
    correct(&world, CorrectionKind::Accept);
    world.settle();
    assert_eq!(open_causes(&world), []);
    assert_eq!(world.standing().len(), 1);
    let result = block_on(world.engine().reconcile(&world.connection, None, None)).unwrap();
    assert!(result.agrees(), "{result:#?}");
    // Approved as it was, there is no difference left to leave.
    world.source.put(samples::report("R00A", &[1250]));
    world.settle();
    let result = block_on(world.engine().reconcile(&world.connection, None, None)).unwrap();
    assert!(
        result.agrees() && result.discrepancies.is_empty(),
        "{result:#?}"
    );
}

#[test]
fn a_voided_record_that_a_person_puts_back_is_noticed_and_never_joined_by_another() {
    // Before the replacement is written.
    let world = changed();
    let bill = world.standing()[0].id;
    correct(&world, CorrectionKind::VoidAndRepost);
    world.ledger.person_restores(RecordKind::Bill, bill);
    world.settle();
    assert_eq!(world.standing().len(), 1);
    assert!(matches!(
        &open_causes(&world)[..],
        [Cause::DuplicateRecords { .. }]
    ));
    // And after.
    let world = changed();
    let bill = world.standing()[0].id;
    correct(&world, CorrectionKind::VoidAndRepost);
    world.sync();
    world.ledger.person_restores(RecordKind::Bill, bill);
    let result = block_on(world.engine().reconcile(&world.connection, None, None)).unwrap();
    assert!(!result.agrees());
    let named = |found: &Discrepancy| matches!(found, Discrepancy::Standing { record, .. } if *record == bill);
    assert!(
        result.discrepancies.iter().any(named),
        "{:?}",
        result.discrepancies
    );
}

#[test]
fn another_installation_or_a_restored_database_finds_the_revision_and_writes_nothing() {
    let world = changed();
    correct(&world, CorrectionKind::VoidAndRepost);
    world.sync();
    let other = World {
        store: Arc::new(MemoryStore::new()),
        ledger: Arc::clone(&world.ledger),
        source: Arc::clone(&world.source),
        ..World::new()
    };
    let before = world.ledger.usage().writes;
    let summary = other.sync();
    assert_eq!((summary.written, summary.adopted), (0, 1));
    assert_eq!(world.ledger.usage().writes, before);
    let states: Vec<_> = other
        .entries()
        .iter()
        .map(|entry| (entry.key.to_string(), entry.state.name()))
        .collect();
    assert_eq!(
        states,
        [
            ("EXP-R00A".to_owned(), StateName::Voided),
            ("EXP-R00A-2".to_owned(), StateName::Verified),
        ]
    );
    assert_agrees(&other, "second installation");
}

#[test]
fn a_database_from_before_the_correction_is_told_by_the_books() {
    let before = changed();
    // The other installation corrects; ours is the old database.
    let other = World {
        store: Arc::new(MemoryStore::new()),
        ledger: Arc::clone(&before.ledger),
        source: Arc::clone(&before.source),
        ..World::new()
    };
    other.source.put(samples::report("R00A", &[1250]));
    other.sync();
    other.source.put(samples::report("R00A", &[1300]));
    other.sync();
    correct(&other, CorrectionKind::VoidAndRepost);
    other.sync();
    let writes = before.ledger.usage().writes;
    before.settle();
    assert_eq!(before.ledger.usage().writes, writes);
    // A person orders the same here: there is nothing left to void, and the replacement is found.
    correct(&before, CorrectionKind::VoidAndRepost);
    before.settle();
    assert_eq!(before.ledger.usage().writes, writes);
    assert_corrected(&before, CorrectionKind::VoidAndRepost, "restored database");
}

#[test]
fn an_update_that_the_ledger_takes_differently_is_for_a_person() {
    let world = changed();
    world.ledger.fail_next_send(SendFault::LostAfterApply);
    let bill: RecordId = world.standing()[0].id;
    world.ledger.fail_listings(0);
    correct(&world, CorrectionKind::Update);
    // A person edits the bill after it was corrected: that is drift, and not undone.
    world
        .ledger
        .person_changes_total(RecordKind::Bill, bill, samples::usd(1));
    assert_agrees(&world, "edited after the correction");
    assert!(matches!(
        &world.entries()[0].state,
        EntryState::Drifted {
            drift: Drift::Changed(_),
            ..
        }
    ));
}

#[test]
fn a_correction_never_writes_what_a_person_skipped_of_the_report() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    // The report changes, and a person skips what is not written of it.
    let mut changed = samples::report("R00A", &[1250, 700]);
    changed.expenses[1].reimbursable = false;
    changed.expenses[0].report_amount = Some(samples::usd(1300));
    changed.total = Some(samples::usd(2000));
    world.source.put(changed);
    world.sync();
    let skip = Decision::Skip {
        item: only_item(&world),
        reason: "entered by hand".to_owned(),
    };
    block_on(world.engine().decide(&world.connection, "ann", skip)).unwrap();
    let bill = world.standing()[0].id;
    world
        .ledger
        .person_changes_total(RecordKind::Bill, bill, samples::usd(999));
    assert_agrees(&world, "edited");
    for kind in [CorrectionKind::Accept, CorrectionKind::VoidAndRepost] {
        if kind == CorrectionKind::VoidAndRepost {
            world
                .ledger
                .person_changes_total(RecordKind::Bill, bill, samples::usd(998));
            assert_agrees(&world, "edited again");
        }
        correct(&world, kind);
        world.settle();
        assert!(
            world.standing().len() <= 1,
            "{kind:?}: {:#?}",
            world.standing()
        );
        assert_agrees(&world, "corrected");
    }
    assert!(world.standing().is_empty());
}

#[test]
fn a_store_that_fails_is_not_taken_for_a_ledger_that_answers_another_time() {
    let world = changed();
    world.ledger.fail_next_send(SendFault::Unreachable);
    correct(&world, CorrectionKind::Update);
    world.clock.advance(Duration::from_hours(1));
    let engine = failing::engine(&world, "begin_sends");
    let error = block_on(engine.sync(&world.connection, SyncRequest::ordinary())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    world.settle();
    assert_corrected(&world, CorrectionKind::Update, "once it is mended");
}

#[test]
fn a_correction_is_to_be_begun_within_the_window_too() {
    let world = changed();
    let (engine, watching) = watching::engine(&world);
    order(&world, &engine, CorrectionKind::Update).unwrap();
    let window = world.connection.settings.send_window;
    assert_eq!(watching.deadlines(), [world.clock.now() + window]);
}
