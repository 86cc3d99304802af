//! What is to be written for a report, decided without I/O: total, deterministic, every choice with its reason.

mod bill;
mod cause;
mod compare;
mod date;
mod describe;
mod finding;
mod line;
mod paid;
mod planner;
mod provenance;
mod scope;
mod source;
mod step;
mod sum;
mod vendor;
mod wording;

pub use crate::mapping::{Candidate, Source};
pub use cause::{Cause, CauseKey, RecordDifference};
pub use compare::differences;
pub use finding::{Finding, Skip, SkipReason};
pub use planner::{Planner, plan_report};
pub use provenance::{AmountSource, Chosen, LineProvenance};
pub use step::{Planned, Step, StepKey};

pub(crate) use scope::out_of_scope;
pub(crate) use source::source_of;
pub(crate) use sum::summed;
