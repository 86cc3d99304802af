use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::*;
use crate::{Effect, ErrorKind};

fn app() -> OAuthApp {
    let redirect = Url::parse("https://localhost/callback").unwrap();
    OAuthApp::new("cl1ent", "s3cret".into(), redirect)
}

fn endpoints() -> Endpoints {
    Endpoints::freshbooks().unwrap()
}

fn reply(status: u16, body: &'static str) -> http::Response<Bytes> {
    let reply = http::Response::builder().status(status);
    reply.body(Bytes::from_static(body.as_bytes())).unwrap()
}

#[test]
fn the_authorization_url_has_scopes_and_pkce_only_when_asked() {
    assert_eq!(
        app()
            .authorization_url(&endpoints(), "st", &[], None)
            .as_str(),
        "https://auth.freshbooks.com/oauth/authorize/?client_id=cl1ent&response_type=code\
         &redirect_uri=https%3A%2F%2Flocalhost%2Fcallback&state=st"
    );
    let verifier = PkceVerifier::from_random(&[7; 32]);
    let scopes = [Scope::BillsRead, Scope::BillsWrite];
    let url = app().authorization_url(&endpoints(), "st", &scopes, Some(&verifier));
    let query = url.query().unwrap();
    assert!(
        query.contains("&scope=user%3Abills%3Aread+user%3Abills%3Awrite&"),
        "{query}"
    );
    assert!(query.ends_with("&code_challenge_method=S256"), "{query}");
    assert!(!query.contains(verifier.secret().expose_secret()));
}

#[test]
fn a_refresh_is_a_form_with_the_redirect_uri() {
    let call = app().refresh(&"old".into());
    let request = call.request(&endpoints(), None).unwrap();
    assert_eq!(request.uri(), "https://api.freshbooks.com/auth/oauth/token");
    assert_eq!(request.headers()["content-type"], FORM);
    assert_eq!(
        request.body(),
        "client_id=cl1ent&client_secret=s3cret&grant_type=refresh_token\
         &redirect_uri=https%3A%2F%2Flocalhost%2Fcallback&refresh_token=old"
    );
    assert!(!format!("{call:?} {:?}", app()).contains("s3cret"));
}

#[test]
fn expiry_is_the_earlier_of_both_clocks() {
    let body = r#"{"access_token":"a","token_type":"Bearer","expires_in":"43200","created_at":1756000000,
        "refresh_token":"r","scope":"user:profile:read user:bills:read","id_token":"x","direct_buy_tokens":{}}"#;
    let tokens = app()
        .refresh(&"old".into())
        .read(&reply(200, body))
        .unwrap();
    let at = |seconds| DateTime::<Utc>::from_timestamp(seconds, 0).unwrap();
    assert_eq!(
        tokens.expires_at(at(1_756_000_100)),
        Some(at(1_756_043_200))
    );
    assert_eq!(
        tokens.expires_at(at(1_755_999_900)),
        Some(at(1_756_043_100))
    );
    assert_eq!(
        tokens.scopes().collect::<Vec<_>>(),
        [Scope::ProfileRead, Scope::BillsRead]
    );
    assert!(!format!("{tokens:?}").contains("\"r\""));
}

#[test]
fn a_spent_refresh_token_is_a_refusal_and_a_strange_answer_is_unknown() {
    let refresh = app().refresh(&"old".into());
    let spent = reply(
        400,
        r#"{"error":"invalid_grant","error_description":"spent"}"#,
    );
    let error = refresh.read(&spent).unwrap_err();
    assert!(error.is_invalid_grant());
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unauthenticated, Effect::None)
    );
    for strange in [
        reply(200, "<html>"),
        reply(200, r#"{"access_token":"a"}"#),
        reply(200, r#"{"access_token":"","refresh_token":"r"}"#),
        reply(502, ""),
    ] {
        let error = refresh.read(&strange).unwrap_err();
        assert_eq!(error.effect(), Effect::Unknown, "{error}");
    }
    let revoke = app().revoke(&"a".into());
    assert!(revoke.read(&reply(200, "{}")).is_ok());
}
