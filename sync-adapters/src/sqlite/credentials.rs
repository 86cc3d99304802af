//! Tables `credentials`, `credential_versions` and `data_keys`: sealed bytes for the vault.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;
use sync_core::Result;
use sync_core::model::{ConnectionId, Provider};
use sync_core::state::AuditDraft;

use super::error::database;
use super::row::{from_column, to_column};
use super::{SqliteStore, audit, work};
use crate::vault::{Rekeying, SealedRow, SealedRows, StoredRow};

#[async_trait]
impl SealedRows for SqliteStore {
    async fn credential(&self, connection: &ConnectionId, provider: Provider) -> Result<StoredRow> {
        type Columns = (Option<i64>, Option<Vec<u8>>, Option<i64>);
        let columns: Columns = sqlx::query_as(
            "SELECT credentials.version, credentials.sealed, credential_versions.version
             FROM (SELECT ?1 AS connection, ?2 AS provider) AS wanted
             LEFT JOIN credentials USING (connection, provider)
             LEFT JOIN credential_versions USING (connection, provider)",
        )
        .bind(connection.as_str())
        .bind(provider.as_str())
        .fetch_one(&self.readers)
        .await
        .map_err(database("read a sealed credential"))?;
        let (version, sealed, recorded) = columns;
        let row = version.map(|version| {
            Ok::<_, sync_core::Error>(SealedRow {
                version: from_column(version)?,
                sealed,
            })
        });
        Ok(StoredRow {
            row: row.transpose()?,
            recorded: recorded.map(from_column).transpose()?,
        })
    }

    async fn swap_credential(
        &self,
        connection: &ConnectionId,
        provider: Provider,
        before: Option<&SealedRow>,
        after: &SealedRow,
        data_key: Option<&[u8]>,
    ) -> Result<bool> {
        let mut transaction = work::begin(&self.writer).await?;
        let db = &mut *transaction;
        if let Some(data_key) = data_key
            && sealed_data_key(db, connection).await?.as_deref() != Some(data_key)
        {
            return Ok(false);
        }
        if !swap_row(db, connection, provider, before, after).await? {
            return Ok(false);
        }
        work::commit(transaction).await?;
        Ok(true)
    }

    async fn data_key(&self, connection: &ConnectionId) -> Result<Option<Vec<u8>>> {
        let mut db = self
            .readers
            .acquire()
            .await
            .map_err(database("read a sealed data key"))?;
        sealed_data_key(&mut db, connection).await
    }

    async fn swap_data_key(
        &self,
        connection: &ConnectionId,
        before: Option<&[u8]>,
        after: &[u8],
        note: Option<(AuditDraft, DateTime<Utc>)>,
    ) -> Result<bool> {
        let mut transaction = work::begin(&self.writer).await?;
        let db = &mut *transaction;
        if !swap_data_key(db, connection, before, after).await? {
            return Ok(false);
        }
        if let Some(note) = note {
            append(db, connection, note).await?;
        }
        work::commit(transaction).await?;
        Ok(true)
    }

    async fn rekey(
        &self,
        connection: &ConnectionId,
        rekeying: &Rekeying,
        note: (AuditDraft, DateTime<Utc>),
    ) -> Result<bool> {
        let mut transaction = work::begin(&self.writer).await?;
        let db = &mut *transaction;
        let (before, after) = &rekeying.data_key;
        if !swap_data_key(db, connection, Some(before), after).await? {
            return Ok(false);
        }
        for (provider, before, after) in &rekeying.rows {
            let done = match after {
                Some(after) => swap_row(db, connection, *provider, before.as_ref(), after).await?,
                None => !exists(db, connection, *provider).await?,
            };
            if !done {
                return Ok(false);
            }
        }
        append(db, connection, note).await?;
        work::commit(transaction).await?;
        Ok(true)
    }

