//! OAuth 2.0: consent that is given at once, single-use refresh tokens, revocation.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use serde_json::json;

use super::error::Refusal;
use crate::digest::digest;
use crate::http::{Incoming, Reply};
use crate::scenario::OAuthApp;

/// Codes live five minutes.
const CODE_MINUTES: i64 = 5;

const OBJECTS: &[&str] = &[
    "bill_payments",
    "bill_vendors",
    "billable_items",
    "bills",
    "business",
    "clients",
    "credit_notes",
    "estimates",
    "expenses",
    "invoices",
    "journal_entries",
    "online_payments",
    "other_income",
    "payments",
    "projects",
    "retainers",
    "taxes",
    "teams",
    "time_entries",
    "uploads",
];

/// Tokens of the one person and the one app.
#[derive(Debug)]
pub(crate) struct OAuth {
    app: OAuthApp,
    token_secs: i64,
    scopes: BTreeSet<String>,
    issued: u64,
    codes: BTreeMap<String, Code>,
    access: BTreeMap<String, Access>,
    refresh: Option<String>,
}

#[derive(Debug)]
struct Code {
    redirect_uri: String,
    scopes: BTreeSet<String>,
    expires: DateTime<Utc>,
}

/// What an access token allows.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    pub(crate) scopes: BTreeSet<String>,
    expires: Option<DateTime<Utc>>,
}

/// Every scope the documentation names.
fn all_scopes() -> BTreeSet<String> {
    let pairs = OBJECTS
        .iter()
        .flat_map(|object| ["read", "write"].map(|verb| format!("user:{object}:{verb}")));
    pairs
        .chain(["profile", "notifications", "reports"].map(|object| format!("user:{object}:read")))
        .collect()
}

impl OAuth {
    pub(crate) fn new(app: &OAuthApp, token_secs: i64, now: DateTime<Utc>) -> Self {
        let mut scopes: BTreeSet<String> = app.scopes.iter().cloned().collect();
        if scopes.is_empty() {
            scopes = all_scopes();
        }
        scopes.insert("user:profile:read".to_owned());
        let mut access = BTreeMap::new();
        if let Some(token) = &app.access_token {
            let expires =
                Duration::try_seconds(token_secs).and_then(|life| now.checked_add_signed(life));
            access.insert(
                token.clone(),
                Access {
                    scopes: scopes.clone(),
                    expires,
                },
            );
        }
        Self {
            app: app.clone(),
            token_secs,
            scopes,
            issued: 0,
            codes: BTreeMap::new(),
            access,
            refresh: app.refresh_token.clone(),
        }
    }

    /// The grant behind a bearer token, if it is alive.
    pub(crate) fn access(&self, token: &str, now: DateTime<Utc>) -> Option<&Access> {
        self.access
            .get(token)
            .filter(|access| access.expires.is_none_or(|expires| now < expires))
    }

    /// Makes an access token void.
    pub(crate) fn void(&mut self, token: &str) {
        self.access.remove(token);
    }

    /// The tokens alive now: one access token, one refresh token.
    pub(crate) fn live(&self, now: DateTime<Utc>) -> (Option<String>, Option<String>) {
        let access = self
            .access
            .iter()
            .rev()
            .find(|(_, access)| access.expires.is_none_or(|expires| now < expires));
        (access.map(|(token, _)| token.clone()), self.refresh.clone())
    }

    /// Kills the refresh token, as a consent given elsewhere would.
    pub(crate) fn spend_refresh_token(&mut self) {
        self.refresh = None;
    }

    /// The consent page; the person behind it agrees at once.
    pub(crate) fn authorize(&mut self, request: &Incoming, now: DateTime<Utc>) -> Reply {
        let query: BTreeMap<String, String> = request.query_pairs().into_iter().collect();
        let value = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
        if value("client_id") != self.app.client_id {
            return Reply::html(
                500,
                "<html><body><h1>Something went wrong</h1></body></html>",
            );
        }
        let redirect = value("redirect_uri");
        let known = self.app.redirect_uris.is_empty()
            || self.app.redirect_uris.iter().any(|uri| uri == redirect);
        let Some(mut target) = url::Url::parse(redirect)
            .ok()
            .filter(|_| known && value("response_type") == "code")
        else {
            return Reply::html(
                400,
                "<html><body>The redirect uri included is not valid.</body></html>",
            );
        };
        let asked: BTreeSet<String> = value("scope")
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        if !asked.is_subset(&self.scopes) {
            return Reply::html(
                400,
                "<html><body>The requested scope is invalid, unknown, or malformed.</body></html>",
            );
        }
        let mut scopes = if asked.is_empty() {
            self.scopes.clone()
        } else {
            asked
        };
        scopes.insert("user:profile:read".to_owned());
        let code = self.secret("code");
        let expires = now + Duration::minutes(CODE_MINUTES);
        self.codes.insert(
            code.clone(),
            Code {
                redirect_uri: redirect.to_owned(),
                scopes,
                expires,
            },
        );
        target.query_pairs_mut().append_pair("code", &code);
        if !value("state").is_empty() {
            target
                .query_pairs_mut()
                .append_pair("state", value("state"));
        }
        Reply::empty(302).with_header("location", target.to_string())
    }

