//! The keeping of a grant whose refresh tokens work once (design, section 6; reliability reference 3.3).
//!
//! A refresh is written down before it is made, made once, and its result is written down before it is used:
//!
//! ```text
//! Ready ──begin (CAS)──▶ Refreshing ──new pair (CAS)──▶ Ready
//!                            ├── refused: nothing happened ──▶ Ready, old pair
//!                            ├── invalid_grant ──▶ NeedsReauth: only a person helps
//!                            └── answer lost ──▶ stays Refreshing; after a while the old token is tried again
//! ```
//!
//! The first write shuts other processes out (the store compares versions) and proves that the store can be written.

mod endpoint;
mod renewal;

use std::fmt;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use freshbooks_client as wire;
use secrecy::SecretString;
use sync_core::model::{ConnectionId, FreshBooksGrant};
use sync_core::ports::{Clock, CredentialStore, Entropy};
use sync_core::{Error, ErrorKind, Result};
use tokio::sync::Mutex;
use wire::{AccessToken, TokenError};

use super::ledger::endpoints_at;
use endpoint::{HttpEndpoint, TokenEndpoint};

/// What can be set about a [`GrantCustody`].
#[derive(Clone, Debug)]
pub struct CustodySettings {
    /// Time-outs of the requests for tokens.
    pub client: wire::Settings,
    /// Where FreshBooks is; `None` for the real one.
    pub endpoints: Option<wire::Endpoints>,
    /// How long before its end a token is renewed, whose beginning is not known. Default 6 h, half of the 12 h that
    /// FreshBooks gives: an outage of the token endpoint then has half a day to end. A token that was made by this
    /// process is renewed after half its real life.
    pub renew_before: Duration,
    /// When a refresh that was begun and not ended counts as abandoned. Must be longer than `refresh_time_max`, and the
    /// clocks of all hosts must agree to within a tenth of it. Default 2 min.
    pub stale_after: Duration,
    /// Longest time for one request for tokens. Default 60 s.
    pub refresh_time_max: Duration,
    /// Longest wait for a refresh that another process is making. Default 30 s.
    pub wait_max: Duration,
    /// Pause after a refresh that failed while the old access token is still good. Default 60 s.
    pub retry_after: Duration,
}

impl Default for CustodySettings {
    fn default() -> Self {
        Self {
            client: wire::Settings::default(),
            endpoints: None,
            renew_before: Duration::from_hours(6),
            stale_after: Duration::from_mins(2),
            refresh_time_max: Duration::from_mins(1),
            wait_max: Duration::from_secs(30),
            retry_after: Duration::from_mins(1),
        }
    }
}

impl CustodySettings {
    /// Talks to a stand-in that serves everything below `base_url`.
    ///
    /// # Errors
    /// `Invalid` when `base_url` is no http or https URL.
    pub fn at(mut self, base_url: &str) -> Result<Self> {
        self.endpoints = Some(endpoints_at(base_url)?);
        Ok(self)
    }
}

/// Gives out access tokens of one connection's grant and renews them, as a [`wire::TokenProvider`].
///
/// Cheap to clone; clones renew once for all. Several processes on one store renew once for all, too. Call it within a
/// tokio runtime.
///
/// # Cancel safety
/// A caller that goes away does not stop a renewal: it runs in a task of its own.
#[derive(Clone, Debug)]
pub struct GrantCustody {
    shared: Arc<Shared>,
}

struct Shared {
    connection: ConnectionId,
    store: Arc<dyn CredentialStore>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    settings: CustodySettings,
    endpoint: Arc<dyn TokenEndpoint>,
    /// What is given out without looking into the store.
    held: StdMutex<Option<Held>>,
    /// Taken by whoever looks into the store to renew; holds what could not be stored.
    flight: Mutex<Flight>,
}

/// A token as it is given out.
#[derive(Clone, Debug)]
struct Held {
    version: u64,
    access_token: SecretString,
    renew_at: DateTime<Utc>,
}

