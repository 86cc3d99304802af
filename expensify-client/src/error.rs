//! The one error type of the crate, and what it says about the request that failed.

use std::fmt;
use std::time::Duration;

use crate::export::ExportError;

/// What the caller can do about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The credentials are good, the permission is not: have the Expensify account made an admin of the policy.
    Forbidden,
    /// The request is wrong and will stay wrong: change it before sending again.
    Invalid,
    /// The named policy, report or file does not exist or is not visible to this account.
    NotFound,
    /// The rate limit was hit: wait for [`Error::retry_after`], or half a minute, then send again.
    Throttled,
    /// The credentials were refused: make a new pair at `expensify.com/tools/integrations`.
    Unauthenticated,
    /// The service failed or is not ready: try later.
    Unavailable,
    /// The answer is not what the documentation promises: a person has to look at it.
    Unexpected,
    /// The service was not reached, or the connection broke: check the network and the base URL, then try again.
    Unreachable,
}

/// Whether the failed request may have changed something on Expensify's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// Certainly nothing was changed.
    None,
    /// Perhaps it was applied: look before sending it again. Of no concern for jobs that only read.
    Unknown,
}

/// Why a request failed.
///
/// `Display` reads after "failed to ...". It may hold report and policy IDs and file names, never credentials, bodies or
/// names of people; the text the service sent is kept apart in [`Error::response_message`].
pub struct Error(Box<Inner>);

#[derive(Debug, thiserror::Error)]
pub(crate) enum Inner {
    #[error("build the request: {what}")]
    Request { what: String },
    #[error(
        "get the request accepted: Expensify answered with response code {code} (HTTP status {status})"
    )]
    Api {
        status: u16,
        code: i64,
        message: String,
    },
    #[error("get the request accepted: Expensify's rate limit was hit (HTTP status {status})")]
    Throttled {
        status: u16,
        code: Option<i64>,
        message: String,
        retry_after: Option<Duration>,
    },
    #[error("get an answer: HTTP status {status}")]
    Http {
        status: u16,
        retry_after: Option<Duration>,
        excerpt: String,
    },
    #[error("get an answer: Expensify sent an HTML page with HTTP status {status}")]
    Html { status: u16, title: String },
    #[error("understand the answer: {what}")]
    Shape { status: u16, what: String },
    #[error("read the export")]
    Export { source: ExportError },
    #[error("read the file: not of its format at {place}")]
    File { place: String },
    #[cfg(feature = "client")]
    #[error(transparent)]
    Exchange(crate::exchange::ExchangeError),
}

