//! Scope, amounts, dates, grouping and texts.

use sync_core::mapping::{
    BillDate, BillGrouping, Choice, ClosedPeriod, CompanyPaid, Condition, MappingRules,
    RefundPolicy, RunMode,
};
use sync_core::model::{
    ClientId, Currency, Draft, Expense, ExpenseId, ExpenseReport, Marker, Money, ReportState,
    Snapshot, VendorId, WorkspaceId,
};
use sync_core::plan::{Cause, Planned, SkipReason, plan_report};

use crate::fixtures::{carded, day, expense, money, parts, report, rule, rules, snapshot, usual};

fn plan(rules: &MappingRules, report: &ExpenseReport) -> Planned {
    plan_report(&snapshot(), report, rules)
}

fn kinds(planned: &Planned) -> Vec<&'static str> {
    planned
        .findings
        .iter()
        .map(|finding| finding.cause.kind())
        .collect()
}

fn keys(planned: &Planned) -> Vec<&str> {
    planned.steps.iter().map(|step| step.key.as_str()).collect()
}

fn whole_skip(planned: &Planned) -> Option<SkipReason> {
    planned
        .skips
        .iter()
        .find(|skip| skip.expense.is_none())
        .map(|skip| skip.reason)
}

#[test]
fn a_client_that_a_rule_gives_is_on_the_expense_and_named_among_its_reasons() {
    let mut rules = rules();
    rules.rules = vec![rule(
        "all for Initech",
        Condition::default(),
        Choice {
            client: Some(ClientId::new(80)),
            ..Choice::default()
        },
    )];
    let planned = plan_report(&snapshot(), &usual(), &rules);
    let expenses: Vec<_> = planned
        .steps
        .iter()
        .filter_map(|step| match &step.draft {
            Draft::Expense(expense) => Some((expense.client, step)),
            Draft::Bill(_) | Draft::Vendor(_) => None,
        })
        .collect();
    let [(client, step)] = expenses.as_slice() else {
        panic!("{expenses:?}")
    };
    assert_eq!(*client, Some(ClientId::new(80)));
    let reasons = format!("{:?}", step.provenance);
    assert!(
        reasons.contains("Initech") && reasons.contains("all for Initech"),
        "{reasons}"
    );
}

#[test]
fn a_report_out_of_scope_is_one_skip_with_its_total() {
    let change = |change: fn(&mut ExpenseReport)| {
        let mut report = usual();
        change(&mut report);
        report
    };
    for (name, report, reason) in [
        ("in scope", usual(), None),
        (
            "workspace",
            change(|r| r.workspace = WorkspaceId::new("W2")),
            Some(SkipReason::OtherWorkspace),
        ),
        (
            "open",
            change(|r| r.state = ReportState::Open),
            Some(SkipReason::NotApproved),
        ),
        (
            "unknown state",
            change(|r| r.state = ReportState::Other("BILLING".into())),
            Some(SkipReason::NotApproved),
        ),
        ("closed", change(|r| r.state = ReportState::Closed), None),
        (
            "before start",
            change(|r| r.approved_on = Some(day("2026-10-31"))),
            Some(SkipReason::BeforeStartDate),
        ),
        (
            "on start",
            change(|r| r.approved_on = Some(day("2026-11-01"))),
            None,
        ),
        (
            "no approval day, submitted before",
            change(|r| {
                r.approved_on = None;
                r.submitted_on = Some(day("2026-10-01"));
            }),
            Some(SkipReason::BeforeStartDate),
        ),
        (
            "no day at all",
            change(|r| {
                r.approved_on = None;
                r.submitted_on = None;
            }),
            None,
        ),
        (
            "test report",
            change(|r| r.name = " [TEST] trip".into()),
            Some(SkipReason::OtherMode),
        ),
        (
            "empty",
            change(|r| {
                r.expenses.clear();
                r.total = Some(money("0.00"));
            }),
            Some(SkipReason::EmptyReport),
        ),
    ] {
        let mut rules = rules();
        rules.scope.start_date = Some(day("2026-11-01"));
        rules.scope.test_prefix = Some("[TEST]".to_owned());
        let planned = plan(&rules, &report);
        assert_eq!(whole_skip(&planned), reason, "{name}");
        assert!(planned.findings.is_empty(), "{name}");
        if reason.is_some() {
            assert!(planned.steps.is_empty(), "{name}");
            assert_eq!(planned.skips[0].amount, report.total, "{name}");
        }
    }
}

