//! Reports that Expensify does not show any more: told only on evidence, and corrected only by order.

use std::time::Duration;

use sync_core::engine::{CorrectionKind, Decision};
use sync_core::model::{ReportId, ReportState, WorkspaceId};
use sync_core::plan::Cause;
use sync_core::ports::{ExpenseSource, ReportQuery, SourceWorkspace, Store};
use sync_core::state::{Discrepancy, Reconciliation, StateName, StoredReport};
use sync_core::testing::{block_on, samples};

use crate::open_causes;
use crate::support::World;
use crate::support::reports::unmapped;

/// A world with one written bill, whose workspace the credentials see.
fn written() -> World {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    see_workspace(&world);
    world.sync();
    world
}

fn see_workspace(world: &World) {
    world.source.set_workspaces(vec![SourceWorkspace {
        id: WorkspaceId::new("ABCDEF0123456789"),
        name: "Acme".to_owned(),
        role: "admin".to_owned(),
        currency: None,
    }]);
}

fn delete(world: &World) {
    assert!(world.source.remove(&ReportId::new("R00A")));
}

/// Reconciles; one cent off would fail, and a named report does not.
#[track_caller]
fn reconcile(world: &World) -> Reconciliation {
    let result = block_on(world.engine().reconcile(&world.connection, None, None)).unwrap();
    assert!(result.agrees(), "{result:#?}");
    result
}

fn is_named(result: &Reconciliation, word: &str) -> bool {
    result.discrepancies.iter().any(
        |found| matches!(found, Discrepancy::NotApproved { report, state, .. } if report.as_str() == "R00A" && state == word),
    )
}

fn stored(world: &World) -> StoredReport {
    let query = ReportQuery {
        limit: 10,
        ..ReportQuery::default()
    };
    block_on(world.store.reports(&world.connection.id, &query))
        .unwrap()
        .swap_remove(0)
}

/// Deleted, and shown to be so by looks a day apart.
fn told() -> World {
    let world = written();
    delete(&world);
    reconcile(&world);
    world.clock.advance(Duration::from_hours(25));
    assert!(is_named(&reconcile(&world), "no longer shown"));
    world.sync();
    world
}

#[test]
fn a_deleted_report_is_told_once_two_looks_a_day_apart_did_not_show_it() {
    let world = written();
    delete(&world);
    for (hours, looks) in [(0, 1), (1, 2), (22, 3)] {
        world.clock.advance(Duration::from_hours(hours));
        let result = reconcile(&world);
        assert_eq!(result.discrepancies, [], "after {looks} looks");
        world.sync();
        assert_eq!(open_causes(&world), [], "after {looks} looks");
        assert_eq!(stored(&world).absence.unwrap().looks, looks);
    }
    world.clock.advance(Duration::from_hours(2));
    assert!(is_named(&reconcile(&world), "no longer shown"));
    world.sync();
    let causes = open_causes(&world);
    assert!(
        matches!(&causes[..], [Cause::VanishedAfterPosting { report, looks: 4, .. }] if report == "R00A"),
        "{causes:?}"
    );
    let note = causes[0].note();
    for part in [
        "R00A",
        "last shown",
        "4 complete exports by its id",
        "in sight",
    ] {
        assert!(note.contains(part), "{note}");
    }
    let remedy = causes[0].remedy();
    assert!(remedy.contains("--void-and-repost") && remedy.contains("--accept"));
    assert_eq!(world.standing().len(), 1, "nothing is undone by itself");
    let trail = block_on(world.store.audit(&world.connection.id, 0, 10_000)).unwrap();
    let looks = trail
        .iter()
        .filter(|entry| entry.draft.action == "report_not_shown");
    assert_eq!(looks.count(), 4);
}

#[test]
fn a_report_that_counts_as_deleted_is_not_asked_for_again() {
    let world = told();
    let before = world.source.usage().exports;
    reconcile(&world);
    assert_eq!(world.source.usage().exports, before + 1);
}

