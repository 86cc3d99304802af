//! FreshBooks keeps another record than was sent, or cannot hold a currency: a named item of the review queue, no second
//! record, and totals that still add up.

use std::time::Duration;

use serde_json::{Map, Value, json};
use sync_core::plan::Cause;
use sync_sandbox::{Effect, Fault, Scenario, Service};
use sync_tests::Rig;

use crate::support::{few, small};

/// A pass in which one record sent to `path` is stored with these fields in place of ours.
async fn stored_otherwise(path: &str, fields: Value) -> Rig {
    let rig = small().await;
    let fields: Map<String, Value> = fields.as_object().unwrap().clone();
    rig.fault(
        Fault::on(Service::FreshBooks, Effect::Alter { fields })
            .method("POST")
            .path(path),
    );
    let summary = rig.sync().await;
    assert_eq!((summary.written, summary.verified), (5, 4), "{summary:?}");
    rig
}

/// Asserts that the one record that differs is a review item that names this field with both values, that nothing is
/// written again, and that the money is accounted for, if not as agreeing.
async fn assert_named(rig: &Rig, field: &str, observed: &str) {
    let cause = rig.cause("marked_record_differs").await;
    let differences = if let Cause::MarkedRecordDiffers { differences, .. } = &cause {
        differences.as_slice()
    } else {
        &[]
    };
    let named = differences.iter().find(|it| it.field == field).unwrap();
    assert_eq!(named.observed, observed);
    assert!(named.planned.ends_with("USD"), "{named:?}");
    let note = rig.cause("marked_record_differs").await.note();
    assert!(
        note.contains(&named.planned) && note.contains(observed),
        "{note}"
    );
    let posts = rig.sandbox.posts().len();
    for _ in 0..3 {
        rig.advance(Duration::from_hours(1));
        assert_eq!(rig.sync().await.written, 0);
    }
    assert_eq!(rig.sandbox.posts().len(), posts);
    assert_eq!(rig.review().await.len(), 1);
}

#[tokio::test]
async fn a_bill_that_freshbooks_keeps_in_another_currency_is_a_review_item() {
    let rig = stored_otherwise("/bills/bills", json!({"currency_code": "CAD"})).await;
    assert_named(&rig, "currency", "CAD").await;
}

#[tokio::test]
async fn an_expense_that_freshbooks_keeps_in_another_currency_is_a_review_item() {
    let amount = json!({"amount": {"amount": "318.40", "code": "EUR"}});
    let rig = stored_otherwise("/expenses/expenses", amount).await;
    assert_named(&rig, "currency", "EUR").await;
}

#[tokio::test]
async fn an_expense_that_freshbooks_keeps_with_another_amount_is_a_review_item() {
    let amount = json!({"amount": {"amount": "0.01", "code": "USD"}});
    let rig = stored_otherwise("/expenses/expenses", amount).await;
    assert_named(&rig, "total", "0.01 USD").await;
    // What was approved counts as in review, whole, and not as posted.
    rig.assert_agrees("kept with another amount").await;
}

/// The two reports, the first of them in Canadian dollars, for an account that holds US dollars alone.
fn a_foreign_report() -> Scenario {
    let mut scenario = few();
    scenario.freshbooks.businesses[0].currencies = vec!["USD".to_owned()];
    scenario.expensify.reports[0].currency = Some("CAD".to_owned());
    scenario
}

#[tokio::test]
async fn a_report_in_a_currency_the_account_cannot_hold_is_refused_once_and_named() {
    let rig = Rig::of(a_foreign_report()).await;
    let summary = rig.sync().await;
    assert!(summary.written > 0 && summary.open_items > 0, "{summary:?}");
    let refused: Vec<Cause> = rig
        .review()
        .await
        .into_iter()
        .map(|item| item.cause)
        .collect();
    for cause in &refused {
        assert_eq!(cause.kind(), "refused");
        assert!(
            cause.note().contains("Currency CAD is not available"),
            "{}",
            cause.note()
        );
    }
    let posts = rig.sandbox.posts().len();
    rig.advance(Duration::from_hours(1));
    assert_eq!(rig.sync().await.written, 0);
    assert_eq!(
        rig.sandbox.posts().len(),
        posts,
        "a refusal is not asked for again"
    );
    rig.assert_agrees("refused for its currency").await;
    rig.assert_audit_is_whole("refused for its currency").await;
}
