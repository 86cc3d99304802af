//! Books whose answers to requests are made up.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sync_core::Result;
use sync_core::engine::{Engine, Ports};
use sync_core::model::{LedgerRecord, RecordId, RecordKind, Snapshot};
use sync_core::ports::{
    Ledger, LedgerUsage, Listing, ListingWindow, SendOutcome, SendPermit, SendReceipt,
};
use sync_core::testing::{MemoryLedger, block_on};

use super::World;

type Answer = Box<dyn Fn(&MemoryLedger, SendPermit) -> Vec<SendReceipt> + Send + Sync>;

/// Answers each request as it is told to; all else is as in the books.
pub(crate) struct Answering {
    books: Arc<MemoryLedger>,
    answer: Answer,
}

/// An engine over books that answer so.
pub(crate) fn engine(
    world: &World,
    answer: impl Fn(&MemoryLedger, SendPermit) -> Vec<SendReceipt> + Send + Sync + 'static,
) -> Engine {
    let ledger = Answering {
        books: Arc::clone(&world.ledger),
        answer: Box::new(answer),
    };
    let ports = Ports {
        ledger: Arc::new(ledger),
        ..world.ports()
    };
    Engine::new(ports, "answered")
}

/// An engine over books that do nothing and answer so.
pub(crate) fn engine_told(world: &World, outcome: SendOutcome) -> Engine {
    engine(world, move |_, permit| {
        vec![SendReceipt {
            key: permit.key().clone(),
            outcome: outcome.clone(),
        }]
    })
}

/// Carries a request out.
pub(crate) fn carry_out(books: &MemoryLedger, permit: SendPermit) -> Vec<SendReceipt> {
    block_on(books.send(vec![permit], DateTime::<Utc>::MAX_UTC))
}

#[async_trait]
impl Ledger for Answering {
    async fn snapshot(&self) -> Result<Snapshot> {
        self.books.snapshot().await
    }

    async fn list(&self, window: &ListingWindow) -> Result<Listing> {
        self.books.list(window).await
    }

    async fn send(&self, permits: Vec<SendPermit>, _deadline: DateTime<Utc>) -> Vec<SendReceipt> {
        let answers = permits.into_iter();
        answers
            .flat_map(|permit| (self.answer)(&self.books, permit))
            .collect()
    }

    async fn read(&self, kind: RecordKind, record: RecordId) -> Result<Option<LedgerRecord>> {
        self.books.read(kind, record).await
    }

    fn usage(&self) -> LedgerUsage {
        self.books.usage()
    }
}

impl fmt::Debug for Answering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answering").finish_non_exhaustive()
    }
}
