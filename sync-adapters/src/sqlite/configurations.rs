//! Table `configurations`.

use sqlx::SqliteConnection;
use sync_core::Result;
use sync_core::model::ConnectionId;
use sync_core::state::{ConfigurationHashes, from_record, to_record};

use super::error::database;

pub(super) async fn load(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
) -> Result<Option<ConfigurationHashes>> {
    let record: Option<String> =
        sqlx::query_scalar("SELECT record FROM configurations WHERE connection = ?1")
            .bind(connection.as_str())
            .fetch_optional(db)
            .await
            .map_err(database("read the configuration noted last"))?;
    record.as_deref().map(from_record).transpose()
}

pub(super) async fn save(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    hashes: &ConfigurationHashes,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO configurations (connection, record) VALUES (?1, ?2)
         ON CONFLICT (connection) DO UPDATE SET record = excluded.record",
    )
    .bind(connection.as_str())
    .bind(to_record(hashes)?)
    .execute(db)
    .await
    .map_err(database("note the configuration"))?;
    Ok(())
}
