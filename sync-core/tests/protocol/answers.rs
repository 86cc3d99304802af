//! What each answer of FreshBooks to a request leads to, and what a pass does when the listing after it fails.

use std::sync::Arc;
use std::time::Duration;

use sync_core::engine::{Decision, Engine, Ports, SyncRequest};
use sync_core::model::{
    LedgerRecord, Marker, Payment, RecordId, RecordKind, RecordStatus, VendorId,
};
use sync_core::plan::{Cause, StepKey};
use sync_core::ports::{Ledger, NotPermitted, SendOutcome, SendReceipt, Store};
use sync_core::state::{EntryState, StateName};
use sync_core::testing::{MemoryLedger, MemoryStore, SendFault, block_on, samples};
use sync_core::{ErrorKind, Result};

use crate::open_causes;
use crate::support::answering;
use crate::support::reports::mixed_report;
use crate::support::stepping::Stepping;
use crate::support::{World, reference};

/// Runs a pass up to just before its first request, lets something happen, and runs it to its end.
pub(crate) fn interrupted_before_the_request(
    world: &World,
    happens: impl FnOnce(),
) -> Result<sync_core::engine::PassSummary> {
    let stepped = Ports {
        ledger: Arc::new(Stepping(Arc::clone(&world.ledger))),
        ..world.ports()
    };
    let engine = Engine::new(stepped, "slow");
    let mut pass = Box::pin(engine.sync(&world.connection, SyncRequest::ordinary()));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    // Snapshot and listing each yield twice; the fifth stop is just before the request.
    for _ in 0..5 {
        assert!(pass.as_mut().poll(&mut context).is_pending());
    }
    happens();
    block_on(pass)
}

fn resolve(world: &World, reason: &str) {
    let item = block_on(world.store.review_items(&world.connection.id, true)).unwrap()[0].number;
    let decision = Decision::Resolve {
        item,
        reason: reason.to_owned(),
    };
    block_on(world.engine().decide(&world.connection, "ann", decision)).unwrap();
}

#[test]
fn what_freshbooks_does_not_permit_is_named_and_holds_up_nothing_else() {
    let world = World::new();
    let role = NotPermitted {
        message: "the role may not enter bills".to_owned(),
    };
    world.ledger.fail_next_send(SendFault::NotPermitted(role));
    world.source.put(mixed_report("R00A"));
    let summary = world.sync();
    assert_eq!((summary.written, summary.interrupted), (1, None));
    let causes = open_causes(&world);
    let [Cause::NotPermitted { message, kind }] = &causes[..] else {
        panic!("{causes:?}")
    };
    assert_eq!(message, "the role may not enter bills");
    assert!(world.standing().iter().all(|record| record.kind != *kind));
    resolve(&world, "role changed");
    world.sync();
    world.assert_each_record_exists_once("once it is permitted");
}

#[test]
fn a_ledger_that_cannot_be_reached_is_tried_as_often_as_is_set_and_then_a_person_is_asked() {
    let mut world = World::new();
    world.connection.settings.attempts_max = 2;
    for _ in 0..2 {
        world.ledger.fail_next_send(SendFault::Unreachable);
    }
    world.source.put(samples::report("R00A", &[1250]));
    let first = world.sync();
    let stop = first.interrupted.unwrap();
    assert_eq!(
        (stop.kind, stop.why.as_str()),
        (ErrorKind::Unavailable, "FreshBooks cannot be reached")
    );
    assert_eq!((first.waiting, open_causes(&world)), (1, vec![]));
    assert_eq!(
        world.sync().interrupted,
        None,
        "not before the pause is over"
    );
    world.clock.advance(Duration::from_hours(2));
    world.sync();
    let causes = open_causes(&world);
    let [Cause::AttemptsExhausted { last, .. }] = &causes[..] else {
        panic!("{causes:?}")
    };
    assert_eq!(last, "unreachable");
    assert_eq!(world.ledger.usage().writes, 0);
    resolve(&world, "line mended");
    world.sync();
    world.assert_each_record_exists_once("once it could be reached");
}