    async fn shred(
        &self,
        connection: &ConnectionId,
        note: (AuditDraft, DateTime<Utc>),
    ) -> Result<bool> {
        let doing = "shred the credentials of a connection";
        // What is deleted is overwritten, in the file and, by the checkpoint below, in the log beside it. The setting stays
        // on for this connection: it costs little.
        sqlx::query("PRAGMA secure_delete = ON")
            .execute(&self.writer)
            .await
            .map_err(database(doing))?;
        let mut transaction = work::begin(&self.writer).await?;
        let db = &mut *transaction;
        let mut rows = 0;
        for statement in [
            "DELETE FROM data_keys WHERE connection = ?1",
            "UPDATE credentials SET sealed = NULL WHERE connection = ?1 AND sealed IS NOT NULL",
        ] {
            let done = sqlx::query(statement)
                .bind(connection.as_str())
                .execute(&mut *db)
                .await
                .map_err(database(doing))?;
            rows += done.rows_affected();
        }
        append(db, connection, note).await?;
        work::commit(transaction).await?;
        // Readers may hold the log for a moment; then it is emptied by the next checkpoint that finds none.
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&self.writer)
            .await
            .map_err(database(doing))?;
        Ok(rows > 0)
    }

    async fn connections_with_keys(&self) -> Result<Vec<ConnectionId>> {
        let names: Vec<String> =
            sqlx::query_scalar("SELECT connection FROM data_keys ORDER BY connection")
                .fetch_all(&self.readers)
                .await
                .map_err(database("read which connections have data keys"))?;
        Ok(names.into_iter().map(ConnectionId::new).collect())
    }
}

async fn sealed_data_key(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
) -> Result<Option<Vec<u8>>> {
    sqlx::query_scalar("SELECT sealed FROM data_keys WHERE connection = ?1")
        .bind(connection.as_str())
        .fetch_optional(db)
        .await
        .map_err(database("read a sealed data key"))
}

async fn exists(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    provider: Provider,
) -> Result<bool> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT version FROM credentials WHERE connection = ?1 AND provider = ?2",
    )
    .bind(connection.as_str())
    .bind(provider.as_str())
    .fetch_optional(db)
    .await
    .map_err(database("look for a sealed credential"))?;
    Ok(found.is_some())
}

async fn swap_row(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    provider: Provider,
    before: Option<&SealedRow>,
    after: &SealedRow,
) -> Result<bool> {
    let doing = "write a sealed credential";
    let statement = match before {
        None => sqlx::query(
            "INSERT INTO credentials (connection, provider, version, sealed) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO NOTHING",
        ),
        Some(_) => sqlx::query(
            "UPDATE credentials SET version = ?3, sealed = ?4
             WHERE connection = ?1 AND provider = ?2 AND version = ?5 AND sealed IS ?6",
        ),
    };
    let mut statement = statement
        .bind(connection.as_str())
        .bind(provider.as_str())
        .bind(to_column(after.version)?)
        .bind(after.sealed.as_deref());
    if let Some(before) = before {
        statement = statement
            .bind(to_column(before.version)?)
            .bind(before.sealed.as_deref());
    }
    let done = statement.execute(&mut *db).await.map_err(database(doing))?;
    if done.rows_affected() != 1 {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO credential_versions (connection, provider, version) VALUES (?1, ?2, ?3)
         ON CONFLICT (connection, provider) DO UPDATE SET version = excluded.version",
    )
    .bind(connection.as_str())
    .bind(provider.as_str())
    .bind(to_column(after.version)?)
    .execute(db)
    .await
    .map_err(database(doing))?;
    Ok(true)
}

async fn swap_data_key(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    before: Option<&[u8]>,
    after: &[u8],
) -> Result<bool> {
    let statement = match before {
        None => sqlx::query(
            "INSERT INTO data_keys (connection, sealed) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        ),
        Some(_) => {
            sqlx::query("UPDATE data_keys SET sealed = ?2 WHERE connection = ?1 AND sealed = ?3")
        }
    };
    let mut statement = statement.bind(connection.as_str()).bind(after);
    if let Some(before) = before {
        statement = statement.bind(before);
    }
    let done = statement
        .execute(db)
        .await
        .map_err(database("write a sealed data key"))?;
    Ok(done.rows_affected() == 1)
}

/// Links an entry to the connection's trail. It needs no lease: the chain's end is read in this very transaction.
async fn append(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    (draft, at): (AuditDraft, DateTime<Utc>),
) -> Result<()> {
    let mut chain = audit::chain(db, connection).await?;
    let entry = chain.append(draft, at);
    audit::append(db, connection, &[entry]).await
}
