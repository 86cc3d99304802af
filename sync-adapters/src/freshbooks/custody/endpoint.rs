//! The one request for tokens, replaceable in tests.

use std::fmt;

use async_trait::async_trait;
use freshbooks_client as wire;
use secrecy::SecretString;
use sync_core::model::FreshBooksGrant;

/// A new pair of tokens.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) access_token: SecretString,
    pub(super) refresh_token: SecretString,
    /// How the pair's end follows from when it came.
    pub(super) reply: Life,
}

/// When a pair ends.
#[derive(Clone)]
pub(super) enum Life {
    /// As the reply says.
    Told(Box<wire::oauth::TokenReply>),
    /// So long after it came, in tests.
    #[cfg(test)]
    Lasts(chrono::TimeDelta),
}

/// What became of a request for tokens.
#[derive(Debug)]
pub(super) enum Refreshed {
    /// A new pair: the old refresh token is dead.
    Pair(Pair),
    /// The refresh token is spent, revoked or unknown.
    Spent,
    /// The application's own id or secret was refused; the token was not looked at.
    Refused(String),
    /// Certainly nothing happened.
    NotSent(String),
    /// Perhaps a new pair was made and lost on the way.
    Unknown(String),
}

/// Asks for tokens, once per call.
#[async_trait]
pub(super) trait TokenEndpoint: fmt::Debug + Send + Sync {
    async fn refresh(&self, grant: &FreshBooksGrant) -> Refreshed;
}

/// FreshBooks' token endpoint.
#[derive(Debug)]
pub(super) struct HttpEndpoint {
    pub(super) settings: wire::Settings,
    pub(super) endpoints: Option<wire::Endpoints>,
}

#[async_trait]
impl TokenEndpoint for HttpEndpoint {
    async fn refresh(&self, grant: &FreshBooksGrant) -> Refreshed {
        let Ok(redirect_uri) = url::Url::parse(&grant.redirect_uri) else {
            return Refreshed::Refused("the stored redirect address is no URL".to_owned());
        };
        let app = wire::oauth::OAuthApp::new(
            grant.client_id.clone(),
            grant.client_secret.clone(),
            redirect_uri,
        );
        let client = match wire::OAuthClient::new(
            app,
            self.settings.clone(),
            self.endpoints.clone(),
            None,
        ) {
            Ok(client) => client,
            Err(error) => return Refreshed::NotSent(error.to_string()),
        };
        match client.refresh(&grant.refresh_token).await {
            Ok(reply) => Refreshed::Pair(Pair {
                access_token: reply.access_token.clone(),
                refresh_token: reply.refresh_token.clone(),
                reply: Life::Told(Box::new(reply)),
            }),
            Err(error) => failed(&error),
        }
    }
}

/// Only `invalid_grant` says that the token is spent; a server's failure or a lost answer never does.
fn failed(error: &wire::Error) -> Refreshed {
    let text = error.to_string();
    match error.effect() {
        wire::Effect::Unknown => Refreshed::Unknown(text),
        wire::Effect::None if error.is_invalid_grant() => Refreshed::Spent,
        wire::Effect::None => {
            let passing = [
                wire::ErrorKind::Unreachable,
                wire::ErrorKind::Throttled,
                wire::ErrorKind::Unavailable,
            ];
            if passing.contains(&error.kind()) {
                Refreshed::NotSent(text)
            } else {
                Refreshed::Refused(text)
            }
        }
    }
}

impl fmt::Debug for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Life(..)")
    }
}
