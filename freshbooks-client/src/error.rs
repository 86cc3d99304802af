//! The one error of this crate: what to do about it, and whether a write may have happened.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;

use crate::refusal::{Feature, Problem, Refusal};

/// What the caller should do. A kind exists only where the answer differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The record is there already, or another writer was first: look it up.
    Conflict,
    /// A scope, role, plan feature or active subscription is missing, or the application itself is not
    /// accepted: a person must act.
    Forbidden,
    /// The request itself is wrong and will stay wrong: fix what was sent.
    Invalid,
    /// No such record, or the wrong kind of account id in the URL.
    NotFound,
    /// Too many requests: wait for [`Error::retry_after`].
    Throttled,
    /// The reply or the listing is larger than a limit of the settings: raise it, or ask for less.
    TooLarge,
    /// The access or refresh token is not accepted: refresh, or authorize again
    /// ([`Error::needs_authorization`]).
    Unauthenticated,
    /// FreshBooks failed on its side: try again later. Some bad input also ends here, because
    /// FreshBooks answers 500 to it.
    Unavailable,
    /// The reply makes no sense: report it, with [`Error::body`].
    Unexpected,
    /// No complete reply came back: check the network.
    Unreachable,
}

/// Whether the write that failed may have been applied. Always [`Effect::None`] for reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Certainly not applied: it may be sent again.
    None,
    /// Perhaps applied. Look before sending again: FreshBooks has no idempotency key, and two equal
    /// requests make two records.
    Unknown,
}

/// Why a call failed. See [`kind`](Self::kind) and [`effect`](Self::effect) first.
///
/// `Display` and `Debug` hold ids, numbers and field names, never a body, a token, or FreshBooks'
/// own message, which can quote what was sent: those have accessors.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    effect: Effect,
    operation: &'static str,
    cause: Cause,
    status: Option<StatusCode>,
    retry_after: Option<Duration>,
    body: Option<Bytes>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

#[derive(Debug, thiserror::Error)]
#[cfg_attr(
    not(feature = "client"),
    expect(dead_code, reason = "some only happen to the client that sends")
)]
pub(crate) enum Cause {
    #[error("refused, {0}")]
    Refused(Refusal),
    #[error("error status without a readable error")]
    BareStatus,
    #[error("the reply is not what this call answers")]
    Unreadable,
    #[error("the reply has no {key}")]
    Missing { key: &'static str },
    #[error("the reply holds both a result and an error")]
    Contradictory,
    #[error("the request was not sent")]
    NotSent,
    #[error("no complete reply came back")]
    Interrupted,
    #[error("the reply is larger than the limit")]
    TooLarge,
    #[error("no access token to send")]
    Token,
    #[error("the rate limit would make it wait {seconds} s, more than allowed")]
    Paced { seconds: u64 },
    #[error("page {page} repeats the page before it")]
    RepeatedPage { page: u32 },
    #[error("asked for page {asked}, answered with page {answered}")]
    WrongPage { asked: u32, answered: u32 },
    #[error("the listing goes on after {limit} pages")]
    EndlessPages { limit: u32 },
    #[error("the request cannot be built")]
    Unbuildable,
}

impl Error {
    pub(crate) fn new(
        kind: ErrorKind,
        effect: Effect,
        operation: &'static str,
        cause: Cause,
    ) -> Self {
        Self(Box::new(Inner {
            kind,
            effect,
            operation,
            cause,
            status: None,
            retry_after: None,
            body: None,
            source: None,
        }))
    }

    pub(crate) fn with_reply(
        mut self,
        status: StatusCode,
        retry_after: Option<Duration>,
        body: Bytes,
    ) -> Self {
        self.0.status = Some(status);
        self.0.retry_after = retry_after;
        self.0.body = Some(body);
        self
    }

    /// Takes over the reply that led to this error by way of another.
    #[cfg(feature = "client")]
    pub(crate) fn with_reply_of(mut self, other: &Self) -> Self {
        self.0.status = other.0.status;
        self.0.body.clone_from(&other.0.body);
        self
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What to do about it.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether a write may have been applied all the same.
    pub fn effect(&self) -> Effect {
        self.0.effect
    }

    /// What was being done, such as `create bill`.
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// The HTTP status, if a reply came.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// How long FreshBooks asks to wait. Only with status 429: FreshBooks sends the header with
    /// every reply, where it means nothing.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// FreshBooks' own error numbers, field names and messages, in the order sent.
    pub fn problems(&self) -> &[Problem] {
        self.refusal().map_or(&[], |refusal| &refusal.problems)
    }

    /// The first error number, such as 1012.
    pub fn errno(&self) -> Option<u32> {
        self.problems().iter().find_map(|problem| problem.errno)
    }

    /// The first field named.
    pub fn field(&self) -> Option<&str> {
        self.problems()
            .iter()
            .find_map(|problem| problem.field.as_deref())
    }

    /// FreshBooks' first message. It can quote what was sent: show it to the owner of the data,
    /// keep it out of logs.
    pub fn message(&self) -> Option<&str> {
        self.problems()
            .iter()
            .find_map(|problem| problem.message.as_deref())
    }

    /// The error word of the authorization server, such as `invalid_grant`.
    pub fn code(&self) -> Option<&str> {
        self.refusal().and_then(|refusal| refusal.code.as_deref())
    }

    /// The plan feature whose absence caused the refusal.
    pub fn feature(&self) -> Option<Feature> {
        self.problems().iter().find_map(Problem::feature)
    }

    /// Whether another bill has this `bill_number`. Told from the field and the wording, because
    /// status and error number of this refusal are UNVERIFIED.
    pub fn is_duplicate_bill_number(&self) -> bool {
        self.problems()
            .iter()
            .any(Problem::is_duplicate_bill_number)
    }

    /// Whether the account has lapsed (errno 1042).
    pub fn is_inactive_account(&self) -> bool {
        self.problems()
            .iter()
            .any(|problem| problem.errno == Some(1042))
    }

    /// Whether the refresh token or code is spent or revoked: only a new authorization helps.
    pub fn is_invalid_grant(&self) -> bool {
        self.code() == Some("invalid_grant")
    }

    /// Whether nothing helps but a person who authorizes again: FreshBooks said so, or the token
    /// provider did. A refused access token alone does not mean that.
    pub fn needs_authorization(&self) -> bool {
        let no_token = matches!(self.0.cause, Cause::Token);
        self.is_invalid_grant() || no_token && self.0.kind == ErrorKind::Unauthenticated
    }

    /// The raw reply. It can hold anything, personal data included.
    pub fn body(&self) -> Option<&[u8]> {
        self.0.body.as_deref()
    }

    fn refusal(&self) -> Option<&Refusal> {
        if let Cause::Refused(refusal) = &self.0.cause {
            Some(refusal)
        } else {
            None
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.operation, self.0.cause)?;
        if let Some(status) = self.0.status {
            write!(f, " (status {})", status.as_u16())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("effect", &self.0.effect)
            .field("message", &self.to_string())
            .field("retry_after", &self.0.retry_after)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.source {
            Some(source) => Some(&**source),
            None => None,
        }
    }
}
