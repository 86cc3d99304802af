//! A database that cannot be used: locked, full, damaged, older or newer than the program. Nothing is sent, the complaint
//! says what to do, and once it is repaired the next pass does the work.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use sync_sandbox::Sandbox;
use sync_tests::kills::{OLDER, Run, authorize, configure, ended, make_older, run, start};
use tempfile::TempDir;

/// A little more than the lease of the configuration.
const LEASE: std::time::Duration = std::time::Duration::from_millis(2_100);

/// The demo with an installation that has not run yet.
struct Scene {
    folder: TempDir,
    sandbox: Sandbox,
}

impl Scene {
    async fn new() -> Self {
        let sandbox = Sandbox::builder().rate_limits(false).start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        configure(folder.path(), &sandbox);
        authorize(folder.path(), &sandbox).await;
        Self { folder, sandbox }
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("ml-connector.db")
    }

    async fn sql(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.database());
        options.connect().await.unwrap()
    }

    async fn sync(&self) -> Run {
        run(&super::program(), self.folder.path(), &["sync"]).await
    }

    /// The run ended so, told these, and sent nothing.
    fn assert_refused(&self, run: &Run, code: i32, told: &[&str]) {
        assert_eq!(run.code, Some(code), "{}", run.told());
        for text in told {
            assert!(run.stderr.contains(text), "{text:?}: {}", run.told());
        }
        assert!(self.sandbox.posts().is_empty(), "{}", run.told());
    }

    async fn assert_works(&self) {
        let run = self.sync().await;
        assert!(matches!(run.code, Some(0 | 10)), "{}", run.told());
        assert!(!self.sandbox.posts().is_empty(), "{}", run.told());
    }
}

#[tokio::test]
async fn a_database_that_another_process_keeps_locked_is_waited_for_and_then_refused() {
    let scene = Scene::new().await;
    let mut other = scene.sql().await;
    sqlx::query("BEGIN EXCLUSIVE")
        .execute(&mut other)
        .await
        .unwrap();
    let refused = scene.sync().await;
    let told = ["ml-connector.db", "locked by another process", "later"];
    scene.assert_refused(&refused, 50, &told);
    other.close().await.unwrap();
    scene.assert_works().await;
}

#[tokio::test]
async fn a_full_disk_sends_nothing_and_is_named() {
    let Some(library) = super::library() else {
        return;
    };
    let scene = Scene::new().await;
    let full = [
        ("LD_PRELOAD", library.path().as_os_str()),
        ("POWER_ROOT", scene.folder.path().as_os_str()),
        ("POWER_FULL", "20000".as_ref()),
    ];
    let program = super::program();
    let refused = ended(start(&program, scene.folder.path(), &["sync"], &full)).await;
    scene.assert_refused(&refused, 50, &["disk", "nothing is lost"]);
    // It could not give its lease back.
    tokio::time::sleep(LEASE).await;
    scene.assert_works().await;
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_by_name() {
    let scene = Scene::new().await;
    let whole = fs::read(scene.database()).unwrap();
    let file = fs::OpenOptions::new()
        .write(true)
        .open(scene.database())
        .unwrap();
    file.write_all_at(&[0xA5; 4096], 0).unwrap();
    let refused = scene.sync().await;
    scene.assert_refused(&refused, 30, &["ml-connector.db", "no SQLite database"]);
    fs::write(scene.database(), whole).unwrap();
    scene.assert_works().await;
}

#[tokio::test]
async fn a_database_of_any_older_version_is_brought_up_to_date_and_works() {
    for versions in OLDER {
        let scene = Scene::new().await;
        make_older(scene.folder.path(), versions).await.unwrap();
        scene.assert_works().await;
        // And once more, with everything in it that a pass leaves: written, in review, audited, credentials.
        make_older(scene.folder.path(), versions).await.unwrap();
        let sent = scene.sandbox.posts().len();
        scene.assert_works().await;
        assert_eq!(scene.sandbox.posts().len(), sent, "{versions:?}");
        let audit = run(&super::program(), scene.folder.path(), &["audit", "verify"]).await;
        assert_eq!(audit.code, Some(0), "{versions:?} {}", audit.told());
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_not_written() {
    let scene = Scene::new().await;
    let mut db = scene.sql().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'newer', TRUE, x'00', 0)";
    sqlx::query(newer).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
    let before = fs::read(scene.database()).unwrap();
    let refused = scene.sync().await;
    let told = ["ml-connector.db", "newer version", "use the version"];
    scene.assert_refused(&refused, 30, &told);
    assert_eq!(fs::read(scene.database()).unwrap(), before);
    let mut db = scene.sql().await;
    let back = "DELETE FROM _sqlx_migrations WHERE version = 9999";
    sqlx::query(back).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
    scene.assert_works().await;
}
