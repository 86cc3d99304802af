//! A registered application and the requests it can make.

use http::Method;
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use url::form_urlencoded::Serializer;

use super::{PkceVerifier, Scope, TokenReply};
use crate::call::{Access, Call, Target};
use crate::decode;
use crate::endpoints::Endpoints;

const FORM: &str = "application/x-www-form-urlencoded";

/// An application as registered at FreshBooks.
///
/// The redirect URI must be https, without a query, and the same everywhere.
#[derive(Debug, Clone)]
pub struct OAuthApp {
    client_id: String,
    client_secret: SecretString,
    redirect_uri: Url,
}

impl OAuthApp {
    /// What FreshBooks' developer page shows for the application.
    pub fn new(
        client_id: impl Into<String>,
        client_secret: SecretString,
        redirect_uri: Url,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret,
            redirect_uri,
        }
    }

    /// Where FreshBooks sends the person back to.
    pub fn redirect_uri(&self) -> &Url {
        &self.redirect_uri
    }

    /// The page where a person grants access.
    ///
    /// Without `scopes` FreshBooks grants those ticked on the application; a scope that is not ticked
    /// makes the consent fail after login. `state` comes back with the code:
    /// [`redirected_code`](super::redirected_code) compares it.
    /// Whether FreshBooks enforces PKCE is UNVERIFIED; it accepts it.
    pub fn authorization_url(
        &self,
        endpoints: &Endpoints,
        state: &str,
        scopes: &[Scope],
        pkce: Option<&PkceVerifier>,
    ) -> Url {
        let mut url = endpoints.authorize.clone();
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("client_id", &self.client_id)
                .append_pair("response_type", "code")
                .append_pair("redirect_uri", self.redirect_uri.as_str())
                .append_pair("state", state);
            if !scopes.is_empty() {
                let scopes: Vec<&str> = scopes.iter().map(Scope::as_str).collect();
                query.append_pair("scope", &scopes.join(" "));
            }
            if let Some(verifier) = pkce {
                query
                    .append_pair("code_challenge", &verifier.challenge())
                    .append_pair("code_challenge_method", "S256");
            }
        }
        url
    }

    /// Exchanges a code, which lives five minutes and works once.
    pub fn exchange_code(
        &self,
        code: &SecretString,
        pkce: Option<&PkceVerifier>,
    ) -> Call<TokenReply> {
        let mut form = self.form();
        form.append_pair("grant_type", "authorization_code")
            .append_pair("redirect_uri", self.redirect_uri.as_str())
            .append_pair("code", code.expose_secret());
        if let Some(verifier) = pkce {
            form.append_pair("code_verifier", verifier.secret().expose_secret());
        }
        token_call("exchange code", form)
    }

    /// Exchanges a refresh token for a new pair. The old refresh token is dead afterwards: store the
    /// new pair before using it.
    pub fn refresh(&self, refresh_token: &SecretString) -> Call<TokenReply> {
        let mut form = self.form();
        // Whether a refresh needs the redirect URI is UNVERIFIED; all official SDKs send it.
        form.append_pair("grant_type", "refresh_token")
            .append_pair("redirect_uri", self.redirect_uri.as_str())
            .append_pair("refresh_token", refresh_token.expose_secret());
        token_call("refresh token", form)
    }

    /// Revokes a token; an access token is dead at once. Whether its refresh token dies with it is
    /// UNVERIFIED.
    pub fn revoke(&self, token: &SecretString) -> Call<()> {
        let mut form = self.form();
        form.append_pair("token", token.expose_secret());
        Call::new(
            "revoke token",
            Access::Update,
            Method::POST,
            Target::Revoke,
            decode::nothing,
        )
        .with_body(FORM, form.finish())
    }

    fn form(&self) -> Serializer<'static, String> {
        let mut form = Serializer::new(String::new());
        form.append_pair("client_id", &self.client_id)
            .append_pair("client_secret", self.client_secret.expose_secret());
        form
    }
}

// A write, because a lost reply may have spent the token.
fn token_call(operation: &'static str, mut form: Serializer<'static, String>) -> Call<TokenReply> {
    Call::new(
        operation,
        Access::Update,
        Method::POST,
        Target::Token,
        decode::whole,
    )
    .with_body(FORM, form.finish())
}

#[cfg(test)]
mod tests;
