//! Records looked at again: by a later pass, by number, and as a hint asks.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use sync_core::ErrorKind;
use sync_core::engine::{Engine, Ports, SyncRequest};
use sync_core::model::{RecordId, RecordKind};
use sync_core::plan::Cause;
use sync_core::ports::{Ledger, Store};
use sync_core::state::{Drift, EntryState, StateName};
use sync_core::testing::{SendFault, block_on, samples};

use crate::answers::interrupted_before_the_request;
use crate::open_causes;
use crate::support::World;
use crate::support::reports::mixed_report;
use crate::support::whims::{Whim, Whimsical};

/// A world whose bill is written and was not read back yet, and the bill's number.
fn posted() -> (World, RecordId) {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    let failed = interrupted_before_the_request(&world, || world.ledger.fail_listings(1));
    assert!(failed.is_err());
    world.clock.advance(Duration::from_mins(1));
    let bill = world.standing()[0].id;
    (world, bill)
}

#[test]
fn what_listings_do_not_show_yet_is_not_asked_for_by_number_in_the_pass_that_wrote_it() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    let lagging = engine(&world, Whim::Lags);
    let sync = || block_on(lagging.sync(&world.connection, SyncRequest::ordinary())).unwrap();
    let summary = sync();
    assert_eq!((summary.written, summary.verified), (1, 0));
    assert_eq!(summary.requests.ledger.reads, 0);
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(sync().verified, 1, "the next pass reads it by its number");
}

fn state(world: &World) -> EntryState {
    world.entries()[0].state.clone()
}

fn engine(world: &World, whim: Whim) -> Engine {
    let ports = Ports {
        ledger: Arc::new(Whimsical(Arc::clone(&world.ledger), whim)),
        ..world.ports()
    };
    Engine::new(ports, "test")
}

#[test]
fn a_record_the_listing_does_not_show_is_read_by_its_number_before_it_is_called_anything() {
    let (world, bill) = posted();
    world.ledger.person_removes_marks(RecordKind::Bill, bill);
    let summary = world.sync();
    assert_eq!((summary.verified, summary.requests.ledger.reads), (1, 1));
    assert!(matches!(state(&world), EntryState::Verified { record, .. } if record == bill));
}

#[test]
fn a_fresh_record_that_is_gone_for_good_counts_as_deleted_and_is_not_written_again() {
    let (world, bill) = posted();
    let request = SyncRequest::ordinary();
    block_on(engine(&world, Whim::Forgets).sync(&world.connection, request)).unwrap();
    let drifted = matches!(state(&world), EntryState::Drifted { record, drift: Drift::Deleted, .. } if record == bill);
    assert!(drifted, "{:?}", state(&world));
    world.settle();
    assert_eq!(world.ledger.usage().writes, 1);
}

#[test]
fn a_fresh_record_that_differs_is_our_doing_and_for_a_person() {
    let (world, bill) = posted();
    world
        .ledger
        .person_changes_total(RecordKind::Bill, bill, samples::usd(1251));
    world.sync();
    let causes = open_causes(&world);
    let [Cause::MarkedRecordDiffers { record, .. }] = &causes[..] else {
        panic!("{causes:?}")
    };
    assert_eq!((*record, state(&world).record()), (bill, Some(bill)));
}

#[test]
fn a_fresh_record_that_was_copied_is_named_with_its_copy() {
    let (world, bill) = posted();
    let copy = world
        .ledger
        .person_duplicates(RecordKind::Bill, bill)
        .unwrap();
    world.sync();
    let causes = open_causes(&world);
    let [Cause::DuplicateRecords { records, .. }] = &causes[..] else {
        panic!("{causes:?}")
    };
    assert_eq!(records, &[bill, copy]);
    assert_eq!(state(&world).record(), Some(bill));
}

#[test]
fn a_hint_has_the_record_read_again_and_notes_what_became_of_it() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    let bill = world.standing()[0].id;
    let reread =
        |kind, record| block_on(world.engine().reread(&world.connection, kind, record)).unwrap();
    let as_it_was = reread(RecordKind::Bill, bill).unwrap();
    assert_eq!(as_it_was, world.entries()[0], "nothing new is noted");
    world
        .ledger
        .person_changes_total(RecordKind::Bill, bill, samples::usd(1));
    let edited = reread(RecordKind::Bill, bill).unwrap();
    assert_eq!(edited.state.name(), StateName::Drifted);
    assert_eq!(edited, world.entries()[0]);
    assert!(matches!(
        &open_causes(&world)[..],
        [Cause::RecordEdited { .. }]
    ));
    world
        .ledger
        .person_changes_total(RecordKind::Bill, bill, samples::usd(1250));
    let put_back = reread(RecordKind::Bill, bill).unwrap();
    assert_eq!(put_back.state.name(), StateName::Verified);
    assert_eq!(open_causes(&world), []);
}

