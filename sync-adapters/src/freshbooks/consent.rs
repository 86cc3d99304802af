//! A person's consent: the page to open, and what to do with the address FreshBooks sends them back to.

use freshbooks_client as wire;
use secrecy::SecretString;
use sync_core::model::{ConnectionId, FreshBooksGrant, GrantState, Provider};
use sync_core::ports::{Clock, Credential, CredentialStore};
use sync_core::{Error, ErrorKind, Result};
use url::Url;
use wire::oauth::{RedirectError, redirected_code};

use super::ledger::endpoints_at;

/// Life of a token whose end FreshBooks does not state.
const LIFE_UNSTATED: chrono::TimeDelta = chrono::TimeDelta::hours(1);

/// One request for a person's consent.
///
/// # Expected flow
/// Open [`page`](Self::page), let the person consent, and hand the address they land on to [`finish`](Self::finish).
/// The code in it lives five minutes and works once.
#[derive(Debug)]
pub struct Consent {
    oauth: wire::OAuthClient,
    client_id: String,
    client_secret: SecretString,
    state: SecretString,
}

impl Consent {
    /// A request by an application registered at FreshBooks. `redirect_uri` must be registered there: https, without a
    /// query. `state` ties the answer to this request: at least 128 random bits that nobody else can know. `base_url` is
    /// that of a stand-in.
    ///
    /// # Errors
    /// `Invalid`, naming what is wrong.
    pub fn new(
        client_id: &str,
        client_secret: SecretString,
        redirect_uri: &str,
        state: SecretString,
        base_url: Option<&str>,
    ) -> Result<Self> {
        let redirect = Url::parse(redirect_uri)
            .ok()
            .filter(|url| url.scheme() == "https" && url.query().is_none());
        let redirect = redirect.ok_or_else(|| {
            Error::invalid("read the redirect address: FreshBooks wants https and no query, such as https://localhost/callback")
        })?;
        let endpoints = base_url.map(endpoints_at).transpose()?;
        let app = wire::oauth::OAuthApp::new(client_id, client_secret.clone(), redirect);
        let oauth = wire::OAuthClient::new(app, wire::Settings::default(), endpoints, None)
            .map_err(|error| {
                Error::invalid("set up the HTTP transport for FreshBooks").with_source(error)
            })?;
        Ok(Self {
            oauth,
            client_id: client_id.to_owned(),
            client_secret,
            state,
        })
    }

    /// The page to open. Without `scopes` FreshBooks grants those ticked on the application, which is the safe choice:
    /// one that is not ticked makes the consent fail after login (reference 1.1).
    pub fn page(&self, scopes: &[&str]) -> String {
        use secrecy::ExposeSecret as _;
        let scopes: Vec<wire::oauth::Scope> = scopes.iter().map(|scope| (*scope).into()).collect();
        self.oauth
            .authorization_url(self.state.expose_secret(), &scopes, None)
            .into()
    }

    /// Tells an address that answers this request, with a code or a refusal. Any other is nobody's business.
    #[cfg(feature = "redirect")]
    pub(super) fn recognizer(&self) -> Box<dyn Fn(&Url) -> bool + Send + Sync> {
        let state = self.state.clone();
        Box::new(move |address| {
            let code = redirected_code(address, &state);
            matches!(code, Ok(_) | Err(RedirectError::Refused { .. }))
        })
    }

    /// Exchanges the code in the address the person was sent back to, and stores the grant in place of an older one.
    ///
    /// # Errors
    /// `Invalid` for an address that is not the answer to this request, `Unauthorized` when FreshBooks refuses the code
    /// or the application, else what the store reports. The code is spent then: begin anew.
    pub async fn finish(
        &self,
        redirected: &str,
        connection: &ConnectionId,
        store: &dyn CredentialStore,
        clock: &dyn Clock,
    ) -> Result<()> {
        let code = self.code(redirected)?;
        let reply = self
            .oauth
            .exchange_code(&code, None)
            .await
            .map_err(|error| refused(&error))?;
        let received_at = clock.now();
        let grant = FreshBooksGrant {
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.clone(),
            redirect_uri: self.oauth.app().redirect_uri().as_str().to_owned(),
            expires_at: reply
                .expires_at(received_at)
                .unwrap_or(received_at + LIFE_UNSTATED),
            access_token: reply.access_token,
            refresh_token: reply.refresh_token,
            state: GrantState::Ready,
        };
        loop {
            let expected = store
                .load(connection, Provider::FreshBooks)
                .await?
                .map(|stored| stored.version);
            match store
                .replace(connection, expected, Credential::FreshBooks(grant.clone()))
                .await
            {
                // A running process wrote in between. Our pair is younger: a new consent ends all older ones (1.3).
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                done => return done.map(drop),
            }
        }
    }

