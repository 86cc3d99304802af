//! The trait, and a token that never changes.

use std::error::Error as StdError;
use std::fmt;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::error::ErrorKind;

/// An access token and which issue of it this is.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// The token.
    pub secret: SecretString,
    /// Grows with every new token, so that a 401 can say which token was refused.
    pub version: u64,
}

/// Why no token can be had.
#[derive(Debug)]
pub struct TokenError {
    reason: Reason,
    source: Box<dyn StdError + Send + Sync>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    NeedsAuthorization,
    ApplicationRefused,
    Unavailable,
}

impl TokenError {
    /// Only a person can help, by authorizing again.
    pub fn needs_authorization(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Reason::NeedsAuthorization, source)
    }

    /// FreshBooks does not accept the application itself: its id, secret or redirect URI is wrong.
    pub fn application_refused(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Reason::ApplicationRefused, source)
    }

    /// It may work later.
    pub fn unavailable(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Reason::Unavailable, source)
    }

    fn new(reason: Reason, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            reason,
            source: source.into(),
        }
    }

    /// Whether a person must authorize again before there can be a token.
    pub fn is_needs_authorization(&self) -> bool {
        self.reason == Reason::NeedsAuthorization
    }

    /// The kind of a call that fails for want of a token.
    pub(crate) fn kind(&self) -> ErrorKind {
        match self.reason {
            Reason::NeedsAuthorization => ErrorKind::Unauthenticated,
            Reason::ApplicationRefused => ErrorKind::Forbidden,
            Reason::Unavailable => ErrorKind::Unavailable,
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.reason {
            Reason::NeedsAuthorization => "a new authorization is needed",
            Reason::ApplicationRefused => "the application is not accepted",
            Reason::Unavailable => "no access token for now",
        })
    }
}

impl StdError for TokenError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}

/// Gives out access tokens, and newer ones when FreshBooks refuses them.
///
/// # Expected flow
/// Each call asks for [`access_token`](Self::access_token). When FreshBooks answers 401, the client
/// calls [`refreshed_after`](Self::refreshed_after) with the version that was refused, once. A read
/// is then sent once more; a write is not, because a write is one attempt: its error says
/// `Unauthenticated` with no effect, and the next call has the new token.
///
/// # What an implementation must do
/// Refresh once however many callers ask for it (single flight), and make the new refresh token
/// durable before giving out the access token, because a refresh token works once. A refresh must
/// run to its end even if the caller is dropped.
#[async_trait]
pub trait TokenProvider: fmt::Debug + Send + Sync {
    /// The current token, refreshed before if it is about to end.
    ///
    /// # Errors
    /// [`TokenError`].
    async fn access_token(&self) -> Result<AccessToken, TokenError>;

    /// A token newer than `version`: the current one if it is newer already, else a fresh one.
    ///
    /// # Errors
    /// [`TokenError`]; `needs_authorization` when no newer token can ever be had.
    async fn refreshed_after(&self, version: u64) -> Result<AccessToken, TokenError>;
}

/// One token that is never refreshed.
#[derive(Debug, Clone)]
pub struct FixedToken(SecretString);

impl FixedToken {
    /// Uses a token obtained elsewhere.
    pub fn new(token: impl Into<SecretString>) -> Self {
        Self(token.into())
    }
}

#[async_trait]
impl TokenProvider for FixedToken {
    async fn access_token(&self) -> Result<AccessToken, TokenError> {
        Ok(AccessToken {
            secret: self.0.clone(),
            version: 0,
        })
    }

    async fn refreshed_after(&self, _: u64) -> Result<AccessToken, TokenError> {
        Err(TokenError::needs_authorization("the token is fixed"))
    }
}
