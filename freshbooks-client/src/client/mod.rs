//! The client: sends calls, paced, authorized, and repeated only where that is safe.

mod accounting;
mod business;
mod collection;
mod documents;
mod exchange;
mod ledger;
mod observer;
mod pacer;
mod pager;
mod settings;
mod uploads;

use std::sync::Arc;

use crate::auth::TokenProvider;
use crate::calls;
use crate::endpoints::Endpoints;
use crate::error::{Cause, Effect, Error, ErrorKind};
use crate::oauth::{OAuthApp, TokenReply};
use crate::transport::{HttpTransport, Transport};
use crate::types::Identity;
pub use collection::Collection;
use exchange::Exchange;
pub use observer::{Exchanged, Observer};
pub use pager::{Listing, Pager};
pub use settings::{Pacing, Settings};

/// A FreshBooks client. Cloning is cheap, and clones share connections and rate limits.
#[derive(Debug, Clone)]
pub struct Client {
    exchange: Arc<Exchange>,
}

/// Puts a [`Client`] together: settings are data, components are given `with_...`.
#[derive(Debug)]
pub struct ClientBuilder {
    tokens: Arc<dyn TokenProvider>,
    settings: Settings,
    endpoints: Option<Endpoints>,
    transport: Option<Arc<dyn Transport>>,
    observer: Option<Arc<dyn Observer>>,
}

impl ClientBuilder {
    /// Replaces the settings.
    #[must_use]
    pub fn with_settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Talks to another place than FreshBooks.
    #[must_use]
    pub fn with_endpoints(mut self, endpoints: Endpoints) -> Self {
        self.endpoints = Some(endpoints);
        self
    }

    /// Sends through another transport; the HTTP settings are then not used.
    #[must_use]
    pub fn with_transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Lets an observer see every exchange.
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Builds the client; sends nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] when the HTTP transport cannot be set up.
    pub fn build(self) -> Result<Client, Error> {
        let (transport, endpoints) = parts(self.transport, self.endpoints, &self.settings)?;
        let exchange = Exchange::new(self.settings, endpoints, transport, Some(self.tokens));
        Ok(Client {
            exchange: Arc::new(exchange.with_observer(self.observer)),
        })
    }
}

impl Client {
    /// Starts a client that takes its tokens from here.
    pub fn builder(tokens: Arc<dyn TokenProvider>) -> ClientBuilder {
        ClientBuilder {
            tokens,
            settings: Settings::default(),
            endpoints: None,
            transport: None,
            observer: None,
        }
    }

    /// Sends any [`Call`](crate::Call): a read until it succeeds or its budget is spent, a write once.
    ///
    /// # Errors
    /// Every [`ErrorKind`]. For a write, [`Error::effect`] says whether it may have been applied.
    ///
    /// # Cancel safety
    /// Dropping a read is harmless. Dropping a write leaves its effect unknown.
    pub async fn send<R>(&self, call: &crate::Call<R>) -> Result<R, Error> {
        self.exchange.send(call).await
    }

    /// Who granted access, and for which businesses.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn identity(&self) -> Result<Identity, Error> {
        self.send(&calls::identity()).await
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.exchange.settings
    }
}

/// The authorization server as seen by one application. It needs no access token.
#[derive(Debug, Clone)]
pub struct OAuthClient {
    app: OAuthApp,
    exchange: Arc<Exchange>,
}

impl OAuthClient {
    /// With settings, endpoints (`None`: FreshBooks) and transport (`None`: HTTP by the settings).
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] when the HTTP transport cannot be set up.
    pub fn new(
        app: OAuthApp,
        settings: Settings,
        endpoints: Option<Endpoints>,
        transport: Option<Arc<dyn Transport>>,
    ) -> Result<Self, Error> {
        let (transport, endpoints) = parts(transport, endpoints, &settings)?;
        Ok(Self {
            app,
            exchange: Arc::new(Exchange::new(settings, endpoints, transport, None)),
        })
    }

    /// Lets an observer see every exchange. Rate limits are counted anew.
    #[must_use]
    pub fn with_observer(self, observer: Arc<dyn Observer>) -> Self {
        Self {
            exchange: Arc::new(self.exchange.observed(observer)),
            app: self.app,
        }
    }

    /// The application.
    pub fn app(&self) -> &OAuthApp {
        &self.app
    }

    /// The page where a person grants access; see [`OAuthApp::authorization_url`].
    pub fn authorization_url(
        &self,
        state: &str,
        scopes: &[crate::oauth::Scope],
        pkce: Option<&crate::oauth::PkceVerifier>,
    ) -> url::Url {
        self.app
            .authorization_url(&self.exchange.endpoints, state, scopes, pkce)
    }

    /// Exchanges a code for tokens. One attempt.
    ///
    /// # Errors
    /// [`Error::is_invalid_grant`] when the code is spent or older than five minutes.
    pub async fn exchange_code(
        &self,
        code: &secrecy::SecretString,
        pkce: Option<&crate::oauth::PkceVerifier>,
    ) -> Result<TokenReply, Error> {
        self.exchange
            .send(&self.app.exchange_code(code, pkce))
            .await
    }

    /// Exchanges a refresh token for a new pair. One attempt: the token works once.
    ///
    /// # Errors
    /// [`Error::is_invalid_grant`] when it is spent. With [`Effect::Unknown`] it may be spent: try it
    /// once more, and take `invalid_grant` then as the need for a new authorization.
    pub async fn refresh(
        &self,
        refresh_token: &secrecy::SecretString,
    ) -> Result<TokenReply, Error> {
        self.exchange.send(&self.app.refresh(refresh_token)).await
    }

    /// Revokes a token.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn revoke(&self, token: &secrecy::SecretString) -> Result<(), Error> {
        self.exchange.send(&self.app.revoke(token)).await
    }
}

type Parts = (Arc<dyn Transport>, Endpoints);

fn parts(
    transport: Option<Arc<dyn Transport>>,
    endpoints: Option<Endpoints>,
    settings: &Settings,
) -> Result<Parts, Error> {
    let invalid = || {
        let cause = Cause::Unbuildable;
        Error::new(ErrorKind::Invalid, Effect::None, "build client", cause)
    };
    let endpoints = match endpoints {
        Some(endpoints) => endpoints,
        None => Endpoints::freshbooks().map_err(|error| invalid().with_source(error))?,
    };
    let transport = match transport {
        Some(transport) => transport,
        None => Arc::new(
            HttpTransport::new(&settings.http).map_err(|error| invalid().with_source(error))?,
        ),
    };
    Ok((transport, endpoints))
}
