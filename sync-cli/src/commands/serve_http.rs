//! The listener of `serve`: health, and FreshBooks' webhooks as hints to look again.

use std::net::SocketAddr;
use std::sync::Arc;

use sync_adapters::http::{self, WebhookInbox, WebhookSettings};
use sync_core::model::{RecordId, RecordKind};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use url::Url;

use super::serve_inbox::{Books, Inbox};
use crate::config::Webhooks;
use crate::failure::Failure;

/// Hints kept for a connection that is busy. More are dropped: polling stays the truth.
const HINTS_MAX: usize = 1_000;

/// Something that may have changed in FreshBooks. Never data, only a reason to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// Which kind of record.
    pub(super) kind: RecordKind,
    /// Which.
    pub(super) record: RecordId,
}

/// A connection's hints, in the order they came.
#[derive(Debug)]
pub(super) struct Hints(mpsc::Receiver<Change>);

/// Where a connection's hints are put.
pub(super) type HintSender = mpsc::Sender<Change>;

impl Hints {
    /// The next hint; `None` once nothing listens any more.
    pub(super) async fn next(&mut self) -> Option<Change> {
        self.0.recv().await
    }
}

/// A queue of hints.
pub(super) fn hints() -> (HintSender, Hints) {
    let (sender, receiver) = mpsc::channel(HINTS_MAX);
    (sender, Hints(receiver))
}

/// A running listener.
#[derive(Debug)]
pub(super) struct Listener {
    /// Where it listens.
    pub(super) address: SocketAddr,
    inbox: Arc<Inbox>,
    public_url: Option<Url>,
}

impl Listener {
    /// Listens at an address until asked to stop, and registers webhooks when FreshBooks can reach it.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub(super) async fn start(
        webhooks: &Webhooks,
        books: Vec<Books>,
        mut stopping: watch::Receiver<bool>,
    ) -> Result<Self, Failure> {
        let address = webhooks.listen;
        let listener = TcpListener::bind(address).await.map_err(|error| {
            let what = format!("failed to listen on {address}: {error}");
            Failure::configuration(
                what,
                "stop what uses the address, or change webhooks.listen",
            )
        })?;
        let inbox = Arc::new(Inbox::new(books));
        let receiver: Arc<dyn WebhookInbox> = Arc::<Inbox>::clone(&inbox);
        let router = http::router(receiver, WebhookSettings::default());
        tokio::spawn(async move {
            let stopped = async move {
                // An error means that the program is gone, which is as good as asked to stop.
                let _ = stopping.changed().await;
            };
            if let Err(error) = axum::serve(listener, router)
                .with_graceful_shutdown(stopped)
                .await
            {
                tracing::error!(%error, "the listener ended");
            }
        });
        let listener = Self {
            address,
            inbox,
            public_url: webhooks.public_url.clone(),
        };
        if let Some(public_url) = &listener.public_url {
            listener.inbox.register(public_url).await;
        }
        Ok(listener)
    }

    /// Takes the registrations back.
    pub(super) async fn end(self) {
        if let Some(public_url) = &self.public_url {
            self.inbox.unregister(public_url).await;
        }
    }
}
