//! What a user of [`RefreshingTokens`](super::RefreshingTokens) implements: a place for one pair of tokens.

use std::error::Error as StdError;
use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};

use crate::oauth::TokenReply;

/// An access token and the refresh token that was issued with it.
#[derive(Debug, Clone)]
pub struct TokenPair {
    /// Sent with each request.
    pub access_token: SecretString,
    /// Works once. FreshBooks keeps one alive per user and application.
    pub refresh_token: SecretString,
    /// When the access token ends; `None` when that is not known.
    pub expires_at: Option<DateTime<Utc>>,
}

impl TokenPair {
    /// The pair in an answer that came at `received_at`.
    pub fn from_reply(reply: TokenReply, received_at: DateTime<Utc>) -> Self {
        Self {
            expires_at: reply.expires_at(received_at),
            access_token: reply.access_token,
            refresh_token: reply.refresh_token,
        }
    }

    /// Whether both came from the same issue.
    pub fn is_same_issue(&self, other: &Self) -> bool {
        self.refresh_token.expose_secret() == other.refresh_token.expose_secret()
    }
}

/// Why a store could not do what it was asked. It must not hold a token.
pub type StoreError = Box<dyn StdError + Send + Sync>;

/// What became of a [`TokenStore::replace`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Replaced {
    /// The new pair is durable.
    Stored,
    /// Another pair than the expected one was there and was left alone.
    Superseded,
}

/// Keeps one grant's pair of tokens where it survives a crash.
///
/// A refresh token works once, and a lost one means that a person must authorize again. So a pair is
/// stored before it is used, and what is stored is never overwritten by something older.
#[async_trait]
pub trait TokenStore: fmt::Debug + Send + Sync {
    /// The pair stored last; `None` when nobody has authorized yet.
    ///
    /// # Errors
    /// [`StoreError`], for whatever keeps it from being read.
    async fn load(&self) -> Result<Option<TokenPair>, StoreError>;

    /// Puts `new` in the place of `old`, durably and as one step: after a crash either is there.
    ///
    /// Only if what is stored [is still](TokenPair::is_same_issue) `old`; otherwise another process or
    /// a new consent was first, and [`Replaced::Superseded`] is the answer.
    ///
    /// # Idempotency
    /// Called again with the same pairs after an error: finding `new` in place counts as stored.
    ///
    /// # Errors
    /// [`StoreError`]; the pair is kept in memory then, not used, and offered again later.
    async fn replace(&self, old: &TokenPair, new: &TokenPair) -> Result<Replaced, StoreError>;
}
