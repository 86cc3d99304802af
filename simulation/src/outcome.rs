//! One world from beginning to end, and what came of it.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use sync_core::model::Currency;

use crate::canary;
use crate::fate::Fate;
use crate::planted::Planted;
use crate::run::Run;
use crate::state::Shared;
use crate::truth::Maker;
use crate::verdict;
use crate::violation::{Invariant, Violation};
use crate::world::world;

/// What came of a world.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// The hash of its course.
    pub hash: u64,
    /// What was violated, if anything.
    pub violation: Option<Violation>,
    /// Calls of ports.
    pub calls: u64,
    /// Operations begun: passes, reconciliations, decisions.
    pub operations: u64,
    /// Requests that arrived at the books.
    pub requests: u64,
    /// Records they made.
    pub records: u64,
    /// Money in them.
    pub money: BTreeMap<Currency, Decimal>,
    /// Marks under which two records came about in a way that the protocol states as its residue; all were named.
    pub residue: u64,
    /// Requests for tokens.
    pub refreshes: u64,
    /// Grants that died; each was told within one pass.
    pub grants_lost: u64,
    /// How often each fault struck, in the order of [`Fault::ALL`](crate::Fault::ALL).
    pub injected: Vec<u64>,
    /// What happened, where it was asked for.
    pub lines: Vec<String>,
}

/// Plants a bug, or none, in a world and in the core.
pub(crate) fn plant(shared: &Shared, bug: Option<Planted>) {
    #[cfg(feature = "planted")]
    sync_core::planted::plant(match bug {
        Some(Planted::Core(bug)) => Some(bug),
        _ => None,
    });
    if let Some(Planted::Port(bug)) = bug {
        shared.lock().bug = Some(bug);
    }
}

/// Plays the world of a seed.
pub fn play(seed: u64, readable: bool) -> Outcome {
    play_with(seed, readable, None)
}

/// Plays the world of a seed with a bug in it.
pub fn play_with(seed: u64, readable: bool, bug: Option<Planted>) -> Outcome {
    let shared = world(seed, readable);
    plant(&shared, bug);
    Run::new(&shared, seed).live();
    if shared.lock().violation.is_none() {
        verdict::conclude(&shared);
    }
    let mut state = shared.lock();
    // They hold the world that holds them.
    let processes = std::mem::take(&mut state.processes);
    let mut money: BTreeMap<Currency, Decimal> = BTreeMap::new();
    let mut records = 0;
    for record in state
        .tenants
        .iter()
        .flat_map(|tenant| &tenant.books.records)
    {
        if matches!(record.maker, Maker::Request(_)) {
            records += 1;
            if let Some(total) = record.record.total {
                let sum = money.entry(total.currency()).or_default();
                *sum = sum.saturating_add(total.amount().abs());
            }
        }
    }
    let residue: usize = state
        .tenants
        .iter()
        .map(|tenant| tenant.books.residue.len())
        .sum();
    drop(processes);
    let lines = state.trace.take_lines();
    state.require(
        !lines.iter().any(|line| canary::is_in(line)),
        Invariant::I8,
        || "the trace shows a secret".to_owned(),
    );
    let tokens = state
        .tenants
        .iter()
        .filter_map(|tenant| tenant.grants.as_ref());
    let (refreshes, grants_lost) = tokens.fold((0, 0), |(requests, lost), authority| {
        let died: u64 = authority.lost.values().sum();
        (requests + authority.requests, lost + died)
    });
    let injected = match &state.fate {
        Fate::Random { swarm, .. } => swarm.injected(),
        Fate::Scripted(_) => Vec::new(),
    };
    Outcome {
        seed,
        hash: state.trace.hash(),
        violation: state.violation.clone(),
        calls: state.counts.calls,
        operations: state.counts.operations,
        requests: state.counts.requests,
        records,
        money,
        residue: u64::try_from(residue).unwrap_or(0),
        injected,
        refreshes,
        grants_lost,
        lines,
    }
}
