//! The client: how a job is sent and a file is fetched. Its methods for single jobs stand in the files below.

mod export;
mod policy;
mod rows;
mod run;

pub use rows::Rows;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::time::{sleep, timeout};

use crate::auth::Credentials;
use crate::budget::{LocalBudget, RequestBudget};
use crate::download::{Download, Readiness};
use crate::error::{Error, ErrorKind};
use crate::exchange::ExchangeError;
use crate::job::{ExportQuery, JobRequest, StoredFile};
use crate::observer::{Observed, Observer};
use crate::pacer::Pacer;
use crate::report_stream::ReportStream;
use crate::response::{Answer, Head};
use crate::settings::{Settings, check_base_url};
use crate::transport::{Body, HttpTransport, Transport, TransportError, TransportErrorKind};

/// Client of the Integration Server. Clones are cheap and share one request budget.
///
/// Jobs that only read are repeated as [`RetrySettings`](crate::RetrySettings) allows; jobs that change something are
/// sent once per call.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    settings: Settings,
    credentials: Credentials,
    transport: Arc<dyn Transport>,
    pacer: Pacer,
}

/// Puts a [`Client`] together from settings and components.
#[derive(Debug)]
pub struct ClientBuilder {
    settings: Settings,
    credentials: Credentials,
    transport: Option<Arc<dyn Transport>>,
    budget: Option<Arc<dyn RequestBudget>>,
    observer: Option<Arc<dyn Observer>>,
}

impl ClientBuilder {
    /// Takes what has no default.
    pub const fn new(settings: Settings, credentials: Credentials) -> Self {
        Self {
            settings,
            credentials,
            transport: None,
            budget: None,
            observer: None,
        }
    }

    /// Sends through this transport, in place of [`HttpTransport`].
    #[must_use]
    pub fn with_transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Shares this request budget with other clients or processes, in place of a [`LocalBudget`] of the client's own.
    /// [`Settings::rate`] then counts for nothing.
    #[must_use]
    pub fn with_budget(mut self, budget: Arc<dyn RequestBudget>) -> Self {
        self.budget = Some(budget);
        self
    }

    /// Lets an observer see every exchange.
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Makes the client. Call it within a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if the base URL was changed to one that [`Settings::new`] refuses, or if the default
    /// transport cannot be made.
    pub fn build(self) -> Result<Client, Error> {
        let Self {
            settings,
            credentials,
            transport,
            budget,
            observer,
        } = self;
        check_base_url(&settings.base_url, settings.plain_http)?;
        let transport = match transport {
            Some(transport) => transport,
            None => Arc::new(HttpTransport::new(&settings.timeouts)?),
        };
        let budget = budget.unwrap_or_else(|| Arc::new(LocalBudget::new(settings.windows())));
        let transport = match observer {
            Some(observer) => Arc::new(Observed {
                inner: transport,
                observer,
            }),
            None => transport,
        };
        Ok(Client {
            shared: Arc::new(Shared {
                settings,
                credentials,
                transport,
                pacer: Pacer::new(budget),
            }),
        })
    }
}

impl Client {
    /// The settings the client was made with.
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Exports reports and streams them: submits the query, waits for the file, reads it as it comes.
    ///
    /// Costs one request, and one for each attempt at the download.
    ///
    /// # Errors
    ///
    /// What [`export`](Self::export) and [`download`](Self::download) return.
    pub async fn reports(&self, query: &ExportQuery) -> Result<ReportStream, Error> {
        let file = self.export(query).await?;
        ReportStream::open(self.clone(), file).await
    }

    /// Waits until a generated file is ready and streams it, as
    /// [`DownloadSettings`](crate::DownloadSettings) has it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] if the file is not ready within the deadline, with the last answer as source;
    /// [`ErrorKind::Unauthenticated`] and [`ErrorKind::Forbidden`] at once.
    pub async fn download<F: StoredFile>(&self, file: &F) -> Result<Download, Error> {
        let mut readiness = Readiness::begin(self.shared.settings.download.clone()).await;
        self.download_when_ready(file, &mut readiness).await
    }

    /// Attempts the download until it succeeds or `readiness` gives up.
    pub(crate) async fn download_when_ready<F: StoredFile>(
        &self,
        file: &F,
        readiness: &mut Readiness,
    ) -> Result<Download, Error> {
        loop {
            match self.open_download(file).await {
                Ok(download) => return Ok(download),
                Err(error) => readiness.pause(error).await?,
            }
        }
    }

