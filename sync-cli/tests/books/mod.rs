//! What a person orders about written records, and what an auditor asks of the trail, through the program itself.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

use std::path::Path;

use serde_json::Value;
use sync_adapters::audit::PublicKey;
use sync_sandbox::{Person, Sandbox};

use crate::setup::{Installation, json};

const REPORT: &str = "R00DemoAmara1";
const AMARA: &str = "EXP-R00DemoAmara1";

/// An installation that has written the demo, on a sandbox of its own.
async fn synced() -> (Sandbox, Installation) {
    let sandbox = Sandbox::builder().rate_limits(false).start().await.unwrap();
    let place = Installation::connected(&sandbox).await;
    let first = place.run(&["sync"]);
    assert_eq!(first.code, 10, "{}", first.stderr);
    (sandbox, place)
}

fn change_report(sandbox: &Sandbox) {
    assert!(sandbox.edit_report(REPORT, |report| {
        report.expenses[2].modified_amount = Some(2075);
    }));
    let id = REPORT.to_owned();
    sandbox.person(Person::ApproveReport { id }).unwrap();
}

fn item(place: &Installation, kind: &str) -> String {
    let listed = place.run(&["--output", "json", "review", "list"]);
    let items = json(&listed.stdout);
    let items = items["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["kind"] == kind).unwrap();
    item["number"].to_string()
}

/// Mark and total of Amara's bills that count.
fn bills(sandbox: &Sandbox) -> Vec<(String, String)> {
    let bills = sandbox.bills().into_iter();
    let ours = bills.filter(|bill| {
        let number = bill["bill_number"].as_str().unwrap_or_default();
        bill["vis_state"] != 1 && number.starts_with(AMARA)
    });
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    ours.map(|bill| {
        (
            text(&bill["bill_number"]),
            text(&bill["total_amount"]["amount"]),
        )
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_report_is_corrected_by_command_and_the_books_agree() {
    for (way, mark, after_order) in [
        ("--update", AMARA, 1),
        ("--void-and-repost", "EXP-R00DemoAmara1-2", 0),
    ] {
        let (sandbox, place) = synced().await;
        change_report(&sandbox);
        assert_eq!(place.run(&["sync"]).code, 10);
        let number = item(&place, "changed_after_posting");
        let without = place.run(&["review", "correct", &number, way]);
        assert_eq!(without.code, 2, "a reason is asked for");
        let order = [
            "review",
            "correct",
            &number,
            way,
            "--reason",
            "agreed with Amara",
        ];
        let ordered = place.run(&order);
        assert_eq!(ordered.code, 0, "{}", ordered.stderr);
        assert_eq!(bills(&sandbox).len(), after_order, "{way}");
        assert_eq!(place.run(&["sync"]).code, 10);
        assert_eq!(bills(&sandbox), [(mark.to_owned(), "801.75".to_owned())]);
        let reconciled = place.run(&["reconcile"]);
        assert_eq!(reconciled.code, 0, "{}", reconciled.stdout);
        assert_eq!(place.run(&["audit", "verify"]).code, 0);
        sandbox.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_bill_is_refused_with_the_reason_and_can_be_left_as_it_is() {
    let (sandbox, place) = synced().await;
    let id = sandbox
        .bills()
        .iter()
        .find(|bill| bill["bill_number"] == AMARA)
        .unwrap()["id"]
        .as_u64()
        .unwrap();
    sandbox.person(Person::PayBill { id }).unwrap();
    change_report(&sandbox);
    assert_eq!(place.run(&["sync"]).code, 10);
    let number = item(&place, "changed_after_posting");
    let refused = place.run(&["review", "correct", &number, "--update", "--reason", "r"]);
    assert_eq!(refused.code, 30);
    assert!(
        refused.stderr.contains("a paid bill is never changed"),
        "{}",
        refused.stderr
    );
    let accepted = place.run(&[
        "review", "correct", &number, "--accept", "--reason", "paid out",
    ]);
    assert_eq!(accepted.code, 0, "{}", accepted.stderr);
    assert_eq!(place.run(&["sync"]).code, 10);
    let reconciled = place.run(&["reconcile"]);
    assert_eq!(reconciled.code, 0, "{}", reconciled.stdout);
    assert!(
        reconciled.stdout.contains("paid out"),
        "{}",
        reconciled.stdout
    );
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_database_put_back_is_found_and_nothing_is_signed_over_it() {
    let (sandbox, place) = synced().await;
    assert_eq!(place.run(&["audit", "verify"]).code, 0);
    let names = [
        "ml-connector.db",
        "ml-connector.db-wal",
        "ml-connector.db-shm",
    ];
    let copy = |from: &Path, to: &Path| {
        for name in names {
            let _ = std::fs::remove_file(to.join(name));
            if from.join(name).exists() {
                std::fs::copy(from.join(name), to.join(name)).unwrap();
            }
        }
    };
    let backup = tempfile::tempdir().unwrap();
    copy(place.folder(), backup.path());
    assert_eq!(place.run(&["sync"]).code, 10);
    copy(backup.path(), place.folder());
    let verdict = place.run(&["--output", "json", "audit", "verify"]);
    assert_eq!(verdict.code, 40, "{}", verdict.stdout);
    let trail = json(&verdict.stdout)["trails"][0].clone();
    let covered = trail["entries"].as_u64().unwrap();
    assert_eq!(trail["first_bad_entry"], covered + 1, "{trail}");
    assert_eq!(place.run(&["audit", "checkpoint"]).code, 40);
    let sync = place.run(&["sync"]);
    assert_eq!(sync.code, 40, "{}", sync.stderr);
    assert!(
        sync.stderr.contains("nothing was signed"),
        "{}",
        sync.stderr
    );
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_gets_a_proof_of_one_bill_that_the_public_key_confirms() {
    let (sandbox, place) = synced().await;
    let prove = ["audit", "prove", AMARA, "--out", "bill.tlog-proof"];
    let proven = place.run(&[&["--output", "json"], &prove[..]].concat());
    assert_eq!(proven.code, 0, "{}", proven.stderr);
    let proven = json(&proven.stdout);
    let key = PublicKey::parse(proven["public_key"].as_str().unwrap()).unwrap();
    let proof = std::fs::read_to_string(place.folder().join("bill.tlog-proof")).unwrap();
    key.verify(proof.split_once("\n\n").unwrap().1).unwrap();
    let unknown = place.run(&["audit", "prove", "EXP-none", "--out", "x"]);
    assert_eq!(unknown.code, 30);
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_gets_a_signed_report_whose_parts_sum_to_what_was_approved() {
    let (sandbox, place) = synced().await;
    let at = |name: &str| place.folder().join(name);
    let checked = place.run(&["--output", "json", "audit", "verify"]);
    let key = json(&checked.stdout)["trails"][0]["public_key"].clone();
    let key = PublicKey::parse(key.as_str().unwrap()).unwrap();
    for format in ["csv", "json"] {
        let name = format!("report.{format}");
        let command = ["audit", "report", "--format", format, "--out", &name];
        let report = place.run(&command);
        assert_eq!(report.code, 0, "{}", report.stderr);
        let note = std::fs::read_to_string(at(&format!("{name}.note"))).unwrap();
        let signed = key.verify(&note).unwrap();
        assert!(signed.starts_with("ml-connector completeness report\n"));
        assert_eq!(
            place.run(&command).code,
            30,
            "a report is never overwritten"
        );
    }
    let report = json(&std::fs::read_to_string(at("report.json")).unwrap());
    assert_eq!(report["agrees"], true);
    let totals = report["totals"].as_array().unwrap();
    let left = totals.iter().filter(|total| total["what"] == "difference");
    let left: Vec<_> = left.map(|total| cents(&total["amount"])).collect();
    assert!(
        !left.is_empty() && left.iter().all(|cents| *cents == 0),
        "{totals:?}"
    );
    let parts = report["parts"].as_array().unwrap();
    for (number, part) in (1_u64..).zip(parts) {
        assert_eq!(part["number"], number, "a gap-free sequence");
        let posted = part["whereabouts"] == "posted";
        let in_freshbooks = !part["freshbooks_id"].as_str().unwrap().is_empty();
        assert_eq!(posted, in_freshbooks, "{part}");
    }
    // What is not simply posted is summed by reason, and the reasons sum to the totals.
    let reasons = report["reasons"].as_array().unwrap();
    for what in ["in_flight", "in_review", "skipped", "drifted"] {
        let of = |rows: &[Value], column: &str| -> i64 {
            let rows = rows.iter().filter(|row| row[column] == what);
            rows.map(|row| cents(&row["amount"])).sum()
        };
        assert_eq!(of(reasons, "whereabouts"), of(totals, "what"), "{what}");
    }
    assert!(reasons.len() > 2 && reasons.iter().all(|row| row["reason"] != ""));
    // The table says the same: what is approved is the sum of its parts, in whole cents.
    let mut csv = csv::Reader::from_path(at("report.csv")).unwrap();
    let (mut approved, mut accounted) = (0_i64, 0_i64);
    for row in csv.records() {
        let row = row.unwrap();
        match &row[0] {
            "approved" => approved += cents(&row[8].into()),
            "part" => accounted += cents(&row[8].into()),
            _ => {}
        }
    }
    assert!(approved > 0);
    assert_eq!(approved, accounted);
    sandbox.shutdown().await;
}

fn cents(amount: &Value) -> i64 {
    amount.as_str().unwrap().replace('.', "").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_configuration_is_in_the_trail_with_who_and_why() {
    let (sandbox, place) = synced().await;
    let path = place.folder().join("ml-connector.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let said =
        "[audit]\nchanged_by = \"Ann Smith\"\nchange_reason = \"six weeks to pay\"\n[services]";
    let text = text.replace("[services]", said) + "[connection.bills]\ndue_days = 45\n";
    std::fs::write(&path, text).unwrap();
    assert_eq!(place.run(&["sync"]).code, 10);
    assert_eq!(place.run(&["sync"]).code, 10);
    let listed = place.run(&["--output", "json", "audit", "list", "--limit", "10000"]);
    let listed = json(&listed.stdout);
    let changes: Vec<_> = listed["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["action"] == "configuration_changed")
        .collect();
    assert_eq!(changes.len(), 2, "the first pass and the change");
    assert_eq!(changes[1]["actor"], "Ann Smith");
    assert!(
        changes[1]["detail"]
            .as_str()
            .unwrap()
            .ends_with("six weeks to pay")
    );
    sandbox.shutdown().await;
}

/// Makes an expense of ours once more through the API, notes and all, as somebody who copies it by hand does.
async fn copy_expense(sandbox: &Sandbox) -> String {
    let original = sandbox.expenses().swap_remove(0);
    let fields = ["amount", "categoryid", "staffid", "date", "vendor", "notes"];
    let copy: serde_json::Map<String, Value> = fields
        .iter()
        .map(|field| ((*field).to_owned(), original[*field].clone()))
        .collect();
    let url = format!(
        "{}/accounting/account/zDmNq/expenses/expenses",
        sandbox.freshbooks_url()
    );
    let answer = reqwest::Client::new()
        .post(url)
        .bearer_auth(sandbox.live_tokens().0.unwrap())
        .header("content-type", "application/json")
        .body(serde_json::json!({"expense": copy}).to_string())
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success());
    original["id"].to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_command_keeps_one_of_two_records_under_a_mark() {
    let (sandbox, place) = synced().await;
    let original = copy_expense(&sandbox).await;
    assert_eq!(place.run(&["reconcile"]).code, 40);
    let number = item(&place, "duplicate_records");
    // The item says what to type, and names the records.
    let shown = place.run(&["review", "show", &number]);
    let command = format!("`review correct {number}` with --keep");
    assert!(shown.stdout.contains(&command), "{}", shown.stdout);
    assert!(shown.stdout.contains(&original), "{}", shown.stdout);
    let keep = |record: &str, more: &[&str]| {
        let order = ["--output", "json", "review", "correct", &number];
        let how = ["--keep", record, "--reason", "entered twice"];
        place.run(&[&order[..], &how, more].concat())
    };
    let refused = keep("999999", &[]);
    assert_eq!(refused.code, 30);
    assert!(
        refused.stderr.contains("none of that number"),
        "{}",
        refused.stderr
    );
    let kept = keep(&original, &[]);
    assert_eq!(kept.code, 0, "{}", kept.stderr);
    assert_eq!(json(&kept.stdout)["corrections"][0]["state"], "verified");
    assert_eq!(place.run(&["reconcile"]).code, 0);
    assert_eq!(place.run(&["audit", "verify"]).code, 0);
    let trail = place.run(&["audit", "list", "--limit", "10000"]).stdout;
    assert!(trail.contains("review_correct_keep") && trail.contains("entered twice"));
    sandbox.shutdown().await;
}
