//! What records of listings are ours, and what a window covers.

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;
use crate::model::{Payment, RecordId};
use crate::testing::samples;

/// A record under these marks that stands.
fn record(kind: RecordKind, id: u64, marks: &[&Marker]) -> LedgerRecord {
    LedgerRecord {
        kind,
        id: RecordId::new(id),
        markers: marks.iter().copied().cloned().collect(),
        status: RecordStatus::Active,
        total: Some(samples::usd(100)),
        date: Some(samples::day()),
        vendor: None,
        category: None,
        lines: Vec::new(),
        payment: Payment::Nothing,
    }
}

fn deleted(record: LedgerRecord) -> LedgerRecord {
    LedgerRecord {
        status: RecordStatus::Deleted,
        ..record
    }
}

fn bill(report: &str, revision: u32) -> OutboxEntry {
    let report = samples::report(report, &[100]);
    let mut step = samples::bill_step(&report);
    if let Draft::Bill(bill) = &mut step.draft {
        bill.marker = bill.marker.at_revision(revision);
    }
    OutboxEntry::planned(report.id, step, samples::start())
}

fn mark(entry: &OutboxEntry) -> &Marker {
    entry.step.draft.marker()
}

fn sightings(records: Vec<LedgerRecord>) -> Sightings {
    let mut sightings = Sightings::begin(samples::start());
    sightings.add(records);
    sightings
}

fn ids<'a>(records: impl IntoIterator<Item = &'a LedgerRecord>) -> Vec<u64> {
    records.into_iter().map(|record| record.id.get()).collect()
}

#[test]
fn a_record_of_two_listings_counts_once_and_others_under_its_mark_count_too() {
    let entry = bill("R00A", 1);
    let ours = |id| record(RecordKind::Bill, id, &[mark(&entry)]);
    let mut seen = sightings(vec![ours(7), ours(7)]);
    seen.add(vec![ours(8), ours(7)]);
    assert_eq!(ids(seen.of(&entry)), [7, 8]);
    // The ledger counts each kind for itself.
    seen.add(vec![record(RecordKind::Expense, 7, &[mark(&entry)])]);
    assert_eq!(seen.records(|_| true).len(), 3);
    assert_eq!(ids(seen.of(&entry)), [7, 8]);
}

#[test]
fn records_that_stand_come_before_deleted_ones() {
    let entry = bill("R00A", 1);
    let ours = |id| record(RecordKind::Bill, id, &[mark(&entry)]);
    let seen = sightings(vec![deleted(ours(6)), ours(9), ours(8)]);
    assert_eq!(ids(seen.of(&entry)), [8, 9, 6]);
}

#[test]
fn a_record_under_several_wanted_marks_is_given_once_and_one_under_none_not_at_all() {
    let (entry, other) = (bill("R00A", 1), bill("R00B", 1));
    let both = record(RecordKind::Bill, 7, &[mark(&entry), mark(&other)]);
    let alone = record(RecordKind::Bill, 8, &[mark(&other)]);
    let seen = sightings(vec![both, alone]);
    assert_eq!(ids(&seen.records(|_| true)), [7, 8]);
    assert_eq!(ids(&seen.records(|marker| marker == mark(&entry))), [7]);
    assert!(seen.records(|_| false).is_empty());
}

#[test]
fn earlier_revisions_are_relatives_of_a_mark_and_marks_that_only_begin_alike_are_not() {
    let entry = bill("R00A", 2);
    let at = |revision| mark(&entry).at_revision(revision);
    let longer = Marker::for_report(&crate::model::ReportId::new("R00AB"));
    let part = Marker::for_part(&entry.report, "Meals");
    let seen = sightings(vec![
        record(RecordKind::Bill, 1, &[&at(1)]),
        record(RecordKind::Bill, 2, &[&at(2)]),
        record(RecordKind::Bill, 3, &[&at(3)]),
        record(RecordKind::Expense, 4, &[&at(1)]),
        record(RecordKind::Bill, 5, &[&longer]),
        record(RecordKind::Bill, 6, &[&part]),
    ]);
    assert_eq!(ids(seen.up_to(&entry)), [2, 1]);
    let relatives = seen.relatives(&entry).into_iter();
    let relatives: BTreeSet<_> = relatives
        .map(|(revision, record)| (revision, record.id.get()))
        .collect();
    assert_eq!(relatives, BTreeSet::from([(1, 1), (3, 3)]));
}

