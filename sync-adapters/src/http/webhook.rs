//! The webhook route: verify, remember, hand over, answer. Everything else happens later and elsewhere.
//!
//! A delivery is a hint (reliability reference 5.2): forged, repeated or lost ones cost a look at a record at most. So the
//! answers tell nothing: empty bodies, and 401 for whatever is not believed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::routing::post;
use freshbooks_client::webhook::{
    FORM_BYTES_MAX, Handshake, HandshakeError, SIGNATURE_HEADER, verify,
};
use secrecy::SecretString;
use sync_core::ErrorKind;
use sync_core::model::ConnectionId;
use tokio::time::{Instant, timeout};

use super::inbox::{CallbackState, Hint, WebhookInbox};
use super::recent::Recent;

/// Longest path token, in bytes; longer ones are unknown without a look.
const PATH_TOKEN_BYTES_MAX: usize = 128;

/// The bounds of the webhook route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookSettings {
    /// Largest body, in bytes; at most 16 KiB, which is the default. A delivery has about 150.
    pub body_bytes_max: usize,
    /// Longest time for a body to arrive. Default 5 s.
    pub body_time_max: Duration,
    /// How long an equal delivery counts as the same one. Default 10 min.
    pub repeat_window: Duration,
    /// Deliveries remembered at most. Default 10,000, about half a megabyte.
    pub repeats_max: usize,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self {
            body_bytes_max: FORM_BYTES_MAX,
            body_time_max: Duration::from_secs(5),
            repeat_window: Duration::from_mins(10),
            repeats_max: 10_000,
        }
    }
}

#[derive(Clone, Debug)]
struct Receiver {
    inbox: Arc<dyn WebhookInbox>,
    settings: WebhookSettings,
    recent: Arc<Mutex<Recent>>,
}

pub(super) fn router(inbox: Arc<dyn WebhookInbox>, settings: WebhookSettings) -> Router {
    let recent = Recent::new(settings.repeat_window, settings.repeats_max.max(1));
    let receiver = Receiver {
        inbox,
        settings,
        recent: Arc::new(Mutex::new(recent)),
    };
    Router::new()
        .route("/webhooks/freshbooks/{path_token}", post(receive))
        .with_state(receiver)
}

/// The status is the whole answer.
async fn receive(
    State(receiver): State<Receiver>,
    Path(path_token): Path<String>,
    request: Request,
) -> StatusCode {
    let (head, body) = request.into_parts();
    if !is_form(&head.headers) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE;
    }
    let body = match receiver.read(body).await {
        Ok(body) => body,
        Err(status) => return status,
    };
    match receiver.accept(&path_token, &head.headers, &body).await {
        Ok(status) | Err(status) => status,
    }
}

impl Receiver {
    /// The body, never more of it than allowed.
    async fn read(&self, body: Body) -> Result<Bytes, StatusCode> {
        let limit = self.settings.body_bytes_max.min(FORM_BYTES_MAX);
        match timeout(self.settings.body_time_max, to_bytes(body, limit)).await {
            Ok(Ok(body)) => Ok(body),
            Ok(Err(_)) => Err(StatusCode::PAYLOAD_TOO_LARGE),
            Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
        }
    }

    async fn accept(
        &self,
        path_token: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<StatusCode, StatusCode> {
        match self.callback(path_token).await? {
            Some((connection, CallbackState::Verified { verifier })) => {
                self.deliver(path_token, connection, &verifier, headers, body)
            }
            Some((_, CallbackState::Expecting { callback })) => {
                self.handshake(path_token, callback, body).await
            }
            None => {
                // As much work as for a known token, so that the time taken tells nothing.
                let _ = verify(
                    &SecretString::from("no such callback"),
                    body,
                    signature(headers),
                );
                Err(StatusCode::UNAUTHORIZED)
            }
        }
    }

    async fn callback(
        &self,
        path_token: &str,
    ) -> Result<Option<(ConnectionId, CallbackState)>, StatusCode> {
        if path_token.len() > PATH_TOKEN_BYTES_MAX {
            return Ok(None);
        }
        self.inbox.callback(path_token).await.map_err(|error| {
            tracing::warn!(%error, "a webhook could not be looked up");
            StatusCode::SERVICE_UNAVAILABLE
        })
    }

    fn deliver(
        &self,
        path_token: &str,
        connection: ConnectionId,
        verifier: &SecretString,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<StatusCode, StatusCode> {
        let event = verify(verifier, body, signature(headers)).map_err(|error| {
            tracing::debug!(%connection, %error, "a delivery is not believed");
            StatusCode::UNAUTHORIZED
        })?;
        let key = Recent::key(path_token, body);
        if !self.recent().insert(key, Instant::now()) {
            return Ok(StatusCode::OK);
        }
        if self.inbox.enqueue(Hint::of(connection, &event)) {
            Ok(StatusCode::OK)
        } else {
            self.recent().remove(&key);
            Err(StatusCode::SERVICE_UNAVAILABLE)
        }
    }

    /// Only for the registration that was made just now, and only until it has a verifier: an attacker who learns the
    /// address could otherwise put a verifier of their own in its place.
    async fn handshake(
        &self,
        path_token: &str,
        expected: u64,
        body: &[u8],
    ) -> Result<StatusCode, StatusCode> {
        let handshake = Handshake::parse(body).map_err(|error: HandshakeError| {
            tracing::debug!(%error, "not the handshake that is expected");
            StatusCode::UNAUTHORIZED
        })?;
        if handshake.callback_id.get() != expected {
            return Err(StatusCode::UNAUTHORIZED);
        }
        match self
            .inbox
            .accept_handshake(path_token, expected, handshake.verifier)
            .await
        {
            Ok(()) => Ok(StatusCode::OK),
            Err(error) => {
                tracing::warn!(%error, callback = expected, "the handshake of a webhook was not accepted");
                let passing = error.kind() == ErrorKind::Unavailable;
                Err(if passing {
                    StatusCode::SERVICE_UNAVAILABLE
                } else {
                    StatusCode::UNAUTHORIZED
                })
            }
        }
    }

    fn recent(&self) -> std::sync::MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn signature(headers: &HeaderMap) -> Option<&[u8]> {
    headers.get(SIGNATURE_HEADER).map(HeaderValue::as_bytes)
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

#[cfg(test)]
mod tests;