#[test]
fn test_mode_takes_only_what_carries_the_prefix() {
    for (prefix, name, taken) in [
        (Some("[T]"), "[T] trip", true),
        (Some("[T]"), "trip", false),
        (Some(""), "trip", false),
        (None, "trip", false),
    ] {
        let mut rules = rules();
        rules.scope.mode = RunMode::Test;
        rules.scope.test_prefix = prefix.map(str::to_owned);
        let mut report = usual();
        report.name = name.to_owned();
        assert_eq!(
            whole_skip(&plan(&rules, &report)).is_none(),
            taken,
            "{prefix:?} {name}"
        );
    }
}

#[test]
fn a_report_whose_expenses_are_missing_is_not_empty_but_wrong() {
    let mut report = report(Vec::new());
    report.total = Some(money("5.00"));
    assert_eq!(kinds(&plan(&rules(), &report)), ["totals_disagree"]);
}

#[test]
fn amounts_that_cannot_be_trusted_hold_the_report() {
    let eur = Currency::parse("EUR").unwrap();
    let with = |change: fn(&mut Expense, Currency)| {
        let mut one = expense("1", "Shop", "5.00", "Travel");
        change(&mut one, eur);
        one
    };
    for (name, one, total, expected) in [
        ("fine", with(|_, _| {}), Some("5.00"), vec![]),
        (
            "same currency, no conversion given",
            with(|e, _| e.report_amount = None),
            Some("5.00"),
            vec![],
        ),
        (
            "foreign and converted",
            with(|e, eur| e.amount = Money::new(4.into(), eur)),
            Some("5.00"),
            vec![],
        ),
        (
            "foreign, not converted",
            with(|e, eur| {
                e.amount = Money::new(4.into(), eur);
                e.report_amount = None;
            }),
            Some("4.00"),
            vec!["not_converted"],
        ),
        (
            "one cent off",
            with(|_, _| {}),
            Some("5.01"),
            vec!["totals_disagree"],
        ),
        ("no total stated", with(|_, _| {}), None, vec![]),
        (
            "refund",
            with(|e, _| e.report_amount = Some(money("-5.00"))),
            Some("-5.00"),
            vec!["refund", "negative_bill"],
        ),
        (
            "too fine",
            with(|e, _| e.report_amount = Some(money("5.001"))),
            Some("5.001"),
            vec!["amount_inexact"],
        ),
        (
            "no date",
            with(|e, _| e.date = None),
            Some("5.00"),
            vec!["date_missing"],
        ),
    ] {
        let mut report = report(vec![one]);
        report.total = total.map(money);
        assert_eq!(kinds(&plan(&rules(), &report)), expected, "{name}");
    }
}

#[test]
fn yen_come_as_hundredths_and_stay_whole() {
    let jpy = Currency::parse("JPY").unwrap();
    let mut one = expense("1", "Shop", "5.00", "Travel");
    one.amount = Money::from_hundredths(100_000, jpy);
    one.report_amount = Some(one.amount);
    let mut report = report(vec![one]);
    report.currency = jpy;
    report.total = Some(Money::from_hundredths(100_000, jpy));
    let planned = plan(&rules(), &report);
    assert_eq!(planned.steps[0].amount.unwrap().to_string(), "1000 JPY");
}

#[test]
fn zero_amounts_are_skipped_and_the_rest_is_written() {
    let report = report(vec![
        expense("1", "Shop", "0.00", ""),
        expense("2", "Shop", "5.00", "Travel"),
    ]);
    let planned = plan(&rules(), &report);
    assert_eq!(planned.steps[0].expenses, [ExpenseId::new("2")]);
    assert_eq!(
        (planned.skips[0].reason, planned.skips[0].amount),
        (SkipReason::ZeroAmount, Some(money("0.00")))
    );
}

#[test]
fn refunds_are_sent_when_set_and_only_a_negative_bill_is_held() {
    let mut rules = rules();
    rules.refunds = RefundPolicy::Send;
    let netted = report(vec![
        expense("1", "Shop", "-2.00", "Travel"),
        expense("2", "Shop", "5.00", "Travel"),
    ]);
    let planned = plan(&rules, &netted);
    assert_eq!(planned.steps[0].amount, Some(money("3.00")));
    assert_eq!(
        kinds(&plan(
            &rules,
            &report(vec![expense("1", "Shop", "-2.00", "Travel")])
        )),
        ["negative_bill"]
    );
    let card_credit = report(vec![carded(expense("1", "Shop", "-2.00", "Travel"))]);
    assert_eq!(
        plan(&rules, &card_credit).steps[0].amount,
        Some(money("-2.00"))
    );
}

