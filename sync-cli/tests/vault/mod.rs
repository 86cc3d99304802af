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

/// What someone with the database, or with the key file, does.
enum Deed {
    /// SQL, where `kept` is the table `credentials` as it was one version earlier.
    Sql(&'static str),
    /// The key file becomes this; `None` removes it.
    KeyFile(Option<&'static str>),
}

/// A deed, the exit code, what is said to be wrong, and what is said to be done about it.
const DEEDS: [(Deed, i32, &str, &str); 14] = [
    (
        Deed::KeyFile(None),
        30,
        "find key file",
        "put the key file back",
    ),
    (
        Deed::KeyFile(Some("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n")),
        30,
        "find key",
        "give that key back, as a second line",
    ),
    (
        Deed::KeyFile(Some("not a key\n")),
        30,
        "must be the base64 text of exactly 32 bytes",
        "openssl rand -base64 32",
    ),
    (
        Deed::Sql("UPDATE credentials SET sealed = zeroblob(0) WHERE provider = 'freshbooks'"),
        40,
        "it is cut off",
        "connect this service again",
    ),
    (
        Deed::Sql("UPDATE credentials SET sealed = substr(sealed, 1, 60)"),
        40,
        "it is cut off",
        "connect this service again",
    ),
    (
        Deed::Sql("UPDATE credentials SET sealed = CAST(x'07' || substr(sealed, 2) AS BLOB)"),
        40,
        "of format 7",
        "use the newer version",
    ),
    (
        Deed::Sql("UPDATE credentials SET sealed = CAST(x'00' || substr(sealed, 2) AS BLOB)"),
        40,
        "of no format",
        "connect this service again",
    ),
    (
        Deed::Sql(
            "UPDATE credentials SET sealed = CAST(substr(sealed, 1, length(sealed) - 1) || x'00' AS BLOB) WHERE provider = 'freshbooks'",
        ),
        40,
        "it was altered",
        "connect this service again",
    ),
    (
        Deed::Sql(
            "UPDATE credentials SET sealed = (SELECT sealed FROM kept WHERE provider = 'expensify' AND connection = 'main') \
             WHERE provider = 'freshbooks'",
        ),
        40,
        "was sealed as the expensify credential of connection main",
        "someone moved rows of the database: restore it from a backup",
    ),
    (
        Deed::Sql(
            "UPDATE credentials SET sealed = (SELECT sealed FROM kept WHERE connection = 'other') WHERE connection = 'main'",
        ),
        40,
        "was sealed as the expensify credential of connection other",
        "someone moved rows of the database: restore it from a backup",
    ),
    (
        Deed::Sql(
            "UPDATE credentials SET sealed = (SELECT sealed FROM data_keys WHERE connection = 'main')",
        ),
        40,
        "was sealed as the data key of connection main",
        "someone moved rows of the database: restore it from a backup",
    ),
    (
        Deed::Sql("REPLACE INTO credentials SELECT * FROM kept WHERE connection = 'main'"),
        40,
        "was written last",
        "an older refresh token is spent",
    ),
    (
        Deed::Sql("DELETE FROM credentials WHERE connection = 'main'"),
        40,
        "was written last",
        "an older refresh token is spent",
    ),
    (
        Deed::Sql("DELETE FROM data_keys WHERE connection = 'main'"),
        40,
        "its connection's data key is gone",
        "connect this service again",
    ),
];

async fn database(place: &Installation) -> sqlx::SqlitePool {
    let path = place.folder().join("ml-connector.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    sqlx::SqlitePool::connect_with(options).await.unwrap()
}

/// Everything of the database, and the key.
fn files(place: &Installation) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(place.folder()).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let ours = paths.filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("ml-connector.db") || name == "ml-connector.key"
    });
    ours.map(|path| (path.clone(), std::fs::read(&path).unwrap()))
        .collect()
}

