//! The write protocol, end to end over in-memory ports: nothing twice, nothing lost, every ambiguity named.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

mod absence;
mod answers;
mod asked;
mod copies;
mod corrections;
mod intake;
mod labelled;
mod matrix;
mod orders;
mod readback;
mod reconciling;
mod reimbursed;
mod selected;
mod support;

use std::sync::Arc;
use std::time::Duration;

use sync_core::engine::{
    Brake, BrakePolicy, Decision, Engine, Ports, Selection, SyncRequest, UnprovenPolicy,
};
use sync_core::mapping::RunMode;
use sync_core::model::{ExpenseCategory, RecordKind, ReportId, ReportState};
use sync_core::plan::{Cause, StepKey};
use sync_core::ports::{Clock, IntakeBatch, Ledger, Refusal, Store};
use sync_core::state::{Discrepancy, Drift, EntryState};
use sync_core::testing::{
    AroundStore, ManualClock, MemoryLedger, MemoryStore, SendFault, block_on, samples,
};
use sync_core::{ErrorKind, model::CategoryId};

use support::reports::{mixed_report, of_new_person, unmapped};
use support::stepping::{Stepping, Steps};
use support::{World, crash_after, kinds, reference};

fn open_causes(world: &World) -> Vec<Cause> {
    let items = block_on(world.store.review_items(&world.connection.id, true)).unwrap();
    items.into_iter().map(|item| item.cause).collect()
}

#[test]
fn approved_reports_become_records_and_a_second_pass_writes_nothing_and_lists_nothing() {
    let world = World::new();
    world.source.put(mixed_report("R00A"));
    let summary = world.sync();
    assert_eq!(
        (summary.written, summary.verified, summary.open_items),
        (2, 2, 0)
    );
    assert_eq!(
        kinds(&world.standing()),
        [RecordKind::Bill, RecordKind::Expense]
    );
    // Per kind of record: one listing before and one after.
    assert_eq!(
        (
            summary.requests.ledger.listing_pages,
            summary.requests.ledger.writes
        ),
        (4, 2)
    );
    assert_eq!(
        (
            summary.requests.source.exports,
            summary.requests.ledger.reads
        ),
        (1, 0)
    );
    let again = world.sync();
    assert_eq!(
        (again.written, again.planned, again.intake.unchanged),
        (0, 0, 1)
    );
    assert_eq!(
        again.requests.ledger,
        sync_core::ports::LedgerUsage::default()
    );
    world.assert_each_record_exists_once("after two passes");
}

#[test]
fn a_crash_at_every_point_of_a_pass_leaves_each_record_once() {
    let mut points = 0;
    for polls in 0.. {
        let world = World::new();
        world.source.put(mixed_report("R00A"));
        world.source.put(samples::report("R00B", &[500]));
        let stepped = Ports {
            ledger: Arc::new(Stepping(Arc::clone(&world.ledger))),
            store: Arc::new(AroundStore::over(Arc::clone(&world.store), Steps)),
            ..world.ports()
        };
        let engine = Engine::new(stepped, "crashing");
        let finished = crash_after(
            polls,
            engine.sync(&world.connection, SyncRequest::ordinary()),
        );
        world.settle();
        world.assert_each_record_exists_once(&format!("crashed after {polls} polls"));
        if finished.is_some() {
            break;
        }
        points += 1;
    }
    assert!(points > 50, "only {points} points were tried");
}

#[test]
fn a_lost_reply_leaves_each_record_once_whether_or_not_it_was_applied() {
    for fault in [SendFault::LostAfterApply, SendFault::LostBeforeApply] {
        let world = World::new();
        world.ledger.fail_next_send(fault.clone());
        world.source.put(mixed_report("R00A"));
        world.sync();
        world.settle();
        world.assert_each_record_exists_once(&format!("{fault:?}"));
    }
}

