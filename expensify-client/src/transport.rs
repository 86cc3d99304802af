//! How requests reach the service: a trait, and its implementation on reqwest.

use std::error::Error as StdError;
use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::Error;
use crate::exchange::ExchangeError;
use crate::job::FormBody;
use crate::settings::Timeouts;

/// Sends one request and returns the answer's head, whatever its status, with the body still to come.
///
/// An implementation sends exactly once: no retry, no redirect followed. It writes neither the request's body, which
/// holds the secret, nor the answer's anywhere.
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends one request.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if there is no answer. [`TransportErrorKind::Connect`] promises that no byte of the request
    /// was sent.
    async fn send(
        &self,
        request: http::Request<FormBody>,
    ) -> Result<http::Response<Body>, TransportError>;
}

/// The chunks of an answer's body, as they come.
#[async_trait]
pub trait Chunks: Send {
    /// The next chunk; none at the end.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if the body breaks off.
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, TransportError>;
}

/// Body of an answer.
pub struct Body(Box<dyn Chunks>);

impl Body {
    /// A body that comes in chunks.
    pub fn new(chunks: Box<dyn Chunks>) -> Self {
        Self(chunks)
    }

    /// A body that is there already.
    pub fn whole(bytes: impl Into<Bytes>) -> Self {
        Self(Box::new(Whole(Some(bytes.into()))))
    }

    /// The next chunk; none at the end.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if the body breaks off.
    pub async fn next_chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        self.0.next_chunk().await
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body(..)")
    }
}

struct Whole(Option<Bytes>);

#[async_trait]
impl Chunks for Whole {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        Ok(self.0.take())
    }
}

/// How far a request came that got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection came about; nothing was sent.
    Connect,
    /// It took too long; it may have been received.
    Timeout,
    /// The connection broke; it may have been received.
    Broken,
}

/// Why a request got no answer.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl TransportError {
    /// An error of this kind, without a cause.
    pub const fn new(kind: TransportErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Adds the cause. Its text must not name the request's body.
    #[must_use]
    pub fn caused_by(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            source: Some(source.into()),
            ..self
        }
    }

    /// How far the request came.
    pub const fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::Connect => "connect",
            TransportErrorKind::Timeout => "wait for the answer: it took too long",
            TransportErrorKind::Broken => "keep the connection: it broke",
        })
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.source.as_deref()?;
        Some(source)
    }
}

impl From<TransportError> for Error {
    fn from(source: TransportError) -> Self {
        ExchangeError::Transport {
            kind: source.kind,
            source,
        }
        .into()
    }
}

/// [`Transport`] on reqwest with rustls.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    client: reqwest::Client,
}

impl HttpTransport {
    /// Makes a connection pool that follows no redirect and repeats nothing by itself.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) if the platform offers no TLS.
    pub fn new(timeouts: &Timeouts) -> Result<Self, Error> {
        reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(timeouts.connect)
            .read_timeout(timeouts.reply.max(timeouts.chunk))
            .user_agent(concat!("expensify-client/", env!("CARGO_PKG_VERSION")))
            .build()
            .map(|client| Self { client })
            .map_err(|source| {
                ExchangeError::Setup {
                    source: source.into(),
                }
                .into()
            })
    }
}

fn from_reqwest(error: reqwest::Error) -> TransportError {
    let kind = if error.is_connect() {
        TransportErrorKind::Connect
    } else if error.is_timeout() {
        TransportErrorKind::Timeout
    } else {
        TransportErrorKind::Broken
    };
    TransportError::new(kind).caused_by(error.without_url())
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(
        &self,
        request: http::Request<FormBody>,
    ) -> Result<http::Response<Body>, TransportError> {
        // A GET would put the secret into access logs. No job is one; a wrapper of this transport must not make one.
        if request.method() != http::Method::POST {
            return Err(TransportError::new(TransportErrorKind::Connect)
                .caused_by("only POST is sent to the service"));
        }
        let request = request.map(FormBody::into_bytes);
        // Nothing was sent if the request cannot even be written.
        let request = reqwest::Request::try_from(request).map_err(|source| {
            TransportError::new(TransportErrorKind::Connect).caused_by(source.without_url())
        })?;
        let response = self.client.execute(request).await.map_err(from_reqwest)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut answer = http::Response::new(Body::new(Box::new(Arriving(response))));
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        Ok(answer)
    }
}

struct Arriving(reqwest::Response);

#[async_trait]
impl Chunks for Arriving {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        self.0.chunk().await.map_err(from_reqwest)
    }
}
