//! Two connections in one configuration, each with its workspace and its business.

use std::time::Duration;

use sync_core::engine::{Connection, Engine, SyncRequest};
use sync_core::model::{ConnectionId, ExpensifyKey};
use sync_core::ports::{Credential, CredentialStore, EntryQuery, Store};
use sync_sandbox::{Effect, Fault, Scenario, Service};
use sync_tests::{FIELD_TEAM, Rig, STUDIO, SandboxClock, connection_over, credentials_of};

const SECOND_ACCOUNT: &str = "yQx7B";

/// The demo with a second business of the same owner.
fn two_businesses() -> Scenario {
    let mut scenario = Scenario::demo();
    let mut second = scenario.freshbooks.businesses[0].clone();
    second.account_id = Some(SECOND_ACCOUNT.to_owned());
    second.business_id = 77_129;
    "0c6d1a58-9a3d-4f6f-8a1c-0f5d7e2b9c11".clone_into(&mut second.uuid);
    "Northwind Field Services".clone_into(&mut second.name);
    scenario.freshbooks.businesses.push(second);
    scenario
}

#[tokio::test]
async fn two_connections_share_a_store_and_nothing_else() {
    let mut rig = Rig::of(two_businesses()).await;
    let clock = SandboxClock(rig.sandbox.clock().clone());
    rig.connection = connection_over("main", &[STUDIO], &clock);
    let (field, field_engine) = rig.beside("field", SECOND_ACCOUNT, FIELD_TEAM);
    for credential in credentials_of(&two_businesses(), &clock) {
        rig.credentials
            .replace(&field.id, None, credential)
            .await
            .unwrap();
    }
    // The first connection's account is out of order; the second is none the worse.
    rig.fault(
        Fault::on(Service::FreshBooks, Effect::StatusBefore { status: 503 })
            .path("/account/zDmNq/")
            .every(),
    );
    rig.try_sync().await.unwrap_err();
    let summary = field_engine
        .sync(&field, SyncRequest::ordinary())
        .await
        .unwrap();
    assert_eq!((summary.written, summary.held_reports), (2, 0));
    rig.sandbox.clear_faults();
    assert_eq!(rig.sync().await.written, 13);

    let of_account = |account: &str| -> Vec<String> {
        let bills = rig
            .sandbox
            .bills()
            .into_iter()
            .filter(|bill| bill["account_id"] == account);
        bills.map(|bill| sync_tests::mark_of(&bill)).collect()
    };
    assert_eq!(
        of_account(SECOND_ACCOUNT),
        ["EXP-R00DemoField1", "EXP-R00DemoField2"]
    );
    assert_eq!(of_account("zDmNq").len(), 5);
    let query = EntryQuery {
        limit: 100,
        ..EntryQuery::default()
    };
    assert_eq!(
        rig.store
            .entries(&ConnectionId::new("field"), &query)
            .await
            .unwrap()
            .len(),
        2
    );
    assert!(
        rig.store
            .review_items(&field.id, false)
            .await
            .unwrap()
            .is_empty()
    );
    for (engine, connection) in [(&rig.engine, &rig.connection), (&field_engine, &field)] {
        assert!(
            engine
                .reconcile(connection, None, None)
                .await
                .unwrap()
                .agrees()
        );
        assert_eq!(
            engine.verify_audit(&connection.id).await.unwrap().fault,
            None
        );
    }
}

/// Two connections with the same key pair, each with its workspace and its business, that export together.
async fn two_of_one_key() -> (Rig, Connection, Engine) {
    let mut rig = Rig::of(two_businesses()).await;
    let clock = SandboxClock(rig.sandbox.clock().clone());
    rig.connection = connection_over("main", &[STUDIO], &clock);
    let (field, engine) = rig.beside("field", SECOND_ACCOUNT, FIELD_TEAM);
    for credential in credentials_of(&two_businesses(), &clock) {
        rig.credentials
            .replace(&field.id, None, credential)
            .await
            .unwrap();
    }
    for connection in [&rig.connection, &field] {
        let workspaces = connection.rules.scope.workspaces.iter().cloned();
        rig.shared.join("", &connection.id, workspaces);
    }
    (rig, field, engine)
}

