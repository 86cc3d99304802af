//! What people do after records were written: edits, deletions and duplicates on either side, and other installations.

use std::time::Duration;

use serde_json::{Value, json};
use sync_core::plan::Cause;
use sync_core::state::{Discrepancy, Drift, EntryState};
use sync_sandbox::{Person, Service};
use sync_tests::{Rig, standing};

const AMARA: &str = "EXP-R00DemoAmara1";

#[tokio::test]
async fn a_second_installation_with_an_empty_database_adopts_everything_and_writes_nothing() {
    let rig = Rig::demo().await;
    rig.sync().await;
    rig.sandbox.clear_requests();
    let second = rig.second_installation().await;
    let summary = second.sync().await;
    assert_eq!(
        (summary.written, summary.adopted, summary.verified),
        (0, 15, 15)
    );
    assert!(rig.sandbox.posts().is_empty());
    second
        .assert_each_record_exists_once("second installation")
        .await;
}

#[tokio::test]
async fn a_report_edited_and_approved_again_is_one_review_item_with_its_correction() {
    let rig = Rig::demo().await;
    rig.sync().await;
    assert!(rig.sandbox.edit_report("R00DemoAmara1", |report| {
        report.expenses[2].modified_amount = Some(2075);
    }));
    approve_again(&rig, "R00DemoAmara1");
    let summary = rig.sync().await;
    assert_eq!((summary.written, summary.open_items), (0, 4));
    let Cause::ChangedAfterPosting { key, corrections } = rig.cause("changed_after_posting").await
    else {
        panic!("another cause")
    };
    assert_eq!(key, AMARA);
    let total = corrections
        .iter()
        .find(|change| change.field == "total")
        .unwrap();
    assert!(
        total.planned.contains("801.75") && total.observed.contains("799.75"),
        "{total:?}"
    );
    assert_eq!(
        rig.bills().iter().filter(|bill| bill.mark == AMARA).count(),
        1
    );
    rig.assert_agrees("edited after posting").await;
    // Seen again and again, it stays one item.
    rig.sync().await;
    assert_eq!(rig.review().await.len(), 4);
}

#[tokio::test]
async fn an_edit_that_kept_its_old_approval_is_found_by_the_next_sweep() {
    let rig = Rig::demo().await;
    rig.sync().await;
    assert!(rig.sandbox.edit_report("R00DemoAmara1", |report| {
        report.expenses[2].modified_amount = Some(2075);
    }));
    assert_eq!(rig.sync().await.intake.changed, 0);
    rig.advance(Duration::from_hours(24));
    let summary = rig.sync().await;
    assert_eq!(
        (
            summary.intake.changed,
            summary.written,
            summary.requests.source.exports
        ),
        (1, 0, 2)
    );
    rig.cause("changed_after_posting").await;
    rig.assert_agrees("found by the sweep").await;
}

#[tokio::test]
async fn a_bill_deleted_by_hand_is_drift_and_not_a_new_bill() {
    let rig = Rig::demo().await;
    rig.sync().await;
    let id = rig.record_id(AMARA);
    rig.sandbox.person(Person::DeleteBill { id }).unwrap();
    let reconciliation = rig.reconcile().await;
    assert!(reconciliation.agrees(), "{reconciliation:#?}");
    assert!(
        matches!(&reconciliation.discrepancies[..], [Discrepancy::Deleted { key, .. }] if key.as_str() == AMARA)
    );
    assert!(matches!(
        rig.entry(AMARA).await.state,
        EntryState::Drifted {
            drift: Drift::Deleted,
            ..
        }
    ));
    rig.sandbox.clear_requests();
    rig.settle().await;
    assert_eq!(rig.sync().await.drifted, 1);
    assert!(rig.sandbox.posts().is_empty());
    assert!(rig.bills().iter().all(|bill| bill.mark != AMARA));
    rig.assert_audit_is_whole("deleted by hand").await;
}

#[tokio::test]
async fn a_bill_edited_by_hand_is_drift_that_names_what_differs() {
    let rig = Rig::demo().await;
    rig.sync().await;
    let id = rig.record_id(AMARA);
    let bills = standing(rig.sandbox.bills());
    let mut lines = bills.iter().find(|bill| bill["id"] == id).unwrap()["lines"].clone();
    lines[0]["unit_cost"] = json!({"amount": "300.00", "code": "USD"});
    edit(&rig, id, "lines", lines);
    let reconciliation = rig.reconcile().await;
    assert!(reconciliation.agrees(), "{reconciliation:#?}");
    let [Discrepancy::Edited { differences, .. }] = &reconciliation.discrepancies[..] else {
        panic!("{:?}", reconciliation.discrepancies)
    };
    assert!(
        differences
            .iter()
            .any(|change| change.field == "total" && change.observed.contains("781.35")),
        "{differences:?}"
    );
    assert!(matches!(
        rig.entry(AMARA).await.state,
        EntryState::Drifted {
            drift: Drift::Changed(_),
            ..
        }
    ));
    rig.sandbox.clear_requests();
    assert_eq!(rig.sync().await.drifted, 1);
    assert!(rig.sandbox.posts().is_empty());
}

