//! Counts requests where they leave, so that repeated ones count too.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use expensify_client::{Body, FormBody, Transport, TransportError};
use sync_core::ports::SourceUsage;

/// What was sent so far, over all clients a source has had.
#[derive(Debug, Default)]
pub(super) struct Meter {
    exports: AtomicU64,
    downloads: AtomicU64,
    other: AtomicU64,
}

impl Meter {
    pub(super) fn usage(&self) -> SourceUsage {
        SourceUsage {
            exports: self.exports.load(Ordering::Relaxed),
            downloads: self.downloads.load(Ordering::Relaxed),
            other: self.other.load(Ordering::Relaxed),
        }
    }

    fn count(&self, body: &[u8]) {
        // The job's type, as the form encodes it. Quotes inside a value are escaped, so no value can look like this.
        let holds = |wanted: &[u8]| body.windows(wanted.len()).any(|part| part == wanted);
        let counter = if holds(b"%22type%22%3A%22download%22") {
            &self.downloads
        } else if holds(b"%22type%22%3A%22file%22") {
            &self.exports
        } else {
            &self.other
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// A transport that counts.
#[derive(Debug)]
pub(super) struct Metered {
    pub(super) inner: Arc<dyn Transport>,
    pub(super) meter: Arc<Meter>,
}

#[async_trait]
impl Transport for Metered {
    async fn send(
        &self,
        request: http::Request<FormBody>,
    ) -> Result<http::Response<Body>, TransportError> {
        self.meter.count(&request.body().clone().into_bytes());
        self.inner.send(request).await
    }
}
