//! What reconciling reads afresh, and what it takes from the store.

use std::sync::Arc;

use sync_core::ErrorKind;
use sync_core::engine::Decision;
use sync_core::mapping::RunMode;
use sync_core::model::{RecordKind, ReportId};
use sync_core::ports::{Clock, ExpenseSource, Store};
use sync_core::state::Reconciliation;
use sync_core::testing::{block_on, samples};

use crate::support::reports::{mixed_report, of_new_person, unmapped};
use crate::support::whims::{Whim, Whimsical};
use crate::support::{World, watching};

fn reconcile(world: &World, from: Option<chrono::NaiveDate>) -> Reconciliation {
    block_on(world.engine().reconcile(&world.connection, from, None)).unwrap()
}

/// How many exports a reconciliation asks for.
fn exports(world: &World, from: Option<chrono::NaiveDate>) -> u64 {
    let before = world.source.usage().exports;
    reconcile(world, from);
    world.source.usage().exports - before
}

#[test]
fn a_report_that_changed_since_the_last_pass_counts_as_it_is_now() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    world.source.put(samples::report("R00A", &[1300]));
    let row = &reconcile(&world, None).rows[0];
    assert_eq!(
        (row.approved, row.posted),
        (samples::usd(1300), samples::usd(1250))
    );
}

#[test]
fn a_report_that_did_not_change_keeps_what_a_person_said_of_it() {
    let world = World::new();
    world.source.put(unmapped(samples::report("R00A", &[1250])));
    world.sync();
    let items = block_on(world.store.review_items(&world.connection.id, true)).unwrap();
    let skip = Decision::Skip {
        item: items[0].number,
        reason: "entered by hand".to_owned(),
    };
    block_on(world.engine().decide(&world.connection, "ann", skip)).unwrap();
    let row = &reconcile(&world, None).rows[0];
    assert_eq!(
        (row.skipped, row.in_flight),
        (samples::usd(1250), samples::usd(0))
    );
}

#[test]
fn only_reports_that_an_export_should_have_shown_and_did_not_are_asked_for_by_id() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    assert_eq!(exports(&world, None), 1, "all of them are shown");
    world.source.remove(&ReportId::new("R00A"));
    assert_eq!(exports(&world, None), 2, "one is not shown");
    let next_day = samples::day().succ_opt();
    assert_eq!(exports(&world, next_day), 1, "it is of another period");
}

#[test]
fn a_report_that_the_rules_leave_out_is_not_asked_for_when_it_is_not_shown() {
    let mut world = World::new();
    world.connection.rules.scope.mode = RunMode::Test;
    world.connection.rules.scope.test_prefix = Some("[TEST]".to_owned());
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    world.source.remove(&ReportId::new("R00A"));
    assert_eq!(exports(&world, None), 1);
}

#[test]
fn the_records_of_a_period_are_listed_and_agree() {
    let world = World::new();
    world.source.put(mixed_report("R00A"));
    world.sync();
    let result = reconcile(&world, Some(samples::day()));
    assert!(result.agrees(), "{result:?}");
    assert_eq!(result.discrepancies, []);
    assert_eq!(result.rows[0].posted, samples::usd(4250));
}

/// A report that becomes one FreshBooks expense and no bill.
fn expense_alone() -> sync_core::model::ExpenseReport {
    let mut report = samples::report("R00A", &[1250]);
    report.expenses[0].reimbursable = false;
    report
}

#[test]
fn everything_is_listed_once_by_kind_when_everything_is_asked_about() {
    let mut world = World::new();
    world.connection.rules.ladders.create_missing_vendors = true;
    world.source.put(of_new_person(mixed_report("R00A")));
    world.sync();
    let (engine, watching) = watching::engine(&world);
    block_on(engine.reconcile(&world.connection, None, None)).unwrap();
    let mut listed: Vec<_> = watching
        .take_windows()
        .into_iter()
        .map(|window| (window.kind, window.from, window.to))
        .collect();
    listed.sort();
    assert_eq!(
        listed,
        [
            (RecordKind::Bill, None, None),
            (RecordKind::Expense, None, None),
            (RecordKind::Vendor, None, None),
        ]
    );
}

#[test]
fn books_without_bills_are_told_from_a_grant_that_ended_by_a_listing_of_one_day() {
    let world = World::new();
    world.source.put(expense_alone());
    world.sync();
    let books = Whimsical(Arc::clone(&world.ledger), Whim::HasNoBills);
    let (engine, watching) = watching::engine_over(&world, Arc::new(books));
    let result = block_on(engine.reconcile(&world.connection, None, None)).unwrap();
    assert!(result.agrees(), "{result:?}");
    let today = Some(world.clock.now().date_naive());
    let last = watching.take_windows().pop().unwrap();
    assert_eq!(
        (last.kind, last.from, last.to),
        (RecordKind::Expense, today, today)
    );
}

#[test]
fn bills_that_cannot_be_listed_now_are_not_taken_for_none() {
    let world = World::new();
    world.source.put(expense_alone());
    world.sync();
    let books = Whimsical(Arc::clone(&world.ledger), Whim::LosesBills);
    let (engine, _) = watching::engine_over(&world, Arc::new(books));
    let error = block_on(engine.reconcile(&world.connection, None, None)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[test]
fn reconciling_what_is_as_it_was_leaves_no_trace() {
    let world = World::new();
    world.source.put(mixed_report("R00A"));
    world.sync();
    let trail = || block_on(world.store.audit(&world.connection.id, 0, 10_000)).unwrap();
    let before = (world.entries(), trail());
    world.clock.advance(std::time::Duration::from_hours(1));
    reconcile(&world, None);
    assert_eq!((world.entries(), trail()), before);
}
