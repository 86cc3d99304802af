//! Table `review_items`.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::{SqliteConnection, SqliteExecutor};
use sync_core::model::ConnectionId;
use sync_core::plan::CauseKey;
use sync_core::state::bookkeeping::ItemHead;
use sync_core::state::{ReviewStatus, from_record, to_record};
use sync_core::{Error, Result};

use super::error::database;
use super::row::{ROWS_PER_STATEMENT, from_column, json_rows, time, to_column};

#[derive(Serialize)]
struct ItemRow<'a> {
    number: i64,
    cause_key: &'a str,
    cause: String,
    status: &'static str,
    opened_us: i64,
    changed_us: i64,
}

type Columns = (i64, String, String, String, i64, i64);

pub(super) async fn load(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    causes: &[&str],
) -> Result<BTreeMap<CauseKey, ItemHead>> {
    let rows: Vec<Columns> = sqlx::query_as(
        "SELECT number, cause_key, cause, status, opened_us, changed_us FROM review_items
         WHERE connection = ?1 AND cause_key IN (SELECT value FROM json_each(?2))",
    )
    .bind(connection.as_str())
    .bind(json_rows(&causes)?)
    .fetch_all(db)
    .await
    .map_err(database("read review items"))?;
    rows.into_iter()
        .map(|row| {
            let item = head(row)?;
            Ok((item.key.clone(), item))
        })
        .collect()
}

/// The highest number given out; 0 for none.
pub(super) async fn last_number(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
) -> Result<u64> {
    let last: Option<i64> =
        sqlx::query_scalar("SELECT max(number) FROM review_items WHERE connection = ?1")
            .bind(connection.as_str())
            .fetch_one(db)
            .await
            .map_err(database("read review items"))?;
    from_column(last.unwrap_or(0))
}

pub(super) async fn save(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    items: &[ItemHead],
) -> Result<()> {
    for chunk in items.chunks(ROWS_PER_STATEMENT) {
        let rows = chunk
            .iter()
            .map(|item| {
                Ok(ItemRow {
                    number: to_column(item.number)?,
                    cause_key: item.key.as_str(),
                    cause: to_record(&item.cause)?,
                    status: status_word(item.status),
                    opened_us: item.opened_at.timestamp_micros(),
                    changed_us: item.changed_at.timestamp_micros(),
                })
            })
            .collect::<Result<Vec<_>>>()?;
        sqlx::query(
            "INSERT INTO review_items (connection, number, cause_key, cause, status, opened_us, changed_us)
             SELECT ?1, value ->> 'number', value ->> 'cause_key', value ->> 'cause', value ->> 'status',
                 value ->> 'opened_us', value ->> 'changed_us'
             FROM json_each(?2) WHERE true
             ON CONFLICT (connection, number) DO UPDATE SET
                 cause = excluded.cause, status = excluded.status, changed_us = excluded.changed_us",
        )
        .bind(connection.as_str())
        .bind(json_rows(&rows)?)
        .execute(&mut *db)
        .await
        .map_err(database("write review items"))?;
    }
    Ok(())
}

/// Every item, or every open one, by number.
pub(super) async fn all(
    db: impl SqliteExecutor<'_>,
    connection: &ConnectionId,
    open_only: bool,
) -> Result<Vec<ItemHead>> {
    let rows: Vec<Columns> = sqlx::query_as(
        "SELECT number, cause_key, cause, status, opened_us, changed_us FROM review_items
         WHERE connection = ?1 AND (NOT ?2 OR status = ?3) ORDER BY number",
    )
    .bind(connection.as_str())
    .bind(open_only)
    .bind(status_word(ReviewStatus::Open))
    .fetch_all(db)
    .await
    .map_err(database("read review items"))?;
    rows.into_iter().map(head).collect()
}

fn head((number, key, cause, status, opened, changed): Columns) -> Result<ItemHead> {
    let status = [ReviewStatus::Open, ReviewStatus::Closed]
        .into_iter()
        .find(|known| status_word(*known) == status)
        .ok_or_else(|| Error::corrupt("read a review item of an unknown status"))?;
    Ok(ItemHead {
        number: from_column(number)?,
        key: CauseKey::from_stored(key),
        cause: from_record(&cause)?,
        status,
        opened_at: time(opened)?,
        changed_at: time(changed)?,
    })
}

const fn status_word(status: ReviewStatus) -> &'static str {
    match status {
        ReviewStatus::Open => "open",
        ReviewStatus::Closed => "closed",
    }
}
