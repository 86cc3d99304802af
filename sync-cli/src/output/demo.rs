//! What the demo shows beyond the other commands' results.

use serde::Serialize;

use super::View;
use super::money::{Amount, joined};
use super::table::{Header, Table};
use super::{PlanView, ReconcileView, RecordsView, ReviewListView, SyncView};

/// Reports and expenses that are deliberately not written.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct LeftOutView {
    /// In the order of their reports.
    pub(crate) left_out: Vec<LeftOut>,
}

/// One of them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LeftOut {
    /// The report.
    pub(crate) report: String,
    /// Its title.
    pub(crate) name: String,
    /// Which part of it.
    pub(crate) part: String,
    /// Why.
    pub(crate) reason: String,
}

impl View for LeftOutView {
    const SCHEMA: &'static str = "ml-connector/left-out/1";

    fn text(&self) -> String {
        let mut table = Table::new(&[
            Header::Left("report"),
            Header::Left("title"),
            Header::Left("part"),
            Header::Left("why"),
        ]);
        for row in &self.left_out {
            table.row([
                row.report.clone(),
                row.name.clone(),
                row.part.clone(),
                row.reason.clone(),
            ]);
        }
        table.or("nothing")
    }
}

/// Totals as the two services themselves hold them, counted without this program's records.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TotalsView {
    /// Approved reports, in Expensify.
    pub(crate) expensify_approved: Vec<Amount>,
    /// Bills in FreshBooks.
    pub(crate) freshbooks_bills: Vec<Amount>,
    /// Expenses in FreshBooks.
    pub(crate) freshbooks_expenses: Vec<Amount>,
    /// Both together.
    pub(crate) freshbooks_total: Vec<Amount>,
    /// What waits in the review queue.
    pub(crate) in_review: Vec<Amount>,
    /// What is deliberately not written.
    pub(crate) left_out: Vec<Amount>,
    /// Whether the first equals the sum of the last three.
    pub(crate) agrees: bool,
}

impl View for TotalsView {
    const SCHEMA: &'static str = "ml-connector/totals/1";

    fn text(&self) -> String {
        let shown = |amounts: &[Amount]| {
            if amounts.is_empty() {
                "0.00".to_owned()
            } else {
                joined(amounts)
            }
        };
        let mut table = Table::new(&[
            Header::Left("counted in the two services themselves"),
            Header::Right("total"),
        ]);
        for (label, amounts) in [
            ("approved in Expensify", &self.expensify_approved),
            ("bills in FreshBooks", &self.freshbooks_bills),
            ("expenses in FreshBooks", &self.freshbooks_expenses),
            ("bills and expenses in FreshBooks", &self.freshbooks_total),
            ("waiting for review", &self.in_review),
            ("left out, each with its reason", &self.left_out),
        ] {
            table.row([label.to_owned(), shown(amounts)]);
        }
        let verdict = if self.agrees {
            "approved = in FreshBooks + waiting + left out, to the cent"
        } else {
            "TOTALS DISAGREE"
        };
        format!("{}\n{verdict}", table.or(""))
    }
}

/// The whole demo, for programs.
#[derive(Debug, Serialize)]
pub(crate) struct DemoView {
    pub(crate) preview: PlanView,
    pub(crate) first_pass: SyncView,
    pub(crate) written: RecordsView,
    pub(crate) held: ReviewListView,
    pub(crate) left_out: LeftOutView,
    pub(crate) fixed: Vec<String>,
    pub(crate) second_pass: SyncView,
    pub(crate) written_after_fix: RecordsView,
    pub(crate) third_pass: SyncView,
    pub(crate) reconciliation: ReconcileView,
    pub(crate) totals: TotalsView,
    pub(crate) succeeded: bool,
}

impl View for DemoView {
    const SCHEMA: &'static str = "ml-connector/demo/1";

    fn text(&self) -> String {
        if self.succeeded {
            "The demo did what it promised.".to_owned()
        } else {
            "THE DEMO DID NOT DO WHAT IT PROMISED: see the tables above.".to_owned()
        }
    }
}