#[test]
fn an_unknown_outcome_is_not_sent_again_before_quiet_time_and_two_listings() {
    let world = World::new();
    world.ledger.fail_next_send(SendFault::LostBeforeApply);
    world.source.put(samples::report("R00A", &[1250]));
    assert_eq!(world.sync().unconfirmed, 1);
    for (wait, unconfirmed) in [(30, 1), (90, 1), (400, 1)] {
        world.clock.advance(Duration::from_secs(wait));
        let summary = world.sync();
        assert_eq!(
            (summary.unconfirmed, summary.written),
            (unconfirmed, 0),
            "after {wait} s more"
        );
    }
    world.clock.advance(Duration::from_secs(100));
    assert_eq!(world.sync().written, 1);
    world.assert_each_record_exists_once("after proof of absence");
}

#[test]
fn a_write_that_is_applied_late_is_adopted_and_never_doubled() {
    let world = World::new();
    world.ledger.fail_next_send(SendFault::AppliedLate);
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    world.clock.advance(Duration::from_mins(2));
    world.sync();
    world.ledger.land_late_writes();
    world.settle();
    world.assert_each_record_exists_once("landed between two probes");
}

#[test]
fn what_a_person_moves_to_another_month_while_its_outcome_is_unknown_is_not_written_again() {
    let world = World::new();
    world.source.put(samples::report("R00K", &[700]));
    assert_eq!(world.sync().verified, 1, "the database knows a bill");
    let before = world.standing();
    world.ledger.fail_next_send(SendFault::AppliedLate);
    world.source.put(samples::report("R00A", &[1250]));
    assert_eq!(world.sync().unconfirmed, 1);
    world.ledger.land_late_writes();
    let mut landed = world.standing();
    landed.retain(|record| !before.contains(record));
    for record in landed {
        let day = record.date.unwrap() - chrono::TimeDelta::days(40);
        world
            .ledger
            .person_changes_date(record.kind, record.id, day);
    }
    world.settle();
    assert_eq!(world.standing().len(), 2, "{:?}", world.entries());
    // What was moved is for a person, not for us.
    assert!(matches!(
        &open_causes(&world)[..],
        [Cause::MarkedRecordDiffers { .. }]
    ));
}

#[test]
fn what_a_person_moved_and_copied_and_then_sends_again_is_found_and_not_written_again() {
    let world = World::new();
    for report in ["R00K", "R00A"] {
        world.source.put(samples::report(report, &[700]));
    }
    assert_eq!(world.sync().verified, 2, "the database knows another bill");
    let key = StepKey::from_stored("EXP-R00A".to_owned());
    let entry = world.entries().into_iter().find(|entry| entry.key == key);
    let record = entry.unwrap().state.record().unwrap();
    let bill = RecordKind::Bill;
    let copy = world.ledger.person_duplicates(bill, record).unwrap();
    for record in [record, copy] {
        let moved = samples::day() - chrono::TimeDelta::days(200);
        world.ledger.person_changes_date(bill, record, moved);
    }
    let reconciled = block_on(world.engine().reconcile(&world.connection, None, None)).unwrap();
    assert!(!reconciled.agrees());
    // The listing of a second database finds two, and takes neither.
    let mut second = World::new();
    (second.ledger, second.source) = (Arc::clone(&world.ledger), Arc::clone(&world.source));
    second.sync();
    assert!(matches!(
        &open_causes(&second)[..],
        [Cause::DuplicateRecords { .. }]
    ));
    let replayed = Decision::Replay {
        key,
        reason: "looked at it".to_owned(),
    };
    block_on(second.engine().decide(&second.connection, "ann", replayed)).unwrap();
    let summary = second.sync();
    assert_eq!(summary.written, 0);
    assert!(matches!(
        &open_causes(&second)[..],
        [Cause::DuplicateRecords { .. }]
    ));
}

#[test]
fn what_stays_unproven_after_the_resends_allowed_is_a_named_review_item() {
    for (policy, sends) in [
        (UnprovenPolicy::ResendAfterProof, 2),
        (UnprovenPolicy::Review, 1),
    ] {
        let mut world = World::new();
        world.connection.settings.unproven = policy;
        for _ in 0..9 {
            world.ledger.fail_next_send(SendFault::LostBeforeApply);
        }
        world.source.put(samples::report("R00A", &[1250]));
        world.sync();
        world.settle();
        assert!(
            matches!(&open_causes(&world)[..], [Cause::Unproven { attempts, .. }] if *attempts == sends)
        );
        assert!(world.standing().is_empty());
    }
}

