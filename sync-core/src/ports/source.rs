//! Where approved reports come from.

use std::fmt::Debug;

use async_trait::async_trait;
use chrono::NaiveDate;

use crate::error::Result;
use crate::model::{Currency, ExpenseReport, ReportId, WorkspaceId};

/// Which reports to read. One query is one export and its download, whatever the number of workspaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportQuery {
    /// Workspaces.
    pub workspaces: Vec<WorkspaceId>,
    /// By what.
    pub anchor: ExportAnchor,
}

/// By what reports are selected; Expensify wants exactly one anchor (reference 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportAnchor {
    /// Approved strictly after this day.
    ApprovedAfter(NaiveDate),
    /// Submitted or created (the later) on these days, both included; at most a year.
    Window {
        /// First day.
        from: NaiveDate,
        /// Last day.
        to: NaiveDate,
    },
    /// These reports, in whatever state they are.
    Reports(Vec<ReportId>),
}

/// One thing read from an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceItem {
    /// A report, complete with its expenses.
    Report(Box<ExpenseReport>),
    /// A report that could not be understood; the others of the export are not affected.
    Unreadable {
        /// Which.
        report: ReportId,
        /// What was wrong, without the data itself.
        why: String,
    },
}

/// The reports of an export, one after the other.
///
/// # Contract
/// `None` comes only after the export's own end mark was read and its counts agreed. Whatever else ends the stream (cut
/// off, foreign, HTML) is an error, and then the reports given so far must not move the watermark.
#[async_trait]
pub trait ReportStream: Send {
    /// The next item.
    async fn next(&mut self) -> Result<Option<SourceItem>>;
}

/// A workspace the credentials can see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceWorkspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name; names repeat.
    pub name: String,
    /// The role of the credentials' owner.
    pub role: String,
    /// Its output currency.
    pub currency: Option<Currency>,
}

/// What Expensify did with a request to mark reports reimbursed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReimbursementReply {
    /// Marked.
    pub marked: Vec<ReportId>,
    /// Left as they were, with Expensify's reason.
    pub skipped: Vec<(ReportId, String)>,
}

/// Requests made to the source since it was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceUsage {
    /// Exports asked for.
    pub exports: u64,
    /// Downloads asked for, not-ready answers included.
    pub downloads: u64,
    /// Anything else.
    pub other: u64,
}

/// Where approved reports come from.
///
/// # Guarantees the engine relies on
/// It may repeat a report, it must not skip one that matches. It changes nothing in Expensify except through the two
/// `mark_…` methods.
///
/// # Concurrency
/// Calls may run at once; the implementation keeps Expensify's rate limits over all of them.
#[async_trait]
pub trait ExpenseSource: Send + Sync + Debug {
    /// Asks for an export and opens its download.
    ///
    /// # Errors
    /// `Unauthorized` for refused credentials, `Invalid` for a query that can never succeed, else `Unavailable`.
    async fn export(&self, query: &ExportQuery) -> Result<Box<dyn ReportStream>>;

    /// Lists the workspaces the credentials can see. If one is missing here, an export simply lacks its reports.
    async fn workspaces(&self) -> Result<Vec<SourceWorkspace>>;

    /// Marks reports as exported under a label, for people in Expensify to see. Idempotent; cannot be undone.
    async fn mark_exported(&self, reports: &[ReportId], label: &str) -> Result<()>;

    /// Marks approved reports as reimbursed. Idempotent; cannot be undone.
    async fn mark_reimbursed(&self, reports: &[ReportId]) -> Result<ReimbursementReply>;

    /// Requests made so far.
    fn usage(&self) -> SourceUsage;
}
