//! A look at every request, for recording and metrics.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::StatusCode;
use tokio::time::Instant;

use crate::job::FormBody;
use crate::transport::{Body, Transport, TransportError, TransportErrorKind};

/// Sees every exchange of a client once the head of its answer is there, each attempt of a job included.
///
/// Called between the exchange and its caller: it must be quick and must not panic. An exchange that was given up on,
/// because it took too long or its caller went away, is seen as timed out.
pub trait Observer: fmt::Debug + Send + Sync {
    /// One request and what came of it.
    fn on_exchange(&self, exchange: &Exchanged<'_>);
}

/// One request and what came of it. There is no way to a secret, and `Debug` shows no body.
pub struct Exchanged<'e> {
    body: &'e FormBody,
    came: Result<StatusCode, TransportErrorKind>,
    elapsed: Duration,
}

impl Exchanged<'_> {
    /// Name of the job, as in [`evidence`](crate::evidence).
    pub const fn job(&self) -> &'static str {
        self.body.job()
    }

    /// The HTTP status, if an answer came. Expensify sends errors under 200 too.
    pub fn status(&self) -> Option<StatusCode> {
        self.came.ok()
    }

    /// Why no answer came.
    pub fn failure(&self) -> Option<TransportErrorKind> {
        self.came.err()
    }

    /// From sending to the head of the answer.
    pub const fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The description of the job without a secret in it, as JSON. It still names people where the job does.
    pub fn redacted_request(&self) -> &str {
        self.body.redacted()
    }
}

impl fmt::Debug for Exchanged<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchanged")
            .field("job", &self.job())
            .field("came", &self.came)
            .field("elapsed", &self.elapsed)
            .finish_non_exhaustive()
    }
}

/// A transport that is watched.
#[derive(Debug)]
pub(crate) struct Observed {
    pub(crate) inner: Arc<dyn Transport>,
    pub(crate) observer: Arc<dyn Observer>,
}

#[async_trait]
impl Transport for Observed {
    async fn send(
        &self,
        request: http::Request<FormBody>,
    ) -> Result<http::Response<Body>, TransportError> {
        let mut watch = Watch {
            observer: self.observer.as_ref(),
            body: request.body().clone(),
            started: Instant::now(),
            came: Err(TransportErrorKind::Timeout),
        };
        let answer = self.inner.send(request).await;
        watch.came = answer
            .as_ref()
            .map(http::Response::status)
            .map_err(TransportError::kind);
        answer
    }
}

/// Tells the observer when it is dropped, so that an exchange that is given up on is seen as well.
struct Watch<'o> {
    observer: &'o dyn Observer,
    body: FormBody,
    started: Instant,
    came: Result<StatusCode, TransportErrorKind>,
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.observer.on_exchange(&Exchanged {
            body: &self.body,
            came: self.came,
            elapsed: self.started.elapsed(),
        });
    }
}
