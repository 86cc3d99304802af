//! Beginning sends and recording what became of them.

use super::{entry, event, later, leased, plan_bill, t0, take_in, trail_length};
use crate::error::ErrorKind;
use crate::model::RecordId;
use crate::plan::StepKey;
use crate::ports::{EntryQuery, Store};
use crate::state::{
    Correction, EntryEvent, EntryState, NotApplied, PlanChange, RecordChange, StateName,
};
use crate::testing::conformance::refused;
use crate::testing::samples;

pub(super) async fn only_planned_and_due_entries_are_begun_and_each_once(store: &dyn Store) {
    let lease = leased(store).await;
    let mut keys = Vec::new();
    for id in ["R00A", "R00B", "R00C"] {
        keys.push(
            plan_bill(store, &lease, &samples::report(id, &[100]))
                .await
                .key,
        );
    }
    let asked = [keys[1].clone(), keys[0].clone(), keys[1].clone()];
    let begun = store.begin_sends(&lease, &asked, later(1)).await.unwrap();
    let sending = EntryState::Sending {
        attempt: 1,
        fence: lease.fence,
        since: later(1),
    };
    assert_eq!(
        begun.iter().map(|entry| &entry.key).collect::<Vec<_>>(),
        [&keys[1], &keys[0]]
    );
    assert!(
        begun
            .iter()
            .all(|entry| entry.state == sending && entry.attempts == 1)
    );
    assert_eq!(
        entry(store, &keys[0]).await.as_ref(),
        Some(&begun[1]),
        "what was returned is what is stored"
    );
    assert!(
        store
            .begin_sends(&lease, &asked, later(2))
            .await
            .unwrap()
            .is_empty(),
        "nothing is begun twice"
    );

    let throttled = EntryEvent::NotApplied {
        why: NotApplied::Throttled,
        retry_at: Some(later(30)),
    };
    store
        .record(&lease, vec![event(&keys[0], throttled)], later(3))
        .await
        .unwrap();
    assert!(
        store
            .begin_sends(&lease, &keys[..1], later(29))
            .await
            .unwrap()
            .is_empty(),
        "not due"
    );
    let begun = store
        .begin_sends(&lease, &keys[..1], later(30))
        .await
        .unwrap();
    assert_eq!(begun[0].attempts, 2);
}

pub(super) async fn a_key_of_another_connection_or_of_nothing_is_not_begun(store: &dyn Store) {
    let lease = leased(store).await;
    let nothing = StepKey::from_stored("EXP-nothing");
    assert!(
        store
            .begin_sends(&lease, &[nothing], t0())
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        store
            .begin_sends(&lease, &[], t0())
            .await
            .unwrap()
            .is_empty()
    );
}

pub(super) async fn events_are_recorded_in_order(store: &dyn Store) {
    let lease = leased(store).await;
    let first = plan_bill(store, &lease, &samples::report("R00A", &[100]))
        .await
        .key;
    let second = plan_bill(store, &lease, &samples::report("R00B", &[100]))
        .await
        .key;
    store
        .begin_sends(&lease, &[first.clone(), second.clone()], later(1))
        .await
        .unwrap();
    let record = RecordId::new(9);
    let events = vec![
        event(
            &second,
            EntryEvent::OutcomeUnknown {
                note: "timeout".to_owned(),
            },
        ),
        event(&first, EntryEvent::Applied { record }),
        event(&first, EntryEvent::ReadBack),
    ];
    let given = store.record(&lease, events, later(2)).await.unwrap();
    let states: Vec<_> = given
        .iter()
        .map(|entry| (entry.key.clone(), entry.state.name()))
        .collect();
    assert_eq!(
        states,
        [
            (second, StateName::Unknown),
            (first.clone(), StateName::Posted),
            (first.clone(), StateName::Verified)
        ]
    );
    let stored = entry(store, &first).await.unwrap();
    assert_eq!(
        (&stored.state, stored.changed_at),
        (
            &EntryState::Verified {
                record,
                at: later(2)
            },
            later(2)
        )
    );
}

