//! Table `audit`.

use serde::Serialize;
use sqlx::{SqliteConnection, SqliteExecutor};
use sync_core::Result;
use sync_core::model::ConnectionId;
use sync_core::state::bookkeeping::page_limit;
use sync_core::state::{AuditChain, AuditDraft, AuditEntry};

use super::error::database;
use super::row::{ROWS_PER_STATEMENT, fingerprint, from_column, json_rows, time, to_column};

#[derive(Serialize)]
struct AuditRow<'a> {
    seq: i64,
    at_us: i64,
    actor: &'a str,
    subject: &'a str,
    action: &'a str,
    detail: &'a str,
    previous: String,
    hash: String,
}

/// The end of a connection's chain.
pub(super) async fn chain(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
) -> Result<AuditChain> {
    let last: Option<(i64, String)> = sqlx::query_as(
        "SELECT seq, hash FROM audit WHERE connection = ?1 ORDER BY seq DESC LIMIT 1",
    )
    .bind(connection.as_str())
    .fetch_optional(db)
    .await
    .map_err(database("read the end of the audit trail"))?;
    match last {
        None => Ok(AuditChain::genesis(connection)),
        Some((seq, hash)) => Ok(AuditChain::at(from_column(seq)?, fingerprint(&hash)?)),
    }
}

pub(super) async fn append(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    entries: &[AuditEntry],
) -> Result<()> {
    for chunk in entries.chunks(ROWS_PER_STATEMENT) {
        let rows = chunk
            .iter()
            .map(|entry| {
                Ok(AuditRow {
                    seq: to_column(entry.seq)?,
                    at_us: entry.at.timestamp_micros(),
                    actor: &entry.draft.actor,
                    subject: &entry.draft.subject,
                    action: &entry.draft.action,
                    detail: &entry.draft.detail,
                    previous: entry.previous.to_string(),
                    hash: entry.hash.to_string(),
                })
            })
            .collect::<Result<Vec<_>>>()?;
        sqlx::query(
            "INSERT INTO audit (connection, seq, at_us, actor, subject, action, detail, previous, hash)
             SELECT ?1, value ->> 'seq', value ->> 'at_us', value ->> 'actor', value ->> 'subject', value ->> 'action',
                 value ->> 'detail', value ->> 'previous', value ->> 'hash'
             FROM json_each(?2)",
        )
        .bind(connection.as_str())
        .bind(json_rows(&rows)?)
        .execute(&mut *db)
        .await
        .map_err(database("append to the audit trail"))?;
    }
    Ok(())
}

pub(super) async fn page(
    db: impl SqliteExecutor<'_>,
    connection: &ConnectionId,
    after: u64,
    limit: u32,
) -> Result<Vec<AuditEntry>> {
    type Columns = (i64, i64, String, String, String, String, String, String);
    let rows: Vec<Columns> = sqlx::query_as(
        "SELECT seq, at_us, actor, subject, action, detail, previous, hash FROM audit
         WHERE connection = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
    )
    .bind(connection.as_str())
    .bind(i64::try_from(after).unwrap_or(i64::MAX))
    .bind(i64::from(page_limit(limit)))
    .fetch_all(db)
    .await
    .map_err(database("read the audit trail"))?;
    rows.into_iter()
        .map(
            |(seq, at, actor, subject, action, detail, previous, hash)| {
                Ok(AuditEntry {
                    seq: from_column(seq)?,
                    at: time(at)?,
                    draft: AuditDraft {
                        actor,
                        subject,
                        action,
                        detail,
                    },
                    previous: fingerprint(&previous)?,
                    hash: fingerprint(&hash)?,
                })
            },
        )
        .collect()
}
