//! The last step before the wire: counts requests by what they are for, and lets each write through once, in time.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use freshbooks_client::{Streamed, Transport, TransportError, TransportErrorKind};
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
        self.pass()?;
        self.inner.send(request).await
    }

    async fn send_streamed(
        &self,
        request: Request<()>,
        body: Streamed,
    ) -> Result<Response<Bytes>, TransportError> {
        self.pass()?;
        self.inner.send_streamed(request, body).await
    }
}

impl Gated {
    /// Counts a request; a write only through its gate, whatever its body.
    fn pass(&self) -> Result<(), TransportError> {
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
        Ok(())
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

#[cfg(test)]
mod tests {
    use freshbooks_client::{AccountId, Client, Effect, FixedToken, MediaType, UploadFile};

    use super::*;

    const REPLY: &[u8] = br#"{"attachment":{"filename":"upload-1","public_id":"a.b.c","jwt":"a.b.c","media_type":"application/pdf","uuid":"6f0d"}}"#;

    /// Takes every file whole.
    #[derive(Debug)]
    struct Answers;

    #[async_trait]
    impl Transport for Answers {
        async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
            Ok(Response::new(Bytes::new()))
        }

        async fn send_streamed(
            &self,
            _: Request<()>,
            mut body: Streamed,
        ) -> Result<Response<Bytes>, TransportError> {
            while body.piece().await.is_some() {}
            Ok(Response::new(Bytes::from_static(REPLY)))
        }
    }

    #[tokio::test]
    async fn a_file_passes_the_gate_of_its_write_once_and_is_counted() {
        let meter = Arc::new(Meter::default());
        let tokens = Arc::new(FixedToken::new("token"));
        let client = Client::builder(tokens)
            .with_transport(Arc::new(Gated {
                inner: Arc::new(Answers),
                meter: Arc::clone(&meter),
            }))
            .build()
            .unwrap();
        let account = AccountId::new("zDmNq").unwrap();
        let upload = || async {
            let file = UploadFile::new("receipt.pdf", MediaType::Pdf, 5).unwrap();
            client
                .upload_attachment(&account, &file, &b"%PDF-"[..])
                .await
        };
        let deadline = Instant::now() + std::time::Duration::from_mins(1);
        let gate = Arc::new(Gate::new(deadline));
        let write = || Purpose::Write(Arc::clone(&gate));
        write().of(upload()).await.unwrap();
        let again = write().of(upload()).await.unwrap_err();
        assert_eq!(again.effect(), Effect::None);
        assert_eq!(meter.usage().writes, 1);
        // Outside of a write it is counted as any other request.
        upload().await.unwrap();
        assert_eq!(meter.usage().reads, 1);
    }
}