#[test]
fn an_expense_listed_twice_is_never_booked_twice() {
    let twice = report(vec![
        expense("1", "Shop", "5.00", "Travel"),
        expense("1", "Shop", "5.00", "Travel"),
    ]);
    assert_eq!(kinds(&plan(&rules(), &twice)), ["unreadable"]);
}

#[test]
fn the_bill_is_dated_as_set() {
    let days = |approved: &str, submitted: &str| (approved.parse().ok(), submitted.parse().ok());
    for (setting, (approved, submitted), expected) in [
        (
            BillDate::Approved,
            days("2026-11-10", "2026-11-09"),
            "2026-11-10",
        ),
        (BillDate::Approved, days("", "2026-11-09"), "2026-11-09"),
        (BillDate::Approved, days("", ""), "2026-11-05"),
        (
            BillDate::Submitted,
            days("2026-11-10", "2026-11-09"),
            "2026-11-09",
        ),
        (BillDate::Submitted, days("2026-11-10", ""), "2026-11-05"),
        (
            BillDate::LastExpense,
            days("2026-11-10", "2026-11-09"),
            "2026-11-05",
        ),
    ] {
        let mut rules = rules();
        rules.bills.date = setting;
        let mut late = expense("2", "Shop", "5.00", "Travel");
        late.date = Some(day("2026-11-05"));
        let mut report = report(vec![late, expense("1", "Shop", "5.00", "Travel")]);
        (report.approved_on, report.submitted_on) = (approved, submitted);
        assert_eq!(
            plan(&rules, &report).steps[0].draft.date(),
            Some(day(expected)),
            "{setting:?}"
        );
    }
}

#[test]
fn closed_books_hold_or_move() {
    for (closed_until, policy, expected) in [
        ("2026-11-02", ClosedPeriod::Hold, Ok("2026-11-03")),
        ("2026-11-03", ClosedPeriod::Hold, Err("closed_period")),
        (
            "2026-11-30",
            ClosedPeriod::MoveToFirstOpenDay,
            Ok("2026-12-01"),
        ),
        (
            "+262142-12-31",
            ClosedPeriod::MoveToFirstOpenDay,
            Err("closed_period"),
        ),
    ] {
        let mut rules = rules();
        rules.closed_until = Some(day(closed_until));
        rules.closed_period = policy;
        let planned = plan(
            &rules,
            &report(vec![carded(expense("1", "Delta", "5.00", "Travel"))]),
        );
        let found = planned
            .steps
            .first()
            .and_then(|s| s.draft.date())
            .ok_or_else(|| planned.findings[0].cause.kind());
        assert_eq!(found, expected.map(day), "{closed_until}");
    }
}

#[test]
fn grouping_decides_how_many_bills_there_are() {
    let three = || {
        report(vec![
            expense("3", "Shop", "5.00", "Travel"),
            expense("1", "Shop", "6.00", "Meals & Entertainment"),
            expense("2", "Shop", "7.00", "Travel"),
        ])
    };
    for (grouping, amounts) in [
        (BillGrouping::PerReport, vec!["18.00"]),
        (BillGrouping::PerExpense, vec!["6.00", "7.00", "5.00"]),
        (BillGrouping::PerCategory, vec!["6.00", "12.00"]),
    ] {
        let mut rules = rules();
        rules.bills.grouping = grouping;
        let planned = plan(&rules, &three());
        let mut found: Vec<_> = planned
            .steps
            .iter()
            .map(|step| step.amount.unwrap())
            .collect();
        let mut wanted: Vec<_> = amounts.into_iter().map(money).collect();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "{grouping:?}");
        assert!(keys(&planned).is_sorted(), "{grouping:?}");
    }
}

