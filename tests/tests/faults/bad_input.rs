//! Wrong credentials, a plan without bills, missing scopes, damaged exports, currencies that do not fit: what is said.

use std::sync::Arc;
use std::time::Duration;

use sync_core::model::{ExpensifyKey, Provider};
use sync_core::ports::{Credential, CredentialStore};
use sync_core::{Error, ErrorKind};
use sync_sandbox::{Effect, ErrorForm, Fault, Person, Scenario, Service};
use sync_tests::{ChangedExport, Rig, RigOptions};

use crate::support::{few, impatient, small};

fn assert_says(error: &Error, kind: ErrorKind, parts: &[&str]) {
    let text = error.to_string();
    assert_eq!(error.kind(), kind, "{text}");
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
}

async fn replace(rig: &Rig, credential: Credential) {
    let provider = credential.provider();
    let stored = rig
        .credentials
        .load(&rig.connection.id, provider)
        .await
        .unwrap();
    rig.credentials
        .replace(
            &rig.connection.id,
            stored.map(|stored| stored.version),
            credential,
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn wrong_expensify_credentials_are_named_with_the_remedy_and_new_ones_work_at_once() {
    let rig = small().await;
    let good = rig
        .credentials
        .load(&rig.connection.id, Provider::Expensify)
        .await
        .unwrap()
        .unwrap()
        .credential;
    let wrong = ExpensifyKey {
        user_id: "aa_somebody_else".to_owned(),
        user_secret: "canary-of-a-wrong-secret".to_owned().into(),
    };
    replace(&rig, Credential::Expensify(wrong)).await;
    let error = rig.try_sync().await.unwrap_err();
    assert_says(
        &error,
        ErrorKind::Unauthorized,
        &[
            "Expensify refused the credentials",
            "expensify.com/tools/integrations",
            "ml-connector connect expensify",
        ],
    );
    assert!(
        !format!("{error:?} {error}").contains("canary"),
        "a secret in {error:?}"
    );
    assert!(rig.sandbox.counters(Service::FreshBooks).is_empty());
    replace(&rig, good).await;
    assert_eq!(rig.sync().await.written, 5);
}

#[tokio::test]
async fn missing_credentials_are_named_with_the_command_that_stores_them() {
    for (provider, command) in [
        (Provider::Expensify, "connect expensify"),
        (Provider::FreshBooks, "connect freshbooks"),
    ] {
        let rig = small().await;
        rig.credentials
            .forget(&rig.connection.id, provider)
            .await
            .unwrap();
        let error = rig.try_sync().await.unwrap_err();
        assert_says(&error, ErrorKind::Unauthorized, &[command]);
        assert!(rig.sandbox.posts().is_empty());
    }
}

#[tokio::test]
async fn a_spent_refresh_token_asks_for_consent_and_work_goes_on_after_it() {
    let rig = small().await;
    rig.sandbox.person(Person::SpendRefreshToken).unwrap();
    rig.advance(Duration::from_hours(13));
    let error = rig.try_sync().await.unwrap_err();
    assert_says(
        &error,
        ErrorKind::Unauthorized,
        &[
            "refresh token is spent",
            "ml-connector connect freshbooks",
            "nothing is lost",
        ],
    );
    // It is known to be spent now: FreshBooks is not asked again.
    rig.sandbox.clear_requests();
    rig.try_sync().await.unwrap_err();
    assert_eq!(rig.requests(Service::FreshBooks, &["token"]), 0);
    assert!(rig.sandbox.posts().is_empty());
    assert_eq!(rig.reports().await.len(), 2, "what was read stays");
    let clock = sync_tests::SandboxClock(rig.sandbox.clock().clone());
    rig.sandbox.reset();
    for credential in sync_tests::credentials_of(&few(), &clock) {
        replace(&rig, credential).await;
    }
    assert_eq!(rig.sync().await.written, 5);
    rig.assert_each_record_exists_once("after new consent")
        .await;
}

#[tokio::test]
async fn an_answer_to_a_refresh_that_was_lost_locks_out_until_consent_and_loses_nothing() {
    let rig = small().await;
    rig.fault(
        Fault::on(Service::FreshBooks, Effect::DropAfter)
            .method("POST")
            .path("/token"),
    );
    rig.advance(Duration::from_hours(13));
    rig.try_sync().await.unwrap_err();
    rig.advance(Duration::from_mins(10));
    let error = rig.try_sync().await.unwrap_err();
    assert_says(
        &error,
        ErrorKind::Unauthorized,
        &["refresh token is spent", "ml-connector connect freshbooks"],
    );
    assert!(rig.sandbox.posts().is_empty());
}

#[tokio::test]
async fn tokens_are_renewed_on_the_way_and_each_refresh_token_is_used_once() {
    let rig = small().await;
    for _ in 0..4 {
        rig.advance(Duration::from_hours(11));
        rig.sync().await;
        rig.assert_each_record_exists_once("after a renewal").await;
    }
    assert_eq!(rig.requests(Service::FreshBooks, &["POST", "token"]), 4);
}

/// The demo's two reports on a plan without bills.
fn without_bills(form: ErrorForm, as_200: bool) -> Scenario {
    let mut scenario = few();
    scenario.freshbooks.businesses[0].accounts_payable = false;
    scenario.freshbooks.settings.error_form = form;
    scenario.freshbooks.settings.gates_as_200 = as_200;
    scenario
}

#[tokio::test]
async fn a_plan_without_accounts_payable_holds_bills_and_says_so_in_every_form_of_the_refusal() {
    for (form, as_200) in [
        (ErrorForm::Rpc, false),
        (ErrorForm::Rpc, true),
        (ErrorForm::Legacy, false),
        (ErrorForm::Legacy, true),
    ] {
        let context = format!("{form:?} {as_200}");
        let rig = Rig::of(without_bills(form, as_200)).await;
        let summary = rig.sync().await;
        assert_eq!((summary.written, summary.held_reports), (0, 2), "{context}");
        let kinds: Vec<&str> = rig
            .review()
            .await
            .iter()
            .map(|item| item.cause.kind())
            .collect();
        assert!(kinds.contains(&"not_permitted"), "{context}: {kinds:?}");
        let note = rig.cause("not_permitted").await.note();
        assert!(note.contains("Accounts Payable"), "{context}: {note}");
        assert_eq!(
            rig.requests(Service::FreshBooks, &["POST", "/bills/bills"]),
            0,
            "{context}"
        );
        rig.assert_agrees(&context).await;
    }
}

#[tokio::test]
async fn a_missing_scope_is_named_and_nothing_is_lost() {
    let scopes = |missing: &str| -> Vec<String> {
        let objects = [
            "bills",
            "bill_vendors",
            "bill_payments",
            "expenses",
            "taxes",
            "projects",
            "clients",
            "journal_entries",
            "teams",
            "business",
        ];
        let all = objects
            .iter()
            .flat_map(|object| ["read", "write"].map(|verb| format!("user:{object}:{verb}")));
        all.filter(|scope| scope != missing).collect()
    };
    // Without the right to write, the record waits for a person.
    let mut scenario = few();
    scenario.freshbooks.oauth.scopes = scopes("user:expenses:write");
    let rig = Rig::of(scenario).await;
    let summary = rig.sync().await;
    assert_eq!(summary.written, 2, "{summary:?} {:?}", rig.held().await);
    let note = rig.cause("not_permitted").await.note();
    assert!(note.contains("scope"), "{note}");
    rig.assert_agrees("without user:expenses:write").await;
    // Without the right to read, nothing can be proven, so nothing is sent.
    let mut scenario = few();
    scenario.freshbooks.oauth.scopes = scopes("user:bills:read");
    let rig = Rig::of(scenario).await;
    let error = rig.try_sync().await.unwrap_err();
    assert_says(
        &error,
        ErrorKind::Unauthorized,
        &["bills", "scope", "ml-connector connect freshbooks"],
    );
    assert!(rig.sandbox.posts().is_empty());
}

#[tokio::test]
async fn a_damaged_export_is_told_as_what_it_is_with_its_line_and_what_to_do() {
    let table: [(Effect, &[&str]); 4] = [
        (
            Effect::CutBody { bytes: 2_000 },
            &[
                "line 4 of the export: the file stops before its end record",
                "run it again later",
            ],
        ),
        (
            Effect::Truncate { bytes: 2_000 },
            &[
                "the connection broke before the end of the file",
                "check the network",
            ],
        ),
        (
            Effect::HtmlAfter,
            &[
                "line 1 of the export: Expensify sent an HTML page",
                "sign-in page",
            ],
        ),
        (
            Effect::EmptyAfter,
            &["line 1 of the export: the file is empty", "later"],
        ),
    ];
    for (effect, parts) in table {
        let rig = impatient().await;
        rig.fault(
            Fault::on(Service::Expensify, effect.clone())
                .job("download")
                .every(),
        );
        let error = rig.try_sync().await.unwrap_err();
        assert_says(&error, ErrorKind::Unavailable, parts);
        // That it was waited for in vain is no news to anybody.
        assert!(
            !error.to_string().contains("attempts"),
            "{effect:?}: {error}"
        );
        assert_eq!(rig.watermark().await, None);
    }
}

#[tokio::test]
async fn a_connection_that_breaks_behind_some_reports_says_behind_how_many() {
    let rig = impatient().await;
    rig.fault(
        Fault::on(Service::Expensify, Effect::Truncate { bytes: 5_500 })
            .job("download")
            .every(),
    );
    let error = rig.try_sync().await.unwrap_err();
    assert_says(
        &error,
        ErrorKind::Unavailable,
        &["after report 1 of it", "the connection broke"],
    );
    assert_eq!(rig.watermark().await, None);
}

#[tokio::test]
async fn an_export_of_another_template_or_version_is_refused_for_good() {
    let table: [(&str, &str, &str); 3] = [
        ("\"v\":1,", "\"v\":2,", "line 1"),
        ("ml-connector/export", "somebody-else/export", "line 1"),
        ("{\"k\":\"begin\"", "\u{feff}{\"k\":\"begin\"", "line 1"),
    ];
    for (from, to, part) in table {
        let change = ChangedExport(Arc::new(move |text: String| text.replacen(from, to, 1)));
        let file_patience = Duration::from_millis(300);
        let options = RigOptions {
            scenario: few(),
            file_patience,
            changed_export: Some(change),
            ..RigOptions::default()
        };
        let rig = Rig::with(options).await;
        match rig.try_sync().await {
            Ok(summary) => assert_eq!(
                (to.starts_with('\u{feff}'), summary.written),
                (true, 5),
                "{to}"
            ),
            Err(error) => assert_says(&error, ErrorKind::Invalid, &[part]),
        }
    }
}

#[tokio::test]
async fn reordered_and_doubled_lines_are_refused_and_nothing_is_written() {
    let doubled = |text: String| {
        let line = text.lines().nth(2).unwrap().to_owned();
        text.replacen(&line, &format!("{line}\n{line}"), 1)
    };
    let reordered = |text: String| {
        let mut lines: Vec<&str> = text.lines().collect();
        lines.swap(1, 2);
        lines.join("\n") + "\n"
    };
    let dropped = |text: String| {
        let kept: Vec<&str> = text
            .lines()
            .enumerate()
            .filter(|(number, _)| *number != 3)
            .map(|(_, line)| line)
            .collect();
        kept.join("\n") + "\n"
    };
    let changes: [ChangedExport; 3] = [
        ChangedExport(Arc::new(doubled)),
        ChangedExport(Arc::new(reordered)),
        ChangedExport(Arc::new(dropped)),
    ];
    for change in changes {
        let file_patience = Duration::from_millis(300);
        let options = RigOptions {
            scenario: few(),
            file_patience,
            changed_export: Some(change),
            ..RigOptions::default()
        };
        let rig = Rig::with(options).await;
        let error = rig.try_sync().await.unwrap_err();
        assert_says(&error, ErrorKind::Unavailable, &["line "]);
        assert_eq!(rig.watermark().await, None);
        assert!(rig.sandbox.posts().is_empty());
    }
}

#[tokio::test]
async fn an_expense_in_another_currency_without_its_amount_in_the_reports_is_held_and_named() {
    let mut scenario = few();
    let expense = &mut scenario.expensify.reports[0].expenses[0];
    expense.currency = Some("EUR".to_owned());
    expense.converted_amount = None;
    expense.conversion_rate = None;
    let rig = Rig::of(scenario).await;
    assert_eq!(rig.sync().await.written, 4);
    let note = rig.cause("not_converted").await.note();
    assert!(note.contains("EUR") && note.contains("USD"), "{note}");
    rig.assert_agrees("not converted").await;
}

#[tokio::test]
async fn an_export_in_the_wrong_currency_is_caught_by_the_reports_total() {
    let mut scenario = few();
    scenario.expensify.reports[0].total = Some(1);
    let rig = Rig::of(scenario).await;
    assert_eq!(rig.sync().await.written, 4);
    let note = rig.cause("totals_disagree").await.note();
    assert!(note.contains("0.01") && note.contains("799.75"), "{note}");
    rig.assert_agrees("totals disagree").await;
}
