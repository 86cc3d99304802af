//! What a plan changes in the outbox.

use serde::{Deserialize, Serialize};

use super::OutboxEntry;
use crate::plan::{Finding, Planned, Step, StepKey};

/// A change to one outbox entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlanChange {
    /// A step that is not in the outbox yet.
    Insert(Step),
    /// A step that is there unsent, under the same key, with another payload.
    Replace(Step),
    /// A step that is there unsent and no longer planned.
    Withdraw(StepKey),
}

/// Compares a plan with what the outbox holds of the report.
///
/// Same key and same payload: already planned, nothing changes. Same key and other payload: replaced while unsent; once
/// sent, a finding with a proposed correction when the *source* changed, and nothing when only the mapping did.
pub fn compare_with_outbox(planned: &Planned, entries: &[OutboxEntry]) -> (Vec<PlanChange>, Vec<Finding>) {
    let _ = (planned, entries);
    unimplemented!()
}
