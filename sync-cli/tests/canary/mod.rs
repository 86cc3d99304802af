//! Known secrets are planted, the program is run with every log line on, and everything it leaves behind is searched for
//! them, plain and encoded.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests, outside of test functions"
)]

mod data_key;
mod needles;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret as _;
use sync_adapters::sqlite::{SqliteSettings, SqliteStore};
use sync_adapters::vault::{FileKey, SealedCredentials, SpillFiles};
use sync_core::model::{ConnectionId, ExpensifyKey, FreshBooksGrant, Provider};
use sync_core::ports::{Credential, CredentialStore as _, GrantSpill as _, SpilledGrant};
use sync_sandbox::{Person, Sandbox, Scenario};

use crate::setup::{Installation, run};
use needles::Needles;

const EXPENSIFY_SECRET: &str = "canary/expensify+partner secret=7f3a";
const WRONG_SECRET: &str = "canary of a wrong secret 5d5d";
const CLIENT_SECRET: &str = "canary/freshbooks+client secret=91bc";

/// Everything the program has said so far, with what it was asked.
#[derive(Debug, Default)]
struct Said(Vec<(String, Vec<u8>)>);

impl Said {
    fn run(&mut self, folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> i32 {
        let mut environment = environment.to_vec();
        environment.push(("RUST_LOG", "trace"));
        environment.push(("RUST_BACKTRACE", "full"));
        let run = run(folder, arguments, &environment);
        self.0
            .push((format!("stdout of {arguments:?}"), run.stdout.into_bytes()));
        self.0
            .push((format!("stderr of {arguments:?}"), run.stderr.into_bytes()));
        run.code
    }

    /// Searches what was said, and every file below a folder but the key's own. Returns the bytes searched, by kind of
    /// place.
    fn search(&self, needles: &Needles, folder: &Path) -> Searched {
        let mut searched = Searched::new();
        for (place, bytes) in self.0.iter().cloned().chain(files(folder)) {
            assert_eq!(needles.found_in(&bytes), None, "found in {place}");
            *searched.entry(kind(&place)).or_default() += bytes.len();
        }
        searched
    }
}

/// Bytes searched, by kind of place.
type Searched = BTreeMap<&'static str, usize>;

/// What must be among what is searched.
const KINDS: [(&str, &str); 11] = [
    ("stdout of", "stdout"),
    ("stderr of", "stderr"),
    ("log of serve", "log of serve"),
    (".db-wal", "write-ahead log"),
    (".db-shm", "its index"),
    ("/backup/", "backups"),
    (".spill", "spill file"),
    (".db", "database"),
    ("trail.", "audit exports"),
    ("auditors.", "reports for auditors"),
    ("ml-connector-audit", "checkpoints"),
];

fn kind(place: &str) -> &'static str {
    let known = KINDS.iter().find(|(part, _)| place.contains(part));
    known.map_or("all else", |(_, kind)| *kind)
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path
            .file_name()
            .is_none_or(|name| name != "ml-connector.key")
        {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    found
}

fn scenario() -> Scenario {
    let mut scenario = Scenario::demo();
    EXPENSIFY_SECRET.clone_into(&mut scenario.expensify.partner_user_secret);
    CLIENT_SECRET.clone_into(&mut scenario.freshbooks.oauth.client_secret);
    scenario
}

async fn vault(folder: &Path) -> SealedCredentials {
    let path = folder.join("ml-connector.db");
    let store = SqliteStore::open(path, SqliteSettings::default())
        .await
        .unwrap();
    let key = FileKey::open(folder.join("ml-connector.key")).unwrap();
    SealedCredentials::new(Arc::new(store), Arc::new(key))
}

/// The grant as stored; its tokens and the key are secrets from now on.
async fn note_grant(folder: &Path, needles: &mut Needles) -> (u64, FreshBooksGrant) {
    let vault = vault(folder).await;
    let stored = vault
        .load(&ConnectionId::new("main"), Provider::FreshBooks)
        .await;
    let stored = stored.unwrap().unwrap();
    let Credential::FreshBooks(grant) = stored.credential else {
        panic!("another service's credential");
    };
    needles.add(
        "access token",
        grant.access_token.expose_secret().as_bytes(),
    );
    needles.add(
        "refresh token",
        grant.refresh_token.expose_secret().as_bytes(),
    );
    note_keys(folder, needles).await;
    (stored.version, grant)
}

/// The key and the data key, as bytes; both are found in text, too.
async fn note_keys(folder: &Path, needles: &mut Needles) {
    let text = std::fs::read_to_string(folder.join("ml-connector.key")).unwrap();
    let keys: Vec<_> = text
        .lines()
        .map(|line| STANDARD.decode(line).unwrap())
        .collect();
    let path = folder.join("ml-connector.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let query = sqlx::query_scalar("SELECT sealed FROM data_keys WHERE connection = 'main'");
    let sealed: Vec<u8> = query.fetch_one(&pool).await.unwrap();
    pool.close().await;
    let data_key = keys
        .iter()
        .find_map(|key| data_key::open(key, "main", &sealed));
    let data_key = data_key.unwrap();
    assert_eq!(data_key.len(), 32);
    needles.add("data key", &data_key);
    for key in keys {
        needles.add("key", &key);
    }
}

/// As a backup program takes it: the files as they lie there, in the middle of work.
fn back_up(folder: &Path, name: &str) {
    let target = folder.join("backup").join(name);
    std::fs::create_dir_all(&target).unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("ml-connector.db") {
            std::fs::copy(&path, target.join(name)).unwrap();
        }
    }
}

/// Ends a program that runs until stopped.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve_for(folder: &Path, time: Duration, said: &mut Said) {
    let (stdout, stderr) = (folder.join("serve.stdout"), folder.join("serve.stderr"));
    let child = Command::new(env!("CARGO_BIN_EXE_ml-connector"))
        .arg("serve")
        .current_dir(folder)
        .env("RUST_LOG", "trace")
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(&stdout).unwrap())
        .stderr(std::fs::File::create(&stderr).unwrap())
        .spawn()
        .unwrap();
    let serving = Serving(child);
    std::thread::sleep(time);
    back_up(folder, "while serving");
    drop(serving);
    let log = std::fs::read(stderr).unwrap();
    assert!(!log.is_empty(), "serve said nothing at trace level");
    said.0.push(("log of serve".to_owned(), log));
}

