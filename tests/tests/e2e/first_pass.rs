//! What the demo's data becomes.

use rust_decimal::Decimal;
use sync_core::model::Money;
use sync_core::plan::SkipReason;
use sync_core::state::ReportStatus;
use sync_tests::{Rig, Written, standing};

/// The demo's approved reports as bills: mark, total, day of approval, vendor, and the category of each line.
fn expected_bills() -> Vec<Written> {
    let amara = [8002, 8003, 8004, 8008];
    let field = [8002, 8008, 8003, 8004];
    vec![
        Written::new(
            "EXP-R00DemoAmara1",
            "799.75 USD",
            "2026-07-09",
            "501",
            &amara,
        ),
        Written::new(
            "EXP-R00DemoBen001",
            "27.35 USD",
            "2026-07-10",
            "502",
            &[8002],
        ),
        // Two lines spent in euro, one whose merchant, amount and date were read wrong at first.
        Written::new(
            "EXP-R00DemoChiara",
            "584.31 USD",
            "2026-07-11",
            "503",
            &[8003, 8004, 8005],
        ),
        // Tax inside, and a zero amount left out.
        Written::new(
            "EXP-R00DemoDmitri",
            "327.70 USD",
            "2026-07-06",
            "504",
            &[8003, 8009],
        ),
        Written::new(
            "EXP-R00DemoField1",
            "493.55 USD",
            "2026-07-12",
            "504",
            &field,
        ),
        Written::new(
            "EXP-R00DemoField2",
            "252.55 USD",
            "2026-07-14",
            "504",
            &[8008, 8003, 8004],
        ),
        Written::new(
            "EXP-R00DemoTwins1",
            "5.50 USD",
            "2026-07-13",
            "503",
            &[8008],
        ),
    ]
}

/// The demo's company-paid lines as expenses.
fn expected_expenses() -> Vec<Written> {
    let expense = |id: &str, total, date, merchant, category| {
        Written::new(
            &format!("EXP-4056343049275{id}"),
            total,
            date,
            merchant,
            &[category],
        )
    };
    vec![
        expense(
            "630201",
            "642.50 USD",
            "2026-07-05",
            "Pike Street Catering",
            8004,
        ),
        expense("630203", "118.90 USD", "2026-07-06", "FedEx Office", 8005),
        expense("630204", "180.00 USD", "2026-07-06", "Figma", 8006),
        expense("630501", "219.96 USD", "2026-07-05", "Adobe", 8006),
        expense("630502", "500.00 USD", "2026-07-06", "LinkedIn Ads", 8007),
        expense(
            "630503",
            "139.95 USD",
            "2026-07-07",
            "Comcast Business",
            8009,
        ),
        // Two equal lines are two expenses, not a duplicate.
        expense(
            "631401",
            "32.99 USD",
            "2026-07-10",
            "Seattle Art Museum",
            8004,
        ),
        expense(
            "631402",
            "32.99 USD",
            "2026-07-10",
            "Seattle Art Museum",
            8004,
        ),
    ]
}

#[tokio::test]
async fn the_demo_becomes_exactly_these_bills_and_expenses() {
    let rig = Rig::demo().await;
    let summary = rig.sync().await;
    assert_eq!(rig.bills(), expected_bills());
    assert_eq!(rig.expenses(), expected_expenses());
    assert_eq!(
        (summary.written, summary.verified, summary.adopted),
        (15, 15, 0)
    );
    let written: Decimal = summary.amounts.iter().map(Money::amount).sum();
    assert_eq!(written, "4358.00".parse().unwrap());
    assert_eq!(
        (summary.unconfirmed, summary.waiting, summary.unreadable),
        (0, 0, 0)
    );
    rig.assert_each_record_exists_once("after the first pass")
        .await;
}

#[tokio::test]
async fn what_cannot_be_mapped_is_held_by_cause_and_the_rest_goes_through() {
    let rig = Rig::demo().await;
    let summary = rig.sync().await;
    assert_eq!((summary.held_reports, summary.open_items), (3, 3));
    let mut held = rig.held().await;
    held.sort();
    let one = |kind, report: &str| (kind, vec![report.to_owned()]);
    assert_eq!(
        held,
        [
            one("category_unmapped", "R00DemoGifts1"),
            one("refund", "R00DemoRefund"),
            one("vendor_missing", "R00DemoElif01")
        ]
    );
    let notes: Vec<String> = rig
        .review()
        .await
        .iter()
        .map(|item| item.cause.note())
        .collect();
    assert!(
        notes.iter().any(|note| note.contains("Client Gifts")),
        "{notes:?}"
    );
    assert!(
        notes
            .iter()
            .any(|note| note.contains("elif@northwind.example")),
        "{notes:?}"
    );
}

