//! Rules and ladders, one table per thing they choose.

use sync_core::mapping::{Choice, CompanyPaid, Condition, MappingRules, StaffSettings, TextMatch};
use sync_core::model::{
    CategoryId, ClientId, Draft, Expense, ExpenseReport, ProjectId, StaffId, TagLevel, VendorId,
    WorkspaceId,
};
use sync_core::plan::{Cause, Planned, plan_report};

use crate::fixtures::{carded, expense, merchant_is, report, rule, rules, snapshot};

fn plan_with(rules: &MappingRules, report: &ExpenseReport) -> Planned {
    plan_report(&snapshot(), report, rules)
}

fn kinds(planned: &Planned) -> Vec<&'static str> {
    planned
        .findings
        .iter()
        .map(|finding| finding.cause.kind())
        .collect()
}

fn category_of(rules: &MappingRules, expense: Expense) -> Result<u64, String> {
    let planned = plan_with(rules, &report(vec![expense]));
    match planned.steps.first().map(|step| &step.draft) {
        Some(Draft::Bill(bill)) => Ok(bill.lines[0].category.get()),
        _ => Err(planned.findings[0].cause.kind().to_owned()),
    }
}

#[test]
fn the_category_ladder_takes_the_first_step_that_fits_one() {
    let ambiguous = || Err("category_ambiguous".to_owned());
    let unmapped = || Err("category_unmapped".to_owned());
    for (category, gl_code, expected) in [
        ("Travel", "", Ok(100)),
        ("  tRAVEL ", "", Ok(100)),
        ("Travel:Rail", "", Ok(101)),
        ("travel : rail", "", Ok(101)),
        ("Meals & Entertainment: Rail", "", Ok(105)),
        ("Rail", "", ambiguous()),
        ("Twice", "", ambiguous()),
        ("Office:Rail", "", unmapped()),
        ("Closed Category", "", unmapped()),
        ("", "", unmapped()),
        ("Anything", "6100", Ok(100)),
        ("Travel", "6200", Ok(102)),
        ("Travel", " 6200 ", Ok(102)),
        ("Travel", "6300", Ok(100)),
        ("Travel", "6400", Ok(100)),
        ("Travel", "6500", ambiguous()),
        ("", "6500", ambiguous()),
        ("", "6600", Ok(103)),
        ("Nope", "6700", unmapped()),
        ("Nope", "9999", unmapped()),
    ] {
        let mut one = expense("1", "Shop", "5.00", category);
        one.category_gl_code = (!gl_code.is_empty()).then(|| gl_code.to_owned());
        assert_eq!(
            category_of(&rules(), one),
            expected,
            "{category:?} {gl_code:?}"
        );
    }
}

#[test]
fn each_ladder_step_can_be_switched_off() {
    let mut by_name_only = rules();
    by_name_only.ladders.category_by_gl_code = false;
    let mut by_code_only = rules();
    by_code_only.ladders.category_by_name = false;
    let mut one = expense("1", "Shop", "5.00", "Travel");
    one.category_gl_code = Some("6200".to_owned());
    assert_eq!(category_of(&by_name_only, one.clone()), Ok(100));
    assert_eq!(category_of(&by_code_only, one.clone()), Ok(102));
    one.category_gl_code = None;
    assert_eq!(
        category_of(&by_code_only, one),
        Err("category_unmapped".to_owned())
    );
}

