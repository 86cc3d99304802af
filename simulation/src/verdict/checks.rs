//! What must hold once everything has come to rest.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use sync_core::model::{Currency, ExpenseReport, Marker, Money, RecordId, RecordKind};
use sync_core::plan::{Cause, StepKey};
use sync_core::state::{Discrepancy, EntryState, Reconciliation, StateName};

use super::known::{Known, known as known_of, may_be_unseen, was_taken_in};
use super::named::{Named, named as named_of};
use crate::canary;
use crate::people::tags_of;
use crate::state::{State, Tenant};
use crate::truth::{Maker, TrueRecord};
use crate::violation::{Invariant, Violation};

pub(super) fn judge(
    state: &State,
    (installation, tenant): (usize, usize),
    known: &Known,
    result: &Reconciliation,
) -> Result<(), Violation> {
    let expensify = &state.tenants[tenant].expensify;
    let mut named = named_of(expensify, known, result);
    // Two installations on one account know different things; what one of them names is named.
    for (_, other) in state
        .installations
        .iter()
        .enumerate()
        .filter(|(number, _)| *number != installation)
    {
        let other = known_of(&other.store, state, tenant);
        let more = named_of(expensify, &other, &Reconciliation::default());
        named.tags.extend(more.tags);
        named.markers.extend(more.markers);
    }
    // What ordinary passes are not bound to see stands in the totals of reconciling alone.
    for filed in expensify.reports.values() {
        if !was_taken_in(known, filed) && may_be_unseen(state, (installation, tenant), filed) {
            let stored = known.reports.get(&filed.report.id);
            let shown = [Some(&filed.report), stored.map(|stored| &stored.report)];
            named
                .tags
                .extend(shown.into_iter().flatten().flat_map(tags_of));
        }
    }
    check_secrets(known, result)?;
    check_reports(state, (installation, tenant), known, &named)?;
    check_doubles(state, tenant, &named)?;
    check_marks(state, tenant, known, result)?;
    check_records(state, tenant, known, &named)?;
    check_refusals(state, (installation, tenant), known)?;
    check_agreement(state, (installation, tenant), result)?;
    check_totals(state, tenant, result)
}

/// Nothing that is stored or told holds a secret.
fn check_secrets(known: &Known, result: &Reconciliation) -> Result<(), Violation> {
    let items = known.items.iter().map(|item| format!("{item:?}"));
    let entries = known.entries.iter().map(|entry| format!("{entry:?}"));
    let mut told = items.chain(entries).chain([format!("{result:?}")]);
    if told.any(|text| canary::is_in(&text)) {
        let text = "a review item, an entry or a reconciliation holds a secret".to_owned();
        return Err(Violation::new(Invariant::I8, text));
    }
    Ok(())
}

/// Each report's money is in the books to the cent, or the report is named.
fn check_reports(
    state: &State,
    (installation, tenant): (usize, usize),
    known: &Known,
    named: &Named,
) -> Result<(), Violation> {
    let Known {
        entries, reports, ..
    } = known;
    let (expensify, books) = (
        &state.tenants[tenant].expensify,
        &state.tenants[tenant].books,
    );
    for filed in expensify
        .reports
        .values()
        .filter(|filed| filed.visible_from <= state.now)
    {
        let report = &filed.report;
        let stored = reports.get(&report.id);
        if !was_taken_in(known, filed) && may_be_unseen(state, (installation, tenant), filed) {
            // Only reconciling sees it: its totals are checked below.
            continue;
        }
        if named.reports.contains(&report.id) {
            continue;
        }
        if filed.unreadable && report.state.is_approved() {
            let text = format!("report {} cannot be read and nobody is told", report.id);
            return Err(Violation::new(Invariant::I2, text));
        }
        let tags = tags_of(report);
        let records = books
            .records
            .iter()
            .filter(|record| record.stands() && !record.tags.is_disjoint(&tags));
        let (mut booked, mut is_named) = (Decimal::ZERO, false);
        for record in records {
            booked += record
                .record
                .total
                .map_or(Decimal::ZERO, |total| total.amount());
            is_named |= named.covers(record);
        }
        let expected = approved(report).map(|money| money.amount());
        if expected != Some(booked) && !is_named {
            let states: Vec<_> = entries
                .iter()
                .filter(|entry| entry.report == report.id)
                .map(|entry| format!("{} {:?}", entry.key, entry.state.name()))
                .collect();
            let text = format!(
                "report {} is worth {expected:?}, {booked} of it is in the books, and nobody is told: {:?} {states:?}",
                report.id,
                stored.map(|stored| stored.status)
            );
            return Err(Violation::new(Invariant::I3, text));
        }
    }
    Ok(())
}

