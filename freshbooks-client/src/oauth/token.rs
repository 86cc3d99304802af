//! The answer to a token request.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::Scope;
use crate::wire::{optional, optional_text};

/// A new pair of tokens.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct TokenReply {
    /// Sent with each request; a JWT of about 1 kB.
    #[serde(deserialize_with = "secret")]
    pub access_token: SecretString,
    /// Works once. Store it before using the access token.
    #[serde(deserialize_with = "secret")]
    pub refresh_token: SecretString,
    /// Seconds the access token lives; 43,200 (12 hours) so far.
    #[serde(default, deserialize_with = "optional")]
    expires_in: Option<u32>,
    /// Seconds since 1970 when FreshBooks made it.
    #[serde(default, deserialize_with = "optional")]
    created_at: Option<i64>,
    /// What was granted, separated by spaces.
    #[serde(default)]
    scope: Option<String>,
}

impl TokenReply {
    /// When the access token ends, given when the reply came: the earlier of what the local clock and
    /// FreshBooks' `created_at` say, because `created_at` has been seen older than the reply. `None`
    /// if FreshBooks did not say how long it lives.
    pub fn expires_at(&self, received_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let life = TimeDelta::seconds(i64::from(self.expires_in?));
        let by_clock = received_at.checked_add_signed(life)?;
        let by_server = self
            .created_at
            .and_then(|created_at| DateTime::from_timestamp(created_at, 0))
            .and_then(|created_at| created_at.checked_add_signed(life));
        Some(by_server.map_or(by_clock, |by_server| by_server.min(by_clock)))
    }

    /// The scopes granted.
    pub fn scopes(&self) -> impl Iterator<Item = Scope> {
        let scopes = self.scope.as_deref().unwrap_or_default();
        scopes.split_whitespace().map(Scope::from)
    }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    optional_text(deserializer)?
        .map(SecretString::from)
        .ok_or_else(|| D::Error::custom("expected a token"))
}
