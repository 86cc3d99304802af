//! The accounting API's quirks.

mod support;

use reqwest::Method;
use serde_json::{Value, json};
use support::{ACCOUNT, bill, call, errno, expense, get, post, put, start, start_with};
use sync_sandbox::{BillNumberScope, ErrorForm, Moment, Person, Vendor};

const BILLS: &str = "/accounting/account/zDmNq/bills/bills";
const EXPENSES: &str = "/accounting/account/zDmNq/expenses/expenses";

#[tokio::test]
async fn a_new_bill_is_answered_without_its_vendor_and_priced_tax_exclusive() {
    let sandbox = start().await;
    let mut taxed = bill("EXP-1", "100");
    taxed["bill"]["lines"][0]["tax_name1"] = "HST".into();
    taxed["bill"]["lines"][0]["tax_percent1"] = 13.into();
    let (status, body) = post(&sandbox, BILLS, &taxed).await;
    assert_eq!(status, 200);
    let created = &body["response"]["result"]["bill"];
    assert!(created.get("vendorid").is_none());
    assert_eq!(
        created["amount"],
        json!({"amount": "100.00", "code": "USD"})
    );
    assert_eq!(created["tax_amount"]["amount"], "13.00");
    assert_eq!(created["total_amount"]["amount"], "113.00");
    assert_eq!(created["due_date"], "2026-07-31");
    assert_eq!(created["lines"][0]["quantity"], "1");
    assert_eq!(
        created["lines"][0]["category"]["category"],
        "Office Supplies"
    );
    assert_eq!(
        created["created_at"], "2026-07-15 16:00:00",
        "bills are stamped in UTC"
    );
    let (_, read) = get(&sandbox, &format!("{BILLS}/{}", created["id"])).await;
    assert_eq!(read["response"]["result"]["bill"]["vendorid"], 501);
}

#[tokio::test]
async fn a_bill_number_in_use_is_refused_as_far_as_the_settings_say() {
    let sandbox = start().await;
    assert_eq!(post(&sandbox, BILLS, &bill("EXP-1", "10")).await.0, 200);
    let (status, body) = post(&sandbox, BILLS, &bill("EXP-1", "99")).await;
    assert_eq!((status, errno(&body)), (422, "1029"));
    let detail = &body["details"][0]["metadata"];
    assert_eq!(detail["field"], "bill_number");
    assert!(detail["message"].as_str().unwrap().contains("in use"));
    let mut other = bill("EXP-1", "10");
    other["bill"]["vendorid"] = 502.into();
    assert_eq!(
        post(&sandbox, BILLS, &other).await.0,
        200,
        "another vendor may use the number"
    );
    let id = sandbox.bills()[0]["id"].as_u64().unwrap();
    sandbox.person(Person::DeleteBill { id }).unwrap();
    assert_eq!(
        post(&sandbox, BILLS, &bill("EXP-1", "10")).await.0,
        200,
        "a deleted bill frees its number"
    );
    let mut nameless = bill("", "10");
    nameless["bill"]["bill_number"] = Value::Null;
    assert_eq!(post(&sandbox, BILLS, &nameless).await.0, 200);
    assert_eq!(
        post(&sandbox, BILLS, &nameless).await.0,
        200,
        "null repeats"
    );

    let strict = start_with(|scenario| {
        scenario.freshbooks.settings.bill_number_scope = BillNumberScope::Account;
        scenario.freshbooks.settings.error_form = ErrorForm::Legacy;
    })
    .await;
    post(&strict, BILLS, &bill("EXP-1", "10")).await;
    let (_, body) = post(&strict, BILLS, &other).await;
    assert_eq!(body["response"]["errors"][0]["errno"], 1029);
    let lax =
        start_with(|scenario| scenario.freshbooks.settings.refuse_duplicate_bill_number = false)
            .await;
    assert_eq!(post(&lax, BILLS, &bill("EXP-1", "10")).await.0, 200);
    assert_eq!(post(&lax, BILLS, &bill("EXP-1", "10")).await.0, 200);
}

