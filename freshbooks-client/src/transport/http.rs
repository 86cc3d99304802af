//! The transport over HTTP.

use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::stream::unfold;
use http::{Method, Request, Response};

use super::{Streamed, Transport, TransportError, TransportErrorKind};

/// Whether a write may travel on a connection that served an earlier request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WriteConnections {
    /// A new connection per write.
    Fresh,
    /// A connection that served an earlier write, if it has been idle for at most `idle_max`.
    ///
    /// A server may close an idle connection without a word, and a write that dies with it has an
    /// unknown effect, which costs a look-up. Servers keep connections for seconds: the shortest
    /// default among common ones is 2 s. What was in use a moment ago is as good as new.
    Kept {
        /// Longest time between two uses.
        idle_max: Duration,
    },
}

/// Settings of [`HttpTransport`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HttpSettings {
    /// Longest wait for a connection, TLS included. Default 10 s.
    pub connect_timeout: Duration,
    /// Longest time from sending to the last byte of the reply. Default 60 s.
    pub request_timeout: Duration,
    /// How long an idle connection is kept for reads. Default 15 s.
    pub idle_timeout: Duration,
    /// Largest reply body in bytes; more is an error, found while it streams in. Default 16 MiB.
    pub reply_bytes_max: usize,
    /// Which connections writes use. Default [`WriteConnections::Kept`] for 1 s.
    pub write_connections: WriteConnections,
    /// The `User-Agent` header. Default this crate's name and version.
    pub user_agent: String,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_mins(1),
            idle_timeout: Duration::from_secs(15),
            reply_bytes_max: 16 * 1024 * 1024,
            write_connections: WriteConnections::Kept {
                idle_max: Duration::from_secs(1),
            },
            user_agent: concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// HTTP/1.1 over rustls. Redirects are not followed, nothing is repeated.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    reads: reqwest::Client,
    writes: reqwest::Client,
    reply_bytes_max: usize,
}

impl HttpTransport {
    /// Prepares connections; opens none.
    ///
    /// # Errors
    /// [`TransportErrorKind::NotSent`] when TLS cannot be set up or the user agent is no header.
    pub fn new(settings: &HttpSettings) -> Result<Self, TransportError> {
        let reads = client(settings).pool_idle_timeout(settings.idle_timeout);
        let writes = match settings.write_connections {
            WriteConnections::Fresh => client(settings).pool_max_idle_per_host(0),
            WriteConnections::Kept { idle_max } => client(settings).pool_idle_timeout(idle_max),
        };
        Ok(Self {
            reads: reads.build().map_err(not_sent)?,
            writes: writes.build().map_err(not_sent)?,
            reply_bytes_max: settings.reply_bytes_max,
        })
    }

    async fn execute(
        &self,
        client: &reqwest::Client,
        request: reqwest::Request,
    ) -> Result<Response<Bytes>, TransportError> {
        let mut reply = client.execute(request).await.map_err(|error| {
            if error.is_connect() || error.is_builder() {
                not_sent(error)
            } else {
                maybe_sent(error)
            }
        })?;
        let status = reply.status();
        let headers = std::mem::take(reply.headers_mut());
        let mut whole = Response::new(self.collect(reply).await?);
        *whole.status_mut() = status;
        *whole.headers_mut() = headers;
        Ok(whole)
    }

    async fn collect(&self, mut reply: reqwest::Response) -> Result<Bytes, TransportError> {
        let limit = self.reply_bytes_max;
        let too_large = || {
            let source = format!("more than {limit} bytes");
            TransportError::new(TransportErrorKind::ReplyTooLarge, source)
        };
        let announced = reply.content_length().unwrap_or(0);
        // The announced length is the server's claim: refuse it early, but never allocate by it.
        if usize::try_from(announced).map_or(true, |announced| announced > limit) {
            return Err(too_large());
        }
        let Some(first) = reply.chunk().await.map_err(maybe_sent)? else {
            return Ok(Bytes::new());
        };
        if first.len() > limit {
            return Err(too_large());
        }
        let Some(second) = reply.chunk().await.map_err(maybe_sent)? else {
            return Ok(first);
        };
        let mut body = BytesMut::from(first);
        let mut next = Some(second);
        while let Some(chunk) = next {
            if body.len().saturating_add(chunk.len()) > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
            next = reply.chunk().await.map_err(maybe_sent)?;
        }
        Ok(body.freeze())
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let client = if request.method() == Method::GET {
            &self.reads
        } else {
            &self.writes
        };
        let request = reqwest::Request::try_from(request).map_err(not_sent)?;
        self.execute(client, request).await
    }

    async fn send_streamed(
        &self,
        request: Request<()>,
        body: Streamed,
    ) -> Result<Response<Bytes>, TransportError> {
        let pieces = unfold(body, |mut body| async move {
            body.piece().await.map(|piece| (piece, body))
        });
        let request = request.map(|()| reqwest::Body::wrap_stream(pieces));
        let request = reqwest::Request::try_from(request).map_err(not_sent)?;
        self.execute(&self.writes, request).await
    }
}

fn client(settings: &HttpSettings) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        // Otherwise some requests would be sent again without anyone's asking.
        .retry(reqwest::retry::never())
        .referer(false)
        .http1_only()
        .tcp_nodelay(true)
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.request_timeout)
        .user_agent(&settings.user_agent)
}

// URLs are stripped: their queries can hold names.
fn not_sent(error: reqwest::Error) -> TransportError {
    TransportError::new(TransportErrorKind::NotSent, error.without_url())
}

fn maybe_sent(error: reqwest::Error) -> TransportError {
    TransportError::new(TransportErrorKind::MaybeSent, error.without_url())
}
