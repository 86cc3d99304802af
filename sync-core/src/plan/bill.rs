//! Bills: lines grouped, priced net, owed to one vendor, dated.

use std::collections::BTreeMap;

use super::date::Dated;
use super::describe::line_description;
use super::line::Line;
use super::source::source_of_expenses;
use super::vendor::Vendors;
use super::{Cause, Finding, Step, StepKey};
use crate::mapping::{BillGrouping, Mapper, exact_net};
use crate::model::{BillDraft, BillLine, Draft, ExpenseReport, Marker, Money, RecordKind};
use crate::planted::{Bug, is_on};

/// Cuts lines into bills. Keys are marks, so the order of the bills is the order of their keys; lines keep Expensify's.
pub(super) fn grouped<'e, 'r>(
    report: &ExpenseReport,
    lines: Vec<Line<'e, 'r>>,
    grouping: BillGrouping,
) -> BTreeMap<Marker, Vec<Line<'e, 'r>>> {
    let mut bills: BTreeMap<Marker, Vec<Line<'e, 'r>>> = BTreeMap::new();
    if lines.is_empty() {
        return bills;
    }
    let part = |text: &str| Marker::for_part(&report.id, text);
    match grouping {
        BillGrouping::PerReport => {
            bills.insert(Marker::for_report(&report.id), lines);
        }
        BillGrouping::PerExpense => {
            for line in lines {
                bills
                    .entry(part(line.expense.id.as_str()))
                    .or_default()
                    .push(line);
            }
        }
        BillGrouping::PerCategory => {
            for line in lines {
                let category = line.expense.category.as_deref().unwrap_or_default();
                bills.entry(part(category)).or_default().push(line);
            }
        }
    }
    bills
}

/// Makes one bill. `None` when findings say why not, or when its vendor has to be created first.
pub(super) fn bill_step(
    mapper: &Mapper<'_>,
    report: &ExpenseReport,
    marker: Marker,
    mut lines: Vec<Line<'_, '_>>,
    vendors: &mut Vendors<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Step> {
    let rules = mapper.rules();
    let mut total = Money::sum(report.currency, lines.iter().map(|line| line.gross)).ok();
    if is_on(Bug::SplitLosesCent) && lines.len() > 1 {
        total = total.and_then(|total| {
            total
                .checked_sub(Money::from_hundredths(1, report.currency))
                .ok()
        });
    }
    let marker = if is_on(Bug::KeyFromContent) {
        let content = report.fingerprint().short(12);
        Marker::for_part(&report.id, &format!("{marker} {content}"))
    } else {
        marker
    };
    if mapper.snapshot().parts().capabilities.accounts_payable == Some(false) {
        findings.push(no_accounts_payable(total));
        // Its vendors cannot be read either: to say of each employee that there is none would be a guess.
        return None;
    }
    let mut causes = Vec::new();
    if total.is_some_and(|total| total.is_negative()) {
        causes.push(Cause::NegativeBill);
    }
    let dated = Dated::of_bill(report, &lines, rules.bills.date)
        .and_then(|dated| dated.open(rules).map_err(|cause| causes.push(cause)).ok());
    let expense = if let [line] = lines.as_slice() {
        Some(&line.expense.id)
    } else {
        None
    };
    findings.extend(causes.into_iter().map(|cause| Finding {
        cause,
        expense: expense.cloned(),
        amount: total,
    }));
    let vendor = vendors.of_bill(&mut lines, findings);
    let priced = priced_lines(&marker, &lines, findings);
    let (dated, vendor, priced, total) = (dated?, vendor?, priced?, total?);

    let expenses = lines.iter().map(|line| line.expense.id.clone()).collect();
    let source = source_of_expenses(
        report,
        &mut lines.iter().map(|line| line.expense).collect::<Vec<_>>(),
    );
    let provenance = lines
        .into_iter()
        .map(|line| line.into_provenance(dated))
        .collect();
    let key = StepKey::of(&marker);
    let draft = Draft::Bill(BillDraft {
        marker,
        vendor,
        issued_on: dated.day,
        due_days: rules.bills.due_days,
        currency: report.currency,
        lines: priced,
        total,
    });
    Some(Step {
        key,
        draft,
        amount: Some(total),
        expenses,
        source,
        provenance,
    })
}

fn no_accounts_payable(total: Option<Money>) -> Finding {
    Finding {
        cause: Cause::NotPermitted {
            kind: RecordKind::Bill,
            message: "the account has no Accounts Payable".to_owned(),
        },
        expense: None,
        amount: total,
    }
}

/// One bill line per expense, each of quantity one: net amount, category, description; the mark on the first.
fn priced_lines(
    marker: &Marker,
    lines: &[Line<'_, '_>],
    findings: &mut Vec<Finding>,
) -> Option<Vec<BillLine>> {
    let mut priced = Vec::with_capacity(lines.len());
    for (position, line) in lines.iter().enumerate() {
        let net = match &line.tax {
            None => line.gross,
            Some(tax) => {
                if let Some(net) = exact_net(line.gross, tax.percent) {
                    net
                } else {
                    findings.push(line.finding(Cause::TaxInexact {
                        tax: tax.name.clone(),
                    }));
                    continue;
                }
            }
        };
        let Some(category) = line.category else {
            continue;
        };
        let description = line_description(line.expense, (position == 0).then_some(marker));
        priced.push(BillLine {
            category,
            description,
            net,
            tax: line.tax.clone(),
        });
    }
    (priced.len() == lines.len()).then_some(priced)
}
