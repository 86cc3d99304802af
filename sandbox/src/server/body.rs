//! A response body that can break off.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// Bytes to send; when broken off, the announced length is longer and an error ends the connection.
#[derive(Debug)]
pub(crate) struct ReplyBody {
    bytes: Option<Bytes>,
    announced: u64,
    broken: Option<Break>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Break {
    /// The bytes were handed over; one more turn lets them leave.
    Flushing,
    Due,
}

impl ReplyBody {
    pub(crate) fn whole(bytes: Bytes) -> Self {
        let announced = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Self {
            bytes: Some(bytes),
            announced,
            broken: None,
        }
    }

    /// Announces all of `bytes`, sends the first `kept` of them, and breaks off.
    pub(crate) fn broken(bytes: &Bytes, kept: usize) -> Self {
        let announced = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let sent = bytes.slice(..kept.min(bytes.len()));
        let broken = (sent.len() < bytes.len()).then_some(Break::Flushing);
        Self {
            bytes: Some(sent),
            announced,
            broken,
        }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(bytes) = self.bytes.take().filter(|bytes| !bytes.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match self.broken {
            None => Poll::Ready(None),
            Some(Break::Flushing) => {
                self.broken = Some(Break::Due);
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Some(Break::Due) => Poll::Ready(Some(Err(io::Error::other("broken off by a fault")))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.broken.is_none() && self.bytes.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