#[test]
fn a_condition_holds_when_all_it_states_holds() {
    let is = |text: &str| Some(TextMatch::Is(text.to_owned()));
    let none = Condition::default;
    for (name, when, holds) in [
        ("nothing stated", none(), true),
        (
            "workspace",
            Condition {
                workspace: Some(WorkspaceId::new("W1")),
                ..none()
            },
            true,
        ),
        (
            "other workspace",
            Condition {
                workspace: Some(WorkspaceId::new("W2")),
                ..none()
            },
            false,
        ),
        (
            "category path",
            Condition {
                category: is("TRAVEL : rail"),
                ..none()
            },
            true,
        ),
        (
            "GL code",
            Condition {
                gl_code: Some("6100 ".to_owned()),
                ..none()
            },
            true,
        ),
        (
            "other GL code",
            Condition {
                gl_code: Some("610".to_owned()),
                ..none()
            },
            false,
        ),
        (
            "tag level 2",
            Condition {
                tags: [(2, TextMatch::Is("berlin".to_owned()))].into(),
                ..none()
            },
            true,
        ),
        (
            "tag on another level",
            Condition {
                tags: [(1, TextMatch::Is("berlin".to_owned()))].into(),
                ..none()
            },
            false,
        ),
        (
            "level 0 is no level",
            Condition {
                tags: [(0, TextMatch::Is("Sales".to_owned()))].into(),
                ..none()
            },
            false,
        ),
        (
            "absent level is empty",
            Condition {
                tags: [(9, TextMatch::Is(String::new()))].into(),
                ..none()
            },
            true,
        ),
        (
            "employee",
            Condition {
                employee: Some("ANN@acme.test".to_owned()),
                ..none()
            },
            true,
        ),
        (
            "merchant start",
            Condition {
                merchant: Some(TextMatch::StartsWith("del".to_owned())),
                ..none()
            },
            true,
        ),
        (
            "merchant part",
            Condition {
                merchant: Some(TextMatch::Contains("AIR".to_owned())),
                ..none()
            },
            true,
        ),
        (
            "merchant whole",
            Condition {
                merchant: is("Delta"),
                ..none()
            },
            false,
        ),
        (
            "card feed",
            Condition {
                card: is("american express"),
                ..none()
            },
            true,
        ),
        (
            "card name",
            Condition {
                card: is("amex 1001"),
                ..none()
            },
            true,
        ),
        (
            "company paid",
            Condition {
                reimbursable: Some(false),
                ..none()
            },
            true,
        ),
        (
            "owed",
            Condition {
                reimbursable: Some(true),
                ..none()
            },
            false,
        ),
        (
            "one of two fails",
            Condition {
                merchant: is("delta air"),
                reimbursable: Some(true),
                ..none()
            },
            false,
        ),
    ] {
        let mut one = carded(expense("1", "Delta  Air", "5.00", "Travel:Rail"));
        one.category_gl_code = Some("6100".to_owned());
        one.tags = ["Sales", "Berlin"]
            .map(|name| TagLevel {
                name: name.to_owned(),
                gl_code: None,
            })
            .to_vec();
        let mut rules = rules();
        rules.rules = vec![rule(
            "r",
            when,
            Choice {
                category: Some(CategoryId::new(103)),
                ..Choice::default()
            },
        )];
        let planned = plan_with(&rules, &report(vec![one]));
        let Draft::Expense(draft) = &planned.steps[0].draft else {
            panic!("{name}")
        };
        assert_eq!(draft.category.get() == 103, holds, "{name}");
    }
}

#[test]
fn for_each_thing_the_first_matching_rule_that_states_it_wins() {
    let mut rules = rules();
    let any = Condition::default;
    rules.rules = vec![
        rule(
            "other merchant",
            merchant_is("x"),
            Choice {
                category: Some(CategoryId::new(100)),
                ..Choice::default()
            },
        ),
        rule(
            "staff only",
            any(),
            Choice {
                staff: Some(StaffId::new(2)),
                ..Choice::default()
            },
        ),
        rule(
            "category",
            any(),
            Choice {
                category: Some(CategoryId::new(103)),
                ..Choice::default()
            },
        ),
        rule(
            "too late",
            any(),
            Choice {
                category: Some(CategoryId::new(102)),
                staff: Some(StaffId::new(1)),
                ..Choice::default()
            },
        ),
    ];
    let planned = plan_with(
        &rules,
        &report(vec![carded(expense("1", "Shop", "5.00", "Travel"))]),
    );
    let Draft::Expense(draft) = &planned.steps[0].draft else {
        panic!()
    };
    assert_eq!((draft.category.get(), draft.staff.get()), (103, 2));
    let by: Vec<_> = planned.steps[0].provenance[0]
        .choices
        .iter()
        .map(|(what, c)| format!("{what}: {}", c.by))
        .collect();
    assert_eq!(
        by[..2],
        ["category: rule \"category\"", "staff: rule \"staff only\""]
    );
}

