//! The right to work on a connection, for a time.

use chrono::{DateTime, Utc};

use crate::model::ConnectionId;

/// Held by one worker at a time. Its fence grows with every acquisition; a store refuses writes under an older one, so
/// that a worker which was paused past its lease cannot write over its successor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What it covers.
    pub connection: ConnectionId,
    /// The fencing token.
    pub fence: u64,
    /// Until when it holds.
    pub until: DateTime<Utc>,
}
