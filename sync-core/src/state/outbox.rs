//! An outbox entry: a step that is durable before anything of it is sent.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Correction, CorrectionStage};
use crate::model::{ExpenseReport, Fingerprint, Money, RecordId, ReportId};
use crate::plan::{Cause, RecordDifference, Step, StepKey};

/// A durable step and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxEntry {
    /// Identity, also the mark in the ledger.
    pub key: StepKey,
    /// The report it came from.
    pub report: ReportId,
    /// What is intended.
    pub step: Step,
    /// Hash of what would be sent.
    pub payload: Fingerprint,
    /// How far it has come.
    pub state: EntryState,
    /// Sends begun so far, refused and unanswered ones included.
    pub attempts: u32,
    /// Sends repeated after proof of absence.
    pub resends: u32,
    /// Whether it came back to the plan although a record of it may exist: people may have moved that to any day since.
    #[serde(default)]
    pub sent_back: bool,
    /// Not to be sent before.
    pub not_before: Option<DateTime<Utc>>,
    /// What was last said about it, shortened, without data of either service.
    pub note: Option<String>,
    /// When it was planned.
    pub planned_at: DateTime<Utc>,
    /// When its state last changed.
    pub changed_at: DateTime<Utc>,
    /// A person's word that what is written stays, though the report says otherwise now.
    #[serde(default)]
    pub left_as_is: Option<LeftAsIs>,
}

/// What became of a record after we proved it written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Drift {
    /// A person deleted it. That is their decision; it is never written again by itself.
    Deleted,
    /// A person changed it.
    Changed(Vec<RecordDifference>),
    /// A person copied it, mark and all: these records carry it, ours among them.
    Copied(Vec<RecordId>),
}

/// Who took a difference as it is, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Acceptance {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A person's word that what is written stays, though the report says otherwise now. It holds for exactly what the report
/// says now: another change asks again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftAsIs {
    /// Whose word.
    pub acceptance: Acceptance,
    /// Content hash of the report.
    pub content: Fingerprint,
    /// Whether the report was approved.
    pub approved: bool,
    /// What the record would come to by the report.
    pub amount: Option<Money>,
}

impl LeftAsIs {
    /// Whether the word is about the report as it is.
    pub fn holds_for(&self, report: &ExpenseReport) -> bool {
        self.approved == report.state.is_approved() && self.content == report.fingerprint()
    }
}

/// How far an entry has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryState {
    /// Nothing is under way: to be probed for, then sent.
    Planned,
    /// The intent is durable; the request may be on the wire.
    Sending {
        /// Which send, counted from 1.
        attempt: u32,
        /// The lease it was begun under.
        fence: u64,
        /// When.
        since: DateTime<Utc>,
    },
    /// Sent, outcome not known. Only a probe leads out.
    Unknown {
        /// Which send.
        attempt: u32,
        /// When the outcome became unknown: the quiet time runs from here.
        since: DateTime<Utc>,
        /// Complete listings since then that showed no record.
        absences: u32,
        /// The last of them.
        absent_at: Option<DateTime<Utc>>,
    },
    /// The record exists; not yet compared field by field.
    Posted {
        /// Its id.
        record: RecordId,
        /// Since when we know.
        at: DateTime<Utc>,
    },
    /// The record exists and equals the plan.
    Verified {
        /// Its id.
        record: RecordId,
        /// Since when we know.
        at: DateTime<Utc>,
    },
    /// The record was ours and a person has since changed or deleted it.
    Drifted {
        /// Its id.
        record: RecordId,
        /// What became of it.
        drift: Drift,
        /// Since when we know.
        at: DateTime<Utc>,
        /// Set once a person took it as it is; the difference stays named.
        #[serde(default)]
        accepted: Option<Acceptance>,
    },
    /// A person ordered that the record be changed or voided, and that is not proven done yet.
    Correcting {
        /// The record.
        record: RecordId,
        /// What was ordered.
        correction: Box<Correction>,
        /// How far it has come.
        stage: CorrectionStage,
        /// Requests begun for it.
        attempts: u32,
    },
    /// The record was voided by a person's order, and a complete listing has shown that none under its mark counts any
    /// more. Final: what the report still holds of it is written under the mark's next revision.
    Voided {
        /// The voided record; absent when only its replacement was seen.
        record: Option<RecordId>,
        /// Since when we know.
        at: DateTime<Utc>,
    },
    /// A person must decide.
    InReview {
        /// Why.
        cause: Cause,
        /// The ledger's record, where one is concerned.
        record: Option<RecordId>,
    },
    /// A person decided that it is not to be written.
    Skipped {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
    /// Withdrawn before anything was sent, because the report changed.
    Cancelled,
}

