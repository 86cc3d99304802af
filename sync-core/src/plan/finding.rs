//! What a person should know or do about a report.

use serde::{Deserialize, Serialize};

use super::Cause;
use crate::model::{ExpenseId, Money};

/// A cause that holds a report, with what it is about. Findings always block; what merely deserves a word is a [`Skip`]
/// or part of the provenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Why.
    pub cause: Cause,
    /// The expense concerned; absent when it is the report as a whole.
    pub expense: Option<ExpenseId>,
    /// Money concerned, in the report's currency where known.
    pub amount: Option<Money>,
}

/// Why something is deliberately not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SkipReason {
    /// The amount is zero.
    ZeroAmount,
    /// The report holds no expenses.
    EmptyReport,
    /// Not approved: open, submitted or in a state this version does not know.
    NotApproved,
    /// Approved before the connection's start date.
    BeforeStartDate,
    /// A test report in live mode, or a live report in test mode.
    OtherMode,
    /// In a workspace this connection does not cover.
    OtherWorkspace,
}

impl SkipReason {
    /// The reason for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ZeroAmount => "amount is zero",
            Self::EmptyReport => "report has no expenses",
            Self::NotApproved => "report is not approved",
            Self::BeforeStartDate => "approved before the start date",
            Self::OtherMode => "test prefix does not fit the mode",
            Self::OtherWorkspace => "workspace is not part of this connection",
        }
    }

    /// Whether the whole report is out of scope, rather than a part of it.
    pub const fn is_whole_report(self) -> bool {
        match self {
            Self::ZeroAmount => false,
            Self::EmptyReport
            | Self::NotApproved
            | Self::BeforeStartDate
            | Self::OtherMode
            | Self::OtherWorkspace => true,
        }
    }
}

/// Something deliberately not written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skip {
    /// Why.
    pub reason: SkipReason,
    /// The expense; absent when it is the whole report.
    pub expense: Option<ExpenseId>,
    /// The part of the approved total this accounts for, in the report's currency.
    pub amount: Option<Money>,
}
