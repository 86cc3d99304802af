use super::*;

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
#[expect(clippy::too_many_lines, reason = "a table of cases: data, not logic")]
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
        fixture_with(|settings| settings.client.http.request_timeout = Duration::from_millis(500))
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
