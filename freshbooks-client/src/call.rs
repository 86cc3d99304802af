//! One request as a plain value: built without I/O, sent by anyone, its reply read without I/O.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};

use crate::endpoints::Endpoints;
use crate::error::{Cause, Effect, Error, ErrorKind};
use crate::refusal::Refusal;

/// Longest `Retry-After` that is believed. The longest window known is 60 s.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);

/// How a call may be treated: what it counts against, and whether it may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Access {
    /// Changes nothing; may be repeated.
    Read,
    /// Changes a record; one attempt.
    Update,
    /// Makes a record; one attempt, and counts against the limit on creates.
    Create,
}

impl Access {
    /// Whether a failure may have left something behind.
    pub const fn is_write(self) -> bool {
        match self {
            Self::Read => false,
            Self::Update | Self::Create => true,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// A path below the API's base URL, with its query if any.
    Api(String),
    Token,
    Revoke,
}

/// A typed request and the way to read its reply into `R`.
///
/// [`request`](Self::request) gives the HTTP request, [`read`](Self::read) understands the answer.
/// `Debug` shows neither the body nor the query.
pub struct Call<R> {
    operation: &'static str,
    access: Access,
    method: Method,
    target: Target,
    accept: &'static str,
    api_version: Option<&'static str>,
    content_type: Option<&'static str>,
    body: Bytes,
    decode: fn(&[u8]) -> Result<R, Unread>,
}

/// Why a success body could not be read as what was asked for.
#[derive(Debug)]
pub(crate) enum Unread {
    /// It looks like an error envelope.
    Refused,
    /// The expected key is missing.
    Missing(&'static str),
    /// A result and an error side by side.
    Contradictory,
    /// It does not parse.
    Malformed(serde_json::Error),
}

impl<R> Call<R> {
    pub(crate) fn new(
        operation: &'static str,
        access: Access,
        method: Method,
        target: Target,
        decode: fn(&[u8]) -> Result<R, Unread>,
    ) -> Self {
        Self {
            operation,
            access,
            method,
            target,
            accept: "application/json",
            api_version: None,
            content_type: None,
            body: Bytes::new(),
            decode,
        }
    }

    pub(crate) fn with_body(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.content_type = Some(content_type);
        self.body = body.into();
        self
    }

    /// Asks for a file instead of JSON.
    pub(crate) fn accepting(mut self, media_type: &'static str) -> Self {
        self.accept = media_type;
        self
    }

    /// Asks for one version of the API; without, FreshBooks takes its default.
    pub(crate) fn versioned(mut self, version: Option<&'static str>) -> Self {
        self.api_version = version;
        self
    }

    /// What it does, such as `create bill`.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// Whether it reads or writes.
    pub fn access(&self) -> Access {
        self.access
    }

    /// The HTTP request. The authorization header is marked sensitive.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] when the token holds a character no header can carry.
    pub fn request(
        &self,
        endpoints: &Endpoints,
        access_token: Option<&SecretString>,
    ) -> Result<Request<Bytes>, Error> {
        let url = match &self.target {
            Target::Api(path) => endpoints.api_url(path),
            Target::Token => endpoints.token.as_str().to_owned(),
            Target::Revoke => endpoints.revoke.as_str().to_owned(),
        };
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(url)
            .header(ACCEPT, self.accept);
        if let Some(version) = self.api_version {
            request = request.header("x-api-version", version);
        }
        if let Some(content_type) = self.content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        if let Some(token) = access_token {
            let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
                .map_err(|_| self.unbuildable())?;
            bearer.set_sensitive(true);
            request = request.header(AUTHORIZATION, bearer);
        }
        request
            .body(self.body.clone())
            .map_err(|error| self.unbuildable().with_source(error))
    }

    /// Reads a reply: the result, or the error it states in any of FreshBooks' ways.
    ///
    /// # Errors
    /// Every kind but [`ErrorKind::Unreachable`]. [`Error::effect`] is `Unknown` for a write unless
    /// the reply proves that it was refused: 401, 429, or an error that parses under a status below 500.
    pub fn read(&self, reply: &Response<Bytes>) -> Result<R, Error> {
        let status = reply.status();
        if !status.is_success() {
            return Err(self.refused(reply, Cause::BareStatus));
        }
        let unread = match (self.decode)(reply.body()) {
            Ok(value) => return Ok(value),
            Err(unread) => unread,
        };
        Err(match unread {
            Unread::Refused => self.refused(reply, Cause::Unreadable),
            Unread::Missing(key) => self.refused(reply, Cause::Missing { key }),
            Unread::Contradictory => self.unexpected(reply, Cause::Contradictory),
            Unread::Malformed(source) => {
                // The position says enough; the message of a parser can quote the text it read.
                let place = format!("line {}, column {}", source.line(), source.column());
                self.refused(reply, Cause::Unreadable).with_source(place)
            }
        })
    }

    /// An error from a reply that is no result; `otherwise` when it states no error either.
    fn refused(&self, reply: &Response<Bytes>, otherwise: Cause) -> Error {
        let status = reply.status().as_u16();
        let Some(refusal) = Refusal::parse(reply.body()) else {
            if reply.status().is_success() {
                return self.unexpected(reply, otherwise);
            }
            let proven = status == 401 || status == 429;
            let kind = Refusal::default().kind(status);
            let kind = if status < 400 {
                ErrorKind::Unexpected
            } else {
                kind
            };
            return self.failed(reply, kind, proven, otherwise);
        };
        let kind = refusal.kind(status);
        let proven = refusal.proves_no_effect(status);
        self.failed(reply, kind, proven, Cause::Refused(refusal))
    }

    fn unexpected(&self, reply: &Response<Bytes>, cause: Cause) -> Error {
        self.failed(reply, ErrorKind::Unexpected, false, cause)
    }

    fn failed(
        &self,
        reply: &Response<Bytes>,
        kind: ErrorKind,
        proven: bool,
        cause: Cause,
    ) -> Error {
        let effect = if proven || !self.access.is_write() {
            Effect::None
        } else {
            Effect::Unknown
        };
        let status = reply.status();
        let retry_after = retry_after(reply).filter(|_| status == StatusCode::TOO_MANY_REQUESTS);
        Error::new(kind, effect, self.operation, cause).with_reply(
            status,
            retry_after,
            reply.body().clone(),
        )
    }

    fn unbuildable(&self) -> Error {
        Error::new(
            ErrorKind::Invalid,
            Effect::None,
            self.operation,
            Cause::Unbuildable,
        )
    }

    /// The path for logs, ids included. The query is left out because filters can hold names, and so
    /// are the keys of uploads, which open a file to whoever has them.
    #[cfg(feature = "client")]
    pub(crate) fn path(&self) -> std::borrow::Cow<'_, str> {
        let path = match &self.target {
            Target::Api(path) => path.split_once('?').map_or(path.as_str(), |(path, _)| path),
            Target::Token => "token",
            Target::Revoke => "revoke",
        };
        crate::redact::path(path)
    }

    #[cfg(feature = "client")]
    pub(crate) fn method(&self) -> &Method {
        &self.method
    }

    #[cfg(feature = "client")]
    pub(crate) fn body(&self) -> (Option<&'static str>, &Bytes) {
        (self.content_type, &self.body)
    }
}

impl<R> fmt::Debug for Call<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.operation)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

fn retry_after(reply: &Response<Bytes>) -> Option<Duration> {
    let seconds = reply.headers().get(RETRY_AFTER)?.to_str().ok()?;
    let wait = Duration::from_secs(seconds.trim().parse().ok()?);
    Some(wait.min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_retry_after_is_bounded_or_passed_over(
            value in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40), seconds in proptest::prelude::any::<u64>(),
        ) {
            let mut reply = Response::new(Bytes::new());
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                reply.headers_mut().insert(RETRY_AFTER, value);
                proptest::prop_assert!(retry_after(&reply).unwrap_or_default() <= RETRY_AFTER_MAX);
            }
            reply.headers_mut().insert(RETRY_AFTER, format!(" {seconds} ").parse().unwrap());
            let expected = Duration::from_secs(seconds).min(RETRY_AFTER_MAX);
            proptest::prop_assert_eq!(retry_after(&reply), Some(expected));
        }
    }
}
