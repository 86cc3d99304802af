//! What is kept between passes, and the one function that may change an outbox entry.

mod audit;
pub mod bookkeeping;
mod change;
mod configuration;
mod correction;
mod grant;
mod lease;
mod merkle;
mod outbox;
mod reconcile;
mod reconciliation;
mod record;
mod report;
mod review;
mod transition;
mod watermark;

pub use audit::{AuditChain, AuditDraft, AuditEntry, AuditFault, verify_chain};
pub(crate) use change::differs_from_source;
pub use change::{PlanChange, at_current_revisions, compare_with_outbox, owned_elsewhere};
pub use configuration::{Configuration, ConfigurationHashes};
pub use correction::{Copies, Correction, CorrectionStage, RecordChange, VoidProof};
pub(crate) use correction::{amount_now, not_updatable};
pub use grant::{
    GrantAction, GrantFailure, GrantObservation, GrantSettings, Recollection, StoredGrant,
    TokenWant, decide,
};
pub use lease::Lease;
pub use merkle::{MerkleTree, inclusion_path, root_of_path};
pub use outbox::{Acceptance, Drift, EntryState, LeftAsIs, OutboxEntry, StateName};
pub use reconcile::Reconciler;
pub use reconciliation::{
    DisagreeingReport, Discrepancy, ReconciledPart, ReconciledReport, Reconciliation,
    ReconciliationRow, Whereabouts,
};
pub use record::{from_record, to_record};
pub use report::{Absence, Judgement, PlanCommit, ReportStatus, StoredReport};
pub use review::{Block, ReviewItem, ReviewStatus, blocks_of_entry, blocks_of_plan};
pub use transition::{EntryEvent, IllegalTransition, NotApplied, apply};
pub use watermark::Watermark;
