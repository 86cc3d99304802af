//! One atomic call: load what it needs, let it work, write what it changed.

use chrono::{DateTime, Utc};
use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};
use sync_core::Result;
use sync_core::model::ConnectionId;
use sync_core::state::Lease;
use sync_core::state::bookkeeping::{Changes, Needs, Unit, settle_items};

use super::error::database;
use super::{audit, blocks, contents, entries, items, leases, owners, reports};

/// A transaction that writes. Dropped without a commit, it is rolled back.
pub(super) type Writing = Transaction<'static, Sqlite>;

/// Begins to write at once: a transaction that read first could not become a writer when another has written since.
pub(super) async fn begin(writer: &SqlitePool) -> Result<Writing> {
    writer
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(database("begin a transaction"))
}

pub(super) async fn commit(transaction: Writing) -> Result<()> {
    transaction
        .commit()
        .await
        .map_err(database("commit a transaction"))
}

/// Begins a call under a lease: checks it and loads what the call needs.
pub(super) async fn open(
    writer: &SqlitePool,
    lease: &Lease,
    needs: &Needs,
    now: DateTime<Utc>,
) -> Result<(Writing, Unit)> {
    let mut transaction = begin(writer).await?;
    let db = &mut *transaction;
    leases::check(db, lease, now).await?;
    let connection = &lease.connection;
    let unit = Unit::new(
        audit::chain(db, connection).await?,
        reports::load_heads(db, connection, &needs.reports).await?,
        entries::load(db, connection, &needs.entries).await?,
        blocks::load(db, connection, &needs.blocks).await?,
        now,
    );
    Ok((transaction, unit))
}

/// Writes what a unit changed and commits.
pub(super) async fn close(
    mut transaction: Writing,
    connection: &ConnectionId,
    unit: Unit,
) -> Result<()> {
    let now = unit.now();
    write(&mut transaction, connection, &unit.finish(), now).await?;
    commit(transaction).await
}

async fn write(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    changes: &Changes,
    now: DateTime<Utc>,
) -> Result<()> {
    reports::save(db, connection, &changes.heads).await?;
    contents::save(db, connection, &changes.contents).await?;
    entries::save(db, connection, &changes.entries).await?;
    owners::save(db, connection, &changes.owners, &changes.entries).await?;
    blocks::save(db, connection, &changes.blocks).await?;
    settle(db, connection, changes, now).await?;
    audit::append(db, connection, &changes.audit).await
}

async fn settle(
    db: &mut SqliteConnection,
    connection: &ConnectionId,
    changes: &Changes,
    now: DateTime<Utc>,
) -> Result<()> {
    if changes.causes.is_empty() {
        return Ok(());
    }
    let causes: Vec<_> = changes
        .causes
        .iter()
        .map(|touched| touched.key.as_str())
        .collect();
    let known = items::load(db, connection, &causes).await?;
    let holding = blocks::holding(db, connection, &causes).await?;
    let last = items::last_number(db, connection).await?;
    items::save(
        db,
        connection,
        &settle_items(&changes.causes, &known, &holding, last, now),
    )
    .await
}