fn put_back(place: &Installation, kept: &[(std::path::PathBuf, Vec<u8>)]) {
    for (path, _) in files(place) {
        std::fs::remove_file(path).unwrap();
    }
    for (path, bytes) in kept {
        std::fs::write(path, bytes).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}

/// Another connection's credential, and `kept`: both connections' rows, `main`'s one version before the last.
async fn furnish(place: &Installation) {
    use sync_adapters::sqlite::{SqliteSettings, SqliteStore};
    use sync_adapters::vault::{FileKey, SealedCredentials};
    use sync_core::model::{ConnectionId, ExpensifyKey};
    use sync_core::ports::{Credential, CredentialStore as _};

    let folder = place.folder();
    let store = SqliteStore::open(folder.join("ml-connector.db"), SqliteSettings::default())
        .await
        .unwrap();
    let key = FileKey::open(folder.join("ml-connector.key")).unwrap();
    let vault = SealedCredentials::new(std::sync::Arc::new(store), std::sync::Arc::new(key));
    let theirs = Credential::Expensify(ExpensifyKey {
        user_id: "aa_other".to_owned(),
        user_secret: "theirs".into(),
    });
    vault
        .replace(&ConnectionId::new("other"), None, theirs)
        .await
        .unwrap();
    let pool = database(place).await;
    sqlx::raw_sql("CREATE TABLE kept AS SELECT * FROM credentials")
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    place.connect_again().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_with_the_vault_the_program_names_it_with_a_remedy_and_shows_no_secret() {
    let sandbox = sandbox().await;
    let place = Installation::connected(&sandbox).await;
    furnish(&place).await;
    let kept = files(&place);
    let secret = &sync_sandbox::Scenario::demo().expensify.partner_user_secret;
    for (deed, code, wrong, remedy) in DEEDS {
        let told = match deed {
            Deed::Sql(statement) => {
                let pool = database(&place).await;
                sqlx::raw_sql(statement).execute(&pool).await.unwrap();
                pool.close().await;
                statement.to_owned()
            }
            Deed::KeyFile(content) => {
                let path = place.folder().join("ml-connector.key");
                match content {
                    Some(content) => std::fs::write(path, content).unwrap(),
                    None => std::fs::remove_file(path).unwrap(),
                }
                format!("key file: {content:?}")
            }
        };
        for command in ["sync", "doctor"] {
            let run = place.run(&[command]);
            let text = format!("{}{}", run.stdout, run.stderr);
            assert_eq!(run.code, code, "{command} after {told}: {text}");
            for expected in [wrong, remedy] {
                assert!(text.contains(expected), "{command} after {told}: {text}");
            }
            let key = &key_of(&kept);
            for hidden in [secret.as_str(), "MDEyMzQ1Njc4", "theirs", key] {
                assert!(!text.contains(hidden), "{command} after {told}: {text}");
            }
        }
        put_back(&place, &kept);
    }
    succeeded(&place.run(&["doctor"]));
    sandbox.shutdown().await;
}

fn key_of(kept: &[(std::path::PathBuf, Vec<u8>)]) -> String {
    let key = kept
        .iter()
        .find(|(path, _)| path.ends_with("ml-connector.key"));
    String::from_utf8(key.unwrap().1.clone())
        .unwrap()
        .trim()
        .to_owned()
}

fn use_keyring(place: &Installation, vault: &str) {
    let path = place.folder().join("ml-connector.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        path,
        text.replace("[services]", &format!("[vault]\n{vault}\n[services]")),
    )
    .unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn without_a_keyring_service_the_program_says_what_to_use_in_its_place() {
    let sandbox = sandbox().await;
    let place = Installation::configured(&sandbox, &sync_sandbox::Scenario::demo());
    use_keyring(&place, "key_keyring = \"books\"\nkeyring_timeout = \"20s\"");
    // A bus that is not there, whatever the machine has.
    let no_bus = [("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")];
    for command in ["status", "doctor"] {
        let run = crate::setup::run(place.folder(), &[command], &no_bus);
        let text = format!("{}{}", run.stdout, run.stderr);
        assert_eq!(run.code, 50, "{text}");
        assert!(
            text.contains("reach the operating system's keyring"),
            "{text}"
        );
        assert!(
            text.contains("vault.key_file or vault.key_credential"),
            "{text}"
        );
    }
    assert!(!place.folder().join("ml-connector.key").exists());
    sandbox.shutdown().await;
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_the_kernels_keyring_is_put_there_from_a_file_used_and_rotated() {
    use sync_adapters::vault::{Keyring, KeyringKey, KeyringSettings, VaultError};

    let name = format!("program test {}", std::process::id());
    let entry = KeyringKey::new(Keyring::Kernel, name.as_str(), KeyringSettings::default());
    // Containers often may look into it, and not write.
    match entry.create().await {
        Ok(()) => entry.remove().await.unwrap(),
        Err(
            error @ (VaultError::KeyringAbsent { .. }
            | VaultError::KeyringLocked { .. }
            | VaultError::Provider { .. }),
        ) => return println!("skipped: this machine gives no kernel keyring: {error}"),
        Err(error) => panic!("{error}"),
    }
    let sandbox = sandbox().await;
    // The key was kept in a file so far.
    let place = Installation::connected(&sandbox).await;
    use_keyring(
        &place,
        &format!("key_keyring = {name:?}\nkeyring = \"kernel\""),
    );
    let missing = place.run(&["status"]);
    assert_eq!(missing.code, 30, "{}", missing.stderr);
    assert!(
        missing.stderr.contains("vault put-key"),
        "{}",
        missing.stderr
    );
    succeeded(&place.run(&["vault", "put-key", "ml-connector.key"]));
    succeeded(&place.run(&["vault", "put-key", "ml-connector.key"]));
    succeeded(&place.run(&["doctor"]));
    let before = entry.chain().await.unwrap().ids();
    succeeded(&place.run(&["vault", "rotate-key"]));
    let after = entry.chain().await.unwrap().ids();
    assert!(after.len() == 1 && after != before);
    succeeded(&place.run(&["doctor"]));
    let refused = place.run(&["vault", "put-key", "ml-connector.key"]);
    assert_eq!(refused.code, 30);
    assert!(
        refused.stderr.contains("something else is there"),
        "{}",
        refused.stderr
    );
    entry.remove().await.unwrap();
    sandbox.shutdown().await;
}
