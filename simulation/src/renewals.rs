//! Very many renewals: worlds in which nobody does anything but ask for tokens, with every fault of tokens.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::outcome::plant;
use crate::planted::Planted;
use crate::run::Run;
use crate::verdict;
use crate::violation::Violation;
use crate::world::world;

/// Looks at the books in one world.
const LOOKS: u64 = 1_000;
/// Worlds at most, so that nothing runs without end.
const WORLDS_MAX: u64 = 1_000_000;

/// What became of very many requests for tokens.
#[derive(Clone, Debug, Default)]
pub struct Renewals {
    /// Requests that were made.
    pub requests: u64,
    /// Worlds they were made in.
    pub worlds: u64,
    /// Grants that died, by what they died of. Each was told within one pass; any other cause is a violation.
    pub lost: BTreeMap<&'static str, u64>,
    /// What was violated, by seed.
    pub violations: Vec<(u64, Violation)>,
    /// How long it took.
    pub took: Duration,
}

/// Plays worlds until so many requests were made.
pub fn renew(requests: u64, threads: usize) -> Renewals {
    let began = Instant::now();
    let next = AtomicU64::new(0);
    let made = AtomicU64::new(0);
    let all = Mutex::new(Renewals::default());
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while made.load(Ordering::Relaxed) < requests {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= WORLDS_MAX {
                        break;
                    }
                    let (one, _) = play(seed, false, None);
                    made.fetch_add(one.requests, Ordering::Relaxed);
                    all.lock().unwrap_or_else(PoisonError::into_inner).add(one);
                }
            });
        }
    });
    let mut renewals = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    renewals.took = began.elapsed();
    renewals
}

/// One such world, told line by line.
pub fn renewals_of(seed: u64) -> (Vec<String>, Renewals) {
    let (one, lines) = play(seed, true, None);
    (lines, one)
}

/// What such a world violates with a bug in it.
pub(crate) fn violation_with(seed: u64, bug: Option<Planted>) -> Option<Violation> {
    let (one, _) = play(seed, false, bug);
    one.violations
        .into_iter()
        .next()
        .map(|(_, violation)| violation)
}

fn play(seed: u64, readable: bool, bug: Option<Planted>) -> (Renewals, Vec<String>) {
    let shared = world(seed, readable);
    plant(&shared, bug);
    Run::new(&shared, seed).looking(LOOKS).live();
    if shared.lock().violation.is_none() {
        verdict::conclude_grants(&shared);
    }
    let mut state = shared.lock();
    // They hold the world that holds them.
    let processes = std::mem::take(&mut state.processes);
    let mut one = Renewals {
        worlds: 1,
        ..Renewals::default()
    };
    for authority in state
        .tenants
        .iter()
        .filter_map(|tenant| tenant.grants.as_ref())
    {
        one.requests += authority.requests;
        for (cause, count) in &authority.lost {
            *one.lost.entry(cause).or_default() += count;
        }
    }
    one.violations = state
        .violation
        .iter()
        .map(|violation| (seed, violation.clone()))
        .collect();
    let lines = state.trace.take_lines();
    drop(state);
    drop(processes);
    (one, lines)
}

impl Renewals {
    fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.worlds += other.worlds;
        self.violations.extend(other.violations);
        for (cause, count) in other.lost {
            *self.lost.entry(cause).or_default() += count;
        }
    }
}

impl fmt::Display for Renewals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "requests for tokens {} in {} worlds, at most one under way per grant and database; {:.1?}",
            self.requests, self.worlds, self.took
        )?;
        for (cause, count) in &self.lost {
            writeln!(
                f,
                "grants lost         {count}, each told within one pass: {cause}"
            )?;
        }
        writeln!(f, "violations          {}", self.violations.len())?;
        for (seed, violation) in self.violations.iter().take(20) {
            writeln!(f, "  world {seed}: {violation}")?;
        }
        Ok(())
    }
}