#[test]
fn absence_from_an_export_by_days_is_no_finding_when_the_report_is_shown_by_its_id() {
    let world = written();
    let mut moved = samples::report("R00A", &[1250]);
    moved.approved_on = samples::day().checked_sub_days(chrono::Days::new(400));
    world.source.put(moved);
    for _ in 0..3 {
        world.clock.advance(Duration::from_hours(30));
        assert_eq!(reconcile(&world).discrepancies, []);
        world.sync();
    }
    assert_eq!(open_causes(&world), []);
    assert_eq!(stored(&world).absence, None);
}

#[test]
fn an_export_that_breaks_off_and_a_workspace_out_of_sight_prove_nothing() {
    let world = written();
    delete(&world);
    world.source.set_workspaces(Vec::new());
    for _ in 0..3 {
        world.clock.advance(Duration::from_hours(30));
        assert_eq!(reconcile(&world).discrepancies, []);
    }
    assert_eq!(stored(&world).absence, None);
    see_workspace(&world);
    world.source.cut_next_export_after(0);
    assert!(block_on(world.engine().reconcile(&world.connection, None, None)).is_err());
    assert_eq!(stored(&world).absence, None);
}

#[test]
fn a_report_that_is_shown_again_is_as_it_was() {
    // Before it is told, and after.
    let world = written();
    delete(&world);
    reconcile(&world);
    world.source.put(samples::report("R00A", &[1250]));
    reconcile(&world);
    world.sync();
    assert_eq!(stored(&world).absence, None);
    let world = told();
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    assert_eq!(open_causes(&world), []);
    assert_eq!(stored(&world).report.state, ReportState::Approved);
    assert_eq!(reconcile(&world).discrepancies, []);
    assert_eq!(world.standing().len(), 1);
}

#[test]
fn what_was_written_of_a_deleted_report_is_voided_or_left_by_order_and_never_written_anew() {
    for (kind, state, left) in [
        (CorrectionKind::VoidAndRepost, StateName::Voided, 0),
        (CorrectionKind::Accept, StateName::Verified, 1),
    ] {
        let world = told();
        let items = block_on(world.store.review_items(&world.connection.id, true)).unwrap();
        let decision = Decision::Correct {
            item: items[0].number,
            kind,
            reason: "deleted by Ann".to_owned(),
        };
        let outcome = block_on(world.engine().decide(&world.connection, "bea", decision)).unwrap();
        assert_eq!(outcome.standings[0].1, state);
        world.settle();
        assert_eq!(world.standing().len(), left, "{kind:?}");
        assert_eq!(open_causes(&world), [], "{kind:?}");
        reconcile(&world);
        let verdict = block_on(world.engine().verify_audit(&world.connection.id)).unwrap();
        assert_eq!(verdict.fault, None, "{kind:?}");
    }
}

#[test]
fn passes_find_a_deleted_or_unapproved_report_by_their_own_sweeps() {
    for deleted in [true, false] {
        let mut world = written();
        world.connection.settings.sweep_every_days = 1;
        world.clock.advance(Duration::from_hours(30));
        world.sync();
        if deleted {
            delete(&world);
        } else {
            let mut open = samples::report("R00A", &[1250]);
            open.state = ReportState::Open;
            open.approved_on = None;
            world.source.put(open);
        }
        for _ in 0..3 {
            world.clock.advance(Duration::from_hours(30));
            world.sync();
        }
        let causes = open_causes(&world);
        let expected = match &causes[..] {
            [Cause::VanishedAfterPosting { .. }] => deleted,
            [Cause::UnapprovedAfterPosting { .. }] => !deleted,
            _ => false,
        };
        assert!(expected, "{causes:?}");
    }
}

#[test]
fn a_report_deleted_before_anything_of_it_was_written_leaves_the_queue() {
    let world = World::new();
    see_workspace(&world);
    world.source.put(unmapped(samples::report("R00A", &[1250])));
    world.sync();
    assert_eq!(open_causes(&world).len(), 1);
    delete(&world);
    reconcile(&world);
    world.clock.advance(Duration::from_hours(25));
    reconcile(&world);
    world.sync();
    assert_eq!(open_causes(&world), []);
    let result = reconcile(&world);
    assert!(
        result
            .rows
            .iter()
            .all(|row| row.approved == samples::usd(0))
    );
    assert!(world.standing().is_empty());
}