#[test]
fn a_second_installation_with_an_empty_store_adopts_what_exists() {
    let first = World::new();
    first.source.put(mixed_report("R00A"));
    first.sync();
    let mut second = World::new();
    second.ledger = Arc::clone(&first.ledger);
    second.source = Arc::clone(&first.source);
    let summary = second.sync();
    assert_eq!(
        (summary.written, summary.adopted, summary.verified),
        (0, 2, 2)
    );
    second.assert_each_record_exists_once("second installation");
}

#[test]
fn a_database_that_knows_no_record_finds_what_a_person_moved_to_another_year() {
    let first = World::new();
    first.source.put(mixed_report("R00A"));
    first.sync();
    for record in first.standing() {
        let year_before = record.date.unwrap() - chrono::TimeDelta::days(365);
        first
            .ledger
            .person_changes_date(record.kind, record.id, year_before);
    }
    let mut second = World::new();
    second.ledger = Arc::clone(&first.ledger);
    second.source = Arc::clone(&first.source);
    let summary = second.sync();
    // A date that differs is for a person, not for us: what counts is that nothing is written a second time.
    assert_eq!((summary.written, summary.open_items), (0, 2));
    assert!(
        open_causes(&second)
            .iter()
            .all(|cause| matches!(cause, Cause::MarkedRecordDiffers { .. }))
    );
    assert_eq!(second.standing().len(), 2);
}

#[test]
fn two_installations_that_send_at_once_are_told_apart_by_the_bill_number() {
    let world = World::new().with_ledger(MemoryLedger::new(reference()).with_unique_bill_numbers());
    world.source.put(samples::report("R00A", &[1250]));
    // The other installation wrote after our probe and before our request: only the ledger can notice.
    let other = World {
        store: Arc::new(MemoryStore::new()),
        ..World::new()
    };
    let other = World {
        ledger: Arc::clone(&world.ledger),
        source: Arc::clone(&world.source),
        ..other
    };
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
    other.sync();
    let summary = block_on(pass).unwrap();
    assert_eq!((summary.written, summary.adopted), (0, 1));
    world.assert_each_record_exists_once("number was taken");
}

#[test]
fn two_workers_cannot_be_at_one_connection_at_once() {
    let world = World::new();
    let lease = block_on(world.store.acquire_lease(
        &world.connection.id,
        "other",
        Duration::from_mins(1),
        samples::start(),
    ));
    assert!(lease.is_ok());
    let refused = block_on(
        world
            .engine()
            .sync(&world.connection, SyncRequest::ordinary()),
    )
    .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::LeaseLost);
}

#[test]
fn a_report_edited_after_posting_is_one_review_item_and_no_second_bill() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    world.source.put(samples::report("R00A", &[1300]));
    let summary = world.sync();
    assert_eq!((summary.written, summary.held_reports), (0, 1));
    let causes = open_causes(&world);
    let [Cause::ChangedAfterPosting { corrections, .. }] = &causes[..] else {
        panic!("{causes:?}")
    };
    assert!(
        corrections
            .iter()
            .any(|change| change.planned.contains("13.00")),
        "{corrections:?}"
    );
    assert_eq!(world.standing().len(), 1);
    // A person corrects the bill in FreshBooks and says so: it is read back and agrees.
    let bill = world.standing()[0].id;
    world
        .ledger
        .person_changes_total(RecordKind::Bill, bill, samples::usd(1300));
    let item = block_on(world.store.review_items(&world.connection.id, true)).unwrap()[0].number;
    let decision = Decision::Resolve {
        item,
        reason: "corrected by hand".to_owned(),
    };
    block_on(world.engine().decide(&world.connection, "ann", decision)).unwrap();
    world.sync();
    assert!(
        open_causes(&world)
            .iter()
            .all(|cause| !matches!(cause, Cause::ChangedAfterPosting { .. }))
    );
}

