//! The last step before the wire: counts requests by what they are for, and lets each write through once, in time.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use freshbooks_client::{Transport, TransportError, TransportErrorKind};
use http::{Request, Response};
use sync_core::ports::LedgerUsage;
use tokio::time::Instant;

tokio::task_local! {
    /// What the current task asks FreshBooks for.
    static PURPOSE: Purpose;
}

/// What a request is for.
#[derive(Clone, Debug)]
pub(super) enum Purpose {
    /// Reference data.
    Snapshot,
    /// A window of records.
    Listing,
    /// One record.
    Read,
    /// A write, through its gate.
    Write(Arc<Gate>),
}

impl Purpose {
    /// Runs `work` for this purpose.
    pub(super) async fn of<T>(self, work: impl Future<Output = T>) -> T {
        PURPOSE.scope(self, work).await
    }
}

const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const CLOSED: u8 = 2;

/// The gate of one write. It opens for one request, before its deadline, and not after it was closed.
///
/// Invariant: the state leaves `WAITING` once, by [`begin`](Self::begin) or by [`close`](Self::close). So whoever
/// closed it knows that nothing was sent, and no layer above can send twice.
#[derive(Debug)]
pub(super) struct Gate {
    state: AtomicU8,
    deadline: Instant,
}

impl Gate {
    pub(super) fn new(deadline: Instant) -> Self {
        Self {
            state: AtomicU8::new(WAITING),
            deadline,
        }
    }

    fn begin(&self) -> bool {
        if Instant::now() >= self.deadline {
            self.close();
            return false;
        }
        self.leave_for(BEGUN)
    }

    /// Shuts the gate; false when the request has begun, or the gate was shut before.
    pub(super) fn close(&self) -> bool {
        self.leave_for(CLOSED)
    }

    /// Whether the request has begun.
    pub(super) fn has_begun(&self) -> bool {
        self.state.load(Ordering::SeqCst) == BEGUN
    }

    /// Whether the gate was shut before the request began.
    pub(super) fn is_closed(&self) -> bool {
        self.state.load(Ordering::SeqCst) == CLOSED
    }

    fn leave_for(&self, state: u8) -> bool {
        self.state
            .compare_exchange(WAITING, state, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }
}

/// Requests so far.
#[derive(Debug, Default)]
pub(super) struct Meter {
    listing_pages: AtomicU64,
    snapshot_pages: AtomicU64,
    reads: AtomicU64,
    writes: AtomicU64,
}

impl Meter {
    pub(super) fn usage(&self) -> LedgerUsage {
        LedgerUsage {
            listing_pages: self.listing_pages.load(Ordering::Relaxed),
            snapshot_pages: self.snapshot_pages.load(Ordering::Relaxed),
            reads: self.reads.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
        }
    }
}

/// A transport that counts, and asks the gate of a write.
#[derive(Debug)]
pub(super) struct Gated {
    pub(super) inner: Arc<dyn Transport>,
    pub(super) meter: Arc<Meter>,
}

#[async_trait]
impl Transport for Gated {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let counter = match PURPOSE.try_with(Purpose::clone) {
            Ok(Purpose::Snapshot) => &self.meter.snapshot_pages,
            Ok(Purpose::Listing) => &self.meter.listing_pages,
            Ok(Purpose::Read) | Err(_) => &self.meter.reads,
            Ok(Purpose::Write(gate)) => {
                if !gate.begin() {
                    return Err(TransportError::new(TransportErrorKind::NotSent, NotBegun));
                }
                &self.meter.writes
            }
        };
        counter.fetch_add(1, Ordering::Relaxed);
        self.inner.send(request).await
    }
}

/// The gate of a write was shut.
#[derive(Debug)]
struct NotBegun;

impl fmt::Display for NotBegun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the write was not begun in time")
    }
}

impl StdError for NotBegun {}
