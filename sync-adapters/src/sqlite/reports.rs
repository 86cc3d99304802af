//! Table `reports`: what is known of a report besides its content.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, SqliteExecutor, sqlite::SqliteRow};
use sync_core::Result;
use sync_core::model::{ConnectionId, ReportId};
use sync_core::ports::ReportQuery;
use sync_core::state::bookkeeping::{ReportHead, page_limit};
use sync_core::state::{ReportStatus, StoredReport, from_record, to_record};

use super::error::database;
use super::row::{
    ROWS_PER_STATEMENT, after, fingerprint, from_column, json_rows, push_words, time,
};

#[derive(Serialize)]
struct HeadRow<'a> {
    id: &'a str,
    content: String,
    status: &'static str,
    status_record: String,
    skips: String,
    judgement: Option<String>,
    requested: bool,
    acknowledged: bool,
    reimbursement_told: bool,
    first_seen_us: i64,
    seen_us: i64,
    absence: Option<String>,
}

impl<'a> HeadRow<'a> {
    fn new(id: &'a ReportId, head: &ReportHead) -> Result<Self> {
        Ok(Self {
            id: id.as_str(),
            content: head.content.to_string(),
            status: head.status.as_str(),
            status_record: to_record(&head.status)?,
            skips: to_record(&head.skips)?,
            judgement: head.judgement.as_ref().map(to_record).transpose()?,
            requested: head.requested,
            acknowledged: head.acknowledged,
            reimbursement_told: head.reimbursement_told,
            first_seen_us: head.first_seen_at.timestamp_micros(),
            seen_us: head.seen_at.timestamp_micros(),
            absence: head.absence.as_ref().map(to_record).transpose()?,
        })
    }
}

const HEAD_COLUMNS: &str = "reports.id, content, status_record, skips, judgement, requested, acknowledged, \
     reimbursement_told, first_seen_us, seen_us, absence";

pub(super) async fn load_heads(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    ids: &BTreeSet<ReportId>,
) -> Result<BTreeMap<ReportId, ReportHead>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = QueryBuilder::<Sqlite>::new(format!(
        "SELECT {HEAD_COLUMNS} FROM reports WHERE connection = "
    ))
    .push_bind(connection.as_str())
    .push(" AND id IN (SELECT value FROM json_each(")
    .push_bind(json_rows(ids)?)
    .push("))")
    .build()
    .fetch_all(db)
    .await
    .map_err(database("read reports"))?;
    rows.iter()
        .map(|row| Ok((ReportId::new(text(row, "id")?), head(row)?)))
        .collect()
}

pub(super) async fn save(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    heads: &BTreeMap<ReportId, ReportHead>,
) -> Result<()> {
    let heads: Vec<_> = heads.iter().collect();
    for chunk in heads.chunks(ROWS_PER_STATEMENT) {
        let rows = chunk
            .iter()
            .map(|(id, head)| HeadRow::new(id, head))
            .collect::<Result<Vec<_>>>()?;
        // Not an UPDATE … FROM: its join may walk all of a connection's reports for each of the rows given.
        sqlx::query(
            "INSERT INTO reports (connection, id, content, status, status_record, skips, judgement, requested,
                 acknowledged, reimbursement_told, first_seen_us, seen_us, absence)
             SELECT ?1, value ->> 'id', value ->> 'content', value ->> 'status', value ->> 'status_record',
                 value ->> 'skips', value ->> 'judgement', value ->> 'requested', value ->> 'acknowledged',
                 value ->> 'reimbursement_told', value ->> 'first_seen_us', value ->> 'seen_us',
                 value ->> 'absence'
             FROM json_each(?2) WHERE true
             ON CONFLICT (connection, id) DO UPDATE SET
                 content = excluded.content, status = excluded.status, status_record = excluded.status_record,
                 skips = excluded.skips, judgement = excluded.judgement, requested = excluded.requested,
                 acknowledged = excluded.acknowledged, reimbursement_told = excluded.reimbursement_told,
                 seen_us = excluded.seen_us, absence = excluded.absence",
        )
        .bind(connection.as_str())
        .bind(json_rows(&rows)?)
        .execute(&mut *db)
        .await
        .map_err(database("write reports"))?;
    }
    Ok(())
}