#[test]
fn a_bill_deleted_by_a_person_is_drift_and_never_written_again() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    let bill = world.standing()[0].id;
    world.ledger.person_deletes(RecordKind::Bill, bill);
    let reconciliation = block_on(world.engine().reconcile(&world.connection, None, None)).unwrap();
    assert!(reconciliation.agrees(), "{reconciliation:?}");
    world.settle();
    assert!(world.standing().is_empty());
    assert!(matches!(
        &world.entries()[0].state,
        EntryState::Drifted {
            drift: Drift::Deleted,
            ..
        }
    ));
}

#[test]
fn fixing_the_cause_lets_exactly_the_blocked_reports_through() {
    let world = World::new();
    let unmapped = unmapped(samples::report("R00B", &[700]));
    world.source.put(samples::report("R00A", &[1250]));
    world.source.put(unmapped);
    let first = world.sync();
    assert_eq!(
        (first.written, first.held_reports, first.open_items),
        (1, 1, 1)
    );
    world.ledger.person_changes_reference(|parts| {
        let name = "Travel".to_owned();
        parts.categories.push(ExpenseCategory {
            id: CategoryId::new(8),
            name,
            parent: None,
            active: true,
        });
    });
    let second = world.sync();
    assert_eq!(
        (second.written, second.held_reports, second.open_items),
        (1, 0, 0)
    );
    world.assert_each_record_exists_once("after the fix");
}

#[test]
fn a_refused_record_is_a_review_item_that_a_person_can_send_again() {
    let world = World::new();
    let refusal = Refusal {
        field: Some("vendorid".to_owned()),
        message: "vendor not found".to_owned(),
    };
    world.ledger.fail_next_send(SendFault::Refused(refusal));
    world.source.put(samples::report("R00A", &[1250]));
    assert_eq!(world.sync().open_items, 1);
    let decision = Decision::Resolve {
        item: 1,
        reason: "vendor put back".to_owned(),
    };
    block_on(world.engine().decide(&world.connection, "ann", decision)).unwrap();
    world.sync();
    world.assert_each_record_exists_once("after the person's word");
}

#[test]
fn a_throttled_send_waits_and_stops_the_pass() {
    let world = World::new();
    world
        .ledger
        .fail_next_send(SendFault::Throttled(Some(Duration::from_secs(50))));
    world.source.put(mixed_report("R00A"));
    let summary = world.sync();
    assert!(summary.interrupted.is_some());
    world.settle();
    world.assert_each_record_exists_once("throttled");
}

#[test]
fn an_absurd_wait_asked_for_by_the_ledger_is_bounded() {
    for absurd in [Duration::from_hours(24 * 365), Duration::MAX] {
        let world = World::new();
        world
            .ledger
            .fail_next_send(SendFault::Throttled(Some(absurd)));
        world.source.put(mixed_report("R00A"));
        assert!(world.sync().interrupted.is_some());
        world
            .clock
            .advance(world.connection.settings.retry_after_max);
        world.settle();
        world.assert_each_record_exists_once("throttled for ever");
    }
}

#[test]
fn the_brake_stops_before_anything_is_written_and_a_person_can_confirm() {
    let mut world = World::new();
    world.connection.settings.brake = Brake {
        records: Some(1),
        amount: None,
    };
    world.source.put(mixed_report("R00A"));
    let braked = world.sync();
    assert_eq!((braked.written, braked.braked.unwrap().records), (0, 2));
    let confirmed = SyncRequest {
        brake: BrakePolicy::Confirmed,
        ..SyncRequest::ordinary()
    };
    let summary = block_on(world.engine().sync(&world.connection, confirmed)).unwrap();
    assert_eq!(summary.written, 2);
}

