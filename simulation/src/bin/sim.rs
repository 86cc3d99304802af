//! `sim --seeds 0..10000`, `sim --seed 17 --trace`: see CONTRIBUTING.md.

#![expect(clippy::print_stdout, reason = "the figures are its result")]

use std::ops::Range;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use sync_simulation::{Bounds, Figures, Hunt, Merge, Planted, play, renew, renewals_of, visit};

const USAGE: &str =
    "usage: sim --seeds A..B [--threads N]   worlds of many seeds, and the figures they come to
       sim --seed N [--trace]          one world; with its course, line by line
       sim planted [HUNTS [WORDS]]     every planted bug must be caught; only those whose text holds the words
       sim tokens N                    worlds in which everyone asks for tokens alone, until N requests
       sim tokens --world N            one of them, line by line
       sim paths [RESTARTS [OVERTAKEN]] every path of the small model
       sim paths RESTARTS OVERTAKEN proven EVERY   the same; one equal state in so many is walked again
       sim paths RESTARTS OVERTAKEN apart   the same, and no states are merged";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let clean = match words.as_slice() {
        ["--seeds", seeds] => range(seeds).map(|seeds| many(seeds, threads())),
        ["--seeds", seeds, "--threads", count] => range(seeds)
            .zip(count.parse().ok())
            .map(|(seeds, count)| many(seeds, count)),
        ["--seed", seed] => seed.parse().ok().map(|seed| one(seed, false)),
        ["--seed", seed, "--trace"] => seed.parse().ok().map(|seed| one(seed, true)),
        ["planted"] => Some(planted(5, "")),
        ["planted", hunts] => hunts.parse().ok().map(|hunts| planted(hunts, "")),
        ["planted", hunts, words] => hunts.parse().ok().map(|hunts| planted(hunts, words)),
        ["paths"] => Some(paths(3, 0, Merge::Equal)),
        ["paths", restarts] => bounds(restarts, "0").map(|(r, o)| paths(r, o, Merge::Equal)),
        ["paths", restarts, overtaken] => {
            bounds(restarts, overtaken).map(|(r, o)| paths(r, o, Merge::Equal))
        }
        ["paths", restarts, overtaken, "apart"] => {
            bounds(restarts, overtaken).map(|(r, o)| paths(r, o, Merge::Never))
        }
        ["paths", restarts, overtaken, "proven", every] => bounds(restarts, overtaken)
            .zip(every.parse().ok())
            .map(|((r, o), every)| paths(r, o, Merge::EqualProvenOneIn(every))),
        ["tokens", "--world", seed] => seed.parse().ok().map(token_world),
        ["tokens", requests] => requests.parse().ok().map(tokens),
        _ => None,
    };
    match clean {
        Some(true) => ExitCode::SUCCESS,
        Some(false) => ExitCode::FAILURE,
        None => {
            println!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn range(text: &str) -> Option<Range<u64>> {
    let (from, to) = text.split_once("..")?;
    Some(from.parse().ok()?..to.parse().ok()?)
}

fn token_world(seed: u64) -> bool {
    let (lines, renewals) = renewals_of(seed);
    for line in lines {
        println!("{line}");
    }
    print!("{renewals}");
    renewals.violations.is_empty()
}

fn tokens(requests: u64) -> bool {
    let renewals = renew(requests, threads());
    print!("{renewals}");
    renewals.violations.is_empty()
}

fn bounds(restarts: &str, overtaken: &str) -> Option<(u32, u32)> {
    Some((restarts.parse().ok()?, overtaken.parse().ok()?))
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn many(seeds: Range<u64>, threads: usize) -> bool {
    let figures = Figures::of(seeds, threads);
    print!("{figures}");
    // The first failure is told in full.
    if let Some((seed, _)) = figures.violations.first() {
        one(*seed, true);
    }
    figures.is_clean()
}

fn one(seed: u64, trace: bool) -> bool {
    let outcome = play(seed, trace);
    for line in &outcome.lines {
        println!("{line}");
    }
    match &outcome.violation {
        Some(violation) => println!("seed {seed}: {violation}"),
        None => println!("seed {seed}: nothing violated, hash {:016x}", outcome.hash),
    }
    outcome.violation.is_none()
}

fn paths(restarts: u32, overtaken_in: u32, merge: Merge) -> bool {
    let mut clean = true;
    for unique_numbers in [false, true] {
        let visited = visit(Bounds {
            restarts,
            overtaken_in,
            unique_numbers,
            merge,
        });
        let kind = if unique_numbers { "refuse" } else { "take" };
        print!("books that {kind} a second bill of one number: {visited}");
        clean &= visited.violations.is_empty();
    }
    clean
}

/// Seeds within which a bug must be caught.
const SEEDS_TO_CATCH_MAX: u64 = 10_000;

fn planted(hunts: u64, words: &str) -> bool {
    let mut bugs = Planted::all();
    bugs.retain(|bug| bug.text().contains(words));
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<Hunt>> = Mutex::new(Vec::new());
    // Bugs that panic are told in the figures.
    std::panic::set_hook(Box::new(|_| {}));
    std::thread::scope(|scope| {
        for _ in 0..threads() {
            scope.spawn(|| {
                while let Some(bug) = bugs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let hunt = Hunt::of(*bug, hunts, SEEDS_TO_CATCH_MAX);
                    println!("{hunt}");
                    found
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(hunt);
                }
            });
        }
    });
    let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    let caught = found.iter().filter(|hunt| hunt.is_caught()).count();
    let mut seeds: Vec<u64> = found
        .iter()
        .flat_map(|hunt| hunt.seeds.iter().copied().flatten())
        .collect();
    seeds.sort_unstable();
    println!(
        "planted bugs        {caught} of {} caught in each of {hunts} hunts; seeds to catch: median {}, max {}",
        found.len(),
        seeds.get(seeds.len() / 2).copied().unwrap_or(0),
        seeds.last().copied().unwrap_or(0)
    );
    caught == found.len() && caught > 0
}
