//! Approved in Expensify against where the money is now.

use std::collections::BTreeMap;

use serde::Serialize;
use sync_core::model::{Currency, Money, RecordId};
use sync_core::plan::RecordDifference;
use sync_core::state::{Acceptance, Discrepancy, Reconciliation, ReconciliationRow};

use super::View;
use super::money::Amount;
use super::table::{Header, Table};
use super::text::plain;

/// Reconciliations of one or more connections.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct ReconcileView {
    connections: Vec<ConnectionView>,
}

#[derive(Clone, Debug, Serialize)]
struct ConnectionView {
    connection: String,
    agrees: bool,
    rows: Vec<RowView>,
    totals: Vec<RowView>,
    disagreeing: Vec<DisagreeingView>,
    discrepancies: Vec<DiscrepancyView>,
}

#[derive(Clone, Debug, Serialize)]
struct RowView {
    workspace: Option<String>,
    month: Option<String>,
    currency: String,
    approved: String,
    posted: String,
    in_flight: String,
    in_review: String,
    skipped: String,
    drifted: String,
    difference: String,
}

#[derive(Clone, Debug, Serialize)]
struct DisagreeingView {
    report: String,
    approved: Option<Amount>,
    accounted: Option<Amount>,
}

#[derive(Clone, Debug, Serialize)]
struct DiscrepancyView {
    what: &'static str,
    about: String,
    breaks_agreement: bool,
    detail: String,
}

impl ReconcileView {
    /// Adds a connection.
    pub(crate) fn push(&mut self, connection: &str, reconciliation: &Reconciliation) {
        self.connections.push(ConnectionView {
            connection: connection.to_owned(),
            agrees: reconciliation.agrees(),
            rows: reconciliation.rows.iter().map(RowView::of).collect(),
            totals: totals(&reconciliation.rows),
            disagreeing: reconciliation
                .disagreeing
                .iter()
                .map(|report| DisagreeingView {
                    report: report.report.to_string(),
                    approved: report.approved.map(Amount::from),
                    accounted: report.accounted.map(Amount::from),
                })
                .collect(),
            discrepancies: reconciliation
                .discrepancies
                .iter()
                .map(DiscrepancyView::of)
                .collect(),
        });
    }

    /// Whether everything agrees, to the cent.
    pub(crate) fn agrees(&self) -> bool {
        self.connections.iter().all(|connection| connection.agrees)
    }
}

/// The money columns of a row, in their order.
type Columns = [Money; 7];

fn columns(row: &ReconciliationRow) -> Columns {
    [
        row.approved,
        row.posted,
        row.in_flight,
        row.in_review,
        row.skipped,
        row.drifted,
        row.difference,
    ]
}

fn totals(rows: &[ReconciliationRow]) -> Vec<RowView> {
    let mut sums: BTreeMap<Currency, Columns> = BTreeMap::new();
    for row in rows {
        let sum = sums
            .entry(row.currency)
            .or_insert([Money::zero(row.currency); 7]);
        for (sum, amount) in sum.iter_mut().zip(columns(row)) {
            // A sum beyond a decimal is left out here; the rows themselves are checked by the core.
            *sum = sum.checked_add(amount).unwrap_or(*sum);
        }
    }
    sums.into_iter()
        .map(|(currency, sum)| RowView::from_columns(None, None, currency, &sum))
        .collect()
}

impl RowView {
    fn of(row: &ReconciliationRow) -> Self {
        let month = row.month.map(|month| month.format("%Y-%m").to_string());
        Self::from_columns(
            Some(row.workspace.to_string()),
            month,
            row.currency,
            &columns(row),
        )
    }

    fn from_columns(
        workspace: Option<String>,
        month: Option<String>,
        currency: Currency,
        columns: &Columns,
    ) -> Self {
        let [
            approved,
            posted,
            in_flight,
            in_review,
            skipped,
            drifted,
            difference,
        ] = columns.map(|money| money.to_plain_string());
        Self {
            workspace,
            month,
            currency: currency.to_string(),
            approved,
            posted,
            in_flight,
            in_review,
            skipped,
            drifted,
            difference,
        }
    }

    fn cells(&self, label: &str) -> [String; 10] {
        [
            self.workspace.clone().unwrap_or_else(|| label.to_owned()),
            self.month.clone().unwrap_or_default(),
            self.currency.clone(),
            self.approved.clone(),
            self.posted.clone(),
            self.in_flight.clone(),
            self.in_review.clone(),
            self.skipped.clone(),
            self.drifted.clone(),
            self.difference.clone(),
        ]
    }
}