#[test]
fn markers_come_from_source_ids_alone() {
    let planned = plan(&rules(), &usual());
    assert_eq!(
        keys(&planned),
        ["EXP-R00X9oNOn2MO", "EXP-4056343049275634495"]
    );
    let mut card_bills = rules();
    card_bills.company_paid =
        CompanyPaid::Bills([("amex 1001".to_owned(), VendorId::new(40))].into());
    assert_eq!(
        keys(&plan(&card_bills, &usual())),
        ["EXP-R00X9oNOn2MO", "EXP-R00X9oNOn2MO-4056343049275634495"]
    );
}

#[test]
fn a_tax_gives_a_net_amount_or_a_finding_on_bills_and_stays_inside_expenses() {
    let mut rules = rules();
    rules.rules = vec![rule(
        "vat",
        Condition::default(),
        Choice {
            tax: Some("VAT".to_owned()),
            ..Choice::default()
        },
    )];
    let one = |amount| expense("1", "Shop", amount, "Travel");
    let planned = plan(&rules, &report(vec![one("12.00")]));
    let Draft::Bill(bill) = &planned.steps[0].draft else {
        panic!()
    };
    assert_eq!(
        (bill.lines[0].net, bill.total),
        (money("10.00"), money("12.00"))
    );
    assert_eq!(
        kinds(&plan(&rules, &report(vec![one("10.05")]))),
        ["tax_inexact"]
    );
    let planned = plan(&rules, &report(vec![carded(one("10.05"))]));
    let Draft::Expense(expense) = &planned.steps[0].draft else {
        panic!()
    };
    assert_eq!(
        (expense.amount, expense.tax.as_ref().unwrap().name.as_str()),
        (money("10.05"), "VAT")
    );
}

#[test]
fn without_accounts_payable_bills_are_held_and_expenses_are_not() {
    let mut parts = parts();
    parts.capabilities.accounts_payable = Some(false);
    let without = Snapshot::new(parts);
    assert_eq!(
        kinds(&plan_report(&without, &usual(), &rules())),
        ["not_permitted"]
    );
    // Vendors cannot be read there: nobody is told to create one.
    let mut unread = without.parts().clone();
    unread.vendors.clear();
    assert_eq!(
        kinds(&plan_report(&Snapshot::new(unread), &usual(), &rules())),
        ["not_permitted"]
    );
    let paid = report(vec![carded(expense("1", "Delta", "5.00", "Travel"))]);
    assert!(!plan_report(&without, &paid, &rules()).is_held());
}

#[test]
fn texts_are_clean_short_and_carry_only_their_own_mark() {
    let mut hostile = expense("1", "Shop\u{0}\n\u{202E}EXP-R1", "5.00", "Travel");
    hostile.comment = format!("{} EXP-2 {}", "x".repeat(3000), "y".repeat(3000));
    let planned = plan(
        &rules(),
        &report(vec![
            hostile.clone(),
            carded(Expense {
                id: ExpenseId::new("9"),
                ..hostile
            }),
        ]),
    );
    for step in &planned.steps {
        let (texts, longest): (Vec<&str>, usize) = match &step.draft {
            Draft::Bill(bill) => (
                bill.lines
                    .iter()
                    .map(|line| line.description.as_str())
                    .collect(),
                400,
            ),
            Draft::Expense(expense) => (vec![&expense.notes, &expense.vendor], 900),
            Draft::Vendor(_) => unreachable!(),
        };
        let marks: Vec<_> = texts.iter().flat_map(|text| Marker::scan(text)).collect();
        assert_eq!(marks, [step.draft.marker().clone()]);
        assert!(
            texts[0].ends_with(&format!("[{}]", step.key)),
            "{}",
            texts[0]
        );
        assert!(
            texts
                .iter()
                .all(|text| text.chars().count() <= longest && !text.contains(char::is_control))
        );
    }
}

#[test]
fn the_source_hash_follows_the_source_and_nothing_else() {
    let base = plan(&rules(), &usual()).steps[0].source;
    let mut other_mapping = rules();
    other_mapping.bills.due_days = 7;
    other_mapping.bills.date = BillDate::LastExpense;
    assert_eq!(plan(&other_mapping, &usual()).steps[0].source, base);
    let mut reordered = usual();
    reordered.expenses.reverse();
    assert_eq!(plan(&rules(), &reordered).steps[0].source, base);
    let mut new_login = usual();
    new_login.employee.email = "bob@acme.test".to_owned();
    assert_eq!(
        plan(&rules(), &new_login).steps[0].source,
        base,
        "the account is the same"
    );
    let mut edited = usual();
    edited.expenses[0].comment = "other".to_owned();
    assert_ne!(plan(&rules(), &edited).steps[0].source, base);
    edited = usual();
    edited.expenses[1].comment = "other".to_owned();
    assert_eq!(
        plan(&rules(), &edited).steps[0].source,
        base,
        "it is not on the bill"
    );
}