#[test]
fn a_saved_plan_runs_as_it_is_and_is_refused_once_stale() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    let preview = || {
        block_on(
            world
                .engine()
                .preview(&world.connection, &Selection::SinceLastPass),
        )
        .unwrap()
    };
    assert_eq!(preview(), preview());
    let saved = preview().to_saved();
    world.source.put(samples::report("R00A", &[1300]));
    let request = |plan| SyncRequest {
        exactly: Some(plan),
        ..SyncRequest::ordinary()
    };
    let stale = block_on(world.engine().sync(&world.connection, request(saved))).unwrap_err();
    assert_eq!(stale.kind(), ErrorKind::Invalid);
    assert!(world.standing().is_empty());
    let fresh = preview().to_saved();
    assert_eq!(
        block_on(
            world
                .engine()
                .sync(&world.connection, request(fresh.clone()))
        )
        .unwrap()
        .written,
        1
    );
    let again = block_on(world.engine().sync(&world.connection, request(fresh))).unwrap_err();
    assert!(
        again
            .to_string()
            .contains("it has run already: all its records (1) are written"),
        "{again}"
    );
    assert_eq!(world.standing().len(), 1);
}

#[test]
fn a_saved_plan_that_ran_in_part_says_so() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.source.put(samples::report("R00B", &[500]));
    let all = Selection::SinceLastPass;
    let saved = block_on(world.engine().preview(&world.connection, &all)).unwrap();
    let one = SyncRequest {
        selection: Selection::Reports(vec![ReportId::new("R00A")]),
        ..SyncRequest::ordinary()
    };
    block_on(world.engine().sync(&world.connection, one)).unwrap();
    let request = SyncRequest {
        exactly: Some(saved.to_saved()),
        ..SyncRequest::ordinary()
    };
    let refused = block_on(world.engine().sync(&world.connection, request)).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("in part: 1 of its 2 records are written"),
        "{refused}"
    );
    assert_eq!(world.standing().len(), 1);
}

#[test]
fn a_cut_off_export_writes_nothing_and_the_next_pass_is_whole() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.source.put(samples::report("R00B", &[500]));
    world.source.cut_next_export_after(1);
    let error = block_on(
        world
            .engine()
            .sync(&world.connection, SyncRequest::ordinary()),
    )
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(world.standing().is_empty());
    assert_eq!(
        block_on(world.store.watermark(&world.connection.id)).unwrap(),
        None
    );
    assert_eq!(world.sync().written, 2);
}

#[test]
fn a_report_unapproved_after_posting_is_held_for_a_person() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    let mut open = samples::report("R00A", &[1250]);
    open.state = ReportState::Open;
    open.approved_on = None;
    world.source.put(open);
    block_on(world.engine().reconcile(&world.connection, None, None)).unwrap();
    world.sync();
    assert!(matches!(
        &open_causes(&world)[..],
        [Cause::UnapprovedAfterPosting { .. }]
    ));
    assert_eq!(world.standing().len(), 1);
}

#[test]
fn a_missing_vendor_is_created_once_when_the_setting_allows_it() {
    let mut world = World::new();
    world.connection.rules.ladders.create_missing_vendors = true;
    for id in ["R00A", "R00B"] {
        world
            .source
            .put(of_new_person(samples::report(id, &[1250])));
    }
    let summary = world.sync();
    assert_eq!(summary.written, 3);
    assert_eq!(
        kinds(&world.standing()),
        [RecordKind::Bill, RecordKind::Bill, RecordKind::Vendor]
    );
    world.assert_each_record_exists_once("vendor first");
}

#[test]
fn the_books_agree_to_the_cent_with_work_in_every_state() {
    let world = World::new();
    let held = unmapped(samples::report("R00C", &[700]));
    world.source.put(mixed_report("R00A"));
    world.source.put(samples::report("R00B", &[900, 0]));
    world.source.put(held);
    world.ledger.fail_next_send(SendFault::LostBeforeApply);
    world.sync();
    let reconciliation = block_on(world.engine().reconcile(&world.connection, None, None)).unwrap();
    assert!(reconciliation.agrees(), "{reconciliation:#?}");
}

