//! How far a source has been read.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// How far a connection's source has been read. Moves only in the transaction that stores what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    /// Latest approval day seen. The next export starts some days before it: Expensify's days have no stated zone and
    /// late approvals may be indexed late.
    pub approved_through: NaiveDate,
    /// Day of the last wide sweep.
    pub swept_on: Option<NaiveDate>,
}
