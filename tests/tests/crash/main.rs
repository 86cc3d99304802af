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

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_kill_at_any_moment_each_record_exists_once() {
    use lane::Lane;

    let binary = program::binary();
    let started = std::time::Instant::now();
    let lanes: Vec<_> = (0..lane::LANES)
        .map(|number| tokio::spawn(Lane::run(binary.clone(), number)))
        .collect();
    let mut kills = Vec::new();
    for lane in lanes {
        kills.extend(lane.await.unwrap());
    }
    let on_the_wire = kills.iter().filter(|kill| kill.is_on_the_wire()).count();
    println!(
        "{} kills in {:.1?}, {on_the_wire} with a POST on the wire",
        kills.len(),
        started.elapsed()
    );
    assert!(
        kills.len() >= 30,
        "only {} kills struck: {kills:?}",
        kills.len()
    );
    assert!(
        on_the_wire >= 10,
        "only {on_the_wire} kills struck with a POST on the wire: {kills:?}"
    );
}

#[cfg(not(unix))]
#[test]
fn killing_is_tried_on_unix_only() {
    println!("skipped: this system has no SIGKILL");
}
