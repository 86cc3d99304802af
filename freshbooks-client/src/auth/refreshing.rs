//! Tokens that are renewed in time, once for all callers, and stored before they are used.

mod flight;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::provider::{AccessToken, TokenError, TokenProvider};
use super::store::{TokenPair, TokenStore};
use crate::client::OAuthClient;
use flight::{Failure, Flight};

/// What can be set about [`RefreshingTokens`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefreshSettings {
    /// How long before its end an access token is renewed. Default 10 min; FreshBooks' tokens live 12 h.
    pub renew_before: Duration,
    /// How often the store is read again when FreshBooks calls the refresh token spent: another
    /// process may be about to store the pair it got for it. Default 4.
    pub reloads_max: u32,
    /// Pause before each such reading. Default 500 ms.
    pub reload_pause: Duration,
}

impl Default for RefreshSettings {
    fn default() -> Self {
        Self {
            renew_before: Duration::from_mins(10),
            reloads_max: 4,
            reload_pause: Duration::from_millis(500),
        }
    }
}

/// Gives out access tokens and renews them, as a [`TokenProvider`]. Clones renew once for all.
///
/// # Expected flow
/// Put the pair of the first [`exchange_code`](OAuthClient::exchange_code) into the store; from then
/// on this type alone refreshes it. A pair that a new consent put there is found by itself.
///
/// # Guarantees
/// - One refresh at a time, however many callers wait; all get its outcome. A 401 leads to one refresh
///   per token version.
/// - A new pair is in the store before its access token is given out. While it cannot be stored it is
///   kept in memory, unused, and offered to the store again at the next call.
/// - A refresh runs in a task of its own, which a caller that goes away does not stop.
/// - After a lost reply the old refresh token is tried once more. If it is spent, the error says that
///   [a new authorization is needed](TokenError::is_needs_authorization), and the dead token is not
///   sent again.
///
/// # Caveats
/// Two processes on one store do not corrupt it: whoever comes second is refused by FreshBooks, reads
/// the store again and takes the winner's pair. A process that dies between FreshBooks' answer and the
/// store loses the grant; nothing on this side of FreshBooks can prevent that.
///
/// Call it within a tokio runtime.
///
/// # Examples
/// ```
/// use std::sync::{Arc, Mutex};
/// use freshbooks_client::{
///     Client, OAuthClient, RefreshSettings, RefreshingTokens, Replaced, Settings, StoreError, TokenPair, TokenStore,
/// };
/// use freshbooks_client::oauth::OAuthApp;
///
/// /// A real one writes a file or a row, as one step.
/// #[derive(Debug)]
/// struct InMemory(Mutex<TokenPair>);
///
/// #[async_trait::async_trait]
/// impl TokenStore for InMemory {
///     async fn load(&self) -> Result<Option<TokenPair>, StoreError> {
///         Ok(Some(self.0.lock().map_err(|_| "poisoned")?.clone()))
///     }
///
///     async fn replace(&self, old: &TokenPair, new: &TokenPair) -> Result<Replaced, StoreError> {
///         let mut stored = self.0.lock().map_err(|_| "poisoned")?;
///         if !stored.is_same_issue(old) && !stored.is_same_issue(new) {
///             return Ok(Replaced::Superseded);
///         }
///         *stored = new.clone();
///         Ok(Replaced::Stored)
///     }
/// }
///
/// let redirect = "https://localhost/callback".parse()?;
/// let app = OAuthApp::new("client id", "client secret".into(), redirect);
/// let oauth = OAuthClient::new(app, Settings::default(), None, None)?;
/// let first = TokenPair { access_token: "a".into(), refresh_token: "r".into(), expires_at: None };
/// let store = Arc::new(InMemory(Mutex::new(first)));
/// let tokens = RefreshingTokens::new(oauth, store, RefreshSettings::default());
/// let client = Client::builder(Arc::new(tokens)).build()?;
/// # let _ = client;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct RefreshingTokens {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    oauth: OAuthClient,
    store: Arc<dyn TokenStore>,
    settings: RefreshSettings,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    held: Option<Held>,
    flight: Option<watch::Receiver<Option<Outcome>>>,
    /// A pair that could not be stored yet, and the one it replaces. It is the only live one.
    unsaved: Option<(TokenPair, TokenPair)>,
    /// A pair whose refresh token is known to be spent.
    dead: Option<TokenPair>,
}