#[tokio::test]
async fn a_copy_made_by_hand_makes_the_totals_disagree() {
    let rig = Rig::demo().await;
    rig.sync().await;
    // A person copies a record with its notes: money is in the books twice and nothing in Expensify stands behind it.
    let original = standing(rig.sandbox.expenses()).swap_remove(0);
    let mark = sync_tests::mark_of(&original);
    let second = rig.second_installation().await;
    copy_by_hand(&rig, &original).await;
    assert_eq!(
        rig.requests(Service::FreshBooks, &["POST", "/expenses/expenses"]),
        9
    );
    let reconciliation = rig.reconcile().await;
    assert!(!reconciliation.agrees());
    let named = |found: &Discrepancy| matches!(found, Discrepancy::Duplicate { key, records, .. } if key.as_str() == mark && records.len() == 2);
    assert!(
        reconciliation.discrepancies.iter().any(named),
        "{:?}",
        reconciliation.discrepancies
    );
    // Whoever meets both for the first time asks a person which is ours.
    second.sync().await;
    assert!(
        matches!(second.cause("duplicate_records").await, Cause::DuplicateRecords { records, .. } if records.len() == 2)
    );
}

#[tokio::test]
async fn a_report_unapproved_after_posting_waits_for_a_person() {
    let rig = Rig::demo().await;
    rig.sync().await;
    rig.sandbox
        .person(Person::UnapproveReport {
            id: "R00DemoAmara1".to_owned(),
        })
        .unwrap();
    rig.reconcile().await;
    rig.sync().await;
    assert!(
        matches!(rig.cause("unapproved_after_posting").await, Cause::UnapprovedAfterPosting { report, .. } if report == "R00DemoAmara1")
    );
    assert_eq!(
        rig.bills().iter().filter(|bill| bill.mark == AMARA).count(),
        1
    );
}

#[tokio::test]
async fn a_report_deleted_after_posting_is_told_with_its_evidence_and_voided_by_order() {
    let rig = Rig::demo().await;
    rig.sync().await;
    let id = "R00DemoAmara1".to_owned();
    rig.sandbox.person(Person::RemoveReport { id }).unwrap();
    rig.assert_agrees("one look").await;
    rig.sync().await;
    assert_eq!(rig.review().await.len(), 3, "one look proves nothing");
    rig.advance(Duration::from_hours(25));
    rig.assert_agrees("two looks").await;
    rig.sync().await;
    let cause = rig.cause("vanished_after_posting").await;
    assert!(
        matches!(&cause, Cause::VanishedAfterPosting { report, looks, .. } if report == "R00DemoAmara1" && *looks >= 2),
        "{cause:?}"
    );
    let bills = |rig: &Rig| rig.bills().iter().filter(|bill| bill.mark == AMARA).count();
    assert_eq!(bills(&rig), 1);
    crate::corrections::order(
        &rig,
        "vanished_after_posting",
        sync_core::engine::CorrectionKind::VoidAndRepost,
    )
    .await
    .unwrap();
    rig.sandbox.clear_requests();
    rig.sync().await;
    assert!(rig.sandbox.posts().is_empty());
    assert_eq!(bills(&rig), 0);
    rig.assert_agrees("voided").await;
}

#[tokio::test]
async fn an_expense_moved_to_another_report_is_not_written_twice() {
    let rig = Rig::demo().await;
    rig.sync().await;
    let reports = rig.sandbox.reports();
    let moved = reports
        .iter()
        .find(|report| report.id == "R00DemoCards1")
        .unwrap()
        .expenses[0]
        .clone();
    let (old, new) = (moved.clone(), moved);
    rig.sandbox.edit_report("R00DemoCards1", |report| {
        report.expenses.retain(|expense| expense.id != old.id);
    });
    rig.sandbox
        .edit_report("R00DemoTwins1", |report| report.expenses.push(new));
    approve_again(&rig, "R00DemoCards1");
    approve_again(&rig, "R00DemoTwins1");
    rig.sandbox.clear_requests();
    assert_eq!(rig.sync().await.intake.changed, 2);
    assert!(rig.sandbox.posts().is_empty());
    let marks: Vec<String> = rig
        .expenses()
        .into_iter()
        .map(|expense| expense.mark)
        .collect();
    assert_eq!(
        marks.iter().filter(|mark| mark.ends_with("630501")).count(),
        1
    );
    rig.assert_agrees("moved to another report").await;
}

fn approve_again(rig: &Rig, report: &str) {
    rig.sandbox
        .person(Person::ApproveReport {
            id: report.to_owned(),
        })
        .unwrap();
}

fn edit(rig: &Rig, id: u64, field: &str, value: Value) {
    let changes = [(field.to_owned(), value)].into_iter().collect();
    rig.sandbox
        .person(Person::EditBill { id, changes })
        .unwrap();
}

/// Makes the same expense again through the API, as any other program of the account could.
pub(crate) async fn copy_by_hand(rig: &Rig, original: &Value) {
    let fields = ["amount", "categoryid", "staffid", "date", "vendor", "notes"];
    let copy: serde_json::Map<String, Value> = fields
        .iter()
        .map(|field| ((*field).to_owned(), original[*field].clone()))
        .collect();
    let url = format!(
        "{}/accounting/account/zDmNq/expenses/expenses",
        rig.sandbox.freshbooks_url()
    );
    let token = rig.sandbox.live_tokens().0.unwrap();
    let answer = reqwest::Client::new()
        .post(url)
        .bearer_auth(token)
        .json(&json!({"expense": copy}))
        .send()
        .await
        .unwrap();
    assert!(
        answer.status().is_success(),
        "{}",
        answer.text().await.unwrap()
    );
}
