//! The report for auditors: the whole population of approved reports and where each part of each of them is.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::Serialize;
use sync_core::model::{Currency, Money, WorkspaceId};
use sync_core::state::{ReconciledPart, Reconciliation, Whereabouts};

use super::{View, guarded_cell};
use crate::exit_code::ExitCode;
use crate::failure::Failure;

/// What a report rests on.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ReportParameters {
    pub(crate) connection: String,
    pub(crate) from: Option<NaiveDate>,
    pub(crate) to: Option<NaiveDate>,
    pub(crate) made_at: DateTime<Utc>,
    pub(crate) tool: &'static str,
    pub(crate) rules: String,
    pub(crate) audit_entries: u64,
    pub(crate) audit_root: String,
    pub(crate) public_key: String,
}

/// Everything approved in a period, and where it is.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CompletenessView {
    schema: &'static str,
    parameters: ReportParameters,
    agrees: bool,
    totals: Vec<TotalView>,
    reasons: Vec<ReasonView>,
    reports: Vec<ReportView>,
    parts: Vec<PartView>,
    unexplained: Vec<String>,
}

/// Counts and sums of a workspace and currency.
#[derive(Clone, Debug, Serialize)]
struct TotalView {
    workspace: String,
    currency: String,
    /// `approved`, a whereabouts, or `difference`.
    what: &'static str,
    count: u64,
    amount: String,
}

/// Counts and sums of what is elsewhere than simply posted, for one reason: those of a whereabouts sum to its total.
#[derive(Clone, Debug, Serialize)]
struct ReasonView {
    workspace: String,
    currency: String,
    whereabouts: &'static str,
    reason: String,
    count: u64,
    amount: String,
}

#[derive(Clone, Debug, Serialize)]
struct ReportView {
    number: u64,
    report: String,
    workspace: String,
    month: String,
    currency: String,
    approved: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct PartView {
    number: u64,
    report: String,
    workspace: String,
    month: String,
    currency: String,
    whereabouts: &'static str,
    amount: String,
    record: String,
    freshbooks_id: String,
    reason: String,
}

const HEADER: [&str; 12] = [
    "kind",
    "number",
    "workspace",
    "month",
    "currency",
    "report",
    "whereabouts",
    "count",
    "amount",
    "record",
    "freshbooks_id",
    "reason",
];

/// Which day of a report decides whether the period holds it.
const COUNTED_BY: &str = "day of approval; where there is none, of submission; where there is none either, of the last expense";

impl CompletenessView {
    pub(crate) fn new(parameters: ReportParameters, reconciliation: &Reconciliation) -> Self {
        let reports = reconciliation.reports.iter().zip(1_u64..);
        let parts = reconciliation.parts.iter().zip(1_u64..);
        let disagreeing = reconciliation.disagreeing.iter().map(|one| {
            let shown = |money: Option<Money>| {
                money.map_or_else(|| "unknown".to_owned(), |money| money.to_string())
            };
            format!(
                "report {}: approved {}, accounted for {}",
                one.report,
                shown(one.approved),
                shown(one.accounted)
            )
        });
        Self {
            schema: "ml-connector/completeness/1",
            parameters,
            agrees: reconciliation.agrees(),
            totals: totals(reconciliation),
            reasons: reasons(reconciliation),
            reports: reports
                .map(|(report, number)| ReportView {
                    number,
                    report: report.report.to_string(),
                    workspace: report.workspace.to_string(),
                    month: month(report.month),
                    currency: report.currency.to_string(),
                    approved: report.approved.map(|money| money.to_plain_string()),
                })
                .collect(),
            parts: parts
                .map(|(part, number)| PartView::of(number, part))
                .collect(),
            unexplained: disagreeing
                .chain(
                    reconciliation
                        .discrepancies
                        .iter()
                        .map(super::reconcile::discrepancy_text),
                )
                .collect(),
        }
    }

    /// As one JSON document.
    pub(crate) fn json(&self) -> Result<String, Failure> {
        let mut text = serde_json::to_string_pretty(self).map_err(|error| {
            Failure::new(
                ExitCode::Internal,
                format!("failed to write the report as JSON: {error}"),
                "please report this",
            )
        })?;
        text.push('\n');
        Ok(text)
    }

