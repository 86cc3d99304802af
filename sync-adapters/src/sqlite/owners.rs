//! Table `expense_owners`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sqlx::{SqliteConnection, SqliteExecutor};
use sync_core::Result;
use sync_core::model::{ConnectionId, ExpenseId, ReportId};
use sync_core::plan::StepKey;
use sync_core::ports::Owner;
use sync_core::state::OutboxEntry;

use super::error::database;
use super::row::{ROWS_PER_STATEMENT, json_rows};

#[derive(Serialize)]
struct OwnerRow<'a> {
    expense: &'a str,
    key: &'a str,
}

/// Writes the expenses of these entries anew.
pub(super) async fn save(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    keys: &BTreeSet<StepKey>,
    entries: &BTreeMap<StepKey, OutboxEntry>,
) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    sqlx::query("DELETE FROM expense_owners WHERE connection = ?1 AND key IN (SELECT value FROM json_each(?2))")
        .bind(connection.as_str())
        .bind(json_rows(keys)?)
        .execute(&mut *db)
        .await
        .map_err(database("write which entries hold expenses"))?;
    let rows: Vec<_> = keys
        .iter()
        .filter_map(|key| entries.get(key))
        .filter(|entry| entry.state.holds_expenses())
        .flat_map(|entry| {
            entry.step.expenses.iter().map(|expense| OwnerRow {
                expense: expense.as_str(),
                key: entry.key.as_str(),
            })
        })
        .collect();
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        sqlx::query(
            "INSERT INTO expense_owners (connection, expense, key)
             SELECT ?1, value ->> 'expense', value ->> 'key' FROM json_each(?2) WHERE true
             ON CONFLICT DO NOTHING",
        )
        .bind(connection.as_str())
        .bind(json_rows(&chunk)?)
        .execute(&mut *db)
        .await
        .map_err(database("write which entries hold expenses"))?;
    }
    Ok(())
}

pub(super) async fn find(
    db: impl SqliteExecutor<'_>,
    connection: &ConnectionId,
    expenses: &[ExpenseId],
) -> Result<BTreeMap<ExpenseId, Owner>> {
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT owner.expense, owner.key, entry.report
         FROM expense_owners AS owner
         JOIN entries AS entry ON entry.connection = owner.connection AND entry.key = owner.key
         WHERE owner.connection = ?1 AND owner.expense IN (SELECT value FROM json_each(?2))
         ORDER BY owner.expense, owner.key",
    )
    .bind(connection.as_str())
    .bind(json_rows(&expenses)?)
    .fetch_all(db)
    .await
    .map_err(database("read which entries hold expenses"))?;
    let mut owners = BTreeMap::new();
    for (expense, key, report) in rows {
        // Should two entries hold one expense, the first by key is named, as every store does.
        owners
            .entry(ExpenseId::new(expense))
            .or_insert_with(|| Owner {
                key: StepKey::from_stored(key),
                report: ReportId::new(report),
            });
    }
    Ok(owners)
}
