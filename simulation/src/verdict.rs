//! The end of a world: faults off, everything must come to rest, and the money must add up.

mod checks;
mod grants;
mod known;
mod named;

use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use chrono::TimeDelta;
use sync_core::engine::{BrakePolicy, CorrectionKind, Decision, SyncRequest};
use sync_core::state::Reconciliation;
use sync_core::{Error, ErrorKind};

use crate::ports::engine;
use crate::state::{Shared, State, Tenant};
use crate::swarm::Fault;
use crate::truth::Filed;
use crate::violation::{Invariant, Violation};
pub(crate) use checks::is_refused;
use checks::judge;
use known::{known, restless};

/// Passes after which everything must have come to rest, once faults are off.
const ROUNDS_MAX: u32 = 24;

/// Ends a world in which nothing was asked for but tokens.
pub(crate) fn conclude_grants(shared: &Shared) {
    calm(shared);
    grants::check_noticed(shared);
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
    if shared.lock().violation.is_none() {
        grants::check_noticed(shared);
    }
    shared.lock().trace.add(b"end");
}

fn calm(shared: &Shared) {
    let mut state = shared.lock();
    state.fate.calm();
    for installation in &mut state.installations {
        installation.grants.refuses_until = None;
    }
    for host in 0..state.hosts.len() {
        state.set_clock(host, TimeDelta::zero(), true);
    }
    for tenant in &mut state.tenants {
        tenant.books.busy_until = None;
        tenant.expensify.out_of_sight_until = None;
    }
    // What is still on its way into the books, and what was filed but does not show yet: a report that shows while the
    // totals are being compared would be in one of them and not in the other.
    let due = state
        .tenants
        .iter()
        .flat_map(|tenant| {
            let filed = tenant.expensify.reports.values();
            let shows = filed.map(|filed| filed.visible_from).max();
            shows.into_iter().chain(tenant.books.last_due())
        })
        .max();
    let wait = due.map_or(TimeDelta::zero(), |due| due - state.now);
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
        let pass = || {
            let request = request.clone();
            calmly(
                shared,
                installation,
                tenant,
                |engine, connection| async move { engine.sync(&connection, request).await },
            )
        };
        let mut outcome = pass();
        for _ in 0..3 {
            if grants::asks_for_person(&outcome) {
                grants::person_acts(shared, installation, tenant);
            } else if outcome.is_ok() || !grants::is_under_way(&shared.lock(), installation, tenant)
            {
                break;
            }
            shared.lock().advance(TimeDelta::minutes(2));
            outcome = pass();
        }
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
        state.begin_operation(host);
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

fn is_at_rest(shared: &Shared) -> bool {
    each_pair(shared).into_iter().all(|(installation, tenant)| {
        let state = shared.lock();
        let known = known(&state.installations[installation].store, &state, tenant);
        restless(&state, (installation, tenant), &known).is_none()
    })
}

fn explain_unrest(shared: &Shared) {
    for (installation, tenant) in each_pair(shared) {
        let mut state = shared.lock();
        let known = known(&state.installations[installation].store, &state, tenant);
        if let Some(what) = restless(&state, (installation, tenant), &known) {
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
            let reason = || "dealt with".to_owned();
            let void = Decision::Correct {
                item,
                kind: CorrectionKind::VoidAndRepost,
                reason: reason(),
            };
            let resolve = Decision::Resolve {
                item,
                reason: reason(),
            };
            // Where people decide things, records are voided wherever that can be ordered.
            let voids = shared.lock().fate.has(Fault::PersonDecides);
            let voided = voids && decide(shared, installation, tenant, void).is_ok();
            if voided {
                continue;
            }
            let decided = decide(shared, installation, tenant, resolve);
            // An item may have closed with the one before it.
            if matches!(&decided, Err(error) if grants::is_told(error)) {
                grants::person_acts(shared, installation, tenant);
            } else if !matches!(&decided, Err(error) if error.kind() == ErrorKind::Invalid) {
                require_success(shared, "a decision", decided);
            }
        }
    }
    any
}

fn decide(
    shared: &Shared,
    installation: usize,
    tenant: usize,
    decision: Decision,
) -> Result<(), Error> {
    calmly(
        shared,
        installation,
        tenant,
        |engine, connection| async move { engine.decide(&connection, "ann", decision).await.map(drop) },
    )
}

fn judge_all(shared: &Shared) {
    look_for_deleted(shared);
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

/// A report that was deleted counts as such after two looks, more than a day apart.
fn look_for_deleted(shared: &Shared) {
    let any_is = |tenant: &Tenant| tenant.expensify.reports.values().any(Filed::is_deleted);
    if !shared.lock().tenants.iter().any(any_is) {
        return;
    }
    for (installation, tenant) in each_pair(shared) {
        reconcile(shared, installation, tenant);
    }
    shared.lock().advance(TimeDelta::hours(25));
}

fn reconcile(shared: &Shared, installation: usize, tenant: usize) -> Option<Reconciliation> {
    let reconciled = || {
        calmly(
            shared,
            installation,
            tenant,
            |engine, connection| async move { engine.reconcile(&connection, None, None).await },
        )
    };
    let mut outcome = reconciled();
    // A token that was made a moment ago and is refused tells of a dead grant only after a while.
    for _ in 0..2 {
        if !matches!(&outcome, Err(error) if grants::is_told(error)) {
            break;
        }
        grants::person_acts(shared, installation, tenant);
        shared.lock().advance(TimeDelta::minutes(2));
        outcome = reconciled();
    }
    require_success(shared, "reconcile", outcome)
}
