//! Table `report_contents`: reports as last taken in.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::SqliteConnection;
use sync_core::Result;
use sync_core::model::{ConnectionId, ExpenseReport};
use sync_core::state::to_record;

use super::error::database;
use super::row::{ROWS_PER_STATEMENT, json_rows};

#[derive(Serialize)]
struct ContentRow<'a> {
    id: &'a str,
    record: String,
}

/// Writes reports; the last of equal ids wins.
pub(super) async fn save(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    contents: &[ExpenseReport],
) -> Result<()> {
    let last: BTreeMap<_, _> = contents.iter().map(|report| (&report.id, report)).collect();
    let last: Vec<_> = last.into_iter().collect();
    for chunk in last.chunks(ROWS_PER_STATEMENT) {
        let rows = chunk
            .iter()
            .map(|(id, report)| {
                Ok(ContentRow {
                    id: id.as_str(),
                    record: to_record(report)?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        sqlx::query(
            "INSERT INTO report_contents (connection, id, record)
             SELECT ?1, value ->> 'id', value ->> 'record' FROM json_each(?2) WHERE true
             ON CONFLICT (connection, id) DO UPDATE SET record = excluded.record",
        )
        .bind(connection.as_str())
        .bind(json_rows(&rows)?)
        .execute(&mut *db)
        .await
        .map_err(database("write the content of reports"))?;
    }
    Ok(())
}
