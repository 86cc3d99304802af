//! `kill -9` of the real program at many moments, and `sync` again: each record exists once.
//!
//! Several installations are run side by side, each against its own stand-ins and killed several times over. Moments are
//! of three kinds: after a time drawn from a seed, when the n-th POST has arrived and is not carried out yet, and when it
//! is carried out and its answer has not left.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a helper of a test fails by panicking"
)]

#[cfg(unix)]
mod lane;
#[cfg(unix)]
mod program;

/// Kills that must have struck, and of these with a POST on the wire.
#[cfg(unix)]
const KILLS: usize = 30;
#[cfg(unix)]
const KILLS_ON_THE_WIRE: usize = 10;
/// Rounds of fresh installations at most.
#[cfg(unix)]
const ROUNDS_MAX: u64 = 6;

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_kill_at_any_moment_each_record_exists_once() {
    use lane::Lane;

    let binary = program::binary();
    let started = std::time::Instant::now();
    let mut kills: Vec<lane::Kill> = Vec::new();
    let on_the_wire =
        |kills: &[lane::Kill]| kills.iter().filter(|kill| kill.is_on_the_wire()).count();
    // How many kills an installation takes before its work is done depends on the machine: so many rounds of fresh ones
    // as it needs, each with seeds of its own.
    for round in 0..ROUNDS_MAX {
        if kills.len() >= KILLS && on_the_wire(&kills) >= KILLS_ON_THE_WIRE {
            break;
        }
        let first = round * lane::LANES;
        let lanes: Vec<_> = (first..first + lane::LANES)
            .map(|number| tokio::spawn(Lane::run(binary.clone(), number)))
            .collect();
        for lane in lanes {
            kills.extend(lane.await.unwrap());
        }
    }
    let on_the_wire = on_the_wire(&kills);
    println!(
        "{} kills in {:.1?}, {on_the_wire} with a POST on the wire",
        kills.len(),
        started.elapsed()
    );
    assert!(
        kills.len() >= KILLS,
        "only {} kills struck: {kills:?}",
        kills.len()
    );
    assert!(
        on_the_wire >= KILLS_ON_THE_WIRE,
        "only {on_the_wire} kills struck with a POST on the wire: {kills:?}"
    );
}

#[cfg(not(unix))]
#[test]
fn killing_is_tried_on_unix_only() {
    println!("skipped: this system has no SIGKILL");
}
