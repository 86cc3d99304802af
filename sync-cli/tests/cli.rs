//! The real binary against stand-ins of both services: what a user or a script sees.

mod books;
mod canary;
mod hostile;
#[cfg(unix)]
mod serve;
mod setup;
mod tampering;
mod vault;

use serde_json::Value;
use setup::{Installation, json, run};
use sync_sandbox::{Person, Sandbox, Scenario};

#[test]
fn the_demo_works_without_terminal_or_account_and_agrees() {
    let folder = tempfile::tempdir().unwrap();
    let result = run(folder.path(), &["demo", "--output", "json"], &[]);
    assert_eq!(result.code, 0, "{}", result.stderr);
    let demo = json(&result.stdout);
    assert_eq!(demo["schema"], "ml-connector/demo/1");
    assert_eq!(demo["succeeded"], true);
    assert!(
        demo["first_pass"]["passes"][0]["records_written"]
            .as_u64()
            .unwrap()
            > 10
    );
    assert_eq!(demo["third_pass"]["passes"][0]["records_written"], 0);
    assert_eq!(demo["reconciliation"]["connections"][0]["agrees"], true);
    assert_eq!(demo["totals"]["agrees"], true);
}

#[test]
fn the_demo_prints_tables_for_people_without_escape_sequences() {
    let folder = tempfile::tempdir().unwrap();
    let result = run(folder.path(), &["demo"], &[]);
    assert_eq!(result.code, 0, "{}", result.stderr);
    for expected in [
        "EXP-R00DemoAmara1",
        "Elif Demir",
        "agrees to the cent",
        "THIRD PASS",
    ] {
        assert!(
            result.stdout.contains(expected),
            "{expected}\n{}",
            result.stdout
        );
    }
    assert!(!result.stdout.contains('\u{1b}'));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_sync_writes_nothing_and_a_fixed_cause_frees_what_waited() {
    let sandbox = Sandbox::builder().rate_limits(false).start().await.unwrap();
    let place = Installation::connected(&sandbox).await;

    let first = place.run(&["--output", "json", "sync"]);
    assert_eq!(first.code, 10, "{}", first.stderr);
    let written = json(&first.stdout)["passes"][0]["records_written"]
        .as_u64()
        .unwrap();
    assert!(written > 10);

    let posts = sandbox.posts().len();
    let second = place.run(&["--output", "json", "sync"]);
    assert_eq!(second.code, 10, "{}", second.stderr);
    assert_eq!(json(&second.stdout)["passes"][0]["records_written"], 0);
    assert_eq!(sandbox.posts().len(), posts);

    let review = place.run(&["--output", "json", "review", "list"]);
    assert_eq!(review.code, 10);
    let items = json(&review.stdout);
    let notes: Vec<&str> = items["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|item| item["note"].as_str())
        .collect();
    assert!(
        notes.iter().any(|note| note.contains("Client Gifts")),
        "{notes:?}"
    );
    assert!(
        notes
            .iter()
            .any(|note| note.contains("elif@northwind.example")),
        "{notes:?}"
    );

    let suggested = place.run(&["mapping", "suggest"]);
    assert!(
        suggested.stdout.contains("category = \"Client Gifts\""),
        "{}",
        suggested.stdout
    );

    assert_eq!(place.run(&["audit", "verify"]).code, 0);
    assert_eq!(place.run(&["reconcile"]).code, 0);
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_byte_stable_and_a_stale_one_is_refused() {
    let sandbox = Sandbox::builder().rate_limits(false).start().await.unwrap();
    let place = Installation::connected(&sandbox).await;
    let (one, two) = (place.run(&["plan"]), place.run(&["plan"]));
    assert_eq!(one.code, 10, "{}", one.stderr);
    assert_eq!(one.stdout, two.stdout);
    assert!(
        one.stdout.contains("from category") || one.stdout.contains("from categoryGlCode"),
        "{}",
        one.stdout
    );

    assert_eq!(place.run(&["plan", "--out", "saved.json"]).code, 10);
    assert!(sandbox.edit_report("R00DemoAmara1", |report| report.expenses[0].amount += 100));
    let stale = place.run(&["sync", "--plan", "saved.json"]);
    assert_eq!(stale.code, 30, "{}", stale.stderr);
    assert!(stale.stderr.contains("R00DemoAmara1"), "{}", stale.stderr);
    assert!(
        stale.stderr.contains("fix: make a new plan"),
        "{}",
        stale.stderr
    );
    assert!(sandbox.posts().is_empty());
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_has_run_says_so_when_it_is_run_again() {
    let sandbox = Sandbox::builder().rate_limits(false).start().await.unwrap();
    let place = Installation::connected(&sandbox).await;
    assert_eq!(place.run(&["plan", "--out", "saved.json"]).code, 10);
    assert_eq!(place.run(&["sync", "--plan", "saved.json"]).code, 10);
    let posts = sandbox.posts().len();
    let again = place.run(&["sync", "--plan", "saved.json"]);
    assert_eq!(again.code, 30, "{}", again.stderr);
    assert!(
        again.stderr.contains("it has run already"),
        "{}",
        again.stderr
    );
    assert!(!again.stderr.contains("changed"), "{}", again.stderr);
    assert_eq!(sandbox.posts().len(), posts);
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_need_a_person() {
    let sandbox = Sandbox::builder().rate_limits(false).start().await.unwrap();
    let place = Installation::connected(&sandbox).await;
    place.connect_expensify("aa_someone_else", "wrong");
    let result = place.run(&["sync"]);
    assert_eq!(result.code, 20, "{}", result.stderr);
    assert!(
        result.stderr.contains("connect expensify"),
        "{}",
        result.stderr
    );
    assert!(!result.stderr.contains("wrong\""), "{}", result.stderr);
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_refresh_token_needs_a_person() {
    let sandbox = Sandbox::builder().rate_limits(false).start().await.unwrap();
    let place = Installation::connected(&sandbox).await;
    sandbox.person(Person::SpendRefreshToken).unwrap();
    // The access token ends at FreshBooks, and nothing is left to renew it with.
    sandbox.clock().advance(chrono::TimeDelta::hours(13));
    let result = place.run(&["sync"]);
    assert_eq!(result.code, 20, "{}{}", result.stdout, result.stderr);
    assert!(
        result.stderr.contains("connect freshbooks"),
        "{}",
        result.stderr
    );
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_nobody_wrote_makes_totals_disagree() {
    let sandbox = Sandbox::builder().rate_limits(false).start().await.unwrap();
    let place = Installation::connected(&sandbox).await;
    assert_eq!(place.run(&["sync"]).code, 10);
    // A person copies an expense, our mark included: FreshBooks now holds that money twice.
    let expenses = sandbox.expenses();
    let ours = |expense: &&Value| {
        expense["notes"]
            .as_str()
            .is_some_and(|notes| notes.contains("EXP-"))
    };
    let mut marked = expenses.iter().filter(ours);
    let (one, other) = (marked.next().unwrap(), marked.next().unwrap());
    let changes = serde_json::json!({"notes": one["notes"]});
    let id = other["id"]
        .as_u64()
        .or_else(|| other["expenseid"].as_u64())
        .unwrap();
    sandbox
        .person(Person::EditExpense {
            id,
            changes: changes.as_object().unwrap().clone(),
        })
        .unwrap();
    let result = place.run(&["--output", "json", "reconcile"]);
    assert_eq!(result.code, 40, "{}{}", result.stdout, result.stderr);
    assert_eq!(json(&result.stdout)["connections"][0]["agrees"], false);
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_finds_the_setup_sound_and_names_the_category_without_target() {
    let sandbox = Sandbox::builder().rate_limits(false).start().await.unwrap();
    let place = Installation::connected(&sandbox).await;
    let result = place.run(&["doctor"]);
    assert_eq!(result.code, 0, "{}{}", result.stdout, result.stderr);
    assert!(result.stdout.contains("Client Gifts"), "{}", result.stdout);
    assert!(!result.stdout.contains("FAIL"), "{}", result.stdout);
    assert!(
        result.stdout.contains("user:bills:write"),
        "{}",
        result.stdout
    );
    assert!(!result.stdout.contains("not granted"), "{}", result.stdout);
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_lists_the_scopes_of_the_grant_and_names_what_is_missing() {
    let mut scenario = Scenario::demo();
    let granted = ["bills", "bill_vendors", "taxes", "business"]
        .iter()
        .flat_map(|object| ["read", "write"].map(|verb| format!("user:{object}:{verb}")));
    scenario.freshbooks.oauth.scopes = granted.chain(["user:expenses:read".to_owned()]).collect();
    let sandbox = Sandbox::builder()
        .scenario(scenario)
        .rate_limits(false)
        .start()
        .await
        .unwrap();
    let place = Installation::connected(&sandbox).await;
    let result = place.run(&["doctor"]);
    assert_eq!(result.code, 20, "{}{}", result.stdout, result.stderr);
    for expected in [
        "ok    main: FreshBooks scopes: 10 granted: user:bill_vendors:read",
        "FAIL  main: FreshBooks scopes: user:expenses:write is not granted; it is needed to write company-paid expenses",
        "warn  main: FreshBooks scopes: user:journal_entries:read is not granted",
        "fix: tick user:expenses:write at the application",
    ] {
        assert!(
            result.stdout.contains(expected),
            "{expected}\n{}",
            result.stdout
        );
    }
    // What the configuration does not use is not missed.
    assert!(
        !result.stdout.contains("user:projects:read"),
        "{}",
        result.stdout
    );
    sandbox.shutdown().await;
}

#[test]
fn configuration_mistakes_end_with_30_and_name_the_line() {
    for (lines, expected) in [
        ("limts = 3\n", "`limits`"),
        (
            "[connection.schedule]\ncron = \"61 * * * *\"\nzone = \"UTC\"\n",
            "cron",
        ),
        (
            "[[connection]]\nname = \"main\"\nworkspaces = [\"B\"]\nstart_date = 2026-11-01\n",
            "two connections",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "version = 1\n[[connection]]\nname = \"main\"\nworkspaces = [\"A\"]\nstart_date = 2026-11-01\n{lines}"
        );
        std::fs::write(folder.path().join("ml-connector.toml"), text).unwrap();
        let result = run(folder.path(), &["status"], &[]);
        assert_eq!(result.code, 30, "{}", result.stderr);
        assert!(
            result.stderr.contains("ml-connector.toml:") && result.stderr.contains(expected),
            "{}",
            result.stderr
        );
        assert!(result.stderr.contains("  fix: "), "{}", result.stderr);
    }
}

#[test]
fn a_database_that_cannot_be_used_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["init"], &[]).code, 0);
    let database = folder.path().join("ml-connector.db");
    std::fs::write(&database, vec![7; 4_096]).unwrap();
    let foreign = run(folder.path(), &["status"], &[]);
    assert_eq!(foreign.code, 30, "{}", foreign.stderr);
    assert!(
        foreign.stderr.contains("is no SQLite database")
            && foreign.stderr.contains("name another file"),
        "{}",
        foreign.stderr
    );
    std::fs::remove_file(&database).unwrap();
    std::fs::create_dir(&database).unwrap();
    let folder_instead = run(folder.path(), &["status"], &[]);
    assert_eq!(folder_instead.code, 50, "{}", folder_instead.stderr);
    assert!(
        folder_instead
            .stderr
            .contains("this user may read and write the file"),
        "{}",
        folder_instead.stderr
    );
}

#[test]
fn init_writes_a_configuration_once() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["init"], &[]).code, 0);
    let again = run(folder.path(), &["init"], &[]);
    assert_eq!(again.code, 30);
    assert!(again.stderr.contains("exists"), "{}", again.stderr);
    assert_eq!(run(folder.path(), &["status"], &[]).code, 0);
}

#[test]
fn wrong_usage_ends_with_2_and_a_missing_configuration_with_30() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        run(folder.path(), &["sync", "--from", "2026-10-01"], &[]).code,
        2
    );
    let missing = run(folder.path(), &["--output", "json", "status"], &[]);
    assert_eq!(missing.code, 30);
    let error = json(&missing.stderr);
    assert_eq!(error["schema"], "ml-connector/error/1");
    assert_eq!(error["exit_code"], 30);
}

#[test]
fn without_a_terminal_nothing_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["init"], &[]).code, 0);
    let result = run(folder.path(), &["connect", "expensify"], &[]);
    assert_eq!(result.code, 30);
    assert!(
        result.stderr.contains("EXPENSIFY_USER_ID"),
        "{}",
        result.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn connect_listens_for_the_redirect_and_names_its_certificate() {
    let sandbox = Sandbox::builder().rate_limits(false).start().await.unwrap();
    let place = Installation::connected(&sandbox).await;
    // Whoever had it before has gone; nobody else asks for this one.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let redirect = format!("https://localhost:{port}/callback");
    let mut listening = place.listen_for_consent(&redirect);
    let fingerprint = listening.consent().await;
    let (code, said) = listening.ended();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains(&fingerprint), "{fingerprint} {said}");
    assert!(
        said.contains("not private") && said.contains("Proceed to localhost"),
        "{said}"
    );
    assert_eq!(place.run(&["plan"]).code, 10);
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_export_holds_every_entry() {
    let sandbox = Sandbox::builder().rate_limits(false).start().await.unwrap();
    let place = Installation::connected(&sandbox).await;
    assert_eq!(place.run(&["sync"]).code, 10);
    let exported = place.run(&[
        "--output",
        "json",
        "audit",
        "export",
        "--format",
        "jsonl",
        "--out",
        "trail.jsonl",
    ]);
    assert_eq!(exported.code, 0, "{}", exported.stderr);
    let lines = std::fs::read_to_string(place.folder().join("trail.jsonl")).unwrap();
    let count = u64::try_from(lines.lines().count()).unwrap();
    assert_eq!(json(&exported.stdout)["entries"].as_u64(), Some(count));
    assert_eq!(
        place
            .run(&["audit", "export", "--format", "csv", "--out", "trail.csv"])
            .code,
        0
    );
    assert_eq!(
        place
            .run(&["audit", "export", "--format", "csv", "--out", "trail.csv"])
            .code,
        30
    );
    sandbox.shutdown().await;
}
