//! The review queue: what a person fixes goes through, and nothing else.

use sync_core::engine::Decision;
use sync_core::mapping::{Choice, Condition, Rule, TextMatch};
use sync_core::model::CategoryId;
use sync_sandbox::{Category, Person, Vendor};
use sync_tests::{Rig, Written};

fn elif() -> Person {
    let vendor = Vendor {
        name: "Elif Demir".to_owned(),
        email: Some("elif@northwind.example".to_owned()),
        ..Vendor::default()
    };
    Person::CreateVendor {
        account_id: None,
        vendor,
    }
}

fn new_bills(rig: &Rig, before: &[Written]) -> Vec<String> {
    rig.bills()
        .into_iter()
        .filter(|bill| !before.contains(bill))
        .map(|bill| bill.mark)
        .collect()
}

#[tokio::test]
async fn a_rule_for_the_category_lets_exactly_the_blocked_report_through() {
    let mut rig = Rig::demo().await;
    rig.sync().await;
    let before = rig.bills();
    let category = Category {
        name: "Gifts to Clients".to_owned(),
        ..Category::default()
    };
    let made = rig
        .sandbox
        .person(Person::CreateCategory {
            account_id: None,
            category,
        })
        .unwrap();
    let when = Condition {
        category: Some(TextMatch::Is("Client Gifts".to_owned())),
        ..Condition::default()
    };
    let then = Choice {
        category: made["id"].as_u64().map(CategoryId::new),
        ..Choice::default()
    };
    rig.connection.rules.rules.push(Rule {
        name: "client gifts".to_owned(),
        when,
        then,
    });
    let summary = rig.sync().await;
    assert_eq!((summary.written, summary.held_reports), (1, 2));
    assert_eq!(new_bills(&rig, &before), ["EXP-R00DemoGifts1"]);
    rig.assert_each_record_exists_once("category mapped").await;
}

#[tokio::test]
async fn a_vendor_made_by_a_person_lets_exactly_the_blocked_report_through() {
    let rig = Rig::demo().await;
    rig.sync().await;
    let before = rig.bills();
    rig.sandbox.person(elif()).unwrap();
    assert_eq!(rig.sync().await.written, 1);
    assert_eq!(new_bills(&rig, &before), ["EXP-R00DemoElif01"]);
    rig.assert_each_record_exists_once("vendor made").await;
}

#[tokio::test]
async fn a_missing_vendor_is_created_once_when_the_setting_allows_it() {
    let mut rig = Rig::demo().await;
    rig.connection.rules.ladders.create_missing_vendors = true;
    let summary = rig.sync().await;
    assert_eq!((summary.written, summary.held_reports), (17, 2));
    assert_eq!(rig.sync().await.written, 0);
    rig.assert_each_record_exists_once("vendor created").await;
}

#[tokio::test]
async fn a_refund_skipped_by_a_person_stays_skipped_and_the_totals_agree() {
    let rig = Rig::demo().await;
    rig.sync().await;
    let item = rig
        .review()
        .await
        .into_iter()
        .find(|item| item.cause.kind() == "refund")
        .unwrap()
        .number;
    let decision = Decision::Skip {
        item,
        reason: "settled in cash".to_owned(),
    };
    rig.engine
        .decide(&rig.connection, "nora", decision)
        .await
        .unwrap();
    let summary = rig.sync().await;
    assert_eq!((summary.written, summary.open_items), (0, 2));
    rig.assert_each_record_exists_once("after the skip").await;
}
