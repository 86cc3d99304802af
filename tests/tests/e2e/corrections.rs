//! Corrections by a person's order, against the stand-ins: what FreshBooks holds afterwards, read from its own records.

use std::time::Duration;

use serde_json::json;
use sync_core::ErrorKind;
use sync_core::engine::{CorrectionKind, Decision, DecisionOutcome, Differing};
use sync_core::model::RecordId;
use sync_core::state::{Discrepancy, EntryState, StateName};
use sync_sandbox::{Effect, Fault, Person, Service};
use sync_tests::Rig;

const REPORT: &str = "R00DemoAmara1";
const AMARA: &str = "EXP-R00DemoAmara1";
const SECOND: &str = "EXP-R00DemoAmara1-2";

/// The demo written, and Amara's report changed from 799.75 to 801.75.
async fn changed() -> Rig {
    let rig = Rig::demo().await;
    rig.sync().await;
    assert!(rig.sandbox.edit_report(REPORT, |report| {
        report.expenses[2].modified_amount = Some(2075);
    }));
    let id = REPORT.to_owned();
    rig.sandbox.person(Person::ApproveReport { id }).unwrap();
    rig.sync().await;
    rig
}

pub(crate) async fn order(
    rig: &Rig,
    cause: &str,
    kind: CorrectionKind,
) -> sync_core::Result<DecisionOutcome> {
    let items = rig.review().await;
    let item = items
        .iter()
        .find(|item| item.cause.kind() == cause)
        .unwrap();
    let decision = Decision::Correct {
        item: item.number,
        kind,
        reason: "agreed with Amara".to_owned(),
    };
    rig.engine.decide(&rig.connection, "bea", decision).await
}

fn of_amara(rig: &Rig) -> Vec<(String, String)> {
    let bills = rig.bills().into_iter();
    let ours = bills.filter(|bill| bill.mark.starts_with(AMARA));
    ours.map(|bill| (bill.mark, bill.total)).collect()
}

fn one(mark: &str, total: &str) -> Vec<(String, String)> {
    vec![(mark.to_owned(), total.to_owned())]
}

#[tokio::test]
async fn a_changed_report_updates_its_bill_in_place_by_one_request() {
    let rig = changed().await;
    let before = rig.record_id(AMARA);
    rig.sandbox.clear_requests();
    let outcome = order(&rig, "changed_after_posting", CorrectionKind::Update)
        .await
        .unwrap();
    assert_eq!(outcome.standings[0].1, StateName::Verified);
    assert_eq!(of_amara(&rig), one(AMARA, "801.75 USD"));
    assert_eq!(rig.record_id(AMARA), before);
    assert_eq!(rig.requests(Service::FreshBooks, &["PUT"]), 1);
    assert!(rig.sandbox.posts().is_empty());
    let summary = rig.sync().await;
    assert_eq!((summary.written, summary.open_items), (0, 3));
    rig.assert_agrees("updated").await;
    rig.assert_audit_is_whole("updated").await;
}

#[tokio::test]
async fn a_changed_report_is_voided_and_written_anew_under_the_next_revision() {
    let rig = changed().await;
    let outcome = order(&rig, "changed_after_posting", CorrectionKind::VoidAndRepost)
        .await
        .unwrap();
    assert_eq!(outcome.standings[0].1, StateName::Voided);
    assert_eq!(of_amara(&rig), []);
    rig.assert_agrees("between void and post").await;
    let summary = rig.sync().await;
    assert_eq!((summary.written, summary.open_items), (1, 3));
    assert_eq!(of_amara(&rig), one(SECOND, "801.75 USD"));
    rig.assert_agrees("written anew").await;
    // Another installation that knows nothing of it takes over what it finds.
    rig.sandbox.clear_requests();
    let second = rig.second_installation().await;
    second.sync().await;
    second.settle().await;
    assert!(rig.sandbox.posts().is_empty());
    assert!(matches!(
        second.entry(AMARA).await.state,
        EntryState::Voided { .. }
    ));
    assert!(matches!(
        second.entry(SECOND).await.state,
        EntryState::Verified { .. }
    ));
    second.assert_agrees("second installation").await;
}

