//! FreshBooks' token endpoint.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use freshbooks_client as wire;
use sync_core::model::{FreshBooksGrant, TokenAnswer, TokenPair};
use sync_core::ports::{Clock, TokenEndpoint};
use tokio::time::timeout;

/// FreshBooks' token endpoint over HTTP.
#[derive(Debug)]
pub(super) struct HttpEndpoint {
    pub(super) settings: wire::Settings,
    pub(super) endpoints: Option<wire::Endpoints>,
    pub(super) time_max: Duration,
    pub(super) clock: Arc<dyn Clock>,
}

#[async_trait]
impl TokenEndpoint for HttpEndpoint {
    async fn refresh(&self, grant: &FreshBooksGrant) -> TokenAnswer {
        let answer = timeout(self.time_max, self.ask(grant)).await;
        answer.unwrap_or_else(|_| TokenAnswer::Unknown("no answer in time".to_owned()))
    }
}

impl HttpEndpoint {
    async fn ask(&self, grant: &FreshBooksGrant) -> TokenAnswer {
        let Ok(redirect_uri) = url::Url::parse(&grant.redirect_uri) else {
            return TokenAnswer::Refused("the stored redirect address is no URL".to_owned());
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
            Err(error) => return TokenAnswer::NotSent(error.to_string()),
        };
        match client.refresh(&grant.refresh_token).await {
            Ok(reply) => TokenAnswer::Pair(TokenPair {
                expires_at: reply.expires_at(self.clock.now()),
                access_token: reply.access_token,
                refresh_token: reply.refresh_token,
            }),
            Err(error) => failed(&error),
        }
    }
}

/// Only `invalid_grant` says that the token is spent; a server's failure or a lost answer never does.
fn failed(error: &wire::Error) -> TokenAnswer {
    let text = error.to_string();
    match error.effect() {
        wire::Effect::Unknown => TokenAnswer::Unknown(text),
        wire::Effect::None if error.is_invalid_grant() => TokenAnswer::Spent,
        wire::Effect::None => {
            let passing = [
                wire::ErrorKind::Unreachable,
                wire::ErrorKind::Throttled,
                wire::ErrorKind::Unavailable,
            ];
            if passing.contains(&error.kind()) {
                TokenAnswer::NotSent(text)
            } else {
                TokenAnswer::Refused(text)
            }
        }
    }
}

#[cfg(test)]
mod tests;