impl DiscrepancyView {
    #[expect(
        clippy::too_many_lines,
        reason = "one arm per discrepancy; a split match would need a wildcard"
    )]
    fn of(discrepancy: &Discrepancy) -> Self {
        let (what, about, detail) = match discrepancy {
            Discrepancy::Edited {
                key,
                record,
                differences,
                accepted,
            } => (
                "edited in FreshBooks",
                key.to_string(),
                with_acceptance(edits(*record, differences), accepted.as_ref()),
            ),
            Discrepancy::Deleted {
                key,
                record,
                accepted,
            } => (
                "deleted in FreshBooks",
                key.to_string(),
                with_acceptance(
                    format!("record {record}; it is not written again by itself"),
                    accepted.as_ref(),
                ),
            ),
            Discrepancy::LeftAsIs {
                key,
                written,
                approved,
                acceptance,
            } => (
                "changed in Expensify",
                key.to_string(),
                with_acceptance(amounts(*written, *approved), Some(acceptance)),
            ),
            Discrepancy::NotApproved {
                report,
                state,
                written,
            } => (
                "not approved any more in Expensify",
                report.to_string(),
                written.map_or_else(
                    || format!("it is {state}"),
                    |written| format!("it is {state}; {written} of it was written"),
                ),
            ),
            Discrepancy::Missing { key, record } => (
                "missing in FreshBooks",
                key.to_string(),
                format!("record {record}"),
            ),
            Discrepancy::Duplicate { key, records, .. } => {
                let records: Vec<_> = records.iter().map(ToString::to_string).collect();
                (
                    "written more than once",
                    key.to_string(),
                    format!("records {}", records.join(", ")),
                )
            }
            Discrepancy::Standing { key, record, total } => (
                "counts though nothing should",
                key.to_string(),
                record_of(*record, *total),
            ),
            Discrepancy::Unknown {
                marker,
                record,
                total,
            } => (
                "marked as ours, yet unknown",
                marker.to_string(),
                record_of(*record, *total),
            ),
        };
        Self {
            what,
            about,
            breaks_agreement: discrepancy.breaks_agreement(),
            detail,
        }
    }
}

impl DiscrepancyView {
    fn text(&self) -> String {
        plain(&format!("{}: {}: {}", self.what, self.about, self.detail))
    }
}

/// One line about a discrepancy.
pub(super) fn discrepancy_text(discrepancy: &Discrepancy) -> String {
    DiscrepancyView::of(discrepancy).text()
}

fn edits(record: RecordId, differences: &[RecordDifference]) -> String {
    let texts: Vec<_> = differences
        .iter()
        .map(|it| format!("{}: written {}, now {}", it.field, it.planned, it.observed))
        .collect();
    format!("record {record}: {}", texts.join("; "))
}

fn amounts(written: Option<Money>, approved: Option<Money>) -> String {
    let shown = |money: Option<Money>| {
        money.map_or_else(|| "unknown".to_owned(), |money| money.to_string())
    };
    format!(
        "written {}, by the report {}",
        shown(written),
        shown(approved)
    )
}

fn record_of(record: RecordId, total: Option<Money>) -> String {
    let total = total
        .map(|total| format!(" of {total}"))
        .unwrap_or_default();
    format!("record {record}{total}")
}

fn with_acceptance(detail: String, accepted: Option<&Acceptance>) -> String {
    match accepted {
        None => detail,
        Some(accepted) => format!(
            "{detail}; left as it is by {}: {}",
            accepted.by, accepted.reason
        ),
    }
}

impl View for ReconcileView {
    const SCHEMA: &'static str = "ml-connector/reconcile/1";

    fn text(&self) -> String {
        self.connections
            .iter()
            .map(connection_text)
            .collect::<Vec<_>>()
            .join("\n\n")
    }
}

fn connection_text(connection: &ConnectionView) -> String {
    let mut table = Table::new(&[
        Header::Whole("workspace"),
        Header::Whole("month"),
        Header::Whole(""),
        Header::Right("approved in Expensify"),
        Header::Right("in FreshBooks"),
        Header::Right("in flight"),
        Header::Right("in review"),
        Header::Right("left out"),
        Header::Right("changed there"),
        Header::Right("difference"),
    ]);
    for row in &connection.rows {
        table.row(row.cells(""));
    }
    for row in &connection.totals {
        table.row(row.cells("total"));
    }
    let verdict = if connection.agrees {
        "agrees to the cent"
    } else {
        "DOES NOT AGREE"
    };
    let mut lines = vec![
        format!("connection {}: {verdict}", connection.connection),
        table.or("no reports in the period"),
    ];
    for report in &connection.disagreeing {
        let shown = |amount: &Option<Amount>| {
            amount
                .as_ref()
                .map_or_else(|| "unknown".to_owned(), ToString::to_string)
        };
        let (approved, accounted) = (shown(&report.approved), shown(&report.accounted));
        lines.push(format!(
            "report {}: approved {approved}, accounted for {accounted}",
            report.report
        ));
    }
    for discrepancy in &connection.discrepancies {
        lines.push(discrepancy.text());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use sync_core::model::WorkspaceId;

    use super::*;

    fn usd(hundredths: i64) -> Money {
        Money::from_hundredths(hundredths, Currency::parse("USD").unwrap())
    }

    fn row(workspace: &str, approved: i64, posted: i64, difference: i64) -> ReconciliationRow {
        ReconciliationRow {
            workspace: WorkspaceId::new(workspace),
            currency: usd(0).currency(),
            month: chrono::NaiveDate::from_ymd_opt(2026, 11, 1),
            approved: usd(approved),
            posted: usd(posted),
            in_flight: usd(0),
            in_review: usd(0),
            skipped: usd(0),
            drifted: usd(0),
            difference: usd(difference),
        }
    }

    #[test]
    fn one_cent_off_is_said_and_summed() {
        let rows = vec![row("A", 1000, 1000, 0), row("B", 500, 499, 1)];
        let mut view = ReconcileView::default();
        view.push(
            "main",
            &Reconciliation {
                rows,
                ..Reconciliation::default()
            },
        );
        assert!(!view.agrees());
        let text = view.text();
        assert!(
            text.contains("DOES NOT AGREE") && text.contains("15.00") && text.contains("0.01"),
            "{text}"
        );
        assert_eq!(view.connections[0].totals[0].difference, "0.01");
    }
}
