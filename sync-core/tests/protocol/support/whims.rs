//! Books that answer as the ones in memory never would.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sync_core::model::{LedgerRecord, RecordId, RecordKind, Snapshot};
use sync_core::ports::{Ledger, LedgerUsage, Listing, ListingWindow, SendPermit, SendReceipt};
use sync_core::testing::MemoryLedger;
use sync_core::{Error, ErrorKind, Result};

/// What these books do otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whim {
    /// They know none of their records: purged, not merely deleted.
    Forgets,
    /// They refuse to list bills: the plan has none.
    HasNoBills,
    /// Listing bills fails, for now.
    LosesBills,
    /// They list nothing yet of what is there, and read it by its number.
    Lags,
}

/// Books with a whim.
#[derive(Debug)]
pub(crate) struct Whimsical(pub(crate) Arc<MemoryLedger>, pub(crate) Whim);

#[async_trait]
impl Ledger for Whimsical {
    async fn snapshot(&self) -> Result<Snapshot> {
        self.0.snapshot().await
    }

    async fn list(&self, window: &ListingWindow) -> Result<Listing> {
        if self.1 == Whim::HasNoBills && window.kind == RecordKind::Bill {
            return Err(Error::new(ErrorKind::Unauthorized, "list bills: no access"));
        }
        if self.1 == Whim::LosesBills && window.kind == RecordKind::Bill {
            return Err(Error::unavailable("list bills: no answer"));
        }
        if matches!(self.1, Whim::Forgets | Whim::Lags) {
            return Ok(Listing {
                records: Vec::new(),
            });
        }
        self.0.list(window).await
    }

    async fn send(&self, permits: Vec<SendPermit>, deadline: DateTime<Utc>) -> Vec<SendReceipt> {
        self.0.send(permits, deadline).await
    }

    async fn read(&self, kind: RecordKind, record: RecordId) -> Result<Option<LedgerRecord>> {
        if self.1 == Whim::Forgets {
            return Ok(None);
        }
        self.0.read(kind, record).await
    }

    fn usage(&self) -> LedgerUsage {
        self.0.usage()
    }
}