pub(super) async fn one_illegal_event_undoes_the_whole_call(store: &dyn Store) {
    let lease = leased(store).await;
    let first = plan_bill(store, &lease, &samples::report("R00A", &[100]))
        .await
        .key;
    let second = plan_bill(store, &lease, &samples::report("R00B", &[100]))
        .await
        .key;
    store
        .begin_sends(&lease, std::slice::from_ref(&first), later(1))
        .await
        .unwrap();
    let before = (
        entry(store, &first).await,
        trail_length(store, &samples::connection()).await,
    );
    let applied = || EntryEvent::Applied {
        record: RecordId::new(9),
    };
    for bad in [
        event(&second, applied()),
        event(&StepKey::from_stored("EXP-nothing"), applied()),
    ] {
        let error = refused(
            store
                .record(&lease, vec![event(&first, applied()), bad], later(2))
                .await,
            ErrorKind::Invalid,
        );
        assert!(!error.to_string().is_empty());
        assert_eq!(
            before,
            (
                entry(store, &first).await,
                trail_length(store, &samples::connection()).await
            )
        );
    }
}

pub(super) async fn a_large_batch_is_one_unit(store: &dyn Store) {
    let lease = leased(store).await;
    // More rows than one statement of any database takes parameters for.
    let amounts: Vec<i64> = (1..=3000).collect();
    let report = samples::report("R00A", &amounts);
    take_in(store, &lease, &[&report]).await;
    let steps: Vec<_> = report
        .expenses
        .iter()
        .map(|expense| samples::expense_step(&report, expense))
        .collect();
    let keys: Vec<_> = steps.iter().map(|step| step.key.clone()).collect();
    let plan = samples::planned(&report, steps.into_iter().map(PlanChange::Insert).collect());
    store.commit_plans(&lease, vec![plan], t0()).await.unwrap();
    assert_eq!(
        store
            .begin_sends(&lease, &keys, later(1))
            .await
            .unwrap()
            .len(),
        3000
    );
    let applied = |(key, id): (&StepKey, u64)| {
        event(
            key,
            EntryEvent::Applied {
                record: RecordId::new(id),
            },
        )
    };
    let mut events: Vec<_> = keys.iter().zip(1..).map(applied).collect();
    events.push(event(&keys[0], EntryEvent::ProbeAbsent));
    refused(
        store.record(&lease, events.clone(), later(2)).await,
        ErrorKind::Invalid,
    );
    events.pop();
    store.record(&lease, events, later(2)).await.unwrap();
    let query = EntryQuery {
        states: vec![StateName::Posted],
        limit: 10_000,
        ..EntryQuery::default()
    };
    let posted = store.entries(&samples::connection(), &query).await.unwrap();
    assert_eq!(posted.len(), 3000);
    let expenses: Vec<_> = report
        .expenses
        .iter()
        .map(|expense| expense.id.clone())
        .collect();
    assert_eq!(
        store
            .expense_owners(&samples::connection(), &expenses)
            .await
            .unwrap()
            .len(),
        3000
    );
}

pub(super) async fn an_ordered_correction_is_begun_like_a_send_and_keeps_what_was_ordered(
    store: &dyn Store,
) {
    let lease = leased(store).await;
    let step = plan_bill(store, &lease, &samples::report("R00A", &[100])).await;
    let key = step.key.clone();
    let record = RecordId::new(9);
    store
        .begin_sends(&lease, std::slice::from_ref(&key), later(1))
        .await
        .unwrap();
    let wanted = samples::bill_step(&samples::report("R00A", &[150]));
    let correction = Correction {
        by: "ann".to_owned(),
        reason: "it was 1.50".to_owned(),
        change: RecordChange::Update(Box::new(wanted.clone())),
    };
    let ordered = EntryEvent::CorrectionOrdered {
        correction: Box::new(correction),
        record,
    };
    let events = vec![
        event(&key, EntryEvent::Applied { record }),
        event(&key, ordered),
    ];
    store.record(&lease, events, later(2)).await.unwrap();
    let begun = store
        .begin_sends(&lease, std::slice::from_ref(&key), later(3))
        .await
        .unwrap();
    assert_eq!(begun[0].state.begun_under(), Some(lease.fence));
    assert_eq!(
        entry(store, &key).await.as_ref(),
        Some(&begun[0]),
        "what was returned is what is stored"
    );
    assert_eq!(
        begun[0].step, step,
        "what is written stays until it is proven"
    );
    let again = store.begin_sends(&lease, std::slice::from_ref(&key), later(4));
    assert!(again.await.unwrap().is_empty(), "nothing is begun twice");
    let events = vec![
        event(&key, EntryEvent::Applied { record }),
        event(&key, EntryEvent::CorrectionConfirmed),
    ];
    let after = store.record(&lease, events, later(5)).await.unwrap();
    assert_eq!(
        (after[1].state.name(), &after[1].step),
        (StateName::Verified, &wanted)
    );
}
