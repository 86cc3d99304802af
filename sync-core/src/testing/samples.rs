//! Reports, steps and plans to test with: small, plausible, the same on every call.

use chrono::{DateTime, NaiveDate, Utc};

use crate::model::{
    BillDraft, BillLine, CategoryId, ConnectionId, Currency, Draft, Employee, Expense,
    ExpenseDraft, ExpenseId, ExpenseReport, FieldOrigin, Marker, Money, Origins, ReportId,
    ReportState, StaffId, VendorDraft, VendorId, WorkspaceId,
};
use crate::plan::{
    AmountSource, Cause, Chosen, Finding, LineProvenance, Source, Step, StepKey, source_of,
};
use crate::state::{PlanChange, PlanCommit, ReportStatus};

/// The instant tests begin at: a Monday at noon.
pub fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_435_200, 0).unwrap_or_default()
}

/// The connection tests use.
pub fn connection() -> ConnectionId {
    ConnectionId::new("main")
}

/// The day tests are dated.
pub fn day() -> NaiveDate {
    start().date_naive()
}

/// US dollars from cents.
pub fn usd(cents: i64) -> Money {
    Money::from_hundredths(cents, dollars())
}

/// An approved report whose reimbursable expenses have these amounts, in cents. Expense ids count on from the report's.
pub fn report(id: &str, cents: &[i64]) -> ExpenseReport {
    ExpenseReport {
        id: ReportId::new(id),
        name: format!("Report {id}"),
        workspace: WorkspaceId::new("ABCDEF0123456789"),
        state: ReportState::Approved,
        currency: usd(0).currency(),
        total: Some(usd(cents
            .iter()
            .fold(0, |sum: i64, cents| sum.saturating_add(*cents)))),
        employee: Employee {
            email: "ann@example.test".to_owned(),
            account_id: Some("12".to_owned()),
            name: Some("Ann Smith".to_owned()),
            custom_field_1: None,
            custom_field_2: None,
        },
        submitted_on: Some(day()),
        approved_on: Some(day()),
        expenses: cents
            .iter()
            .zip(1_u32..)
            .map(|(cents, n)| expense(&format!("{id}{n:03}"), *cents))
            .collect(),
    }
}

/// A reimbursable expense of so many cents.
pub fn expense(id: &str, cents: i64) -> Expense {
    Expense {
        id: ExpenseId::new(id),
        merchant: "Corner Cafe".to_owned(),
        date: Some(day()),
        amount: usd(cents),
        report_amount: Some(usd(cents)),
        category: Some("Meals".to_owned()),
        category_gl_code: Some("6010".to_owned()),
        tags: Vec::new(),
        comment: "Lunch with a customer".to_owned(),
        reimbursable: true,
        billable: false,
        card: None,
        tax: None,
        receipt: None,
        origins: Origins {
            merchant: FieldOrigin::Original,
            date: FieldOrigin::Original,
            amount: FieldOrigin::Original,
        },
    }
}

/// The step that makes a report one bill.
pub fn bill_step(report: &ExpenseReport) -> Step {
    let marker = Marker::for_report(&report.id);
    let total = report.total.unwrap_or_else(|| usd(0));
    let lines = report.expenses.iter().map(|expense| BillLine {
        category: CategoryId::new(7),
        description: format!("{} [{marker}]", expense.merchant),
        net: expense.amount,
        tax: None,
    });
    let draft = Draft::Bill(BillDraft {
        marker: marker.clone(),
        vendor: VendorId::new(31),
        issued_on: day(),
        due_days: 0,
        currency: total.currency(),
        lines: lines.collect(),
        total,
    });
    step(report, draft, &report.expenses)
}

/// The step that makes one expense of a report a FreshBooks expense.
pub fn expense_step(report: &ExpenseReport, expense: &Expense) -> Step {
    let marker = Marker::for_expense(&expense.id);
    let draft = Draft::Expense(ExpenseDraft {
        marker: marker.clone(),
        amount: expense.amount,
        category: CategoryId::new(7),
        staff: StaffId::new(1),
        date: day(),
        vendor: expense.merchant.clone(),
        notes: format!("{} [{marker}]", expense.comment),
        project: None,
        client: None,
        billable: false,
        tax: None,
    });
    step(report, draft, std::slice::from_ref(expense))
}

/// The step that creates a vendor for a report's employee.
pub fn vendor_step(report: &ExpenseReport) -> Step {
    let draft = Draft::Vendor(VendorDraft {
        marker: Marker::for_vendor(&report.employee.email),
        name: report.employee.name.clone().unwrap_or_default(),
        email: report.employee.email.clone(),
        currency: report.currency,
    });
    step(report, draft, &[])
}

/// The commit that plans a report with these changes.
pub fn planned(report: &ExpenseReport, changes: Vec<PlanChange>) -> PlanCommit {
    PlanCommit {
        report: report.id.clone(),
        content: report.fingerprint(),
        status: ReportStatus::Planned,
        skips: Vec::new(),
        changes,
        findings: Vec::new(),
    }
}

/// The commit that holds a report for these causes, a dollar each.
pub fn held(report: &ExpenseReport, causes: Vec<Cause>) -> PlanCommit {
    let findings = causes.into_iter().map(|cause| Finding {
        cause,
        expense: None,
        amount: Some(usd(100)),
    });
    PlanCommit {
        status: ReportStatus::Held,
        findings: findings.collect(),
        ..planned(report, Vec::new())
    }
}

/// The cause of a category that nothing covers.
pub fn unmapped(category: &str) -> Cause {
    Cause::CategoryUnmapped {
        category: Some(category.to_owned()),
        gl_code: None,
        suggestions: Vec::new(),
    }
}

#[expect(clippy::expect_used, reason = "three letters are a currency code")]
fn dollars() -> Currency {
    Currency::parse("USD").expect("a currency code")
}

fn step(report: &ExpenseReport, draft: Draft, expenses: &[Expense]) -> Step {
    let ids: Vec<_> = expenses.iter().map(|expense| expense.id.clone()).collect();
    Step {
        key: StepKey::of(draft.marker()),
        amount: draft.total(),
        source: source_of(report, &ids).unwrap_or_else(|| report.fingerprint()),
        expenses: ids,
        provenance: expenses
            .iter()
            .map(|expense| LineProvenance {
                expense: expense.id.clone(),
                amount: AmountSource(FieldOrigin::Original),
                choices: vec![(
                    "category".to_owned(),
                    Chosen {
                        value: "Meals (7)".to_owned(),
                        by: Source::EqualName,
                        field: "category".to_owned(),
                    },
                )],
            })
            .collect(),
        draft,
    }
}
