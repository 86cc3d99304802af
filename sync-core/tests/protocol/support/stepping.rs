//! Ports that yield once before and once after each call, so that a test can stop a pass at every point a crash could.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sync_core::Result;
use sync_core::model::{LedgerRecord, RecordId, RecordKind, Snapshot};
use sync_core::ports::{Ledger, LedgerUsage, Listing, ListingWindow, SendPermit, SendReceipt};
use sync_core::testing::Around;

/// A store's calls yield around their work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps;

/// A ledger that yields around each call.
#[derive(Debug)]
pub(crate) struct Stepping<P: ?Sized>(pub(crate) Arc<P>);

async fn step() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Yields, calls, yields.
macro_rules! stepped {
    ($call:expr) => {{
        step().await;
        let answer = $call.await;
        step().await;
        answer
    }};
}

#[async_trait]
impl<L: Ledger + ?Sized> Ledger for Stepping<L> {
    async fn snapshot(&self) -> Result<Snapshot> {
        stepped!(self.0.snapshot())
    }

    async fn list(&self, window: &ListingWindow) -> Result<Listing> {
        stepped!(self.0.list(window))
    }

    /// One at a time, so that a crash can fall between two requests of a batch.
    async fn send(&self, permits: Vec<SendPermit>, deadline: DateTime<Utc>) -> Vec<SendReceipt> {
        let mut receipts = Vec::new();
        for permit in permits {
            receipts.extend(stepped!(self.0.send(vec![permit], deadline)));
        }
        receipts
    }

    async fn read(&self, kind: RecordKind, record: RecordId) -> Result<Option<LedgerRecord>> {
        stepped!(self.0.read(kind, record))
    }

    fn usage(&self) -> LedgerUsage {
        self.0.usage()
    }
}

#[async_trait]
impl Around for Steps {
    async fn before(&self, _method: &'static str, _nth: u64) -> Result<()> {
        step().await;
        Ok(())
    }

    async fn after(&self, _method: &'static str, _nth: u64) -> Result<()> {
        step().await;
        Ok(())
    }
}