#[test]
fn findings_of_one_cause_share_a_key_whatever_they_suggest() {
    let cause = |category: &str, name: &str| Cause::CategoryUnmapped {
        category: Some(category.to_owned()),
        gl_code: None,
        suggestions: vec![sync_core::plan::Candidate {
            id: 1,
            name: name.to_owned(),
            why: String::new(),
        }],
    };
    assert_eq!(cause("Travel", "a").key(), cause("Travel", "b").key());
    assert_ne!(cause("Travel", "a").key(), cause("Meals", "a").key());
    assert_ne!(cause("a|b", "").key(), cause("a", "").key());
    let none = Cause::CategoryUnmapped {
        category: None,
        gl_code: None,
        suggestions: vec![],
    };
    assert_ne!(none.key(), cause("~", "").key());
    let long = cause(&"x".repeat(5000), "");
    assert!(long.key().as_str().len() < 200 && long.note().chars().count() < 300);
}

#[test]
fn a_blank_category_or_account_code_is_none() {
    let mut blank = expense("1", "Shop", "5.00", "");
    for text in ["", "  "] {
        blank.category = Some(text.to_owned());
        blank.category_gl_code = Some(text.to_owned());
        let planned = plan(&rules(), &report(vec![blank.clone()]));
        let causes: Vec<_> = planned.findings.iter().map(|found| &found.cause).collect();
        let [
            Cause::CategoryUnmapped {
                category, gl_code, ..
            },
        ] = &causes[..]
        else {
            panic!("{causes:?}")
        };
        assert_eq!((category, gl_code), (&None, &None));
    }
    blank.category = Some("Nowhere".to_owned());
    blank.category_gl_code = Some("9999".to_owned());
    let planned = plan(&rules(), &report(vec![blank]));
    let [
        Cause::CategoryUnmapped {
            category, gl_code, ..
        },
    ] = &planned
        .findings
        .iter()
        .map(|found| found.cause.clone())
        .collect::<Vec<_>>()[..]
    else {
        panic!("{:?}", planned.findings)
    };
    assert_eq!(
        (category.as_deref(), gl_code.as_deref()),
        (Some("Nowhere"), Some("9999"))
    );
}

#[test]
fn a_rule_can_take_the_tax_off_that_the_table_would_put_on() {
    let mut taxed = expense("1", "Shop", "120.00", "Travel");
    taxed.tax = Some(sync_core::model::ExpenseTax {
        rate_name: Some("VAT 20".to_owned()),
        code: None,
        amount: money("20.00"),
    });
    let mut rules = rules();
    rules.taxes.insert("VAT 20".to_owned(), "VAT".to_owned());
    let net = |rules: &MappingRules| {
        let planned = plan(rules, &report(vec![taxed.clone()]));
        let Draft::Bill(bill) = &planned.steps[0].draft else {
            panic!("{planned:?}")
        };
        (bill.lines[0].net, bill.lines[0].tax.is_some())
    };
    assert_eq!(net(&rules), (money("100.00"), true));
    rules.rules.push(rule(
        "no tax",
        crate::fixtures::merchant_is("Shop"),
        Choice {
            tax: Some(" ".to_owned()),
            ..Choice::default()
        },
    ));
    assert_eq!(net(&rules), (money("120.00"), false));
}

#[test]
fn the_date_names_the_field_it_came_from() {
    use sync_core::model::FieldOrigin;
    for (origin, field) in [
        (FieldOrigin::Original, "created"),
        (FieldOrigin::Converted, "created"),
        (FieldOrigin::Modified, "modifiedCreated"),
    ] {
        let mut dated = carded(expense("1", "Shop", "5.00", "Travel"));
        dated.origins.date = origin;
        let planned = plan(&rules(), &report(vec![dated]));
        let choices = &planned.steps[0].provenance[0].choices;
        let (_, date) = choices.iter().find(|(what, _)| what == "date").unwrap();
        assert_eq!(date.field, field, "{origin:?}");
    }
}
