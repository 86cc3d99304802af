//! Routes to mount into any axum application: FreshBooks webhooks and health.

mod health;
mod inbox;
mod recent;
mod webhook;

use std::sync::Arc;

use axum::Router;

pub use inbox::{CallbackState, Hint, HintChange, HintKind, WebhookInbox};
pub use webhook::WebhookSettings;

/// `GET /healthz` and `POST /webhooks/freshbooks/{path_token}`.
///
/// Whoever serves it must bound how long a request may take to arrive; the size of one is bounded here.
pub fn router(inbox: Arc<dyn WebhookInbox>, settings: WebhookSettings) -> Router {
    health::router().merge(webhook::router(inbox, settings))
}
