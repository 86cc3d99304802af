use std::time::Duration;

use serde_json::{Value, json};
use sync_core::ErrorKind;
use sync_core::model::{
    BillDraft, BillLine, CategoryId, Currency, Draft, ExpenseDraft, ExpenseId, Marker, Money,
    RecordStatus, ReportId, StaffId, VendorDraft, VendorId,
};
use sync_core::plan::StepKey;
use sync_core::ports::SendOutcome;
use wiremock::matchers::{method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::*;
use crate::test_support::HandClock;

const ACCOUNT: &str = "/accounting/account/ZyQ04o";

struct Fixture {
    server: MockServer,
    ledger: FreshBooksLedger,
}

async fn fixture_with(change: impl FnOnce(&mut FreshBooksSettings)) -> Fixture {
    let server = MockServer::start().await;
    let account = FreshBooksAccount::new(
        "ZyQ04o",
        14_719_708,
        Some("d0f1e2c3-0000-4000-8000-000000000001"),
    )
    .unwrap();
    let mut settings = FreshBooksSettings::new(account).at(&server.uri()).unwrap();
    settings.client.retry_pause = Duration::from_millis(1);
    settings.client.pacing = wire::Pacing::Off;
    settings.client.rows_per_page = 2;
    settings.client.http.request_timeout = Duration::from_secs(5);
    change(&mut settings);
    let tokens = Arc::new(wire::FixedToken::new("access"));
    let clock = Arc::new(HandClock::at("2026-11-22T10:00:00Z"));
    Fixture {
        ledger: FreshBooksLedger::new(settings, tokens, clock).unwrap(),
        server,
    }
}

async fn fixture() -> Fixture {
    fixture_with(|_| {}).await
}

impl Fixture {
    async fn get(&self, at: &str, reply: Value) {
        let mock = Mock::given(method("GET"))
            .and(path(at))
            .respond_with(ResponseTemplate::new(200).set_body_json(reply));
        mock.mount(&self.server).await;
    }

    async fn post(&self, at: &str, reply: ResponseTemplate) {
        Mock::given(method("POST"))
            .and(path(at))
            .respond_with(reply)
            .mount(&self.server)
            .await;
    }

    async fn send(&self, drafts: &[Draft]) -> Vec<SendOutcome> {
        self.send_until(drafts, "2026-11-22T10:01:00Z").await
    }

    async fn send_until(&self, drafts: &[Draft], deadline: &str) -> Vec<SendOutcome> {
        let jobs = drafts
            .iter()
            .map(|draft| Job::new(StepKey::of(draft.marker()), draft))
            .collect();
        let receipts = self.ledger.send_jobs(jobs, deadline.parse().unwrap()).await;
        assert_eq!(receipts.len(), drafts.len());
        for (receipt, draft) in receipts.iter().zip(drafts) {
            assert_eq!(receipt.key, StepKey::of(draft.marker()));
        }
        receipts
            .into_iter()
            .map(|receipt| receipt.outcome)
            .collect()
    }

    async fn posts(&self) -> usize {
        let requests = self.server.received_requests().await.unwrap();
        requests
            .iter()
            .filter(|request: &&Request| request.method == "POST")
            .count()
    }
}

fn list(key: &str, rows: &[Value], page: u32, pages: u32) -> Value {
    let total = rows.len();
    json!({"response": {"result": {key: rows, "page": page, "pages": pages, "per_page": 100, "total": total}}})
}

fn bill_row(id: u64, number: &str, date: &str, vendor: u64, state: u8) -> Value {
    json!({"id": id, "vendorid": vendor, "bill_number": number, "issue_date": date, "due_offset_days": 30, "currency_code": "USD",
        "amount": {"amount": "12.50", "code": "USD"}, "tax_amount": {"amount": "0.00", "code": "USD"},
        "total_amount": {"amount": "12.50", "code": "USD"}, "status": "unpaid", "vis_state": state, "lines": []})
}

fn usd(amount: &str) -> Money {
    Money::new(amount.parse().unwrap(), Currency::parse("USD").unwrap())
}

fn bill_draft(report: &str) -> Draft {
    let marker = Marker::for_report(&ReportId::new(report));
    let line = BillLine {
        category: CategoryId::new(7),
        description: format!("Hotel ({marker})"),
        net: usd("12.50"),
        tax: None,
    };
    Draft::Bill(BillDraft {
        marker,
        vendor: VendorId::new(5),
        issued_on: "2026-07-06".parse().unwrap(),
        due_days: 30,
        currency: Currency::parse("USD").unwrap(),
        lines: vec![line],
        total: usd("12.50"),
    })
}

fn expense_draft() -> Draft {
    let marker = Marker::for_expense(&ExpenseId::new("4056343049275634494"));
    Draft::Expense(ExpenseDraft {
        notes: format!("lunch ({marker})"),
        marker,
        amount: usd("25"),
        category: CategoryId::new(7),
        staff: StaffId::new(1),
        date: "2026-06-29".parse().unwrap(),
        vendor: "Cafe".to_owned(),
        project: None,
        client: None,
        billable: false,
        tax: None,
    })
}

fn window(kind: RecordKind) -> ListingWindow {
    ListingWindow {
        kind,
        from: Some("2026-07-01".parse().unwrap()),
        to: Some("2026-07-31".parse().unwrap()),
        vendor: Some(VendorId::new(5)).filter(|_| kind == RecordKind::Bill),
    }
}

#[tokio::test]
async fn a_window_holds_all_pages_and_deleted_rows_and_nothing_from_outside() {
    let fixture = fixture().await;
    let at = format!("{ACCOUNT}/bills/bills");
    // Filters are ignored without a word: rows of other days and vendors come, too.
    let first = [
        bill_row(1, "EXP-R00A", "2026-07-01", 5, 0),
        bill_row(2, "X", "2026-08-01", 5, 0),
    ];
    let second = [
        bill_row(3, "EXP-R00C", "2026-07-31", 6, 0),
        bill_row(4, "EXP-R00D", "2026-07-31", 5, 2),
    ];
    for (page, rows) in [("1", first), ("2", second)] {
        let mut reply = list("bills", &rows, page.parse().unwrap(), 2);
        reply["response"]["result"]["total"] = json!(4);
        Mock::given(method("GET"))
            .and(path(at.as_str()))
            .and(query_param("page", page))
            .and(query_param_is_missing("search[vis_state]"))
            .and(query_param("search[issue_date_min]", "2026-07-01"))
            .and(query_param("search[issue_date_max]", "2026-08-01"))
            .and(query_param("search[vendorid]", "5"))
            .respond_with(ResponseTemplate::new(200).set_body_json(reply))
            .mount(&fixture.server)
            .await;
    }
    Mock::given(method("GET"))
        .and(path(at.as_str()))
        .and(query_param("search[vis_state]", "1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(list(
            "bills",
            &[bill_row(9, "EXP-R00Z", "2026-07-15", 5, 1)],
            1,
            1,
        )))
        .mount(&fixture.server)
        .await;
    let listing = fixture
        .ledger
        .list(&window(RecordKind::Bill))
        .await
        .unwrap();
    let found: Vec<_> = listing
        .records
        .iter()
        .map(|row| (row.id.get(), row.status))
        .collect();
    assert_eq!(
        found,
        [
            (1, RecordStatus::Active),
            (4, RecordStatus::Archived),
            (9, RecordStatus::Deleted)
        ]
    );
    assert_eq!(
        fixture.ledger.usage(),
        LedgerUsage {
            listing_pages: 3,
            ..LedgerUsage::default()
        }
    );
}