#[tokio::test]
async fn required_read_only_and_unknown_are_told_apart() {
    let sandbox = start().await;
    let mut cases = Vec::new();
    for field in [
        "vendorid",
        "issue_date",
        "due_offset_days",
        "currency_code",
        "language",
        "lines",
    ] {
        let mut body = bill("A", "1");
        body["bill"].as_object_mut().unwrap().remove(field);
        cases.push((body, 422, "1001"));
    }
    for field in ["due_date", "amount", "overall_description"] {
        let mut body = bill("A", "1");
        body["bill"][field] = "x".into();
        cases.push((body, 403, "1038"));
    }
    for (field, value, number) in [
        ("vendorid", json!(999), "1012"),
        ("vendorid", json!("x"), "1015"),
        ("issue_date", json!("1 July"), "1033"),
    ] {
        let mut body = bill("A", "1");
        body["bill"][field] = value;
        cases.push((body, 422, number));
    }
    cases.push((json!({"vendorid": 501}), 400, "1005"));
    for (body, status, number) in cases {
        let (got, answer) = post(&sandbox, BILLS, &body).await;
        assert_eq!(
            (got, errno(&answer)),
            (status, number),
            "{body} -> {answer}"
        );
    }
    let mut extra = bill("A", "1");
    extra["bill"]["notes"] = "not a field of bills".into();
    let (status, answer) = post(&sandbox, BILLS, &extra).await;
    assert_eq!(status, 200);
    assert!(
        answer["response"]["result"]["bill"].get("notes").is_none(),
        "dropped without a word"
    );
}

#[tokio::test]
async fn expenses_are_tax_inclusive_and_equal_ones_both_succeed() {
    let sandbox = start().await;
    for (amount, tax) in [("79.73", "9.17"), ("7000.99", "805.42")] {
        let mut taxed = expense("2026-07-02", amount);
        taxed["expense"]["taxName1"] = "HST".into();
        taxed["expense"]["taxPercent1"] = 13.into();
        let (_, body) = post(&sandbox, EXPENSES, &taxed).await;
        let created = &body["response"]["result"]["expense"];
        assert_eq!(created["taxAmount1"]["amount"], tax);
        assert_eq!(created["isduplicate"], false);
        assert_eq!(
            created["updated"], "2026-07-15 12:00:00",
            "expenses are stamped in Eastern time"
        );
    }
    let mut exact = expense("2026-07-03", "39.991");
    exact["expense"]["tax_name1"] = "HST".into();
    for duplicate in [false, true] {
        let (status, body) = post(&sandbox, EXPENSES, &exact).await;
        let created = &body["response"]["result"]["expense"];
        assert_eq!((status, &created["isduplicate"]), (200, &json!(duplicate)));
        assert_eq!(created["amount"]["amount"], "39.991");
        assert_eq!(
            created["taxName1"],
            Value::Null,
            "snake case is dropped without a word"
        );
    }
    let twins = sandbox
        .expenses()
        .into_iter()
        .filter(|it| it["isduplicate"] == true)
        .count();
    assert_eq!(twins, 2, "every member of the set is marked");
}

#[tokio::test]
async fn pages_default_to_15_cap_at_100_and_end_empty() {
    let sandbox = start().await;
    for day in 1..=28 {
        post(
            &sandbox,
            EXPENSES,
            &expense(&format!("2026-06-{day:02}"), "5"),
        )
        .await;
    }
    for (query, rows, per_page, pages) in [
        ("", 15, 15, 2),
        ("?page=0", 15, 15, 2),
        ("?page=2", 13, 15, 2),
        ("?page=9", 0, 15, 2),
        ("?per_page=1000", 28, 100, 1),
    ] {
        let (_, body) = get(&sandbox, &format!("{EXPENSES}{query}")).await;
        let result = &body["response"]["result"];
        assert_eq!(
            result["expenses"].as_array().unwrap().len(),
            rows,
            "{query}"
        );
        assert_eq!(
            (&result["per_page"], &result["pages"], &result["total"]),
            (&json!(per_page), &json!(pages), &json!(28)),
            "{query}"
        );
    }
    for (query, number) in [
        ("?page=two", "1014"),
        ("?per_page=x", "1013"),
        ("?search[date_min]=soon", "1023"),
        ("?search[amount_min]=x", "1024"),
    ] {
        let (status, body) = get(&sandbox, &format!("{EXPENSES}{query}")).await;
        assert_eq!((status, errno(&body)), (422, number), "{query}");
    }
}

