//! Everything a person with the database can do to the trail, and what finds it.

use std::path::PathBuf;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnectOptions;
use sync_core::ErrorKind;
use sync_core::model::ConnectionId;
use sync_core::ports::Store;
use sync_core::state::{AuditChain, AuditDraft, AuditEntry, Lease};
use sync_core::testing::samples;
use tempfile::TempDir;

use super::*;
use crate::sqlite::{SqliteSettings, SqliteStore};

/// Entries of the trail a tamperer finds; checkpoints after 5, 9 and all of them.
const ENTRIES: u64 = 12;

struct Place {
    folder: TempDir,
    store: SqliteStore,
    lease: Lease,
}

impl Place {
    /// A trail of twelve entries with three checkpoints.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        NoteSigner::create(folder.path().join("key")).unwrap();
        let store = open(&folder).await;
        let lease = store
            .acquire_lease(
                &samples::connection(),
                "test",
                Duration::from_mins(2),
                samples::start(),
            )
            .await
            .unwrap();
        let place = Self {
            folder,
            store,
            lease,
        };
        for (from, to) in [(1, 5), (6, 9), (10, ENTRIES)] {
            place.append(from..=to).await;
            place.sign().await.unwrap();
        }
        place
    }

    fn witness(&self) -> AuditWitness {
        let signer = NoteSigner::open(self.folder.path().join("key")).unwrap();
        AuditWitness::new(WitnessSettings::new(self.outside()), signer)
    }

    fn outside(&self) -> PathBuf {
        self.folder.path().join("outside")
    }

    fn file(&self, extension: &str) -> PathBuf {
        self.outside().join(format!("main.{extension}"))
    }

    async fn append(&self, numbers: std::ops::RangeInclusive<u64>) {
        let draft =
            |n| AuditDraft::by_engine(format!("EXP-R{n}"), "applied", format!("record {n}"));
        self.store
            .append_audit(&self.lease, numbers.map(draft).collect(), samples::start())
            .await
            .unwrap();
    }

    async fn sign(&self) -> sync_core::Result<Checkpoint> {
        self.witness()
            .checkpoint(&self.store, &samples::connection())
            .await
    }

    async fn verify(&self) -> TrailVerdict {
        self.witness()
            .verify(&self.store, &samples::connection())
            .await
            .unwrap()
    }

    async fn trail(&self) -> Vec<AuditEntry> {
        self.store
            .audit(&samples::connection(), 0, 100)
            .await
            .unwrap()
    }

    /// What a person with the file and any SQLite shell can do.
    async fn run(&self, sql: &str) -> Result<(), sqlx::Error> {
        let options = SqliteConnectOptions::new().filename(self.folder.path().join("sync.db"));
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await?;
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))
            .execute(&mut connection)
            .await?;
        connection.close().await
    }

    /// Drops the triggers first, as a person who means it does.
    async fn tamper(&self, sql: &str) {
        let triggers = "DROP TRIGGER audit_is_never_updated; DROP TRIGGER audit_is_never_deleted;";
        self.run(&format!("{triggers} {sql}")).await.unwrap();
    }
}

async fn open(folder: &TempDir) -> SqliteStore {
    SqliteStore::open(folder.path().join("sync.db"), SqliteSettings::default())
        .await
        .unwrap()
}

/// The SQL that puts these entries in place of the trail.
fn rewritten(entries: &[AuditEntry]) -> String {
    let insert = |entry: &AuditEntry| {
        format!(
            "INSERT INTO audit VALUES ('main', {}, {}, '{}', '{}', '{}', '{}', '{}', '{}');",
            entry.seq,
            entry.at.timestamp_micros(),
            entry.draft.actor,
            entry.draft.subject,
            entry.draft.action,
            entry.draft.detail,
            entry.previous,
            entry.hash,
        )
    };
    let inserts: Vec<_> = entries.iter().map(insert).collect();
    format!("DELETE FROM audit; {}", inserts.concat())
}

/// The same entries chained anew from the first to the last, as whoever knows the program can.
fn chained_anew(drafts: impl IntoIterator<Item = AuditEntry>) -> Vec<AuditEntry> {
    let mut chain = AuditChain::genesis(&samples::connection());
    drafts
        .into_iter()
        .map(|entry| chain.append(entry.draft, entry.at))
        .collect()
}

