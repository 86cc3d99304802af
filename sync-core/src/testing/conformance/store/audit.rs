//! The audit trail.

use super::{TTL, event, later, leased, plan_bill, t0, take_in};
use crate::model::{ConnectionId, FingerprintWriter, RecordId};
use crate::ports::Store;
use crate::state::{
    AuditChain, AuditDraft, Configuration, ConfigurationHashes, EntryEvent, PlanChange,
    verify_chain,
};
use crate::testing::samples;

pub(super) async fn every_change_is_chained_in_its_own_transaction(store: &dyn Store) {
    let main = samples::connection();
    let lease = leased(store).await;
    let report = samples::report("R00A", &[100]);
    let key = plan_bill(store, &lease, &report).await.key;
    store
        .begin_sends(&lease, std::slice::from_ref(&key), later(1))
        .await
        .unwrap();
    let applied = EntryEvent::Applied {
        record: RecordId::new(9),
    };
    store
        .record(&lease, vec![event(&key, applied)], later(2))
        .await
        .unwrap();
    let note = AuditDraft::by_engine("connection", "pass_ended", "1 record");
    store
        .append_audit(&lease, vec![note.clone()], later(3))
        .await
        .unwrap();
    store
        .acknowledge(&lease, std::slice::from_ref(&report.id), &[], later(4))
        .await
        .unwrap();

    let trail = store.audit(&main, 0, 100).await.unwrap();
    let actions: Vec<_> = trail
        .iter()
        .map(|entry| entry.draft.action.as_str())
        .collect();
    assert_eq!(
        actions,
        [
            "plan",
            "begin_send",
            "applied",
            "pass_ended",
            "acknowledged"
        ]
    );
    assert_eq!(
        trail.iter().map(|entry| entry.at).collect::<Vec<_>>(),
        [t0(), later(1), later(2), later(3), later(4)]
    );
    assert_eq!(
        (trail[1].draft.subject.as_str(), &trail[3].draft),
        (key.as_str(), &note)
    );
    let mut chain = AuditChain::genesis(&main);
    verify_chain(&mut chain, &trail).unwrap();
    assert_eq!(chain.seq(), 5);
}

pub(super) async fn the_trail_is_read_by_page(store: &dyn Store) {
    let main = samples::connection();
    let lease = leased(store).await;
    let drafts = (0..7)
        .map(|n| AuditDraft::by_engine(format!("subject {n}"), "noted", ""))
        .collect();
    store.append_audit(&lease, drafts, t0()).await.unwrap();
    let mut chain = AuditChain::genesis(&main);
    let mut pages = 0;
    loop {
        let page = store.audit(&main, chain.seq(), 3).await.unwrap();
        if page.is_empty() {
            break;
        }
        verify_chain(&mut chain, &page).unwrap();
        pages += 1;
    }
    assert_eq!((pages, chain.seq()), (3, 7));
}

pub(super) async fn each_connection_has_a_chain_of_its_own(store: &dyn Store) {
    let main = samples::connection();
    let other = ConnectionId::new("other");
    let lease = leased(store).await;
    let theirs = store
        .acquire_lease(&other, "check", TTL, t0())
        .await
        .unwrap();
    let report = samples::report("R00A", &[100]);
    plan_bill(store, &lease, &report).await;
    take_in(store, &theirs, &[&report]).await;
    let plan = samples::planned(
        &report,
        vec![PlanChange::Insert(samples::bill_step(&report))],
    );
    store.commit_plans(&theirs, vec![plan], t0()).await.unwrap();
    store
        .append_audit(
            &lease,
            vec![AuditDraft::by_engine("connection", "noted", "")],
            t0(),
        )
        .await
        .unwrap();
    for (connection, length) in [(main, 2), (other, 1)] {
        let trail = store.audit(&connection, 0, 100).await.unwrap();
        assert_eq!(trail.len(), length, "{connection}");
        verify_chain(&mut AuditChain::genesis(&connection), &trail).unwrap();
    }
}

pub(super) async fn a_changed_configuration_is_noted_once_with_who_and_why(store: &dyn Store) {
    let main = samples::connection();
    let lease = leased(store).await;
    let hash = |text: &str| FingerprintWriter::new(text).finish();
    let configuration = |rules: &str, by: &str| Configuration {
        hashes: ConfigurationHashes {
            rules: hash(rules),
            settings: hash("settings"),
        },
        by: by.to_owned(),
        reason: "a new account".to_owned(),
    };
    for (rules, by) in [
        ("one", "ann"),
        ("one", "bea"),
        ("two", "bea"),
        ("two", "ann"),
    ] {
        store
            .note_configuration(&lease, &configuration(rules, by), later(1))
            .await
            .unwrap();
    }
    let trail = store.audit(&main, 0, 100).await.unwrap();
    let actors: Vec<_> = trail
        .iter()
        .map(|entry| (entry.draft.actor.as_str(), entry.draft.action.as_str()))
        .collect();
    let action = "configuration_changed";
    assert_eq!(actors, [("ann", action), ("bea", action)]);
    let detail = &trail[1].draft.detail;
    let change = format!(
        "rules {} -> {}",
        hash("one").short(12),
        hash("two").short(12)
    );
    assert!(
        detail.contains(&change) && detail.ends_with("a new account"),
        "{detail}"
    );
    verify_chain(&mut AuditChain::genesis(&main), &trail).unwrap();
}
