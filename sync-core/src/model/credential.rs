//! The two credential sets of a connection.

use std::fmt;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Fingerprint, FingerprintWriter};

/// Which service a credential opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    /// Expensify: a static key pair.
    Expensify,
    /// FreshBooks: an OAuth grant with a refresh token that works once.
    FreshBooks,
}

impl Provider {
    /// The word used for people, in stored rows and in the vault's associated data.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expensify => "expensify",
            Self::FreshBooks => "freshbooks",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Expensify's partner key pair.
#[derive(Clone, Debug)]
pub struct ExpensifyKey {
    /// `partnerUserID`; not secret by itself, kept with the secret all the same.
    pub user_id: String,
    /// `partnerUserSecret`.
    pub user_secret: SecretString,
}

/// How a FreshBooks grant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantState {
    /// The tokens are current.
    Ready,
    /// A refresh was begun at that time; until its answer is stored, the refresh token may be spent.
    Refreshing {
        /// When it began.
        since: DateTime<Utc>,
    },
    /// The refresh token is spent or refused: only a person's new consent helps.
    NeedsReauth,
}

/// A user's consent to act in FreshBooks.
#[derive(Clone, Debug)]
pub struct FreshBooksGrant {
    /// The application's id.
    pub client_id: String,
    /// The application's secret.
    pub client_secret: SecretString,
    /// Where the consent was sent back to; refreshes repeat it.
    pub redirect_uri: String,
    /// Opens the API until `expires_at`.
    pub access_token: SecretString,
    /// Works exactly once.
    pub refresh_token: SecretString,
    /// When the access token ends.
    pub expires_at: DateTime<Utc>,
    /// How the grant stands.
    pub state: GrantState,
}

impl FreshBooksGrant {
    /// Tells refresh tokens apart without showing them.
    pub fn refresh_mark(&self) -> Fingerprint {
        let mut mark = FingerprintWriter::new("grant/refresh-token/v1");
        mark.text(self.refresh_token.expose_secret());
        mark.finish()
    }
}

/// A new pair of tokens, as the token endpoint gave it.
#[derive(Clone, Debug)]
pub struct TokenPair {
    /// Opens the API.
    pub access_token: SecretString,
    /// Takes the place of the one that was spent for it.
    pub refresh_token: SecretString,
    /// When the access token ends, if the endpoint says.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What became of one request for tokens.
#[derive(Clone, Debug)]
pub enum TokenAnswer {
    /// A new pair: the old refresh token is spent.
    Pair(TokenPair),
    /// The refresh token is spent, revoked or unknown. Only the endpoint saying so itself is this answer.
    Spent,
    /// The application's own id or secret was refused; the token was not looked at.
    Refused(String),
    /// Certainly nothing happened.
    NotSent(String),
    /// Perhaps a new pair was made and lost on the way.
    Unknown(String),
}
