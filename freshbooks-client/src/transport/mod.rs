//! How requests reach FreshBooks, replaceable as a whole.

mod http;
mod streamed;

use std::error::Error as StdError;
use std::fmt;

use ::http::{Request, Response};
use async_trait::async_trait;
use bytes::Bytes;

pub use self::http::{HttpSettings, HttpTransport, WriteConnections};
pub use self::streamed::Streamed;
pub(crate) use self::streamed::{PIECE_BYTES, Source, read_piece};

/// What is known about a request that got no complete reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// Not a byte of the request reached the server: no address, no connection, no TLS. **Certainly
    /// not applied.** To be used only where this is proven.
    NotSent,
    /// Something may have been sent: time-out, reset, cut reply. **Perhaps applied.** Whatever is in
    /// doubt belongs here.
    MaybeSent,
    /// A reply came and is larger than allowed. **Perhaps applied.**
    ReplyTooLarge,
}

/// Why no complete reply came.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    source: Box<dyn StdError + Send + Sync>,
}

impl TransportError {
    /// A failure and what caused it. The source must not hold URLs with secrets, bodies or headers.
    pub fn new(
        kind: TransportErrorKind,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            source: source.into(),
        }
    }

    /// Whether the request may have been sent.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::NotSent => "could not reach the server",
            TransportErrorKind::MaybeSent => "the exchange broke off",
            TransportErrorKind::ReplyTooLarge => "the reply is too large",
        })
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}

/// Sends one request and brings back the whole reply.
///
/// # Guarantees an implementation must give
/// - One call is at most one request on the wire: no retries, no redirects followed.
/// - An error of kind [`TransportErrorKind::NotSent`] proves that the server saw nothing.
/// - It ends in bounded time, with a reply of bounded size.
///
/// # Cancel safety
/// Dropping the future abandons the exchange; a write may then have been applied.
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends the request.
    ///
    /// # Errors
    /// [`TransportError`] when no complete reply came. An error status is a reply.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError>;

    /// Sends a request whose body is read while it is sent; its length is in the headers. Only
    /// uploads use it.
    ///
    /// A transport that does not say how refuses. So files cannot pass by a wrapper that counts or gates
    /// requests and knows nothing of them.
    ///
    /// # Errors
    /// As [`send`](Self::send); [`TransportErrorKind::NotSent`] from a transport that cannot.
    async fn send_streamed(
        &self,
        request: Request<()>,
        body: Streamed,
    ) -> Result<Response<Bytes>, TransportError> {
        let _ = (request, body);
        let source = "this transport cannot send files";
        Err(TransportError::new(TransportErrorKind::NotSent, source))
    }
}
