//! Every resource from request to typed record, against a mock server.

mod accounting;
mod business;
mod documents;
mod refusals;
mod rows;
mod uploads;
mod writes;

use std::sync::Arc;

use freshbooks_client::oauth::OAuthApp;
use freshbooks_client::{
    BusinessId, BusinessUuid, CallbackFilter, Client, ClientFilter, Endpoints, ErrorKind,
    ExpenseCategoryFilter, ExpenseFilter, Feature, FixedToken, NewCallback, NoFilter, OAuthClient,
    ProjectFilter, TaxFilter, VendorFilter, VisState,
};
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::scripted::{BILL, account, bills, new_bill, unpaced};

async fn serving(verb: &str, at: &str, status: u16, body: &str) -> (MockServer, Client) {
    let server = MockServer::start().await;
    Mock::given(method(verb))
        .and(path(at))
        .and(header("authorization", "Bearer t"))
        .respond_with(ResponseTemplate::new(status).set_body_string(body))
        .expect(1)
        .mount(&server)
        .await;
    let client = Client::builder(Arc::new(FixedToken::new("t")))
        .with_settings(unpaced())
        .with_endpoints(Endpoints::at(&server.uri().parse().unwrap()).unwrap())
        .build()
        .unwrap();
    (server, client)
}

fn listed(key: &str, row: &str) -> String {
    format!(
        r#"{{"response":{{"result":{{"{key}":[{row}],"page":1,"pages":1,"per_page":100,"total":1}}}}}}"#
    )
}

#[tokio::test]
async fn bills_are_created_and_their_state_changed() {
    let at = "/accounting/account/ZyQ04o/bills/bills";
    let (_server, client) = serving("POST", at, 200, BILL).await;
    let bill = bills(&client).create(&new_bill()).await.unwrap();
    assert_eq!(bill.total_amount.unwrap().to_string(), "125.00 USD");
    assert_eq!(bill.vendor_id, None, "absent from answers to a create");

    let (_server, client) = serving("PUT", &format!("{at}/7"), 200, BILL).await;
    let changed = bills(&client)
        .set_vis_state(7.into(), VisState::Deleted)
        .await;
    assert_eq!(changed.unwrap().id.get(), 7);
}

#[tokio::test]
async fn expenses_and_their_categories_are_listed() {
    let row = r#"{"id":1,"expenseid":1,"amount":{"amount":"25.00","code":"USD"},"categoryid":131,"staffid":1,"date":"2026-06-29","vis_state":0}"#;
    let at = "/accounting/account/ZyQ04o/expenses/expenses";
    let (_server, client) = serving("GET", at, 200, &listed("expenses", row)).await;
    let list = client.expenses(&account()).list(ExpenseFilter::default());
    assert!(list.collect().await.unwrap().is_complete());

    let row = r#"{"id":131,"categoryid":131,"category":"Office Expenses & Postage","parentid":null,"is_editable":false,"created_at":"2026-06-29 12:48:49","vis_state":0}"#;
    let at = "/accounting/account/ZyQ04o/expenses/categories";
    let (_server, client) = serving("GET", at, 200, &listed("categories", row)).await;
    let list = client.expense_categories(&account());
    let mut list = list.list(ExpenseCategoryFilter::default());
    let category = list.try_next().await.unwrap().unwrap();
    assert_eq!(category.name.as_deref(), Some("Office Expenses & Postage"));
}

