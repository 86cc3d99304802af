//! Table `leases`.

use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;
use sync_core::Result;
use sync_core::model::ConnectionId;
use sync_core::state::Lease;
use sync_core::state::bookkeeping::LeaseRow;

use super::error::database;
use super::row::{from_column, time, to_column};

pub(super) async fn load(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
) -> Result<Option<LeaseRow>> {
    let row: Option<(i64, String, Option<i64>)> =
        sqlx::query_as("SELECT fence, holder, until_us FROM leases WHERE connection = ?1")
            .bind(connection.as_str())
            .fetch_optional(db)
            .await
            .map_err(database("read a lease"))?;
    row.map(|(fence, holder, until)| {
        Ok(LeaseRow {
            fence: from_column(fence)?,
            holder,
            until: until.map(time).transpose()?,
        })
    })
    .transpose()
}

pub(super) async fn check(
    db: &mut SqliteConnection,
    lease: &Lease,
    now: DateTime<Utc>,
) -> Result<LeaseRow> {
    let row = load(db, &lease.connection).await?;
    LeaseRow::check(row.as_ref(), lease, now).cloned()
}

pub(super) async fn save(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    row: &LeaseRow,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO leases (connection, fence, holder, until_us) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (connection) DO UPDATE SET fence = excluded.fence, holder = excluded.holder, until_us = excluded.until_us",
    )
    .bind(connection.as_str())
    .bind(to_column(row.fence)?)
    .bind(row.holder.as_str())
    .bind(row.until.map(|until| until.timestamp_micros()))
    .execute(db)
    .await
    .map_err(database("write a lease"))?;
    Ok(())
}

/// Gives a lease back if it is still the newest.
pub(super) async fn release(db: &mut SqliteConnection, lease: &Lease) -> Result<()> {
    sqlx::query("UPDATE leases SET until_us = NULL WHERE connection = ?1 AND fence = ?2")
        .bind(lease.connection.as_str())
        .bind(to_column(lease.fence)?)
        .execute(db)
        .await
        .map_err(database("give a lease back"))?;
    Ok(())
}