#[tokio::test]
async fn a_paid_bill_is_left_as_it_is_and_the_difference_is_named() {
    let rig = changed().await;
    let id = rig.record_id(AMARA);
    rig.sandbox.person(Person::PayBill { id }).unwrap();
    rig.sandbox.clear_requests();
    for kind in [CorrectionKind::Update, CorrectionKind::VoidAndRepost] {
        let refused = order(&rig, "changed_after_posting", kind)
            .await
            .unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid);
        assert!(
            refused.to_string().contains("paid bill is never changed"),
            "{refused}"
        );
    }
    assert_eq!(rig.requests(Service::FreshBooks, &["PUT"]), 0);
    order(&rig, "changed_after_posting", CorrectionKind::Accept)
        .await
        .unwrap();
    assert_eq!(rig.sync().await.open_items, 3);
    assert_eq!(of_amara(&rig), one(AMARA, "799.75 USD"));
    let reconciliation = rig.reconcile().await;
    assert!(reconciliation.agrees(), "{reconciliation:#?}");
    let named = |found: &Discrepancy| matches!(found, Discrepancy::LeftAsIs { key, acceptance, .. } if key.as_str() == AMARA && acceptance.by == "bea");
    assert!(
        reconciliation.discrepancies.iter().any(named),
        "{:?}",
        reconciliation.discrepancies
    );
}

#[tokio::test]
async fn a_bill_edited_by_hand_is_put_back() {
    let rig = Rig::demo().await;
    rig.sync().await;
    let id = rig.record_id(AMARA);
    let mut lines = rig
        .sandbox
        .bills()
        .into_iter()
        .find(|bill| bill["id"] == id)
        .unwrap()["lines"]
        .clone();
    lines[0]["unit_cost"] = json!({"amount": "300.00", "code": "USD"});
    let changes = [("lines".to_owned(), lines)].into_iter().collect();
    rig.sandbox
        .person(Person::EditBill { id, changes })
        .unwrap();
    rig.assert_agrees("edited").await;
    order(&rig, "record_edited", CorrectionKind::Update)
        .await
        .unwrap();
    assert_eq!(of_amara(&rig), one(AMARA, "799.75 USD"));
    rig.assert_agrees("put back").await;
    assert_eq!(rig.review().await.len(), 3);
}

#[tokio::test]
async fn answers_lost_on_the_way_never_leave_two_bills() {
    for kind in [CorrectionKind::Update, CorrectionKind::VoidAndRepost] {
        for effect in [
            Effect::DropAfter,
            Effect::DropBefore,
            Effect::StatusAfter { status: 502 },
        ] {
            let rig = changed().await;
            let context = format!("{kind:?} {effect:?}");
            rig.fault(Fault::on(Service::FreshBooks, effect.clone()).method("PUT"));
            order(&rig, "changed_after_posting", kind).await.unwrap();
            assert!(of_amara(&rig).len() <= 1, "{context}");
            rig.assert_agrees(&context).await;
            for _ in 0..4 {
                rig.advance(Duration::from_mins(20));
                rig.sync().await;
                assert!(of_amara(&rig).len() <= 1, "{context}");
            }
            let mark = if kind == CorrectionKind::Update {
                AMARA
            } else {
                SECOND
            };
            assert_eq!(of_amara(&rig), one(mark, "801.75 USD"), "{context}");
            rig.assert_agrees(&context).await;
        }
    }
}

#[tokio::test]
async fn of_a_record_copied_by_hand_the_named_one_is_kept_and_the_others_are_voided() {
    let rig = Rig::demo().await;
    rig.sync().await;
    let original = rig.sandbox.expenses().swap_remove(0);
    let mark = sync_tests::mark_of(&original);
    for _ in 0..2 {
        crate::after_posting::copy_by_hand(&rig, &original).await;
    }
    assert!(!rig.reconcile().await.agrees());
    let of_mark = |rig: &Rig| -> Vec<u64> {
        let standing = rig.sandbox.expenses().into_iter();
        let standing = standing.filter(|expense| expense["vis_state"] == 0);
        let marked = standing.filter(|expense| sync_tests::mark_of(expense) == mark);
        marked.map(|one| one["id"].as_u64().unwrap()).collect()
    };
    let copies = of_mark(&rig);
    assert_eq!(copies.len(), 3);
    rig.sandbox.clear_requests();
    // The answer to the first void is lost on the way.
    rig.fault(Fault::on(Service::FreshBooks, Effect::DropAfter).method("PUT"));
    let kind = CorrectionKind::KeepOne {
        record: RecordId::new(copies[1]),
        differing: Differing::Refused,
    };
    let outcome = order(&rig, "duplicate_records", kind).await.unwrap();
    assert_eq!(outcome.standings[0].1, StateName::Verified);
    assert_eq!(of_mark(&rig), [copies[1]]);
    assert_eq!(rig.requests(Service::FreshBooks, &["PUT"]), 2);
    assert!(rig.sandbox.posts().is_empty());
    rig.assert_agrees("one is kept").await;
    rig.assert_audit_is_whole("one is kept").await;
    let again = rig.sync().await;
    assert_eq!((again.written, again.open_items), (0, 3));
}