/// What a report adds to the books once all of it is written; `None` when that cannot be told.
fn approved(report: &ExpenseReport) -> Option<Money> {
    if !report.state.is_approved() {
        return Some(Money::zero(report.currency));
    }
    report.total.or_else(|| crate::filing::total(report))
}

/// Two standing records of one mark are always named.
fn check_doubles(state: &State, tenant: usize, named: &Named) -> Result<(), Violation> {
    let mut standing: BTreeMap<(RecordKind, &Marker), Vec<&TrueRecord>> = BTreeMap::new();
    let books = &state.tenants[tenant].books;
    for record in books.records.iter().filter(|record| record.stands()) {
        for marker in &record.record.markers {
            standing
                .entry((record.record.kind, marker))
                .or_default()
                .push(record);
        }
    }
    for ((kind, marker), records) in standing {
        let told = || records.iter().any(|record| named.covers(record));
        if records.len() > 1 && kind != RecordKind::Vendor && !told() {
            let text = format!(
                "{} records stand under {marker} and nobody is told",
                records.len()
            );
            return Err(Violation::new(Invariant::I1, text));
        }
    }
    Ok(())
}

/// Whatever stands under a mark and should not is named for what it is: a second record as a duplicate, a record of what
/// was voided, skipped or withdrawn as standing, a record that no entry knows as unknown. That the sum of its report
/// disagrees is no substitute: it does not say where to look.
fn check_marks(
    state: &State,
    tenant: usize,
    known: &Known,
    result: &Reconciliation,
) -> Result<(), Violation> {
    let mut standing: BTreeMap<&Marker, BTreeSet<RecordId>> = BTreeMap::new();
    let books = &state.tenants[tenant].books;
    let records = books.records.iter().filter(|record| record.stands());
    for record in records.filter(|record| record.record.kind != RecordKind::Vendor) {
        for marker in &record.record.markers {
            standing.entry(marker).or_default().insert(record.record.id);
        }
    }
    for (marker, records) in standing {
        let key = StepKey::of(marker);
        let entry = known.entries.iter().find(|entry| entry.key == key);
        let gone = entry.is_some_and(|entry| {
            let gone = [StateName::Voided, StateName::Skipped, StateName::Cancelled];
            gone.contains(&entry.state.name())
        });
        let as_what = match (gone, records.len(), entry) {
            (true, ..) => "standing",
            (false, 2.., _) => "a duplicate",
            (false, _, None) => "unknown",
            (false, ..) => continue,
        };
        let mut told = BTreeSet::new();
        for discrepancy in &result.discrepancies {
            match discrepancy {
                Discrepancy::Standing {
                    key: of, record, ..
                } if gone && *of == key => {
                    told.insert(*record);
                }
                Discrepancy::Duplicate {
                    key: of, records, ..
                } if !gone && *of == key => {
                    told.extend(records.iter().copied());
                }
                Discrepancy::Unknown {
                    marker: of, record, ..
                } if of == marker => {
                    told.insert(*record);
                }
                _ => {}
            }
        }
        if !told.is_superset(&records) {
            let text = format!("{records:?} under {marker} are not named as {as_what}: {told:?}");
            return Err(Violation::new(Invariant::I4, text));
        }
    }
    Ok(())
}

/// Every standing record of our making is known as written, or named.
fn check_records(
    state: &State,
    tenant: usize,
    known: &Known,
    named: &Named,
) -> Result<(), Violation> {
    let books = &state.tenants[tenant].books;
    for record in books.records.iter().filter(|record| record.stands()) {
        if record.maker == Maker::Person || record.record.kind == RecordKind::Vendor {
            continue;
        }
        let id = record.record.id;
        let written = known.entries.iter().any(|entry| {
            record.record.markers.contains(entry.step.draft.marker())
                && matches!(entry.state, EntryState::Verified { record, .. } if record == id)
        });
        if !written && !named.covers(record) {
            let marks = &record.record.markers;
            let states: Vec<_> = known
                .entries
                .iter()
                .filter(|entry| marks.contains(entry.step.draft.marker()))
                .map(|entry| entry.state.name())
                .collect();
            let text = format!(
                "record {id} under {marks:?} is in the books and nobody is told: {states:?}"
            );
            return Err(Violation::new(Invariant::I4, text));
        }
    }
    Ok(())
}

