//! What holds for every report, however strange.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use sync_core::mapping::{
    BillDate, BillGrouping, Choice, ClosedPeriod, CompanyPaid, Condition, MappingRules,
    RefundPolicy, TextMatch,
};
use sync_core::model::{
    Card, CategoryId, Currency, Expense, ExpenseId, ExpenseReport, ExpenseTax, Money, TagLevel,
    VendorId,
};
use sync_core::plan::{Planned, plan_report};

use crate::fixtures::{expense, report, rule, rules, snapshot, usd};

fn any_rules() -> impl Strategy<Value = MappingRules> {
    (
        0..3_u8,
        0..3_u8,
        any::<[bool; 8]>(),
        option::of(any::<String>()),
    )
        .prop_map(|(grouping, date, flags, text)| {
            let mut rules = rules();
            rules.bills.grouping = [
                BillGrouping::PerReport,
                BillGrouping::PerExpense,
                BillGrouping::PerCategory,
            ][usize::from(grouping)];
            rules.bills.date = [
                BillDate::Approved,
                BillDate::Submitted,
                BillDate::LastExpense,
            ][usize::from(date)];
            let [
                refunds,
                card_bills,
                by_code,
                by_name,
                create,
                taxes,
                closed,
                any_category,
            ] = flags;
            rules.refunds = if refunds {
                RefundPolicy::Send
            } else {
                RefundPolicy::Review
            };
            if card_bills {
                rules.company_paid =
                    CompanyPaid::Bills([("amex".to_owned(), VendorId::new(40))].into());
            }
            rules.ladders.category_by_gl_code = by_code;
            rules.ladders.category_by_name = by_name;
            rules.ladders.create_missing_vendors = create;
            if taxes {
                rules.taxes.insert("vat".to_owned(), "VAT".to_owned());
            }
            if closed {
                rules.closed_until = NaiveDate::from_ymd_opt(2026, 11, 5);
                rules.closed_period = ClosedPeriod::MoveToFirstOpenDay;
            }
            if let Some(text) = text {
                let when = Condition {
                    merchant: Some(TextMatch::Contains(text)),
                    ..Condition::default()
                };
                rules.rules.push(rule(
                    "text",
                    when,
                    Choice {
                        billable: Some(true),
                        ..Choice::default()
                    },
                ));
            }
            if any_category {
                let then = Choice {
                    category: Some(CategoryId::new(100)),
                    ..Choice::default()
                };
                rules.rules.push(rule("rest", Condition::default(), then));
            }
            rules
        })
}

fn any_amount() -> impl Strategy<Value = Money> {
    prop_oneof![
        4 => (1..5_000_000_i64).prop_map(|cents| Money::from_hundredths(cents, usd())),
        1 => Just(Money::zero(usd())),
        1 => any::<i64>().prop_map(|cents| Money::from_hundredths(cents, usd())),
        1 => any::<i64>().prop_map(|cents| Money::from_hundredths(cents, Currency::parse("JPY").unwrap())),
        1 => Just(Money::new(rust_decimal::Decimal::MAX, usd())),
    ]
}

fn plain_amount() -> impl Strategy<Value = Money> {
    prop_oneof![
        8 => (1..5_000_000_i64).prop_map(|cents| Money::from_hundredths(cents, usd())),
        1 => Just(Money::zero(usd())),
    ]
}

fn any_category() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(vec!["Travel", "Meals & Entertainment", "Travel:Rail", "Office Supplies"]).prop_map(str::to_owned),
        1 => Just(String::new()),
        1 => any::<String>(),
    ]
}

fn expense_with(
    amount: impl Strategy<Value = Money>,
    category: impl Strategy<Value = String>,
) -> impl Strategy<Value = Expense> {
    let texts = (
        any::<String>(),
        any::<String>(),
        vec(any::<String>(), 0..3),
        option::of("[a-z]{0,4}|amex"),
    );
    (
        amount,
        category,
        texts,
        any::<[bool; 5]>(),
        option::of(0..40_000_u64),
    )
        .prop_map(
            |(
                amount,
                category,
                (merchant, comment, tags, card),
                [owed, billable, taxed, converted, dated],
                days,
            )| {
                let mut one = expense("1", &merchant, "1.00", &category);
                one.amount = amount;
                one.report_amount = converted.then_some(amount);
                one.comment = comment;
                one.tags = tags
                    .into_iter()
                    .map(|name| TagLevel {
                        name,
                        gl_code: None,
                    })
                    .collect();
                one.card = card.map(|bank| Card {
                    bank,
                    name: None,
                    number: None,
                });
                (one.reimbursable, one.billable) = (owed, billable);
                if taxed {
                    one.tax = Some(ExpenseTax {
                        amount,
                        rate_name: Some("VAT".to_owned()),
                        code: None,
                    });
                }
                if let (true, Some(days)) = (dated, days) {
                    one.date = NaiveDate::default().checked_add_days(Days::new(days));
                }
                one
            },
        )
}

fn numbered(mut expenses: Vec<Expense>) -> Vec<Expense> {
    for (position, one) in expenses.iter_mut().enumerate() {
        one.id = ExpenseId::new(
            (4_056_343_049_275_634_494_u64 + u64::try_from(position).unwrap()).to_string(),
        );
    }
    expenses
}

