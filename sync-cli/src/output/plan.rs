//! What a pass would do: per record the lines, per line the rule and source field behind every choice.

use std::fmt::Write as _;

use serde::Serialize;
use sync_core::engine::{PlanPreview, PreviewedReport, PreviewedStep, StepStanding};
use sync_core::model::Draft;
use sync_core::plan::{LineProvenance, Step};

use super::View;
use super::text::{count, plain};

/// Plans of one or more connections. Holds no times: equal states give byte-equal output.
#[derive(Debug, Serialize)]
pub(crate) struct PlanView {
    /// One per connection.
    pub(crate) plans: Vec<PlanPreview>,
}

impl View for PlanView {
    const SCHEMA: &'static str = "ml-connector/plan-preview/1";

    fn text(&self) -> String {
        self.plans
            .iter()
            .map(plan_text)
            .collect::<Vec<_>>()
            .join("\n\n")
    }
}

fn plan_text(plan: &PlanPreview) -> String {
    let mut text = format!("plan of connection {}\n", plan.connection);
    for report in &plan.reports {
        report_text(&mut text, report);
    }
    let records = u64::try_from(plan.to_write().count()).unwrap_or(u64::MAX);
    let held = plan
        .reports
        .iter()
        .filter(|report| !report.findings.is_empty() || report.unreadable.is_some())
        .count();
    let held = count(u64::try_from(held).unwrap_or(u64::MAX), "report");
    let _ = write!(
        text,
        "\n{} to write, {held} held for review",
        count(records, "record")
    );
    text
}

fn report_text(text: &mut String, report: &PreviewedReport) {
    let total = report
        .total
        .map_or_else(|| "no total".to_owned(), |total| total.to_string());
    let _ = writeln!(
        text,
        "\nreport {} {:?} of {}, {total}",
        report.id,
        plain(&report.name),
        plain(&report.employee)
    );
    if let Some(why) = &report.unreadable {
        let _ = writeln!(text, "  held: cannot be read: {}", plain(why));
    }
    for finding in &report.findings {
        let amount = finding
            .amount
            .map(|amount| format!(" [{amount}]"))
            .unwrap_or_default();
        let expense = finding
            .expense
            .as_ref()
            .map(|expense| format!(" (expense {expense})"))
            .unwrap_or_default();
        let _ = writeln!(
            text,
            "  held: {}{amount}{expense}",
            plain(&finding.cause.note())
        );
        let _ = writeln!(text, "    fix: {}", plain(finding.cause.remedy()));
    }
    for skip in &report.skips {
        let expense = skip
            .expense
            .as_ref()
            .map_or_else(|| "whole report".to_owned(), |id| format!("expense {id}"));
        let _ = writeln!(text, "  left out: {expense}: {}", skip.reason.as_str());
    }
    for step in &report.steps {
        step_text(text, step);
    }
}

fn step_text(text: &mut String, previewed: &PreviewedStep) {
    let step = &previewed.step;
    let standing = match previewed.standing {
        StepStanding::New => "new".to_owned(),
        StepStanding::Known(state) => format!("known, {}", state.as_str()),
    };
    let total = step
        .draft
        .total()
        .map(|total| format!(" {total}"))
        .unwrap_or_default();
    let date = step
        .draft
        .date()
        .map(|date| format!(" dated {date}"))
        .unwrap_or_default();
    let _ = writeln!(
        text,
        "  {} {}{total}{date} ({standing})",
        step.draft.kind().as_str(),
        step.key
    );
    for (index, line) in step.provenance.iter().enumerate() {
        line_text(text, step, index, line);
    }
}

fn line_text(text: &mut String, step: &Step, index: usize, line: &LineProvenance) {
    let amount = match &step.draft {
        Draft::Bill(bill) => bill.lines.get(index).map(|line| line.net.to_string()),
        Draft::Expense(expense) => Some(expense.amount.to_string()),
        Draft::Vendor(_) => None,
    };
    let amount = amount
        .map(|amount| format!("{amount} from {}", line.amount))
        .unwrap_or_default();
    let _ = writeln!(
        text,
        "    line {}: expense {}: {amount}",
        index.saturating_add(1),
        line.expense
    );
    for (what, chosen) in &line.choices {
        let value = plain(&chosen.value);
        let _ = writeln!(
            text,
            "      {what}: {value}, by {}, from {}",
            plain(&chosen.by.to_string()),
            chosen.field
        );
    }
}
