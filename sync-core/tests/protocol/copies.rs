//! Several records under one mark: a person names the one that stays, and the others are voided, whatever breaks off.

use std::sync::Arc;
use std::time::Duration;

use sync_core::ErrorKind;
use sync_core::engine::{CorrectionKind, Decision, Differing, Engine, Ports};
use sync_core::model::{RecordId, RecordKind};
use sync_core::plan::Cause;
use sync_core::ports::{Ledger, LedgerWrite, SendOutcome, SendReceipt, Store};
use sync_core::state::{Discrepancy, StateName};
use sync_core::testing::{AroundStore, SendFault, block_on, samples};

use crate::open_causes;
use crate::support::answering;
use crate::support::stepping::{Stepping, Steps};
use crate::support::{World, crash_after};

const KEY: &str = "EXP-R00A";

/// A written bill that somebody copied so often, noticed by a reconciliation. Ours comes first.
fn copied(copies: usize) -> (World, Vec<RecordId>) {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    let ours = world.standing()[0].id;
    let mut records = vec![ours];
    for _ in 0..copies {
        let copy = world.ledger.person_duplicates(RecordKind::Bill, ours);
        records.push(copy.unwrap());
    }
    notice(&world);
    (world, records)
}

fn notice(world: &World) {
    let result = block_on(world.engine().reconcile(&world.connection, None, None)).unwrap();
    assert!(!result.agrees(), "{result:#?}");
}

fn keep(record: RecordId) -> CorrectionKind {
    CorrectionKind::KeepOne {
        record,
        differing: Differing::Refused,
    }
}

fn decision(world: &World, kind: CorrectionKind) -> Decision {
    let items = block_on(world.store.review_items(&world.connection.id, true)).unwrap();
    let item = items
        .iter()
        .find(|item| matches!(item.cause, Cause::DuplicateRecords { .. }));
    Decision::Correct {
        item: item.unwrap().number,
        kind,
        reason: "copied by mistake".to_owned(),
    }
}

fn order(world: &World, engine: &Engine, kind: CorrectionKind) -> sync_core::Result<StateName> {
    let outcome = block_on(engine.decide(&world.connection, "bea", decision(world, kind)))?;
    Ok(outcome.standings[0].1)
}

fn numbers(world: &World) -> Vec<RecordId> {
    world.standing().iter().map(|record| record.id).collect()
}

#[track_caller]
fn assert_kept(world: &World, record: RecordId, context: &str) {
    assert_eq!(numbers(world), [record], "{context}");
    assert_eq!(open_causes(world), [], "{context}");
    let entry = &world.entries()[0];
    assert_eq!(entry.state.record(), Some(record), "{context}");
    let result = block_on(world.engine().reconcile(&world.connection, None, None)).unwrap();
    assert!(result.agrees(), "{context}: {result:#?}");
    let verdict = block_on(world.engine().verify_audit(&world.connection.id)).unwrap();
    assert_eq!(verdict.fault, None, "{context}");
}

#[test]
fn any_of_the_copies_can_be_kept_and_each_other_is_voided_by_one_request() {
    for kept in 0..4 {
        let (world, records) = copied(3);
        let before = world.ledger.usage().writes;
        let state = order(&world, &world.engine(), keep(records[kept])).unwrap();
        assert_eq!(state, StateName::Verified);
        assert_eq!(world.ledger.usage().writes, before + 3);
        assert_kept(&world, records[kept], &format!("copy {kept}"));
        // Nothing of it is undone or done again later.
        world.settle();
        assert_eq!(world.ledger.usage().writes, before + 3);
        assert_kept(&world, records[kept], &format!("copy {kept}, later"));
    }
}

#[test]
fn copies_found_before_anything_was_sent_are_resolved_the_same_way() {
    // The database is lost, and there are two records under the mark: the probe finds both.
    let (world, records) = copied(1);
    let other = World {
        ledger: Arc::clone(&world.ledger),
        source: Arc::clone(&world.source),
        ..World::new()
    };
    other.sync();
    let state = order(&other, &other.engine(), keep(records[1])).unwrap();
    assert_eq!(state, StateName::Verified);
    assert_kept(&other, records[1], "lost database");
}

#[test]
fn the_trail_names_who_kept_which_record_and_why() {
    let (world, records) = copied(1);
    order(&world, &world.engine(), keep(records[0])).unwrap();
    let trail = block_on(world.store.audit(&world.connection.id, 0, 10_000)).unwrap();
    let said = |action: &str| {
        let entry = trail.iter().rfind(|entry| entry.draft.action == action);
        let draft = &entry.unwrap().draft;
        (draft.actor.clone(), draft.detail.clone())
    };
    let (actor, detail) = said("review_correct_keep");
    assert_eq!(
        (actor.as_str(), detail.as_str()),
        ("bea", "copied by mistake")
    );
    let (actor, detail) = said("correction_ordered");
    assert_eq!(actor, "bea");
    let expected = format!("keep record {}: copied by mistake", records[0]);
    assert!(detail.contains(&expected), "{detail}");
    let (_, detail) = said("begin_send");
    let expected = format!("void of record {}", records[1]);
    assert!(detail.contains(&expected), "{detail}");
}

