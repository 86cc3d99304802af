use chrono::TimeDelta;
use secrecy::ExposeSecret as _;
use sync_core::model::GrantState;
use wiremock::matchers::{body_string_contains, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::freshbooks::ledger::endpoints_at;
use crate::test_support::HandClock;

fn grant() -> FreshBooksGrant {
    FreshBooksGrant {
        client_id: "app".to_owned(),
        client_secret: "app-secret".into(),
        redirect_uri: "https://localhost/callback".to_owned(),
        access_token: "access-0".into(),
        refresh_token: "refresh-0".into(),
        expires_at: "2026-11-22T22:00:00Z".parse().unwrap(),
        state: GrantState::Ready,
    }
}

fn endpoint(base_url: &str) -> HttpEndpoint {
    HttpEndpoint {
        settings: wire::Settings::default(),
        endpoints: Some(endpoints_at(base_url).unwrap()),
        time_max: Duration::from_secs(20),
        clock: Arc::new(HandClock::at("2026-11-22T10:00:00Z")),
    }
}

async fn answering(reply: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/auth/oauth/token"))
        .and(body_string_contains("refresh_token=refresh-0"))
        .respond_with(reply)
        .expect(1)
        .mount(&server)
        .await;
    server
}

/// An answer as a word.
fn word(answer: &TokenAnswer) -> &'static str {
    match answer {
        TokenAnswer::Pair(_) => "pair",
        TokenAnswer::Spent => "spent",
        TokenAnswer::Refused(_) => "refused",
        TokenAnswer::NotSent(_) => "not sent",
        TokenAnswer::Unknown(_) => "unknown",
    }
}

#[tokio::test]
async fn a_reply_with_tokens_is_a_pair_that_ends_when_it_says() {
    let reply = r#"{"access_token":"access-1","token_type":"Bearer","expires_in":43200,"created_at":1795341600,"refresh_token":"refresh-1","scope":""}"#;
    let server =
        answering(ResponseTemplate::new(200).set_body_raw(reply, "application/json")).await;
    let endpoint = endpoint(&server.uri());
    let TokenAnswer::Pair(pair) = endpoint.refresh(&grant()).await else {
        panic!("no pair")
    };
    assert_eq!(pair.access_token.expose_secret(), "access-1");
    assert_eq!(pair.refresh_token.expose_secret(), "refresh-1");
    let expires_at = pair.expires_at.unwrap();
    let now = endpoint.clock.now();
    assert!(
        expires_at > now && expires_at <= now + TimeDelta::hours(12),
        "{expires_at}"
    );
}

/// The one place where a token is found to be dead: only `invalid_grant` says so.
#[tokio::test]
async fn only_the_words_invalid_grant_make_a_refresh_token_dead() {
    let cases = [
        (400, r#"{"error":"invalid_grant"}"#, "spent"),
        (401, r#"{"error":"invalid_grant"}"#, "spent"),
        (401, r#"{"error":"invalid_client"}"#, "refused"),
        (400, r#"{"error":"invalid_request"}"#, "refused"),
        (403, r#"{"error":"access_denied"}"#, "refused"),
        // Nobody knows who wrote this page: something on the way, perhaps.
        (403, "<html>forbidden</html>", "unknown"),
        (429, r#"{"error":"too_many_requests"}"#, "not sent"),
        (500, r#"{"error":"invalid_grant"}"#, "unknown"),
        (502, "<html>bad gateway</html>", "unknown"),
        (200, "not what was asked for", "unknown"),
        (200, r#"{"access_token":"access-1"}"#, "unknown"),
    ];
    for (status, body, expected) in cases {
        let server = answering(ResponseTemplate::new(status).set_body_string(body)).await;
        let answer = endpoint(&server.uri()).refresh(&grant()).await;
        assert_eq!(word(&answer), expected, "{status} {body}: {answer:?}");
    }
}

#[tokio::test]
async fn what_never_reached_the_endpoint_is_certain_and_a_missing_answer_is_not() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let answer = endpoint(&format!("http://{address}"))
        .refresh(&grant())
        .await;
    assert_eq!(word(&answer), "not sent", "{answer:?}");

    let server = answering(ResponseTemplate::new(200).set_delay(Duration::from_mins(1))).await;
    let mut endpoint = endpoint(&server.uri());
    endpoint.time_max = Duration::from_secs(2);
    let TokenAnswer::Unknown(why) = endpoint.refresh(&grant()).await else {
        panic!("an answer that did not come tells nothing")
    };
    assert_eq!(why, "no answer in time");
}

#[tokio::test]
async fn a_stored_redirect_address_that_is_no_url_sends_nothing() {
    let server = MockServer::start().await;
    for redirect_uri in ["", "localhost"] {
        let grant = FreshBooksGrant {
            redirect_uri: redirect_uri.to_owned(),
            ..grant()
        };
        let TokenAnswer::Refused(why) = endpoint(&server.uri()).refresh(&grant).await else {
            panic!("{redirect_uri:?} was sent")
        };
        assert!(why.contains("redirect address"), "{why}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}