#[test]
fn a_clock_that_jumps_back_delays_work_and_loses_nothing() {
    let world = World::new();
    world.ledger.fail_next_send(SendFault::LostAfterApply);
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    let earlier = World {
        clock: Arc::new(ManualClock::new(
            samples::start() - chrono::TimeDelta::days(1),
        )),
        source: Arc::clone(&world.source),
        ledger: Arc::clone(&world.ledger),
        store: Arc::clone(&world.store),
        connection: world.connection.clone(),
    };
    let _ = block_on(
        earlier
            .engine()
            .sync(&earlier.connection, SyncRequest::ordinary()),
    );
    world.settle();
    world.assert_each_record_exists_once("after the jump");
    assert!(world.ledger.usage().writes <= 1);
}

#[test]
fn a_ledger_that_stops_answering_is_left_alone_until_the_next_pass() {
    let mut world = World::new();
    world.connection.settings.send_batch = 3;
    for n in 0..9 {
        world
            .source
            .put(samples::report(&format!("R00{n}"), &[1250]));
        world.ledger.fail_next_send(SendFault::LostBeforeApply);
    }
    let summary = world.sync();
    assert_eq!((summary.unconfirmed, summary.waiting), (3, 6));
    assert!(summary.interrupted.unwrap().why.contains("3 of 3"));
}

#[test]
fn a_token_refused_in_the_middle_of_a_pass_and_renewed_costs_nothing() {
    let world = World::new();
    world.ledger.fail_next_send(SendFault::Unauthorized);
    world.source.put(mixed_report("R00A"));
    let summary = world.sync();
    assert_eq!((summary.written, summary.interrupted), (2, None));
    world.assert_each_record_exists_once("after the renewal");
}

#[test]
fn going_live_lets_through_what_the_test_mode_left_out() {
    let mut world = World::new();
    world.connection.rules.scope.mode = RunMode::Test;
    world.connection.rules.scope.test_prefix = Some("[TEST]".to_owned());
    world.source.put(samples::report("R00A", &[1250]));
    assert_eq!(world.sync().written, 0);
    assert_eq!(world.sync().planned, 0);
    world.connection.rules.scope.mode = RunMode::Live;
    assert_eq!(world.sync().written, 1);
    world.assert_each_record_exists_once("after going live");
}

#[test]
fn a_report_before_the_start_date_goes_through_once_a_person_asks_for_it() {
    let mut world = World::new();
    world.connection.rules.scope.start_date = samples::day().succ_opt();
    let report = samples::report("R00A", &[1250]);
    world.source.put(report.clone());
    let day = samples::day();
    let backfill = |from, to| SyncRequest {
        selection: Selection::Backfill { from, to },
        ..SyncRequest::ordinary()
    };
    // Taken in as out of scope first, as a wide sweep would.
    let lease = block_on(world.store.acquire_lease(
        &world.connection.id,
        "sweep",
        Duration::from_mins(1),
        samples::start(),
    ))
    .unwrap();
    let batch = IntakeBatch {
        reports: vec![report],
        ..IntakeBatch::default()
    };
    block_on(world.store.intake(&lease, batch, samples::start())).unwrap();
    block_on(world.store.release_lease(&lease)).unwrap();
    assert_eq!(world.sync().written, 0);
    let asked = block_on(world.engine().sync(&world.connection, backfill(day, day))).unwrap();
    assert_eq!(asked.written, 1);
}

#[test]
fn what_is_done_or_under_way_is_not_replayed_and_the_person_is_told_why() {
    let world = World::new();
    world.source.put(mixed_report("R00A"));
    world.sync();
    let before = block_on(world.store.audit(&world.connection.id, 0, 10_000)).unwrap();
    let unknown = StepKey::from_stored("EXP-NONE".to_owned());
    let verified = world.entries()[0].key.clone();
    for (key, told) in [
        (unknown, "find record EXP-NONE"),
        (verified, "it is in FreshBooks as planned"),
    ] {
        let decision = Decision::Replay {
            key,
            reason: "to be sure".to_owned(),
        };
        let refused = block_on(world.engine().decide(&world.connection, "ann", decision));
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains(told), "{error}");
    }
    let after = block_on(world.store.audit(&world.connection.id, 0, 10_000)).unwrap();
    assert_eq!(
        before, after,
        "what was refused leaves no trace as if decided"
    );
    world.assert_each_record_exists_once("after two refusals");
}