/// The name of an [`EntryState`], for queries and counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StateName {
    /// See [`EntryState::Planned`].
    Planned,
    /// See [`EntryState::Sending`].
    Sending,
    /// See [`EntryState::Unknown`].
    Unknown,
    /// See [`EntryState::Posted`].
    Posted,
    /// See [`EntryState::Verified`].
    Verified,
    /// See [`EntryState::Drifted`].
    Drifted,
    /// See [`EntryState::Correcting`].
    Correcting,
    /// See [`EntryState::Voided`].
    Voided,
    /// See [`EntryState::InReview`].
    InReview,
    /// See [`EntryState::Skipped`].
    Skipped,
    /// See [`EntryState::Cancelled`].
    Cancelled,
}

impl StateName {
    /// Every state.
    pub const ALL: [Self; 11] = [
        Self::Planned,
        Self::Sending,
        Self::Unknown,
        Self::Posted,
        Self::Verified,
        Self::Drifted,
        Self::Correcting,
        Self::Voided,
        Self::InReview,
        Self::Skipped,
        Self::Cancelled,
    ];

    /// The word in stored rows and for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Posted => "posted",
            Self::Verified => "verified",
            Self::Drifted => "drifted",
            Self::Correcting => "correcting",
            Self::Voided => "voided",
            Self::InReview => "in_review",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
        }
    }
}

impl StateName {
    /// Whether an entry in this state is proof that a record was in the books: it is there, or was voided.
    pub const fn has_record(self) -> bool {
        match self {
            Self::Posted | Self::Verified | Self::Drifted | Self::Correcting | Self::Voided => true,
            // In review it depends on why.
            Self::Planned
            | Self::Sending
            | Self::Unknown
            | Self::InReview
            | Self::Skipped
            | Self::Cancelled => false,
        }
    }

    /// Whether it goes on by itself: neither done nor waiting for a person.
    pub const fn is_under_way(self) -> bool {
        match self {
            Self::Planned | Self::Sending | Self::Unknown | Self::Posted | Self::Correcting => true,
            Self::Verified
            | Self::Drifted
            | Self::Voided
            | Self::InReview
            | Self::Skipped
            | Self::Cancelled => false,
        }
    }
}

impl EntryState {
    /// Its name.
    pub const fn name(&self) -> StateName {
        match self {
            Self::Planned => StateName::Planned,
            Self::Sending { .. } => StateName::Sending,
            Self::Unknown { .. } => StateName::Unknown,
            Self::Posted { .. } => StateName::Posted,
            Self::Verified { .. } => StateName::Verified,
            Self::Drifted { .. } => StateName::Drifted,
            Self::Correcting { .. } => StateName::Correcting,
            Self::Voided { .. } => StateName::Voided,
            Self::InReview { .. } => StateName::InReview,
            Self::Skipped { .. } => StateName::Skipped,
            Self::Cancelled => StateName::Cancelled,
        }
    }

