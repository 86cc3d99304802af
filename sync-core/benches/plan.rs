//! How many expenses are planned per second: realistic rules, snapshot and reports.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sync_core::mapping::{Choice, Condition, MappingRules, Rule, TextMatch};
use sync_core::model::{
    Capabilities, CategoryId, Currency, Employee, Expense, ExpenseCategory, ExpenseId,
    ExpenseReport, FieldOrigin, LedgerAccount, LedgerId, Money, Origins, ReportId, ReportState,
    Snapshot, SnapshotParts, Staff, StaffId, TagLevel, Vendor, VendorId, WorkspaceId,
};
use sync_core::plan::plan_report;

const CATEGORIES: u64 = 100;
const VENDORS: u64 = 500;
const RULES: u64 = 30;
const REPORTS: u64 = 200;

fn snapshot() -> Snapshot {
    let vendor = |id| Vendor {
        id: VendorId::new(id),
        name: format!("Employee Number {id}"),
        email: Some(format!("employee{id}@acme.test")),
        currency: None,
        active: true,
    };
    let category = |id| ExpenseCategory {
        id: CategoryId::new(id),
        name: format!("Category {id}"),
        parent: None,
        active: true,
    };
    let account = |id| LedgerAccount {
        number: format!("{}", 6000 + id),
        name: format!("Account {id}"),
        category: Some(CategoryId::new(id)),
        active: true,
    };
    Snapshot::new(SnapshotParts {
        ledger: LedgerId::new("zDmNq"),
        base_currency: None,
        vendors: (1..=VENDORS).map(vendor).collect(),
        categories: (1..=CATEGORIES).map(category).collect(),
        ledger_accounts: Some((1..=CATEGORIES).map(account).collect()),
        taxes: Vec::new(),
        projects: None,
        clients: None,
        staff: vec![Staff {
            id: StaffId::new(1),
            email: None,
            name: "Owner".to_owned(),
        }],
        capabilities: Capabilities::default(),
    })
}

/// Thirty rules, a third each on merchant, on category with tag, and on employee; few of them match.
fn rules() -> MappingRules {
    let mut rules = MappingRules::new([WorkspaceId::new("W1")]);
    rules.staff.default = Some(StaffId::new(1));
    rules.rules = (0..RULES)
        .map(|n| {
            let when = match n % 3 {
                0 => Condition {
                    merchant: Some(TextMatch::Contains(format!("merchant {n}"))),
                    ..Condition::default()
                },
                1 => Condition {
                    category: Some(TextMatch::Is(format!("Category {n}"))),
                    tags: [(1, TextMatch::Is("Sales".to_owned()))].into(),
                    ..Condition::default()
                },
                _ => Condition {
                    employee: Some(format!("employee{n}@acme.test")),
                    ..Condition::default()
                },
            };
            let then = Choice {
                category: Some(CategoryId::new(n + 1)),
                ..Choice::default()
            };
            Rule {
                name: format!("rule {n}"),
                when,
                then,
            }
        })
        .collect();
    rules
}

fn expense(n: u64, usd: Currency) -> Expense {
    let amount = Money::from_hundredths(i64::try_from(n % 90_000).unwrap_or(0) + 1, usd);
    Expense {
        id: ExpenseId::new((4_056_343_049_275_634_494 + n).to_string()),
        merchant: format!("Merchant {}", n % 400),
        date: "2026-11-03".parse().ok(),
        amount,
        report_amount: Some(amount),
        category: Some(format!("Category {}", n % CATEGORIES + 1)),
        category_gl_code: n
            .is_multiple_of(2)
            .then(|| format!("{}", 6001 + n % CATEGORIES)),
        tags: vec![TagLevel {
            name: "Sales".to_owned(),
            gl_code: None,
        }],
        comment: "Client visit, two people".to_owned(),
        reimbursable: !n.is_multiple_of(3),
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

/// Reports of 1 to 50 expenses.
fn reports(usd: Currency) -> Vec<ExpenseReport> {
    (0..REPORTS)
        .map(|r| {
            let expenses: Vec<_> = (0..=(r % 50)).map(|e| expense(r * 100 + e, usd)).collect();
            ExpenseReport {
                id: ReportId::new(format!("R00X9oNO{r}")),
                name: format!("Report {r}"),
                workspace: WorkspaceId::new("W1"),
                state: ReportState::Approved,
                currency: usd,
                total: Money::sum(usd, expenses.iter().map(|expense| expense.amount)).ok(),
                employee: Employee {
                    email: format!("employee{}@acme.test", r % VENDORS + 1),
                    account_id: None,
                    name: Some(format!("Employee Number {}", r % VENDORS + 1)),
                    custom_field_1: None,
                    custom_field_2: None,
                },
                submitted_on: "2026-11-09".parse().ok(),
                approved_on: "2026-11-10".parse().ok(),
                expenses,
            }
        })
        .collect()
}

fn plan(criterion: &mut Criterion) {
    let Ok(usd) = Currency::parse("USD") else {
        return;
    };
    let (snapshot, rules, reports) = (snapshot(), rules(), reports(usd));
    let expenses: usize = reports.iter().map(|report| report.expenses.len()).sum();
    assert!(
        reports
            .iter()
            .all(|report| !plan_report(&snapshot, report, &rules).is_held()),
        "the bench plans in full"
    );
    let mut group = criterion.benchmark_group("plan");
    group.throughput(Throughput::Elements(u64::try_from(expenses).unwrap_or(0)));
    group.bench_function("expenses", |bencher| {
        bencher.iter(|| {
            for report in &reports {
                black_box(plan_report(&snapshot, black_box(report), &rules));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, plan);
criterion_main!(benches);