#[test]
fn a_report_waits_for_a_vendor_only_while_that_is_on_its_way() {
    let mut world = World::new();
    world.connection.rules.ladders.create_missing_vendors = true;
    let refusal = Refusal {
        field: Some("vendor_name".to_owned()),
        message: "not valid".to_owned(),
    };
    world.ledger.fail_next_send(SendFault::Refused(refusal));
    for id in ["R00A", "R00B"] {
        world
            .source
            .put(of_new_person(samples::report(id, &[1250])));
    }
    // Both are named: neither may wait, out of sight, for a vendor that will not come by itself.
    let summary = world.sync();
    assert_eq!((summary.written, summary.held_reports), (0, 2));
    let item = block_on(world.store.review_items(&world.connection.id, true))
        .unwrap()
        .into_iter()
        .find(|item| matches!(item.cause, Cause::Refused { .. }))
        .unwrap();
    let decision = Decision::Resolve {
        item: item.number,
        reason: "name allowed".to_owned(),
    };
    block_on(world.engine().decide(&world.connection, "ann", decision)).unwrap();
    assert_eq!(world.sync().written, 3);
    world.assert_each_record_exists_once("once the vendor came");
}

#[test]
fn reconciling_names_our_records_that_a_lost_database_knows_nothing_of() {
    let world = World::new();
    world.source.put(mixed_report("R00A"));
    world.sync();
    let mut open = mixed_report("R00A");
    open.state = ReportState::Open;
    world.source.put(open);
    let lost = World {
        store: Arc::new(MemoryStore::new()),
        ledger: Arc::clone(&world.ledger),
        source: Arc::clone(&world.source),
        ..World::new()
    };
    let reconciliation = block_on(lost.engine().reconcile(&lost.connection, None, None)).unwrap();
    assert!(!reconciliation.agrees());
    assert!(
        matches!(
            &reconciliation.discrepancies[..],
            [Discrepancy::Unknown { .. }, Discrepancy::Unknown { .. }]
        ),
        "{reconciliation:?}"
    );
}

#[test]
fn reconciling_names_a_report_that_cannot_be_read_and_no_pass_was_shown() {
    let world = World::new();
    world
        .source
        .spoil(ReportId::new("R00A"), "a field is missing");
    block_on(world.engine().reconcile(&world.connection, None, None)).unwrap();
    assert!(matches!(
        &open_causes(&world)[..],
        [Cause::Unreadable { .. }]
    ));
}

#[test]
fn the_brake_counts_all_rounds_of_a_pass_together() {
    let mut world = World::new();
    world.connection.rules.ladders.create_missing_vendors = true;
    world.connection.settings.brake = Brake {
        records: Some(2),
        amount: None,
    };
    world
        .source
        .put(of_new_person(samples::report("R00A", &[1250])));
    world.source.put(samples::report("R00B", &[500]));
    // The vendor and one bill; the bill that waited for the vendor would be the third record.
    let summary = world.sync();
    assert_eq!((summary.written, summary.waiting), (2, 1));
    assert_eq!(summary.braked.unwrap().records, 3);
}

#[test]
fn an_expense_that_two_reports_hold_at_once_is_written_once_and_stops_no_pass() {
    let world = World::new();
    let mut one = samples::report("R00A", &[1250, 3000]);
    one.expenses[1].reimbursable = false;
    // Moved by a person: the report it came from was not read again.
    let mut other = samples::report("R00B", &[500]);
    other.expenses.push(one.expenses[1].clone());
    other.total = Some(samples::usd(3500));
    world.source.put(one.clone());
    world.source.put(other);
    let summary = world.sync();
    assert_eq!((summary.written, summary.held_reports), (2, 1));
    assert!(matches!(
        &open_causes(&world)[..],
        [Cause::PostedElsewhere { .. }]
    ));
}

