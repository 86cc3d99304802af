//! The listener of `serve`: health, and FreshBooks' webhooks as hints to look again.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use sync_core::model::{ConnectionId, RecordId, RecordKind};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use crate::failure::Failure;
use crate::wiring::App;

/// Hints kept for a connection that is busy. More are dropped: polling stays the truth.
const HINTS_MAX: usize = 1_000;

/// Something that may have changed in FreshBooks. Never data, only a reason to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hint {
    /// Which kind of record.
    pub(super) kind: RecordKind,
    /// Which.
    pub(super) record: RecordId,
}

/// A connection's hints, in the order they came.
#[derive(Debug)]
pub(super) struct Hints(mpsc::Receiver<Hint>);

/// Where a connection's hints are put.
pub(super) type HintSender = mpsc::Sender<Hint>;

impl Hints {
    /// The next hint; `None` once nothing listens any more.
    pub(super) async fn next(&mut self) -> Option<Hint> {
        self.0.recv().await
    }
}

/// A queue of hints.
pub(super) fn hints() -> (HintSender, Hints) {
    let (sender, receiver) = mpsc::channel(HINTS_MAX);
    (sender, Hints(receiver))
}

/// Listens where the configuration says, if it does; gives the address. Ends when asked to stop.
///
/// # Errors
/// When the address cannot be listened on.
pub(super) async fn start(
    app: &Arc<App>,
    hints: Vec<(ConnectionId, HintSender)>,
    mut stopping: watch::Receiver<bool>,
) -> Result<Option<String>, Failure> {
    let Some(webhooks) = &app.config().webhooks else { return Ok(None) };
    let listener = TcpListener::bind(webhooks.listen).await.map_err(|error| {
        let what = format!("failed to listen on {}: {error}", webhooks.listen);
        Failure::configuration(what, "stop what uses the address, or change webhooks.listen")
    })?;
    let router = router(app, hints);
    tokio::spawn(async move {
        let stopped = async move {
            // An error means that the program is gone, which is as good as asked to stop.
            let _ = stopping.changed().await;
        };
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
            tracing::error!(%error, "the listener ended");
        }
    });
    Ok(Some(webhooks.listen.to_string()))
}

fn router(_app: &Arc<App>, _hints: Vec<(ConnectionId, HintSender)>) -> Router {
    Router::new().route("/healthz", get(|| async { "ok" }))
}
