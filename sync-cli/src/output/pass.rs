//! What a pass did and cost.

use serde::Serialize;
use sync_core::engine::PassSummary;

use super::View;
use super::money::{Amount, amounts, joined};
use super::table::{Header, Table};
use super::text::count;
use crate::failure::Failure;

/// Passes of one or more connections.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SyncView {
    /// One per connection.
    pub(crate) passes: Vec<PassView>,
}

/// One connection's pass, or why it failed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PassView {
    connection: String,
    #[serde(flatten)]
    result: PassResult,
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "result", rename_all = "snake_case")]
enum PassResult {
    Done(Box<Figures>),
    Failed { what: String, fix: String },
}

#[derive(Clone, Debug, Serialize)]
struct Figures {
    reports_new: u64,
    reports_changed: u64,
    reports_unchanged: u64,
    reports_unreadable: u64,
    reports_planned: u64,
    records_written: u64,
    records_adopted: u64,
    records_verified: u64,
    records_corrected: u64,
    reports_approved_ahead: Vec<Ahead>,
    amounts_written: Vec<Amount>,
    reports_held: u64,
    review_items: u64,
    unconfirmed: u64,
    waiting: u64,
    drifted: u64,
    reports_labelled: u64,
    reports_told_reimbursed: u64,
    brake: Option<String>,
    interrupted: Option<String>,
    requests: Requests,
}

#[derive(Clone, Debug, Serialize)]
struct Ahead {
    report: String,
    approved_on: String,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Requests {
    expensify_exports: u64,
    expensify_downloads: u64,
    expensify_other: u64,
    freshbooks_listing_pages: u64,
    freshbooks_reference_pages: u64,
    freshbooks_reads: u64,
    freshbooks_writes: u64,
}

impl PassView {
    /// A finished pass.
    pub(crate) fn done(summary: &PassSummary) -> Self {
        Self {
            connection: summary.connection.to_string(),
            result: PassResult::Done(Box::new(figures(summary))),
        }
    }

    /// A pass that could not be made.
    pub(crate) fn failed(connection: &str, failure: &Failure) -> Self {
        let first = failure.complaints.first();
        let what = first
            .map(|complaint| complaint.what.clone())
            .unwrap_or_default();
        let fix = first
            .map(|complaint| complaint.fix.clone())
            .unwrap_or_default();
        Self {
            connection: connection.to_owned(),
            result: PassResult::Failed { what, fix },
        }
    }
}

fn figures(summary: &PassSummary) -> Figures {
    let (source, ledger) = (summary.requests.source, summary.requests.ledger);
    Figures {
        reports_new: summary.intake.new,
        reports_changed: summary.intake.changed,
        reports_unchanged: summary.intake.unchanged,
        reports_unreadable: summary.unreadable,
        reports_planned: summary.planned,
        records_written: summary.written,
        records_adopted: summary.adopted,
        records_verified: summary.verified,
        records_corrected: summary.corrected,
        reports_approved_ahead: summary
            .approved_ahead
            .iter()
            .map(|(report, day)| Ahead {
                report: report.to_string(),
                approved_on: day.to_string(),
            })
            .collect(),
        amounts_written: amounts(&summary.amounts),
        reports_held: summary.held_reports,
        review_items: summary.open_items,
        unconfirmed: summary.unconfirmed,
        waiting: summary.waiting,
        drifted: summary.drifted,
        reports_labelled: summary.acknowledged,
        reports_told_reimbursed: summary.reimbursed,
        brake: summary.braked.as_ref().map(|braked| braked.because.clone()),
        interrupted: summary.interrupted.as_ref().map(|stop| stop.why.clone()),
        requests: Requests {
            expensify_exports: source.exports,
            expensify_downloads: source.downloads,
            expensify_other: source.other,
            freshbooks_listing_pages: ledger.listing_pages,
            freshbooks_reference_pages: ledger.snapshot_pages,
            freshbooks_reads: ledger.reads,
            freshbooks_writes: ledger.writes,
        },
    }
}

impl View for SyncView {
    const SCHEMA: &'static str = "ml-connector/sync/1";

