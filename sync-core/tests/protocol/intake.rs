//! What a pass takes in: since the last pass, in sweeps, in batches, and what it cannot read.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use sync_core::engine::{Engine, Ports, Selection, SyncRequest};
use sync_core::model::{ReportId, ReportState};
use sync_core::plan::Cause;
use sync_core::ports::{Clock, Store};
use sync_core::testing::{AroundStore, MemoryStore, block_on, samples};

use crate::open_causes;
use crate::support::World;
use crate::support::stepping::Steps;

const DAY: Duration = Duration::from_hours(24);

/// A report that was closed without approval: only a sweep by day of submission sees it.
fn closed(id: &str) -> sync_core::model::ExpenseReport {
    let mut report = samples::report(id, &[700]);
    report.state = ReportState::Closed;
    report.approved_on = None;
    report
}

#[test]
fn a_sweep_finds_what_was_closed_without_approval_and_comes_every_so_many_days() {
    let mut world = World::new();
    world.connection.settings.sweep_every_days = 7;
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    world.source.put(closed("R00B"));
    for (day, written, exports) in [(0, 0, 1), (6, 0, 1), (7, 1, 2), (8, 0, 1), (14, 0, 2)] {
        let passed = samples::start() + TimeDelta::days(day) - world.clock.now();
        world.clock.advance(passed.to_std().unwrap());
        let summary = world.sync();
        assert_eq!(
            (summary.written, summary.requests.source.exports),
            (written, exports),
            "day {day}"
        );
    }
    world.assert_each_record_exists_once("after the sweep");
}

#[test]
fn without_sweeps_nothing_but_approvals_is_looked_for() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    world.source.put(closed("R00B"));
    world.clock.advance(30 * DAY);
    let summary = world.sync();
    assert_eq!((summary.written, summary.requests.source.exports), (0, 1));
}

#[test]
fn a_report_that_cannot_be_read_is_named_and_the_others_go_through() {
    let mut world = World::new();
    world.connection.settings.report_batch = 1;
    for id in ["R00A", "R00B", "R00C"] {
        world.source.put(samples::report(id, &[1250]));
    }
    world
        .source
        .spoil(ReportId::new("R00B"), "a field is missing");
    let summary = world.sync();
    assert_eq!((summary.written, summary.unreadable), (2, 1));
    assert!(matches!(
        &open_causes(&world)[..],
        [Cause::Unreadable { .. }]
    ));
    // Readable again, it is an ordinary report.
    world.source.put(samples::report("R00B", &[1250]));
    let summary = world.sync();
    assert_eq!((summary.written, summary.unreadable), (1, 0));
    assert_eq!(open_causes(&world), []);
    world.assert_each_record_exists_once("readable again");
}

#[test]
fn a_sweep_over_a_report_that_cannot_be_read_takes_it_for_shown() {
    let mut world = World::new();
    world.connection.settings.sweep_every_days = 1;
    for id in ["R00A", "R00B"] {
        world.source.put(samples::report(id, &[1250]));
    }
    world.sync();
    for _ in 0..4 {
        world.clock.advance(Duration::from_hours(25));
        let (report, why) = (ReportId::new("R00B"), "a field is missing");
        world.source.spoil(report, why);
        world.sync();
    }
    assert!(matches!(
        &open_causes(&world)[..],
        [Cause::Unreadable { .. }]
    ));
}

#[test]
fn the_watermark_moves_with_the_newest_approval_and_the_next_pass_overlaps() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    let mark = || {
        block_on(world.store.watermark(&world.connection.id))
            .unwrap()
            .unwrap()
    };
    assert_eq!(mark().approved_through, samples::day());
    // Indexed late: approved within the overlap, seen only now.
    let mut late = samples::report("R00B", &[500]);
    late.approved_on = samples::day().pred_opt();
    world.source.put(late);
    assert_eq!(world.sync().written, 1);
    assert_eq!(mark().approved_through, samples::day());
}

#[test]
fn what_was_approved_while_no_pass_ran_is_not_passed_over_with_or_without_a_start_date() {
    for start in [samples::day().pred_opt(), None] {
        let mut world = World::new();
        world.connection.rules.scope.start_date = start;
        world.source.put(samples::report("R00A", &[1250]));
        world.sync();
        let mut meanwhile = samples::report("R00B", &[500]);
        meanwhile.approved_on = Some(samples::day() + TimeDelta::days(1));
        world.source.put(meanwhile);
        world.clock.advance(6 * DAY);
        assert_eq!(world.sync().written, 1, "start date {start:?}");
        world.assert_each_record_exists_once("after the outage");
    }
}

#[test]
fn reports_asked_for_go_through_before_the_start_date_however_many_batches_they_fill() {
    let mut world = World::new();
    world.connection.rules.scope.start_date = samples::day().succ_opt();
    world.connection.settings.report_batch = 2;
    let ids = ["R00A", "R00B", "R00C", "R00D", "R00E"];
    for id in ids {
        world.source.put(samples::report(id, &[1250]));
    }
    let store = Arc::new(AroundStore::over(Arc::clone(&world.store), Steps));
    let ports = Ports {
        store: Arc::<AroundStore<MemoryStore, Steps>>::clone(&store),
        ..world.ports()
    };
    let request = SyncRequest {
        selection: Selection::Reports(ids.map(ReportId::new).to_vec()),
        ..SyncRequest::ordinary()
    };
    let engine = Engine::new(ports, "counted");
    let summary = block_on(engine.sync(&world.connection, request)).unwrap();
    assert_eq!(summary.written, 5);
    assert_eq!(store.calls("intake"), 3, "two full batches and the rest");
}

#[test]
fn of_many_approvals_ahead_of_time_some_are_named() {
    let world = World::new();
    for n in 0..25 {
        let mut far = samples::report(&format!("R00{n:02}"), &[1250]);
        far.approved_on = "2099-01-01".parse().ok();
        world.source.put(far);
    }
    assert_eq!(world.sync().approved_ahead.len(), 20);
}
