//! A plan as readable text, for snapshots.

use std::fmt::Write as _;

use sync_core::model::Draft;
use sync_core::plan::{Planned, Step};

pub(crate) fn rendered(planned: &Planned) -> String {
    let mut text = format!("report {}\n", planned.report);
    for step in planned.vendors_first.iter().chain(&planned.steps) {
        render_step(step, &mut text);
    }
    for skip in &planned.skips {
        let subject = skip
            .expense
            .as_ref()
            .map_or("whole report".to_owned(), ToString::to_string);
        writeln!(
            text,
            "skip {subject}: {}, {}",
            skip.reason.as_str(),
            amount(skip.amount)
        )
        .unwrap();
    }
    for finding in &planned.findings {
        let subject = finding
            .expense
            .as_ref()
            .map_or("whole".to_owned(), ToString::to_string);
        writeln!(
            text,
            "finding {subject}, {}: {}",
            amount(finding.amount),
            finding.cause.note()
        )
        .unwrap();
        writeln!(text, "  key {}", finding.cause.key()).unwrap();
        writeln!(text, "  remedy {}", finding.cause.remedy()).unwrap();
    }
    text
}

fn render_step(step: &Step, text: &mut String) {
    let kind = step.draft.kind().as_str();
    writeln!(
        text,
        "{kind} {} accounts for {}",
        step.key,
        amount(step.amount)
    )
    .unwrap();
    match &step.draft {
        Draft::Bill(bill) => {
            let (vendor, day, due, total) =
                (bill.vendor, bill.issued_on, bill.due_days, bill.total);
            writeln!(
                text,
                "  vendor {vendor}, issued {day}, due in {due} days, total {total}"
            )
            .unwrap();
            for line in &bill.lines {
                let tax = line
                    .tax
                    .as_ref()
                    .map(|t| format!(" + {} {} %", t.name, t.percent))
                    .unwrap_or_default();
                writeln!(
                    text,
                    "  line {} to {}{tax}: {}",
                    line.net, line.category, line.description
                )
                .unwrap();
            }
        }
        Draft::Expense(expense) => {
            let (category, staff, date) = (expense.category, expense.staff, expense.date);
            writeln!(
                text,
                "  {} to {category}, staff {staff}, {date}",
                expense.amount
            )
            .unwrap();
            writeln!(text, "  vendor {}", expense.vendor).unwrap();
            writeln!(text, "  notes {}", expense.notes).unwrap();
            let (project, client) = (expense.project, expense.client);
            writeln!(
                text,
                "  project {project:?}, client {client:?}, billable {}",
                expense.billable
            )
            .unwrap();
            if let Some(tax) = &expense.tax {
                writeln!(text, "  tax inside: {} {} %", tax.name, tax.percent).unwrap();
            }
        }
        Draft::Vendor(vendor) => writeln!(
            text,
            "  {} <{}>, {}",
            vendor.name, vendor.email, vendor.currency
        )
        .unwrap(),
    }
    for line in &step.provenance {
        writeln!(text, "  why {}: amount from {}", line.expense, line.amount).unwrap();
        for (what, chosen) in &line.choices {
            writeln!(
                text,
                "    {what} = {}, {}, from {}",
                chosen.value, chosen.by, chosen.field
            )
            .unwrap();
        }
    }
}

fn amount(amount: Option<sync_core::model::Money>) -> String {
    amount.map_or("no amount".to_owned(), |amount| amount.to_string())
}