#[test]
fn a_hint_about_what_is_not_ours_changes_nothing() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    let before = world.entries();
    let bill = world.standing()[0].id;
    let copy = world
        .ledger
        .person_duplicates(RecordKind::Bill, bill)
        .unwrap();
    let unmarked = world
        .ledger
        .person_duplicates(RecordKind::Bill, bill)
        .unwrap();
    world
        .ledger
        .person_removes_marks(RecordKind::Bill, unmarked);
    let engine = world.engine();
    for record in [RecordId::new(1), copy, unmarked] {
        let hint = engine.reread(&world.connection, RecordKind::Bill, record);
        assert_eq!(block_on(hint).unwrap(), None, "record {record}");
    }
    assert_eq!(world.entries(), before);
}

#[test]
fn a_hint_during_a_pass_is_refused_and_one_about_a_record_in_review_decides_nothing() {
    let (world, bill) = posted();
    world
        .ledger
        .person_changes_total(RecordKind::Bill, bill, samples::usd(1251));
    world.sync();
    let engine = world.engine();
    let entry = block_on(engine.reread(&world.connection, RecordKind::Bill, bill)).unwrap();
    assert_eq!(entry.unwrap().state.name(), StateName::InReview);
    let ttl = Duration::from_mins(1);
    let now = samples::start() + TimeDelta::minutes(2);
    block_on(
        world
            .store
            .acquire_lease(&world.connection.id, "pass", ttl, now),
    )
    .unwrap();
    let refused = block_on(engine.reread(&world.connection, RecordKind::Bill, bill)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::LeaseLost);
}

#[test]
fn reconciling_reads_by_number_what_no_listing_shows_and_lists_bills_only_where_there_are_any() {
    let world = World::new();
    let mut report = mixed_report("R00A");
    report.expenses.remove(0);
    report.total = Some(samples::usd(3000));
    world.source.put(report);
    world.sync();
    let plan_without_bills = engine(&world, Whim::HasNoBills);
    let result = block_on(plan_without_bills.reconcile(&world.connection, None, None)).unwrap();
    assert!(result.agrees(), "{result:?}");
    // Purged: no listing shows it, and its number is not known any more.
    let purged = engine(&world, Whim::Forgets);
    block_on(purged.reconcile(&world.connection, None, None)).unwrap();
    assert!(matches!(
        state(&world),
        EntryState::Drifted {
            drift: Drift::Deleted,
            ..
        }
    ));
}

#[test]
fn reconciling_a_part_of_the_time_asks_only_about_reports_that_count_in_it() {
    let mut world = World::new();
    world.connection.rules.scope.start_date = None;
    world.sync();
    let days = |days| samples::day() + TimeDelta::days(days);
    for (id, approved, submitted) in [
        ("R00A", Some(0), Some(0)),
        ("R00B", Some(3), Some(0)),
        ("R00C", Some(5), Some(5)),
    ] {
        let mut report = samples::report(id, &[1250]);
        report.approved_on = approved.map(days);
        report.submitted_on = submitted.map(days);
        world.source.put(report);
    }
    world.clock.advance(Duration::from_hours(24 * 6));
    world.sync();
    let ids = |from: Option<i64>, to: Option<i64>| {
        let (from, to) = (from.map(days), to.map(days));
        let result = block_on(world.engine().reconcile(&world.connection, from, to)).unwrap();
        assert!(result.agrees(), "{result:?}");
        let reports = result.reports.into_iter();
        reports
            .map(|report| report.report.to_string())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(ids(None, None), "R00A R00B R00C");
    assert_eq!(ids(Some(3), None), "R00B R00C");
    assert_eq!(ids(None, Some(3)), "R00A R00B");
    assert_eq!(ids(Some(1), Some(4)), "R00B");
    assert_eq!(ids(Some(4), Some(4)), "");
}

#[test]
fn one_listing_counts_once_as_absence_however_short_the_spacing() {
    let mut world = World::new();
    let settings = &mut world.connection.settings;
    settings.quiet_time = Duration::ZERO;
    settings.absence_spacing = Duration::ZERO;
    settings.absences_needed = 3;
    world.source.put(samples::report("R00A", &[1250]));
    world.ledger.fail_next_send(SendFault::LostBeforeApply);
    // The first pass lists after it sends; the second lists once.
    for looks in 1..=2 {
        world.sync();
        let entries = world.entries();
        assert!(
            matches!(entries[0].state, EntryState::Unknown { absences, .. } if absences == looks),
            "after {looks}: {:?}",
            entries[0].state
        );
    }
    world.sync();
    world.assert_each_record_exists_once("proven by the third look");
}