#[test]
fn a_crash_at_every_point_never_voids_the_kept_record_and_ends_with_it_alone() {
    let mut points = 0;
    for polls in 0.. {
        let (world, records) = copied(2);
        let kept = records[1];
        let stepped = Ports {
            ledger: Arc::new(Stepping(Arc::clone(&world.ledger))),
            store: Arc::new(AroundStore::over(Arc::clone(&world.store), Steps)),
            ..world.ports()
        };
        let engine = Engine::new(stepped, "crashing");
        let decision = decision(&world, keep(kept));
        let context = format!("crashed after {polls} polls");
        let finished = crash_after(polls, engine.decide(&world.connection, "bea", decision));
        assert!(numbers(&world).contains(&kept), "{context}");
        let ordered = world.entries()[0].state.name() != StateName::Drifted;
        world.settle();
        if ordered {
            assert_kept(&world, kept, &context);
        } else {
            assert_eq!(numbers(&world), records, "{context}");
        }
        if finished.is_some() {
            break;
        }
        points += 1;
    }
    assert!(points > 30, "only {points} points were tried");
}

#[test]
fn a_lost_answer_to_a_void_is_resolved_by_reading() {
    for fault in [
        SendFault::LostAfterApply,
        SendFault::LostBeforeApply,
        SendFault::AppliedLate,
        SendFault::NotStarted,
        SendFault::Unreachable,
        SendFault::Throttled(Some(Duration::from_secs(40))),
    ] {
        let (world, records) = copied(2);
        let context = format!("{fault:?}");
        world.ledger.fail_next_send(fault);
        order(&world, &world.engine(), keep(records[0])).unwrap();
        assert!(numbers(&world).contains(&records[0]), "{context}");
        world.clock.advance(Duration::from_mins(2));
        world.sync();
        world.ledger.land_late_writes();
        world.settle();
        assert_kept(&world, records[0], &context);
    }
}

#[test]
fn a_copy_that_stands_although_its_void_was_confirmed_is_for_a_person() {
    let (world, records) = copied(1);
    let lies = answering::engine(&world, |_, permit| {
        let LedgerWrite::Void { record, .. } = permit.write() else {
            panic!("{permit:?}")
        };
        let key = permit.key().clone();
        vec![SendReceipt {
            key,
            outcome: SendOutcome::Applied(record),
        }]
    });
    let state = order(&world, &lies, keep(records[0])).unwrap();
    assert_eq!(state, StateName::InReview);
    assert_eq!(numbers(&world), records, "nothing was voided");
    assert!(
        open_causes(&world)
            .iter()
            .any(|cause| cause.note().contains("EXP-R00A"))
    );
}

#[track_caller]
fn assert_refused(world: &World, kind: CorrectionKind, why: &str) {
    let writes = world.ledger.usage().writes;
    let refused = order(world, &world.engine(), kind).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    assert!(refused.to_string().contains(why), "{refused}");
    assert_eq!(world.ledger.usage().writes, writes);
}

#[test]
fn a_paid_copy_is_never_voided_but_can_be_the_one_that_is_kept() {
    let (world, records) = copied(1);
    assert!(world.ledger.person_pays(records[1]));
    assert_refused(&world, keep(records[0]), "a paid bill is never voided");
    assert_eq!(numbers(&world), records);
    order(&world, &world.engine(), keep(records[1])).unwrap();
    assert_kept(&world, records[1], "paid");
}

#[test]
fn a_record_that_does_not_carry_the_mark_or_is_gone_cannot_be_kept() {
    let (world, records) = copied(2);
    assert_refused(
        &world,
        keep(RecordId::new(999_999)),
        "there is none of that number",
    );
    world.ledger.person_deletes(RecordKind::Bill, records[2]);
    assert_refused(&world, keep(records[2]), "it is deleted in FreshBooks");
    world
        .ledger
        .person_removes_marks(RecordKind::Bill, records[1]);
    assert_refused(&world, keep(records[1]), "does not carry that mark");
    // With one of them deleted and one without its mark, nothing is left to void.
    assert_refused(
        &world,
        keep(records[0]),
        "no other record carries that mark",
    );
}

