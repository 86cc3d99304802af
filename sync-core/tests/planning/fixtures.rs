//! A small business: vendors, categories, accounts and one employee's report.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sync_core::mapping::{Condition, MappingRules, Rule, TextMatch};
use sync_core::model::{
    Capabilities, Card, CategoryId, Client, ClientId, Currency, Employee, Expense, ExpenseCategory,
    ExpenseId, ExpenseReport, FieldOrigin, LedgerAccount, LedgerId, Money, Origins, Project,
    ProjectId, ReportId, ReportState, Snapshot, SnapshotParts, Staff, StaffId, Tax, TaxId, Vendor,
    VendorId, WorkspaceId,
};

pub(crate) fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

pub(crate) fn money(amount: &str) -> Money {
    Money::new(amount.parse().unwrap(), usd())
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn rules() -> MappingRules {
    let mut rules = MappingRules::new([WorkspaceId::new("W1")]);
    rules.staff.default = Some(StaffId::new(1));
    rules
}

pub(crate) fn rule(name: &str, when: Condition, then: sync_core::mapping::Choice) -> Rule {
    Rule {
        name: name.to_owned(),
        when,
        then,
    }
}

pub(crate) fn merchant_is(name: &str) -> Condition {
    Condition {
        merchant: Some(TextMatch::Is(name.to_owned())),
        ..Condition::default()
    }
}

pub(crate) fn parts() -> SnapshotParts {
    let vendor = |id, name: &str, email: &str, active| Vendor {
        id: VendorId::new(id),
        name: name.to_owned(),
        email: (!email.is_empty()).then(|| email.to_owned()),
        currency: Some(usd()),
        active,
    };
    let category = |id, name: &str, parent: Option<u64>, active| ExpenseCategory {
        id: CategoryId::new(id),
        name: name.to_owned(),
        parent: parent.map(CategoryId::new),
        active,
    };
    let account = |number: &str, name: &str, category: Option<u64>, active| LedgerAccount {
        number: number.to_owned(),
        name: name.to_owned(),
        category: category.map(CategoryId::new),
        active,
    };
    SnapshotParts {
        ledger: LedgerId::new("zDmNq"),
        base_currency: Some(usd()),
        vendors: vec![
            vendor(5, "Ann Lee", "ann@acme.test", true),
            vendor(6, "Bob Ray", "", true),
            vendor(7, "Twin", "twin@acme.test", true),
            vendor(8, "Twin", "twin@acme.test", true),
            vendor(9, "Gone Person", "gone@acme.test", false),
            vendor(40, "Corporate Card", "", true),
        ],
        categories: vec![
            category(100, "Travel", None, true),
            category(101, "Rail", Some(100), true),
            category(102, "Meals & Entertainment", None, true),
            category(103, "Office Supplies", None, true),
            category(104, "Closed Category", None, false),
            category(105, "Rail", Some(102), true),
            category(106, "Twice", None, true),
            category(107, "twice ", None, true),
        ],
        ledger_accounts: Some(vec![
            account("6100", "Travel", Some(100), true),
            account("6200", "Meals", Some(102), true),
            account("6300", "Inactive", Some(103), false),
            account("6400", "Unlinked", None, true),
            account("6500", "First", Some(100), true),
            account("6500", "Second", Some(103), true),
            account("6600", "Same category", Some(103), true),
            account("6600", "Same category again", Some(103), true),
            account("6700", "Links to closed", Some(104), true),
        ]),
        taxes: vec![
            Tax {
                id: TaxId::new(1),
                name: "VAT".to_owned(),
                percent: Some(Decimal::from(20)),
            },
            Tax {
                id: TaxId::new(2),
                name: "Odd".to_owned(),
                percent: None,
            },
        ],
        projects: Some(vec![
            Project {
                id: ProjectId::new(70),
                title: "Berlin office".to_owned(),
                active: true,
            },
            Project {
                id: ProjectId::new(71),
                title: "Old office".to_owned(),
                active: false,
            },
        ]),
        clients: Some(vec![Client {
            id: ClientId::new(80),
            name: "Initech".to_owned(),
            active: true,
        }]),
        staff: vec![
            Staff {
                id: StaffId::new(1),
                email: None,
                name: "Owner".to_owned(),
            },
            Staff {
                id: StaffId::new(2),
                email: Some("ann@acme.test".to_owned()),
                name: "Ann Lee".to_owned(),
            },
        ],
        capabilities: Capabilities::default(),
    }
}

pub(crate) fn snapshot() -> Snapshot {
    Snapshot::new(parts())
}

pub(crate) fn expense(id: &str, merchant: &str, amount: &str, category: &str) -> Expense {
    Expense {
        id: ExpenseId::new(id),
        merchant: merchant.to_owned(),
        date: Some(day("2026-11-03")),
        amount: money(amount),
        report_amount: Some(money(amount)),
        category: (!category.is_empty()).then(|| category.to_owned()),
        category_gl_code: None,
        tags: Vec::new(),
        comment: String::new(),
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

/// Paid by the company with a card.
pub(crate) fn carded(mut expense: Expense) -> Expense {
    expense.reimbursable = false;
    expense.card = Some(Card {
        bank: "American Express".to_owned(),
        name: Some("AMEX 1001".to_owned()),
        number: None,
    });
    expense
}

/// Ann's report of these expenses, with the total they sum to.
pub(crate) fn report(expenses: Vec<Expense>) -> ExpenseReport {
    let total = Money::sum(
        usd(),
        expenses
            .iter()
            .filter_map(|e| e.report_amount)
            .filter(|m| m.currency() == usd()),
    );
    ExpenseReport {
        id: ReportId::new("R00X9oNOn2MO"),
        name: "November trip".to_owned(),
        workspace: WorkspaceId::new("W1"),
        state: ReportState::Approved,
        currency: usd(),
        total: total.ok(),
        employee: Employee {
            email: "ann@acme.test".to_owned(),
            account_id: Some("11".to_owned()),
            name: Some("Ann Lee".to_owned()),
            custom_field_1: None,
            custom_field_2: None,
        },
        submitted_on: Some(day("2026-11-09")),
        approved_on: Some(day("2026-11-10")),
        expenses,
    }
}

/// The usual report: two owed expenses and one the company paid.
pub(crate) fn usual() -> ExpenseReport {
    report(vec![
        expense("4056343049275634494", "Trenitalia", "84.50", "Travel"),
        carded(expense("4056343049275634495", "Delta", "412.00", "Travel")),
        expense(
            "4056343049275634496",
            "Da Enzo",
            "37.20",
            "Meals & Entertainment",
        ),
    ])
}