#[test]
fn a_bill_number_taken_by_a_bill_of_another_vendor_is_for_a_person() {
    let world = World::new().with_ledger(MemoryLedger::new(reference()).with_unique_bill_numbers());
    let report = samples::report("R00A", &[1250]);
    world.source.put(report.clone());
    let summary = interrupted_before_the_request(&world, || {
        world.ledger.person_enters(LedgerRecord {
            kind: RecordKind::Bill,
            id: RecordId::new(1),
            markers: [Marker::for_report(&report.id)].into(),
            status: RecordStatus::Active,
            total: report.total,
            date: Some(samples::day()),
            vendor: Some(VendorId::new(99)),
            category: None,
            lines: Vec::new(),
            payment: Payment::Nothing,
        });
    })
    .unwrap();
    assert_eq!(
        (summary.written, summary.adopted, summary.open_items),
        (0, 0, 1)
    );
    assert!(matches!(
        &open_causes(&world)[..],
        [Cause::NumberTaken { .. }]
    ));
    assert_eq!(world.standing().len(), 1);
}

#[test]
fn a_token_refused_while_freshbooks_does_not_answer_asks_for_no_person() {
    let world = World::new();
    world.ledger.fail_next_send(SendFault::Unauthorized);
    world.source.put(samples::report("R00A", &[1250]));
    let summary = interrupted_before_the_request(&world, || world.ledger.fail_listings(1)).unwrap();
    // Whether the token is renewed by now, only an answer tells: until then it is FreshBooks that is away.
    assert_eq!(summary.interrupted.unwrap().kind, ErrorKind::Unavailable);
    assert_eq!((summary.written, summary.waiting), (0, 1));
    world.settle();
    world.assert_each_record_exists_once("once it answers");
}

#[test]
fn a_grant_that_dies_while_freshbooks_asks_for_fewer_requests_is_told_by_the_same_pass() {
    let world = World::new();
    world.ledger.fail_next_send(SendFault::Throttled(None));
    world.source.put(samples::report("R00A", &[1250]));
    world.source.put(samples::report("R00B", &[1250]));
    let summary = interrupted_before_the_request(&world, || world.ledger.refuse_listings(1));
    let stop = summary.unwrap().interrupted.unwrap();
    assert_eq!(stop.kind, ErrorKind::Unauthorized, "{}", stop.why);
    assert!(stop.why.contains("connect freshbooks"), "{}", stop.why);
    world.settle();
    world.assert_each_record_exists_once("once a person has consented");
}

#[test]
fn a_batch_without_any_receipt_may_be_written_and_is_looked_for_at_once() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    let engine = answering::engine(&world, |books, permit| {
        answering::carry_out(books, permit);
        books.refuse_listings(1);
        Vec::new()
    });
    let looked = block_on(engine.sync(&world.connection, SyncRequest::ordinary()));
    assert_eq!(looked.unwrap_err().kind(), ErrorKind::Unauthorized);
    world.settle();
    world.assert_each_record_exists_once("once a person has consented");
}

#[test]
fn an_answer_about_something_else_changes_nothing() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    let engine = answering::engine(&world, |books, permit| {
        let mut receipts = answering::carry_out(books, permit);
        receipts.push(SendReceipt {
            key: StepKey::from_stored("EXP-OTHER".to_owned()),
            outcome: SendOutcome::Applied(RecordId::new(9999)),
        });
        receipts
    });
    let synced = block_on(engine.sync(&world.connection, SyncRequest::ordinary()));
    assert_eq!(synced.unwrap().verified, 1);
    world.assert_each_record_exists_once("with one answer too many");
}

#[test]
fn a_number_that_is_taken_says_nothing_about_a_record_without_one() {
    let world = World::new();
    world.source.put(mixed_report("R00A"));
    let engine = answering::engine_told(&world, SendOutcome::NumberTaken);
    block_on(engine.sync(&world.connection, SyncRequest::ordinary())).unwrap();
    // The bill's number was looked for and is nowhere: a person looks. The expense has none, so its absence is proven.
    let [Cause::NumberTaken { .. }] = &open_causes(&world)[..] else {
        panic!("{:?}", open_causes(&world))
    };
    resolve(&world, "it was no bill of ours");
    world.settle();
    world.assert_each_record_exists_once("once the books answer for themselves");
}

