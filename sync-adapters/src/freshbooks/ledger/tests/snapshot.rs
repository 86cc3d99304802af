use super::*;

async fn serve_reference_data(fixture: &Fixture) {
    let me = json!({"response": {"identity_id": 1, "permissions": {"ZyQ04o": {"accounts_payable.access": true}}, "business_memberships": [
        {"id": 99, "role": "owner", "business": {"id": 14_719_708, "business_uuid": "d0f1e2c3-0000-4000-8000-000000000001", "name": "Acme", "account_id": "ZyQ04o"}},
        {"id": 98, "role": "client", "business": {"id": 2, "name": "No books", "account_id": null}}]}});
    fixture.get("/auth/api/v1/users/me", me).await;
    let vendors = [
        json!({"vendorid": 5, "vendor_name": "Ann Lee", "primary_contact_email": "ann@acme.test", "currency_code": "USD", "vis_state": 0}),
        json!({"vendorid": 6, "vendor_name": "Old", "vis_state": 2}),
    ];
    fixture
        .get(
            &format!("{ACCOUNT}/bill_vendors/bill_vendors"),
            list("bill_vendors", &vendors, 1, 1),
        )
        .await;
    let categories =
        [json!({"id": 7, "categoryid": 7, "category": "Travel", "parentid": null, "vis_state": 0})];
    fixture
        .get(
            &format!("{ACCOUNT}/expenses/categories"),
            list("categories", &categories, 1, 1),
        )
        .await;
    let taxes = [json!({"id": 3, "taxid": 3, "name": "VAT", "amount": "20"})];
    fixture
        .get(
            &format!("{ACCOUNT}/taxes/taxes"),
            list("taxes", &taxes, 1, 1),
        )
        .await;
    let staff = [json!({"id": 1, "fname": "Bo", "lname": "Ss", "email": "boss@acme.test"})];
    fixture
        .get(
            &format!("{ACCOUNT}/users/staffs"),
            list("staff", &staff, 1, 1),
        )
        .await;
}

const ACCOUNTS: &str =
    "/accounting/businesses/d0f1e2c3-0000-4000-8000-000000000001/ledger_accounts/accounts";

#[tokio::test]
async fn a_snapshot_holds_what_planning_needs() {
    let fixture = fixture().await;
    serve_reference_data(&fixture).await;
    fixture.get(ACCOUNTS, json!({"data": [{"uuid": "d0f1e2c3-0000-4000-8000-00000000000a", "name": "Travel", "number": "6400", "state": "active", "category_id": 7}]})).await;
    let snapshot = fixture.ledger.snapshot().await.unwrap();
    let parts = snapshot.parts();
    assert_eq!(
        parts
            .vendors
            .iter()
            .map(|vendor| vendor.active)
            .collect::<Vec<_>>(),
        [true, false]
    );
    assert_eq!(
        (parts.ledger.as_str(), parts.capabilities.accounts_payable),
        ("ZyQ04o", Some(true))
    );
    assert_eq!(
        parts.ledger_accounts.as_ref().unwrap()[0].category,
        Some(CategoryId::new(7))
    );
    assert_eq!(
        (
            parts.taxes.len(),
            parts.categories.len(),
            parts.staff[0].name.as_str()
        ),
        (1, 1, "Bo Ss")
    );
    assert_eq!((&parts.projects, &parts.clients), (&None, &None));
    assert_eq!(
        fixture.ledger.usage(),
        LedgerUsage {
            snapshot_pages: 6,
            ..LedgerUsage::default()
        }
    );
    assert_eq!(
        fixture.ledger.snapshot().await.unwrap().fingerprint(),
        snapshot.fingerprint()
    );
}

#[tokio::test]
async fn a_snapshot_does_without_what_is_not_permitted_and_not_without_the_rest() {
    let denied = || {
        ResponseTemplate::new(403)
            .set_body_json(json!({"error": "insufficient_scope", "error_description": "x"}))
    };
    let no_bills = json!({"response": {"errors": [{"errno": 31001, "field": "", "message": "You do not have access to bill vendors"}]}});
    let reply = |of: &str, at: &str, with: ResponseTemplate| {
        Mock::given(method(of))
            .and(path(at.to_owned()))
            .respond_with(with)
            .with_priority(1)
    };
    let fixture = fixture().await;
    serve_reference_data(&fixture).await;
    // The chart of accounts is not readable, nor are taxes; the plan has no bills.
    reply("GET", ACCOUNTS, denied())
        .mount(&fixture.server)
        .await;
    reply("GET", &format!("{ACCOUNT}/taxes/taxes"), denied())
        .mount(&fixture.server)
        .await;
    reply(
        "GET",
        &format!("{ACCOUNT}/bill_vendors/bill_vendors"),
        ResponseTemplate::new(200).set_body_json(no_bills),
    )
    .mount(&fixture.server)
    .await;
    let parts = fixture.ledger.snapshot().await.unwrap().parts().clone();
    assert_eq!(
        (
            parts.ledger_accounts,
            parts.taxes.len(),
            parts.vendors.len()
        ),
        (None, 0, 0)
    );
    assert_eq!(parts.capabilities.accounts_payable, Some(false));
    // Categories are not optional, and a failure that passes is no answer.
    let categories = reply("GET", &format!("{ACCOUNT}/expenses/categories"), denied())
        .up_to_n_times(1)
        .mount_as_scoped(&fixture.server)
        .await;
    let error = fixture.ledger.snapshot().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(
        error
            .to_string()
            .contains("ml-connector connect freshbooks"),
        "{error}"
    );
    drop(categories);
    fixture.server.reset().await;
    serve_reference_data(&fixture).await;
    reply("GET", ACCOUNTS, ResponseTemplate::new(503))
        .mount(&fixture.server)
        .await;
    assert_eq!(
        fixture.ledger.snapshot().await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
}

#[tokio::test]
async fn businesses_without_books_are_left_out() {
    let fixture = fixture().await;
    serve_reference_data(&fixture).await;
    let tokens = Arc::new(wire::FixedToken::new("access"));
    let found = crate::freshbooks::businesses(tokens, Some(&fixture.server.uri()))
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (
            found[0].name.as_str(),
            found[0].role.as_str(),
            found[0].business_id()
        ),
        ("Acme", "owner", 14_719_708)
    );
    assert_eq!(
        (found[0].account.account_id(), found[0].accounts_payable),
        ("ZyQ04o", Some(true))
    );
}
