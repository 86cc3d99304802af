//! The keeping of a grant whose refresh tokens work once: every crash point, reply class, store fault and server mode up
//! to a bound, and many thousand renewals under random faults.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

mod choice;
mod keeper;
mod ports;
mod world;

use std::sync::Arc;

use sync_core::testing::Reuse;

use choice::{Choices, Enumeration, Random};
use world::{Start, World};

const MODES: [Reuse; 3] = [Reuse::RevokesAll, Reuse::IsRefused, Reuse::IsForgiven];

/// Runs every path with at most so many disturbances and gives their number.
fn explore(reuse: Reuse, start: Start, workers: usize, disturbances: u32) -> u64 {
    let choices = Arc::new(Enumeration::default());
    let mut paths = 0;
    loop {
        let shared: Arc<dyn Choices> = Arc::<Enumeration>::clone(&choices);
        let mut world = World::new(reuse, start, shared, disturbances);
        for _ in 0..=disturbances {
            world.round(workers);
        }
        world.calm();
        world.round(workers);
        world.check_end();
        paths += 1;
        if !choices.next_path() {
            return paths;
        }
    }
}

#[test]
fn every_path_of_one_process_with_three_disturbances_keeps_the_grant_or_says_so() {
    let mut total = 0;
    for reuse in MODES {
        for start in Start::ALL {
            let paths = explore(reuse, start, 1, 3);
            println!("{reuse:?}, {start:?}, one process: {paths} paths");
            total += paths;
        }
    }
    println!("one process, up to 3 disturbances: {total} paths, 0 violations");
    assert!(
        total > 10_000,
        "the bound leaves too little to explore: {total}"
    );
}

#[test]
fn every_path_of_two_processes_with_two_disturbances_keeps_the_grant_or_says_so() {
    let mut total = 0;
    for reuse in MODES {
        for start in Start::ALL {
            total += explore(reuse, start, 2, 2);
        }
    }
    println!(
        "two processes, up to 2 disturbances (a switch counts as one): {total} paths, 0 violations"
    );
    assert!(
        total > 10_000,
        "the bound leaves too little to explore: {total}"
    );
}

/// 100,000 renewals of two processes, each step disturbed by chance; a lost grant is connected anew, as a person would.
#[test]
fn a_hundred_thousand_renewals_under_faults_lose_a_grant_only_with_a_lost_reply_and_a_strict_server()
 {
    let mut lost = Vec::new();
    for reuse in MODES {
        let choices: Arc<dyn Choices> = Arc::new(Random::new(20_261_125, 20));
        let mut world = World::new(reuse, Start::Due, choices, u32::MAX);
        while world.requests() < 34_000 {
            world.round(2);
            world.reconnect_if_dead();
        }
        world.calm();
        world.round(2);
        println!("{reuse:?}: {}", world.tally());
        lost.push(world.grants_lost());
    }
    assert!(
        lost[0] > 100 && lost[1] > 100,
        "too few replies were lost to show anything: {lost:?}"
    );
    assert_eq!(lost[2], 0, "a forgiving server loses no grant");
}
