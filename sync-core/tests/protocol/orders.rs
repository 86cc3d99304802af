//! Orders that cannot be carried out say why and what else to choose, and those about copies, deletions and failing stores.

use std::sync::Arc;

use sync_core::engine::{CorrectionKind, Decision, DecisionOutcome, Selection, SyncRequest};
use sync_core::model::{
    ExpenseReport, Marker, RecordKind, ReportId, ReportState, Vendor, VendorId,
};
use sync_core::plan::{Cause, StepKey};
use sync_core::ports::{Ledger, Refusal, Store};
use sync_core::state::{Drift, EntryState, StateName};
use sync_core::testing::{MemoryStore, SendFault, block_on, samples};
use sync_core::{ErrorKind, Result};

use crate::open_causes;
use crate::support::reports::{mixed_report, of_new_person, unmapped};
use crate::support::{World, failing};

/// A world in which the bill of a report is written, and then the report changed.
fn changed(change: impl FnOnce(&mut ExpenseReport)) -> World {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    let mut report = samples::report("R00A", &[1250]);
    change(&mut report);
    world.source.put(report);
    world.sync();
    world
}

/// Orders a correction of what the first item of that kind is about.
fn ordered(world: &World, kind: CorrectionKind, about: &str) -> Result<DecisionOutcome> {
    let items = block_on(world.store.review_items(&world.connection.id, true)).unwrap();
    let item = items.iter().find(|item| item.cause.kind() == about);
    assert!(item.is_some(), "{items:?}");
    let item = item.unwrap().number;
    let decision = Decision::Correct {
        item,
        kind,
        reason: "agreed with Ann".to_owned(),
    };
    block_on(world.engine().decide(&world.connection, "bea", decision))
}

/// Orders it, and gives where the first entry stands then.
fn order(world: &World, kind: CorrectionKind, about: &str) -> Result<StateName> {
    Ok(ordered(world, kind, about)?.standings[0].1)
}

#[track_caller]
fn assert_refused(world: &World, kind: CorrectionKind, about: &str, why: &str) {
    let writes = world.ledger.usage().writes;
    let refused = order(world, kind, about).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    assert!(refused.to_string().contains(why), "{refused}");
    assert_eq!(world.ledger.usage().writes, writes);
}

#[test]
fn an_item_about_nothing_that_is_written_cannot_be_corrected() {
    let world = World::new();
    world.source.put(unmapped(samples::report("R00A", &[1250])));
    world.sync();
    assert_refused(
        &world,
        CorrectionKind::Accept,
        open_causes(&world)[0].kind(),
        "no written record is concerned",
    );
}

#[test]
fn an_update_waits_for_what_else_holds_the_report() {
    let world = changed(|report| {
        report.expenses[0].report_amount = Some(samples::usd(1300));
        report.total = Some(samples::usd(1300));
        report.expenses[0].category = Some("Travel".to_owned());
        report.expenses[0].category_gl_code = None;
    });
    assert_refused(
        &world,
        CorrectionKind::Update,
        "changed_after_posting",
        "held for other causes",
    );
}

#[test]
fn an_update_cannot_make_what_the_report_does_not_hold_any_more() {
    let world = changed(|report| report.expenses[0].reimbursable = false);
    let about = open_causes(&world)[0].kind();
    assert_refused(
        &world,
        CorrectionKind::Update,
        about,
        "does not hold it any more",
    );
}

#[test]
fn a_bill_that_is_owed_to_another_now_is_voided_and_not_updated() {
    let world = World::new();
    world.ledger.person_changes_reference(|parts| {
        parts.vendors.push(Vendor {
            id: VendorId::new(32),
            name: "Bob Ray".to_owned(),
            email: Some("bob@example.test".to_owned()),
            currency: None,
            active: true,
        });
    });
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    let mut report = samples::report("R00A", &[1300]);
    report.employee.email = "bob@example.test".to_owned();
    report.employee.name = Some("Bob Ray".to_owned());
    world.source.put(report);
    world.sync();
    let about = "changed_after_posting";
    assert_refused(
        &world,
        CorrectionKind::Update,
        about,
        "cannot take or change the vendor of a bill in place",
    );
    let voided = order(&world, CorrectionKind::VoidAndRepost, about).unwrap();
    assert_eq!(voided, StateName::Voided);
    world.sync();
    assert_eq!(world.standing()[0].vendor, Some(VendorId::new(32)));
}

#[test]
fn a_deletion_by_a_person_can_be_left_so_and_stays_named() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    let bill = world.standing()[0].id;
    world.ledger.person_deletes(RecordKind::Bill, bill);
    block_on(world.engine().reconcile(&world.connection, None, None)).unwrap();
    let left = order(&world, CorrectionKind::Accept, "record_deleted").unwrap();
    assert_eq!(left, StateName::Drifted);
    assert_eq!(open_causes(&world), []);
    let entries = world.entries();
    let EntryState::Drifted {
        drift: Drift::Deleted,
        accepted: Some(acceptance),
        ..
    } = &entries[0].state
    else {
        panic!("{entries:?}")
    };
    assert_eq!(
        (acceptance.by.as_str(), acceptance.reason.as_str()),
        ("bea", "agreed with Ann")
    );
    let result = block_on(world.engine().reconcile(&world.connection, None, None)).unwrap();
    assert_eq!(result.discrepancies.len(), 1, "{result:?}");
}

