//! The end of a world: faults off, everything must come to rest, and the money must add up.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use chrono::TimeDelta;
use rust_decimal::Decimal;
use sync_core::engine::{BrakePolicy, Decision, SyncRequest};
use sync_core::model::{Currency, ExpenseReport, Marker, Money, RecordKind, ReportId};
use sync_core::plan::Cause;
use sync_core::ports::{EntryQuery, ReportQuery, Store};
use sync_core::state::{
    Discrepancy, EntryState, OutboxEntry, Reconciliation, ReportStatus, ReviewItem, StateName,
    StoredReport,
};
use sync_core::testing::{MemoryStore, block_on};
use sync_core::{Error, ErrorKind};

use crate::people::tags_of;
use crate::ports::engine;
use crate::state::{Shared, State};
use crate::swarm::Fault;
use crate::truth::{Expensify, Filed, Maker, TrueRecord};
use crate::violation::{Invariant, Violation};

/// Passes after which everything must have come to rest, once faults are off.
const ROUNDS_MAX: u32 = 24;

/// What one database knows of one tenant.
struct Known {
    entries: Vec<OutboxEntry>,
    reports: BTreeMap<ReportId, StoredReport>,
    items: Vec<ReviewItem>,
}

/// Ends a world: no more faults, time passes, everything comes to rest and adds up.
pub(crate) fn conclude(shared: &Shared) {
    calm(shared);
    come_to_rest(shared);
    judge_all(shared);
    if shared.lock().violation.is_some() {
        return;
    }
    // Whatever waits for a person is looked at once, and all must hold again.
    if resolve_all(shared) {
        come_to_rest(shared);
        judge_all(shared);
    }
    shared.lock().trace.add(b"end");
}

fn calm(shared: &Shared) {
    let mut state = shared.lock();
    state.fate.calm();
    for host in &mut state.hosts {
        if host.jumped {
            host.offset = TimeDelta::zero();
        }
    }
    let due = state
        .tenants
        .iter()
        .filter_map(|tenant| tenant.books.last_due());
    let wait = due.max().map_or(TimeDelta::zero(), |due| due - state.now);
    state.advance(wait);
    let now = state.now;
    state.trace.note(now, &[60], || "faults are off".to_owned());
}

/// Passes until nothing is on its way any more.
fn come_to_rest(shared: &Shared) {
    for round in 0..ROUNDS_MAX {
        // The long waits are longer than any clock was off, and than the time between two sweeps after whatever shows
        // between them; the others than any pause between tries.
        let wait = match round {
            0 => TimeDelta::minutes(3),
            3 | 12 => TimeDelta::hours(31),
            _ => TimeDelta::minutes(61),
        };
        shared.lock().advance(wait);
        pass_over_all(shared);
        if shared.lock().violation.is_some() {
            return;
        }
        if round > 0 && is_at_rest(shared) {
            return;
        }
    }
    explain_unrest(shared);
}

fn each_pair(shared: &Shared) -> Vec<(usize, usize)> {
    let state = shared.lock();
    (0..state.installations.len())
        .flat_map(|installation| (0..state.tenants.len()).map(move |tenant| (installation, tenant)))
        .collect()
}

/// A host of an installation.
fn host_of(state: &State, installation: usize) -> usize {
    let of_it = |host: &crate::state::Host| host.installation == installation;
    state.hosts.iter().position(of_it).unwrap_or(0)
}

fn pass_over_all(shared: &Shared) {
    for (installation, tenant) in each_pair(shared) {
        let request = SyncRequest {
            brake: BrakePolicy::Confirmed,
            ..SyncRequest::ordinary()
        };
        let outcome = calmly(
            shared,
            installation,
            tenant,
            |engine, connection| async move { engine.sync(&connection, request).await.map(drop) },
        );
        require_success(shared, "sync", outcome);
    }
}

