//! Table `watermarks`.

use sqlx::{SqliteConnection, SqliteExecutor};
use sync_core::Result;
use sync_core::model::ConnectionId;
use sync_core::state::{Watermark, from_record, to_record};

use super::error::database;

pub(super) async fn load(
    db: impl SqliteExecutor<'_>,
    connection: &ConnectionId,
) -> Result<Option<Watermark>> {
    let record: Option<String> =
        sqlx::query_scalar("SELECT record FROM watermarks WHERE connection = ?1")
            .bind(connection.as_str())
            .fetch_optional(db)
            .await
            .map_err(database("read the watermark"))?;
    record.as_deref().map(from_record).transpose()
}

pub(super) async fn save(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    watermark: &Watermark,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO watermarks (connection, record) VALUES (?1, ?2)
         ON CONFLICT (connection) DO UPDATE SET record = excluded.record",
    )
    .bind(connection.as_str())
    .bind(to_record(watermark)?)
    .execute(db)
    .await
    .map_err(database("write the watermark"))?;
    Ok(())
}
