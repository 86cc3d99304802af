//! The error every port and the engine speak.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// What a caller should do about an [`Error`]. A kind exists only where the caller would act differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Someone else changed the same thing first: read again, then decide again.
    Conflict,
    /// Stored data contradicts itself or was written by a newer version: stop and ask a person.
    Corrupt,
    /// A broken invariant of this library: report it.
    Internal,
    /// The request can never succeed as it is: correct the settings, the data or the file.
    Invalid,
    /// The lease is held by another worker, or was lost: stop at once, write nothing more.
    LeaseLost,
    /// Credentials are missing, refused or lack a permission: a person must act; work waits.
    Unauthorized,
    /// Nothing is wrong here; try the same again later.
    Unavailable,
}

/// Whether a failed operation may have changed something on the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Certainly not applied.
    None,
    /// Perhaps applied: only a probe can tell.
    Unknown,
}

/// An error of `sync-core` or of one of its ports.
///
/// `Display` gives a lowercase fragment that reads after "failed to …" and holds ids at most: never a token, a
/// body or personal data. The cause is kept in [`source`](StdError::source) and is not repeated in the text.
pub struct Error {
    kind: ErrorKind,
    effect: Effect,
    message: String,
    retry_after: Option<Duration>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Makes an error of `kind` whose effect is [`Effect::None`].
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            effect: Effect::None,
            message: message.into(),
            retry_after: None,
            source: None,
        }
    }

    /// The request can never succeed as it is.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// Stored data contradicts itself.
    pub fn corrupt(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Corrupt, message)
    }

    /// Try again later.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unavailable, message)
    }

    /// Keeps the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// States that the failed operation may have been applied.
    #[must_use]
    pub fn with_unknown_effect(mut self) -> Self {
        self.effect = Effect::Unknown;
        self
    }

    /// Keeps how long the other side asked to wait.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// What to do about it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether it may have been applied.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// How long the other side asked to wait, if it did.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("effect", &self.effect)
            .field("message", &self.message)
            .field("retry_after", &self.retry_after)
            .field("source", &self.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| {
            let source: &(dyn StdError + 'static) = source;
            source
        })
    }
}