#[test]
fn a_window_covers_all_days_of_its_kind_with_the_margin_on_both_sides() {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let dated = |text: &str| {
        let mut entry = bill("R00A", 1);
        if let Draft::Bill(bill) = &mut entry.step.draft {
            bill.issued_on = day(text);
        }
        entry
    };
    let report = samples::report("R00V", &[100]);
    let vendor = OutboxEntry::planned(
        report.id.clone(),
        samples::vendor_step(&report),
        samples::start(),
    );
    let entries = [dated("2026-11-10"), dated("2026-11-03"), vendor];
    let windows = windows(&entries, 2);
    let of = |kind| windows.iter().find(|window| window.kind == kind).unwrap();
    let bills = of(RecordKind::Bill);
    assert_eq!(
        (bills.from, bills.to),
        (Some(day("2026-11-01")), Some(day("2026-11-12")))
    );
    // A vendor has no day.
    assert_eq!(
        (of(RecordKind::Vendor).from, of(RecordKind::Vendor).to),
        (None, None)
    );
    assert_eq!(windows.len(), 2);
}

/// What a listing says of an entry that was sent and of which nothing is known.
fn judged(entry: &OutboxEntry, records: Vec<LedgerRecord>) -> Option<EntryEvent> {
    let unknown = OutboxEntry {
        state: EntryState::Unknown {
            attempt: 1,
            since: samples::start(),
            absences: 0,
            absent_at: None,
        },
        ..entry.clone()
    };
    judge(&unknown, &sightings(records), &Settings::default())
}

fn duplicates(event: Option<EntryEvent>) -> Vec<u64> {
    match event {
        Some(EntryEvent::Escalated {
            cause: Cause::DuplicateRecords { records, .. },
            record: None,
        }) => records.iter().map(|record| record.get()).collect(),
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn records_under_other_revisions_mean_that_ours_was_replaced_or_that_two_count() {
    let entry = bill("R00A", 2);
    let at = |id, revision| record(RecordKind::Bill, id, &[&mark(&entry).at_revision(revision)]);
    // An earlier one that was voided is as it should be; one that stands was put back.
    let event = judged(&entry, vec![deleted(at(1, 1)), at(2, 2)]);
    assert!(
        !matches!(event, Some(EntryEvent::Voided { .. })),
        "{event:?}"
    );
    assert_eq!(duplicates(judged(&entry, vec![at(1, 1)])), [1]);
    assert_eq!(duplicates(judged(&entry, vec![at(1, 1), at(2, 2)])), [2, 1]);
    // A later one replaces ours, which then counts no more; if it does, both are named.
    assert_eq!(duplicates(judged(&entry, vec![at(2, 2), at(3, 3)])), [2, 3]);
    for (records, voided) in [
        (vec![at(3, 3)], None),
        (vec![deleted(at(2, 2)), at(3, 3)], Some(2)),
        (vec![deleted(at(3, 3))], None),
    ] {
        let Some(EntryEvent::Voided { proof }) = judged(&entry, records) else {
            unreachable!("not voided")
        };
        assert_eq!(proof.record().map(RecordId::get), voided);
    }
}

#[test]
fn absence_counts_from_the_spacing_on_and_proves_from_the_quiet_time_on() {
    let settings = Settings::default();
    let entry = bill("R00A", 1);
    let after = |since: Duration, spacing: Option<Duration>, absences| {
        let now = samples::start();
        let unknown = OutboxEntry {
            state: EntryState::Unknown {
                attempt: 1,
                since: now - since,
                absences,
                absent_at: spacing.map(|spacing| now - spacing),
            },
            ..entry.clone()
        };
        judge(&unknown, &sightings(Vec::new()), &settings)
    };
    let just_under = |span: Duration| span.checked_sub(Duration::from_secs(1)).unwrap();
    let (quiet, spacing) = (settings.quiet_time, settings.absence_spacing);
    let last = settings.absences_needed - 1;
    assert_eq!(after(quiet, Some(just_under(spacing)), last), None);
    assert_eq!(
        after(quiet, Some(spacing), last),
        Some(EntryEvent::ProvenAbsent)
    );
    assert_eq!(
        after(just_under(quiet), Some(spacing), last),
        Some(EntryEvent::ProbeAbsent)
    );
    assert_eq!(after(quiet, None, 0), Some(EntryEvent::ProbeAbsent));
}
