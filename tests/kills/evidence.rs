//! What a database says, read from a copy with plain SQL: neither the program nor our store has a hand in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

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

/// Makes a database one of the first version of the tables, as a program of that version left it.
pub async fn make_older(folder: &Path) -> Result<(), String> {
    let older = async {
        let mut db = open(&folder.join(DATABASE)).await?;
        for statement in [
            "BEGIN IMMEDIATE",
            "DROP TABLE IF EXISTS credential_versions",
            "DROP TABLE IF EXISTS configurations",
            "DELETE FROM _sqlx_migrations WHERE version > 1",
            "COMMIT",
        ] {
            sqlx::query(statement).execute(&mut db).await?;
        }
        db.close().await
    };
    older
        .await
        .map_err(|error: sqlx::Error| format!("the database cannot be made older: {error}"))
}