#[test]
fn copies_that_another_database_finds_are_all_voided_by_one_order() {
    let first = World::new();
    first.source.put(samples::report("R00A", &[1250]));
    first.sync();
    let bill = first.standing()[0].id;
    first
        .ledger
        .person_duplicates(RecordKind::Bill, bill)
        .unwrap();
    let other = World {
        store: Arc::new(MemoryStore::new()),
        ledger: Arc::clone(&first.ledger),
        source: Arc::clone(&first.source),
        ..World::new()
    };
    other.sync();
    assert!(matches!(
        &open_causes(&other)[..],
        [Cause::DuplicateRecords { .. }]
    ));
    let voided = order(&other, CorrectionKind::VoidAndRepost, "duplicate_records").unwrap();
    assert_eq!(voided, StateName::Voided);
    assert!(other.standing().is_empty());
    other.sync();
    let standing = other.standing();
    assert_eq!(standing.len(), 1);
    let marker = Marker::for_report(&ReportId::new("R00A")).at_revision(2);
    assert!(standing[0].markers.contains(&marker));
}

/// A world with a correction under way whose answer was lost, and a report that is new.
fn under_way(kind: CorrectionKind) -> World {
    let world = changed(|report| {
        report.expenses[0].report_amount = Some(samples::usd(1300));
        report.total = Some(samples::usd(1300));
    });
    world.ledger.fail_next_send(SendFault::LostBeforeApply);
    let state = order(&world, kind, "changed_after_posting").unwrap();
    assert_eq!(state, StateName::Correcting);
    world.source.put(samples::report("R00B", &[500]));
    world
}

#[test]
fn a_correction_freshbooks_gives_no_answer_about_holds_up_nothing_else() {
    let world = under_way(CorrectionKind::VoidAndRepost);
    world.ledger.fail_listings(1);
    let summary = world.sync();
    assert_eq!((summary.written, summary.corrected), (1, 0));
    world.settle();
    assert_eq!(world.standing().len(), 2);
    assert_eq!(open_causes(&world), []);
}

#[test]
fn a_store_that_contradicts_itself_stops_the_pass_at_a_correction() {
    let world = under_way(CorrectionKind::Update);
    let engine = failing::engine(&world, "renew_lease");
    let stopped = block_on(engine.sync(&world.connection, SyncRequest::ordinary())).unwrap_err();
    assert_eq!(stopped.kind(), ErrorKind::Corrupt);
    assert_eq!(world.standing().len(), 1, "nothing was written");
    world.settle();
    assert_eq!(world.standing().len(), 2);
}

/// A report with a bill, whose vendor was made for it, and an expense that FreshBooks refused; taken back since.
fn taken_back() -> World {
    let mut world = World::new();
    world.connection.rules.ladders.create_missing_vendors = true;
    let mut report = of_new_person(mixed_report("R00A"));
    let refusal = Refusal {
        field: None,
        message: "not valid".to_owned(),
    };
    let refused = StepKey::of(&Marker::for_expense(&report.expenses[1].id));
    world
        .ledger
        .fail_send_of(refused, SendFault::Refused(refusal));
    world.source.put(report.clone());
    world.sync();
    report.state = ReportState::Open;
    world.source.put(report.clone());
    let request = SyncRequest {
        selection: Selection::Reports(vec![report.id]),
        ..SyncRequest::ordinary()
    };
    block_on(world.engine().sync(&world.connection, request)).unwrap();
    world
}

#[test]
fn of_a_report_that_was_taken_back_only_what_is_written_is_voided_and_no_vendor() {
    let world = taken_back();
    let kinds = |world: &World| crate::support::kinds(&world.standing());
    assert_eq!(kinds(&world), [RecordKind::Bill, RecordKind::Vendor]);
    let kind = CorrectionKind::VoidAndRepost;
    let outcome = ordered(&world, kind, "unapproved_after_posting").unwrap();
    assert_eq!(outcome.reports, [ReportId::new("R00A")]);
    assert_eq!(outcome.standings.len(), 1, "{:?}", outcome.standings);
    assert_eq!(outcome.standings[0].1, StateName::Voided);
    assert_eq!(kinds(&world), [RecordKind::Vendor]);
}

#[test]
fn a_correction_of_one_report_has_no_other_planned_again() {
    let world = World::new();
    for id in ["R00A", "R00B"] {
        world.source.put(samples::report(id, &[1250]));
    }
    world.sync();
    world.source.put(samples::report("R00A", &[1300]));
    world.sync();
    order(&world, CorrectionKind::Update, "changed_after_posting").unwrap();
    let trail = block_on(world.store.audit(&world.connection.id, 0, 10_000)).unwrap();
    let reopened: Vec<_> = trail
        .iter()
        .filter(|entry| entry.draft.action == "report_reopen")
        .map(|entry| entry.draft.subject.as_str())
        .collect();
    assert_eq!(reopened, ["R00A"]);
}
