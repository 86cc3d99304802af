//! Telling Expensify which reports have been paid: once, and only when every bill of them is.

use sync_core::model::{ExpenseReport, RecordId, RecordKind, ReportId, ReportState};
use sync_core::ports::{ExpenseSource, Ledger, Store};
use sync_core::testing::{block_on, samples};

use crate::support::World;
use crate::support::reports::mixed_report;

/// A world that tells, with these reports in the books.
fn written(reports: impl IntoIterator<Item = ExpenseReport>) -> World {
    let mut world = World::new();
    world.connection.settings.tell_reimbursed = true;
    for report in reports {
        world.source.put(report);
    }
    assert_eq!(world.sync().reimbursed, 0);
    world
}

fn bills(world: &World) -> Vec<RecordId> {
    let standing = world.standing().into_iter();
    standing
        .filter(|record| record.kind == RecordKind::Bill)
        .map(|record| record.id)
        .collect()
}

fn told(world: &World) -> u64 {
    world.source.usage().other
}

#[test]
fn a_paid_bill_is_told_once_and_an_unpaid_one_is_not() {
    let world = written([mixed_report("R00A"), samples::report("R00B", &[500])]);
    world.ledger.person_pays(bills(&world)[0]);
    assert_eq!(world.sync().reimbursed, 1);
    let state = |id| world.source.report(&ReportId::new(id)).unwrap().state;
    assert_eq!(state("R00A"), ReportState::Reimbursed);
    assert_eq!(state("R00B"), ReportState::Approved);
    assert_eq!((world.sync().reimbursed, told(&world)), (0, 1));
    world.ledger.person_pays(bills(&world)[1]);
    assert_eq!((world.sync().reimbursed, told(&world)), (1, 2));
}

#[test]
fn a_report_that_the_company_paid_itself_owes_nobody_and_is_not_asked_about() {
    let mut report = samples::report("R00A", &[1250]);
    report.expenses[0].reimbursable = false;
    let world = written([report]);
    let before = world.ledger.usage().listing_pages;
    assert_eq!((world.sync().reimbursed, told(&world)), (0, 0));
    assert_eq!(world.ledger.usage().listing_pages, before);
}

#[test]
fn a_report_with_two_bills_is_told_only_when_both_are_paid() {
    let mut world = World::new();
    world.connection.settings.tell_reimbursed = true;
    world.connection.rules.bills.grouping = sync_core::mapping::BillGrouping::PerExpense;
    world.source.put(samples::report("R00A", &[1250, 500]));
    world.sync();
    let bills = bills(&world);
    assert_eq!(bills.len(), 2);
    world.ledger.person_pays(bills[0]);
    assert_eq!((world.sync().reimbursed, told(&world)), (0, 0));
    world.ledger.person_pays(bills[1]);
    assert_eq!((world.sync().reimbursed, told(&world)), (1, 1));
}

#[test]
fn a_report_expensify_will_not_mark_is_named_in_the_trail_and_not_asked_about_again() {
    let world = written([samples::report("R00A", &[1250])]);
    world.ledger.person_pays(bills(&world)[0]);
    let mut closed = samples::report("R00A", &[1250]);
    closed.state = ReportState::Reimbursed;
    world.source.put(closed);
    assert_eq!((world.sync().reimbursed, told(&world)), (0, 1));
    let trail = block_on(world.store.audit(&world.connection.id, 0, 10_000)).unwrap();
    let noted = trail
        .iter()
        .find(|entry| entry.draft.action == "reimbursement_skipped")
        .unwrap();
    assert!(noted.draft.detail.starts_with("report R00A: report is"));
    assert_eq!((world.sync().reimbursed, told(&world)), (0, 1));
}

#[test]
fn nothing_is_told_where_the_settings_do_not_ask_for_it() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    world.ledger.person_pays(bills(&world)[0]);
    assert_eq!((world.sync().reimbursed, told(&world)), (0, 0));
}

#[test]
fn a_bill_that_is_not_as_it_was_written_is_not_told_though_it_is_paid() {
    let world = written([samples::report("R00A", &[1250])]);
    let bill = bills(&world)[0];
    world
        .ledger
        .person_changes_total(RecordKind::Bill, bill, samples::usd(1300));
    block_on(world.engine().reconcile(&world.connection, None, None)).unwrap();
    world.ledger.person_pays(bill);
    assert_eq!((world.sync().reimbursed, told(&world)), (0, 0));
}