#[tokio::test]
async fn open_submitted_and_test_reports_stay_out_and_zero_amounts_are_skipped_with_a_reason() {
    let rig = Rig::demo().await;
    rig.sync().await;
    let reports = rig.reports().await;
    let status = |id: &str| {
        reports
            .iter()
            .find(|stored| stored.report.id.as_str() == id)
            .map(|stored| stored.status)
    };
    assert_eq!(status("R00DemoOpen01"), None);
    assert_eq!(status("R00DemoSubmit"), None);
    assert_eq!(
        status("R00DemoTest01"),
        Some(ReportStatus::OutOfScope(SkipReason::OtherMode))
    );
    let skips: Vec<_> = reports
        .iter()
        .flat_map(|stored| &stored.skips)
        .filter_map(|skip| Some((skip.expense.clone()?, skip.reason)))
        .collect();
    assert_eq!(skips.len(), 1, "{skips:?}");
    assert_eq!(
        (skips[0].0.as_str(), skips[0].1),
        ("4056343049275630403", SkipReason::ZeroAmount)
    );
}

#[tokio::test]
async fn test_mode_syncs_the_test_reports_and_nothing_else() {
    let mut rig = Rig::demo().await;
    rig.connection.rules.scope.mode = sync_core::mapping::RunMode::Test;
    assert_eq!(rig.sync().await.written, 2);
    assert_eq!(
        rig.bills(),
        [Written::new(
            "EXP-R00DemoTest01",
            "1.00 USD",
            "2026-07-11",
            "501",
            &[8005]
        )]
    );
    assert_eq!(rig.expenses().len(), 1);
    rig.assert_agrees("test mode").await;
}

#[tokio::test]
async fn edited_fields_and_foreign_amounts_are_the_ones_people_see_in_expensify() {
    let rig = Rig::demo().await;
    rig.sync().await;
    let bills = standing(rig.sandbox.bills());
    let chiara = bills
        .iter()
        .find(|bill| bill["bill_number"] == "EXP-R00DemoChiara")
        .unwrap();
    let lines: Vec<(&str, &str)> = chiara["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            (
                line["unit_cost"]["amount"].as_str().unwrap(),
                line["description"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(lines[0].0, "424.01");
    assert!(lines[0].1.contains("spent 389.00 EUR"), "{}", lines[0].1);
    assert!(lines[1].1.contains("città"), "{}", lines[1].1);
    assert_eq!(lines[2].0, "89.99");
    assert!(
        lines[2].1.starts_with("Blick Art Materials"),
        "{}",
        lines[2].1
    );
}

#[tokio::test]
async fn with_a_tax_rule_net_and_tax_come_back_as_the_gross_of_expensify() {
    let mut rig = Rig::demo().await;
    rig.connection
        .rules
        .taxes
        .insert("HST".to_owned(), "HST".to_owned());
    rig.sync().await;
    let bills = standing(rig.sandbox.bills());
    let dmitri = bills
        .iter()
        .find(|bill| bill["bill_number"] == "EXP-R00DemoDmitri")
        .unwrap();
    let nets: Vec<&str> = dmitri["lines"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|line| line["unit_cost"]["amount"].as_str())
        .collect();
    assert_eq!(nets, ["250.00", "40.00"]);
    assert_eq!(dmitri["total_amount"]["amount"], "327.70");
    assert_eq!(dmitri["tax_amount"]["amount"], "37.70");
    rig.assert_each_record_exists_once("with a tax rule").await;
}

#[tokio::test]
async fn the_exported_label_is_set_once_everything_of_a_report_is_verified() {
    let mut rig = Rig::demo().await;
    rig.connection.settings.exported_label = Some("FreshBooks".to_owned());
    let summary = rig.sync().await;
    assert_eq!(summary.acknowledged, 8);
    let mut labelled: Vec<String> = rig
        .sandbox
        .reports()
        .into_iter()
        .filter(|report| report.labels == ["FreshBooks"])
        .map(|report| report.id)
        .collect();
    labelled.sort();
    let expected = [
        "Amara1", "Ben001", "Cards1", "Chiara", "Dmitri", "Field1", "Field2", "Twins1",
    ]
    .map(|id| format!("R00Demo{id}"));
    assert_eq!(labelled, expected);
    assert_eq!(rig.sync().await.acknowledged, 0);
}

#[tokio::test]
async fn expensify_is_told_once_that_a_report_is_reimbursed_when_its_bill_is_paid() {
    let mut rig = Rig::demo().await;
    rig.connection.settings.tell_reimbursed = true;
    assert_eq!(rig.sync().await.reimbursed, 0);
    let id = rig.record_id("EXP-R00DemoAmara1");
    rig.sandbox
        .person(sync_sandbox::Person::PayBill { id })
        .unwrap();
    assert_eq!(rig.sync().await.reimbursed, 1);
    let state = |id: &str| {
        rig.sandbox
            .reports()
            .into_iter()
            .find(|report| report.id == id)
            .unwrap()
            .state
    };
    assert_eq!(
        state("R00DemoAmara1"),
        sync_sandbox::ReportState::Reimbursed
    );
    assert_eq!(state("R00DemoBen001"), sync_sandbox::ReportState::Approved);
    assert_eq!(rig.sync().await.reimbursed, 0);
    rig.assert_each_record_exists_once("after the payment")
        .await;
}
