//! Whoever can write to the database, drops its triggers and knows how the chain is computed: `audit verify`, as anybody
//! runs it, finds each thing they can do.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sync_core::state::{AuditChain, AuditEntry};
use sync_sandbox::Sandbox;

use crate::setup::{Installation, Run, json};

const FILES: [&str; 3] = [
    "ml-connector.db",
    "ml-connector.db-wal",
    "ml-connector.db-shm",
];
const TRIGGERS: &str = "DROP TRIGGER audit_is_never_updated; DROP TRIGGER audit_is_never_deleted;";

/// An installation whose trail covers two passes, each signed, and its database as it was after them.
struct Victim {
    place: Installation,
    backup: tempfile::TempDir,
    /// Kept alive: the installation's configuration names it.
    _sandbox: Sandbox,
}

fn copy(from: &Path, to: &Path) {
    for name in FILES {
        let _ = std::fs::remove_file(to.join(name));
        if from.join(name).exists() {
            std::fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}

impl Victim {
    async fn new() -> Self {
        let sandbox = Sandbox::builder().rate_limits(false).start().await.unwrap();
        let place = Installation::connected(&sandbox).await;
        for _ in 0..2 {
            assert_eq!(place.run(&["sync"]).code, 10);
        }
        let backup = tempfile::tempdir().unwrap();
        copy(place.folder(), backup.path());
        Self {
            place,
            backup,
            _sandbox: sandbox,
        }
    }

    /// Puts the database back as it was, then runs this past every trigger.
    async fn tamper(&self, sql: &str) {
        copy(self.backup.path(), self.place.folder());
        let file = self.place.folder().join(FILES[0]);
        let options = SqliteConnectOptions::new().filename(file);
        let pool = SqlitePool::connect_with(options).await.unwrap();
        let whole = sqlx::AssertSqlSafe(format!("{TRIGGERS}{sql}"));
        sqlx::raw_sql(whole).execute(&pool).await.unwrap();
        pool.close().await;
    }

    fn verify(&self) -> Run {
        self.place.run(&["--output", "json", "audit", "verify"])
    }

    #[track_caller]
    fn assert_found(&self, name: &str, at: u64) {
        let verdict = self.verify();
        assert_eq!(verdict.code, 40, "{name}: {}", verdict.stdout);
        let trail = &json(&verdict.stdout)["trails"][0];
        assert_eq!(trail["first_bad_entry"], at, "{name}: {trail}");
    }

    /// The trail as it was, exported by the program itself.
    fn trail(&self) -> Vec<AuditEntry> {
        copy(self.backup.path(), self.place.folder());
        let out = self.backup.path().join("trail.jsonl");
        let _ = std::fs::remove_file(&out);
        let path = out.to_str().unwrap();
        let export = ["audit", "export", "--format", "jsonl", "--out", path];
        let exported = self.place.run(&export);
        assert_eq!(exported.code, 0, "{}", exported.stderr);
        let text = std::fs::read_to_string(&out).unwrap();
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn checkpoints(&self) -> PathBuf {
        let folder = self.place.folder().join("ml-connector-audit");
        let files = std::fs::read_dir(folder).unwrap();
        let mut paths = files.map(|file| file.unwrap().path());
        paths
            .find(|path| path.extension().is_some_and(|end| end == "checkpoints"))
            .unwrap()
    }
}

/// The SQL that puts these in place of the trail, chained anew from the first to the last.
fn chained_anew(connection: &str, entries: Vec<AuditEntry>) -> String {
    let mut chain = AuditChain::genesis(&sync_core::model::ConnectionId::new(connection));
    let mut sql = "DELETE FROM audit;".to_owned();
    let quoted = |text: &str| text.replace('\'', "''");
    for entry in entries {
        let entry = chain.append(entry.draft, entry.at);
        write!(
            sql,
            "INSERT INTO audit VALUES ('{connection}', {}, {}, '{}', '{}', '{}', '{}', '{}', '{}');",
            entry.seq,
            entry.at.timestamp_micros(),
            quoted(&entry.draft.actor),
            quoted(&entry.draft.subject),
            quoted(&entry.draft.action),
            quoted(&entry.draft.detail),
            entry.previous,
            entry.hash,
        )
        .unwrap();
    }
    sql
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_done_to_the_trail_past_its_triggers_is_found_by_the_program() {
    let victim = Victim::new().await;
    assert_eq!(victim.verify().code, 0);
    let last = u64::try_from(victim.trail().len()).unwrap();
    let rows = [
        (
            "edited",
            "UPDATE audit SET detail = 'x' WHERE seq = 7".to_owned(),
            7,
        ),
        (
            "actor edited",
            "UPDATE audit SET actor = 'eve' WHERE seq = 3".to_owned(),
            3,
        ),
        (
            "backdated",
            "UPDATE audit SET at_us = at_us - 1 WHERE seq = 5".to_owned(),
            5,
        ),
        ("removed", "DELETE FROM audit WHERE seq = 6".to_owned(), 6),
        (
            "removed and closed up",
            "DELETE FROM audit WHERE seq = 6; UPDATE audit SET seq = seq - 1 WHERE seq > 6"
                .to_owned(),
            6,
        ),
        (
            "reordered",
            "UPDATE audit SET seq = 9999 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 4; \
             UPDATE audit SET seq = 4 WHERE seq = 9999"
                .to_owned(),
            3,
        ),
        ("cut off", "DELETE FROM audit WHERE seq > 10".to_owned(), 11),
        (
            "last removed",
            format!("DELETE FROM audit WHERE seq = {last}"),
            last,
        ),
        ("all removed", "DELETE FROM audit".to_owned(), 1),
        (
            "moved to another connection",
            "UPDATE audit SET connection = 'other' WHERE seq = 4".to_owned(),
            4,
        ),
    ];
    for (name, sql, at) in rows {
        victim.tamper(&sql).await;
        victim.assert_found(name, at);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_computed_anew_and_a_checkpoint_rolled_back_are_found_by_the_program() {
    let victim = Victim::new().await;
    let connection = json(&victim.verify().stdout)["trails"][0]["connection"]
        .as_str()
        .unwrap()
        .to_owned();
    let trail = victim.trail();
    // The chain alone says that all is well: only what was signed outside tells.
    let mut edited = trail.clone();
    edited[6].draft.detail = "nothing to see".to_owned();
    victim.tamper(&chained_anew(&connection, edited)).await;
    victim.assert_found("edited and chained anew", 7);
    let mut removed = trail.clone();
    removed.remove(6);
    victim.tamper(&chained_anew(&connection, removed)).await;
    victim.assert_found("removed and chained anew", 7);
    // Untouched and chained anew, it is the same trail: the copy is exact.
    victim.tamper(&chained_anew(&connection, trail)).await;
    assert_eq!(victim.verify().code, 0);
    // The last checkpoint is taken away, and with it everything since the one before: the hashes beside them tell.
    let path = victim.checkpoints();
    let signed = std::fs::read_to_string(&path).unwrap();
    let starts: Vec<usize> = signed
        .match_indices("ml-connector/")
        .map(|(at, _)| at)
        .collect();
    let of_line = |at: &usize| *at == 0 || signed.as_bytes()[at - 1] == b'\n';
    let last = *starts.iter().rfind(|at| of_line(at)).unwrap();
    assert!(last > 0, "more than one: {signed}");
    std::fs::write(&path, &signed[..last]).unwrap();
    let covered = json(&victim.verify().stdout)["trails"][0]["covered"].clone();
    let covered = covered.as_u64().unwrap();
    victim
        .tamper(&format!("DELETE FROM audit WHERE seq > {covered}"))
        .await;
    victim.assert_found("checkpoint rolled back and cut off", covered + 1);
}