    async fn open_download<F: StoredFile>(&self, file: &F) -> Result<Download, Error> {
        let job = JobRequest::download(file);
        let (head, body) = self.send(&job).await?;
        let opened = timeout(
            self.shared.settings.timeouts.reply,
            Download::open(head, body, self.settings()),
        )
        .await;
        let opened =
            opened.unwrap_or_else(|_| Err(TransportError::new(TransportErrorKind::Timeout).into()));
        self.heed(opened).await
    }

    /// Sends a job: repeated as the settings allow if it only reads, once if it changes something.
    async fn perform(&self, job: &JobRequest) -> Result<Answer, Error> {
        if job.is_safe_to_retry() {
            self.repeat(job).await
        } else {
            self.exchange(job).await
        }
    }

    async fn repeat(&self, job: &JobRequest) -> Result<Answer, Error> {
        let mut attempts = 0;
        loop {
            let error = match self.exchange(job).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            attempts += 1;
            let Some(delay) = self.shared.settings.retry.delay(attempts, &error) else {
                return Err(error);
            };
            tracing::debug!(job = job.name(), attempts, ?delay, kind = ?error.kind(), "will be sent again");
            if error.kind() == ErrorKind::Throttled {
                self.shared.pacer.hold(delay).await;
            } else {
                sleep(delay).await;
            }
        }
    }

    /// Sends a job once and reads its reply whole.
    async fn exchange(&self, job: &JobRequest) -> Result<Answer, Error> {
        let (head, body) = self.send(job).await?;
        let limit = self.shared.settings.limits.reply_bytes_max;
        let body = timeout(self.shared.settings.timeouts.reply, collect(body, limit))
            .await
            .unwrap_or_else(|_| Err(TransportError::new(TransportErrorKind::Timeout).into()))?;
        self.heed(Answer::new(job.expected(), head, body)).await
    }

    /// Waits for the request budget and sends a job once.
    async fn send(&self, job: &JobRequest) -> Result<(Head, Body), Error> {
        let shared = &self.shared;
        let request = job.to_http(&shared.settings.base_url, &shared.credentials)?;
        shared.pacer.ready().await?;
        let response = timeout(
            shared.settings.timeouts.reply,
            shared.transport.send(request),
        )
        .await
        .unwrap_or_else(|_| Err(TransportError::new(TransportErrorKind::Timeout)))?;
        let (parts, body) = response.into_parts();
        let head = Head {
            status: parts.status.as_u16(),
            retry_after: retry_after(&parts.headers),
        };
        tracing::debug!(job = job.name(), status = head.status, "answered");
        Ok((head, body))
    }

    /// After a 429 nobody who shares this budget sends before the time the service asked for.
    async fn heed<T>(&self, answer: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &answer
            && error.kind() == ErrorKind::Throttled
        {
            let retry = &self.shared.settings.retry;
            let wait = error.retry_after().unwrap_or(retry.throttled_after);
            self.shared.pacer.hold(wait.min(retry.after_max)).await;
        }
        answer
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("settings", &self.shared.settings)
            .field("credentials", &self.shared.credentials)
            .field("transport", &self.shared.transport)
            .finish_non_exhaustive()
    }
}

async fn collect(mut body: Body, limit: u64) -> Result<Bytes, Error> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = body.next_chunk().await? {
        bytes.extend_from_slice(&chunk);
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
            return Err(ExchangeError::TooLong { limit }.into());
        }
    }
    Ok(bytes.freeze())
}

/// `Retry-After` in seconds; as a date it would need a clock to agree on, and is passed over.
fn retry_after(headers: &http::HeaderMap) -> Option<Duration> {
    headers
        .get(http::header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
        .map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_retry_after_is_whole_seconds_or_passed_over(
            value in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40), seconds in proptest::prelude::any::<u64>(),
        ) {
            let mut headers = http::HeaderMap::new();
            if let Ok(value) = http::HeaderValue::from_bytes(&value) {
                headers.insert(http::header::RETRY_AFTER, value);
                let _ = retry_after(&headers);
            }
            headers.insert(http::header::RETRY_AFTER, format!(" {seconds} ").parse().unwrap());
            proptest::prop_assert_eq!(retry_after(&headers), Some(Duration::from_secs(seconds)));
            headers.insert(http::header::RETRY_AFTER, format!("-{seconds}.5").parse().unwrap());
            proptest::prop_assert_eq!(retry_after(&headers), None);
        }
    }
}
