//! Books that note what they are asked for.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sync_core::Result;
use sync_core::engine::{Engine, Ports};
use sync_core::model::{LedgerRecord, RecordId, RecordKind, Snapshot};
use sync_core::ports::{
    Event, Ledger, LedgerUsage, Listing, ListingWindow, Observer, SendPermit, SendReceipt,
};
use sync_core::testing::MemoryLedger;

use super::World;

/// What was asked of the books, and what the engine told meanwhile.
#[derive(Debug)]
pub(crate) struct Watching {
    books: Arc<dyn Ledger>,
    windows: Mutex<Vec<ListingWindow>>,
    deadlines: Mutex<Vec<DateTime<Utc>>>,
    events: Mutex<Vec<Event>>,
}

/// An engine that is watched.
pub(crate) fn engine(world: &World) -> (Engine, Arc<Watching>) {
    engine_over(world, Arc::<MemoryLedger>::clone(&world.ledger))
}

/// An engine over other books, watched.
pub(crate) fn engine_over(world: &World, books: Arc<dyn Ledger>) -> (Engine, Arc<Watching>) {
    let watching = Arc::new(Watching {
        books,
        windows: Mutex::default(),
        deadlines: Mutex::default(),
        events: Mutex::default(),
    });
    let ports = Ports {
        ledger: Arc::<Watching>::clone(&watching),
        observer: Arc::<Watching>::clone(&watching),
        ..world.ports()
    };
    (Engine::new(ports, "watched"), watching)
}

impl Watching {
    /// The windows listed since the last call.
    pub(crate) fn take_windows(&self) -> Vec<ListingWindow> {
        std::mem::take(&mut self.windows.lock().unwrap())
    }

    /// By when each batch was to be begun.
    pub(crate) fn deadlines(&self) -> Vec<DateTime<Utc>> {
        self.deadlines.lock().unwrap().clone()
    }

    /// What the engine told since the last call.
    pub(crate) fn take_events(&self) -> Vec<Event> {
        std::mem::take(&mut self.events.lock().unwrap())
    }
}

#[async_trait]
impl Ledger for Watching {
    async fn snapshot(&self) -> Result<Snapshot> {
        self.books.snapshot().await
    }

    async fn list(&self, window: &ListingWindow) -> Result<Listing> {
        self.windows.lock().unwrap().push(window.clone());
        self.books.list(window).await
    }

    async fn send(&self, permits: Vec<SendPermit>, deadline: DateTime<Utc>) -> Vec<SendReceipt> {
        self.deadlines.lock().unwrap().push(deadline);
        self.books.send(permits, deadline).await
    }

    async fn read(&self, kind: RecordKind, record: RecordId) -> Result<Option<LedgerRecord>> {
        self.books.read(kind, record).await
    }

    fn usage(&self) -> LedgerUsage {
        self.books.usage()
    }
}

impl Observer for Watching {
    fn on_event(&self, event: &Event) {
        self.events.lock().unwrap().push(event.clone());
    }
}
