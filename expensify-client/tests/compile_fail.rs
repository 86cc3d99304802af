//! Misuses that do not compile. If one of them starts to, a promise of the types is gone.
//!
//! Every file of `compile-fail` is a program that marks its wrong lines with `//~` and the compiler's error code. The
//! compiler must report exactly those errors. Codes and lines are compared and texts are not, since a compiler may reword
//! its texts at any time; that is why this is not `trybuild`.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The errors of a program: line and code.
type Errors = BTreeSet<(u64, String)>;

/// The one program without an error: were it refused, the others would be for the same reason.
const CONTROL: &str = "the_right_way";

fn cases() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile-fail");
    let mut cases = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        cases.insert(name, fs::read_to_string(path).unwrap());
    }
    cases
}

fn marked(source: &str) -> Errors {
    let lines = source.lines().zip(1..);
    lines
        .filter_map(|(line, number)| {
            let (_, code) = line.split_once("//~ ")?;
            Some((number, code.trim().to_owned()))
        })
        .collect()
}

/// A package of the programs, outside the workspace, on the same versions of everything.
fn package(cases: &BTreeMap<String, String>) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile-fail");
    let programs = folder.join("src/bin");
    if programs.exists() {
        fs::remove_dir_all(&programs).unwrap();
    }
    fs::create_dir_all(&programs).unwrap();
    for (name, source) in cases {
        fs::write(programs.join(name).with_extension("rs"), source).unwrap();
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = format!(
        "[package]\nname = \"misuses\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         expensify-client = {{ path = {:?}, default-features = false }}\nsecrecy = \"*\"\n",
        here.display().to_string()
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    for lock in [here.join("../Cargo.lock"), here.join("Cargo.lock")] {
        if lock.exists() {
            fs::copy(lock, folder.join("Cargo.lock")).unwrap();
            break;
        }
    }
    folder
}

/// The errors the compiler reports, by program.
fn reported(folder: &Path) -> BTreeMap<String, Errors> {
    let run = Command::new(env!("CARGO"))
        .args([
            "check",
            "--offline",
            "--bins",
            "--keep-going",
            "--message-format=json",
        ])
        .arg("--manifest-path")
        .arg(folder.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", folder.join("target"))
        // Warnings that are made errors elsewhere are none of the errors looked for.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .output()
        .unwrap();
    let mut reported = BTreeMap::<String, Errors>::new();
    let mut finished = false;
    for line in String::from_utf8(run.stdout).unwrap().lines() {
        let message: Value = serde_json::from_str(line).unwrap();
        finished |= message["reason"] == "build-finished";
        let (target, message) = (&message["target"]["name"], &message["message"]);
        let Some(code) = message["code"]["code"].as_str() else {
            continue;
        };
        if message["level"] == "error" {
            let spans = message["spans"].as_array().unwrap();
            let span = spans.iter().find(|span| span["is_primary"] == true);
            let line = span.unwrap()["line_start"].as_u64().unwrap();
            reported
                .entry(target.as_str().unwrap().to_owned())
                .or_default()
                .insert((line, code.to_owned()));
        }
    }
    assert!(finished, "{}", String::from_utf8_lossy(&run.stderr));
    reported
}

#[test]
fn misuses_are_refused_by_the_compiler_at_their_lines_and_for_their_reasons() {
    let cases = cases();
    let mut reported = reported(&package(&cases));
    for (name, source) in &cases {
        let marked = marked(source);
        assert_eq!(marked.is_empty(), name == CONTROL, "{name}");
        assert_eq!(reported.remove(name).unwrap_or_default(), marked, "{name}");
    }
    assert_eq!(reported, BTreeMap::new());
    assert!(cases.contains_key(CONTROL) && cases.len() > 1);
}