#[tokio::test]
async fn expenses_are_asked_for_to_the_day_after_and_filtered_again() {
    let fixture = fixture().await;
    let row = |id: u64, date: &str| json!({"id": id, "amount": {"amount": "1.00", "code": "USD"}, "date": date, "notes": "EXP-1", "vis_state": 0});
    Mock::given(method("GET"))
        .and(path(format!("{ACCOUNT}/expenses/expenses")))
        .and(query_param("search[date_min]", "2026-07-01"))
        .and(query_param("search[date_max]", "2026-08-01"))
        .respond_with(ResponseTemplate::new(200).set_body_json(list(
            "expenses",
            &[row(1, "2026-07-31"), row(2, "2026-08-01")],
            1,
            1,
        )))
        .expect(2)
        .mount(&fixture.server)
        .await;
    let listing = fixture
        .ledger
        .list(&window(RecordKind::Expense))
        .await
        .unwrap();
    assert_eq!(
        listing
            .records
            .iter()
            .map(|row| row.id.get())
            .collect::<Vec<_>>(),
        [1]
    );
}

#[tokio::test]
async fn an_incomplete_listing_is_an_error_and_an_odd_row_of_others_is_not() {
    let at = format!("{ACCOUNT}/bills/bills");
    // The second page fails.
    let broken = fixture().await;
    let mut reply = list(
        "bills",
        &[bill_row(1, "EXP-R00A", "2026-07-01", 5, 0)],
        1,
        2,
    );
    reply["response"]["result"]["total"] = json!(2);
    Mock::given(method("GET"))
        .and(path(at.as_str()))
        .and(query_param("page", "1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(reply))
        .mount(&broken.server)
        .await;
    Mock::given(method("GET"))
        .and(path(at.as_str()))
        .and(query_param("page", "2"))
        .respond_with(ResponseTemplate::new(502))
        .mount(&broken.server)
        .await;
    assert_eq!(
        broken
            .ledger
            .list(&window(RecordKind::Bill))
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::Unavailable
    );
    // A row that cannot be read: harmless without a mark of ours, no proof with one.
    for (number, complete) in [("INV-7", true), ("EXP-R00B", false)] {
        let fixture = fixture().await;
        let odd = json!({"id": 2, "bill_number": number, "issue_date": "someday"});
        fixture
            .get(
                &at,
                list(
                    "bills",
                    &[bill_row(1, "EXP-R00A", "2026-07-01", 5, 0), odd],
                    1,
                    1,
                ),
            )
            .await;
        let listing = fixture.ledger.list(&window(RecordKind::Bill)).await;
        assert_eq!(listing.is_ok(), complete, "{listing:?}");
    }
}

#[tokio::test]
async fn a_bill_and_an_expense_are_written_once_each() {
    let fixture = fixture().await;
    let made =
        json!({"response": {"result": {"bill": bill_row(34, "EXP-R00A", "2026-07-06", 5, 0)}}});
    fixture
        .post(
            &format!("{ACCOUNT}/bills/bills"),
            ResponseTemplate::new(200).set_body_json(made),
        )
        .await;
    let made = json!({"response": {"result": {"expense": {"id": 35, "expenseid": 35, "amount": {"amount": "99.00", "code": "USD"}, "date": "2026-06-29"}}}});
    fixture
        .post(
            &format!("{ACCOUNT}/expenses/expenses"),
            ResponseTemplate::new(200).set_body_json(made),
        )
        .await;
    let made =
        json!({"response": {"result": {"bill_vendor": {"vendorid": 36, "vendor_name": "Ann"}}}});
    fixture
        .post(
            &format!("{ACCOUNT}/bill_vendors/bill_vendors"),
            ResponseTemplate::new(200).set_body_json(made),
        )
        .await;
    let vendor = VendorDraft {
        marker: Marker::for_vendor("a@b.co"),
        name: "Ann".to_owned(),
        email: "a@b.co".to_owned(),
        currency: Currency::parse("USD").unwrap(),
    };
    // An answered record that differs from what was sent is applied all the same; verification tells.
    let outcomes = fixture
        .send(&[bill_draft("R00A"), expense_draft(), Draft::Vendor(vendor)])
        .await;
    assert_eq!(
        outcomes,
        [34, 35, 36].map(|id| SendOutcome::Applied(RecordId::new(id)))
    );
    assert_eq!(fixture.ledger.usage().writes, 3);
}

#[tokio::test]
async fn every_answer_becomes_the_outcome_that_is_certain_of_it() {
    let e1 = |errno: u32, field: &str, message: &str| json!({"response": {"errors": [{"errno": errno, "field": field, "message": message, "object": "bill", "value": ""}]}});
    let e2 = |reason: &str, field: &str, message: &str| {
        json!({"code": 3, "message": "Request failed with status_code: 422",
        "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "accounting.api.freshbooks.com", "metadata": {"object": "bill", "message": message, "value": "", "field": field}}]})
    };
    let json = |status: u16, body: Value| ResponseTemplate::new(status).set_body_json(body);
    let table: Vec<(&str, ResponseTemplate, &str)> = vec![
        (
            "validation, old envelope",
            json(422, e1(1001, "lines", "lines is required")),
            "Refused(Refusal { field: Some(\"lines\")",
        ),
        (
            "validation, new envelope",
            json(422, e2("1017", "bill_number", "too long")),
            "Refused(Refusal { field: Some(\"bill_number\"), message: \"too long\"",
        ),
        (
            "an error under 200",
            json(200, e1(1001, "lines", "lines is required")),
            "Refused(",
        ),
        (
            "read-only field",
            json(403, e1(1038, "due_date", "read only")),
            "Refused(",
        ),
        (
            "duplicate number",
            json(422, e2("1029", "bill_number", "bill_number is in use")),
            "NumberTaken",
        ),
        (
            "no accounts payable",
            json(200, e1(41001, "", "You do not have access to bills")),
            "NotPermitted(NotPermitted { message: \"You do not have access to bills; the FreshBooks plan lacks Accounts Payable",
        ),
        (
            "scope missing",
            json(
                403,
                json!({"error": "insufficient_scope", "error_description": "x"}),
            ),
            "NotPermitted(",
        ),
        (
            "lapsed",
            json(403, e1(1042, "", "Account is inactive")),
            "lapsed",
        ),
        (
            "wrong account",
            json(404, json!({"error": "not found"})),
            "NotPermitted(",
        ),
        (
            "throttled",
            ResponseTemplate::new(429).insert_header("Retry-After", "7"),
            "Throttled { retry_after: Some(7s) }",
        ),
        (
            "refused token",
            json(
                401,
                json!({"error": "unauthenticated", "error_description": "x"}),
            ),
            "Unauthorized",
        ),
        (
            "server error",
            ResponseTemplate::new(502).set_body_string("<html>Bad Gateway</html>"),
            "Unknown {",
        ),
        (
            "server error with an envelope",
            json(500, e1(500, "", "unexpected")),
            "Unknown {",
        ),
        (
            "html under 200",
            ResponseTemplate::new(200).set_body_string("<html>"),
            "Unknown {",
        ),
        (
            "no id",
            json(
                200,
                json!({"response": {"result": {"bill": {"issue_date": "2026-07-06"}}}}),
            ),
            "Unknown {",
        ),
        ("empty", ResponseTemplate::new(200), "Unknown {"),
        (
            "redirect",
            ResponseTemplate::new(302).insert_header("Location", "/elsewhere"),
            "Unknown {",
        ),
    ];
    for (case, reply, expected) in table {
        let fixture = fixture().await;
        fixture.post(&format!("{ACCOUNT}/bills/bills"), reply).await;
        let outcome = format!("{:?}", fixture.send(&[bill_draft("R00A")]).await.remove(0));
        assert!(outcome.contains(expected), "{case}: {outcome}");
        assert_eq!(
            (fixture.posts().await, fixture.ledger.usage().writes),
            (1, 1),
            "{case}"
        );
    }
}

#[tokio::test]
async fn a_lost_reply_is_unknown_and_no_connection_is_certain() {
    let slow =
        fixture_with(|settings| settings.client.http.request_timeout = Duration::from_millis(50))
            .await;
    slow.post(
        &format!("{ACCOUNT}/bills/bills"),
        ResponseTemplate::new(200).set_delay(Duration::from_secs(3)),
    )
    .await;
    assert!(matches!(
        slow.send(&[bill_draft("R00A")]).await[..],
        [SendOutcome::Unknown { .. }]
    ));
    assert_eq!(slow.posts().await, 1);
    let account = FreshBooksAccount::new("ZyQ04o", 1, None).unwrap();
    // Port 9 of the loopback serves nobody.
    let settings = FreshBooksSettings::new(account)
        .at("http://127.0.0.1:9")
        .unwrap();
    let tokens = Arc::new(wire::FixedToken::new("access"));
    let ledger = FreshBooksLedger::new(
        settings,
        tokens,
        Arc::new(HandClock::at("2026-11-22T10:00:00Z")),
    )
    .unwrap();
    let nowhere = Fixture {
        ledger,
        server: slow.server,
    };
    assert_eq!(
        nowhere.send(&[bill_draft("R00A")]).await,
        [SendOutcome::Unreachable]
    );
}

#[tokio::test]
async fn what_is_not_begun_by_the_deadline_is_never_begun() {
    let fixture = fixture_with(|settings| settings.sends_at_once = NonZeroUsize::MIN).await;
    let made =
        json!({"response": {"result": {"bill": bill_row(34, "EXP-R00A", "2026-07-06", 5, 0)}}});
    let reply = ResponseTemplate::new(200)
        .set_body_json(made)
        .set_delay(Duration::from_millis(600));
    fixture.post(&format!("{ACCOUNT}/bills/bills"), reply).await;
    let drafts = ["R00A", "R00B", "R00C"].map(bill_draft);
    assert_eq!(
        fixture.send_until(&drafts, "2026-11-22T09:59:00Z").await,
        [const { SendOutcome::NotStarted }; 3]
    );
    // One at a time, and time for one: it is waited for, though it ends after the deadline.
    let mut outcomes = fixture.send_until(&drafts, "2026-11-22T10:00:00.2Z").await;
    outcomes.sort_by_key(|outcome| *outcome == SendOutcome::NotStarted);
    assert_eq!(
        outcomes,
        [
            SendOutcome::Applied(RecordId::new(34)),
            SendOutcome::NotStarted,
            SendOutcome::NotStarted
        ]
    );
    assert_eq!(fixture.posts().await, 1);
}

#[tokio::test]
async fn a_caller_that_goes_away_neither_stops_what_was_begun_nor_starts_the_rest() {
    let fixture = fixture_with(|settings| settings.sends_at_once = NonZeroUsize::MIN).await;
    let made =
        json!({"response": {"result": {"bill": bill_row(34, "EXP-R00A", "2026-07-06", 5, 0)}}});
    let reply = ResponseTemplate::new(200)
        .set_body_json(made)
        .set_delay(Duration::from_millis(300));
    fixture.post(&format!("{ACCOUNT}/bills/bills"), reply).await;
    let drafts = ["R00A", "R00B", "R00C"].map(bill_draft);
    let dropped = tokio::time::timeout(Duration::from_millis(100), fixture.send(&drafts)).await;
    assert!(dropped.is_err());
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(fixture.posts().await, 1);
}

#[tokio::test]
async fn no_more_writes_are_under_way_than_the_setting_allows() {
    let fixture =
        fixture_with(|settings| settings.sends_at_once = NonZeroUsize::new(4).unwrap()).await;
    let made =
        json!({"response": {"result": {"bill": bill_row(34, "EXP-R00A", "2026-07-06", 5, 0)}}});
    let reply = ResponseTemplate::new(200)
        .set_body_json(made)
        .set_delay(Duration::from_millis(100));
    fixture.post(&format!("{ACCOUNT}/bills/bills"), reply).await;
    let drafts: Vec<Draft> = (0..12).map(|n| bill_draft(&format!("R00{n}"))).collect();
    let began = std::time::Instant::now();
    assert_eq!(fixture.send(&drafts).await.len(), 12);
    assert!(
        began.elapsed() >= Duration::from_millis(300),
        "twelve in rounds of four take three rounds"
    );
}

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
async fn one_record_is_read_even_a_deleted_one_and_an_unknown_id_is_none() {
    let fixture = fixture().await;
    fixture
        .get(
            &format!("{ACCOUNT}/bills/bills/34"),
            json!({"response": {"result": {"bill": bill_row(34, "EXP-R00A", "2026-07-06", 5, 1)}}}),
        )
        .await;
    let unknown = json!({"response": {"errors": [{"errno": 1012, "field": "id", "message": "Bill not found.", "object": "bill"}]}});
    Mock::given(method("GET"))
        .and(path(format!("{ACCOUNT}/bills/bills/35")))
        .respond_with(ResponseTemplate::new(404).set_body_json(unknown))
        .mount(&fixture.server)
        .await;
    let record = fixture
        .ledger
        .read(RecordKind::Bill, RecordId::new(34))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(record.status, RecordStatus::Deleted);
    assert_eq!(
        fixture
            .ledger
            .read(RecordKind::Bill, RecordId::new(35))
            .await
            .unwrap(),
        None
    );
    assert_eq!(fixture.ledger.usage().reads, 2);
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

#[test]
fn ids_and_urls_that_are_none_are_named() {
    for (account, uuid, what) in [
        ("a/b", None, "account id"),
        ("ZyQ04o", Some("no uuid"), "UUID"),
    ] {
        let error = FreshBooksAccount::new(account, 1, uuid).unwrap_err();
        assert!(
            error.kind() == ErrorKind::Invalid && error.to_string().contains(what),
            "{error}"
        );
    }
    let settings = FreshBooksSettings::new(FreshBooksAccount::new("ZyQ04o", 1, None).unwrap());
    assert_eq!(
        settings.at("data:x").unwrap_err().kind(),
        ErrorKind::Invalid
    );
}
