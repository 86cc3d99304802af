//! What can happen to an outbox entry.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::model::RecordId;
use crate::plan::{Cause, Step};
use crate::state::audit::ENGINE;
use crate::state::{Acceptance, Correction, Drift, LeftAsIs, StateName, VoidProof};

/// Why a send certainly changed nothing, and may be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum NotApplied {
    /// The batch's time ran out before this request was begun.
    NotStarted,
    /// Too many requests.
    Throttled,
    /// The access token was refused.
    Unauthorized,
    /// No connection was made: not a byte left.
    Unreachable,
}

impl NotApplied {
    /// The word for people and the audit trail.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotStarted => "not started",
            Self::Throttled => "throttled",
            Self::Unauthorized => "unauthorized",
            Self::Unreachable => "unreachable",
        }
    }
}

/// What happened to an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryEvent {
    /// The intent to send is made durable.
    BeginSend {
        /// The lease it is begun under.
        fence: u64,
    },
    /// The ledger answered with the record.
    Applied {
        /// Its id.
        record: RecordId,
    },
    /// Certainly nothing was written; it may be tried again.
    NotApplied {
        /// Why.
        why: NotApplied,
        /// Not before.
        retry_at: Option<DateTime<Utc>>,
    },
    /// Certainly nothing was written, and trying again would change nothing.
    Refused {
        /// Why.
        cause: Cause,
    },
    /// The outcome is not known.
    OutcomeUnknown {
        /// What was seen, shortened.
        note: String,
    },
    /// The worker that was sending is gone: its lease is no longer current.
    Abandoned,
    /// A probe found exactly one record with our mark that equals the plan.
    ProbeFound {
        /// Its id.
        record: RecordId,
    },
    /// A complete listing showed no record with our mark.
    ProbeAbsent,
    /// Absence is proven: quiet time and enough complete listings have passed.
    ProvenAbsent,
    /// A person must decide.
    Escalated {
        /// Why.
        cause: Cause,
        /// The record concerned.
        record: Option<RecordId>,
    },
    /// The record was read back and equals the plan.
    ReadBack,
    /// The record was read back, or not found any more, and a person has changed it.
    SeenDrifted {
        /// How.
        drift: Drift,
    },
    /// The report or the mapping changed before anything was sent.
    Replanned {
        /// The new step; same key.
        step: Box<Step>,
    },
    /// The report no longer holds this step, and nothing was sent.
    Withdrawn,
    /// A person corrected the record in the ledger after the report changed: the new step is what is expected from now
    /// on, and the next reading back compares with it.
    Corrected {
        /// Who.
        by: String,
        /// The new step; same key.
        step: Box<Step>,
    },
    /// A person ordered a correction; nothing of it is sent yet.
    CorrectionOrdered {
        /// What.
        correction: Box<Correction>,
        /// Of which record.
        record: RecordId,
    },
    /// Another record under the mark must be voided too, or instead.
    CorrectionRetargeted {
        /// Which.
        record: RecordId,
    },
    /// Reading, after the quiet time, showed the record as it was: the request may be sent once more.
    CorrectionUnapplied,
    /// Reading showed the record as ordered.
    CorrectionConfirmed,
    /// The correction cannot be carried out; a person must decide.
    CorrectionStopped {
        /// Why.
        cause: Cause,
    },
    /// A complete listing shows no record under the mark that counts: it was voided, here or by another installation.
    Voided {
        /// The proof.
        proof: VoidProof,
    },
    /// A person takes it as it is: a difference in the ledger, one in the report, or both.
    Accepted {
        /// Whose word.
        acceptance: Acceptance,
        /// How the record differs from what was written, if it does.
        drift: Option<(RecordId, Drift)>,
        /// The same word about the report, if that says otherwise now.
        report: Option<LeftAsIs>,
    },
    /// A person decides that it is not written.
    Skip {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
    /// A person names an existing record as this one.
    Adopt {
        /// Who.
        by: String,
        /// The record.
        record: RecordId,
    },
    /// A person has dealt with the cause: it is probed for and sent again.
    Reopen {
        /// Who.
        by: String,
    },
}

impl EntryEvent {
    /// Its name in the audit trail.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::BeginSend { .. } => "begin_send",
            Self::Applied { .. } => "applied",
            Self::NotApplied { .. } => "not_applied",
            Self::Refused { .. } => "refused",
            Self::OutcomeUnknown { .. } => "outcome_unknown",
            Self::Abandoned => "abandoned",
            Self::ProbeFound { .. } => "probe_found",
            Self::ProbeAbsent => "probe_absent",
            Self::ProvenAbsent => "proven_absent",
            Self::Escalated { .. } => "escalated",
            Self::ReadBack => "read_back",
            Self::SeenDrifted { .. } => "seen_drifted",
            Self::Replanned { .. } => "replanned",
            Self::Withdrawn => "withdrawn",
            Self::Corrected { .. } => "corrected",
            Self::CorrectionOrdered { .. } => "correction_ordered",
            Self::CorrectionRetargeted { .. } => "correction_retargeted",
            Self::CorrectionUnapplied => "correction_unapplied",
            Self::CorrectionConfirmed => "correction_confirmed",
            Self::CorrectionStopped { .. } => "correction_stopped",
            Self::Voided { .. } => "voided",
            Self::Accepted { .. } => "accepted",
            Self::Skip { .. } => "skip",
            Self::Adopt { .. } => "adopt",
            Self::Reopen { .. } => "reopen",
        }
    }

    /// Whose doing it is: a person's where one decided, else the engine's.
    pub(super) fn actor(&self) -> &str {
        match self {
            Self::Corrected { by, .. }
            | Self::Skip { by, .. }
            | Self::Adopt { by, .. }
            | Self::Reopen { by } => by,
            Self::CorrectionOrdered { correction, .. } => &correction.by,
            Self::Accepted { acceptance, .. } => &acceptance.by,
            Self::BeginSend { .. }
            | Self::Applied { .. }
            | Self::NotApplied { .. }
            | Self::Refused { .. }
            | Self::OutcomeUnknown { .. }
            | Self::Abandoned
            | Self::ProbeFound { .. }
            | Self::ProbeAbsent
            | Self::ProvenAbsent
            | Self::Escalated { .. }
            | Self::ReadBack
            | Self::SeenDrifted { .. }
            | Self::Replanned { .. }
            | Self::Withdrawn
            | Self::CorrectionRetargeted { .. }
            | Self::CorrectionUnapplied
            | Self::CorrectionConfirmed
            | Self::CorrectionStopped { .. }
            | Self::Voided { .. } => ENGINE,
        }
    }
}

/// An event that cannot happen in that state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("apply {event} to entry {key} in state {}", from.as_str())]
pub struct IllegalTransition {
    /// The entry.
    pub key: String,
    /// Its state.
    pub from: StateName,
    /// The event's name.
    pub event: &'static str,
}