#[tokio::test]
async fn the_other_accounting_resources_are_listed() {
    let base = "/accounting/account/ZyQ04o";
    let account = account();

    let row = r#"{"vendorid":5,"vendor_name":"Ann Lee","primary_contact_email":"ann@x.example","currency_code":"USD","language":"en","vis_state":0}"#;
    let at = format!("{base}/bill_vendors/bill_vendors");
    let (_server, client) = serving("GET", &at, 200, &listed("bill_vendors", row)).await;
    let found = client.vendors(&account).list(VendorFilter::default());
    assert_eq!(found.collect().await.unwrap().items.len(), 1);

    let row = r#"{"id":3,"billid":"7","amount":{"amount":"100.00","code":"USD"},"paid_date":"2026-02-01","payment_type":"Check","vis_state":0}"#;
    let at = format!("{base}/bill_payments/bill_payments");
    let (_server, client) = serving("GET", &at, 200, &listed("bill_payments", row)).await;
    let found = client.bill_payments(&account).list(NoFilter);
    let payment = found.collect().await.unwrap().items.remove(0);
    assert_eq!(payment.bill_id.unwrap().get(), 7);

    let row = r#"{"id":2,"taxid":2,"name":"HST","amount":"13","number":null,"compound":false,"updated":"2026-06-29 12:48:49"}"#;
    let at = format!("{base}/taxes/taxes");
    let (_server, client) = serving("GET", &at, 200, &listed("taxes", row)).await;
    let found = client.taxes(&account).list(TaxFilter::default());
    let tax = found.collect().await.unwrap().items.remove(0);
    assert_eq!(tax.percent.unwrap().to_string(), "13");

    let row = r#"{"id":9,"userid":9,"organization":"ACME","fname":"","email":"a@b.co","currency_code":"USD","signup_date":"2026-06-29 16:48:49","vis_state":0}"#;
    let at = format!("{base}/users/clients");
    let (_server, client) = serving("GET", &at, 200, &listed("clients", row)).await;
    let found = client.clients(&account).list(ClientFilter::default());
    assert_eq!(found.collect().await.unwrap().items.len(), 1);

    let row = r#"{"id":1,"fname":"Ann","lname":"Lee","email":"ann@x.example","vis_state":0}"#;
    let at = format!("{base}/users/staffs");
    let (_server, client) = serving("GET", &at, 200, &listed("staff", row)).await;
    let found = client.staff(&account).list(NoFilter);
    assert_eq!(found.collect().await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn projects_ledger_accounts_and_identity_are_read() {
    let body = r#"{"projects":[{"id":1,"title":"Launch","active":true}],"meta":{"page":1,"pages":1,"per_page":100,"total":1}}"#;
    let (_server, client) = serving("GET", "/projects/business/9/projects", 200, body).await;
    let found = client
        .projects(BusinessId::new(9))
        .list(ProjectFilter::default());
    assert_eq!(found.collect().await.unwrap().items.len(), 1);

    let body = r#"{"data":[{"uuid":"6f0d7f3e-1","name":"Travel","number":"6000","type":"expense","state":"active","category_id":131}]}"#;
    let at = "/accounting/businesses/ab-12/ledger_accounts/accounts";
    let (_server, client) = serving("GET", at, 200, body).await;
    let uuid = BusinessUuid::new("ab-12").unwrap();
    let found = client.ledger_accounts(&uuid).list(NoFilter);
    assert!(found.collect().await.unwrap().is_complete());

    let body = r#"{"response":{"identity_id":1,"business_memberships":[{"id":1,"role":"owner","business":{"id":9,"account_id":"ZyQ04o"}}]}}"#;
    let (_server, client) = serving("GET", "/auth/api/v1/users/me", 200, body).await;
    let me = client.identity().await.unwrap();
    assert_eq!(me.memberships[0].business.account_id, Some(account()));
}

#[tokio::test]
async fn callbacks_are_registered_verified_listed_and_deleted() {
    let at = "/events/account/ZyQ04o/events/callbacks";
    let one = r#"{"response":{"result":{"callback":{"callbackid":2001,"verified":false}}}}"#;
    let (_server, client) = serving("POST", at, 200, one).await;
    let new = NewCallback::new("bill", "https://x.example/hook");
    let made = client.callbacks(&account()).create(&new).await.unwrap();
    assert_eq!((made.id.get(), made.verified), (2001, false));

    let one =
        r#"{"response":{"result":{"callback":{"id":2001,"verified":true,"updated_at":"odd"}}}}"#;
    let (_server, client) = serving("PUT", &format!("{at}/2001"), 200, one).await;
    let secret = "verifier".into();
    let verified = client.callbacks(&account()).verify(made.id, &secret).await;
    assert!(verified.unwrap().verified);

    let row = r#"{"callbackid":2001,"id":2001,"event":"bill","uri":"https://x.example/hook","verified":true}"#;
    let (_server, client) = serving("GET", at, 200, &listed("callbacks", row)).await;
    let list = client.callbacks(&account()).list(CallbackFilter::default());
    assert_eq!(list.collect().await.unwrap().items.len(), 1);

    let (_server, client) = serving("DELETE", &format!("{at}/2001"), 204, "").await;
    client.callbacks(&account()).delete(made.id).await.unwrap();
}

#[tokio::test]
async fn an_account_without_bills_is_told_apart() {
    let body =
        r#"{"response":{"errors":[{"errno":41001,"message":"You do not have access to bills"}]}}"#;
    for status in [200, 403] {
        let at = "/accounting/account/ZyQ04o/bills/bills";
        let (_server, client) = serving("POST", at, status, body).await;
        let error = bills(&client).create(&new_bill()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden);
        assert_eq!(error.feature(), Some(Feature::Bills));
    }
}

#[tokio::test]
async fn a_duplicate_bill_number_is_a_conflict() {
    let body = r#"{"code":3,"message":"Request failed with status_code: 422","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",
        "reason":"1029","metadata":{"object":"bill","message":"Bill number is already in use.","field":"bill_number","value":"EXP-R1"}}]}"#;
    let at = "/accounting/account/ZyQ04o/bills/bills";
    let (_server, client) = serving("POST", at, 422, body).await;
    let error = bills(&client).create(&new_bill()).await.unwrap_err();
    assert!(error.is_duplicate_bill_number());
    assert_eq!(
        (error.kind(), error.errno()),
        (ErrorKind::Conflict, Some(1029))
    );
    assert_eq!(error.field(), Some("bill_number"));
    assert!(error.body().is_some());
}

#[tokio::test]
async fn tokens_are_refreshed_once_without_a_bearer() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/auth/oauth/token"))
        .and(body_string_contains("grant_type=refresh_token"))
        .respond_with(ResponseTemplate::new(500))
        .expect(1)
        .mount(&server)
        .await;
    let redirect = "https://localhost/cb".parse().unwrap();
    let app = OAuthApp::new("id", "secret".into(), redirect);
    let endpoints = Endpoints::at(&server.uri().parse().unwrap()).unwrap();
    let oauth = OAuthClient::new(app, unpaced(), Some(endpoints), None).unwrap();
    let error = oauth.refresh(&"old".into()).await.unwrap_err();
    assert_eq!(error.effect(), freshbooks_client::Effect::Unknown);
    let [request] = &server.received_requests().await.unwrap()[..] else {
        panic!("one request expected")
    };
    assert!(!request.headers.contains_key("authorization"));
}
