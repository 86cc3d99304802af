//! Keys rotated, lost and destroyed, and a grant that dies, through the program's own commands.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, outside of test functions"
)]

use sync_sandbox::{Person, Sandbox, Service};

use crate::setup::{Installation, Run, json};

async fn sandbox() -> Sandbox {
    Sandbox::builder().rate_limits(false).start().await.unwrap()
}

fn succeeded(run: &Run) {
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}

fn key_lines(place: &Installation) -> Vec<String> {
    let text = std::fs::read_to_string(place.folder().join("ml-connector.key")).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_rotated_without_connecting_again_even_if_the_first_attempt_died() {
    let sandbox = sandbox().await;
    let place = Installation::connected(&sandbox).await;
    let first = key_lines(&place);
    assert_eq!(first.len(), 1);
    succeeded(&place.run(&["vault", "rotate-key"]));
    let second = key_lines(&place);
    assert!(second.len() == 1 && second != first, "one key, and another");
    succeeded(&place.run(&["vault", "rotate-data-keys"]));
    succeeded(&place.run(&["doctor"]));

    // As it is when a rotation dies after the new key was written and before anything was sealed under it.
    let other = tempfile::tempdir().unwrap();
    let path = other.path().join("key");
    sync_adapters::vault::FileKey::create(&path).unwrap();
    let fresh = std::fs::read_to_string(path).unwrap();
    let file = place.folder().join("ml-connector.key");
    std::fs::write(&file, format!("{fresh}{}\n", second[0])).unwrap();
    let status = json(&place.run(&["--output", "json", "vault", "status"]).stdout);
    assert_eq!(status["retired_keys"][0], status["connections"][0]["key"]);
    succeeded(&place.run(&["doctor"]));
    succeeded(&place.run(&["vault", "rotate-key"]));
    assert_eq!(
        key_lines(&place),
        [fresh.trim()],
        "the key that was begun with, alone"
    );
    succeeded(&place.run(&["doctor"]));
    assert_eq!(place.run(&["sync"]).code, 10);
    succeeded(&place.run(&["audit", "verify"]));
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shredded_connection_must_be_confirmed_is_audited_and_can_connect_again() {
    let sandbox = sandbox().await;
    let place = Installation::connected(&sandbox).await;
    let refused = place.run(&["vault", "shred", "main"]);
    assert_eq!(refused.code, 30);
    assert!(refused.stderr.contains("--confirm"), "{}", refused.stderr);
    succeeded(&place.run(&["doctor"]));
    assert_eq!(
        place.run(&["vault", "shred", "nobody", "--confirm"]).code,
        30
    );

    // The key is lost: nothing works, and nothing hides it by making a new one.
    std::fs::remove_file(place.folder().join("ml-connector.key")).unwrap();
    let lost = place.run(&["status"]);
    assert_eq!(lost.code, 30, "{}", lost.stderr);
    assert!(
        lost.stderr.contains("put the key file back"),
        "{}",
        lost.stderr
    );
    assert!(lost.stderr.contains("vault shred"), "{}", lost.stderr);

    succeeded(&place.run(&["vault", "shred", "main", "--confirm"]));
    let doctor = place.run(&["doctor"]);
    assert_eq!(doctor.code, 20, "{}", doctor.stdout);
    let trail = place.run(&["audit", "list"]);
    assert!(
        trail.stdout.contains("credentials_shredded"),
        "{}",
        trail.stdout
    );
    succeeded(&place.run(&["audit", "verify"]));
    place.connect_again().await;
    succeeded(&place.run(&["doctor"]));
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_grant_is_told_by_the_pass_that_finds_it_and_by_status_and_doctor_from_then_on() {
    let sandbox = sandbox().await;
    let place = Installation::connected(&sandbox).await;
    let status = json(&place.run(&["--output", "json", "status"]).stdout);
    assert_eq!(status["connections"][0]["freshbooks"]["state"], "ready");
    sandbox.person(Person::SpendRefreshToken).unwrap();
    sandbox.clock().advance(chrono::TimeDelta::hours(13));
    assert_eq!(place.run(&["sync"]).code, 20);
    for command in ["status", "doctor", "sync"] {
        let run = place.run(&[command]);
        assert_eq!(run.code, 20, "{command}: {}{}", run.stdout, run.stderr);
        let text = format!("{}{}", run.stdout, run.stderr);
        assert!(
            text.contains("ml-connector connect freshbooks"),
            "{command}: {text}"
        );
    }
    place.connect_again().await;
    succeeded(&place.run(&["status"]));
    assert_eq!(place.run(&["sync"]).code, 10, "the work has waited");
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_processes_that_find_the_token_refused_at_once_make_one_request_for_a_new_one() {
    let sandbox = sandbox().await;
    let place = Installation::connected(&sandbox).await;
    let requests = || -> u64 {
        let counters = sandbox.counters(Service::FreshBooks);
        let kinds = counters
            .iter()
            .filter(|(kind, _)| kind.contains("oauth/token"));
        kinds.map(|(_, count)| count).sum()
    };
    let before = requests();
    assert!(before > 0, "connecting asked for a pair");
    // The access token ends at FreshBooks, while its stated end lies ahead by the clock of this machine.
    sandbox.clock().advance(chrono::TimeDelta::hours(13));
    let runs: Vec<_> = std::thread::scope(|scope| {
        let started: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| place.run(&["doctor"])))
            .collect();
        started.into_iter().map(|run| run.join().unwrap()).collect()
    });
    for run in &runs {
        succeeded(run);
    }
    assert_eq!(requests() - before, 1);
    sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_was_altered_is_named_and_connecting_again_mends_it() {
    let sandbox = sandbox().await;
    let place = Installation::connected(&sandbox).await;
    let path = place.folder().join("ml-connector.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    for provider in ["expensify", "freshbooks"] {
        let read = sqlx::query_scalar("SELECT sealed FROM credentials WHERE provider = ?1");
        let mut sealed: Vec<u8> = read.bind(provider).fetch_one(&pool).await.unwrap();
        *sealed.last_mut().unwrap() ^= 1;
        let write = sqlx::query("UPDATE credentials SET sealed = ?2 WHERE provider = ?1");
        write
            .bind(provider)
            .bind(sealed)
            .execute(&pool)
            .await
            .unwrap();
    }
    pool.close().await;
    let doctor = place.run(&["doctor"]);
    assert_eq!(doctor.code, 40, "{}", doctor.stdout);
    assert!(
        doctor.stdout.contains("it was altered"),
        "{}",
        doctor.stdout
    );
    assert!(
        doctor.stdout.contains("connect this service again"),
        "{}",
        doctor.stdout
    );
    assert_eq!(place.run(&["status"]).code, 40);
    place.connect_again().await;
    succeeded(&place.run(&["doctor"]));
    sandbox.shutdown().await;
}
