//! Tables `credentials` and `data_keys`: sealed bytes for the vault.

use async_trait::async_trait;
use sync_core::Result;
use sync_core::model::{ConnectionId, Provider};

use super::SqliteStore;
use super::error::database;
use super::row::{from_column, to_column};
use super::work;
use crate::vault::{SealedRow, SealedRows};

#[async_trait]
impl SealedRows for SqliteStore {
    async fn credential(
        &self,
        connection: &ConnectionId,
        provider: Provider,
    ) -> Result<Option<SealedRow>> {
        let row: Option<(i64, Option<Vec<u8>>)> = sqlx::query_as(
            "SELECT version, sealed FROM credentials WHERE connection = ?1 AND provider = ?2",
        )
        .bind(connection.as_str())
        .bind(provider.as_str())
        .fetch_optional(&self.readers)
        .await
        .map_err(database("read a sealed credential"))?;
        row.map(|(version, sealed)| {
            Ok(SealedRow {
                version: from_column(version)?,
                sealed,
            })
        })
        .transpose()
    }

    async fn swap_credential(
        &self,
        connection: &ConnectionId,
        provider: Provider,
        before: Option<&SealedRow>,
        after: &SealedRow,
    ) -> Result<bool> {
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
        let mut transaction = work::begin(&self.writer).await?;
        let done = statement
            .execute(&mut *transaction)
            .await
            .map_err(database("write a sealed credential"))?;
        work::commit(transaction).await?;
        Ok(done.rows_affected() == 1)
    }

    async fn data_key(&self, connection: &ConnectionId) -> Result<Option<Vec<u8>>> {
        sqlx::query_scalar("SELECT sealed FROM data_keys WHERE connection = ?1")
            .bind(connection.as_str())
            .fetch_optional(&self.readers)
            .await
            .map_err(database("read a sealed data key"))
    }

    async fn swap_data_key(
        &self,
        connection: &ConnectionId,
        before: Option<&[u8]>,
        after: &[u8],
    ) -> Result<bool> {
        let statement = match before {
            None => sqlx::query(
                "INSERT INTO data_keys (connection, sealed) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            ),
            Some(_) => sqlx::query(
                "UPDATE data_keys SET sealed = ?2 WHERE connection = ?1 AND sealed = ?3",
            ),
        };
        let mut statement = statement.bind(connection.as_str()).bind(after);
        if let Some(before) = before {
            statement = statement.bind(before);
        }
        let mut transaction = work::begin(&self.writer).await?;
        let done = statement
            .execute(&mut *transaction)
            .await
            .map_err(database("write a sealed data key"))?;
        work::commit(transaction).await?;
        Ok(done.rows_affected() == 1)
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
