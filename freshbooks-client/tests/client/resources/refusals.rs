//! What each family says when it refuses, over every kind of call.

use freshbooks_client::{
    BusinessId, BusinessUuid, Client, Error, ErrorKind, Feature, Item, LedgerAccountId, NewItem,
    NoFilter, ProjectFilter, TeamMemberId, VendorFilter, calls,
};

use super::serving;
use crate::scripted::account;

fn gate(errno: u32, what: &str) -> [String; 2] {
    let says = format!("You do not have access to {what}");
    [
        format!(
            r#"{{"response":{{"errors":[{{"errno":{errno},"field":"","message":"{says}","object":"{what}"}}]}}}}"#
        ),
        format!(
            r#"{{"code":7,"message":"Request failed with status_code: 403","details":[{{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"{errno}",
            "domain":"accounting.api.freshbooks.com","metadata":{{"object":"{what}","message":"{says}","field":""}}}}]}}"#
        ),
    ]
}

/// The error of a list and of one record of a resource the plan does not include.
async fn gated(
    at: &str,
    (errno, what): (u32, &str),
    list: impl AsyncFn(&Client) -> Error,
    get: impl AsyncFn(&Client) -> Error,
    feature: Feature,
) {
    for body in gate(errno, what) {
        for status in [200, 403] {
            let (_server, client) = serving("GET", at, status, &body).await;
            let error = list(&client).await;
            assert_eq!(
                (error.kind(), error.feature()),
                (ErrorKind::Forbidden, Some(feature)),
                "{status} {body}"
            );
            let (_server, client) = serving("GET", &format!("{at}/7"), status, &body).await;
            assert_eq!(get(&client).await.feature(), Some(feature));
        }
    }
}

#[tokio::test]
async fn a_feature_the_plan_lacks_is_named_whatever_the_status() {
    let base = "/accounting/account/ZyQ04o";
    let account = account();
    gated(
        &format!("{base}/bills/bills"),
        (41001, "bills"),
        async |client| {
            client
                .bills(&account)
                .list(<_>::default())
                .collect()
                .await
                .unwrap_err()
        },
        async |client| client.bills(&account).get(7.into()).await.unwrap_err(),
        Feature::Bills,
    )
    .await;
    gated(
        &format!("{base}/bill_vendors/bill_vendors"),
        (31001, "bill vendors"),
        async |client| {
            client
                .vendors(&account)
                .list(VendorFilter::default())
                .collect()
                .await
                .unwrap_err()
        },
        async |client| client.vendors(&account).get(7.into()).await.unwrap_err(),
        Feature::BillVendors,
    )
    .await;
    gated(
        &format!("{base}/bill_payments/bill_payments"),
        (41101, "bill payments"),
        async |client| {
            client
                .bill_payments(&account)
                .list(NoFilter)
                .collect()
                .await
                .unwrap_err()
        },
        async |client| {
            client
                .bill_payments(&account)
                .get(7.into())
                .await
                .unwrap_err()
        },
        Feature::BillPayments,
    )
    .await;
    gated(
        &format!("{base}/items/items"),
        (12001, "items"),
        async |client| {
            client
                .items(&account)
                .list(<_>::default())
                .collect()
                .await
                .unwrap_err()
        },
        async |client| client.items(&account).get(7.into()).await.unwrap_err(),
        Feature::Items,
    )
    .await;
}

#[tokio::test]
async fn a_gate_under_200_refuses_a_write_without_a_trace() {
    let [old, new] = gate(12001, "items");
    for body in [old, new] {
        let at = "/accounting/account/ZyQ04o/items/items";
        let (_server, client) = serving("POST", at, 200, &body).await;
        let item = NewItem::new("Book");
        let error = client.items(&account()).create(&item).await.unwrap_err();
        assert_eq!(error.feature(), Some(Feature::Items));
        assert_eq!(error.effect(), freshbooks_client::Effect::None);
    }
}

/// The error of reading record 7, or its like, at an address.
async fn asked(client: &Client, at: &str) -> Error {
    let business = BusinessId::new(9);
    let outcome = match at.split('/').nth(1).unwrap() {
        "projects" => client.projects(business).get(7.into()).await.map(|_| ()),
        "comments" => client.services(business).get(7.into()).await.map(|_| ()),
        "timetracking" => client
            .time_entries(business)
            .get(7.into())
            .await
            .map(|_| ()),
        "accounting" => {
            let uuid = BusinessUuid::new("ab-12").unwrap();
            let id = LedgerAccountId::new("ab-1").unwrap();
            client.ledger_accounts(&uuid).get(id).await.map(|_| ())
        }
        "auth" => {
            let id = TeamMemberId::new("ab-1").unwrap();
            client.team_members(business).get(id).await.map(|_| ())
        }
        _ => client.callbacks(&account()).get(7.into()).await.map(|_| ()),
    };
    outcome.unwrap_err()
}

#[tokio::test]
async fn each_flat_family_states_errors_its_own_way() {
    let project = "/projects/business/9/project/7";
    let nothing = r#"{"error":"Requested resource could not be found."}"#;
    let table: [(&str, u16, &str, ErrorKind); 8] = [
        (
            project,
            404,
            r#"{"errno":404,"error":"Not found."}"#,
            ErrorKind::NotFound,
        ),
        (project, 200, nothing, ErrorKind::Invalid),
        (
            project,
            401,
            r#"{"message":"Log in."}"#,
            ErrorKind::Unauthenticated,
        ),
        (
            "/comments/business/9/service/7",
            422,
            r#"{"errno":2001,"error":{"title":"field required"}}"#,
            ErrorKind::Invalid,
        ),
        (
            "/timetracking/business/9/time_entries/7",
            404,
            nothing,
            ErrorKind::NotFound,
        ),
        (
            "/accounting/businesses/ab-12/ledger_accounts/accounts/ab-1",
            404,
            r#"{"errors":{"message":"Not found.","status":404,"details":[]}}"#,
            ErrorKind::NotFound,
        ),
        (
            "/auth/api/v1/businesses/9/team_members/ab-1",
            403,
            r#"{"error":"forbidden","error_description":"No."}"#,
            ErrorKind::Forbidden,
        ),
        (
            "/events/account/ZyQ04o/events/callbacks/7",
            404,
            r#"{"errno":404,"message":"Requested resource could not be found."}"#,
            ErrorKind::NotFound,
        ),
    ];
    for (at, status, body, kind) in table {
        let (_server, client) = serving("GET", at, status, body).await;
        assert_eq!(asked(&client, at).await.kind(), kind, "{status} {at}");
    }
}

#[tokio::test]
async fn a_success_that_is_no_success_is_an_error_everywhere() {
    let business = BusinessId::new(9);
    for body in [
        "{}",
        "[]",
        "null",
        "<html>",
        r#"{"response":{}}"#,
        r#"{"projects":null}"#,
    ] {
        let (_server, client) = serving("GET", "/projects/business/9/projects", 200, body).await;
        let walk = client.projects(business).list(ProjectFilter::default());
        assert_eq!(
            walk.collect().await.unwrap_err().kind(),
            ErrorKind::Unexpected,
            "{body}"
        );
    }
    let call = calls::get::<Item>(&account(), &7.into());
    let reply = http::Response::new(r#"{"response":{"result":{"task":{"id":7}}}}"#.into());
    assert_eq!(call.read(&reply).unwrap_err().kind(), ErrorKind::Unexpected);
}
