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
    PolicySummary, ReportField, Tag, TagLevelDefinition, TaxRate, Taxes, read_policies,
    read_policy_list,
};
pub use report_status::{NotReimbursed, ReimburseOutcome, read_reimburse_outcome};
