//! What a pass did.

use chrono::NaiveDate;

use crate::engine::Braked;
use crate::error::ErrorKind;
use crate::model::{ConnectionId, Money, ReportId};
use crate::ports::{IntakeSummary, LedgerUsage, SourceUsage};

/// Requests one pass cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestCounts {
    /// To Expensify.
    pub source: SourceUsage,
    /// To FreshBooks.
    pub ledger: LedgerUsage,
}

/// What stopped delivery before everything was sent. What was not sent is kept and goes on in the next pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interruption {
    /// What to do about it: `Unauthorized` needs a person, anything else only time.
    pub kind: ErrorKind,
    /// Why, for people.
    pub why: String,
}

/// What a pass did. Counts of records are of this pass, counts marked "now" are of the connection as the pass left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassSummary {
    /// Of which connection.
    pub connection: ConnectionId,
    /// Reports read.
    pub intake: IntakeSummary,
    /// Reports that could not be understood.
    pub unreadable: u64,
    /// Reports planned, for the first time or again.
    pub planned: u64,
    /// Records written.
    pub written: u64,
    /// Records found in FreshBooks under our mark and taken over instead of written.
    pub adopted: u64,
    /// Records read back and found equal to the plan.
    pub verified: u64,
    /// Corrections ordered by a person and proven done.
    pub corrected: u64,
    /// Reports that say they were approved on a day to come, the first 20. They are synced as any other, and read again on
    /// every pass until that day; the watermark does not follow them.
    pub approved_ahead: Vec<(ReportId, NaiveDate)>,
    /// Money written, per currency.
    pub amounts: Vec<Money>,
    /// Reports held for review, now.
    pub held_reports: u64,
    /// Open review items, now.
    pub open_items: u64,
    /// Records whose outcome is not proven yet, now: sent without an answer, or being corrected by a person's order.
    pub unconfirmed: u64,
    /// Records planned and not sent yet, now: throttled, waiting, or stopped by the brake.
    pub waiting: u64,
    /// Records a person changed or deleted in FreshBooks, now.
    pub drifted: u64,
    /// Reports whose exported label was set.
    pub acknowledged: u64,
    /// Reports Expensify was told to be reimbursed.
    pub reimbursed: u64,
    /// Set when the brake stopped the pass before anything was sent.
    pub braked: Option<Braked>,
    /// What stopped delivery early, for people; the work is kept and goes on in the next pass.
    pub interrupted: Option<Interruption>,
    /// What the pass cost.
    pub requests: RequestCounts,
}