/// What is in review as certainly not written was not written by the database that says so, as far as it can know.
fn check_refusals(
    state: &State,
    (installation, tenant): (usize, usize),
    known: &Known,
) -> Result<(), Violation> {
    let (books, life) = (&state.tenants[tenant].books, state.life_of(installation));
    for entry in known
        .entries
        .iter()
        .filter(|entry| is_refused(&entry.state))
    {
        let marker = entry.step.draft.marker();
        if books.must_be_known(marker, life, state.now) {
            let text = format!("{marker} is in review as refused and stands in the books");
            return Err(Violation::new(Invariant::I4, text));
        }
    }
    Ok(())
}

/// Whether a state says that the record was certainly not written.
pub(crate) fn is_refused(state: &EntryState) -> bool {
    matches!(
        state,
        EntryState::InReview {
            cause: Cause::Refused { .. }
                | Cause::NotPermitted { .. }
                | Cause::AttemptsExhausted { .. },
            // With a record it is a correction that was refused, and the record stands as it was.
            record: None,
        }
    )
}

/// What nobody meddled with and one database alone wrote adds up: reconciling has nothing to name about its report's sum.
fn check_agreement(
    state: &State,
    (installation, tenant): (usize, usize),
    result: &Reconciliation,
) -> Result<(), Violation> {
    let Tenant {
        edited,
        books,
        expensify,
        ..
    } = &state.tenants[tenant];
    let life = state.life_of(installation);
    let as_written = |record: &TrueRecord| match record.maker {
        Maker::Request(number) => {
            !record.touched && books.is_of(record, life) && books.shows_in_time(number)
        }
        Maker::Person => false,
    };
    let is_residue = |record: &TrueRecord| !record.record.markers.is_disjoint(&books.residue);
    let off = result.disagreeing.iter().find(|report| {
        let filed = expensify.reports.get(&report.report);
        let tags = filed
            .map(|filed| tags_of(&filed.report))
            .unwrap_or_default();
        let mut records = books.records.iter();
        let meddled = records.any(|record| {
            !record.tags.is_disjoint(&tags) && (!as_written(record) || is_residue(record))
        });
        let counted = report.approved.is_some() && report.accounted.is_some();
        counted && !meddled && !edited.contains(&report.report)
    });
    match off {
        None => Ok(()),
        Some(report) => {
            let text = format!(
                "report {} was left alone and does not add up: {report:?}",
                report.report
            );
            Err(Violation::new(Invariant::I3, text))
        }
    }
}

/// What reconciling says was approved is what was approved.
fn check_totals(state: &State, tenant: usize, result: &Reconciliation) -> Result<(), Violation> {
    let mut truth: BTreeMap<Currency, Option<Decimal>> = BTreeMap::new();
    let expensify = &state.tenants[tenant].expensify;
    for filed in expensify.reports.values() {
        let report = &filed.report;
        if filed.visible_from > state.now || !report.state.is_approved() {
            continue;
        }
        let sum = truth.entry(report.currency).or_insert(Some(Decimal::ZERO));
        // Where one cannot be told, neither can the sum.
        *sum = sum
            .zip(approved(report).filter(|_| !filed.unreadable))
            .and_then(|(sum, more)| sum.checked_add(more.amount()));
    }
    for (currency, sum) in truth {
        let Some(sum) = sum else { continue };
        let told: Decimal = result
            .rows
            .iter()
            .filter(|row| row.currency == currency)
            .map(|row| row.approved.amount())
            .sum();
        // A report in two currencies at once, or one that cannot be read now, is named instead of counted.
        let uncounted = result
            .disagreeing
            .iter()
            .any(|report| report.approved.is_none() || report.accounted.is_none());
        let unreadable = expensify.reports.values().any(|filed| filed.unreadable);
        if told != sum && !uncounted && !unreadable {
            let reports: Vec<_> = expensify
                .reports
                .values()
                .map(|filed| {
                    (
                        &filed.report.id,
                        approved(&filed.report),
                        filed.visible_from,
                    )
                })
                .collect();
            let text =
                format!("{sum} {currency} were approved, and reconciling says {told}: {reports:?}");
            return Err(Violation::new(Invariant::I3, text));
        }
    }
    Ok(())
}