/// An installation under watch.
struct Stage {
    sandbox: Sandbox,
    scenario: Scenario,
    place: Installation,
    folder: PathBuf,
    needles: Needles,
    said: Said,
}

impl Stage {
    async fn new() -> Self {
        let scenario = scenario();
        let builder = Sandbox::builder().scenario(scenario.clone());
        let sandbox = builder.rate_limits(false).start().await.unwrap();
        let place = Installation::configured(&sandbox, &scenario);
        let mut needles = Needles::default();
        needles.add("Expensify secret", EXPENSIFY_SECRET.as_bytes());
        needles.add("wrong secret", WRONG_SECRET.as_bytes());
        needles.add("client secret", CLIENT_SECRET.as_bytes());
        Self {
            folder: place.folder().to_owned(),
            sandbox,
            scenario,
            place,
            needles,
            said: Said::default(),
        }
    }

    fn run(&mut self, arguments: &[&str], codes: &[i32]) {
        let code = self.said.run(&self.folder, arguments, &[]);
        assert!(codes.contains(&code), "{arguments:?} ended with {code}");
    }

    /// First with a secret that is refused, so that errors are among what is searched.
    async fn connect(&mut self) {
        let user_id = self.scenario.expensify.partner_user_id.clone();
        for (secret, doctor) in [(WRONG_SECRET, 20), (EXPENSIFY_SECRET, 20)] {
            let environment = [
                ("EXPENSIFY_USER_ID", user_id.as_str()),
                ("EXPENSIFY_USER_SECRET", secret),
            ];
            let connect = ["connect", "expensify"];
            assert_eq!(self.said.run(&self.folder, &connect, &environment), 0);
            self.run(&["doctor"], &[doctor]);
        }
        let code = self.place.connect_freshbooks(&self.scenario).await;
        self.needles.add("authorization code", code.as_bytes());
        note_grant(&self.folder, &mut self.needles).await;
    }

