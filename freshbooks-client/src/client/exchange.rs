//! One call from token to typed reply, with the retries that are safe.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use tokio::time::{Instant, sleep};
use tracing::{Instrument, debug, info_span};

use super::observer::{Exchanged, Observer};
use super::pacer::Pacer;
use super::settings::Settings;
use crate::auth::{AccessToken, TokenError, TokenProvider};
use crate::call::{Access, Call};
use crate::calls::UploadCall;
use crate::endpoints::Endpoints;
use crate::error::{Cause, Effect, Error, ErrorKind};
use crate::transport::{Streamed, Transport, TransportError, TransportErrorKind};
use crate::types::UploadReply;

/// Smallest pause after a 429, because `Retry-After` is sometimes 0.
const THROTTLE_PAUSE_MIN: Duration = Duration::from_millis(500);

/// Everything a call needs on its way.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) settings: Settings,
    pub(super) endpoints: Endpoints,
    transport: Arc<dyn Transport>,
    tokens: Option<Arc<dyn TokenProvider>>,
    observer: Option<Arc<dyn Observer>>,
    pacer: Pacer,
}

impl Exchange {
    pub(super) fn new(
        settings: Settings,
        endpoints: Endpoints,
        transport: Arc<dyn Transport>,
        tokens: Option<Arc<dyn TokenProvider>>,
    ) -> Self {
        Self {
            pacer: Pacer::new(settings.pacing),
            settings,
            endpoints,
            transport,
            tokens,
            observer: None,
        }
    }

    pub(super) fn with_observer(mut self, observer: Option<Arc<dyn Observer>>) -> Self {
        self.observer = observer;
        self
    }

    /// The same without what it has counted, and without an access token.
    pub(super) fn observed(&self, observer: Arc<dyn Observer>) -> Self {
        let (settings, endpoints) = (self.settings.clone(), self.endpoints.clone());
        Self::new(settings, endpoints, Arc::clone(&self.transport), None)
            .with_observer(Some(observer))
    }

    pub(super) async fn send<R>(&self, call: &Call<R>) -> Result<R, Error> {
        let path = call.path();
        let span = info_span!("freshbooks", operation = call.operation(), path = &*path);
        self.send_whole(call).instrument(span).await
    }

    async fn send_whole<R>(&self, call: &Call<R>) -> Result<R, Error> {
        let token = self.token(call).await?;
        if call.access().is_write() {
            let outcome = self.once(call, token.as_ref()).await;
            if let (Err(error), Some(token)) = (&outcome, &token) {
                self.renew_for_the_next(error, token).await;
            }
            return outcome;
        }
        self.read(call, token).await
    }

    /// A read, again and again within its budget; after a 401 once more with a newer token.
    async fn read<R>(&self, call: &Call<R>, mut token: Option<AccessToken>) -> Result<R, Error> {
        let started = Instant::now();
        let mut renewed = false;
        let mut tries = 1_u32;
        loop {
            let error = match self.once(call, token.as_ref()).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if error.kind() == ErrorKind::Unauthenticated && !renewed {
                let (Some(refused), Some(tokens)) = (&token, &self.tokens) else {
                    return Err(error);
                };
                renewed = true;
                let version = refused.version;
                let newer = tokens.refreshed_after(version).await;
                token = Some(newer.map_err(|cause| no_token(call, cause).with_reply_of(&error))?);
                continue;
            }
            let pause = self.pause_before(tries, &error);
            let left = self.settings.read_budget.saturating_sub(started.elapsed());
            if !is_worth_repeating(&error) || tries >= self.settings.read_tries_max || pause > left
            {
                return Err(error);
            }
            tries = tries.saturating_add(1);
            debug!(tries, ?pause, "repeating a read");
            sleep(pause).await;
        }
    }

    /// A refused token is renewed at once, so that the next call has a good one; a write itself is
    /// one attempt and is not sent again.
    async fn renew_for_the_next(&self, error: &Error, token: &AccessToken) {
        if error.kind() != ErrorKind::Unauthenticated {
            return;
        }
        if let Some(tokens) = &self.tokens {
            // A failure here shows itself to the next call, which asks for a token first.
            if tokens.refreshed_after(token.version).await.is_err() {
                debug!("the refused access token could not be renewed");
            }
        }
    }

    /// Exactly one request.
    async fn once<R>(&self, call: &Call<R>, token: Option<&AccessToken>) -> Result<R, Error> {
        let request = call.request(&self.endpoints, token.map(|token| &token.secret))?;
        self.carry(call, self.transport.send(request)).await
    }

