//! The binary.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

#[test]
fn the_binary_prints_one_line_of_json_and_serves() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sync-sandbox"))
        .args(["--scenario", "demo", "--now", "2026-07-15T12:00:00Z"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let greeting: Value = serde_json::from_str(&line).unwrap();
    let url = greeting["freshbooks"]["url"].as_str().unwrap();
    let address = url.strip_prefix("http://").unwrap();
    assert!(
        std::net::TcpStream::connect(address).is_ok(),
        "{url} answers"
    );
    assert_eq!(greeting["freshbooks"]["accounts"][0]["account_id"], "zDmNq");
    assert_eq!(
        greeting["expensify"]["partner_user_id"],
        "aa_finance_northwind_example"
    );
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_scenario_that_cannot_be_read_is_a_clear_error() {
    let output = Command::new(env!("CARGO_BIN_EXE_sync-sandbox"))
        .args(["--scenario", "no-such-file.toml"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.starts_with("sync-sandbox: cannot read scenario no-such-file.toml: "),
        "{text}"
    );
}
