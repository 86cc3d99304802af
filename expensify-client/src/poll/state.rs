//! What a poll is told, and what it remembers.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};

use super::fingerprint::ContentHash;
use crate::ids::{PolicyId, ReportId};
use crate::job::ReportState;

/// What to ask for, and how. [`new`](Self::new) fills in the defaults; every field can be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollSettings {
    /// Reports in these states. Default: approved, reimbursed, and closed, which is where reports end in workspaces
    /// without approval.
    pub states: BTreeSet<ReportState>,
    /// Reports of these policies; none given means all that the account can see, which is the default.
    pub policies: BTreeSet<PolicyId>,
    /// Days before the watermark that are asked for again, because it is UNVERIFIED in which time zone a day of approval
    /// is counted and how late an approval is found. Default: 3.
    pub overlap_days: u32,
    /// How often to sweep, that is to ask by day of submission, for reports without a day of approval and those that
    /// the first question missed. Default: once a day.
    pub sweep_every: Duration,
    /// Days a sweep reaches back, whatever the watermark. Default: 90.
    pub sweep_days: u32,
    /// Days that reports are taken to wait for approval, where only the day of submission can be asked for because it is
    /// more than a year ago. Default: 90.
    pub approval_lag_days: u32,
    /// Most reports to remember; those not seen for longest are forgotten and would come as new. Default: 100,000, some
    /// 15 MiB.
    pub known_max: usize,
}

impl PollSettings {
    /// The defaults.
    #[expect(
        clippy::new_without_default,
        reason = "a default that is asked for by name"
    )]
    pub fn new() -> Self {
        Self {
            states: BTreeSet::from([
                ReportState::Approved,
                ReportState::Reimbursed,
                ReportState::Archived,
            ]),
            policies: BTreeSet::new(),
            overlap_days: 3,
            sweep_every: Duration::from_hours(24),
            sweep_days: 90,
            approval_lag_days: 90,
            known_max: 100_000,
        }
    }
}

/// What a poll remembers between its rounds. Plain values: store them as you like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollState {
    /// Everything approved by this day was read, as far as it could be seen then.
    pub watermark: NaiveDate,
    /// When the last sweep was read to its end.
    pub swept_at: Option<DateTime<Utc>>,
    /// The reports seen, and what was in them.
    pub known: BTreeMap<ReportId, KnownReport>,
}

/// A report that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownReport {
    /// What was in it.
    pub content: ContentHash,
    /// When it was last seen.
    pub seen_at: DateTime<Utc>,
}

impl PollState {
    /// Nothing seen yet: begins with reports approved on `day`. Some from before come too, by overlap and sweep.
    pub const fn starting(day: NaiveDate) -> Self {
        Self {
            watermark: day,
            swept_at: None,
            known: BTreeMap::new(),
        }
    }
}
