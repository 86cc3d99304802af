//! Whole plans as text; a changed snapshot is reviewed like code.

use sync_core::mapping::{BillGrouping, Choice, CompanyPaid, Condition, TextMatch};
use sync_core::model::{Currency, ExpenseTax, FieldOrigin, Money, ProjectId, TagLevel, VendorId};
use sync_core::plan::plan_report;

use crate::fixtures::{carded, expense, merchant_is, money, report, rule, rules, snapshot, usual};
use crate::text::rendered;

#[test]
fn an_ordinary_report_becomes_a_bill_and_an_expense() {
    insta::assert_snapshot!(rendered(&plan_report(&snapshot(), &usual(), &rules())));
}

#[test]
fn rules_taxes_tags_and_foreign_amounts_are_explained() {
    let mut rules = rules();
    rules.rules = vec![
        rule(
            "Delta is for Berlin",
            merchant_is("delta"),
            Choice {
                project: Some(ProjectId::new(70)),
                billable: Some(true),
                ..Choice::default()
            },
        ),
        rule(
            "trains",
            Condition {
                category: Some(TextMatch::StartsWith("Travel".to_owned())),
                ..Condition::default()
            },
            Choice {
                tax: Some("VAT".to_owned()),
                ..Choice::default()
            },
        ),
    ];
    rules
        .taxes
        .insert("Umsatzsteuer".to_owned(), "vat".to_owned());
    let mut usual = usual();
    usual.expenses[0].category_gl_code = Some("6100".to_owned());
    usual.expenses[0].tags = vec![
        TagLevel {
            name: "Sales".to_owned(),
            gl_code: None,
        },
        TagLevel {
            name: String::new(),
            gl_code: None,
        },
        TagLevel {
            name: "Berlin".to_owned(),
            gl_code: None,
        },
    ];
    usual.expenses[0].comment = "Rome to\nNaples, see EXP-R00A".to_owned();
    usual.expenses[0].amount =
        Money::new("78.10".parse().unwrap(), Currency::parse("EUR").unwrap());
    usual.expenses[0].origins.amount = FieldOrigin::Converted;
    usual.expenses[2].tax = Some(ExpenseTax {
        amount: money("6.20"),
        rate_name: Some("UMSATZSTEUER".to_owned()),
        code: None,
    });
    insta::assert_snapshot!(rendered(&plan_report(&snapshot(), &usual, &rules)));
}

#[test]
fn bills_per_category_and_card_bills() {
    let mut rules = rules();
    rules.bills.grouping = BillGrouping::PerCategory;
    rules.company_paid = CompanyPaid::Bills([("amex 1001".to_owned(), VendorId::new(40))].into());
    insta::assert_snapshot!(rendered(&plan_report(&snapshot(), &usual(), &rules)));
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let mut rules = rules();
    rules.staff.default = None;
    let mut report = report(vec![
        expense("1", "Zoo", "10.00", "Animals"),
        expense("2", "Shop", "5.00", "Ofice Suplies"),
        carded(expense("3", "Delta", "-3.00", "Travel")),
        expense("4", "", "0.00", ""),
        expense("5", "", "1.00", ""),
    ]);
    report.total = Some(money("14.00"));
    report.employee.email = "nobody@acme.test".to_owned();
    report.employee.name = Some("Anne Lee".to_owned());
    insta::assert_snapshot!(rendered(&plan_report(&snapshot(), &report, &rules)));
}

#[test]
fn a_missing_vendor_is_created_first() {
    let mut rules = rules();
    rules.ladders.create_missing_vendors = true;
    let mut usual = usual();
    usual.employee.email = "new@acme.test".to_owned();
    usual.employee.name = Some("New Hire".to_owned());
    insta::assert_snapshot!(rendered(&plan_report(&snapshot(), &usual, &rules)));
}