    /// As one table whose first column says what a row is; guarded against formulas.
    pub(crate) fn csv(&self) -> Result<String, Failure> {
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record(HEADER)?;
        for (name, value) in self.parameter_rows() {
            csv.write_record(row([
                ("kind", "parameter"),
                ("whereabouts", name),
                ("reason", &value),
            ]))?;
        }
        for total in &self.totals {
            csv.write_record(row([
                ("kind", "total"),
                ("workspace", &total.workspace),
                ("currency", &total.currency),
                ("whereabouts", total.what),
                ("count", &total.count.to_string()),
                ("amount", &total.amount),
            ]))?;
        }
        for one in &self.reasons {
            csv.write_record(row([
                ("kind", "reason"),
                ("workspace", &one.workspace),
                ("currency", &one.currency),
                ("whereabouts", one.whereabouts),
                ("count", &one.count.to_string()),
                ("amount", &one.amount),
                ("reason", &one.reason),
            ]))?;
        }
        for report in &self.reports {
            csv.write_record(row([
                ("kind", "approved"),
                ("number", &report.number.to_string()),
                ("workspace", &report.workspace),
                ("month", &report.month),
                ("currency", &report.currency),
                ("report", &report.report),
                ("amount", report.approved.as_deref().unwrap_or("unknown")),
            ]))?;
        }
        for part in &self.parts {
            csv.write_record(row([
                ("kind", "part"),
                ("number", &part.number.to_string()),
                ("workspace", &part.workspace),
                ("month", &part.month),
                ("currency", &part.currency),
                ("report", &part.report),
                ("whereabouts", part.whereabouts),
                ("amount", &part.amount),
                ("record", &part.record),
                ("freshbooks_id", &part.freshbooks_id),
                ("reason", &part.reason),
            ]))?;
        }
        for text in &self.unexplained {
            csv.write_record(row([("kind", "named"), ("reason", text)]))?;
        }
        let bytes = csv
            .into_inner()
            .map_err(|error| Failure::from(csv::Error::from(error.into_error())))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The summary that is printed.
    pub(crate) fn written_to(self, path: &Path) -> WrittenReportView {
        WrittenReportView {
            file: path.display().to_string(),
            agrees: self.agrees,
            reports: self.reports.len(),
            parts: self.parts.len(),
            totals: self.totals,
            parameters: self.parameters,
        }
    }

    fn parameter_rows(&self) -> [(&'static str, String); 11] {
        let it = &self.parameters;
        let day =
            |day: Option<NaiveDate>| day.map_or_else(|| "open".to_owned(), |day| day.to_string());
        [
            ("connection", it.connection.clone()),
            ("from", day(it.from)),
            ("to", day(it.to)),
            ("counted_by", COUNTED_BY.to_owned()),
            (
                "made_at",
                it.made_at.to_rfc3339_opts(SecondsFormat::Secs, true),
            ),
            ("tool", it.tool.to_owned()),
            ("rules", it.rules.clone()),
            (
                "audit_entries",
                format!("1 to {} without a gap", it.audit_entries),
            ),
            ("audit_root", it.audit_root.clone()),
            ("public_key", it.public_key.clone()),
            ("agrees", if self.agrees { "yes" } else { "no" }.to_owned()),
        ]
    }
}

impl PartView {
    fn of(number: u64, part: &ReconciledPart) -> Self {
        Self {
            number,
            report: part.report.to_string(),
            workspace: part.workspace.to_string(),
            month: month(part.month),
            currency: part.amount.currency().to_string(),
            whereabouts: part.whereabouts.as_str(),
            amount: part.amount.to_plain_string(),
            record: part
                .key
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            freshbooks_id: part.record.map(|id| id.to_string()).unwrap_or_default(),
            reason: part.reason.clone(),
        }
    }
}

/// What was written, and its totals.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct WrittenReportView {
    file: String,
    agrees: bool,
    reports: usize,
    parts: usize,
    totals: Vec<TotalView>,
    parameters: ReportParameters,
}

impl View for WrittenReportView {
    const SCHEMA: &'static str = "ml-connector/audit-report/1";

