//! What is kept between passes, and the one function that may change an outbox entry.

mod audit;
mod change;
mod lease;
mod outbox;
mod record;
mod report;
mod review;
mod transition;
mod watermark;

pub use audit::{AuditChain, AuditDraft, AuditEntry, AuditFault, verify_chain};
pub use change::{PlanChange, compare_with_outbox};
pub use lease::Lease;
pub use outbox::{Drift, EntryState, OutboxEntry, StateName};
pub use record::{from_record, to_record};
pub use report::{Judgement, PlanCommit, ReportStatus, StoredReport};
pub use review::{Block, ReviewItem, ReviewStatus, blocks_of_entry, blocks_of_plan};
pub use transition::{EntryEvent, IllegalTransition, NotApplied, apply};
pub use watermark::Watermark;
