//! The review queue.

use super::{event, items, later, leased, plan_bill, t0, take_in};
use crate::model::{RecordId, RecordKind};
use crate::plan::Cause;
use crate::ports::Store;
use crate::state::{Acceptance, Drift, EntryEvent, ReviewStatus};
use crate::testing::samples;

pub(super) async fn causes_are_items_and_reports_are_what_they_hold(store: &dyn Store) {
    let lease = leased(store).await;
    let first = samples::report("R00A", &[100]);
    let second = samples::report("R00B", &[100]);
    take_in(store, &lease, &[&first, &second]).await;
    let (meals, travel) = (samples::unmapped("Meals"), samples::unmapped("Travel"));
    // Two findings of one cause in one report are one block, its amounts summed.
    let plans = vec![
        samples::held(&second, vec![meals.clone(), travel.clone(), meals.clone()]),
        samples::held(&first, vec![meals.clone()]),
    ];
    store.commit_plans(&lease, plans, later(1)).await.unwrap();
    let queue = items(store).await;
    assert_eq!(
        queue.iter().map(|item| item.number).collect::<Vec<_>>(),
        [1, 2]
    );
    let of = |cause: &Cause| queue.iter().find(|item| item.cause == *cause).unwrap();
    assert_eq!(of(&meals).reports(), [&first.id, &second.id], "by report");
    assert_eq!(of(&meals).amounts(), [samples::usd(300)]);
    assert_eq!(of(&travel).reports(), [&second.id]);
    assert!(
        queue
            .iter()
            .all(|item| item.status == ReviewStatus::Open && item.opened_at == later(1))
    );
    assert!(queue.iter().all(|item| item.key == item.cause.key()));
    // One cause gone from one report: that block goes, the rest stays.
    store
        .commit_plans(&lease, vec![samples::held(&second, vec![travel])], later(2))
        .await
        .unwrap();
    let queue = items(store).await;
    assert_eq!(
        queue
            .iter()
            .find(|item| item.cause == meals)
            .unwrap()
            .reports(),
        [&first.id]
    );
    assert!(
        queue.iter().all(|item| item.changed_at == later(1)),
        "the status of none has changed"
    );
}

pub(super) async fn a_number_stays_with_its_cause_when_the_item_opens_again(store: &dyn Store) {
    let lease = leased(store).await;
    let report = samples::report("R00A", &[100]);
    take_in(store, &lease, &[&report]).await;
    let (meals, travel) = (samples::unmapped("Meals"), samples::unmapped("Travel"));
    for (second, causes) in [
        (1, vec![meals.clone()]),
        (2, vec![travel.clone()]),
        (3, vec![meals.clone()]),
    ] {
        store
            .commit_plans(&lease, vec![samples::held(&report, causes)], later(second))
            .await
            .unwrap();
    }
    let queue = items(store).await;
    let line = |number: usize| {
        (
            queue[number - 1].cause.clone(),
            queue[number - 1].status,
            queue[number - 1].changed_at,
        )
    };
    assert_eq!(line(1), (meals, ReviewStatus::Open, later(3)));
    assert_eq!(line(2), (travel, ReviewStatus::Closed, later(3)));
    assert_eq!(queue[0].opened_at, later(1), "when it was first opened");
    let open = store
        .review_items(&samples::connection(), true)
        .await
        .unwrap();
    assert_eq!(open.iter().map(|item| item.number).collect::<Vec<_>>(), [1]);
}

