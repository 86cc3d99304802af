//! A file as it comes, and the wait until it does.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, sleep, timeout};

use crate::error::{Error, ErrorKind};
use crate::exchange::ExchangeError;
use crate::response::{Expected, Head, classify, is_ours};
use crate::settings::{DownloadSettings, Settings};
use crate::transport::{Body, TransportError, TransportErrorKind};

/// Enough of a file to tell one of ours.
const MARK_BYTES: usize = 128;

/// A file being downloaded.
///
/// Where the file ends is for its parser to tell: the service gives no length to rely on.
#[derive(Debug)]
pub struct Download {
    read_ahead: Option<Bytes>,
    body: Body,
    received: u64,
    file_bytes_max: u64,
    chunk_timeout: Duration,
}

impl Download {
    /// Looks at the beginning of an answer and decides whether it is a file.
    ///
    /// A file of ours is told by its first line, whereupon the rest is left to stream. Anything else is read on until it
    /// is longer than an error would be.
    pub(crate) async fn open(
        head: Head,
        mut body: Body,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let limits = &settings.limits;
        let mut begun = BytesMut::new();
        let ended = loop {
            let ours = (200..300).contains(&head.status)
                && begun.len() >= MARK_BYTES
                && is_file_of_ours(&begun);
            if ours || length(&begun) > limits.error_bytes_max {
                break false;
            }
            match body.next_chunk().await? {
                Some(chunk) => begun.extend_from_slice(&chunk),
                None => break true,
            }
        };
        if ended || !(200..300).contains(&head.status) {
            classify(Expected::File, head, &begun)?;
        }
        Ok(Self {
            received: length(&begun),
            read_ahead: Some(begun.freeze()).filter(|bytes| !bytes.is_empty()),
            body,
            file_bytes_max: limits.file_bytes_max,
            chunk_timeout: settings.timeouts.chunk,
        })
    }

    /// The next bytes of the file; none at the end.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unreachable`] if the connection breaks or stalls, [`ErrorKind::Unexpected`] if the file is longer
    /// than [`BodyLimits::file_bytes_max`](crate::BodyLimits::file_bytes_max).
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is done, it has taken nothing from the file that a later call would miss, as far as the
    /// transport keeps the same promise.
    pub async fn next_chunk(&mut self) -> Result<Option<Bytes>, Error> {
        if let Some(bytes) = self.read_ahead.take() {
            return Ok(Some(bytes));
        }
        let chunk = timeout(self.chunk_timeout, self.body.next_chunk())
            .await
            .unwrap_or_else(|_| Err(TransportError::new(TransportErrorKind::Timeout)))?;
        self.received = self
            .received
            .saturating_add(chunk.as_ref().map_or(0, |chunk| length(chunk)));
        if self.received > self.file_bytes_max {
            return Err(ExchangeError::TooLong {
                limit: self.file_bytes_max,
            }
            .into());
        }
        Ok(chunk)
    }

    /// Writes what is left of the file to `out` as it comes, flushes it, and returns how many bytes that were.
    ///
    /// Memory holds one chunk at a time. That the connection did not break is all that is known of the end of the file:
    /// of a file made by a template of one's own, look for a mark at its end before trusting it.
    ///
    /// # Errors
    ///
    /// What [`next_chunk`](Self::next_chunk) returns, and [`ErrorKind::Unavailable`] with the error of `out` as source.
    /// What was written by then is part of the file: discard it and download again.
    pub async fn write_to(mut self, out: &mut (impl AsyncWrite + Unpin)) -> Result<u64, Error> {
        let failed = |source| ExchangeError::Write { source };
        let mut written = 0_u64;
        while let Some(chunk) = self.next_chunk().await? {
            out.write_all(&chunk).await.map_err(failed)?;
            written = written.saturating_add(length(&chunk));
        }
        out.flush().await.map_err(failed)?;
        Ok(written)
    }
}

fn is_file_of_ours(begun: &[u8]) -> bool {
    let begun = begun.strip_prefix("\u{feff}".as_bytes()).unwrap_or(begun);
    is_ours(&String::from_utf8_lossy(
        begun.get(..MARK_BYTES).unwrap_or(begun),
    ))
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// How long a file has been waited for, and whether to wait on.
#[derive(Debug)]
pub(crate) struct Readiness {
    settings: DownloadSettings,
    started: Instant,
    attempts: u32,
}

impl Readiness {
    /// Starts the clock and waits for the time before the first attempt.
    pub(crate) async fn begin(settings: DownloadSettings) -> Self {
        let readiness = Self {
            started: Instant::now(),
            attempts: 0,
            settings,
        };
        sleep(readiness.settings.first_after).await;
        readiness
    }

    /// Waits before the next attempt, or gives up.
    ///
    /// What a file that is not ready looks like is UNVERIFIED, so every answer counts as that except those no waiting
    /// helps against.
    pub(crate) async fn pause(&mut self, error: Error) -> Result<(), Error> {
        match error.kind() {
            ErrorKind::Unauthenticated | ErrorKind::Forbidden => return Err(error),
            ErrorKind::Invalid
            | ErrorKind::NotFound
            | ErrorKind::Throttled
            | ErrorKind::Unavailable
            | ErrorKind::Unexpected
            | ErrorKind::Unreachable => {}
        }
        self.attempts += 1;
        let wait = self.settings.wait_after(self.attempts);
        let waited = self.started.elapsed();
        if waited.saturating_add(wait) > self.settings.deadline {
            return Err(ExchangeError::NotReady {
                attempts: self.attempts,
                waited,
                source: error,
            }
            .into());
        }
        tracing::debug!(attempts = self.attempts, ?wait, kind = ?error.kind(), "file is not ready");
        sleep(wait).await;
        Ok(())
    }
}
