//! Tokens that refresh: once for all, stored before used, never lost without saying so.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use freshbooks_client::oauth::OAuthApp;
use freshbooks_client::{
    Client, Effect, Endpoints, ErrorKind, OAuthClient, RefreshSettings, RefreshingTokens, Replaced,
    StoreError, TokenError, TokenPair, TokenProvider, TokenStore, Transport, TransportError,
    TransportErrorKind,
};
use http::{Request, Response};
use secrecy::ExposeSecret;
use tokio::time::{sleep, timeout};

use crate::scripted::{Scripted, bills, reply, unpaced};

/// What goes wrong with one refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    LostBefore,
    LostAfter,
    NotSent,
    BadApplication,
}

/// An authorization server: each refresh token works once. Answers take 50 ms.
#[derive(Debug)]
struct Server {
    live: Mutex<u32>,
    asked: Mutex<Vec<String>>,
    faults: Mutex<VecDeque<Fault>>,
}

impl Server {
    fn new(faults: impl IntoIterator<Item = Fault>) -> Arc<Self> {
        Arc::new(Self {
            live: Mutex::new(0),
            asked: Mutex::default(),
            faults: Mutex::new(faults.into_iter().collect()),
        })
    }

    fn requests(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// A person consents anew, which ends all older tokens.
    fn consent(&self) -> TokenPair {
        let mut live = self.live.lock().unwrap();
        *live += 100;
        pair(*live, Some(12 * 3600))
    }

    fn answer(&self, token: &str) -> Response<Bytes> {
        let mut live = self.live.lock().unwrap();
        if token != format!("refresh-{live}") {
            let body = r#"{"error":"invalid_grant","error_description":"The provided authorization grant is invalid, expired, or revoked"}"#;
            return reply(400, body).unwrap();
        }
        *live += 1;
        let created_at = DateTime::<Utc>::from(SystemTime::now()).timestamp();
        let body = format!(
            r#"{{"access_token":"access-{live}","token_type":"Bearer","expires_in":43200,"created_at":{created_at},
            "refresh_token":"refresh-{live}","scope":"user:profile:read","direct_buy_tokens":{{}}}}"#
        );
        reply(200, body).unwrap()
    }
}

#[async_trait]
impl Transport for Server {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        assert!(!request.headers().contains_key("authorization"));
        let form = String::from_utf8(request.body().to_vec()).unwrap();
        let token = form.rsplit_once("refresh_token=").unwrap().1.to_owned();
        self.asked.lock().unwrap().push(token.clone());
        let fault = self.faults.lock().unwrap().pop_front();
        sleep(Duration::from_millis(50)).await;
        let lost = |kind| Err(TransportError::new(kind, "scripted"));
        match fault {
            Some(Fault::NotSent) => lost(TransportErrorKind::NotSent),
            Some(Fault::LostBefore) => lost(TransportErrorKind::MaybeSent),
            Some(Fault::LostAfter) => {
                self.answer(&token);
                lost(TransportErrorKind::MaybeSent)
            }
            Some(Fault::BadApplication) => Ok(reply(401, r#"{"error":"invalid_client"}"#).unwrap()),
            None => Ok(self.answer(&token)),
        }
    }
}

/// A store in memory, some of whose writes fail.
#[derive(Debug)]
struct Store {
    pair: Mutex<Option<TokenPair>>,
    failing: Mutex<u32>,
}

impl Store {
    fn new(pair: Option<TokenPair>) -> Arc<Self> {
        Arc::new(Self {
            pair: Mutex::new(pair),
            failing: Mutex::new(0),
        })
    }

    fn put(&self, pair: TokenPair) {
        *self.pair.lock().unwrap() = Some(pair);
    }

    fn refresh_token(&self) -> String {
        let pair = self.pair.lock().unwrap();
        let token = &pair.as_ref().unwrap().refresh_token;
        token.expose_secret().to_owned()
    }
}

#[async_trait]
impl TokenStore for Store {
    async fn load(&self) -> Result<Option<TokenPair>, StoreError> {
        Ok(self.pair.lock().unwrap().clone())
    }

