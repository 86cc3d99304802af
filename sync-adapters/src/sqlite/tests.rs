//! The store on real files: the promises of the port, and what happens when the file is in trouble.

mod damaged;

use std::path::PathBuf;
use std::time::Duration;

use sqlx::Connection;
use sqlx::sqlite::SqliteConnectOptions;
use sync_core::ports::{IntakeBatch, ReportQuery, Store};
use sync_core::state::{AuditDraft, Lease, StoredReport};
use sync_core::testing::{conformance, samples};
use sync_core::{Error, ErrorKind};
use tempfile::TempDir;

use super::{SqliteAccess, SqliteSettings, SqliteStore};

const TTL: Duration = Duration::from_mins(2);

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("sync.db")
    }

    async fn open(&self, settings: SqliteSettings) -> Result<SqliteStore, Error> {
        SqliteStore::open(self.path(), settings).await
    }

    async fn store(&self) -> SqliteStore {
        self.open(SqliteSettings::default()).await.unwrap()
    }

    async fn run(&self, sql: &'static str) -> Result<(), sqlx::Error> {
        let options = SqliteConnectOptions::new().filename(self.path());
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await?;
        sqlx::raw_sql(sql).execute(&mut connection).await?;
        connection.close().await
    }
}

async fn leased(store: &SqliteStore) -> Lease {
    store
        .acquire_lease(&samples::connection(), "test", TTL, samples::start())
        .await
        .unwrap()
}

/// Every report of the connection.
async fn reports(store: &SqliteStore) -> Result<Vec<StoredReport>, Error> {
    let query = ReportQuery {
        limit: 10_000,
        ..ReportQuery::default()
    };
    store.reports(&samples::connection(), &query).await
}

fn batch(reports: usize) -> IntakeBatch {
    let reports = (0..reports)
        .map(|n| samples::report(&format!("R{n:08}"), &[100, 200, 300]))
        .collect();
    IntakeBatch {
        reports,
        ..IntakeBatch::default()
    }
}