fn exports(rig: &Rig) -> (u64, u64) {
    let count = |job: &str| rig.requests(Service::Expensify, &[job]);
    (count("file"), count("download"))
}

#[tokio::test]
async fn connections_of_one_key_pair_share_one_export_and_its_download() {
    let (rig, field, engine) = two_of_one_key().await;
    let (first, second) = (
        rig.sync().await,
        engine.sync(&field, SyncRequest::ordinary()).await.unwrap(),
    );
    assert_eq!((first.written, second.written), (13, 2));
    assert_eq!(exports(&rig), (1, 1));
    // What the second was brought is in its summary as what it is: no request of its own.
    assert_eq!(
        (
            first.requests.source.exports,
            second.requests.source.exports
        ),
        (1, 0)
    );
    assert_eq!((first.intake.new, second.intake.new), (10, 2));
    for (engine, connection) in [(&rig.engine, &rig.connection), (&engine, &field)] {
        let reconciled = engine.reconcile(connection, None, None).await.unwrap();
        assert!(reconciled.agrees(), "{reconciled:#?}");
    }
}

#[tokio::test]
async fn passes_at_the_same_time_share_an_export_and_each_later_pass_asks_anew() {
    let (rig, field, engine) = two_of_one_key().await;
    let (first, second) = tokio::join!(rig.sync(), engine.sync(&field, SyncRequest::ordinary()));
    assert_eq!((first.written, second.unwrap().written), (13, 2));
    assert_eq!(exports(&rig), (1, 1));
    rig.sandbox.clear_requests();
    // What was taken is taken: the same connection is never given the same answer twice.
    rig.sync().await;
    rig.sync().await;
    assert_eq!(exports(&rig), (2, 2));
}

#[tokio::test]
async fn an_export_that_breaks_off_or_is_old_is_nobody_elses_and_costs_the_others_one_of_their_own()
{
    let (rig, field, engine) = two_of_one_key().await;
    rig.fault(
        Fault::on(Service::Expensify, Effect::ExpireToken)
            .job("download")
            .nth(1),
    );
    rig.try_sync().await.unwrap_err();
    let second = engine.sync(&field, SyncRequest::ordinary()).await.unwrap();
    assert_eq!((second.written, second.requests.source.exports), (2, 1));
    // The second's export kept the first's reports in turn, but not for ever.
    rig.advance(Duration::from_mins(20));
    rig.sandbox.clear_requests();
    assert_eq!(rig.sync().await.written, 13);
    assert_eq!(exports(&rig), (1, 1));
}

#[tokio::test]
async fn connections_of_different_key_pairs_or_groups_share_nothing() {
    let (rig, field, engine) = two_of_one_key().await;
    let stranger = ExpensifyKey {
        user_id: "aa_somebody_else".to_owned(),
        user_secret: "another".to_owned().into(),
    };
    let stored = rig
        .credentials
        .load(&field.id, sync_core::model::Provider::Expensify)
        .await;
    let version = stored.unwrap().map(|stored| stored.version);
    rig.credentials
        .replace(&field.id, version, Credential::Expensify(stranger))
        .await
        .unwrap();
    assert_eq!(rig.sync().await.intake.new, 10);
    let refused = engine
        .sync(&field, SyncRequest::ordinary())
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("connect expensify"),
        "{refused}"
    );

    let (rig, field, engine) = two_of_one_key().await;
    let workspaces = field.rules.scope.workspaces.iter().cloned();
    rig.shared.join("another schedule", &field.id, workspaces);
    rig.sync().await;
    engine.sync(&field, SyncRequest::ordinary()).await.unwrap();
    assert_eq!(exports(&rig), (2, 2));
}