    fn work(&mut self) {
        for arguments in [
            &["doctor"][..],
            &["plan"],
            &["sync"],
            &["status"],
            &["review", "list"],
            &["mapping", "suggest"],
            &["reconcile"],
            &["audit", "list"],
            &["audit", "verify"],
            &["audit", "export", "--format", "csv", "--out", "trail.csv"],
            &[
                "audit",
                "export",
                "--format",
                "jsonl",
                "--out",
                "trail.jsonl",
            ],
            &[
                "audit",
                "report",
                "--from",
                "2020-01-01",
                "--to",
                "2030-12-31",
                "--out",
                "auditors.csv",
            ],
            &["vault", "status"],
            &["vault", "rotate-key"],
            &["vault", "rotate-data-keys"],
        ] {
            self.run(arguments, &[0, 10]);
        }
    }

    /// A renewal, a spill beside the database, and a renewal that FreshBooks refuses. Gives the renewed grant.
    async fn renew(&mut self) -> FreshBooksGrant {
        let (version, before) = note_grant(&self.folder, &mut self.needles).await;
        self.sandbox.clock().advance(chrono::TimeDelta::hours(13));
        // As long as somebody reads, what a pass writes stays in the write-ahead log.
        let path = self.folder.join("ml-connector.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let reader = sqlx::SqlitePool::connect_with(options).await.unwrap();
        let read = sqlx::query("SELECT 1 FROM credentials").fetch_all(&reader);
        read.await.unwrap();
        self.run(&["sync"], &[10]);
        back_up(&self.folder, "after a pass");
        reader.close().await;
        let (_, renewed) = note_grant(&self.folder, &mut self.needles).await;
        assert_ne!(
            renewed.refresh_token.expose_secret(),
            before.refresh_token.expose_secret()
        );
        let database = self.folder.join("ml-connector.db");
        let spill = SpillFiles::new(vault(&self.folder).await, database);
        let main = ConnectionId::new("main");
        let grant = renewed.clone();
        let spilled = SpilledGrant {
            replaces: version,
            spent: before.refresh_mark(),
            grant,
        };
        spill.put(&main, &spilled).await.unwrap();
        assert_eq!(spill.paths(&main).unwrap().len(), 1);
        check_modes(&self.folder);
        back_up(&self.folder, "with a spill file");
        let searched = self.said.search(&self.needles, &self.folder);
        assert!(searched.contains_key("spill file"));
        serve_for(&self.folder, Duration::from_secs(4), &mut self.said);
        self.sandbox.person(Person::SpendRefreshToken).unwrap();
        self.sandbox.clock().advance(chrono::TimeDelta::hours(13));
        self.run(&["sync"], &[20]);
        renewed
    }

    /// What a panic, an error or a debugger's print would show of the values themselves.
    fn panic_with(&mut self, grant: &FreshBooksGrant) {
        let key = ExpensifyKey {
            user_id: String::new(),
            user_secret: EXPENSIFY_SECRET.into(),
        };
        let file = FileKey::open(self.folder.join("ml-connector.key"));
        let shown = format!("{grant:#?}{grant:?}{key:?}{file:?}");
        let panic = std::panic::catch_unwind(|| panic!("{shown}")).unwrap_err();
        let panic = panic.downcast_ref::<String>().unwrap().clone();
        self.said.0.push(("panic".to_owned(), panic.into_bytes()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_output_and_no_file_holds_a_planted_secret_in_any_encoding() {
    let mut stage = Stage::new().await;
    stage.connect().await;
    stage.work();
    let renewed = stage.renew().await;
    stage.panic_with(&renewed);
    stage.run(&["vault", "shred", "main", "--confirm"], &[0]);
    back_up(&stage.folder, "at the end");
    let searched = stage.said.search(&stage.needles, &stage.folder);
    for (_, kind) in KINDS {
        // The spill is taken back by then, and was searched when it was there.
        assert!(
            kind == "spill file" || searched.get(kind).is_some_and(|bytes| *bytes > 0),
            "no {kind} among {searched:?}"
        );
    }
    let bytes: usize = searched.values().sum();
    assert!(bytes > 1_000_000, "only {bytes} bytes");
    println!(
        "canary: {} secrets in {} forms, 0 hits in {bytes} bytes: {searched:?}",
        stage.needles.secrets(),
        stage.needles.len()
    );
    stage.sandbox.shutdown().await;
}

#[cfg(unix)]
fn check_modes(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;

    let mut checked = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if ["ml-connector.db", "ml-connector.key"]
            .iter()
            .any(|start| name.starts_with(start))
        {
            let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{name} has mode {mode:03o}");
            checked += 1;
        }
    }
    assert!(checked >= 3, "database, key and spill at least");
}

#[cfg(not(unix))]
fn check_modes(_folder: &Path) {}

/// A database of which one page holds what it must not.
async fn plant_in_database(leak: &[u8], needles: &Needles) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ml-connector.db");
    drop(
        SqliteStore::open(&path, SqliteSettings::default())
            .await
            .unwrap(),
    );
    let said = Said::default();
    said.search(needles, folder.path());
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let planted = sqlx::query("INSERT INTO data_keys VALUES ('main', ?1)");
    planted.bind(leak).execute(&pool).await.unwrap();
    // Still in the write-ahead log.
    let outcome = std::panic::catch_unwind(|| said.search(needles, folder.path()));
    assert!(outcome.is_err(), "not seen in the log");
    pool.close().await;
    let outcome = std::panic::catch_unwind(|| said.search(needles, folder.path()));
    assert!(outcome.is_err(), "not seen in the database");
}

/// The search itself must be able to fail: each secret, planted in each encoding among other text, is found.
#[tokio::test]
async fn a_planted_leak_is_found_in_every_encoding_and_at_every_offset() {
    let mut needles = Needles::default();
    needles.add("Expensify secret", EXPENSIFY_SECRET.as_bytes());
    needles.add("key", &[0x9c; 32]);
    assert_eq!(needles.found_in(b"nothing of it here"), None);
    for secret in [EXPENSIFY_SECRET.as_bytes(), &[0x9c; 32]] {
        for offset in 0..3 {
            let mut text = b"id".repeat(offset);
            text.extend_from_slice(secret);
            text.extend_from_slice(b" and more");
            for leak in needles::encodings_of_text(&text) {
                let planted = [b"log line: ".as_slice(), &leak, b" end"].concat();
                assert!(
                    needles.found_in(&planted).is_some(),
                    "{}",
                    String::from_utf8_lossy(&planted)
                );
            }
        }
    }
    let key: Vec<u8> = (0..32).map(|at: u8| at.wrapping_mul(73) ^ 0xa7).collect();
    needles.add("data key", &key);
    for leak in needles::encodings_of_text(&key) {
        plant_in_database(&leak, &needles).await;
    }
    // Said by the program instead of the test: the search looks at what a run prints.
    let folder = tempfile::tempdir().unwrap();
    let mut said = Said::default();
    said.run(folder.path(), &[EXPENSIFY_SECRET], &[]);
    let outcome = std::panic::catch_unwind(|| said.search(&needles, folder.path()));
    assert!(
        outcome.is_err(),
        "clap repeats a wrong argument, and the search did not see it"
    );
}