#[tokio::test]
async fn an_untouched_trail_is_whole_and_checkpoints_are_signed_only_for_news() {
    let place = Place::new().await;
    let verdict = place.verify().await;
    assert!(verdict.is_whole(), "{verdict:?}");
    assert_eq!(
        (verdict.entries, verdict.checkpoints, verdict.covered),
        (ENTRIES, 3, ENTRIES)
    );
    let before = std::fs::read_to_string(place.file("checkpoints")).unwrap();
    assert_eq!(place.sign().await.unwrap().size, ENTRIES);
    assert_eq!(
        before,
        std::fs::read_to_string(place.file("checkpoints")).unwrap()
    );
    place.append(13..=14).await;
    let verdict = place.verify().await;
    assert!(verdict.is_whole());
    assert_eq!((verdict.entries, verdict.covered), (14, ENTRIES));
}

#[tokio::test]
async fn a_trail_that_was_signed_while_it_was_empty_is_whole_later() {
    let place = Place::new().await;
    let other = ConnectionId::new("begun-later");
    let witness = place.witness();
    assert_eq!(
        witness.checkpoint(&place.store, &other).await.unwrap().size,
        0
    );
    let (now, ttl) = (samples::start(), Duration::from_mins(2));
    let lease = place
        .store
        .acquire_lease(&other, "tests", ttl, now)
        .await
        .unwrap();
    let draft = AuditDraft::by_engine("pass", "pass_started", "");
    place
        .store
        .append_audit(&lease, vec![draft], now)
        .await
        .unwrap();
    witness.checkpoint(&place.store, &other).await.unwrap();
    let verdict = witness.verify(&place.store, &other).await.unwrap();
    assert!(verdict.is_whole(), "{verdict:?}");
}

#[tokio::test]
async fn triggers_stop_what_is_done_by_mistake() {
    let place = Place::new().await;
    for sql in [
        "UPDATE audit SET detail = 'x' WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 3",
        "DELETE FROM audit",
    ] {
        let error = place.run(sql).await.unwrap_err();
        assert!(error.to_string().contains("append-only"), "{error}");
    }
    assert!(place.verify().await.is_whole());
}

#[tokio::test]
async fn whatever_is_done_to_the_trail_by_sql_is_found_at_the_first_bad_entry() {
    let long = "0".repeat(64);
    let rows = [
        ("actor edited", "UPDATE audit SET actor = 'mallory' WHERE seq = 4".to_owned(), 4),
        ("subject edited", "UPDATE audit SET subject = 'EXP-X' WHERE seq = 4".to_owned(), 4),
        ("action edited", "UPDATE audit SET action = 'noted' WHERE seq = 4".to_owned(), 4),
        ("detail edited", "UPDATE audit SET detail = 'record 5' WHERE seq = 4".to_owned(), 4),
        ("time edited", "UPDATE audit SET at_us = at_us + 1 WHERE seq = 4".to_owned(), 4),
        ("previous edited", format!("UPDATE audit SET previous = '{long}' WHERE seq = 4"), 4),
        ("hash edited", format!("UPDATE audit SET hash = '{long}' WHERE seq = 4"), 4),
        ("number edited", "UPDATE audit SET seq = 99 WHERE seq = 12".to_owned(), 99),
        ("connection edited", "UPDATE audit SET connection = 'other' WHERE seq = 4".to_owned(), 4),
        ("last edited", "UPDATE audit SET detail = 'x' WHERE seq = 12".to_owned(), 12),
        ("first removed", "DELETE FROM audit WHERE seq = 1".to_owned(), 1),
        ("middle removed", "DELETE FROM audit WHERE seq = 6".to_owned(), 6),
        ("last removed", "DELETE FROM audit WHERE seq = 12".to_owned(), 12),
        ("cut off", "DELETE FROM audit WHERE seq > 7".to_owned(), 8),
        ("all removed", "DELETE FROM audit".to_owned(), 1),
        (
            "removed and closed up",
            "DELETE FROM audit WHERE seq = 6; UPDATE audit SET seq = seq - 1 WHERE seq > 6".to_owned(),
            6,
        ),
        (
            "two swapped",
            "UPDATE audit SET seq = 99 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 4; \
             UPDATE audit SET seq = 4 WHERE seq = 99"
                .to_owned(),
            3,
        ),
        (
            "one repeated at the end",
            "INSERT INTO audit SELECT connection, 13, at_us, actor, subject, action, detail, previous, hash \
             FROM audit WHERE seq = 12"
                .to_owned(),
            13,
        ),
        (
            "one inserted",
            "UPDATE audit SET seq = seq + 100 WHERE seq > 5; UPDATE audit SET seq = seq - 99 WHERE seq > 100; \
             INSERT INTO audit SELECT connection, 6, at_us, actor, subject, action, detail, previous, hash \
             FROM audit WHERE seq = 5"
                .to_owned(),
            6,
        ),
    ];
    for (name, sql, first) in rows {
        let place = Place::new().await;
        place.tamper(&sql).await;
        let verdict = place.verify().await;
        assert!(!verdict.is_whole(), "{name}");
        assert_eq!(verdict.fault.unwrap().entry, first, "{name}");
        assert_eq!(verdict.checkpoint_fault, None, "{name}");
        // And nobody signs over it.
        place.append_past(name).await;
    }
}

