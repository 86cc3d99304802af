//! Table `blocks`: what causes hold up.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sqlx::{SqliteConnection, SqliteExecutor};
use sync_core::model::ConnectionId;
use sync_core::plan::CauseKey;
use sync_core::state::bookkeeping::BlockSlot;
use sync_core::state::{Block, from_record, to_record};
use sync_core::{Error, Result};

use super::error::database;
use super::row::{ROWS_PER_STATEMENT, json_rows};

#[derive(Serialize)]
struct SlotRow<'a> {
    origin: &'static str,
    subject: &'a str,
}

#[derive(Serialize)]
struct BlockRow<'a> {
    origin: &'static str,
    subject: &'a str,
    cause_key: String,
    record: String,
}

fn slot_rows<'a>(slots: impl Iterator<Item = &'a BlockSlot>) -> Vec<SlotRow<'a>> {
    slots
        .map(|slot| SlotRow {
            origin: slot.origin(),
            subject: slot.subject(),
        })
        .collect()
}

pub(super) async fn load(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    slots: &BTreeSet<BlockSlot>,
) -> Result<BTreeMap<BlockSlot, Vec<Block>>> {
    let mut blocks: BTreeMap<BlockSlot, Vec<Block>> = BTreeMap::new();
    if slots.is_empty() {
        return Ok(blocks);
    }
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT block.origin, block.subject, block.record
         FROM json_each(?2) AS slot
         CROSS JOIN blocks AS block
         WHERE block.connection = ?1 AND block.origin = slot.value ->> 'origin' AND block.subject = slot.value ->> 'subject'",
    )
    .bind(connection.as_str())
    .bind(json_rows(&slot_rows(slots.iter()))?)
    .fetch_all(db)
    .await
    .map_err(database("read what causes hold up"))?;
    for (origin, subject, record) in rows {
        let slot = BlockSlot::from_stored(&origin, &subject)
            .ok_or_else(|| Error::corrupt("read a block of an unknown origin"))?;
        blocks.entry(slot).or_default().push(from_record(&record)?);
    }
    Ok(blocks)
}

/// Empties slots and fills them again.
pub(super) async fn save(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    slots: &BTreeMap<BlockSlot, Vec<Block>>,
) -> Result<()> {
    if slots.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "DELETE FROM blocks WHERE connection = ?1
         AND (origin, subject) IN (SELECT value ->> 'origin', value ->> 'subject' FROM json_each(?2))",
    )
    .bind(connection.as_str())
    .bind(json_rows(&slot_rows(slots.keys()))?)
    .execute(&mut *db)
    .await
    .map_err(database("write what causes hold up"))?;
    let rows = slots
        .iter()
        .flat_map(|(slot, blocks)| blocks.iter().map(move |block| (slot, block)))
        .map(|(slot, block)| {
            Ok(BlockRow {
                origin: slot.origin(),
                subject: slot.subject(),
                cause_key: block.cause.key().to_string(),
                record: to_record(block)?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        sqlx::query(
            "INSERT INTO blocks (connection, origin, subject, cause_key, record)
             SELECT ?1, value ->> 'origin', value ->> 'subject', value ->> 'cause_key', value ->> 'record'
             FROM json_each(?2)",
        )
        .bind(connection.as_str())
        .bind(json_rows(&chunk)?)
        .execute(&mut *db)
        .await
        .map_err(database("write what causes hold up"))?;
    }
    Ok(())
}

/// Those of `causes` that hold anything up.
pub(super) async fn holding(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    causes: &[&str],
) -> Result<BTreeSet<CauseKey>> {
    let keys: Vec<String> = sqlx::query_scalar(
        "SELECT cause.value FROM json_each(?2) AS cause
         WHERE EXISTS (SELECT 1 FROM blocks WHERE connection = ?1 AND cause_key = cause.value)",
    )
    .bind(connection.as_str())
    .bind(json_rows(&causes)?)
    .fetch_all(db)
    .await
    .map_err(database("read which causes hold anything up"))?;
    Ok(keys.into_iter().map(CauseKey::from_stored).collect())
}

/// Everything held up in a connection, by cause.
pub(super) async fn all(
    db: impl SqliteExecutor<'_>,
    connection: &ConnectionId,
) -> Result<BTreeMap<CauseKey, Vec<Block>>> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT cause_key, record FROM blocks WHERE connection = ?1")
            .bind(connection.as_str())
            .fetch_all(db)
            .await
            .map_err(database("read what causes hold up"))?;
    let mut blocks: BTreeMap<CauseKey, Vec<Block>> = BTreeMap::new();
    for (key, record) in rows {
        blocks
            .entry(CauseKey::from_stored(key))
            .or_default()
            .push(from_record(&record)?);
    }
    Ok(blocks)
}