#[test]
fn what_a_rule_names_must_exist_and_be_active() {
    let any = Condition::default;
    for (then, note) in [
        (
            Choice {
                category: Some(CategoryId::new(104)),
                ..Choice::default()
            },
            "category '104', which is not active",
        ),
        (
            Choice {
                category: Some(CategoryId::new(999)),
                ..Choice::default()
            },
            "category '999', which FreshBooks does not",
        ),
        (
            Choice {
                project: Some(ProjectId::new(71)),
                ..Choice::default()
            },
            "project '71', which is not active",
        ),
        (
            Choice {
                client: Some(ClientId::new(81)),
                ..Choice::default()
            },
            "client '81', which FreshBooks does not",
        ),
        (
            Choice {
                staff: Some(StaffId::new(3)),
                ..Choice::default()
            },
            "staff member '3', which FreshBooks does not",
        ),
        (
            Choice {
                tax: Some("GST".to_owned()),
                ..Choice::default()
            },
            "tax 'GST', which FreshBooks does not",
        ),
        (
            Choice {
                tax: Some("Odd".to_owned()),
                ..Choice::default()
            },
            "percent of tax 'Odd', which FreshBooks does not",
        ),
    ] {
        let mut rules = rules();
        rules.rules = vec![rule("r", any(), then)];
        let planned = plan_with(
            &rules,
            &report(vec![carded(expense("1", "Shop", "5.00", "Travel"))]),
        );
        assert_eq!(kinds(&planned), ["reference_missing"], "{note}");
        let text = planned.findings[0].cause.note();
        assert!(text.contains(note), "{text}");
    }
}

#[test]
fn the_vendor_ladder_never_guesses() {
    for (email, name, expected) in [
        ("ann@acme.test", "", Ok(5)),
        (" Ann@ACME.test", "Nobody", Ok(5)),
        ("bob@acme.test", "bob  ray", Ok(6)),
        ("twin@acme.test", "Ann Lee", Err("vendor_ambiguous")),
        ("other@acme.test", "Twin", Err("vendor_ambiguous")),
        ("gone@acme.test", "Gone Person", Err("vendor_missing")),
        ("", "", Err("vendor_missing")),
    ] {
        let mut report = report(vec![expense("1", "Shop", "5.00", "Travel")]);
        report.employee.email = email.to_owned();
        report.employee.name = (!name.is_empty()).then(|| name.to_owned());
        let planned = plan_with(&rules(), &report);
        let found = match planned.steps.first().map(|step| &step.draft) {
            Some(Draft::Bill(bill)) => Ok(bill.vendor.get()),
            _ => Err(planned.findings[0].cause.kind()),
        };
        assert_eq!(found, expected, "{email} {name}");
    }
}

#[test]
fn a_vendor_by_rule_comes_first_and_two_of_them_cannot_share_a_bill() {
    let mut rules = rules();
    let choice = |id| Choice {
        vendor: Some(VendorId::new(id)),
        ..Choice::default()
    };
    rules.rules = vec![
        rule("a", merchant_is("a"), choice(6)),
        rule("gone", merchant_is("gone"), choice(9)),
    ];
    let lines = |names: &[&str]| {
        report(
            names
                .iter()
                .enumerate()
                .map(|(i, name)| expense(&i.to_string(), name, "5.00", "Travel"))
                .collect(),
        )
    };
    let planned = plan_with(&rules, &lines(&["a", "a"]));
    let Draft::Bill(bill) = &planned.steps[0].draft else {
        panic!()
    };
    assert_eq!(bill.vendor.get(), 6);
    assert_eq!(
        kinds(&plan_with(&rules, &lines(&["a", "b"]))),
        ["vendor_ambiguous"]
    );
    assert_eq!(
        kinds(&plan_with(&rules, &lines(&["gone"]))),
        ["reference_missing"]
    );
}