impl Place {
    /// A further checkpoint is refused where it would cover what was tampered with unseen by the reading of what is new;
    /// in every case the next verification still finds it.
    async fn append_past(&self, name: &str) {
        if let Err(error) = self.sign().await {
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{name}: {error}");
            assert!(
                error.to_string().contains("nothing was signed"),
                "{name}: {error}"
            );
        }
        assert!(!self.verify().await.is_whole(), "{name}");
    }
}

#[tokio::test]
async fn a_chain_computed_anew_after_a_change_is_found_at_the_very_entry() {
    type Change = fn(&mut Vec<AuditEntry>);
    let rows: [(&str, Change, u64); 5] = [
        (
            "edited",
            |trail| trail[6].draft.detail = "record 8".to_owned(),
            7,
        ),
        (
            "first edited",
            |trail| trail[0].draft.actor = "mallory".to_owned(),
            1,
        ),
        ("removed", |trail| drop(trail.remove(6)), 7),
        ("inserted", |trail| trail.insert(6, trail[2].clone()), 7),
        (
            "last edited",
            |trail| trail[11].draft.detail = "x".to_owned(),
            12,
        ),
    ];
    for (name, change, first) in rows {
        let place = Place::new().await;
        let mut trail = place.trail().await;
        change(&mut trail);
        place.tamper(&rewritten(&chained_anew(trail))).await;
        let verdict = place.verify().await;
        let fault = verdict.fault.unwrap();
        assert_eq!(fault.entry, first, "{name}: {fault}");
        // The chain alone says that all is well: only the checkpoints tell.
        assert!(fault.what.contains("signed"), "{name}: {fault}");
        place.append_past(name).await;
    }
}

#[tokio::test]
async fn an_older_database_put_back_is_found_even_when_work_has_gone_on_since() {
    let place = Place::new().await;
    place.store.close().await;
    let file = place.folder.path().join("sync.db");
    let backup = place.folder.path().join("backup.db");
    std::fs::copy(&file, &backup).unwrap();
    let place = Place {
        store: open(&place.folder).await,
        ..place
    };
    place.append(13..=15).await;
    place.sign().await.unwrap();
    place.store.close().await;
    std::fs::copy(&backup, &file).unwrap();
    for beside in ["sync.db-wal", "sync.db-shm"] {
        let _ = std::fs::remove_file(place.folder.path().join(beside));
    }
    let place = Place {
        store: open(&place.folder).await,
        ..place
    };
    let fault = place.verify().await.fault.unwrap();
    assert_eq!(fault.entry, 13);
    assert!(fault.what.contains("older database"), "{fault}");
    assert_eq!(place.sign().await.unwrap_err().kind(), ErrorKind::Corrupt);
    // Going on as if nothing had happened makes another history, at the very next entry.
    for n in 113..=116 {
        place.append(n..=n).await;
    }
    let verdict = place.verify().await;
    assert_eq!(verdict.fault.unwrap().entry, 13);
    assert!(place.sign().await.is_err());
}