/// Runs an operation to its end, alone.
fn calmly<T, F: Future<Output = Result<T, Error>>>(
    shared: &Shared,
    installation: usize,
    tenant: usize,
    operation: impl FnOnce(sync_core::engine::Engine, Arc<sync_core::engine::Connection>) -> F,
) -> Result<T, Error> {
    let (host, connection) = {
        let mut state = shared.lock();
        let host = host_of(&state, installation);
        state.hosts[host].operation += 1;
        state.hosts[host].records_left = None;
        state.hosts[host].corrected.clear();
        (host, Arc::clone(&state.tenants[tenant].connection))
    };
    let mut future = std::pin::pin!(operation(engine(shared, host, tenant), connection));
    let mut context = Context::from_waker(Waker::noop());
    loop {
        let polled = future.as_mut().poll(&mut context);
        shared.lock().advance(TimeDelta::milliseconds(20));
        if let Poll::Ready(outcome) = polled {
            return outcome;
        }
    }
}

/// A calm pass may only find the lease still held by who died.
fn require_success<T>(shared: &Shared, what: &str, outcome: Result<T, Error>) -> Option<T> {
    match outcome {
        Ok(value) => Some(value),
        Err(error) if error.kind() == ErrorKind::LeaseLost => None,
        Err(error) => {
            let text = format!("without any fault, {what} fails: {error:?}");
            shared.lock().violated(Violation::new(Invariant::I2, text));
            None
        }
    }
}

fn known(store: &MemoryStore, state: &State, tenant: usize) -> Known {
    let connection = &state.tenants[tenant].connection.id;
    let all = EntryQuery {
        limit: u32::MAX,
        ..EntryQuery::default()
    };
    let reports = ReportQuery {
        limit: u32::MAX,
        ..ReportQuery::default()
    };
    Known {
        entries: block_on(store.entries(connection, &all)).unwrap_or_default(),
        reports: block_on(store.reports(connection, &reports))
            .unwrap_or_default()
            .into_iter()
            .map(|stored| (stored.report.id.clone(), stored))
            .collect(),
        items: block_on(store.review_items(connection, true)).unwrap_or_default(),
    }
}

fn is_at_rest(shared: &Shared) -> bool {
    each_pair(shared).into_iter().all(|(installation, tenant)| {
        let state = shared.lock();
        let known = known(&state.installations[installation].store, &state, tenant);
        restless(&state, tenant, &known).is_none()
    })
}

/// What has not come to rest, if anything.
fn restless(state: &State, tenant: usize, known: &Known) -> Option<String> {
    let moving = known.entries.iter().find(|entry| {
        matches!(
            entry.state.name(),
            StateName::Planned | StateName::Sending | StateName::Unknown | StateName::Posted
        )
    });
    if let Some(entry) = moving {
        return Some(format!(
            "{} is {:?} ({:?})",
            entry.key, entry.state, entry.not_before
        ));
    }
    let new = known
        .reports
        .values()
        .find(|stored| stored.status == ReportStatus::New);
    if let Some(stored) = new {
        return Some(format!("report {} is new", stored.report.id));
    }
    let mut reachable = state.tenants[tenant]
        .expensify
        .reports
        .values()
        .filter(|filed| {
            filed.visible_from <= state.now && filed.report.state.is_approved() && !filed.unreadable
        });
    let unseen = reachable.find(|filed| sweeps(state, tenant) && !was_taken_in(known, filed));
    unseen.map(|filed| format!("report {} was not taken in", filed.report.id))
}

/// Whether ordinary passes are bound to see every approved report.
fn sweeps(state: &State, tenant: usize) -> bool {
    state.tenants[tenant].connection.settings.sweep_every_days > 0
}

/// Whether a report was taken in as it is.
fn was_taken_in(known: &Known, filed: &Filed) -> bool {
    let stored = known.reports.get(&filed.report.id);
    stored.is_some_and(|stored| stored.content == filed.report.fingerprint())
}

fn explain_unrest(shared: &Shared) {
    for (installation, tenant) in each_pair(shared) {
        let mut state = shared.lock();
        let known = known(&state.installations[installation].store, &state, tenant);
        if let Some(what) = restless(&state, tenant, &known) {
            let text = format!("after {ROUNDS_MAX} passes without a fault, {what}");
            state.violated(Violation::new(Invariant::I2, text));
        }
    }
}