#[track_caller]
fn says(error: &Error, kind: ErrorKind, words: &str) {
    assert_eq!(error.kind(), kind, "{error:?}");
    assert!(error.to_string().contains(words), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_keeps_every_promise_of_the_port() {
    conformance::store(|| async {
        let place = Place::new();
        (place.store().await, place)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_in_memory_keeps_every_promise_of_the_port() {
    conformance::store(|| async { (SqliteStore::open_in_memory().await.unwrap(), ()) }).await;
}

#[tokio::test]
async fn what_was_stored_is_there_after_opening_again() {
    let place = Place::new();
    let store = place.store().await;
    let lease = leased(&store).await;
    store
        .intake(&lease, batch(3), samples::start())
        .await
        .unwrap();
    store.close().await;
    let store = place.store().await;
    assert_eq!(reports(&store).await.unwrap().len(), 3);
    assert!(
        store
            .acquire_lease(&samples::connection(), "next", TTL, samples::start())
            .await
            .is_err()
    );
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_and_those_beside_it_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new();
    let store = place.store().await;
    leased(&store).await;
    let mut files = 0;
    for file in std::fs::read_dir(place.folder.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(
            file.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{:?}",
            file.path()
        );
        files += 1;
    }
    assert!(files >= 2, "the database and its log");
}

#[tokio::test]
async fn two_programs_that_open_a_new_file_at_once_both_succeed() {
    let place = Place::new();
    let (first, second) = tokio::join!(
        place.open(SqliteSettings::default()),
        place.open(SqliteSettings::default())
    );
    let (first, second) = (first.unwrap(), second.unwrap());
    leased(&first).await;
    let held = second
        .acquire_lease(&samples::connection(), "other", TTL, samples::start())
        .await;
    assert_eq!(
        held.unwrap_err().kind(),
        ErrorKind::LeaseLost,
        "leases hold across processes"
    );
}

#[tokio::test]
async fn a_locked_database_is_unavailable_and_says_so() {
    let place = Place::new();
    let settings = SqliteSettings {
        busy_timeout: Duration::from_millis(20),
        ..SqliteSettings::default()
    };
    let store = place.open(settings).await.unwrap();
    let lease = leased(&store).await;
    let options = SqliteConnectOptions::new().filename(place.path());
    let mut other = sqlx::SqliteConnection::connect_with(&options)
        .await
        .unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();
    let error = store
        .intake(&lease, batch(1), samples::start())
        .await
        .unwrap_err();
    says(&error, ErrorKind::Unavailable, "locked by another process");
    // Reading goes on.
    assert!(
        store
            .reports(&samples::connection(), &ReportQuery::default())
            .await
            .is_ok()
    );
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    store
        .intake(&lease, batch(1), samples::start())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_read_only_database_reads_and_refuses_to_write() {
    let place = Place::new();
    let store = place.store().await;
    let lease = leased(&store).await;
    store
        .intake(&lease, batch(2), samples::start())
        .await
        .unwrap();
    let read_only = SqliteSettings {
        access: SqliteAccess::ReadOnly,
        ..SqliteSettings::default()
    };
    let reader = place.open(read_only).await.unwrap();
    assert_eq!(reports(&reader).await.unwrap().len(), 2);
    let error = reader
        .intake(&lease, batch(1), samples::start())
        .await
        .unwrap_err();
    says(&error, ErrorKind::Unavailable, "read-only");
    let missing = SqliteStore::open(place.folder.path().join("none.db"), read_only)
        .await
        .unwrap_err();
    says(&missing, ErrorKind::Unavailable, "cannot be opened");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_untouched() {
    let place = Place::new();
    place.store().await.close().await;
    place
        .run(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'later', TRUE, x'00', 0)",
        )
        .await
        .unwrap();
    for access in [SqliteAccess::ReadWrite, SqliteAccess::ReadOnly] {
        let error = place
            .open(SqliteSettings {
                access,
                ..SqliteSettings::default()
            })
            .await
            .unwrap_err();
        says(&error, ErrorKind::Corrupt, "newer version");
        assert!(error.to_string().contains("9999"), "{error}");
    }
}

#[tokio::test]
async fn a_full_disk_is_unavailable_and_the_call_left_nothing() {
    let place = Place::new();
    let store = place
        .open(SqliteSettings {
            pages_max: Some(120),
            ..SqliteSettings::default()
        })
        .await
        .unwrap();
    let lease = leased(&store).await;
    let error = store
        .intake(&lease, batch(2000), samples::start())
        .await
        .unwrap_err();
    says(&error, ErrorKind::Unavailable, "full");
    assert!(reports(&store).await.unwrap().is_empty());
    // What fits still works.
    store
        .intake(&lease, batch(2), samples::start())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let place = Place::new();
    std::fs::write(
        place.path(),
        "this is a shopping list, not a database\n".repeat(40),
    )
    .unwrap();
    let error = place.open(SqliteSettings::default()).await.unwrap_err();
    says(&error, ErrorKind::Corrupt, "no SQLite database");
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let place = Place::new();
    let path = place.folder.path().join("none").join("sync.db");
    let error = SqliteStore::open(&path, SqliteSettings::default())
        .await
        .unwrap_err();
    says(&error, ErrorKind::Unavailable, "none");
}

#[tokio::test]
async fn the_audit_trail_cannot_be_updated_or_deleted_by_mistake() {
    let place = Place::new();
    let store = place.store().await;
    let lease = leased(&store).await;
    let draft = AuditDraft::by_engine("connection", "noted", "");
    store
        .append_audit(&lease, vec![draft], samples::start())
        .await
        .unwrap();
    for sql in [
        "UPDATE audit SET detail = 'nothing happened'",
        "DELETE FROM audit",
    ] {
        let error = place.run(sql).await.unwrap_err();
        assert!(error.to_string().contains("append-only"), "{error}");
    }
}

#[tokio::test]
async fn a_row_of_a_newer_form_is_corrupt_and_names_both_versions() {
    let place = Place::new();
    let store = place.store().await;
    let lease = leased(&store).await;
    store
        .intake(&lease, batch(1), samples::start())
        .await
        .unwrap();
    place
        .run(r#"UPDATE report_contents SET record = '{"v":7,"body":{}}'"#)
        .await
        .unwrap();
    let error = reports(&store).await.unwrap_err();
    says(&error, ErrorKind::Corrupt, "version 7");
}
