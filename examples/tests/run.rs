//! Every example runs by itself and shows what it is about.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

use std::path::PathBuf;
use std::process::Command;

/// Cargo builds the examples of a package with its tests; this builds them for whoever asked for this test alone.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let path = profile
        .join("examples")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !path.exists() {
        let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        build
            .args([
                "build",
                "--quiet",
                "-p",
                "sync-examples",
                "--examples",
                "--target-dir",
            ])
            .arg(profile.parent().unwrap());
        if profile.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().unwrap().success());
    }
    path
}

fn check(name: &str, shows: &[&str]) {
    let output = Command::new(example(name)).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for part in shows {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}

#[test]
fn embed_in_app_writes_and_names_what_waits() {
    check(
        "embed_in_app",
        &[
            "15 records written, 15 read back",
            "Client Gifts",
            "totals agree to the cent: true",
        ],
    );
}

#[test]
fn dry_run_explains_every_line_and_refuses_a_stale_plan() {
    check(
        "dry_run",
        &[
            "EXP-R00DemoAmara1 799.75 USD",
            "by GL code 6010",
            "15 records written",
            "is refused: failed to run the saved plan",
        ],
    );
}

#[test]
fn custom_store_keeps_the_promises_and_runs_a_pass() {
    check(
        "custom_store",
        &["keeps every promise", "begin_sends", "15 records written"],
    );
}

#[test]
fn webhook_receiver_turns_a_hint_into_a_drift() {
    check("webhook_receiver", &["registered", "hint", "drifted"]);
}
