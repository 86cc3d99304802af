//! Opening a database: settings, version, file mode.

use std::path::Path;

use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqlitePool, Transaction};
use sync_core::{Error, ErrorKind, Result};

use super::error::database;
use super::{SqliteAccess, SqliteSettings};

static MIGRATIONS: Migrator = sqlx::migrate!("src/sqlite/migrations");

/// How long a call waits for a connection of its own process, beyond the busy timeout.
const ACQUIRE_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(30);

/// The one connection that writes and the pool that reads.
pub(super) struct Pools {
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
}

/// Opens a file, creates it when it is missing, and brings its tables to this version.
pub(super) async fn file(path: &Path, settings: &SqliteSettings) -> Result<Pools> {
    let doing = format!("open database {}", path.display());
    let may_write = settings.access == SqliteAccess::ReadWrite;
    if may_write {
        create_private(path)
            .map_err(|error| Error::unavailable(format!("{doing}: {error}")).with_source(error))?;
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(!may_write)
        .busy_timeout(settings.busy_timeout())
        .foreign_keys(true)
        // With NORMAL a power loss may undo a commit: an intent to send would be forgotten after the request left.
        .synchronous(SqliteSynchronous::Full)
        // Negative: in KiB. The default of 2 MiB spills in the middle of a batch, which costs more than its fsync.
        .pragma("cache_size", format!("-{}", settings.cache_kib()));
    let mut writer = options.clone();
    if may_write {
        writer = writer.journal_mode(SqliteJournalMode::Wal);
    }
    if let Some(pages) = settings.pages_max {
        writer = writer.pragma("max_page_count", pages.to_string());
    }
    let writer = pool(1)
        .connect_with(writer)
        .await
        .map_err(database(&doing))?;
    bring_up_to_date(&writer, may_write, &doing).await?;
    let readers = pool(settings.readers())
        .connect_with(options.read_only(true))
        .await
        .map_err(database(&doing))?;
    Ok(Pools { writer, readers })
}

/// A database that lives as long as its one connection.
pub(super) async fn memory() -> Result<Pools> {
    let doing = "open a database in memory";
    let options = SqliteConnectOptions::new()
        .in_memory(true)
        .foreign_keys(true);
    let writer = pool(1)
        .connect_with(options)
        .await
        .map_err(database(doing))?;
    bring_up_to_date(&writer, true, doing).await?;
    Ok(Pools {
        readers: writer.clone(),
        writer,
    })
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // The connections are files of this process: they neither age nor go away.
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

async fn bring_up_to_date(writer: &SqlitePool, may_write: bool, doing: &str) -> Result<()> {
    if !may_write {
        let mut connection = writer.acquire().await.map_err(database(doing))?;
        return check_version(&mut connection, doing).await;
    }
    // Two programs that start at once take turns: the second finds the work done.
    let mut transaction = writer
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(database(doing))?;
    migrate(&mut transaction, doing).await?;
    transaction.commit().await.map_err(database(doing))
}

async fn migrate(transaction: &mut Transaction<'static, Sqlite>, doing: &str) -> Result<()> {
    let connection = &mut **transaction;
    connection
        .ensure_migrations_table(&MIGRATIONS.table_name)
        .await
        .map_err(|error| refused(error, doing))?;
    check_not_newer(connection, doing).await?;
    MIGRATIONS
        .run_direct(None, connection, false)
        .await
        .map_err(|error| refused(error, doing))
}

/// Read-only programs cannot migrate: the tables must be of exactly this version.
async fn check_version(connection: &mut sqlx::SqliteConnection, doing: &str) -> Result<()> {
    let applied = check_not_newer(connection, doing).await?;
    if applied < newest() {
        return Err(Error::new(
            ErrorKind::Unavailable,
            format!(
                "{doing}: its tables are of version {applied} and must be brought to {} first: open it once for writing",
                newest()
            ),
        ));
    }
    Ok(())
}

/// The version of the tables, refused when it is newer than this program.
async fn check_not_newer(connection: &mut sqlx::SqliteConnection, doing: &str) -> Result<i64> {
    let applied = connection
        .list_applied_migrations(&MIGRATIONS.table_name)
        .await
        .map_err(|error| refused(error, doing))?;
    let version = applied
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0);
    if version > newest() {
        return Err(Error::corrupt(format!(
            "{doing}: it was written by a newer version of this program (tables {version}, known here {}): use that one",
            newest()
        )));
    }
    Ok(version)
}

fn newest() -> i64 {
    MIGRATIONS
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0)
}

fn refused(error: MigrateError, doing: &str) -> Error {
    if let MigrateError::Execute(inner) | MigrateError::ExecuteMigration(inner, _) = error {
        return database(doing)(inner);
    }
    Error::corrupt(format!("{doing}: its tables are not those of this program")).with_source(error)
}

/// Creates the file before SQLite would: it holds names and amounts, so it is its owner's alone. SQLite gives the same
/// mode to the files beside it.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        result => result.map(drop),
    }
}