impl Error {
    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match &*self.0 {
            Inner::Request { .. } => ErrorKind::Invalid,
            Inner::Api { code, message, .. } => kind_of_code(*code, message),
            Inner::Throttled { .. } => ErrorKind::Throttled,
            Inner::Http { status, .. } => kind_of_code(i64::from(*status), ""),
            Inner::Html { status, title } => kind_of_page(*status, title),
            Inner::Export { source } if source.is_cut_off() => ErrorKind::Unavailable,
            Inner::Shape { .. } | Inner::Export { .. } | Inner::File { .. } => {
                ErrorKind::Unexpected
            }
            #[cfg(feature = "client")]
            Inner::Exchange(error) => error.kind(),
        }
    }

    /// Whether the request may have been applied all the same.
    ///
    /// A refusal that was parsed (4xx as HTTP status or response code) and a connection that never came about are
    /// [`Effect::None`]; a timeout, a broken connection, any 5xx and an unreadable answer are [`Effect::Unknown`].
    pub fn effect(&self) -> Effect {
        match &*self.0 {
            Inner::Request { .. } | Inner::Throttled { .. } => Effect::None,
            // Whoever answers with a 5xx may have failed after the fact, whatever the body says.
            Inner::Api { status: 500.., .. } => Effect::Unknown,
            Inner::Api { code, .. } => effect_of_code(*code),
            Inner::Http { status, .. } | Inner::Html { status, .. } => {
                effect_of_code(i64::from(*status))
            }
            Inner::Shape { .. } | Inner::Export { .. } | Inner::File { .. } => Effect::Unknown,
            #[cfg(feature = "client")]
            Inner::Exchange(error) => error.effect(),
        }
    }

    /// HTTP status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        match &*self.0 {
            Inner::Api { status, .. }
            | Inner::Throttled { status, .. }
            | Inner::Http { status, .. }
            | Inner::Html { status, .. }
            | Inner::Shape { status, .. } => Some(*status),
            Inner::Request { .. } | Inner::Export { .. } | Inner::File { .. } => None,
            #[cfg(feature = "client")]
            Inner::Exchange(error) => error.answer()?.status(),
        }
    }

    /// `responseCode` of the answer's body, which is the verdict where the HTTP status is not.
    pub fn response_code(&self) -> Option<i64> {
        match &*self.0 {
            Inner::Api { code, .. } => Some(*code),
            Inner::Throttled { code, .. } => *code,
            Inner::Request { .. }
            | Inner::Http { .. }
            | Inner::Html { .. }
            | Inner::Shape { .. }
            | Inner::Export { .. }
            | Inner::File { .. } => None,
            #[cfg(feature = "client")]
            Inner::Exchange(error) => error.answer()?.response_code(),
        }
    }

    /// What the service said: its `responseMessage`, or the title of its HTML page. May name people; not for logs.
    pub fn response_message(&self) -> Option<&str> {
        let message = match &*self.0 {
            Inner::Api { message, .. } | Inner::Throttled { message, .. } => message,
            Inner::Html { title, .. } => title,
            Inner::Http { excerpt, .. } => excerpt,
            Inner::Request { .. }
            | Inner::Shape { .. }
            | Inner::Export { .. }
            | Inner::File { .. } => return None,
            #[cfg(feature = "client")]
            Inner::Exchange(error) => return error.answer()?.response_message(),
        };
        Some(message.as_str()).filter(|text| !text.is_empty())
    }

    /// How long the service asked to be left alone (`Retry-After`; UNVERIFIED that it is ever sent).
    pub fn retry_after(&self) -> Option<Duration> {
        match &*self.0 {
            Inner::Throttled { retry_after, .. } | Inner::Http { retry_after, .. } => *retry_after,
            Inner::Request { .. }
            | Inner::Api { .. }
            | Inner::Html { .. }
            | Inner::Shape { .. }
            | Inner::Export { .. }
            | Inner::File { .. } => None,
            #[cfg(feature = "client")]
            Inner::Exchange(error) => error.answer()?.retry_after(),
        }
    }

    /// The line and the problem, if an export file could not be read.
    pub fn export_error(&self) -> Option<&ExportError> {
        if let Inner::Export { source } = &*self.0 {
            Some(source)
        } else {
            None
        }
    }

    /// A file that is not what a [`FileContent`](crate::FileContent) wants; `place` says where, without quoting it.
    pub fn unreadable_file(place: impl Into<String>) -> Self {
        Inner::File {
            place: place.into(),
        }
        .into()
    }

    pub(crate) fn invalid(what: impl Into<String>) -> Self {
        Inner::Request { what: what.into() }.into()
    }

    pub(crate) fn shape(status: u16, what: impl Into<String>) -> Self {
        Inner::Shape {
            status,
            what: what.into(),
        }
        .into()
    }
}

/// The meaning of a code is the same as HTTP status and as `responseCode`; the text only refines it.
///
/// 500 is used for bad credentials and missing permission too, so there the text is all there is to go by.
fn kind_of_code(code: i64, message: &str) -> ErrorKind {
    let says = |words: &str| message.to_ascii_lowercase().contains(words);
    match code {
        401 => ErrorKind::Unauthenticated,
        403 if says("credential") => ErrorKind::Unauthenticated,
        403 => ErrorKind::Forbidden,
        404 => ErrorKind::NotFound,
        429 => ErrorKind::Throttled,
        408 => ErrorKind::Unavailable,
        // 666 is undocumented: a rule with the same actions exists.
        400..=499 | 666 => ErrorKind::Invalid,
        _ if says("not authorized") => ErrorKind::Forbidden,
        _ if says("authentication error") || says("invalid credential") => {
            ErrorKind::Unauthenticated
        }
        _ if says("is missing") || says("malformed") => ErrorKind::Invalid,
        500..=599 => ErrorKind::Unavailable,
        _ => ErrorKind::Unexpected,
    }
}

/// The status of an HTML page stands in its title as well, and only there when the page came with HTTP 200.
fn kind_of_page(status: u16, title: &str) -> ErrorKind {
    let in_title = title
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|word| word.parse::<i64>().ok())
        .find(|code| (400..=599).contains(code));
    match (status, in_title) {
        (200..=299, Some(code)) => kind_of_code(code, title),
        (200..=299, None) => ErrorKind::Unavailable,
        (_, _) => kind_of_code(i64::from(status), title),
    }
}

fn effect_of_code(code: i64) -> Effect {
    match code {
        408 => Effect::Unknown,
        400..=499 | 666 => Effect::None,
        _ => Effect::Unknown,
    }
}

impl From<Inner> for Error {
    fn from(inner: Inner) -> Self {
        Self(Box::new(inner))
    }
}

impl From<ExportError> for Error {
    fn from(source: ExportError) -> Self {
        Inner::Export { source }.into()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&*self.0)
    }
}
