//! Many worlds, and the figures they come to.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rust_decimal::Decimal;
use sync_core::model::Currency;

use crate::outcome::{Outcome, play};
use crate::swarm::Fault;
use crate::violation::Violation;

/// One seed in so many is played twice, to see that it takes the same course.
const REPLAYED_EVERY: u64 = 100;
/// Violations that are kept with their text.
const KEPT_MAX: usize = 20;

/// What many worlds came to.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Worlds.
    pub seeds: u64,
    /// Worlds in which something was violated.
    pub violated: u64,
    /// Some of them, with what was violated.
    pub violations: Vec<(u64, Violation)>,
    /// Worlds played twice.
    pub replayed: u64,
    /// Of these, those that did not take the same course.
    pub mismatches: u64,
    /// Calls of ports.
    pub calls: u64,
    /// Passes, reconciliations and decisions begun.
    pub operations: u64,
    /// Requests that reached the books.
    pub requests: u64,
    /// Records they made.
    pub records: u64,
    /// Money in them.
    pub money: BTreeMap<Currency, Decimal>,
    /// Doubles that the protocol states as its residue; each was named.
    pub residue: u64,
    /// Requests for tokens.
    pub refreshes: u64,
    /// Grants that died; each was told within one pass.
    pub grants_lost: u64,
    /// How often each fault struck, in the order of [`Fault::ALL`].
    pub injected: Vec<u64>,
    /// How long it took.
    pub took: Duration,
}

impl Figures {
    /// Plays all worlds of these seeds on so many threads.
    pub fn of(seeds: Range<u64>, threads: usize) -> Self {
        let began = Instant::now();
        let next = AtomicU64::new(seeds.start);
        let all = Mutex::new(Self::default());
        thread::scope(|scope| {
            for _ in 0..threads.max(1) {
                scope.spawn(|| {
                    let mut own = Self::default();
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= seeds.end {
                            break;
                        }
                        own.add(&play(seed, false));
                    }
                    all.lock().unwrap_or_else(PoisonError::into_inner).join(own);
                });
            }
        });
        let mut figures = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        figures.violations.sort_by_key(|(seed, _)| *seed);
        figures.took = began.elapsed();
        figures
    }

    fn add(&mut self, outcome: &Outcome) {
        self.seeds += 1;
        if outcome.seed.is_multiple_of(REPLAYED_EVERY) {
            self.replayed += 1;
            self.mismatches += u64::from(play(outcome.seed, false).hash != outcome.hash);
        }
        if let Some(violation) = &outcome.violation {
            self.violated += 1;
            if self.violations.len() < KEPT_MAX {
                self.violations.push((outcome.seed, violation.clone()));
            }
        }
        self.calls += outcome.calls;
        self.operations += outcome.operations;
        self.requests += outcome.requests;
        self.records += outcome.records;
        self.residue += outcome.residue;
        self.refreshes += outcome.refreshes;
        self.grants_lost += outcome.grants_lost;
        add_all(&mut self.injected, &outcome.injected);
        add_money(&mut self.money, &outcome.money);
    }

    fn join(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.violated += other.violated;
        self.violations.extend(other.violations);
        self.replayed += other.replayed;
        self.mismatches += other.mismatches;
        self.calls += other.calls;
        self.operations += other.operations;
        self.requests += other.requests;
        self.records += other.records;
        self.residue += other.residue;
        self.refreshes += other.refreshes;
        self.grants_lost += other.grants_lost;
        add_all(&mut self.injected, &other.injected);
        add_money(&mut self.money, &other.money);
    }

    /// Whether nothing was violated and every world took the same course again.
    pub const fn is_clean(&self) -> bool {
        self.violated == 0 && self.mismatches == 0
    }
}

fn add_all(sums: &mut Vec<u64>, more: &[u64]) {
    sums.resize(sums.len().max(more.len()), 0);
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += more;
    }
}

fn add_money(sums: &mut BTreeMap<Currency, Decimal>, more: &BTreeMap<Currency, Decimal>) {
    for (currency, amount) in more {
        let sum = sums.entry(*currency).or_default();
        *sum = sum.saturating_add(*amount);
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.took.as_millis().max(1);
        let rate = u128::from(self.seeds) * 1000 / seconds;
        writeln!(
            f,
            "worlds              {} in {:.1?}, {rate} per second",
            self.seeds, self.took
        )?;
        writeln!(
            f,
            "operations          {}, {} calls of ports",
            self.operations, self.calls
        )?;
        writeln!(
            f,
            "requests            {}, {} records made",
            self.requests, self.records
        )?;
        writeln!(
            f,
            "tokens              {} requests for them, at most one under way per grant; {} grants lost, each told within one pass",
            self.refreshes, self.grants_lost
        )?;
        for (currency, amount) in &self.money {
            writeln!(f, "money moved         {amount} {currency}")?;
        }
        let faults: u64 = self.injected.iter().sum();
        writeln!(f, "faults injected     {faults}, by row of the matrix:")?;
        for (fault, count) in Fault::ALL.iter().zip(&self.injected) {
            writeln!(
                f,
                "  {:>9} × row {:>2} {}",
                count,
                fault.row(),
                fault.text()
            )?;
        }
        writeln!(
            f,
            "residue             {} doubles by what no client can know, every one named within one reconciliation",
            self.residue
        )?;
        writeln!(
            f,
            "violations          {} (doubles 0, lost 0, cents off 0 when 0)",
            self.violated
        )?;
        for (seed, violation) in &self.violations {
            writeln!(f, "  seed {seed}: {violation}")?;
        }
        writeln!(
            f,
            "determinism         {} of {} worlds played twice took another course",
            self.mismatches, self.replayed
        )?;
        if self.is_clean() {
            // Three over n, in parts of a million, rounded up: no float near a figure either.
            let bound = 3_000_000_u64.div_ceil(self.seeds.max(1));
            writeln!(
                f,
                "confidence          none in {} worlds: with 95 % fewer than {bound} of a million such worlds would \
                 fail, of the faults modelled and no others",
                self.seeds
            )?;
        }
        Ok(())
    }
}
