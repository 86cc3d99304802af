//! Company-paid expenses: one FreshBooks expense each, tax inside the amount.

use super::date::Dated;
use super::describe::{expense_notes, expense_vendor};
use super::line::{Line, named};
use super::source::source_of_expenses;
use super::{Cause, Finding, Source, Step, StepKey};
use crate::mapping::Mapper;
use crate::model::{Draft, ExpenseDraft, ExpenseReport, Marker};

/// Makes one expense. `None` when findings say why not.
pub(super) fn expense_step(
    mapper: &Mapper<'_>,
    report: &ExpenseReport,
    employee: &str,
    mut line: Line<'_, '_>,
    findings: &mut Vec<Finding>,
) -> Option<Step> {
    let dated = line
        .date
        .map(|day| Dated::new(day, line.date_field()))
        .and_then(|dated| {
            dated
                .open(mapper.rules())
                .map_err(|cause| findings.push(line.finding(cause)))
                .ok()
        });
    let staff = match mapper.staff(employee, &line.decided) {
        None => {
            findings.push(line.finding(Cause::StaffMissing {
                employee: report.employee.email.clone(),
            }));
            None
        }
        named_staff => line.take(
            "staff",
            named_staff,
            |staff| named(&staff.name, &staff.id),
            findings,
        ),
    };
    let project = mapper.project(&line.decided);
    let project = line.take(
        "project",
        project,
        |project| named(&project.title, &project.id),
        findings,
    );
    let client = mapper.client(&line.decided);
    let client = line.take(
        "client",
        client,
        |client| named(&client.name, &client.id),
        findings,
    );
    let billable = choose_billable(&mut line);
    let (dated, staff, category) = (dated?, staff?, line.category?);

    let marker = Marker::for_expense(&line.expense.id);
    let key = StepKey::of(&marker);
    let draft = Draft::Expense(ExpenseDraft {
        amount: line.gross,
        category,
        staff: staff.id,
        date: dated.day,
        vendor: expense_vendor(line.expense).into_owned(),
        notes: expense_notes(report, line.expense, &marker),
        project: project.map(|project| project.id),
        client: client.map(|client| client.id),
        billable,
        tax: line.tax.clone(),
        marker,
    });
    Some(Step {
        key,
        draft,
        amount: Some(line.gross),
        expenses: vec![line.expense.id.clone()],
        source: source_of_expenses(report, &mut [line.expense]),
        provenance: vec![line.into_provenance(dated)],
    })
}

/// Rule, else Expensify's own flag. The plain "no" of most expenses is not worth a line of provenance.
fn choose_billable(line: &mut Line<'_, '_>) -> bool {
    let word = |billable| if billable { "yes" } else { "no" }.to_owned();
    if let Some(rule) = line.decided.billable
        && let Some(billable) = rule.then().billable
    {
        line.note("billable", word(billable), rule.source(), rule.fields());
        return billable;
    }
    if line.expense.billable {
        line.note("billable", word(true), Source::Expensify, "billable");
    }
    line.expense.billable
}
