//! No services at all: `status` and `audit` answer from the store, without credentials and without a network.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sync_core::model::{LedgerRecord, RecordId, RecordKind, ReportId, Snapshot};
use sync_core::ports::{
    ExpenseSource, ExportQuery, Ledger, LedgerUsage, Listing, ListingWindow, ReimbursementReply,
    ReportStream, SendOutcome, SendPermit, SendReceipt, SourceUsage, SourceWorkspace,
};
use sync_core::{Error, Result};

/// Refuses every question, certainly without effect.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoServices;

fn refusal<T>() -> Result<T> {
    Err(Error::invalid(
        "ask a service: this command works from the database alone",
    ))
}

#[async_trait]
impl ExpenseSource for NoServices {
    async fn export(&self, _query: &ExportQuery) -> Result<Box<dyn ReportStream>> {
        refusal()
    }

    async fn workspaces(&self) -> Result<Vec<SourceWorkspace>> {
        refusal()
    }

    async fn mark_exported(&self, _reports: &[ReportId], _label: &str) -> Result<()> {
        refusal()
    }

    async fn mark_reimbursed(&self, _reports: &[ReportId]) -> Result<ReimbursementReply> {
        refusal()
    }

    fn usage(&self) -> SourceUsage {
        SourceUsage::default()
    }
}

#[async_trait]
impl Ledger for NoServices {
    async fn snapshot(&self) -> Result<Snapshot> {
        refusal()
    }

    async fn list(&self, _window: &ListingWindow) -> Result<Listing> {
        refusal()
    }

    async fn send(&self, permits: Vec<SendPermit>, _deadline: DateTime<Utc>) -> Vec<SendReceipt> {
        let receipt = |permit: &SendPermit| SendReceipt {
            key: permit.key().clone(),
            outcome: SendOutcome::NotStarted,
        };
        permits.iter().map(receipt).collect()
    }

    async fn read(&self, _kind: RecordKind, _record: RecordId) -> Result<Option<LedgerRecord>> {
        refusal()
    }

    fn usage(&self) -> LedgerUsage {
        LedgerUsage::default()
    }
}
