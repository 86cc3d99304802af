//! The keeping of a grant whose refresh tokens work once (design, section 6; reliability reference 3.3).
//!
//! What to do is decided by [`sync_core::state::decide`] and carried out by [`GrantKeeper`]. Here is what they leave to a
//! host: the task that cancellation cannot reach, the waits between attempts, the token that is given out without asking
//! anyone, and the log.

mod endpoint;

use std::fmt;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use freshbooks_client as wire;
use sync_core::engine::{GrantKeeper, GrantPorts, GrantToken, Renewal};
use sync_core::model::ConnectionId;
use sync_core::ports::{Clock, CredentialStore, Entropy, GrantSpill, NoSpill};
use sync_core::state::{GrantSettings, TokenWant};
use sync_core::{Error, ErrorKind, Result};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};
use wire::{AccessToken, TokenError};

use super::ledger::endpoints_at;
use endpoint::HttpEndpoint;

/// What can be set about a [`GrantCustody`].
#[derive(Clone, Debug)]
pub struct CustodySettings {
    /// Time-outs of the requests for tokens.
    pub client: wire::Settings,
    /// Where FreshBooks is; `None` for the real one.
    pub endpoints: Option<wire::Endpoints>,
    /// When tokens are renewed, and what counts as abandoned.
    pub grant: GrantSettings,
    /// Longest time for one request for tokens; must be shorter than
    /// [`stale_after`](GrantSettings::stale_after). Default 60 s.
    pub refresh_time_max: Duration,
    /// Longest wait for a renewal that another process is making. Default 30 s.
    pub wait_max: Duration,
}

impl Default for CustodySettings {
    fn default() -> Self {
        Self {
            client: wire::Settings::default(),
            endpoints: None,
            grant: GrantSettings::default(),
            refresh_time_max: Duration::from_mins(1),
            wait_max: Duration::from_secs(30),
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
    clock: Arc<dyn Clock>,
    wait_max: Duration,
    /// What is given out without asking the keeper.
    held: StdMutex<Option<GrantToken>>,
    keeper: Mutex<GrantKeeper>,
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
        Self::with_spill(
            connection,
            store,
            Arc::new(NoSpill),
            clock,
            entropy,
            settings,
        )
    }

    /// As [`new`](Self::new); a pair that the store cannot take goes to `spill`, so that a crash does not lose it.
    pub fn with_spill(
        connection: ConnectionId,
        store: Arc<dyn CredentialStore>,
        spill: Arc<dyn GrantSpill>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        settings: CustodySettings,
    ) -> Self {
        let endpoint = HttpEndpoint {
            settings: settings.client,
            endpoints: settings.endpoints,
            time_max: settings.refresh_time_max,
            clock: Arc::clone(&clock),
        };
        let ports = GrantPorts {
            store,
            endpoint: Arc::new(endpoint),
            spill,
            clock,
            entropy,
        };
        Self::over(connection, ports, settings.grant, settings.wait_max)
    }

    fn over(
        connection: ConnectionId,
        ports: GrantPorts,
        settings: GrantSettings,
        wait_max: Duration,
    ) -> Self {
        let clock = Arc::clone(&ports.clock);
        let keeper = GrantKeeper::new(connection.clone(), ports, settings);
        Self {
            shared: Arc::new(Shared {
                connection,
                clock,
                wait_max,
                held: StdMutex::default(),
                keeper: Mutex::new(keeper),
            }),
        }
    }

    async fn token(&self, want: TokenWant) -> Result<AccessToken, TokenError> {
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
        self.token(TokenWant::Good).await
    }

    async fn refreshed_after(&self, version: u64) -> Result<AccessToken, TokenError> {
        self.token(TokenWant::NewerThan(version)).await
    }
}

impl Shared {
    async fn renewed(&self, want: TokenWant) -> Result<AccessToken> {
        let mut keeper = self.keeper.lock().await;
        // Someone else may have renewed while this task waited for its turn.
        if let Some(token) = self.held_for(want) {
            return Ok(token);
        }
        let began = Instant::now();
        loop {
            match keeper.attempt(want).await {
                Ok(Renewal::Token { token, because }) => {
                    if let Some(error) = because {
                        tracing::warn!(connection = %self.connection, %error, "the access token was not renewed; the old one serves on");
                    }
                    return Ok(self.hold(token));
                }
                Ok(Renewal::Wait { pause, .. }) if began.elapsed() < self.wait_max => {
                    sleep(pause).await;
                }
                Ok(Renewal::Wait { because, .. }) => return Err(because),
                Err(error) => {
                    self.let_go();
                    tracing::error!(connection = %self.connection, %error, "no access token for FreshBooks");
                    return Err(error);
                }
            }
        }
    }

    fn held_for(&self, want: TokenWant) -> Option<AccessToken> {
        let held = self
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()?;
        let serves = match want {
            TokenWant::Good => self.clock.now() < held.serves_until,
            TokenWant::NewerThan(version) => held.version > version,
        };
        serves.then(|| given(held))
    }

    fn hold(&self, token: GrantToken) -> AccessToken {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        given(token)
    }

    fn let_go(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn given(token: GrantToken) -> AccessToken {
    AccessToken {
        secret: token.access_token,
        version: token.version,
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrantCustody")
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