#[test]
fn a_record_that_is_not_as_planned_is_kept_only_when_the_person_says_so() {
    let (world, records) = copied(1);
    let kept = records[1];
    let total = samples::usd(1300);
    world
        .ledger
        .person_changes_total(RecordKind::Bill, kept, total);
    assert_refused(&world, keep(kept), "it is not as planned (total)");
    let kind = CorrectionKind::KeepOne {
        record: kept,
        differing: Differing::Accepted,
    };
    let state = order(&world, &world.engine(), kind).unwrap();
    assert_eq!(state, StateName::Drifted);
    world.settle();
    assert_kept(&world, kept, "kept as it is");
    let result = block_on(world.engine().reconcile(&world.connection, None, None)).unwrap();
    assert_eq!(result.rows[0].drifted, samples::usd(1250));
    let named = |found: &Discrepancy| {
        matches!(
            found,
            Discrepancy::Edited { key, accepted: Some(acceptance), .. }
                if key.as_str() == KEY && acceptance.by == "bea"
        )
    };
    assert!(result.discrepancies.iter().any(named), "{result:#?}");
}

#[test]
fn what_people_do_between_the_order_and_the_request_is_respected() {
    let put_off = || SendFault::Throttled(Some(Duration::from_secs(5)));
    // The copy is paid.
    let (world, records) = copied(1);
    world.ledger.fail_next_send(put_off());
    order(&world, &world.engine(), keep(records[0])).unwrap();
    world.ledger.person_pays(records[1]);
    world.settle();
    assert_eq!(numbers(&world), records);
    assert!(
        matches!(&open_causes(&world)[..], [Cause::BillPaid { record, .. }] if *record == records[1])
    );
    // The one to be kept is deleted: then the other is all there is, and stays.
    let (world, records) = copied(1);
    world.ledger.fail_next_send(put_off());
    order(&world, &world.engine(), keep(records[0])).unwrap();
    world.ledger.person_deletes(RecordKind::Bill, records[0]);
    world.settle();
    assert_eq!(numbers(&world), [records[1]]);
    assert!(matches!(
        &open_causes(&world)[..],
        [Cause::MarkedRecordDeleted { .. }]
    ));
    // Another copy turns up, which nobody has ordered voided.
    let (world, records) = copied(1);
    world.ledger.fail_next_send(put_off());
    order(&world, &world.engine(), keep(records[0])).unwrap();
    let late = world.ledger.person_duplicates(RecordKind::Bill, records[0]);
    world.settle();
    assert_eq!(numbers(&world), [records[0], late.unwrap()]);
    assert!(
        matches!(&open_causes(&world)[..], [Cause::DuplicateRecords { records, .. }] if records.len() == 2)
    );
    // The one to be kept is edited: nobody has said to keep it so.
    let (world, records) = copied(1);
    world.ledger.fail_next_send(put_off());
    order(&world, &world.engine(), keep(records[0])).unwrap();
    let total = samples::usd(7);
    world
        .ledger
        .person_changes_total(RecordKind::Bill, records[0], total);
    world.settle();
    assert_eq!(numbers(&world), [records[0]]);
    assert!(matches!(
        &open_causes(&world)[..],
        [Cause::RecordEdited { .. }]
    ));
}

#[test]
fn only_copies_can_be_resolved_by_keeping_one() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    world.source.put(samples::report("R00A", &[1300]));
    world.sync();
    let items = block_on(world.store.review_items(&world.connection.id, true)).unwrap();
    let decision = Decision::Correct {
        item: items[0].number,
        kind: keep(world.standing()[0].id),
        reason: "mistaken".to_owned(),
    };
    let refused = block_on(world.engine().decide(&world.connection, "bea", decision)).unwrap_err();
    assert!(refused.to_string().contains("no other record"), "{refused}");
}

#[test]
fn a_voided_record_that_was_put_back_beside_its_replacement_is_voided_again() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    let first = world.standing()[0].id;
    world.source.put(samples::report("R00A", &[1300]));
    world.sync();
    let items = block_on(world.store.review_items(&world.connection.id, true)).unwrap();
    let void = Decision::Correct {
        item: items[0].number,
        kind: CorrectionKind::VoidAndRepost,
        reason: "corrected".to_owned(),
    };
    block_on(world.engine().decide(&world.connection, "bea", void)).unwrap();
    // The replacement arrives late, and meanwhile somebody puts the first one back.
    world.ledger.fail_next_send(SendFault::AppliedLate);
    world.sync();
    world.ledger.person_restores(RecordKind::Bill, first);
    world.ledger.land_late_writes();
    world.settle();
    let records = numbers(&world);
    assert_eq!((records.len(), records[0]), (2, first));
    assert_refused(&world, keep(first), "does not carry that mark");
    let state = order(&world, &world.engine(), keep(records[1])).unwrap();
    assert_eq!(state, StateName::Verified);
    world.settle();
    assert_eq!(numbers(&world), [records[1]]);
    assert_eq!(open_causes(&world), []);
}

#[test]
fn a_copy_that_was_moved_to_a_day_far_away_is_voided_too() {
    let (world, records) = copied(1);
    let far = samples::day() - chrono::Days::new(400);
    assert!(
        world
            .ledger
            .person_changes_date(RecordKind::Bill, records[1], far)
    );
    let state = order(&world, &world.engine(), keep(records[0])).unwrap();
    assert_eq!(state, StateName::Verified);
    assert_kept(&world, records[0], "the other was far away");
}
