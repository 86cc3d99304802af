//! What a database says, read from a copy with plain SQL: neither the program nor our store has a hand in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};

use super::program::DATABASE;

/// What is durable now.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// Intents to send, by the mark of the record.
    pub(super) intents: BTreeMap<String, u64>,
    /// Until when the lease holds, in microseconds since 1970.
    pub(super) leased_until_us: i64,
    /// Reports of which every record is written and verified.
    pub(super) verified: BTreeSet<String>,
    /// Whether an integrity check was made.
    pub(super) checked: bool,
}

impl Evidence {
    /// Reads a copy of an installation's database. One that does not exist yet, or has no tables yet, says nothing.
    pub(super) async fn of(folder: &Path) -> Result<Self, String> {
        if !folder.join(DATABASE).exists() {
            return Ok(Self::default());
        }
        let copy = tempfile::tempdir().map_err(|error| error.to_string())?;
        for name in [
            DATABASE.to_owned(),
            format!("{DATABASE}-wal"),
            format!("{DATABASE}-journal"),
        ] {
            let from = folder.join(&name);
            if from.exists() {
                fs::copy(from, copy.path().join(name)).map_err(|error| error.to_string())?;
            }
        }
        let read = async {
            let mut db = open(&copy.path().join(DATABASE)).await?;
            let evidence = Self::read(&mut db).await;
            db.close().await?;
            evidence
        };
        let (evidence, integrity) = read
            .await
            .map_err(|error| format!("the database cannot be read: {error}"))?;
        if integrity == "ok" {
            Ok(evidence)
        } else {
            Err(format!("the database is damaged: {integrity}"))
        }
    }

    async fn read(db: &mut SqliteConnection) -> sqlx::Result<(Self, String)> {
        let integrity: String = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_one(&mut *db)
            .await?;
        let mut evidence = Self {
            checked: true,
            ..Self::default()
        };
        let tables: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'audit'")
                .fetch_one(&mut *db)
                .await?;
        if tables == 0 {
            return Ok((evidence, integrity));
        }
        let intents: Vec<(String, i64)> = sqlx::query_as(
            "SELECT subject, COUNT(*) FROM audit WHERE action = 'begin_send' AND detail NOT LIKE '% of record %' GROUP BY subject",
        )
        .fetch_all(&mut *db)
        .await?;
        evidence.intents = intents
            .into_iter()
            .map(|(key, count)| (key, u64::try_from(count).unwrap_or_default()))
            .collect();
        evidence.leased_until_us =
            sqlx::query_scalar("SELECT COALESCE(MAX(until_us), 0) FROM leases")
                .fetch_one(&mut *db)
                .await?;
        let verified: Vec<String> = sqlx::query_scalar(
            "SELECT report FROM entries GROUP BY report HAVING SUM(state <> 'verified') = 0",
        )
        .fetch_all(&mut *db)
        .await?;
        evidence.verified = verified.into_iter().collect();
        Ok((evidence, integrity))
    }
}

async fn open(path: &Path) -> sqlx::Result<SqliteConnection> {
    SqliteConnectOptions::new().filename(path).connect().await
}

/// Versions of the tables that a database may have been left with: those of its first program, some later ones, and one
/// where the third change came before the second.
pub const OLDER: [&[i64]; 4] = [&[1], &[1, 2], &[1, 3], &[1, 2, 3]];

/// Makes a database one that knows these changes of the tables only, as an older program left it, with all that those
/// tables can hold.
///
/// # Errors
/// Why it cannot be made.
pub async fn make_older(folder: &Path, versions: &[i64]) -> Result<(), String> {
    let (database, older) = (folder.join(DATABASE), folder.join("older.db"));
    rebuilt(&database, &older, versions)
        .await
        .map_err(|error| format!("the database cannot be made older: {error}"))?;
    let replace = || {
        let mode = fs::metadata(&database)?.permissions();
        fs::set_permissions(&older, mode)?;
        fs::rename(&older, &database)
    };
    replace().map_err(|error| format!("the older database cannot be put in place: {error}"))
}

async fn rebuilt(database: &Path, older: &Path, versions: &[i64]) -> sqlx::Result<()> {
    // Closing the only connection writes everything back into the one file that is replaced.
    open(database).await?.close().await?;
    let options = SqliteConnectOptions::new()
        .filename(older)
        .create_if_missing(true)
        .foreign_keys(false)
        .journal_mode(SqliteJournalMode::Wal);
    let mut db = options.connect().await?;
    sqlx::query("ATTACH ?1 AS now")
        .bind(database.to_string_lossy().into_owned())
        .execute(&mut db)
        .await?;
    // A kill may have left the database older still.
    let known: Vec<i64> = sqlx::query_scalar("SELECT version FROM now._sqlx_migrations")
        .fetch_all(&mut db)
        .await?;
    let known = versions.iter().filter(|version| known.contains(version));
    let known: Vec<i64> = known.copied().collect();
    for version in &known {
        run(&mut db, change_of(*version)).await?;
    }
    let log: String =
        sqlx::query_scalar("SELECT sql FROM now.sqlite_schema WHERE name = '_sqlx_migrations'")
            .fetch_one(&mut db)
            .await?;
    run(&mut db, log).await?;
    // Only what both have: columns that a later change added stay behind, and so does that change's note of itself.
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT older.name, group_concat(held.name, ', ') FROM main.sqlite_schema older
         JOIN now.sqlite_schema present ON present.type = 'table' AND present.name = older.name
         JOIN pragma_table_info(older.name, 'main') held
         JOIN pragma_table_info(older.name, 'now') kept ON kept.name = held.name
         WHERE older.type = 'table' AND older.name NOT LIKE 'sqlite_%' GROUP BY older.name",
    )
    .fetch_all(&mut db)
    .await?;
    for (table, columns) in columns {
        run(
            &mut db,
            format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM now.{table}"),
        )
        .await?;
    }
    let known: Vec<String> = known.iter().map(ToString::to_string).collect();
    let known = known.join(", ");
    run(
        &mut db,
        format!("DELETE FROM main._sqlx_migrations WHERE version NOT IN ({known})"),
    )
    .await?;
    db.close().await
}

/// Runs statements put together here, from names of the tables and nothing else.
async fn run(db: &mut SqliteConnection, sql: String) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(db).await?;
    Ok(())
}

/// The statements of one change of the tables.
fn change_of(version: i64) -> String {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../sync-adapters/src/sqlite/migrations");
    let prefix = format!("{version:04}_");
    let file = fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(&prefix))
        })
        .unwrap();
    fs::read_to_string(file).unwrap()
}