#[test]
fn a_listing_that_fails_after_the_sends_leaves_them_to_be_read_back_by_the_next_pass() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    let failed = interrupted_before_the_request(&world, || world.ledger.fail_listings(1));
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(world.entries()[0].state.name(), StateName::Posted);
    let summary = world.sync();
    assert_eq!((summary.written, summary.verified), (0, 1));
    world.assert_each_record_exists_once("read back later");
}

#[test]
fn requests_of_a_batch_whose_time_ran_out_are_sent_later_and_not_counted_as_attempts() {
    let world = World::new();
    world.ledger.fail_next_send(SendFault::NotStarted);
    world.source.put(samples::report("R00A", &[1250]));
    let summary = world.sync();
    assert_eq!((summary.written, summary.waiting), (0, 1));
    assert_eq!(
        (summary.interrupted, world.entries()[0].attempts),
        (None, 0)
    );
    assert_eq!(world.sync().written, 1);
    assert_eq!(world.entries()[0].attempts, 1);
}

#[test]
fn a_few_lost_answers_among_many_do_not_stop_a_pass() {
    let mut world = World::new();
    world.connection.settings.send_batch = 4;
    for n in 0..8 {
        world
            .source
            .put(samples::report(&format!("R00{n}"), &[1250]));
    }
    // Half of the first batch is silence: not more than half.
    world.ledger.fail_next_send(SendFault::LostAfterApply);
    world.ledger.fail_next_send(SendFault::LostAfterApply);
    let summary = world.sync();
    assert_eq!((summary.interrupted, summary.written), (None, 6));
    assert_eq!((summary.adopted, summary.verified), (2, 8));
    world.assert_each_record_exists_once("some answers were lost");
}

#[test]
fn one_lost_answer_alone_is_not_a_silent_ledger() {
    let mut world = World::new();
    world.connection.settings.send_batch = 1;
    world.source.put(samples::report("R00A", &[1250]));
    world.source.put(samples::report("R00B", &[500]));
    world.ledger.fail_next_send(SendFault::LostAfterApply);
    let summary = world.sync();
    assert_eq!((summary.interrupted, summary.written), (None, 1));
    world.assert_each_record_exists_once("one answer was lost");
}

#[test]
fn another_database_finds_a_record_that_was_deleted_copied_or_edited_and_asks() {
    let first = World::new();
    for id in ["R00A", "R00B", "R00C"] {
        first.source.put(samples::report(id, &[1250]));
    }
    first.sync();
    let bill = |world: &World, report: &str| {
        let mark = Marker::for_report(&sync_core::model::ReportId::new(report));
        let standing = world.standing().into_iter();
        standing
            .filter(|record| record.markers.contains(&mark))
            .map(|record| record.id)
            .next()
            .unwrap()
    };
    let (deleted, copied, edited) = (
        bill(&first, "R00A"),
        bill(&first, "R00B"),
        bill(&first, "R00C"),
    );
    first.ledger.person_deletes(RecordKind::Bill, deleted);
    let copy = first
        .ledger
        .person_duplicates(RecordKind::Bill, copied)
        .unwrap();
    first
        .ledger
        .person_changes_total(RecordKind::Bill, edited, samples::usd(1));
    let other = World {
        store: Arc::new(MemoryStore::new()),
        ledger: Arc::clone(&first.ledger),
        source: Arc::clone(&first.source),
        ..World::new()
    };
    let writes = other.ledger.usage().writes;
    let summary = other.sync();
    assert_eq!(
        (summary.written, summary.adopted, summary.open_items),
        (0, 0, 3)
    );
    assert_eq!(other.ledger.usage().writes, writes);
    let states: Vec<_> = other
        .entries()
        .into_iter()
        .map(|entry| entry.state)
        .collect();
    let [
        EntryState::InReview {
            cause: Cause::MarkedRecordDeleted { record, .. },
            record: Some(known),
        },
        EntryState::InReview {
            cause: Cause::DuplicateRecords { records, .. },
            record: None,
        },
        EntryState::InReview {
            cause: Cause::MarkedRecordDiffers { differences, .. },
            record: Some(differs),
        },
    ] = &states[..]
    else {
        panic!("{states:?}")
    };
    assert_eq!((record, known, differs), (&deleted, &deleted, &edited));
    assert_eq!(records, &[copied, copy]);
    assert!(
        differences.iter().any(|found| found.field == "total"),
        "{differences:?}"
    );
}