    fn code(&self, redirected: &str) -> Result<SecretString> {
        let url = Url::parse(redirected.trim()).map_err(|_| {
            Error::invalid("read the address: paste the whole address the browser was sent to")
        })?;
        redirected_code(&url, &self.state).map_err(|error| {
            if let RedirectError::Refused { word } = &error {
                let text = format!("get consent: FreshBooks answered {word}");
                return Error::new(ErrorKind::Unauthorized, text);
            }
            Error::invalid(format!("read the address: {error}; begin anew"))
        })
    }
}

fn refused(error: &wire::Error) -> Error {
    let text = format!("exchange the code: {error}");
    let passing = [
        wire::ErrorKind::Unreachable,
        wire::ErrorKind::Unavailable,
        wire::ErrorKind::Throttled,
    ];
    if passing.contains(&error.kind()) {
        Error::unavailable(format!("{text}; begin anew"))
    } else {
        Error::new(
            ErrorKind::Unauthorized,
            format!("{text}; check the application's id and secret, and begin anew"),
        )
    }
}

#[cfg(test)]
mod tests {
    use wiremock::matchers::{body_string_contains, method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;
    use crate::test_support::{HandClock, MemoryCredentials};

    fn consent(base_url: Option<&str>) -> Consent {
        Consent::new(
            "app",
            "app-secret".into(),
            "https://localhost/callback",
            "state-1".into(),
            base_url,
        )
        .unwrap()
    }

    #[test]
    fn the_page_names_application_redirect_and_state() {
        let page = consent(None).page(&[]);
        assert!(
            page.starts_with(
                "https://auth.freshbooks.com/oauth/authorize/?client_id=app&response_type=code"
            ),
            "{page}"
        );
        assert!(
            page.contains("state=state-1") && !page.contains("app-secret"),
            "{page}"
        );
        for redirect in [
            "http://localhost/callback",
            "https://localhost/?a=b",
            "localhost",
        ] {
            assert_eq!(
                Consent::new("app", "s".into(), redirect, "x".into(), None)
                    .unwrap_err()
                    .kind(),
                ErrorKind::Invalid
            );
        }
    }

    #[tokio::test]
    async fn the_answer_becomes_the_stored_grant() {
        let server = MockServer::start().await;
        let reply = r#"{"access_token":"jwt","token_type":"Bearer","expires_in":43200,"created_at":1795341600,"refresh_token":"once","scope":"user:profile:read"}"#;
        Mock::given(method("POST"))
            .and(path("/auth/oauth/token"))
            .and(body_string_contains("code=c0de"))
            .respond_with(ResponseTemplate::new(200).set_body_raw(reply, "application/json"))
            .expect(1)
            .mount(&server)
            .await;
        let (store, clock, connection) = (
            MemoryCredentials::default(),
            HandClock::at("2026-11-22T10:00:00Z"),
            ConnectionId::new("acme"),
        );
        let consent = consent(Some(&server.uri()));
        for (address, kind) in [
            (
                "https://localhost/callback?code=c0de&state=other",
                ErrorKind::Invalid,
            ),
            (
                "https://localhost/callback?state=state-1",
                ErrorKind::Invalid,
            ),
            (
                "https://localhost/callback?error=access_denied&state=state-1",
                ErrorKind::Unauthorized,
            ),
            ("c0de", ErrorKind::Invalid),
        ] {
            assert_eq!(
                consent
                    .finish(address, &connection, &store, &clock)
                    .await
                    .unwrap_err()
                    .kind(),
                kind,
                "{address}"
            );
        }
        consent
            .finish(
                " https://localhost/callback?code=c0de&state=state-1\n",
                &connection,
                &store,
                &clock,
            )
            .await
            .unwrap();
        let stored = store
            .load(&connection, Provider::FreshBooks)
            .await
            .unwrap()
            .unwrap();
        let Credential::FreshBooks(grant) = stored.credential else {
            panic!()
        };
        assert_eq!(
            (grant.state, grant.expires_at > clock.now()),
            (GrantState::Ready, true)
        );
    }
}
