//! Two connections in one configuration, each with its workspace and its business.

use sync_core::engine::SyncRequest;
use sync_core::model::ConnectionId;
use sync_core::ports::{CredentialStore, EntryQuery, Store};
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