/// Any report at all.
fn wild_report() -> impl Strategy<Value = ExpenseReport> {
    (
        vec(expense_with(any_amount(), any_category()), 0..8),
        any::<bool>(),
        any::<[String; 4]>(),
        option::of(any_amount()),
    )
        .prop_map(|(expenses, number, [id, name, email, full_name], total)| {
            let mut wild = report(if number { numbered(expenses) } else { expenses });
            if total.is_some() {
                wild.total = total;
            }
            if !number {
                wild.id = sync_core::model::ReportId::new(id);
                wild.employee.email = email;
                wild.employee.name = Some(full_name);
                wild.employee.account_id = None;
            }
            wild.name = name;
            wild
        })
}

/// A report that can mostly be planned.
fn good_report() -> impl Strategy<Value = ExpenseReport> {
    let known = prop::sample::select(vec!["Travel", "Meals & Entertainment", "Office Supplies"])
        .prop_map(str::to_owned);
    vec(expense_with(plain_amount(), known), 1..10).prop_map(|expenses| report(numbered(expenses)))
}

fn check_sums(planned: &Planned, report: &ExpenseReport) -> Result<(), TestCaseError> {
    if planned.is_held() || !planned.vendors_first.is_empty() {
        prop_assert!(planned.steps.is_empty());
        prop_assert!(!planned.is_held() || planned.vendors_first.is_empty());
        return Ok(());
    }
    let steps = planned.steps.iter().filter_map(|step| step.amount);
    let skips = planned.skips.iter().filter_map(|skip| skip.amount);
    let sum = Money::sum(report.currency, steps.chain(skips)).unwrap();
    if let Some(total) = report.total {
        prop_assert_eq!(sum, total);
    }
    for step in &planned.steps {
        prop_assert_eq!(step.draft.total(), step.amount);
        prop_assert_eq!(step.provenance.len(), step.expenses.len());
    }
    if planned.skips.iter().any(|skip| skip.expense.is_none()) {
        prop_assert!(planned.steps.is_empty() && planned.skips.len() == 1);
        return Ok(());
    }
    let mut seen: BTreeMap<&ExpenseId, usize> = BTreeMap::new();
    let in_steps = planned.steps.iter().flat_map(|step| &step.expenses);
    for expense in in_steps.chain(
        planned
            .skips
            .iter()
            .filter_map(|skip| skip.expense.as_ref()),
    ) {
        *seen.entry(expense).or_default() += 1;
    }
    for expense in &report.expenses {
        prop_assert_eq!(seen.remove(&expense.id), Some(1));
    }
    prop_assert!(seen.is_empty());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_report_is_planned_alike_twice_and_adds_up(report in wild_report(), rules in any_rules()) {
        let snapshot = snapshot();
        let planned = plan_report(&snapshot, &report, &rules);
        prop_assert_eq!(&planned, &plan_report(&snapshot, &report, &rules));
        check_sums(&planned, &report)?;
        for finding in &planned.findings {
            prop_assert!(!finding.cause.note().is_empty() && !finding.cause.key().as_str().is_empty());
        }
    }

    #[test]
    fn every_expense_is_in_exactly_one_step_or_skip(report in good_report(), rules in any_rules()) {
        check_sums(&plan_report(&snapshot(), &report, &rules), &report)?;
    }

    #[test]
    fn keys_differ_exactly_when_effects_differ(report in good_report(), rules in any_rules()) {
        let planned = plan_report(&snapshot(), &report, &rules);
        for (position, step) in planned.steps.iter().enumerate() {
            prop_assert_eq!(step.key.as_str(), step.draft.marker().as_str());
            for other in &planned.steps[position + 1..] {
                prop_assert_ne!(&step.key, &other.key);
                prop_assert!(step.expenses.iter().all(|expense| !other.expenses.contains(expense)));
            }
        }
        let mut again = report.clone();
        again.name.push('x');
        again.employee.name = None;
        let keys = |planned: &Planned| planned.steps.iter().map(|step| step.key.clone()).collect::<Vec<_>>();
        prop_assert_eq!(keys(&planned), keys(&plan_report(&snapshot(), &again, &rules)));
    }

    #[test]
    fn a_taxed_bill_gives_back_the_gross_by_its_own_arithmetic(cents in 1..10_000_000_i64) {
        let mut rules = rules();
        let then = Choice { tax: Some("VAT".to_owned()), ..Choice::default() };
        rules.rules.push(rule("vat", Condition::default(), then));
        let mut one = expense("1", "Shop", "1.00", "Travel");
        one.amount = Money::from_hundredths(cents, usd());
        one.report_amount = Some(one.amount);
        let planned = plan_report(&snapshot(), &report(vec![one.clone()]), &rules);
        if let Some(sync_core::model::Draft::Bill(bill)) = planned.steps.first().map(|step| &step.draft) {
            let net = bill.lines[0].net.amount();
            let tax = (net * rust_decimal::Decimal::new(2, 1)).round_dp(2);
            prop_assert_eq!(net + tax, one.amount.amount());
        } else {
            prop_assert_eq!(planned.findings[0].cause.kind(), "tax_inexact");
        }
    }
}