    /// The token endpoint.
    pub(crate) fn token(&mut self, request: &Incoming, now: DateTime<Utc>) -> Reply {
        let fields: BTreeMap<String, String> = request.fields().into_iter().collect();
        let value = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        if !self.is_client(request, value("client_id"), value("client_secret")) {
            return denied(401, "invalid_client", "Client authentication failed.");
        }
        let scopes = match value("grant_type") {
            "authorization_code" => {
                let code = self.codes.remove(value("code"));
                code.filter(|code| now < code.expires && code.redirect_uri == value("redirect_uri"))
                    .map(|code| code.scopes)
            }
            "refresh_token" => {
                let alive = self.refresh.as_deref() == Some(value("refresh_token"));
                alive.then(|| {
                    self.access
                        .values()
                        .next_back()
                        .map_or_else(|| self.scopes.clone(), |access| access.scopes.clone())
                })
            }
            _ => {
                return denied(
                    400,
                    "unsupported_grant_type",
                    "The grant type is not supported.",
                );
            }
        };
        match scopes {
            Some(scopes) => self.issue(scopes, now),
            None => denied(
                400,
                "invalid_grant",
                "The provided authorization grant is invalid, expired, revoked, or was used before.",
            ),
        }
    }

    /// Revokes a token; the access token is dead at once.
    pub(crate) fn revoke(&mut self, request: &Incoming) -> Reply {
        let fields: BTreeMap<String, String> = request.fields().into_iter().collect();
        let value = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        if !self.is_client(request, value("client_id"), value("client_secret")) {
            return denied(401, "invalid_client", "Client authentication failed.");
        }
        self.access.remove(value("token"));
        if self.refresh.as_deref() == Some(value("token")) {
            self.refresh = None;
        }
        Reply::json(200, &json!({}))
    }

    fn is_client(&self, request: &Incoming, id: &str, secret: &str) -> bool {
        let basic = request
            .authorization
            .as_deref()
            .and_then(|header| header.strip_prefix("Basic "));
        let basic = basic
            .and_then(|text| STANDARD.decode(text).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok());
        match basic.as_deref().and_then(|text| text.split_once(':')) {
            Some((id, secret)) => id == self.app.client_id && secret == self.app.client_secret,
            None => id == self.app.client_id && secret == self.app.client_secret,
        }
    }

    /// Every issuance makes a new refresh token and kills the one before.
    fn issue(&mut self, scopes: BTreeSet<String>, now: DateTime<Utc>) -> Reply {
        let scope = scopes.iter().cloned().collect::<Vec<_>>().join(" ");
        let refresh = self.secret("refresh");
        let expires =
            Duration::try_seconds(self.token_secs).and_then(|life| now.checked_add_signed(life));
        let claims =
            json!({"scope": scope, "exp": expires.map(|at| at.timestamp()), "jti": self.issued});
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let token = format!(
            "{header}.{}.{}",
            URL_SAFE_NO_PAD.encode(claims.to_string()),
            self.secret("signature")
        );
        self.access
            .insert(token.clone(), Access { scopes, expires });
        self.refresh = Some(refresh.clone());
        Reply::json(
            200,
            &json!({
                "access_token": token, "token_type": "Bearer", "expires_in": self.token_secs, "created_at": now.timestamp(),
                "refresh_token": refresh, "scope": scope, "direct_buy_tokens": {},
            }),
        )
    }

    /// 64 hexadecimal digits, the same in every run.
    fn secret(&mut self, purpose: &str) -> String {
        self.issued += 1;
        digest(&format!("{purpose} {} {}", self.app.client_id, self.issued))
    }
}

fn denied(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(
        status,
        &json!({"error": error, "error_description": description}),
    )
}

impl Access {
    /// Refuses when the token lacks `user:<scope>:<verb>`.
    pub(crate) fn require(
        &self,
        scope: &str,
        verb: &str,
        object: &'static str,
    ) -> Result<(), Refusal> {
        let needed = format!("user:{scope}:{verb}");
        if self.scopes.contains(&needed) {
            Ok(())
        } else {
            Err(Refusal::scope(object, &needed))
        }
    }
}
