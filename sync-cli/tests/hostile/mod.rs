//! Text as a malicious employee would write it, from Expensify to FreshBooks, the terminal and every file; and addresses
//! that would lead a token astray.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, outside of test functions"
)]

use std::path::Path;

use serde_json::Value;
use sync_sandbox::{Sandbox, Scenario};

use crate::setup::{Installation, Run, json};

/// Formula, terminal escapes of both kinds, NUL, reversed writing, SQL, FreeMarker, JSON, markup, and one of our marks.
const HOSTILE: &str = "=HYPERLINK(\"http://evil.test\";\"x\")\u{1b}[31m\u{9b}2J\u{0}\u{7}\u{202e}txet\u{2066}'; DROP TABLE \
                       reports;-- ${7*7} <#assign x=1> </#list> \"}],\"k\":\"end\"\r\n{\"k\":\"rep\"} <script> EXP-R00DemoBen001";

fn scenario() -> Scenario {
    let mut scenario = Scenario::demo();
    for policy in &mut scenario.expensify.policies {
        for employee in &mut policy.employees {
            if employee.email.starts_with("amara") {
                HOSTILE.clone_into(&mut employee.first_name);
            }
        }
    }
    for report in &mut scenario.expensify.reports {
        match report.id.as_str() {
            // Still mapped: it must be posted, to the cent.
            "R00DemoAmara1" => {
                report.name = format!("+{HOSTILE}");
                report
                    .custom_fields
                    .insert("Note".to_owned(), HOSTILE.to_owned());
                for expense in &mut report.expenses {
                    expense.merchant = format!("@{HOSTILE}");
                    expense.comment = format!("-{HOSTILE}");
                }
                report.expenses[0].merchant = "M".repeat(1_000_000);
                report.expenses[1].comment = HOSTILE.repeat(1_000);
            }
            // Of no known category: its review item carries the text.
            "R00DemoBen001" => {
                HOSTILE.clone_into(&mut report.name);
                for expense in &mut report.expenses {
                    HOSTILE.clone_into(&mut expense.category);
                    expense.tags = vec![HOSTILE.to_owned()];
                    HOSTILE.clone_into(&mut expense.merchant);
                }
            }
            _ => {}
        }
    }
    scenario
}