/// Lets a person look at every open item. False when there was none.
fn resolve_all(shared: &Shared) -> bool {
    let mut any = false;
    for (installation, tenant) in each_pair(shared) {
        let numbers: Vec<u64> = {
            let state = shared.lock();
            let known = known(&state.installations[installation].store, &state, tenant);
            known.items.iter().map(|item| item.number).collect()
        };
        for item in numbers {
            any = true;
            {
                let mut state = shared.lock();
                let known = known(&state.installations[installation].store, &state, tenant);
                let blocks = known.items.iter().flat_map(|item| &item.blocks);
                let reports = blocks.map(|block| block.report.clone());
                state.tenants[tenant].edited.extend(reports);
            }
            let decision = Decision::Resolve {
                item,
                reason: "dealt with".to_owned(),
            };
            let decided = calmly(
                shared,
                installation,
                tenant,
                |engine, connection| async move {
                    engine.decide(&connection, "ann", decision).await.map(drop)
                },
            );
            // An item may have closed with the one before it.
            if !matches!(&decided, Err(error) if error.kind() == ErrorKind::Invalid) {
                require_success(shared, "a decision", decided);
            }
        }
    }
    any
}

fn judge_all(shared: &Shared) {
    for (installation, tenant) in each_pair(shared) {
        if shared.lock().violation.is_some() {
            return;
        }
        // The first notes what happened behind our back, a pass acts on it, the second must add up.
        reconcile(shared, installation, tenant);
        pass_over_all(shared);
        let Some(result) = reconcile(shared, installation, tenant) else {
            continue;
        };
        let mut state = shared.lock();
        let known = known(&state.installations[installation].store, &state, tenant);
        let judged = judge(&state, (installation, tenant), &known, &result);
        if let Err(Violation { invariant, text }) = judged {
            let text = format!("installation {installation}, c{tenant}: {text}");
            state.violated(Violation::new(invariant, text));
        }
    }
}

fn reconcile(shared: &Shared, installation: usize, tenant: usize) -> Option<Reconciliation> {
    let outcome = calmly(
        shared,
        installation,
        tenant,
        |engine, connection| async move { engine.reconcile(&connection, None, None).await },
    );
    require_success(shared, "reconcile", outcome)
}

/// What is named to a person: reports and marks.
struct Named {
    reports: BTreeSet<ReportId>,
    markers: BTreeSet<String>,
    /// Expenses of the reports, as they are and as they were taken in.
    tags: BTreeSet<u32>,
}

impl Named {
    /// Whether a person is told of a record: by its mark, or by a report it holds an expense of.
    fn covers(&self, record: &TrueRecord) -> bool {
        let by_mark = |marker: &Marker| self.markers.contains(marker.as_str());
        record.record.markers.iter().any(by_mark) || !record.tags.is_disjoint(&self.tags)
    }
}

fn named(expensify: &Expensify, known: &Known, result: &Reconciliation) -> Named {
    let mut named = Named {
        reports: BTreeSet::new(),
        markers: BTreeSet::new(),
        tags: BTreeSet::new(),
    };
    for block in known.items.iter().flat_map(|item| &item.blocks) {
        named.reports.insert(block.report.clone());
        if let Some(key) = &block.entry {
            named.markers.insert(key.to_string());
        }
        match &block.cause {
            Cause::ChangedAfterPosting { key, .. }
            | Cause::RemovedAfterPosting { key }
            | Cause::PostedElsewhere { key, .. } => {
                named.markers.insert(key.clone());
            }
            _ => {}
        }
    }
    for stored in known.reports.values() {
        if matches!(stored.status, ReportStatus::Skipped | ReportStatus::Held) {
            named.reports.insert(stored.report.id.clone());
        }
    }
    for entry in &known.entries {
        if matches!(
            entry.state.name(),
            StateName::InReview | StateName::Skipped | StateName::Drifted
        ) {
            named.reports.insert(entry.report.clone());
            named.markers.insert(entry.key.to_string());
        }
    }
    named.reports.extend(
        result
            .disagreeing
            .iter()
            .map(|report| report.report.clone()),
    );
    // A report that is named stands for every record made of it, whatever it holds by now.
    let of_named = known
        .entries
        .iter()
        .filter(|entry| named.reports.contains(&entry.report));
    named
        .markers
        .extend(of_named.map(|entry| entry.key.to_string()));
    for discrepancy in &result.discrepancies {
        let marker = match discrepancy {
            Discrepancy::Edited { key, .. }
            | Discrepancy::Deleted { key, .. }
            | Discrepancy::Missing { key, .. }
            | Discrepancy::LeftAsIs { key, .. }
            | Discrepancy::Standing { key, .. }
            | Discrepancy::Duplicate { key, .. } => key.to_string(),
            Discrepancy::Unknown { marker, .. } => marker.to_string(),
        };
        named.markers.insert(marker);
    }
    for id in &named.reports {
        let stored = known.reports.get(id).map(|stored| &stored.report);
        let filed = expensify.reports.get(id).map(|filed| &filed.report);
        named
            .tags
            .extend(stored.into_iter().chain(filed).flat_map(tags_of));
    }
    named
}

