//! What is to be written for a report, decided without I/O: total, deterministic, every choice with its reason.

mod cause;
mod finding;
mod provenance;
mod step;

pub use cause::{Candidate, Cause, CauseKey, RecordDifference};
pub use finding::{Finding, Skip, SkipReason};
pub use provenance::{AmountSource, Chosen, LineProvenance, Source};
pub use step::{Planned, Step, StepKey};