pub(super) async fn an_entry_in_review_holds_itself_up_until_it_leaves(store: &dyn Store) {
    let lease = leased(store).await;
    let key = plan_bill(store, &lease, &samples::report("R00A", &[100]))
        .await
        .key;
    let unproven = Cause::Unproven {
        key: key.to_string(),
        attempts: 2,
    };
    let escalated = EntryEvent::Escalated {
        cause: unproven.clone(),
        record: None,
    };
    store
        .record(&lease, vec![event(&key, escalated.clone())], later(1))
        .await
        .unwrap();
    let queue = items(store).await;
    assert_eq!(
        (queue.len(), &queue[0].cause, queue[0].status),
        (1, &unproven, ReviewStatus::Open)
    );
    let block = &queue[0].blocks[0];
    assert_eq!(
        (block.entry.as_ref(), block.amount),
        (Some(&key), Some(samples::usd(100)))
    );
    let reopen = EntryEvent::Reopen {
        by: "ann".to_owned(),
    };
    store
        .record(&lease, vec![event(&key, reopen)], later(2))
        .await
        .unwrap();
    assert_eq!(items(store).await[0].status, ReviewStatus::Closed);
    // Again, and away by another door.
    store
        .record(&lease, vec![event(&key, escalated)], later(3))
        .await
        .unwrap();
    let adopt = EntryEvent::Adopt {
        by: "ann".to_owned(),
        record: RecordId::new(5),
    };
    assert_eq!(items(store).await[0].status, ReviewStatus::Open);
    store
        .record(&lease, vec![event(&key, adopt)], later(4))
        .await
        .unwrap();
    let queue = items(store).await;
    assert_eq!(
        (queue.len(), queue[0].number, queue[0].status),
        (1, 1, ReviewStatus::Closed)
    );
    assert!(queue[0].blocks.is_empty());
}

pub(super) async fn findings_and_entries_of_one_cause_share_an_item(store: &dyn Store) {
    let lease = leased(store).await;
    let key = plan_bill(store, &lease, &samples::report("R00A", &[100]))
        .await
        .key;
    let other = samples::report("R00B", &[100]);
    take_in(store, &lease, &[&other]).await;
    let cause = Cause::NotPermitted {
        kind: RecordKind::Bill,
        message: "plan has no Accounts Payable".to_owned(),
    };
    let escalated = EntryEvent::Escalated {
        cause: cause.clone(),
        record: None,
    };
    store
        .record(&lease, vec![event(&key, escalated)], t0())
        .await
        .unwrap();
    store
        .commit_plans(&lease, vec![samples::held(&other, vec![cause])], t0())
        .await
        .unwrap();
    let queue = items(store).await;
    assert_eq!((queue.len(), queue[0].blocks.len()), (1, 2));
    store
        .commit_plans(&lease, vec![samples::planned(&other, Vec::new())], t0())
        .await
        .unwrap();
    assert_eq!(
        items(store).await[0].status,
        ReviewStatus::Open,
        "the entry still holds it open"
    );
    let skip = EntryEvent::Skip {
        by: "ann".to_owned(),
        reason: "no".to_owned(),
    };
    store
        .record(&lease, vec![event(&key, skip)], t0())
        .await
        .unwrap();
    assert_eq!(items(store).await[0].status, ReviewStatus::Closed);
}

pub(super) async fn what_a_person_changed_in_the_books_holds_itself_up_until_it_is_accepted(
    store: &dyn Store,
) {
    let lease = leased(store).await;
    let key = plan_bill(store, &lease, &samples::report("R00A", &[100]))
        .await
        .key;
    let record = RecordId::new(9);
    let drifted = || EntryEvent::SeenDrifted {
        drift: Drift::Deleted,
    };
    let events = vec![
        event(&key, EntryEvent::ProbeFound { record }),
        event(&key, drifted()),
    ];
    store.record(&lease, events, later(1)).await.unwrap();
    let queue = items(store).await;
    let waits = Cause::RecordDeleted {
        key: key.to_string(),
        record,
    };
    assert_eq!(
        (&queue[0].cause, queue[0].status),
        (&waits, ReviewStatus::Open)
    );
    let accepted = EntryEvent::Accepted {
        acceptance: Acceptance {
            by: "ann".to_owned(),
            reason: "meant".to_owned(),
            at: later(2),
        },
        drift: Some((record, Drift::Deleted)),
        report: None,
    };
    store
        .record(&lease, vec![event(&key, accepted)], later(2))
        .await
        .unwrap();
    assert_eq!(items(store).await[0].status, ReviewStatus::Closed);
    let trail = store.audit(&lease.connection, 0, 100).await.unwrap();
    let last = &trail.last().unwrap().draft;
    assert_eq!(
        (last.actor.as_str(), last.action.as_str()),
        ("ann", "accepted")
    );
    store
        .record(&lease, vec![event(&key, drifted())], later(3))
        .await
        .unwrap();
    assert_eq!(items(store).await[0].status, ReviewStatus::Open);
}