    fn text(&self) -> String {
        self.passes
            .iter()
            .map(pass_text)
            .collect::<Vec<_>>()
            .join("\n\n")
    }
}

fn pass_text(pass: &PassView) -> String {
    let figures = match &pass.result {
        PassResult::Done(figures) => figures,
        // Why, and what to do, stands on standard error.
        PassResult::Failed { .. } => {
            return format!("connection {}\nthe pass failed", pass.connection);
        }
    };
    let mut table = Table::new(&[Header::Left("pass"), Header::Right("")]);
    for (label, value) in figures.rows() {
        table.row([label.to_owned(), value]);
    }
    let mut text = format!(
        "connection {}\n{}\n{}",
        pass.connection,
        table.or(""),
        figures.requests.sentence()
    );
    for warning in figures.warnings() {
        text.push('\n');
        text.push_str(&super::text::plain(&warning));
    }
    text
}

impl Figures {
    fn rows(&self) -> Vec<(&'static str, String)> {
        let mut rows = vec![
            (
                "reports read",
                (self.reports_new + self.reports_changed + self.reports_unchanged).to_string(),
            ),
            (
                "  of these new or changed",
                (self.reports_new + self.reports_changed).to_string(),
            ),
            ("reports planned", self.reports_planned.to_string()),
            ("records written", self.records_written.to_string()),
            ("records verified", self.records_verified.to_string()),
        ];
        if !self.amounts_written.is_empty() {
            rows.push(("money written", joined(&self.amounts_written)));
        }
        let optional = [
            ("records found and taken over", self.records_adopted),
            ("records corrected as ordered", self.records_corrected),
            ("reports unreadable", self.reports_unreadable),
            ("outcome not proven yet", self.unconfirmed),
            ("waiting to be sent", self.waiting),
            ("changed or deleted in FreshBooks", self.drifted),
            ("reports labelled in Expensify", self.reports_labelled),
            ("reports told reimbursed", self.reports_told_reimbursed),
        ];
        rows.extend(
            optional
                .into_iter()
                .filter(|(_, value)| *value > 0)
                .map(|(label, value)| (label, value.to_string())),
        );
        rows.push(("reports held for review", self.reports_held.to_string()));
        rows.push(("review items open", self.review_items.to_string()));
        rows
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(because) = &self.brake {
            warnings.push(format!(
                "stopped by the brake: {because}. Nothing was sent; `sync --confirm` goes on."
            ));
        }
        if let Some(interrupted) = &self.interrupted {
            warnings.push(format!(
                "delivery stopped early: {interrupted}. The rest waits for the next pass."
            ));
        }
        for ahead in &self.reports_approved_ahead {
            warnings.push(format!(
                "report {} says it was approved on {}, a day to come: it is synced, but look at it in Expensify.",
                ahead.report, ahead.approved_on
            ));
        }
        if self.review_items > 0 {
            let items = count(self.review_items, "item");
            warnings.push(format!(
                "{items} to decide: see `ml-connector review list`."
            ));
        }
        warnings
    }
}

impl Requests {
    fn sentence(&self) -> String {
        format!(
            "requests: Expensify {} (exports {}, downloads {}, other {}); FreshBooks {} (reference pages {}, listing pages {}, single reads {}, writes {})",
            self.expensify_exports + self.expensify_downloads + self.expensify_other,
            self.expensify_exports,
            self.expensify_downloads,
            self.expensify_other,
            self.freshbooks_reference_pages
                + self.freshbooks_listing_pages
                + self.freshbooks_reads
                + self.freshbooks_writes,
            self.freshbooks_reference_pages,
            self.freshbooks_listing_pages,
            self.freshbooks_reads,
            self.freshbooks_writes,
        )
    }
}