    fn text(&self) -> String {
        let mut lines = vec![format!(
            "{} reports in {} parts written to {}, signed in {}.note; {}",
            self.reports,
            self.parts,
            self.file,
            self.file,
            if self.agrees {
                "agrees to the cent"
            } else {
                "DOES NOT AGREE"
            }
        )];
        lines.extend(self.totals.iter().map(|total| {
            format!(
                "{} {}: {} {}, {}",
                total.workspace, total.currency, total.what, total.amount, total.count
            )
        }));
        super::text::plain_lines(&lines.join("\n"))
    }
}

/// Counts and sums per workspace and currency: approved, each whereabouts, and what is left: nothing, when all agrees.
fn totals(reconciliation: &Reconciliation) -> Vec<TotalView> {
    type Sums = BTreeMap<&'static str, (u64, Money)>;
    let mut groups: BTreeMap<(WorkspaceId, Currency), Sums> = BTreeMap::new();
    let mut add = |workspace: &WorkspaceId, what: &'static str, amount: Money| {
        let group = groups
            .entry((workspace.clone(), amount.currency()))
            .or_default();
        let (count, sum) = group
            .entry(what)
            .or_insert((0, Money::zero(amount.currency())));
        *count = count.saturating_add(1);
        // A sum beyond a decimal is left out here; the rows themselves are checked by the core.
        *sum = sum.checked_add(amount).unwrap_or(*sum);
    };
    for report in &reconciliation.reports {
        if let Some(approved) = report.approved {
            add(&report.workspace, "approved", approved);
        }
    }
    for part in &reconciliation.parts {
        add(&part.workspace, part.whereabouts.as_str(), part.amount);
    }
    let names = ["approved"]
        .into_iter()
        .chain(Whereabouts::ALL.map(Whereabouts::as_str));
    let names: Vec<_> = names.collect();
    groups
        .into_iter()
        .flat_map(|((workspace, currency), sums)| {
            let zero = Money::zero(currency);
            let of = |what: &str| sums.get(what).copied().unwrap_or((0, zero));
            let parts = names.iter().skip(1).map(|name| of(name).1);
            let accounted = Money::sum(currency, parts).unwrap_or(zero);
            let left = of("approved").1.checked_sub(accounted).unwrap_or(zero);
            let shown = move |what, (count, amount): (u64, Money)| TotalView {
                workspace: workspace.to_string(),
                currency: currency.to_string(),
                what,
                count,
                amount: amount.to_plain_string(),
            };
            let mut rows: Vec<_> = names.iter().map(|name| shown(name, of(name))).collect();
            rows.push(shown("difference", (0, left)));
            rows
        })
        .collect()
}

/// Counts and sums per reason of everything that is not simply posted.
fn reasons(reconciliation: &Reconciliation) -> Vec<ReasonView> {
    let mut sums: BTreeMap<_, (u64, Money)> = BTreeMap::new();
    for part in &reconciliation.parts {
        if part.whereabouts == Whereabouts::Posted {
            continue;
        }
        let currency = part.amount.currency();
        let key = (&part.workspace, currency, part.whereabouts, &part.reason);
        let (count, sum) = sums.entry(key).or_insert((0, Money::zero(currency)));
        *count = count.saturating_add(1);
        *sum = sum.checked_add(part.amount).unwrap_or(*sum);
    }
    let shown = |((workspace, currency, whereabouts, reason), (count, amount)): (
        (&WorkspaceId, Currency, Whereabouts, &String),
        (u64, Money),
    )| ReasonView {
        workspace: workspace.to_string(),
        currency: currency.to_string(),
        whereabouts: whereabouts.as_str(),
        reason: reason.clone(),
        count,
        amount: amount.to_plain_string(),
    };
    sums.into_iter().map(shown).collect()
}

fn month(month: Option<NaiveDate>) -> String {
    month.map_or_else(
        || "undated".to_owned(),
        |month| month.format("%Y-%m").to_string(),
    )
}

/// Cells in the order of the header; those not given are empty.
fn row<const N: usize>(given: [(&str, &str); N]) -> [String; 12] {
    HEADER.map(|column| {
        let cell = given.iter().find(|(name, _)| *name == column);
        cell.map_or_else(String::new, |(name, text)| {
            // Amounts are numbers of ours; a minus in front of one is no formula.
            if *name == "amount" {
                (*text).to_owned()
            } else {
                guarded_cell(text)
            }
        })
    })
}
