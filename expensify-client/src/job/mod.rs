//! The jobs of the Integration Server, as typed parameters, and the requests that carry them.

mod download;
mod envelope;
mod export;
mod policy;
mod report_status;

pub use envelope::{FormBody, JobRequest};
pub use export::{ExportQuery, Label, OnFinish, ReportState};
pub use policy::{
    Category, Employee, Policies, Policy, PolicyListQuery, PolicyScope, PolicySection,
    PolicySummary, ReportField, Tag, TagLevelDefinition, TaxRate, Taxes,
};
pub use report_status::{NotReimbursed, ReimburseOutcome};

#[cfg(feature = "client")]
pub(crate) use {
    policy::{read_policies, read_policy_list},
    report_status::read_outcome,
};
