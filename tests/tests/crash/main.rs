//! The real program on real SQLite, killed and struck by power losses at many moments, and left to finish: each record
//! exists once, each report to the cent, and every POST had an intent that survived. `src/bin/kills.rs` is the long run.

#![cfg_attr(
    unix,
    expect(
        clippy::panic,
        clippy::unwrap_used,
        clippy::print_stdout,
        reason = "a helper of a test fails by panicking; the figures are printed, and why something is skipped"
    )
)]

#[cfg(unix)]
mod unusable;

#[cfg(unix)]
use std::path::PathBuf;

#[cfg(unix)]
use sync_tests::kills::{Kind, Library, Plan, Power, Tally, binary, kill};

/// The program. Several tests build and run the same.
#[cfg(unix)]
fn program() -> PathBuf {
    static BINARY: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    BINARY.get_or_init(binary).clone()
}

#[cfg(unix)]
fn plan(wanted: u64, power: Option<Power>) -> Plan {
    Plan {
        binary: program(),
        seed: 1,
        wanted,
        lanes: 6,
        power,
        patient: false,
        stop_at_violation: false,
    }
}

/// The library that writes down what the program does to its files; none, with a printed reason, where it cannot be had.
/// With `REQUIRE_CC=1` that fails the test.
#[cfg(unix)]
fn library() -> Option<Library> {
    match Library::compile() {
        Ok(library) => Some(library),
        Err(reason) if std::env::var("REQUIRE_CC").is_ok_and(|value| value == "1") => {
            panic!("REQUIRE_CC is set, but {reason}")
        }
        Err(reason) => {
            println!("skipped: {reason}");
            None
        }
    }
}

#[cfg(unix)]
fn assert_clean(tally: &Tally) {
    println!("{tally}");
    assert!(tally.violations.is_empty(), "{tally}");
    assert_eq!((tally.doubles, tally.reports_off), (0, 0));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_kill_at_any_moment_each_record_exists_once() {
    let tally = kill(plan(60, None), |_| {}).await;
    assert_clean(&tally);
    assert!(tally.of(Kind::Posting) >= 5, "{tally}");
    assert!(tally.of(Kind::FirstStart) >= 3, "{tally}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_power_loss_at_any_moment_each_record_exists_once() {
    let Some(library) = library() else { return };
    let tally = kill(plan(40, Some(Power::new(library, false))), |_| {}).await;
    assert_clean(&tally);
    assert!(tally.losses_that_bit >= 10, "{tally}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_lies_about_syncing_is_caught() {
    let Some(library) = library() else { return };
    let plan = Plan {
        stop_at_violation: true,
        ..plan(200, Some(Power::new(library, true)))
    };
    let tally = kill(plan, |_| {}).await;
    println!("{tally}");
    assert!(
        !tally.violations.is_empty(),
        "syncing had no effect, and nothing was lost that anybody noticed: {tally}"
    );
}

#[cfg(not(unix))]
#[test]
fn killing_is_tried_on_unix_only() {
    println!("skipped: this system has no SIGKILL");
}