    /// The upload of a file: exactly one request, as every write.
    pub(super) async fn upload(
        &self,
        upload: &UploadCall,
        body: Streamed,
    ) -> Result<UploadReply, Error> {
        let call = upload.call();
        let path = call.path();
        let span = info_span!("freshbooks", operation = call.operation(), path = &*path);
        let sending = async {
            let token = self.token(call).await?;
            let secret = token.as_ref().map(|token| &token.secret);
            let request = upload.request(&self.endpoints, secret)?;
            let sending = self.transport.send_streamed(request, body);
            let outcome = self.carry(call, sending).await;
            if let (Err(error), Some(token)) = (&outcome, &token) {
                self.renew_for_the_next(error, token).await;
            }
            outcome
        };
        sending.instrument(span).await
    }

    /// Waits for a place under the limits, sends, and reads what came of it.
    async fn carry<R>(
        &self,
        call: &Call<R>,
        sending: impl Future<Output = Result<Response<Bytes>, TransportError>> + Send,
    ) -> Result<R, Error> {
        let create = call.access() == Access::Create;
        let admitted = self
            .pacer
            .admit(create, self.settings.pacing_wait_max)
            .await;
        let mut place = admitted.map_err(|wait| too_far(call, wait))?;
        let started = Instant::now();
        let sent = sending.await;
        let elapsed = started.elapsed();
        if let Ok(reply) = &sent {
            place.note(reply.headers());
        }
        drop(place);
        let status = sent.as_ref().map_or(0, |reply| reply.status().as_u16());
        let elapsed_ms = elapsed.as_millis();
        debug!(method = %call.method(), status, elapsed_ms, "exchange");
        if let Some(observer) = &self.observer {
            observer.on_exchange(&Exchanged::new(call, &call.path(), &sent, elapsed));
        }
        let reply = sent.map_err(|error| broken(call, error))?;
        call.read(&reply).inspect_err(|error| self.obey(error))
    }

    /// Everyone waits when FreshBooks says so, not only the call that was told.
    fn obey(&self, error: &Error) {
        if error.status() == Some(http::StatusCode::TOO_MANY_REQUESTS) {
            self.pacer.hold(throttle_pause(error));
        }
    }

    async fn token<R>(&self, call: &Call<R>) -> Result<Option<AccessToken>, Error> {
        match &self.tokens {
            Some(tokens) => tokens
                .access_token()
                .await
                .map(Some)
                .map_err(|error| no_token(call, error)),
            None => Ok(None),
        }
    }

    fn pause_before(&self, tries: u32, error: &Error) -> Duration {
        let doubled = 2_u32.saturating_pow(tries.saturating_sub(1).min(16));
        let pause = self.settings.retry_pause.saturating_mul(doubled);
        let pause = pause.min(self.settings.retry_pause_max);
        let asked = if error.kind() == ErrorKind::Throttled {
            throttle_pause(error)
        } else {
            Duration::ZERO
        };
        asked.max(pause / 2).saturating_add(jitter(pause / 2))
    }
}

fn throttle_pause(error: &Error) -> Duration {
    error
        .retry_after()
        .unwrap_or_default()
        .max(THROTTLE_PAUSE_MIN)
}

fn is_worth_repeating(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Throttled | ErrorKind::Unavailable | ErrorKind::Unreachable
    )
}

/// Between nothing and `most`. Good enough to keep clients apart, and needs no random source.
fn jitter(most: Duration) -> Duration {
    let millis = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
    let draw = RandomState::new().build_hasher().finish();
    Duration::from_millis(draw % millis.saturating_add(1))
}

fn too_far<R>(call: &Call<R>, wait: Duration) -> Error {
    let cause = Cause::Paced {
        seconds: wait.as_secs(),
    };
    Error::new(ErrorKind::Throttled, Effect::None, call.operation(), cause)
}

fn no_token<R>(call: &Call<R>, error: TokenError) -> Error {
    let cause = Cause::Token;
    Error::new(error.kind(), Effect::None, call.operation(), cause).with_source(error)
}

fn broken<R>(call: &Call<R>, error: TransportError) -> Error {
    let (kind, cause, sent) = match error.kind() {
        TransportErrorKind::NotSent => (ErrorKind::Unreachable, Cause::NotSent, false),
        TransportErrorKind::MaybeSent => (ErrorKind::Unreachable, Cause::Interrupted, true),
        TransportErrorKind::ReplyTooLarge => (ErrorKind::TooLarge, Cause::TooLarge, true),
    };
    let effect = if sent && call.access().is_write() {
        Effect::Unknown
    } else {
        Effect::None
    };
    Error::new(kind, effect, call.operation(), cause).with_source(error)
}
