//! Leases and fences.

use super::{TTL, items, later, leased, plan_bill, t0, trail_length};
use crate::error::{ErrorKind, Result};
use crate::model::{ConnectionId, ReportId};
use crate::plan::Step;
use crate::ports::{IntakeBatch, Store, Transition};
use crate::state::{AuditDraft, EntryEvent, Judgement, Lease};
use crate::testing::conformance::refused;
use crate::testing::samples;

pub(super) async fn one_worker_holds_a_lease_until_it_runs_out_or_is_given_back(store: &dyn Store) {
    let main = samples::connection();
    let first = leased(store).await;
    assert_eq!(first.until, later(120));
    assert_eq!(first.connection, main);
    let error = refused(
        store.acquire_lease(&main, "other", TTL, later(119)).await,
        ErrorKind::LeaseLost,
    );
    assert!(
        error.to_string().contains("until"),
        "the message says until when: {error}"
    );
    // The instant it runs out it is free.
    let second = store
        .acquire_lease(&main, "other", TTL, later(120))
        .await
        .unwrap();
    store.release_lease(&second).await.unwrap();
    store
        .acquire_lease(&main, "third", TTL, later(121))
        .await
        .unwrap();
    // Connections are leased apart.
    store
        .acquire_lease(&ConnectionId::new("other"), "fourth", TTL, later(121))
        .await
        .unwrap();
}

pub(super) async fn fences_grow_and_never_repeat(store: &dyn Store) {
    let mut last = 0;
    for _ in 0..3 {
        let lease = leased(store).await;
        assert_eq!(lease.fence, last + 1, "the fence grows by one");
        last = lease.fence;
        store.release_lease(&lease).await.unwrap();
    }
}

pub(super) async fn a_lease_is_renewed_only_while_it_is_current(store: &dyn Store) {
    let lease = leased(store).await;
    let renewed = store.renew_lease(&lease, TTL, later(60)).await.unwrap();
    assert_eq!((renewed.fence, renewed.until), (lease.fence, later(180)));
    // What counts is the fence: the older copy of the lease is as good.
    store
        .append_audit(&lease, Vec::new(), later(170))
        .await
        .unwrap();
    refused(
        store.renew_lease(&renewed, TTL, later(180)).await,
        ErrorKind::LeaseLost,
    );
    let next = store
        .acquire_lease(&samples::connection(), "next", TTL, later(180))
        .await
        .unwrap();
    refused(
        store.renew_lease(&renewed, TTL, later(181)).await,
        ErrorKind::LeaseLost,
    );
    store.release_lease(&next).await.unwrap();
    refused(
        store.renew_lease(&next, TTL, later(182)).await,
        ErrorKind::LeaseLost,
    );
}

pub(super) async fn giving_back_a_lost_lease_changes_nothing(store: &dyn Store) {
    let lost = leased(store).await;
    let current = store
        .acquire_lease(&samples::connection(), "next", TTL, later(120))
        .await
        .unwrap();
    store.release_lease(&lost).await.unwrap();
    refused(
        store
            .acquire_lease(&samples::connection(), "third", TTL, later(121))
            .await,
        ErrorKind::LeaseLost,
    );
    store
        .append_audit(&current, Vec::new(), later(121))
        .await
        .unwrap();
}

pub(super) async fn every_write_under_a_stale_fence_is_refused_and_stores_nothing(
    store: &dyn Store,
) {
    let lease = leased(store).await;
    let report = samples::report("R00A", &[100]);
    let step = plan_bill(store, &lease, &report).await;
    store
        .acquire_lease(&samples::connection(), "next", TTL, later(120))
        .await
        .unwrap();
    let before = trail_length(store, &samples::connection()).await;
    for (method, result) in every_write(store, &lease, &step).await {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::LeaseLost, "{method}");
    }
    assert_eq!(
        trail_length(store, &samples::connection()).await,
        before,
        "a refused write leaves no audit entry"
    );
    assert!(
        items(store).await.is_empty(),
        "a refused write opens no item"
    );
}

pub(super) async fn every_write_under_a_lease_that_ran_out_is_refused(store: &dyn Store) {
    let lease = leased(store).await;
    let report = samples::report("R00A", &[100]);
    let step = plan_bill(store, &lease, &report).await;
    for (method, result) in every_write(store, &lease, &step).await {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::LeaseLost, "{method}");
    }
}

pub(super) async fn a_write_without_any_lease_is_refused(store: &dyn Store) {
    let invented = Lease {
        connection: samples::connection(),
        fence: 1,
        until: later(1_000_000),
    };
    let step = samples::bill_step(&samples::report("R00A", &[100]));
    for (method, result) in every_write(store, &invented, &step).await {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::LeaseLost, "{method}");
    }
    refused(
        store.renew_lease(&invented, TTL, t0()).await,
        ErrorKind::LeaseLost,
    );
}

/// Tries every method that takes a lease, each with something it would otherwise do.
async fn every_write(
    store: &dyn Store,
    lease: &Lease,
    step: &Step,
) -> Vec<(&'static str, Result<()>)> {
    let at = later(120);
    let id = ReportId::new("R00A");
    let batch = IntakeBatch {
        reports: vec![samples::report("R00B", &[5])],
        unreadable: vec![(ReportId::new("R00C"), "no id".to_owned())],
        ..IntakeBatch::default()
    };
    let held = samples::held(
        &samples::report("R00A", &[100]),
        vec![samples::unmapped("Meals")],
    );
    let reopen = Judgement::Reopen {
        by: "ann".to_owned(),
        reason: "again".to_owned(),
    };
    let skip = EntryEvent::Skip {
        by: "ann".to_owned(),
        reason: "no".to_owned(),
    };
    let transition = Transition {
        key: step.key.clone(),
        event: skip,
    };
    vec![
        ("intake", store.intake(lease, batch, at).await.map(drop)),
        (
            "commit_plans",
            store.commit_plans(lease, vec![held], at).await,
        ),
        (
            "begin_sends",
            store
                .begin_sends(lease, std::slice::from_ref(&step.key), at)
                .await
                .map(drop),
        ),
        (
            "record",
            store.record(lease, vec![transition], at).await.map(drop),
        ),
        (
            "judge_reports",
            store
                .judge_reports(lease, std::slice::from_ref(&id), reopen, at)
                .await,
        ),
        (
            "acknowledge",
            store
                .acknowledge(lease, std::slice::from_ref(&id), &[], at)
                .await,
        ),
        (
            "append_audit",
            store
                .append_audit(
                    lease,
                    vec![AuditDraft::by_engine("connection", "x", "")],
                    at,
                )
                .await,
        ),
    ]
}