fn judge(
    state: &State,
    (installation, tenant): (usize, usize),
    known: &Known,
    result: &Reconciliation,
) -> Result<(), Violation> {
    let expensify = &state.tenants[tenant].expensify;
    let mut named = named(expensify, known, result);
    // Two installations on one account know different things; what one of them names is named.
    for (_, other) in state
        .installations
        .iter()
        .enumerate()
        .filter(|(number, _)| *number != installation)
    {
        let other = self::known(&other.store, state, tenant);
        let more = self::named(expensify, &other, &Reconciliation::default());
        named.tags.extend(more.tags);
        named.markers.extend(more.markers);
    }
    // What ordinary passes are not bound to see, without sweeps, stands in the totals of reconciling alone.
    for filed in expensify.reports.values() {
        if !was_taken_in(known, filed) && !sweeps(state, tenant) {
            let stored = known.reports.get(&filed.report.id);
            let shown = [Some(&filed.report), stored.map(|stored| &stored.report)];
            named
                .tags
                .extend(shown.into_iter().flatten().flat_map(tags_of));
        }
    }
    check_reports(state, tenant, known, &named)?;
    check_doubles(state, tenant, &named)?;
    check_records(state, tenant, known, &named)?;
    check_refusals(state, tenant, known)?;
    check_agreement(state, tenant, result)?;
    check_totals(state, tenant, result)
}

/// Each report's money is in the books to the cent, or the report is named.
fn check_reports(
    state: &State,
    tenant: usize,
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
        if !was_taken_in(known, filed) && !sweeps(state, tenant) {
            // Without sweeps only reconciling sees it: its totals are checked below.
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

/// Where one database alone writes, what is in review as certainly not written is not in the books.
fn check_refusals(state: &State, tenant: usize, known: &Known) -> Result<(), Violation> {
    if state.installations.len() > 1 || state.installations[0].epoch > 0 {
        return Ok(());
    }
    // A clock that jumps ends the quiet time early: what was on its way then lands after its absence was taken as proven,
    // and the next request is refused. That the record is named is another check's business.
    if state.any_jumped() {
        return Ok(());
    }
    for entry in &known.entries {
        let certain = matches!(
            &entry.state,
            EntryState::InReview {
                cause: Cause::Refused { .. }
                    | Cause::NotPermitted { .. }
                    | Cause::AttemptsExhausted { .. },
                // With a record it is a correction that was refused, and the record stands as it was.
                record: None,
            }
        );
        let marker = entry.step.draft.marker();
        let books = &state.tenants[tenant].books;
        // What showed too late could not be known when the next request was refused.
        let in_time = |maker| match maker {
            Maker::Request(number) => books.shows_in_time(number),
            Maker::Person => false,
        };
        let written = books.records.iter().any(|record| {
            record.stands() && in_time(record.maker) && record.record.markers.contains(marker)
        });
        if certain && written {
            let text = format!("{marker} is in review as refused and stands in the books");
            return Err(Violation::new(Invariant::I4, text));
        }
    }
    Ok(())
}

/// Where nobody meddled and one database alone wrote, reconciling has nothing to name about a report's sum.
fn check_agreement(state: &State, tenant: usize, result: &Reconciliation) -> Result<(), Violation> {
    let meddled = [
        Fault::PersonEdits,
        Fault::PersonDeletes,
        Fault::PersonDuplicates,
        Fault::EchoDiffers,
        Fault::AppliedTooLate,
        Fault::ListLagTooLong,
        Fault::SecondInstallation,
        Fault::DatabaseRestored,
        Fault::DatabaseLost,
    ];
    if meddled.iter().any(|fault| state.fate.has(*fault)) || state.any_jumped() {
        return Ok(());
    }
    let edited = &state.tenants[tenant].edited;
    let off = result.disagreeing.iter().find(|report| {
        report.approved.is_some() && report.accounted.is_some() && !edited.contains(&report.report)
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
