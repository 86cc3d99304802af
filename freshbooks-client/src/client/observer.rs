//! A look at every request and reply, for recording and metrics.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response, StatusCode};

use crate::call::{Access, Call};
use crate::redact;
use crate::transport::{TransportError, TransportErrorKind};

/// Sees every exchange of a client once it is over, each try of a read included.
///
/// Called between the exchange and its caller: it must be quick and must not panic. An exchange whose
/// caller went away is not seen.
pub trait Observer: fmt::Debug + Send + Sync {
    /// One request and what came of it.
    fn on_exchange(&self, exchange: &Exchanged<'_>);
}

/// One request and what came of it. There is no way to a token, a header or an unmasked body, and
/// `Debug` shows no body at all.
pub struct Exchanged<'e> {
    operation: &'static str,
    access: Access,
    method: &'e Method,
    path: &'e str,
    request: (Option<&'static str>, &'e Bytes),
    reply: Result<&'e Response<Bytes>, TransportErrorKind>,
    elapsed: Duration,
}

impl<'e> Exchanged<'e> {
    pub(super) fn new<R>(
        call: &'e Call<R>,
        path: &'e str,
        sent: &'e Result<Response<Bytes>, TransportError>,
        elapsed: Duration,
    ) -> Self {
        Self {
            operation: call.operation(),
            access: call.access(),
            method: call.method(),
            path,
            request: call.body(),
            reply: sent.as_ref().map_err(TransportError::kind),
            elapsed,
        }
    }

    /// What was being done, such as `create bill`.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// Whether it reads or writes.
    pub fn access(&self) -> Access {
        self.access
    }

    /// The HTTP method.
    pub fn method(&self) -> &Method {
        self.method
    }

    /// The path, ids included, without its query and without keys to files.
    pub fn path(&self) -> &str {
        self.path
    }

    /// The HTTP status, if a reply came. FreshBooks sends errors under 200 too.
    pub fn status(&self) -> Option<StatusCode> {
        self.reply.ok().map(Response::status)
    }

    /// Why no complete reply came.
    pub fn failure(&self) -> Option<TransportErrorKind> {
        self.reply.err()
    }

    /// From sending to the last byte of the reply.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Length of the request's body in bytes.
    pub fn request_bytes(&self) -> usize {
        self.request.1.len()
    }

    /// Length of the reply's body in bytes.
    pub fn reply_bytes(&self) -> usize {
        self.reply.map_or(0, |reply| reply.body().len())
    }

    /// The request's body with tokens, secrets, codes and keys to files masked. It still holds what the
    /// records hold, personal data included. `None` if there is none, or one that cannot be masked.
    pub fn redacted_request_body(&self) -> Option<String> {
        match self.request {
            (Some("application/x-www-form-urlencoded"), body) => Some(redact::form(body)),
            (Some(_) | None, body) => redact::json(body),
        }
    }

    /// The reply's body, masked like [`the request's`](Self::redacted_request_body).
    pub fn redacted_reply_body(&self) -> Option<String> {
        redact::json(self.reply.ok()?.body())
    }
}

impl fmt::Debug for Exchanged<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchanged")
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("status", &self.status())
            .field("failure", &self.failure())
            .field("elapsed", &self.elapsed)
            .finish_non_exhaustive()
    }
}
