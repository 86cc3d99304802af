//! What can go wrong between a request and its answer, other than the answer itself.

use std::time::Duration;

use crate::error::{Effect, Error, ErrorKind, Inner};
use crate::transport::{TransportError, TransportErrorKind};

#[derive(Debug, thiserror::Error)]
pub(crate) enum ExchangeError {
    #[error("find {what} in the answer: it does not exist or is not visible to this account")]
    Missing { what: String },
    #[error("receive the answer: it is longer than the limit of {limit} bytes")]
    TooLong { limit: u64 },
    #[error("reach Expensify")]
    Transport {
        kind: TransportErrorKind,
        source: TransportError,
    },
    #[error("set up the HTTP transport")]
    Setup {
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("download the export: not ready after {attempts} attempts in {waited:?}")]
    NotReady {
        attempts: u32,
        waited: Duration,
        source: Error,
    },
    #[error("resume the export: the file changed between two downloads")]
    Changed,
    #[error("take a place in the shared request budget: its file cannot be read or written")]
    Budget { source: std::io::Error },
    #[error("write the downloaded file")]
    Write { source: std::io::Error },
}

impl ExchangeError {
    pub(crate) const fn kind(&self) -> ErrorKind {
        match self {
            Self::Missing { .. } => ErrorKind::NotFound,
            Self::TooLong { .. } => ErrorKind::Unexpected,
            Self::Transport { .. } => ErrorKind::Unreachable,
            Self::Setup { .. } => ErrorKind::Invalid,
            Self::NotReady { .. } | Self::Changed | Self::Budget { .. } | Self::Write { .. } => {
                ErrorKind::Unavailable
            }
        }
    }

    pub(crate) const fn effect(&self) -> Effect {
        match self {
            Self::Missing { .. }
            | Self::Setup { .. }
            | Self::Budget { .. }
            | Self::Write { .. }
            | Self::Transport {
                kind: TransportErrorKind::Connect,
                ..
            } => Effect::None,
            Self::TooLong { .. }
            | Self::Transport { .. }
            | Self::NotReady { .. }
            | Self::Changed => Effect::Unknown,
        }
    }

    /// The answer that stands behind it, if there was one.
    pub(crate) const fn answer(&self) -> Option<&Error> {
        match self {
            Self::NotReady { source, .. } => Some(source),
            Self::Missing { .. }
            | Self::TooLong { .. }
            | Self::Transport { .. }
            | Self::Setup { .. }
            | Self::Changed
            | Self::Budget { .. }
            | Self::Write { .. } => None,
        }
    }
}

impl From<ExchangeError> for Error {
    fn from(error: ExchangeError) -> Self {
        Inner::Exchange(error).into()
    }
}