#[tokio::test]
async fn whatever_is_done_to_the_files_is_found_and_a_cut_off_write_is_mended() {
    type Edit = fn(String) -> String;
    let edits: [(&str, &str, Edit); 7] = [
        ("checkpoints removed", "checkpoints", |_| String::new()),
        ("size edited", "checkpoints", |text| {
            text.replace("\n9\n", "\n8\n")
        }),
        ("a checkpoint repeated", "checkpoints", |text| {
            let first: String = text.split_inclusive('\n').take(5).collect();
            text + &first
        }),
        ("junk added", "checkpoints", |text| text + "trust me\n"),
        ("a hash edited", "hashes", |text| text.replacen('a', "b", 1)),
        ("hashes cut off", "hashes", |text| {
            text.split_inclusive('\n').take(6).collect()
        }),
        ("a hash unreadable", "hashes", |text| {
            text.replacen('\n', "x\n", 1)
        }),
    ];
    for (name, extension, edit) in edits {
        let place = Place::new().await;
        let path = place.file(extension);
        let text = std::fs::read_to_string(&path).unwrap();
        let edited = edit(text.clone());
        assert_ne!(edited, text, "{name}");
        std::fs::write(&path, edited).unwrap();
        let verdict = place.verify().await;
        assert!(verdict.checkpoint_fault.is_some(), "{name}: {verdict:?}");
    }
    for extension in ["checkpoints", "hashes"] {
        let place = Place::new().await;
        place.append(13..=13).await;
        place.sign().await.unwrap();
        let path = place.file(extension);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &text[..text.len() - 10]).unwrap();
        let size = place.sign().await.map(|checkpoint| checkpoint.size);
        if extension == "checkpoints" {
            assert_eq!(size.unwrap(), 13);
            assert!(place.verify().await.is_whole());
        } else {
            // A signed hash is never half written: it was durable before the checkpoint.
            assert!(size.is_err());
        }
    }
}

#[tokio::test]
async fn another_key_signs_nothing_for_this_trail() {
    let place = Place::new().await;
    let other = place.folder.path().join("other");
    let forger = AuditWitness::new(
        WitnessSettings::new(place.outside()),
        NoteSigner::create(&other).unwrap(),
    );
    let verdict = forger
        .verify(&place.store, &samples::connection())
        .await
        .unwrap();
    assert!(verdict.checkpoint_fault.is_some());
    place.append(13..=13).await;
    let refused = forger
        .checkpoint(&place.store, &samples::connection())
        .await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Corrupt);
}

#[tokio::test]
async fn each_covered_entry_can_be_proven_and_a_changed_one_cannot() {
    let place = Place::new().await;
    let main = samples::connection();
    for number in 1..=ENTRIES {
        let proof = place
            .witness()
            .prove(&place.store, &main, number)
            .await
            .unwrap();
        assert_eq!(proof.entry.seq, number);
        let index = format!("\nindex {}\n", number - 1);
        assert!(
            proof.text.starts_with("c2sp.org/tlog-proof@v1\nextra ") && proof.text.contains(&index)
        );
        let note = proof.text.split_once("\n\n").unwrap().1;
        let text = place
            .witness()
            .public_key(&main)
            .verify(note)
            .unwrap()
            .to_owned();
        assert_eq!(Checkpoint::parse(&text).unwrap().size, ENTRIES);
    }
    place.append(13..=13).await;
    for (number, kind) in [(0, ErrorKind::Invalid), (13, ErrorKind::Invalid)] {
        let refused = place.witness().prove(&place.store, &main, number).await;
        assert_eq!(refused.unwrap_err().kind(), kind);
    }
    let mut trail = place.trail().await;
    trail[6].draft.detail = "record 8".to_owned();
    place.tamper(&rewritten(&chained_anew(trail))).await;
    let refused = place.witness().prove(&place.store, &main, 7).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Corrupt);
}

#[tokio::test]
async fn connections_have_files_and_names_of_their_own() {
    let place = Place::new().await;
    let witness = place.witness();
    let strange = ConnectionId::new("../a b+c");
    assert_eq!(witness.origin(&strange), "ml-connector/..%2Fa%20b%2Bc");
    assert_eq!(
        witness.checkpoints_path(&strange),
        place.outside().join("..%2Fa%20b%2Bc.checkpoints")
    );
    assert_ne!(
        witness.public_key(&strange).to_string(),
        witness.public_key(&samples::connection()).to_string()
    );
}

#[tokio::test]
async fn a_checkpoint_is_due_after_so_many_entries_or_so_much_time_with_news() {
    let place = Place::new().await;
    let main = samples::connection();
    let signer = NoteSigner::open(place.folder.path().join("key")).unwrap();
    let settings = WitnessSettings {
        entries_max: 3,
        ..WitnessSettings::new(place.outside())
    };
    let witness = AuditWitness::new(settings, signer);
    let now = samples::start();
    let hour = chrono::TimeDelta::hours(1);
    for (added, early, late) in [
        (0, false, false),
        (1, false, true),
        (1, false, true),
        (1, true, true),
    ] {
        for n in 0..added {
            place.append(n..=n).await;
        }
        assert_eq!(
            witness.is_due(&place.store, &main, now, now).await.unwrap(),
            early
        );
        assert_eq!(
            witness
                .is_due(&place.store, &main, now, now + hour)
                .await
                .unwrap(),
            late
        );
    }
}
