//! Whatever drifts, whichever way it is corrected: one table of what becomes of the books.

use std::time::Duration;

use sync_core::ErrorKind;
use sync_core::engine::{CorrectionKind, Decision, Differing};
use sync_core::model::{RecordId, RecordKind, ReportId, ReportState, WorkspaceId};
use sync_core::ports::{SourceWorkspace, Store};
use sync_core::testing::{block_on, samples};

use crate::open_causes;
use crate::support::World;

/// What a correction of one drift comes to.
#[derive(Clone, Copy, Debug)]
enum Expected {
    /// It is refused with these words, and nothing is sent.
    Refused(&'static str),
    /// The books hold exactly this, by mark and cents, nothing waits, and the totals agree.
    Books(&'static [(&'static str, i64)]),
    /// Nothing has drifted: there is no item to decide.
    NoItem,
}

use Expected::{Books, NoItem, Refused};

const FIRST: &str = "EXP-R00A";
const SECOND: &str = "EXP-R00A-2";

/// A way a report or its record drifts after it was written.
type Drifts = fn(&World, RecordId);

struct Row {
    name: &'static str,
    drifts: Drifts,
    update: Expected,
    void_and_repost: Expected,
    accept: Expected,
    keep: Expected,
}

const ALONE: Expected = Refused("no other record carries that mark");
const UNAPPROVED: Expected = Refused("not approved any more");
const PAID: Expected = Refused("a paid bill is never changed");

const TABLE: [Row; 10] = [
    Row {
        name: "report edited",
        drifts: |world, _| world.source.put(samples::report("R00A", &[1300])),
        update: Books(&[(FIRST, 1300)]),
        void_and_repost: Books(&[(SECOND, 1300)]),
        accept: Books(&[(FIRST, 1250)]),
        keep: ALONE,
    },
    Row {
        name: "report unapproved",
        drifts: |world, _| unapprove(world),
        update: UNAPPROVED,
        void_and_repost: Books(&[]),
        accept: Books(&[(FIRST, 1250)]),
        keep: ALONE,
    },
    Row {
        name: "report deleted",
        drifts: |world, _| {
            assert!(world.source.remove(&ReportId::new("R00A")));
            reconcile(world);
            world.clock.advance(Duration::from_hours(25));
        },
        update: UNAPPROVED,
        void_and_repost: Books(&[]),
        accept: Books(&[(FIRST, 1250)]),
        keep: ALONE,
    },
    Row {
        name: "report approved again with another amount",
        drifts: |world, _| {
            unapprove(world);
            reconcile(world);
            world.source.put(samples::report("R00A", &[1300]));
        },
        update: Books(&[(FIRST, 1300)]),
        void_and_repost: Books(&[(SECOND, 1300)]),
        accept: Books(&[(FIRST, 1250)]),
        keep: ALONE,
    },
    Row {
        name: "report edited and bill paid",
        drifts: |world, bill| {
            world.source.put(samples::report("R00A", &[1300]));
            assert!(world.ledger.person_pays(bill));
        },
        update: PAID,
        void_and_repost: PAID,
        accept: Books(&[(FIRST, 1250)]),
        keep: ALONE,
    },
    Row {
        name: "bill edited",
        drifts: |world, bill| {
            let total = samples::usd(999);
            assert!(
                world
                    .ledger
                    .person_changes_total(RecordKind::Bill, bill, total)
            );
        },
        update: Books(&[(FIRST, 1250)]),
        void_and_repost: Books(&[(SECOND, 1250)]),
        accept: Books(&[(FIRST, 999)]),
        keep: Refused("it is not as planned (total)"),
    },
    Row {
        name: "bill deleted",
        drifts: |world, bill| assert!(world.ledger.person_deletes(RecordKind::Bill, bill)),
        update: Refused("it is deleted in FreshBooks"),
        void_and_repost: Books(&[(SECOND, 1250)]),
        accept: Books(&[]),
        keep: Refused("it is deleted in FreshBooks"),
    },
    Row {
        name: "bill archived",
        drifts: |world, bill| assert!(world.ledger.person_archives(RecordKind::Bill, bill)),
        update: NoItem,
        void_and_repost: NoItem,
        accept: NoItem,
        keep: NoItem,
    },
    Row {
        name: "bill paid",
        drifts: |world, bill| assert!(world.ledger.person_pays(bill)),
        update: NoItem,
        void_and_repost: NoItem,
        accept: NoItem,
        keep: NoItem,
    },
    Row {
        name: "bill copied by hand",
        drifts: |world, bill| {
            assert!(
                world
                    .ledger
                    .person_duplicates(RecordKind::Bill, bill)
                    .is_some()
            );
        },
        update: Refused("more than once"),
        void_and_repost: Books(&[(SECOND, 1250)]),
        accept: Refused("more than once"),
        keep: Books(&[(FIRST, 1250)]),
    },
];

