//! The label that says in Expensify that a report is in the books: once, and only while nothing about it is open.

use sync_core::ports::ExpenseSource;
use sync_core::testing::{SendFault, samples};

use crate::support::World;
use crate::support::reports::mixed_report;

fn labelling() -> World {
    let mut world = World::new();
    world.connection.settings.exported_label = Some("in the books".to_owned());
    world
}

#[test]
fn reports_are_labelled_once_everything_of_them_is_verified() {
    let world = labelling();
    let report = mixed_report("R00A");
    world.source.put(report.clone());
    world.ledger.fail_next_send(SendFault::LostBeforeApply);
    assert_eq!(world.sync().acknowledged, 0);
    world.settle();
    assert!(world.source.labels(&report.id).contains("in the books"));
}

#[test]
fn a_report_is_labelled_once() {
    let world = labelling();
    world.source.put(samples::report("R00A", &[1250]));
    assert_eq!(world.sync().acknowledged, 1);
    let before = world.source.usage().exports;
    assert_eq!(world.sync().acknowledged, 0);
    assert_eq!(world.source.usage().exports, before + 1, "reading alone");
}

#[test]
fn a_report_that_changed_after_it_was_written_is_not_labelled_before_a_person_decided() {
    let mut world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    world.source.put(samples::report("R00A", &[1300]));
    world.connection.settings.exported_label = Some("in the books".to_owned());
    let summary = world.sync();
    assert_eq!((summary.held_reports, summary.acknowledged), (1, 0));
}