    async fn replace(&self, old: &TokenPair, new: &TokenPair) -> Result<Replaced, StoreError> {
        let mut failing = self.failing.lock().unwrap();
        if *failing > 0 {
            *failing -= 1;
            return Err("the disk is full".into());
        }
        let mut pair = self.pair.lock().unwrap();
        if pair
            .as_ref()
            .is_some_and(|stored| stored.is_same_issue(old))
        {
            *pair = Some(new.clone());
            return Ok(Replaced::Stored);
        }
        Ok(Replaced::Superseded)
    }
}

/// The pair of an issue, and in how many seconds it ends.
fn pair(issue: u32, ends_in: Option<i64>) -> TokenPair {
    let now = DateTime::<Utc>::from(SystemTime::now());
    TokenPair {
        access_token: format!("access-{issue}").into(),
        refresh_token: format!("refresh-{issue}").into(),
        expires_at: ends_in.map(|seconds| now + chrono::TimeDelta::seconds(seconds)),
    }
}

fn oauth(server: &Arc<Server>) -> OAuthClient {
    let redirect = "https://localhost/callback".parse().unwrap();
    let app = OAuthApp::new("cl1ent", "s3cret".into(), redirect);
    let endpoints = Endpoints::at(&"http://fb.test".parse().unwrap()).unwrap();
    let transport = Arc::<Server>::clone(server);
    OAuthClient::new(app, unpaced(), Some(endpoints), Some(transport)).unwrap()
}

fn tokens(server: &Arc<Server>, store: &Arc<Store>) -> RefreshingTokens {
    let store = Arc::<Store>::clone(store);
    RefreshingTokens::new(oauth(server), store, RefreshSettings::default())
}

async fn access(tokens: &RefreshingTokens) -> String {
    let token = tokens.access_token().await.unwrap();
    token.secret.expose_secret().to_owned()
}

/// An error with all its causes.
fn story(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

async fn refused(tokens: &RefreshingTokens) -> TokenError {
    tokens.access_token().await.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn a_good_token_from_the_store_costs_no_request() {
    for ends_in in [Some(3600), None] {
        let (server, store) = (Server::new([]), Store::new(Some(pair(0, ends_in))));
        let tokens = tokens(&server, &store);
        assert_eq!(access(&tokens).await, "access-0");
        assert_eq!(access(&tokens).await, "access-0");
        assert_eq!(server.requests(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn fifty_callers_near_the_end_make_one_refresh_and_it_is_stored_before_use() {
    for ends_in in [60, -60] {
        let (server, store) = (Server::new([]), Store::new(Some(pair(0, Some(ends_in)))));
        let tokens = tokens(&server, &store);
        let callers: Vec<_> = (0..50)
            .map(|_| {
                let (tokens, store) = (tokens.clone(), Arc::clone(&store));
                tokio::spawn(async move { (access(&tokens).await, store.refresh_token()) })
            })
            .collect();
        for caller in callers {
            let (given, stored) = caller.await.unwrap();
            assert_eq!((&*given, &*stored), ("access-1", "refresh-1"));
        }
        assert_eq!(server.requests(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_leads_to_one_refresh_per_version() {
    let (server, store) = (Server::new([]), Store::new(Some(pair(0, Some(3600)))));
    let tokens = tokens(&server, &store);
    let refused = tokens.access_token().await.unwrap().version;
    let callers: Vec<_> = (0..20)
        .map(|_| {
            let tokens = tokens.clone();
            tokio::spawn(async move { tokens.refreshed_after(refused).await.unwrap() })
        })
        .collect();
    for caller in callers {
        let token = caller.await.unwrap();
        assert_eq!(token.secret.expose_secret(), "access-1");
        assert!(token.version > refused);
    }
    // Late news about the old token change nothing.
    let token = tokens.refreshed_after(refused).await.unwrap();
    assert_eq!(token.secret.expose_secret(), "access-1");
    assert_eq!(server.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_while_the_store_is_first_read_still_gets_a_newer_token() {
    let (server, store) = (Server::new([]), Store::new(Some(pair(0, Some(3600)))));
    let tokens = tokens(&server, &store);
    let (first, newer) = tokio::join!(tokens.access_token(), tokens.refreshed_after(1));
    assert_eq!(first.unwrap().secret.expose_secret(), "access-0");
    assert_eq!(newer.unwrap().secret.expose_secret(), "access-1");
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_does_not_stop_the_refresh() {
    let (server, store) = (Server::new([]), Store::new(Some(pair(0, Some(-1)))));
    let tokens = tokens(&server, &store);
    let abandoned = timeout(Duration::from_millis(10), tokens.access_token()).await;
    assert!(abandoned.is_err());
    sleep(Duration::from_millis(100)).await;
    assert_eq!(store.refresh_token(), "refresh-1");
    assert_eq!(
        (access(&tokens).await.as_str(), server.requests()),
        ("access-1", 1)
    );
}

#[tokio::test(start_paused = true)]
async fn after_a_lost_reply_the_old_token_is_tried_once_more() {
    let server = Server::new([Fault::LostBefore]);
    let store = Store::new(Some(pair(0, Some(-1))));
    assert_eq!(access(&tokens(&server, &store)).await, "access-1");
    assert_eq!(*server.asked.lock().unwrap(), ["refresh-0", "refresh-0"]);

    let server = Server::new([Fault::LostAfter]);
    let store = Store::new(Some(pair(0, Some(-1))));
    let tokens = tokens(&server, &store);
    let error = refused(&tokens).await;
    assert!(error.is_needs_authorization());
    assert!(story(&error).contains("invalid_grant"), "{}", story(&error));
    assert!(refused(&tokens).await.is_needs_authorization());
    assert_eq!(server.requests(), 2, "a dead token is not sent again");
    assert_eq!(store.refresh_token(), "refresh-0", "nothing is deleted");

    store.put(server.consent());
    assert_eq!(
        access(&tokens).await,
        "access-101",
        "a new consent is found"
    );
    assert_eq!(server.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_reply_lost_twice_is_a_passing_trouble() {
    let server = Server::new([Fault::LostBefore, Fault::LostBefore]);
    let store = Store::new(Some(pair(0, Some(-1))));
    let tokens = tokens(&server, &store);
    assert!(!refused(&tokens).await.is_needs_authorization());
    assert_eq!(server.requests(), 2);
    assert_eq!(access(&tokens).await, "access-1");
}

#[tokio::test(start_paused = true)]
async fn what_never_reached_freshbooks_is_not_tried_twice_and_bridged_by_the_old_token() {
    let server = Server::new([Fault::NotSent, Fault::NotSent]);
    let store = Store::new(Some(pair(0, Some(60))));
    let tokens = tokens(&server, &store);
    assert!(!refused(&tokens).await.is_needs_authorization());
    assert_eq!(access(&tokens).await, "access-0", "good for a minute yet");
    assert_eq!(server.requests(), 2);
    assert_eq!(access(&tokens).await, "access-1");
}

#[tokio::test(start_paused = true)]
async fn a_pair_that_cannot_be_stored_is_kept_unused_until_it_is() {
    let (server, store) = (Server::new([]), Store::new(Some(pair(0, Some(-1)))));
    *store.failing.lock().unwrap() = 2;
    let tokens = tokens(&server, &store);
    for _ in 0..2 {
        let error = refused(&tokens).await;
        assert!(!error.is_needs_authorization());
        assert!(story(&error).contains("disk is full"), "{}", story(&error));
    }
    assert_eq!(store.refresh_token(), "refresh-0");
    assert_eq!(access(&tokens).await, "access-1");
    assert_eq!(
        (server.requests(), store.refresh_token().as_str()),
        (1, "refresh-1")
    );
}

#[tokio::test(start_paused = true)]
async fn a_pair_that_another_process_got_is_taken_over() {
    let (server, store) = (Server::new([]), Store::new(Some(pair(0, Some(-1)))));
    let (one, other) = (tokens(&server, &store), tokens(&server, &store));
    let (one, other) = tokio::join!(access(&one), access(&other));
    assert_eq!((&*one, &*other), ("access-1", "access-1"));
    assert_eq!(
        server.requests(),
        2,
        "the second was refused and looked again"
    );
}

#[tokio::test(start_paused = true)]
async fn a_consent_given_meanwhile_is_not_overwritten() {
    let (server, store) = (Server::new([]), Store::new(Some(pair(0, Some(-1)))));
    let tokens = tokens(&server, &store);
    let renewing = tokio::spawn({
        let tokens = tokens.clone();
        async move { access(&tokens).await }
    });
    sleep(Duration::from_millis(10)).await;
    store.put(pair(7, Some(3600)));
    assert_eq!(renewing.await.unwrap(), "access-7");
    assert_eq!(store.refresh_token(), "refresh-7");
}

#[tokio::test(start_paused = true)]
async fn without_a_grant_or_a_known_application_a_person_must_act() {
    let server = Server::new([Fault::BadApplication]);
    let nobody = refused(&tokens(&server, &Store::new(None))).await;
    assert!(nobody.is_needs_authorization());
    let store = Store::new(Some(pair(0, Some(-1))));
    let provider = Arc::new(tokens(&server, &store));
    let client = api(&provider, &Scripted::new([reply(200, "")]));
    let error = bills(&client).get(7.into()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.needs_authorization()),
        (ErrorKind::Forbidden, false)
    );
    assert!(
        story(&error).contains("invalid_client"),
        "{}",
        story(&error)
    );
}

fn api(tokens: &Arc<RefreshingTokens>, transport: &Arc<Scripted>) -> Client {
    Client::builder(Arc::<RefreshingTokens>::clone(tokens))
        .with_settings(unpaced())
        .with_transport(Arc::<Scripted>::clone(transport))
        .with_endpoints(Endpoints::at(&"http://fb.test".parse().unwrap()).unwrap())
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_spent_refresh_token_and_a_revoked_consent_are_one_clear_error_of_every_call() {
    // Spent: another install used it. Revoked: FreshBooks refuses the access token, and then the other.
    for (ends_in, answers) in [(-1, 0), (3600, 1)] {
        let server = Server::new([]);
        server.consent();
        let store = Store::new(Some(pair(0, Some(ends_in))));
        let unauthenticated = r#"{"error":"unauthenticated","error_description":"This action requires authentication to continue."}"#;
        let transport = Scripted::new([reply(401, unauthenticated)]);
        let client = api(&Arc::new(tokens(&server, &store)), &transport);
        let error = bills(&client).get(7.into()).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Unauthenticated, Effect::None)
        );
        assert!(error.needs_authorization());
        let told = story(&error).replace(" (status 401)", "");
        assert_eq!(
            told,
            "get bill: no access token to send: a new authorization is needed: \
             refresh token: refused, code invalid_grant (status 400)"
        );
        assert_eq!((transport.count(), server.requests()), (answers, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_printed_holds_a_token_or_the_applications_secret() {
    let (server, store) = (Server::new([]), Store::new(Some(pair(0, Some(-1)))));
    let tokens = tokens(&server, &store);
    let token = tokens.access_token().await.unwrap();
    let printed = format!("{tokens:?} {token:?} {:?}", oauth(&server));
    for secret in ["access-1", "refresh-1", "refresh-0", "s3cret"] {
        // The server of this test remembers what it was asked, and is printed too.
        let printed = printed.replace(&format!("{:?}", server.asked.lock().unwrap()), "");
        assert!(!printed.contains(secret), "{secret}: {printed}");
    }
}
