//! Whether the process is there.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;

/// Answers 204 as long as requests are served at all; it looks at nothing else, so that an outage of FreshBooks does
/// not get the process restarted.
pub(super) fn router() -> Router {
    Router::new().route("/healthz", get(|| async { StatusCode::NO_CONTENT }))
}
