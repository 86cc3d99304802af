//! Tokens.

#![expect(clippy::unwrap_used, reason = "a helper that fails must fail its test")]

mod support;

use std::collections::BTreeMap;

use serde_json::Value;
use support::{client, start, start_with};
use sync_sandbox::{Person, Sandbox};

const REDIRECT: &str = "https://localhost/callback";

async fn token(sandbox: &Sandbox, fields: &[(&str, &str)]) -> (u16, Value) {
    let mut form = BTreeMap::from([
        ("client_id", "sandbox-client"),
        ("client_secret", "sandbox-client-secret"),
        ("redirect_uri", REDIRECT),
    ]);
    form.extend(fields.iter().copied());
    let response = client()
        .post(format!("{}/auth/oauth/token", sandbox.freshbooks_url()))
        .form(&form)
        .send()
        .await
        .unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn me(sandbox: &Sandbox, token: &str) -> u16 {
    client()
        .get(format!("{}/auth/api/v1/users/me", sandbox.freshbooks_url()))
        .bearer_auth(token)
        .send()
        .await
        .unwrap()
        .status()
        .as_u16()
}

async fn code(sandbox: &Sandbox, scope: &str) -> String {
    let query = [
        ("client_id", "sandbox-client"),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("state", "s1"),
        ("scope", scope),
    ];
    let response = client()
        .get(format!("{}/oauth/authorize/", sandbox.freshbooks_url()))
        .query(&query)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 302);
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    assert!(
        location.starts_with(REDIRECT) && location.ends_with("state=s1"),
        "{location}"
    );
    location
        .split("code=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_code_works_once_and_a_refresh_token_works_once() {
    let sandbox = start().await;
    let code = code(&sandbox, "user:bills:read").await;
    let grant = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
    ];
    let (status, first) = token(&sandbox, &grant).await;
    assert_eq!((status, first["expires_in"].as_i64()), (200, Some(43_200)));
    assert!(
        first["scope"]
            .as_str()
            .unwrap()
            .contains("user:profile:read"),
        "always granted"
    );
    assert_eq!(token(&sandbox, &grant).await.1["error"], "invalid_grant");
    let old = ("refresh_token", "sandbox-refresh-token");
    assert_eq!(
        token(&sandbox, &[("grant_type", "refresh_token"), old])
            .await
            .1["error"],
        "invalid_grant",
        "a consent kills the one before"
    );
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", first["refresh_token"].as_str().unwrap()),
    ];
    let (status, second) = token(&sandbox, &refresh).await;
    assert_eq!(status, 200);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    let (status, again) = token(&sandbox, &refresh).await;
    assert_eq!(
        (status, again["error"].as_str()),
        (400, Some("invalid_grant"))
    );
    assert_eq!(
        me(&sandbox, second["access_token"].as_str().unwrap()).await,
        200
    );
    assert_eq!(
        sandbox.live_tokens().1.as_deref(),
        second["refresh_token"].as_str()
    );
}

#[tokio::test]
async fn tokens_expire_are_revoked_and_are_spent_elsewhere() {
    let sandbox = start_with(|scenario| scenario.freshbooks.settings.access_token_secs = 60).await;
    assert_eq!(me(&sandbox, "sandbox-access-token").await, 200);
    assert_eq!(me(&sandbox, "another").await, 401);
    sandbox.clock().advance(chrono::Duration::seconds(60));
    assert_eq!(me(&sandbox, "sandbox-access-token").await, 401);
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "sandbox-refresh-token"),
    ];
    let (_, fresh) = token(&sandbox, &refresh).await;
    let access = fresh["access_token"].as_str().unwrap();
    let revoke = [
        ("client_id", "sandbox-client"),
        ("client_secret", "sandbox-client-secret"),
        ("token", access),
    ];
    let revoked = client()
        .post(format!("{}/auth/oauth/revoke", sandbox.freshbooks_url()))
        .form(&revoke)
        .send()
        .await
        .unwrap();
    assert_eq!(revoked.status(), 200);
    assert_eq!(me(&sandbox, access).await, 401);
    sandbox.person(Person::SpendRefreshToken).unwrap();
    let spent = [
        ("grant_type", "refresh_token"),
        ("refresh_token", fresh["refresh_token"].as_str().unwrap()),
    ];
    assert_eq!(token(&sandbox, &spent).await.0, 400);
}

#[tokio::test]
async fn wrong_clients_are_refused() {
    let sandbox = start().await;
    let (status, body) = token(
        &sandbox,
        &[("client_secret", "wrong"), ("grant_type", "refresh_token")],
    )
    .await;
    assert_eq!(
        (status, body["error"].as_str()),
        (401, Some("invalid_client"))
    );
    let unknown = client()
        .get(format!(
            "{}/oauth/authorize?client_id=nobody",
            sandbox.freshbooks_url()
        ))
        .send()
        .await
        .unwrap();
    assert_eq!(unknown.status(), 500, "HTML, not an OAuth error");
    let log = serde_json::to_string(&sandbox.requests()).unwrap();
    assert!(
        !log.contains("client-secret") && !log.contains("wrong"),
        "token bodies are not logged"
    );
}