type Outcome = Result<AccessToken, Failure>;

/// A pair as it is given out.
#[derive(Debug, Clone)]
struct Held {
    pair: TokenPair,
    version: u64,
}

impl Held {
    fn token(&self) -> AccessToken {
        AccessToken {
            secret: self.pair.access_token.clone(),
            version: self.version,
        }
    }

    /// Whether it is still good after `margin`. One whose end is not known is, until it is refused.
    fn lasts(&self, margin: Duration) -> bool {
        let Some(expires_at) = self.pair.expires_at else {
            return true;
        };
        let left = expires_at.signed_duration_since(now());
        left.to_std().is_ok_and(|left| left > margin)
    }
}

impl RefreshingTokens {
    /// Renews what the store holds. Reads and sends nothing yet.
    pub fn new(oauth: OAuthClient, store: Arc<dyn TokenStore>, settings: RefreshSettings) -> Self {
        Self {
            shared: Arc::new(Shared {
                oauth,
                store,
                settings,
                state: Mutex::default(),
            }),
        }
    }

    /// Waits for the refresh that is under way, or begins one.
    async fn renewed(&self, refused: Option<u64>) -> Result<AccessToken, TokenError> {
        let mut flight = self.shared.join(refused);
        let landed = flight.wait_for(Option::is_some).await;
        match landed.ok().and_then(|outcome| outcome.clone()) {
            Some(outcome) => outcome.map_err(Failure::into_error),
            // The task is gone without a word: the runtime is shutting down.
            None => Err(TokenError::unavailable("the refresh broke off")),
        }
    }
}

#[async_trait]
impl TokenProvider for RefreshingTokens {
    async fn access_token(&self) -> Result<AccessToken, TokenError> {
        let held = self.shared.locked().held.clone();
        let margin = self.shared.settings.renew_before;
        if let Some(held) = held.as_ref().filter(|held| held.lasts(margin)) {
            return Ok(held.token());
        }
        match (self.renewed(None).await, held) {
            // The margin is there to bridge an outage.
            (Err(error), Some(held))
                if !error.is_needs_authorization() && held.lasts(Duration::ZERO) =>
            {
                tracing::debug!(version = held.version, "the token could not be renewed yet");
                Ok(held.token())
            }
            (renewed, _) => renewed,
        }
    }

    async fn refreshed_after(&self, version: u64) -> Result<AccessToken, TokenError> {
        let newer = |token: &AccessToken| token.version > version;
        let held = self.shared.locked().held.as_ref().map(Held::token);
        if let Some(token) = held.filter(newer) {
            return Ok(token);
        }
        // One that was under way already may have looked into the store only.
        let joined = self.renewed(Some(version)).await?;
        if newer(&joined) {
            return Ok(joined);
        }
        self.renewed(Some(version)).await
    }
}

impl Shared {
    fn join(self: &Arc<Self>, refused: Option<u64>) -> watch::Receiver<Option<Outcome>> {
        let mut state = self.locked();
        if let Some(flight) = &state.flight
            && flight.has_changed().is_ok()
            && flight.borrow().is_none()
        {
            return flight.clone();
        }
        let (landing, flight) = watch::channel(None);
        state.flight = Some(flight.clone());
        drop(state);
        let task = Flight::new(Arc::clone(self), refused);
        // Dropping the handle lets the task run on: nobody's cancellation reaches it.
        tokio::spawn(async move {
            landing.send_replace(Some(task.fly().await));
        });
        flight
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        // A poisoned lock only says that some thread panicked; the state is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}