#[tokio::test]
async fn known_filters_work_and_unknown_ones_are_ignored() {
    let sandbox = start().await;
    for (date, amount) in [
        ("2026-07-01", "5"),
        ("2026-07-02", "7.50"),
        ("2026-07-03", "9"),
    ] {
        post(&sandbox, EXPENSES, &expense(date, amount)).await;
    }
    post(&sandbox, BILLS, &bill("EXP-1", "10")).await;
    let total = |body: &Value| body["response"]["result"]["total"].as_u64().unwrap();
    for (query, expected) in [
        ("search[date_min]=2026-07-02", 2),
        (
            "search%5Bdate_min%5D=2026-07-01&search%5Bdate_max%5D=2026-07-02",
            1,
        ),
        ("search[amount_min]=7.5&search[amount_max]=7.51", 1),
        ("search[vendor]=Cafe", 3),
        ("search[categoryid]=8004", 3),
        ("search[categoryids][]=8001&search[categoryids][]=8004", 3),
        ("search[updated_min]=2026-07-15", 3),
        ("search[updated_min]=2026-07-16", 0),
        ("search[updated_since]=2030-01-01", 3),
        ("search[status]=4", 3),
        ("search[notes]=nothing", 3),
    ] {
        let (_, body) = get(&sandbox, &format!("{EXPENSES}?{query}")).await;
        assert_eq!(total(&body), expected, "{query}");
    }
    for (query, expected) in [
        ("search[vendorid]=501", 1),
        ("search[vendorid]=502", 0),
        ("search[vendor_id]=502", 1),
        ("search[bill_number]=other", 1),
        ("search[statuses][]=paid", 0),
        ("search[statuses][]=unpaid", 1),
        ("search[issue_date_min]=2026-07-02", 0),
    ] {
        let (_, body) = get(&sandbox, &format!("{BILLS}?{query}")).await;
        assert_eq!(total(&body), expected, "{query}");
    }
    let deaf = start_with(|scenario| {
        scenario.freshbooks.settings.ignored_filters = vec!["bills:issue_date_min".into()];
    })
    .await;
    post(&deaf, BILLS, &bill("EXP-1", "10")).await;
    assert_eq!(
        total(
            &get(&deaf, &format!("{BILLS}?search[issue_date_min]=2026-07-02"))
                .await
                .1
        ),
        1
    );
}

#[tokio::test]
async fn visibility_is_applied_alone_and_deleted_records_stay_readable() {
    let sandbox = start().await;
    post(&sandbox, EXPENSES, &expense("2026-07-01", "5")).await;
    let id = sandbox.expenses()[0]["id"].clone();
    let path = format!("{EXPENSES}/{id}");
    put(
        &sandbox,
        &path,
        &json!({"expense": {"vis_state": 1, "notes": "lost"}}),
    )
    .await;
    let (status, body) = get(&sandbox, &path).await;
    assert_eq!(status, 200);
    assert_eq!(
        (
            &body["response"]["result"]["expense"]["vis_state"],
            &body["response"]["result"]["expense"]["notes"]
        ),
        (&json!(1), &json!("EXP-1"))
    );
    let total = |body: Value| body["response"]["result"]["total"].clone();
    assert_eq!(total(get(&sandbox, EXPENSES).await.1), 0);
    assert_eq!(
        total(
            get(&sandbox, &format!("{EXPENSES}?search[vis_state]=1"))
                .await
                .1
        ),
        1
    );
    put(&sandbox, &path, &json!({"expense": {"vis_state": 2}})).await;
    assert_eq!(
        total(get(&sandbox, EXPENSES).await.1),
        1,
        "archived rows are listed"
    );
    let (_, body) = put(&sandbox, &path, &json!({"expense": {"notes": "kept"}})).await;
    assert_eq!(
        body["response"]["result"]["expense"]["amount"]["amount"], "5.00",
        "a partial update changes what it names"
    );
}