/// What one renewal leaves to the next.
#[derive(Debug, Default)]
struct Flight {
    /// The version that this process made last, and when: its real life is known.
    made: Option<(u64, DateTime<Utc>)>,
    /// A pair that was got and could not be stored, and the version it replaces. It is the only live one.
    unsaved: Option<(u64, FreshBooksGrant)>,
}

/// What a caller wants.
#[derive(Clone, Copy, Debug)]
enum Want {
    /// A token that is good for a while.
    Good,
    /// A token newer than this version, which FreshBooks has refused.
    NewerThan(u64),
}

impl GrantCustody {
    /// Keeps the grant of a connection. Reads and sends nothing yet.
    pub fn new(
        connection: ConnectionId,
        store: Arc<dyn CredentialStore>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        settings: CustodySettings,
    ) -> Self {
        let endpoint = HttpEndpoint {
            settings: settings.client.clone(),
            endpoints: settings.endpoints.clone(),
        };
        Self::with_endpoint(
            connection,
            store,
            clock,
            entropy,
            settings,
            Arc::new(endpoint),
        )
    }

    fn with_endpoint(
        connection: ConnectionId,
        store: Arc<dyn CredentialStore>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        settings: CustodySettings,
        endpoint: Arc<dyn TokenEndpoint>,
    ) -> Self {
        let (held, flight) = (StdMutex::new(None), Mutex::default());
        Self {
            shared: Arc::new(Shared {
                connection,
                store,
                clock,
                entropy,
                settings,
                endpoint,
                held,
                flight,
            }),
        }
    }

    async fn token(&self, want: Want) -> Result<AccessToken, TokenError> {
        if let Some(token) = self.shared.held_for(want) {
            return Ok(token);
        }
        let shared = Arc::clone(&self.shared);
        // A task of its own: once begun, a renewal runs to its end whoever stops waiting for it.
        let renewal = tokio::spawn(async move { shared.renewed(want).await });
        match renewal.await {
            Ok(Ok(token)) => Ok(token),
            Ok(Err(error)) if error.kind() == ErrorKind::Unauthorized => {
                Err(TokenError::needs_authorization(error))
            }
            Ok(Err(error)) => Err(TokenError::unavailable(error)),
            Err(_) => Err(TokenError::unavailable(Error::unavailable(
                "renew the access token: the task broke off",
            ))),
        }
    }
}

#[async_trait]
impl wire::TokenProvider for GrantCustody {
    async fn access_token(&self) -> Result<AccessToken, TokenError> {
        self.token(Want::Good).await
    }

    async fn refreshed_after(&self, version: u64) -> Result<AccessToken, TokenError> {
        self.token(Want::NewerThan(version)).await
    }
}

impl Shared {
    fn held_for(&self, want: Want) -> Option<AccessToken> {
        let held = self
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()?;
        let serves = match want {
            Want::Good => self.clock.now() < held.renew_at,
            Want::NewerThan(version) => held.version > version,
        };
        serves.then_some(AccessToken {
            secret: held.access_token,
            version: held.version,
        })
    }

    /// Gives a stored token out until `renew_at`.
    fn hold(&self, version: u64, grant: &FreshBooksGrant, renew_at: DateTime<Utc>) -> AccessToken {
        let held = Held {
            version,
            access_token: grant.access_token.clone(),
            renew_at,
        };
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
        AccessToken {
            secret: grant.access_token.clone(),
            version,
        }
    }

    fn drop_held(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// When a token is renewed: after half its life, a little earlier by chance, so that hosts do not all come at once.
    fn renew_at(&self, version: u64, grant: &FreshBooksGrant, flight: &Flight) -> DateTime<Utc> {
        let before_end = match flight.made {
            Some((made, at)) if made == version => (grant.expires_at - at) / 2,
            _ => span(self.settings.renew_before),
        };
        let tenth = before_end.num_milliseconds().max(0) / 10;
        let draw = i64::try_from(self.entropy.next_u64() >> 1).unwrap_or(0) % (tenth + 1);
        grant.expires_at - before_end - TimeDelta::milliseconds(draw)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrantCustody")
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

fn span(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests;