/// A page of reports with their content. The ids are picked first, from an index alone where one fits: without
/// statistics SQLite would rather walk the whole connection in the order of ids.
pub(super) async fn page(
    db: impl SqliteExecutor<'_>,
    connection: &ConnectionId,
    query: &ReportQuery,
) -> Result<Vec<StoredReport>> {
    let by_status = query.ids.is_empty() && !query.statuses.is_empty();
    let index = if by_status {
        " INDEXED BY reports_by_status"
    } else {
        ""
    };
    let mut sql = QueryBuilder::<Sqlite>::new(format!(
        "WITH page AS MATERIALIZED (SELECT id FROM reports{index} WHERE connection = "
    ));
    sql.push_bind(connection.as_str());
    if !query.statuses.is_empty() {
        let words: BTreeSet<_> = query
            .statuses
            .iter()
            .map(|status| status.as_str())
            .collect();
        push_words(&mut sql, " AND status IN (", words);
    }
    if !query.ids.is_empty() {
        sql.push(" AND id IN (SELECT value FROM json_each(")
            .push_bind(json_rows(&after(&query.ids, query.after.as_ref()))?)
            .push("))");
    }
    if query.unacknowledged {
        sql.push(" AND acknowledged = 0");
    }
    if query.reimbursement_untold {
        sql.push(" AND reimbursement_told = 0");
    }
    if let (true, Some(after)) = (query.ids.is_empty(), &query.after) {
        sql.push(" AND id > ").push_bind(after.as_str());
    }
    sql.push(" ORDER BY id LIMIT ")
        .push_bind(i64::from(page_limit(query.limit)))
        .push(format!(
            ") SELECT content_of.record, {HEAD_COLUMNS} FROM page
             CROSS JOIN reports ON reports.connection = "
        ))
        .push_bind(connection.as_str())
        .push(
            " AND reports.id = page.id
             CROSS JOIN report_contents AS content_of
                 ON content_of.connection = reports.connection AND content_of.id = reports.id
             ORDER BY reports.id",
        );
    let rows = sql
        .build()
        .fetch_all(db)
        .await
        .map_err(database("read reports"))?;
    rows.iter()
        .map(|row| Ok(head(row)?.with_report(from_record(&text(row, "record")?)?)))
        .collect()
}

pub(super) async fn counts(
    db: impl SqliteExecutor<'_>,
    connection: &ConnectionId,
) -> Result<Vec<(ReportStatus, u64)>> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT status_record, count(*) FROM reports WHERE connection = ?1 GROUP BY status_record",
    )
    .bind(connection.as_str())
    .fetch_all(db)
    .await
    .map_err(database("count reports"))?;
    let mut counts = rows
        .iter()
        .map(|(status, count)| Ok((from_record(status)?, from_column(*count)?)))
        .collect::<Result<Vec<_>>>()?;
    counts.sort_unstable();
    Ok(counts)
}

fn head(row: &SqliteRow) -> Result<ReportHead> {
    let judgement: Option<String> = column(row, "judgement")?;
    let absence: Option<String> = column(row, "absence")?;
    Ok(ReportHead {
        content: fingerprint(&text(row, "content")?)?,
        status: from_record(&text(row, "status_record")?)?,
        skips: from_record(&text(row, "skips")?)?,
        judgement: judgement.as_deref().map(from_record).transpose()?,
        requested: column(row, "requested")?,
        acknowledged: column(row, "acknowledged")?,
        reimbursement_told: column(row, "reimbursement_told")?,
        first_seen_at: time(column(row, "first_seen_us")?)?,
        seen_at: time(column(row, "seen_us")?)?,
        absence: absence.as_deref().map(from_record).transpose()?,
    })
}

fn text(row: &SqliteRow, name: &str) -> Result<String> {
    column(row, name)
}

fn column<'r, T: sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite>>(
    row: &'r SqliteRow,
    name: &str,
) -> Result<T> {
    row.try_get(name).map_err(database("read a report's row"))
}