/// What steers a terminal, or makes a line read as another.
fn steers(letter: char) -> bool {
    (letter.is_control() && letter != '\n')
        || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn assert_calm(arguments: &[&str], run: &Run) {
    for text in [&run.stdout, &run.stderr] {
        let found = text.find(steers);
        assert_eq!(
            found,
            None,
            "{arguments:?} prints {:?}",
            found.map(|at| &text[at..])
        );
        // Lengths are cut: a merchant of a megabyte is no wall of text.
        assert!(!text.contains(&"M".repeat(5_000)), "{arguments:?}");
    }
}

/// Every text below a JSON value.
fn texts<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn assert_guarded(path: &Path) {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_path(path)
        .unwrap();
    let mut cells = 0;
    for row in reader.records() {
        for cell in &row.unwrap() {
            let is_amount = cell
                .trim_start_matches('-')
                .starts_with(|c: char| c.is_ascii_digit());
            assert!(
                is_amount || !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']),
                "{}: {cell:?}",
                path.display()
            );
            cells += 1;
        }
    }
    assert!(cells > 20, "{} has only {cells} cells", path.display());
}

/// Everything that prints or writes text of the services, and the exit code it ends with.
const COMMANDS: [(&[&str], i32); 16] = [
    (&["plan"], 10),
    (&["--output", "json", "plan"], 10),
    (&["sync"], 10),
    (&["--output", "json", "sync"], 10),
    (&["status"], 0),
    (&["review", "list"], 0),
    (&["--output", "json", "review", "list"], 0),
    (&["mapping", "suggest"], 0),
    (&["reconcile"], 0),
    (&["--output", "json", "reconcile"], 0),
    (&["audit", "list"], 0),
    (&["--output", "json", "audit", "list"], 0),
    (&["audit", "verify"], 0),
    (
        &["audit", "export", "--format", "csv", "--out", "trail.csv"],
        0,
    ),
    (
        &[
            "audit",
            "export",
            "--format",
            "jsonl",
            "--out",
            "trail.jsonl",
        ],
        0,
    ),
    (
        &[
            "audit",
            "report",
            "--from",
            "2020-01-01",
            "--to",
            "2100-01-01",
            "--out",
            "report.csv",
        ],
        0,
    ),
];

/// Runs every command; none of them may steer a terminal.
fn run_all(place: &Installation) {
    for (arguments, code) in COMMANDS {
        let run = place.run(arguments);
        assert!(
            run.code == code || (code == 0 && run.code == 10),
            "{arguments:?} ended with {}: {}",
            run.code,
            run.stderr
        );
        assert_calm(arguments, &run);
        if arguments[0] == "--output" {
            json(&run.stdout);
        }
    }
}

/// The books: Amara's bill is there once, to the cent, and no text in any record is long or steers anything.
fn assert_clean_books(sandbox: &Sandbox) {
    let bills = sandbox.bills();
    let ours: Vec<_> = bills
        .iter()
        .filter(|bill| bill["bill_number"] == "EXP-R00DemoAmara1")
        .collect();
    assert_eq!(ours.len(), 1);
    assert_eq!(ours[0]["total_amount"]["amount"], "799.75");
    assert_eq!(ours[0]["lines"].as_array().unwrap().len(), 4);
    assert!(
        bills
            .iter()
            .all(|bill| bill["bill_number"] != "EXP-R00DemoBen001"),
        "a mark quoted in a comment is no record, and an unknown category is held"
    );
    for record in bills
        .iter()
        .chain(&sandbox.expenses())
        .chain(&sandbox.vendors())
    {
        let mut found = Vec::new();
        texts(record, &mut found);
        for text in found {
            assert!(
                text.chars().count() <= 1_000,
                "{} letters",
                text.chars().count()
            );
            assert!(!text.contains(steers), "{text:?}");
            // FreeMarker never saw it as a template.
            assert!(!text.contains("reports;-- 49"), "{text:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_text_reaches_the_books_cut_and_clean_and_never_steers_a_terminal_or_a_spreadsheet()
{
    let scenario = scenario();
    let builder = Sandbox::builder().scenario(scenario.clone());
    let sandbox = builder.rate_limits(false).start().await.unwrap();
    let place = Installation::configured(&sandbox, &scenario);
    place.connect_again().await;
    run_all(&place);
    // The review item says what was held, readably.
    let listed = place.run(&["review", "list"]).stdout;
    assert!(listed.contains("HYPERLINK"), "{listed}");
    assert_guarded(&place.folder().join("trail.csv"));
    assert_guarded(&place.folder().join("report.csv"));
    let trail = std::fs::read_to_string(place.folder().join("trail.jsonl")).unwrap();
    trail.lines().for_each(|line| drop(json(line)));
    assert_clean_books(&sandbox);
    sandbox.shutdown().await;
}

/// Modes of what lies in a folder, by name from there.
#[cfg(unix)]
fn modes(folder: &Path, found: &mut Vec<(String, u32)>) {
    use std::os::unix::fs::PermissionsExt as _;

    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = std::fs::metadata(&path).unwrap();
        found.push((
            path.display().to_string(),
            metadata.permissions().mode() & 0o777,
        ));
        if metadata.is_dir() {
            modes(&path, found);
        }
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn what_the_program_writes_is_its_owners_alone_and_doctor_warns_when_it_no_longer_is() {
    use std::os::unix::fs::PermissionsExt as _;

    let sandbox = Sandbox::builder().rate_limits(false).start().await.unwrap();
    let place = Installation::connected(&sandbox).await;
    for arguments in [
        &["init", "--path", "fresh.toml"][..],
        &["plan", "--out", "plan.json"],
        &["sync"],
        &["audit", "export", "--format", "csv", "--out", "trail.csv"],
        &[
            "audit",
            "report",
            "--from",
            "2020-01-01",
            "--to",
            "2100-01-01",
            "--out",
            "report.csv",
        ],
    ] {
        let run = place.run(arguments);
        assert!([0, 10].contains(&run.code), "{arguments:?}: {}", run.stderr);
    }
    let mut found = Vec::new();
    modes(place.folder(), &mut found);
    for name in [
        "fresh.toml",
        "plan.json",
        "trail.csv",
        "report.csv",
        ".db",
        ".key",
        "audit-key",
    ] {
        assert!(
            found.iter().any(|(path, _)| path.ends_with(name)),
            "no {name} in {found:?}"
        );
    }
    for (path, mode) in found {
        // The test wrote the configuration; checkpoints hold sizes and hashes, for others to read and nobody to change.
        let public = path.ends_with("ml-connector.toml") || path.contains("ml-connector-audit");
        let others = if public { 0o022 } else { 0o077 };
        assert_eq!(mode & others, 0, "{path} has mode {mode:03o}");
    }
    for (name, mode, warning) in [
        ("ml-connector.db", 0o640, "others can read"),
        ("ml-connector.toml", 0o666, "others can change"),
        ("ml-connector-audit", 0o777, "others can change"),
    ] {
        let path = place.folder().join(name);
        let before = std::fs::metadata(&path).unwrap().permissions();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let doctor = place.run(&["doctor"]);
        assert_eq!(doctor.code, 0, "{}", doctor.stdout);
        let warned = doctor
            .stdout
            .lines()
            .any(|line| line.contains(warning) && line.contains(name));
        assert!(warned, "{name}: {}", doctor.stdout);
        assert!(doctor.stdout.contains("chmod"), "{}", doctor.stdout);
        std::fs::set_permissions(&path, before).unwrap();
    }
    sandbox.shutdown().await;
}

/// Answers every request with a redirect, and keeps the first line of each. The address and what came.
async fn redirecting_to(target: String) -> (String, std::sync::Arc<std::sync::Mutex<Vec<String>>>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let requests = std::sync::Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = vec![0; 65_536];
            let read = stream.read(&mut bytes).await.unwrap_or(0);
            let head = String::from_utf8_lossy(&bytes[..read]).into_owned();
            requests
                .lock()
                .unwrap()
                .push(head.lines().next().unwrap_or_default().to_owned());
            let answer = format!(
                "HTTP/1.1 307 Temporary Redirect\r\nlocation: {target}/caught\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (address, seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_redirect_takes_a_token_or_a_secret_to_another_host() {
    let sandbox = Sandbox::builder().rate_limits(false).start().await.unwrap();
    let place = Installation::connected(&sandbox).await;
    let (elsewhere, caught) = redirecting_to("http://127.0.0.1:9".to_owned()).await;
    let path = place.folder().join("ml-connector.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    for url in [sandbox.freshbooks_url(), sandbox.expensify_url()] {
        let (redirecting, asked) = redirecting_to(elsewhere.clone()).await;
        std::fs::write(&path, text.replace(&url, &redirecting)).unwrap();
        for command in ["sync", "doctor"] {
            let run = place.run(&[command]);
            assert_ne!(run.code, 0, "{command}: {}", run.stdout);
        }
        assert!(!asked.lock().unwrap().is_empty(), "it was asked");
    }
    assert_eq!(*caught.lock().unwrap(), Vec::<String>::new());
    sandbox.shutdown().await;
}

#[test]
fn plain_http_to_another_machine_is_refused_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    for service in ["expensify", "freshbooks"] {
        let text = format!(
            "version = 1\n[services]\n{service} = \"http://192.0.2.1:8098\"\n[[connection]]\nname = \"main\"\n\
             workspaces = [\"A1\"]\nstart_date = 2026-11-01\n"
        );
        std::fs::write(folder.path().join("ml-connector.toml"), text).unwrap();
        let run = crate::setup::run(folder.path(), &["sync"], &[]);
        assert_eq!(run.code, 30);
        assert!(
            run.stderr.contains("would send credentials unencrypted"),
            "{}",
            run.stderr
        );
    }
}