#[test]
fn an_expense_held_elsewhere_holds_up_the_bill_it_would_share_and_its_own_amount_is_not_guessed() {
    let world = World::new();
    let one = samples::report("R00A", &[1250]);
    let mut other = samples::report("R00B", &[500]);
    other.expenses.push(one.expenses[0].clone());
    other.total = Some(samples::usd(1750));
    world.source.put(one);
    world.sync();
    world.source.put(other);
    assert_eq!(world.sync().held_reports, 1);
    let items = block_on(world.store.review_items(&world.connection.id, true)).unwrap();
    assert!(matches!(items[0].cause, Cause::PostedElsewhere { .. }));
    assert_eq!(items[0].blocks[0].amount, None);
    assert_eq!(world.standing().len(), 1);
}

#[test]
fn a_request_for_what_does_not_exist_does_nothing_to_anything_else() {
    let mut world = World::new();
    world.connection.settings.exported_label = Some("in the books".to_owned());
    world.source.put(samples::report("R00A", &[1250]));
    let year_before = samples::day() - chrono::TimeDelta::days(365);
    for selection in [
        Selection::Reports(vec![ReportId::new("R0NO")]),
        Selection::Backfill {
            from: year_before,
            to: year_before,
        },
    ] {
        let request = SyncRequest {
            selection,
            ..SyncRequest::ordinary()
        };
        let summary = block_on(world.engine().sync(&world.connection, request)).unwrap();
        assert_eq!((summary.written, summary.acknowledged), (0, 0));
        assert_eq!((summary.intake.new, world.standing().len()), (0, 0));
    }
}

#[test]
fn a_day_of_approval_to_come_does_not_move_the_watermark_past_what_is_approved_until_then() {
    let world = World::new();
    let mut far = samples::report("R00A", &[1250]);
    far.approved_on = "2099-01-01".parse().ok();
    world.source.put(far);
    let summary = world.sync();
    assert_eq!(summary.written, 1, "it is synced as any other");
    let named = ("R00A".to_owned(), "2099-01-01".to_owned());
    let ahead = summary.approved_ahead.iter();
    let ahead: Vec<_> = ahead
        .map(|(report, day)| (report.to_string(), day.to_string()))
        .collect();
    assert_eq!(ahead, [named]);
    let mark = block_on(world.store.watermark(&world.connection.id))
        .unwrap()
        .unwrap();
    let today = world.clock.now().date_naive();
    assert_eq!(Some(mark.approved_through), today.succ_opt());
    // What is approved a week later is still read.
    world.clock.advance(Duration::from_hours(24 * 7));
    let mut next = samples::report("R00B", &[700]);
    next.approved_on = Some(world.clock.now().date_naive());
    world.source.put(next);
    assert_eq!(world.sync().written, 1);
}

#[test]
fn a_record_sent_again_after_proof_of_absence_counts_for_the_brake() {
    let mut world = World::new();
    world.connection.settings.brake.records = Some(1);
    world.source.put(samples::report("R00A", &[1250]));
    world.ledger.fail_next_send(SendFault::LostBeforeApply);
    world.sync();
    // One record waits to be written, and one to be written again: together more than one pass may write.
    world.source.put(samples::report("R00B", &[700]));
    world.clock.advance(Duration::from_hours(1));
    let summary = world.sync();
    assert_eq!((summary.written, world.standing().len()), (1, 1));
    assert!(summary.braked.is_some(), "{summary:?}");
    world.clock.advance(Duration::from_hours(1));
    assert_eq!(world.sync().written, 1);
    world.assert_each_record_exists_once("both, one pass each");
}

#[test]
fn a_change_of_the_settings_is_in_the_trail_of_the_next_pass() {
    let mut world = World::new();
    world.sync();
    let changes = |world: &World| {
        let trail = block_on(world.store.audit(&world.connection.id, 0, 10_000)).unwrap();
        let changes = trail
            .iter()
            .filter(|entry| entry.draft.action == "configuration_changed");
        changes.count()
    };
    let before = changes(&world);
    world.sync();
    assert_eq!(changes(&world), before);
    world.connection.settings.attempts_max += 1;
    world.sync();
    assert_eq!(changes(&world), before + 1);
}