#[tokio::test]
async fn payments_settle_a_bill() {
    let sandbox = start().await;
    let (_, body) = post(&sandbox, BILLS, &bill("EXP-1", "100")).await;
    let id = body["response"]["result"]["bill"]["id"].as_u64().unwrap();
    let payments = format!("{ACCOUNT}/bill_payments/bill_payments");
    let pay = |kind: &str| json!({"bill_payment": {"billid": id.to_string(), "amount": {"amount": "40", "code": "USD"}, "paid_date": "2026-07-10", "payment_type": kind}});
    assert_eq!(
        post(&sandbox, &payments, &pay("check")).await.0,
        422,
        "payment types are case-sensitive"
    );
    assert_eq!(post(&sandbox, &payments, &pay("Check")).await.0, 200);
    assert_eq!(
        (
            &sandbox.bills()[0]["status"],
            &sandbox.bills()[0]["outstanding"]["amount"]
        ),
        (&json!("partial"), &json!("60.00"))
    );
    sandbox.person(Person::PayBill { id }).unwrap();
    assert_eq!(sandbox.bills()[0]["status"], "paid");
    assert_eq!(
        sandbox.bills()[0]["bill_payments"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let vendor = sandbox
        .vendors()
        .into_iter()
        .find(|vendor| vendor["vendorid"] == 501)
        .unwrap();
    assert_eq!(
        vendor["outstanding_balance"],
        json!([]),
        "no row when nothing is owed"
    );
}

#[tokio::test]
async fn a_plan_without_accounts_payable_answers_its_gate() {
    for (as_200, status) in [(false, 403), (true, 200)] {
        let sandbox = start_with(|scenario| {
            scenario.freshbooks.businesses[0].accounts_payable = false;
            scenario.freshbooks.settings.gates_as_200 = as_200;
        })
        .await;
        for (path, number) in [
            ("bills/bills", 41001),
            ("bill_vendors/bill_vendors", 31001),
            ("bill_payments/bill_payments", 41101),
        ] {
            let (got, body) = get(&sandbox, &format!("{ACCOUNT}/{path}")).await;
            let shown = if as_200 {
                body["response"]["errors"][0]["errno"].to_string()
            } else {
                errno(&body).to_owned()
            };
            assert_eq!((got, shown), (status, number.to_string()));
        }
        let (_, me) = get(&sandbox, "/auth/api/v1/users/me").await;
        assert_eq!(
            me["response"]["permissions"]["zDmNq"]["accounts_payable.access"],
            false
        );
    }
}

#[tokio::test]
async fn scopes_are_checked_and_an_unknown_id_answers_first() {
    let sandbox = start_with(|scenario| {
        scenario.freshbooks.oauth.scopes =
            vec!["user:bills:read".into(), "user:bill_vendors:read".into()];
    })
    .await;
    assert_eq!(get(&sandbox, BILLS).await.0, 200);
    assert_eq!(get(&sandbox, EXPENSES).await.0, 403);
    assert_eq!(post(&sandbox, BILLS, &bill("A", "1")).await.0, 403);
    let vendors = format!("{ACCOUNT}/bill_vendors/bill_vendors");
    assert_eq!(
        put(
            &sandbox,
            &format!("{vendors}/999"),
            &json!({"bill_vendor": {"note": "x"}})
        )
        .await
        .0,
        404
    );
    assert_eq!(
        put(
            &sandbox,
            &format!("{vendors}/501"),
            &json!({"bill_vendor": {"note": "x"}})
        )
        .await
        .0,
        403
    );
}

#[tokio::test]
async fn identity_has_the_business_id_apart_from_the_membership_id() {
    let sandbox = start_with(|scenario| {
        let mut bare = scenario.freshbooks.businesses[0].clone();
        bare.account_id = None;
        bare.business_id = 5;
        scenario.freshbooks.businesses.push(bare);
    })
    .await;
    let (_, body) = get(&sandbox, "/auth/api/v1/users/me").await;
    let memberships = &body["response"]["business_memberships"];
    assert_ne!(memberships[0]["id"], memberships[0]["business"]["id"]);
    assert_eq!(memberships[0]["business"]["account_id"], "zDmNq");
    assert_eq!(memberships[1]["business"]["account_id"], Value::Null);
    assert_eq!(
        get(&sandbox, "/accounting/account/77128/bills/bills")
            .await
            .0,
        404,
        "the wrong kind of id is a plain 404"
    );
    let (_, staff) = get(&sandbox, &format!("{ACCOUNT}/users/staffs")).await;
    assert_eq!(
        staff["response"]["result"]["staff"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn mapping_data_is_listed() {
    let sandbox = start().await;
    let uuid = "5ad3a3a5-2d0b-4d5c-9b1e-6f0a1c2b3d4e";
    let (_, ledger) = get(
        &sandbox,
        &format!("/accounting/businesses/{uuid}/ledger_accounts/accounts"),
    )
    .await;
    assert_eq!(ledger["data"][1]["category_id"], 8002);
    assert_eq!(
        ledger["data"][0]["sub_accounts"].as_array().unwrap().len(),
        2
    );
    let chart = format!("/accounting/businesses/{uuid}/reports/chart_of_accounts");
    assert_eq!(get(&sandbox, &chart).await.0, 422);
    let (_, report) = get(
        &sandbox,
        &format!("{chart}?use_ledger_entries=true&state=active"),
    )
    .await;
    let accounts = &report["response"]["result"]["journal_entry_accounts"];
    assert_eq!(accounts[0]["sub_accounts"][0]["account_number"], "6010");
    let (_, taxes) = get(&sandbox, &format!("{ACCOUNT}/taxes/taxes")).await;
    assert_eq!(taxes["response"]["result"]["total"], 2);
    let (_, projects) = get(&sandbox, "/projects/business/77128/projects").await;
    assert_eq!(
        (
            &projects["meta"]["per_page"],
            &projects["projects"][0]["title"]
        ),
        (&json!(30), &json!("Bluewater Annual Report"))
    );
    let (_, clients) = get(
        &sandbox,
        &format!("{ACCOUNT}/users/clients?search[organization_like]=cedar"),
    )
    .await;
    assert_eq!(clients["response"]["result"]["total"], 1);
}

#[tokio::test]
async fn budgets_are_in_the_headers_of_every_answer_and_creates_have_their_own() {
    let sandbox = start_with(|scenario| {
        scenario.freshbooks.settings.rate_limits = true;
        scenario.freshbooks.settings.creates_per_minute = 2;
    })
    .await;
    let listed = call(&sandbox, Method::GET, EXPENSES, None).await.unwrap();
    assert_eq!(listed.headers()["x-ratelimit-limit"], "600");
    assert_eq!(listed.headers()["x-ratelimit-remaining"], "599");
    assert!(
        listed.headers().contains_key("retry-after"),
        "also on a 200"
    );
    for expected in [200, 200, 429] {
        assert_eq!(
            post(&sandbox, EXPENSES, &expense("2026-07-01", "1"))
                .await
                .0,
            expected
        );
    }
    assert_eq!(
        sandbox.expenses().len(),
        2,
        "a throttled create does nothing"
    );
    assert_eq!(get(&sandbox, EXPENSES).await.0, 200);
    sandbox.clock().advance(chrono::Duration::seconds(61));
    assert_eq!(
        post(&sandbox, EXPENSES, &expense("2026-07-01", "1"))
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn people_edit_delete_and_create() {
    let sandbox = start().await;
    post(&sandbox, EXPENSES, &expense("2026-07-01", "5")).await;
    let id = sandbox.expenses()[0]["id"].as_u64().unwrap();
    let changes = json!({"amount": {"amount": "6", "code": "USD"}})
        .as_object()
        .unwrap()
        .clone();
    sandbox.person(Person::EditExpense { id, changes }).unwrap();
    assert_eq!(sandbox.expenses()[0]["amount"]["amount"], "6.00");
    sandbox.person(Person::DeleteExpense { id }).unwrap();
    assert_eq!(sandbox.expenses()[0]["vis_state"], 1);
    let vendor = Vendor {
        name: "Elif Demir".into(),
        email: Some("elif@northwind.example".into()),
        ..Vendor::default()
    };
    let made = sandbox
        .person(Person::CreateVendor {
            account_id: None,
            vendor,
        })
        .unwrap();
    let (_, listed) = get(
        &sandbox,
        &format!("{ACCOUNT}/bill_vendors/bill_vendors/{}", made["id"]),
    )
    .await;
    assert_eq!(
        listed["response"]["result"]["bill_vendor"]["vendor_name"],
        "Elif Demir"
    );
    assert!(sandbox.person(Person::DeleteBill { id: 1 }).is_err());
    sandbox.reset();
    assert!(sandbox.expenses().is_empty());
    assert_eq!(
        Moment::days_ago(1),
        Moment::try_from("-1d".to_owned()).unwrap()
    );
}

#[tokio::test]
async fn new_records_show_in_lists_after_the_lag() {
    let sandbox = start_with(|scenario| scenario.freshbooks.settings.list_lag_secs = 30).await;
    post(&sandbox, EXPENSES, &expense("2026-07-01", "5")).await;
    let total = |body: Value| body["response"]["result"]["total"].clone();
    assert_eq!(total(get(&sandbox, EXPENSES).await.1), 0);
    sandbox.clock().advance(chrono::Duration::seconds(30));
    assert_eq!(total(get(&sandbox, EXPENSES).await.1), 1);
}
