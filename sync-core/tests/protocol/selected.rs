//! A pass for selected reports leaves all others as they are.

use std::collections::BTreeSet;

use sync_core::engine::{PassSummary, Selection, SyncRequest};
use sync_core::model::{ExpenseReport, ReportId};
use sync_core::plan::Cause;
use sync_core::ports::{Refusal, Store};
use sync_core::testing::{SendFault, block_on, samples};

use crate::support::World;

fn sync_only(world: &World, report: &str) -> PassSummary {
    let request = SyncRequest {
        selection: Selection::Reports(vec![ReportId::new(report)]),
        ..SyncRequest::ordinary()
    };
    block_on(world.engine().sync(&world.connection, request)).unwrap()
}

/// A report of which nothing can be mapped.
fn unmapped(id: &str) -> ExpenseReport {
    let mut report = samples::report(id, &[1250]);
    report.expenses[0].category = Some("Travel".to_owned());
    report.expenses[0].category_gl_code = None;
    report
}

#[test]
fn reports_that_are_held_and_not_selected_are_not_planned() {
    let world = World::new();
    world.source.put(unmapped("R00A"));
    world.source.put(samples::report("R00B", &[700]));
    world.sync();
    world.ledger.person_changes_reference(|parts| {
        let mut travel = parts.categories[0].clone();
        travel.id = sync_core::model::CategoryId::new(9);
        "Travel".clone_into(&mut travel.name);
        parts.categories.push(travel);
    });
    let summary = sync_only(&world, "R00B");
    assert_eq!((summary.planned, summary.written), (0, 0));
    let summary = sync_only(&world, "R00A");
    assert_eq!((summary.planned, summary.written), (1, 1));
}

#[test]
fn a_vendor_that_will_not_come_is_told_only_of_reports_that_wait_for_it() {
    let mut world = World::new();
    world.connection.rules.ladders.create_missing_vendors = true;
    let refusal = Refusal {
        field: Some("vendor_name".to_owned()),
        message: "not valid".to_owned(),
    };
    world.ledger.fail_next_send(SendFault::Refused(refusal));
    let of_new_person = |mut report: ExpenseReport| {
        report.employee.email = "new@example.test".to_owned();
        report.employee.name = Some("New Person".to_owned());
        report
    };
    world
        .source
        .put(of_new_person(samples::report("R00B", &[500])));
    world.sync();
    world.source.put(of_new_person(unmapped("R00A")));
    sync_only(&world, "R00A");
    let items = block_on(world.store.review_items(&world.connection.id, true)).unwrap();
    let of_report = items.iter().filter(|item| {
        let mut blocks = item.blocks.iter();
        blocks.any(|block| block.report.as_str() == "R00A")
    });
    let causes: BTreeSet<_> = of_report.map(|item| item.cause.kind()).collect();
    let unmapped = Cause::CategoryUnmapped {
        category: None,
        gl_code: None,
        suggestions: Vec::new(),
    };
    assert_eq!(causes, BTreeSet::from([unmapped.kind()]));
}
