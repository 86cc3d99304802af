//! Table `entries`: the outbox.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, SqliteExecutor};
use sync_core::model::{ConnectionId, RecordKind};
use sync_core::plan::StepKey;
use sync_core::ports::EntryQuery;
use sync_core::state::bookkeeping::page_limit;
use sync_core::state::{OutboxEntry, StateName, from_record, to_record};
use sync_core::{Error, Result};

use super::error::database;
use super::row::{ROWS_PER_STATEMENT, after, from_column, json_rows, push_words};

#[derive(Serialize)]
struct EntryRow<'a> {
    key: &'a str,
    report: &'a str,
    kind: &'static str,
    state: &'static str,
    record: String,
}

pub(super) async fn load(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    keys: &BTreeSet<StepKey>,
) -> Result<BTreeMap<StepKey, OutboxEntry>> {
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let records: Vec<String> = sqlx::query_scalar(
        "SELECT record FROM entries WHERE connection = ?1 AND key IN (SELECT value FROM json_each(?2))",
    )
    .bind(connection.as_str())
    .bind(json_rows(keys)?)
    .fetch_all(db)
    .await
    .map_err(database("read outbox entries"))?;
    records
        .iter()
        .map(|record| {
            let entry: OutboxEntry = from_record(record)?;
            Ok((entry.key.clone(), entry))
        })
        .collect()
}

pub(super) async fn save(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    entries: &BTreeMap<StepKey, OutboxEntry>,
) -> Result<()> {
    let entries: Vec<_> = entries.values().collect();
    for chunk in entries.chunks(ROWS_PER_STATEMENT) {
        let rows = chunk
            .iter()
            .map(|entry| {
                Ok(EntryRow {
                    key: entry.key.as_str(),
                    report: entry.report.as_str(),
                    kind: entry.step.draft.kind().as_str(),
                    state: entry.state.name().as_str(),
                    record: to_record(entry)?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        sqlx::query(
            "INSERT INTO entries (connection, key, report, kind, state, record)
             SELECT ?1, value ->> 'key', value ->> 'report', value ->> 'kind', value ->> 'state', value ->> 'record'
             FROM json_each(?2) WHERE true
             ON CONFLICT (connection, key) DO UPDATE SET
                 report = excluded.report, kind = excluded.kind, state = excluded.state, record = excluded.record",
        )
        .bind(connection.as_str())
        .bind(json_rows(&rows)?)
        .execute(&mut *db)
        .await
        .map_err(database("write outbox entries"))?;
    }
    Ok(())
}

/// A page of entries. The keys are picked first, from an index alone where one fits, as for reports.
pub(super) async fn page(
    db: impl SqliteExecutor<'_>,
    connection: &ConnectionId,
    query: &EntryQuery,
) -> Result<Vec<OutboxEntry>> {
    let index = if !query.keys.is_empty() {
        ""
    } else if !query.reports.is_empty() {
        " INDEXED BY entries_by_report"
    } else if !query.states.is_empty() {
        " INDEXED BY entries_by_state"
    } else {
        ""
    };
    let mut sql = QueryBuilder::<Sqlite>::new(format!(
        "WITH page AS MATERIALIZED (SELECT key FROM entries{index} WHERE connection = "
    ));
    sql.push_bind(connection.as_str());
    if !query.states.is_empty() {
        let words: BTreeSet<_> = query.states.iter().map(|state| state.as_str()).collect();
        push_words(&mut sql, " AND state IN (", words);
    }
    if !query.reports.is_empty() {
        sql.push(" AND report IN (SELECT value FROM json_each(")
            .push_bind(json_rows(&query.reports)?)
            .push("))");
    }
    if !query.keys.is_empty() {
        sql.push(" AND key IN (SELECT value FROM json_each(")
            .push_bind(json_rows(&after(&query.keys, query.after.as_ref()))?)
            .push("))");
    }
    if let (true, Some(after)) = (query.keys.is_empty(), &query.after) {
        sql.push(" AND key > ").push_bind(after.as_str());
    }
    sql.push(" ORDER BY key LIMIT ")
        .push_bind(i64::from(page_limit(query.limit)))
        .push(") SELECT entries.record FROM page CROSS JOIN entries ON entries.connection = ")
        .push_bind(connection.as_str())
        .push(" AND entries.key = page.key ORDER BY entries.key");
    let records: Vec<String> = sql
        .build_query_scalar()
        .fetch_all(db)
        .await
        .map_err(database("read outbox entries"))?;
    records.iter().map(|record| from_record(record)).collect()
}

pub(super) async fn counts(
    db: impl SqliteExecutor<'_>,
    connection: &ConnectionId,
) -> Result<Vec<(RecordKind, StateName, u64)>> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT kind, state, count(*) FROM entries WHERE connection = ?1 GROUP BY kind, state",
    )
    .bind(connection.as_str())
    .fetch_all(db)
    .await
    .map_err(database("count outbox entries"))?;
    let mut counts = rows
        .iter()
        .map(|(kind, state, count)| Ok((kind_of(kind)?, state_of(state)?, from_column(*count)?)))
        .collect::<Result<Vec<_>>>()?;
    counts.sort_unstable();
    Ok(counts)
}

fn kind_of(word: &str) -> Result<RecordKind> {
    [RecordKind::Bill, RecordKind::Expense, RecordKind::Vendor]
        .into_iter()
        .find(|kind| kind.as_str() == word)
        .ok_or_else(|| Error::corrupt("read an outbox entry of an unknown kind"))
}

fn state_of(word: &str) -> Result<StateName> {
    StateName::ALL
        .into_iter()
        .find(|state| state.as_str() == word)
        .ok_or_else(|| Error::corrupt("read an outbox entry in an unknown state"))
}
