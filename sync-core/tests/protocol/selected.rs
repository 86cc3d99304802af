//! A pass for selected reports and a saved plan leave all others as they are.

use std::collections::BTreeSet;
use std::sync::Arc;

use sync_core::engine::{Engine, PassSummary, Ports, Selection, SyncRequest};
use sync_core::model::ReportId;
use sync_core::ports::{Refusal, Store};
use sync_core::testing::{Around, AroundStore, MemorySource, SendFault, block_on, samples};

use crate::support::World;
use crate::support::reports::{of_new_person, unmapped};

fn sync_only(world: &World, report: &str) -> PassSummary {
    let request = SyncRequest {
        selection: Selection::Reports(vec![ReportId::new(report)]),
        ..SyncRequest::ordinary()
    };
    block_on(world.engine().sync(&world.connection, request)).unwrap()
}

#[test]
fn reports_that_are_held_and_not_selected_are_not_planned() {
    let world = World::new();
    world.source.put(unmapped(samples::report("R00A", &[1250])));
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
    world
        .source
        .put(of_new_person(samples::report("R00B", &[500])));
    world.sync();
    world
        .source
        .put(of_new_person(unmapped(samples::report("R00A", &[1250]))));
    sync_only(&world, "R00A");
    let items = block_on(world.store.review_items(&world.connection.id, true)).unwrap();
    let of_report = items.iter().filter(|item| {
        let mut blocks = item.blocks.iter();
        blocks.any(|block| block.report.as_str() == "R00A")
    });
    let causes: BTreeSet<_> = of_report.map(|item| item.cause.kind()).collect();
    assert_eq!(causes, BTreeSet::from([samples::unmapped("Travel").kind()]));
}

#[test]
fn what_is_planned_of_other_reports_is_not_sent() {
    let mut world = World::new();
    for id in ["R00A", "R00B"] {
        world.source.put(samples::report(id, &[1250]));
    }
    world.connection.settings.brake.records = Some(0);
    assert_eq!(world.sync().braked.unwrap().records, 2);
    world.connection.settings.brake.records = Some(1);
    let summary = sync_only(&world, "R00A");
    assert_eq!((summary.written, summary.braked), (1, None));
    assert_eq!(world.standing().len(), 1);
}

/// Files a report as soon as a pass has begun.
#[derive(Debug)]
struct FiledMeanwhile(Arc<MemorySource>);

#[async_trait::async_trait]
impl Around for FiledMeanwhile {
    async fn before(&self, method: &'static str, _nth: u64) -> sync_core::Result<()> {
        if method == "append_audit" {
            self.0.put(samples::report("R00B", &[700]));
        }
        Ok(())
    }
}

#[test]
fn a_report_filed_while_a_saved_plan_begins_waits_for_the_next_pass() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    let all = Selection::SinceLastPass;
    let saved = block_on(world.engine().preview(&world.connection, &all)).unwrap();
    let around = FiledMeanwhile(Arc::clone(&world.source));
    let ports = Ports {
        store: Arc::new(AroundStore::over(Arc::clone(&world.store), around)),
        ..world.ports()
    };
    let request = SyncRequest {
        exactly: Some(saved.to_saved()),
        ..SyncRequest::ordinary()
    };
    let engine = Engine::new(ports, "saved");
    let summary = block_on(engine.sync(&world.connection, request)).unwrap();
    assert_eq!((summary.written, summary.waiting), (1, 1));
    assert_eq!(world.sync().written, 1);
    world.assert_each_record_exists_once("one pass later");
}