#[test]
fn a_vendor_is_created_only_where_nothing_stands_against_it() {
    for (email, allowed, other_finding, created, expected) in [
        ("new@acme.test", true, false, 1, vec![]),
        ("new@acme.test", false, false, 0, vec!["vendor_missing"]),
        ("gone@acme.test", true, false, 0, vec!["vendor_missing"]),
        ("twin@acme.test", true, false, 0, vec!["vendor_ambiguous"]),
        ("new@acme.test", true, true, 0, vec!["category_unmapped"]),
        ("", true, false, 0, vec!["vendor_missing"]),
    ] {
        let mut rules = rules();
        rules.ladders.create_missing_vendors = allowed;
        let category = if other_finding { "Nope" } else { "Travel" };
        let mut report = report(vec![
            expense("1", "Shop", "5.00", category),
            carded(expense("2", "Delta", "1.00", "Travel")),
        ]);
        report.employee.email = email.to_owned();
        report.employee.name = None;
        let planned = plan_with(&rules, &report);
        assert_eq!(
            (planned.vendors_first.len(), kinds(&planned)),
            (created, expected),
            "{email}"
        );
        assert!(planned.steps.is_empty());
    }
}

#[test]
fn cards_without_a_vendor_are_findings_when_bills_are_set() {
    let mut rules = rules();
    rules.company_paid =
        CompanyPaid::Bills([("American  EXPRESS".to_owned(), VendorId::new(40))].into());
    let by_feed = carded(expense("1", "Delta", "5.00", "Travel"));
    let planned = plan_with(&rules, &report(vec![by_feed.clone()]));
    let Draft::Bill(bill) = &planned.steps[0].draft else {
        panic!()
    };
    assert_eq!(bill.vendor.get(), 40);
    let mut cash = by_feed;
    cash.card = None;
    let planned = plan_with(&rules, &report(vec![cash]));
    assert_eq!(
        planned.findings[0].cause,
        Cause::CardVendorMissing {
            card: String::new()
        }
    );
}

#[test]
fn staff_comes_from_rule_then_table_then_default() {
    let company = || report(vec![carded(expense("1", "Delta", "5.00", "Travel"))]);
    let staff = |rules: &MappingRules| {
        let planned = plan_with(rules, &company());
        match planned.steps.first().map(|step| &step.draft) {
            Some(Draft::Expense(draft)) => Ok(draft.staff.get()),
            _ => Err(planned.findings[0].cause.kind()),
        }
    };
    let mut rules = rules();
    assert_eq!(staff(&rules), Ok(1));
    rules
        .staff
        .by_employee
        .insert("ann@acme.test".to_owned(), StaffId::new(2));
    assert_eq!(staff(&rules), Ok(2));
    rules.staff = StaffSettings::default();
    assert_eq!(staff(&rules), Err("staff_missing"));
    rules.staff.default = Some(StaffId::new(77));
    assert_eq!(staff(&rules), Err("reference_missing"));
}

#[test]
fn suggestions_are_near_and_few() {
    let planned = plan_with(
        &rules(),
        &report(vec![expense("1", "Shop", "5.00", "Travel: Raill")]),
    );
    let Cause::CategoryUnmapped { suggestions, .. } = &planned.findings[0].cause else {
        panic!()
    };
    assert!(
        suggestions.len() <= 3 && suggestions.iter().any(|one| one.id == 100),
        "{suggestions:?}"
    );
    let mut by_name_only = rules();
    by_name_only.ladders.category_by_gl_code = false;
    let mut coded = expense("1", "Shop", "5.00", "Nope");
    coded.category_gl_code = Some("6200".to_owned());
    let planned = plan_with(&by_name_only, &report(vec![coded]));
    let Cause::CategoryUnmapped { suggestions, .. } = &planned.findings[0].cause else {
        panic!()
    };
    assert_eq!(
        (suggestions[0].id, suggestions[0].why.as_str()),
        (102, "equal GL code")
    );
}