    /// Under which lease its request was begun, while that may be on the wire.
    pub const fn begun_under(&self) -> Option<u64> {
        match self {
            Self::Sending { fence, .. }
            | Self::Correcting {
                stage: CorrectionStage::Sending { fence, .. },
                ..
            } => Some(*fence),
            Self::Planned
            | Self::Correcting { .. }
            | Self::Unknown { .. }
            | Self::Posted { .. }
            | Self::Verified { .. }
            | Self::Drifted { .. }
            | Self::Voided { .. }
            | Self::InReview { .. }
            | Self::Skipped { .. }
            | Self::Cancelled => None,
        }
    }

    /// Whether the entry's expenses are in it, so that no other entry may hold them.
    pub const fn holds_expenses(&self) -> bool {
        !matches!(self, Self::Cancelled | Self::Voided { .. })
    }

    /// The ledger's record, where one is known that may count.
    pub const fn record(&self) -> Option<RecordId> {
        match self {
            Self::Posted { record, .. }
            | Self::Verified { record, .. }
            | Self::Drifted { record, .. }
            | Self::Correcting { record, .. } => Some(*record),
            Self::InReview { record, .. } => *record,
            Self::Planned
            | Self::Sending { .. }
            | Self::Unknown { .. }
            | Self::Voided { .. }
            | Self::Skipped { .. }
            | Self::Cancelled => None,
        }
    }
}

impl OutboxEntry {
    /// A step that has just been planned.
    pub fn planned(report: ReportId, step: Step, now: DateTime<Utc>) -> Self {
        Self {
            key: step.key.clone(),
            report,
            payload: step.draft.fingerprint(),
            step,
            state: EntryState::Planned,
            attempts: 0,
            resends: 0,
            sent_back: false,
            not_before: None,
            note: None,
            planned_at: now,
            changed_at: now,
            left_as_is: None,
        }
    }

    /// Whether a record of it may be dated any day by now: a listing around its own day proves nothing.
    pub fn may_be_anywhere(&self) -> bool {
        self.state.name() == StateName::Unknown || self.resends > 0 || self.sent_back
    }

    /// Whether nothing of it can be in the ledger by our doing: never sent, and not taken over from the ledger.
    pub fn is_untouched(&self) -> bool {
        self.attempts == 0 && self.state.record().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples;

    #[test]
    fn what_a_state_proves_and_whether_it_goes_on_by_itself_is_one_table() {
        // Was a record in the books for certain; does it go on by itself.
        for (state, record, goes_on) in [
            (StateName::Planned, false, true),
            (StateName::Sending, false, true),
            (StateName::Unknown, false, true),
            (StateName::Posted, true, true),
            (StateName::Verified, true, false),
            (StateName::Drifted, true, false),
            (StateName::Correcting, true, true),
            (StateName::Voided, true, false),
            (StateName::InReview, false, false),
            (StateName::Skipped, false, false),
            (StateName::Cancelled, false, false),
        ] {
            assert_eq!(
                (state.has_record(), state.is_under_way()),
                (record, goes_on),
                "{state:?}"
            );
        }
    }

    #[test]
    fn an_entry_gives_its_expenses_free_only_once_it_is_cancelled_or_voided() {
        let (record, at) = (RecordId::new(9), samples::start());
        assert!(EntryState::Planned.holds_expenses());
        assert!(EntryState::Posted { record, at }.holds_expenses());
        assert!(!EntryState::Cancelled.holds_expenses());
        let record = Some(record);
        assert!(!EntryState::Voided { record, at }.holds_expenses());
    }

    #[test]
    fn an_entry_is_untouched_until_it_was_sent_or_taken_over() {
        let report = samples::report("R00A", &[1250]);
        let planned = OutboxEntry::planned(
            report.id.clone(),
            samples::bill_step(&report),
            samples::start(),
        );
        assert!(planned.is_untouched());
        let sent = OutboxEntry {
            attempts: 1,
            ..planned.clone()
        };
        let adopted = OutboxEntry {
            state: EntryState::Posted {
                record: RecordId::new(9),
                at: samples::start(),
            },
            ..planned
        };
        assert!(!sent.is_untouched() && !adopted.is_untouched());
    }
}
