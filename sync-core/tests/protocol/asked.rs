//! What FreshBooks is asked for, in which order and by when, and what an observer is told of it.

use std::time::Duration;

use sync_core::engine::SyncRequest;
use sync_core::model::RecordKind;
use sync_core::ports::{Clock, Event, Ledger, SendOutcome, SendReceipt};
use sync_core::state::{EntryState, StateName};
use sync_core::testing::{SendFault, block_on, samples};

use crate::support::reports::{mixed_report, of_new_person};
use crate::support::{World, answering, watching};

/// A report of an employee who is no vendor yet, and one of Ann's.
fn one_needs_a_vendor(world: &mut World) {
    world.connection.rules.ladders.create_missing_vendors = true;
    world
        .source
        .put(of_new_person(samples::report("R00A", &[1250])));
    world.source.put(samples::report("R00B", &[500]));
}

#[test]
fn vendors_are_written_before_all_else() {
    let mut world = World::new();
    one_needs_a_vendor(&mut world);
    world.sync();
    let mut records = world.standing();
    records.sort_by_key(|record| record.id);
    let kinds: Vec<_> = records.iter().map(|record| record.kind).collect();
    assert_eq!(
        kinds,
        [RecordKind::Vendor, RecordKind::Bill, RecordKind::Bill]
    );
}

#[test]
fn how_much_is_due_is_told_before_it_is_sent() {
    let world = World::new();
    let (engine, watching) = watching::engine(&world);
    world.source.put(mixed_report("R00A"));
    world.source.put(samples::report("R00B", &[700]));
    let sync = || block_on(engine.sync(&world.connection, SyncRequest::ordinary())).unwrap();
    // One of the three is refused for now, and waits.
    world.ledger.fail_next_send(SendFault::Unreachable);
    sync();
    let deliveries = |events: Vec<Event>| -> Vec<u64> {
        let mut told = Vec::new();
        for event in events {
            if let Event::DeliveryStarted { records } = event {
                told.push(records);
            }
        }
        told
    };
    assert_eq!(deliveries(watching.take_events()), [3]);
    world.clock.advance(Duration::from_hours(1));
    sync();
    assert_eq!(deliveries(watching.take_events()), [1]);
}

#[test]
fn only_the_days_around_what_is_known_are_listed_once_a_record_is_known() {
    let world = World::new();
    let (engine, watching) = watching::engine(&world);
    let sync = || block_on(engine.sync(&world.connection, SyncRequest::ordinary())).unwrap();
    world.source.put(samples::report("R00A", &[1250]));
    sync();
    watching.take_windows();
    world.source.put(samples::report("R00B", &[700]));
    sync();
    let windows = watching.take_windows();
    let margin = chrono::Days::new(u64::from(world.connection.settings.probe_margin_days));
    let (from, to) = (samples::day() - margin, samples::day() + margin);
    assert!(!windows.is_empty());
    for window in windows {
        assert_eq!((window.from, window.to), (Some(from), Some(to)));
    }
}

#[test]
fn a_batch_is_to_be_begun_within_the_window_and_within_half_the_lease() {
    let minute = Duration::from_mins(1);
    for (send_window, lease_ttl, expected) in [
        (minute, 4 * minute, minute),
        (10 * minute, 4 * minute, 2 * minute),
    ] {
        let mut world = World::new();
        world.connection.settings.send_window = send_window;
        world.connection.settings.lease_ttl = lease_ttl;
        world.source.put(samples::report("R00A", &[1250]));
        let (engine, watching) = watching::engine(&world);
        block_on(engine.sync(&world.connection, SyncRequest::ordinary())).unwrap();
        assert_eq!(watching.deadlines(), [world.clock.now() + expected]);
    }
}

#[test]
fn a_send_without_an_answer_counts_for_the_brake_as_if_it_were_written() {
    let mut world = World::new();
    world.connection.settings.brake.records = Some(2);
    one_needs_a_vendor(&mut world);
    let engine = answering::engine(&world, |books, permit| {
        if permit.key().as_str() == "EXP-R00B" {
            let outcome = SendOutcome::Unknown {
                note: "no answer".to_owned(),
            };
            let key = permit.key().clone();
            vec![SendReceipt { key, outcome }]
        } else {
            answering::carry_out(books, permit)
        }
    });
    // The vendor, and a bill that may exist: the bill that waited for the vendor would be the third record.
    let summary = block_on(engine.sync(&world.connection, SyncRequest::ordinary())).unwrap();
    assert_eq!(summary.braked.unwrap().records, 3);
    assert_eq!(world.standing().len(), 1);
}

#[test]
fn an_entry_that_waits_for_the_next_look_is_neither_counted_nor_sent_meanwhile() {
    let world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.ledger.fail_next_send(SendFault::LostBeforeApply);
    world.sync();
    let (before, writes) = (world.entries(), world.ledger.usage().writes);
    assert_eq!(before[0].state.name(), StateName::Unknown);
    world.sync();
    let after = world.entries();
    assert!(
        matches!(after[0].state, EntryState::Unknown { attempt: 1, .. }),
        "{:?}",
        after[0].state
    );
    assert_eq!(after[0].attempts, 1);
    assert_eq!(world.ledger.usage().writes, writes);
}

#[test]
fn all_days_are_listed_as_long_as_no_record_of_the_kind_is_known_whatever_is_planned() {
    let mut world = World::new();
    world.source.put(samples::report("R00A", &[1250]));
    world.connection.settings.brake.records = Some(0);
    // Planned, and stopped before anything was looked for: as in a lost database whose first pass died.
    assert!(world.sync().braked.is_some());
    world.connection.settings.brake.records = None;
    let (engine, watching) = watching::engine(&world);
    block_on(engine.sync(&world.connection, SyncRequest::ordinary())).unwrap();
    let first = watching.take_windows().swap_remove(0);
    assert_eq!(
        (first.kind, first.from, first.to),
        (RecordKind::Bill, None, None)
    );
}
