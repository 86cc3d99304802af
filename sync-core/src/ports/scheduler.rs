//! When a connection's next pass is due.

use std::fmt::Debug;

use chrono::{DateTime, Utc};

use crate::model::ConnectionId;

/// Knows when passes are due.
///
/// # Contract
/// Pure in its arguments: the same connection and instant always give the same answer, so that a host which was down
/// finds the missed run by asking again from its last run, runs it once, and asks from now.
pub trait Scheduler: Send + Sync + Debug {
    /// The first due instant strictly after `after`; `None` when the connection runs on demand only.
    fn next_run(&self, connection: &ConnectionId, after: DateTime<Utc>) -> Option<DateTime<Utc>>;
}
