//! One installation against the stand-ins.

mod build;
mod checks;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sync_adapters::sqlite::SqliteStore;
use sync_adapters::{ExpensifySource, FreshBooksLedger, SharedExpensify};
use sync_core::engine::{Connection, Engine, PassSummary, SyncRequest};
use sync_core::plan::Cause;
use sync_core::ports::{Clock, EntryQuery, ReportQuery, Store};
use sync_core::state::{OutboxEntry, ReviewItem, StoredReport, Watermark};
use sync_core::testing::MemoryCredentials;
use sync_sandbox::{Fault, Sandbox, Scenario, Service};
use tempfile::TempDir;

pub use build::{connection_over, credentials_of};

use crate::meddle::{ChangedExport, ChangedReplies};

/// The demo's first workspace.
pub const STUDIO: &str = "0A1B2C3D4E5F6071";
/// The demo's second workspace.
pub const FIELD_TEAM: &str = "1B2C3D4E5F607182";
/// The connection of a rig.
pub const CONNECTION: &str = "main";
/// When every rig begins: seconds since 1970 of 2026-07-15 15:00 UTC.
pub const NOW: i64 = 1_784_127_600;

/// The stand-ins' clock as the engine's.
#[derive(Clone, Debug)]
pub struct SandboxClock(pub sync_sandbox::Clock);

impl Clock for SandboxClock {
    fn now(&self) -> DateTime<Utc> {
        self.0.now()
    }
}

/// What a rig begins with.
#[derive(Clone, Debug)]
pub struct RigOptions {
    /// What the services hold. Default the demo.
    pub scenario: Scenario,
    /// How long FreshBooks is waited for. Default 30 s, so that a slow machine never looks like a fault.
    pub patience: Duration,
    /// How long a file of Expensify is waited for. Default 30 s.
    pub file_patience: Duration,
    /// Changes exports on their way. Default not.
    pub changed_export: Option<ChangedExport>,
    /// Changes FreshBooks' replies on their way. Default not.
    pub changed_replies: Option<ChangedReplies>,
}

impl Default for RigOptions {
    fn default() -> Self {
        let patience = Duration::from_secs(30);
        Self {
            scenario: Scenario::demo(),
            patience,
            file_patience: patience,
            changed_export: None,
            changed_replies: None,
        }
    }
}

/// One installation: store, adapters and engine, over a sandbox that several may share.
#[derive(Debug)]
pub struct Rig {
    /// Both services.
    pub sandbox: Arc<Sandbox>,
    /// Everything durable.
    pub store: Arc<SqliteStore>,
    /// Key pair and grant.
    pub credentials: Arc<MemoryCredentials>,
    /// Expensify, as the adapter shows it.
    pub source: Arc<ExpensifySource>,
    /// FreshBooks, as the adapter shows it.
    pub ledger: Arc<FreshBooksLedger>,
    /// Rules and bounds; a test changes them before it syncs.
    pub connection: Connection,
    /// The engine over all of these.
    pub engine: Engine,
    /// What this connection and those [`beside`](Self::beside) it share at Expensify; nothing until they join.
    pub shared: SharedExpensify,
    options: RigOptions,
    _folder: TempDir,
}

impl Rig {
    /// The demo.
    pub async fn demo() -> Self {
        Self::with(RigOptions::default()).await
    }

    /// A scenario of the test's own.
    pub async fn of(scenario: Scenario) -> Self {
        Self::with(RigOptions {
            scenario,
            ..RigOptions::default()
        })
        .await
    }

    /// One ordinary pass.
    pub async fn sync(&self) -> PassSummary {
        self.try_sync().await.unwrap()
    }

    /// One ordinary pass, which may fail.
    pub async fn try_sync(&self) -> sync_core::Result<PassSummary> {
        self.engine
            .sync(&self.connection, SyncRequest::ordinary())
            .await
    }

    /// Moves time on for both services and the engine.
    pub fn advance(&self, by: Duration) {
        self.sandbox
            .clock()
            .advance(TimeDelta::from_std(by).unwrap());
    }

    /// Passes with time in between, until nothing is on its way any more.
    pub async fn settle(&self) {
        for _ in 0..10 {
            self.advance(Duration::from_mins(20));
            let summary = self.sync().await;
            let waits = summary.unconfirmed + summary.waiting;
            let unread = self
                .entries()
                .await
                .iter()
                .any(|entry| entry.state.name().as_str() == "posted");
            if waits == 0 && !unread && summary.interrupted.is_none() {
                return;
            }
        }
    }

    /// Lays out a fault.
    pub fn fault(&self, fault: Fault) {
        self.sandbox.add_fault(fault);
    }

    /// Every entry of the outbox.
    pub async fn entries(&self) -> Vec<OutboxEntry> {
        let query = EntryQuery {
            limit: 10_000,
            ..EntryQuery::default()
        };
        self.store
            .entries(&self.connection.id, &query)
            .await
            .unwrap()
    }

    /// The entry under a mark.
    pub async fn entry(&self, mark: &str) -> OutboxEntry {
        self.entries()
            .await
            .into_iter()
            .find(|entry| entry.key.as_str() == mark)
            .unwrap()
    }

    /// Every report taken in.
    pub async fn reports(&self) -> Vec<StoredReport> {
        let query = ReportQuery {
            limit: 10_000,
            ..ReportQuery::default()
        };
        self.store
            .reports(&self.connection.id, &query)
            .await
            .unwrap()
    }

    /// The open items of the review queue.
    pub async fn review(&self) -> Vec<ReviewItem> {
        self.store
            .review_items(&self.connection.id, true)
            .await
            .unwrap()
    }

    /// Kind of each open cause with the reports it holds, in the queue's order.
    pub async fn held(&self) -> Vec<(&'static str, Vec<String>)> {
        let items = self.review().await;
        let reports = |item: &ReviewItem| {
            item.reports()
                .into_iter()
                .map(ToString::to_string)
                .collect()
        };
        items
            .iter()
            .map(|item| (item.cause.kind(), reports(item)))
            .collect()
    }

    /// The cause of the only open item of this kind.
    pub async fn cause(&self, kind: &str) -> Cause {
        let causes: Vec<_> = self
            .review()
            .await
            .into_iter()
            .map(|item| item.cause)
            .collect();
        let mut of_kind = causes.iter().filter(|cause| cause.kind() == kind);
        match (of_kind.next(), of_kind.next()) {
            (Some(cause), None) => cause.clone(),
            _ => panic!("not exactly one {kind} among {causes:?}"),
        }
    }

    /// How far Expensify has been read.
    pub async fn watermark(&self) -> Option<Watermark> {
        self.store.watermark(&self.connection.id).await.unwrap()
    }

    /// Requests of a service whose kind contains all of these parts.
    pub fn requests(&self, service: Service, parts: &[&str]) -> u64 {
        let counters = self.sandbox.counters(service);
        let fits = |kind: &str| parts.iter().all(|part| kind.contains(part));
        counters
            .iter()
            .filter(|(kind, _)| fits(kind))
            .map(|(_, count)| count)
            .sum()
    }
}