fn unapprove(world: &World) {
    let mut open = samples::report("R00A", &[1250]);
    open.state = ReportState::Open;
    open.approved_on = None;
    world.source.put(open);
}

fn reconcile(world: &World) {
    block_on(world.engine().reconcile(&world.connection, None, None)).unwrap();
}

/// A written bill that has drifted, and its number.
fn drifted(row: &Row) -> (World, RecordId) {
    let world = World::new();
    world.source.set_workspaces(vec![SourceWorkspace {
        id: WorkspaceId::new("ABCDEF0123456789"),
        name: "Acme".to_owned(),
        role: "admin".to_owned(),
        currency: None,
    }]);
    world.source.put(samples::report("R00A", &[1250]));
    world.sync();
    let bill = world.standing()[0].id;
    (row.drifts)(&world, bill);
    reconcile(&world);
    world.sync();
    (world, bill)
}

fn check(row: &Row, kind: impl FnOnce(RecordId) -> CorrectionKind, expected: Expected) {
    let (world, bill) = drifted(row);
    let kind = kind(bill);
    let context = format!("{}, {kind:?}", row.name);
    let items = block_on(world.store.review_items(&world.connection.id, true)).unwrap();
    let Some(item) = items.first() else {
        assert!(matches!(expected, NoItem), "{context}: nothing waits");
        return;
    };
    let decision = Decision::Correct {
        item: item.number,
        kind,
        reason: "agreed".to_owned(),
    };
    let writes = world.standing();
    let decided = block_on(world.engine().decide(&world.connection, "bea", decision));
    match (expected, decided) {
        (Refused(why), Err(refused)) => {
            assert_eq!(refused.kind(), ErrorKind::Invalid, "{context}: {refused}");
            assert!(refused.to_string().contains(why), "{context}: {refused}");
            assert_eq!(world.standing(), writes, "{context}");
        }
        (Books(books), Ok(_)) => {
            world.settle();
            let held: Vec<_> = world
                .standing()
                .iter()
                .map(|record| (record.markers.first().unwrap().to_string(), record.total))
                .collect();
            let books: Vec<_> = books
                .iter()
                .map(|(mark, cents)| ((*mark).to_owned(), Some(samples::usd(*cents))))
                .collect();
            assert_eq!(held, books, "{context}");
            assert_eq!(open_causes(&world), [], "{context}");
            let result = block_on(world.engine().reconcile(&world.connection, None, None)).unwrap();
            assert!(result.agrees(), "{context}: {result:#?}");
        }
        (expected, decided) => {
            let text = format!("{expected:?} expected, {decided:?} happened");
            assert_eq!(text, "", "{context}");
        }
    }
    let verdict = block_on(world.engine().verify_audit(&world.connection.id)).unwrap();
    assert_eq!(verdict.fault, None, "{context}");
}

#[test]
fn every_drift_can_be_corrected_each_way_or_is_refused_with_the_reason() {
    for row in &TABLE {
        check(row, |_| CorrectionKind::Update, row.update);
        check(row, |_| CorrectionKind::VoidAndRepost, row.void_and_repost);
        check(row, |_| CorrectionKind::Accept, row.accept);
        let keep = |record| CorrectionKind::KeepOne {
            record,
            differing: Differing::Refused,
        };
        check(row, keep, row.keep);
    }
}
