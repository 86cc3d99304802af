//! Policies and cards.

use std::collections::BTreeSet;

use expensify_client::{
    Categories, Domain, DomainCardQuery, Effect, Employees, ErrorKind, PolicyListQuery,
    PolicyQuery, PolicyScope, PolicySection, PolicySummary, ReportFields, Stamp, Tags, Tax,
};
use serde_json::json;

use crate::common::{Service, ok};
use crate::{POLICY, policy, run};

fn sections() -> BTreeSet<PolicySection> {
    PolicySection::ALL.into()
}

#[tokio::test]
async fn policies_are_listed_with_open_roles_and_kinds() {
    let body = json!({"responseCode": 200, "policyList": [
        {"id": POLICY, "name": "Acme", "owner": "boss@acme.test", "role": "admin", "type": "corporate", "outputCurrency": "USD"},
        {"id": "1234567890ABCDEF0", "name": "Acme", "role": "guest", "type": "personalPolicy", "new": {"x": 1}},
    ]});
    let service = Service::start().await;
    service.answer("get", vec![ok(body.to_string())]).await;
    let query = PolicyListQuery {
        scope: PolicyScope::AdminOnly,
        user_email: None,
    };
    let listed = service.client.run(&query).await.unwrap();
    assert_eq!(
        listed
            .iter()
            .map(PolicySummary::is_admin)
            .collect::<Vec<_>>(),
        [true, false]
    );
    assert_eq!(
        (listed[0].id.as_str(), listed[0].output_currency.as_deref()),
        (POLICY, Some("USD"))
    );
    assert_eq!(listed[1].kind.as_deref(), Some("personalPolicy"));
    let sent = &service.jobs().await[0]["inputSettings"];
    assert_eq!(*sent, json!({"type": "policyList", "adminOnly": true}));
}

#[tokio::test]
async fn all_sections_of_a_policy_are_read() {
    let body = json!({"responseCode": 200, "policyInfo": {POLICY: {
        "categories": [
            {"name": "Travel: Rail", "enabled": true, "glCode": "6210", "payrollCode": "", "maxExpenseAmount": 5000},
            {"name": "Meals", "enabled": false, "glCode": 6400},
        ],
        "tags": [{"name": "Engineering", "glCode": "D10", "enabled": true}, {"name": "Sales", "enabled": true}],
        "reportFields": [
            {"name": "Project", "type": "dropdown", "values": ["Apollo", {"name": "Gemini"}, {"value": "Mercury"}, 7]},
            {"name": "Title", "type": "formula"},
        ],
        "tax": {"default": "id_1", "name": "VAT", "rates": [{"rateID": "id_1", "name": "VAT 19%", "rate": 19}, {"rateID": "id_2", "rate": 7.5}]},
        "employees": [{"email": "jo@acme.test", "role": "user", "submitsTo": "boss@acme.test", "employeeID": "E-17", "extra": []}],
    }}});
    let service = Service::start().await;
    service.answer("get", vec![ok(body.to_string())]).await;
    let read = service.client.policy(&policy(), sections()).await.unwrap();

    let categories = read.categories.unwrap();
    assert_eq!(
        (
            categories[0].gl_code.as_deref(),
            categories[0].payroll_code.as_deref()
        ),
        (Some("6210"), None)
    );
    assert_eq!(
        (categories[1].gl_code.as_deref(), categories[1].enabled),
        (Some("6400"), false)
    );
    let tags = read.tags.unwrap();
    assert_eq!(
        (tags.len(), tags[0].name.as_deref(), tags[0].tags.len()),
        (1, None, 2)
    );
    assert_eq!(
        read.report_fields.unwrap()[0].values,
        ["Apollo", "Gemini", "Mercury", "7"]
    );
    let tax = read.tax.unwrap();
    let rates: Vec<_> = tax
        .rates
        .iter()
        .map(|rate| rate.rate.unwrap().to_string())
        .collect();
    assert_eq!(
        (tax.default.as_deref(), rates),
        (Some("id_1"), vec!["19".to_owned(), "7.5".to_owned()])
    );
    assert_eq!(
        read.employees.unwrap()[0].employee_id.as_deref(),
        Some("E-17")
    );

    let sent = &service.jobs().await[0]["inputSettings"];
    assert_eq!(sent["policyIDList"], json!([POLICY]));
    assert_eq!(
        sent["fields"],
        json!(["categories", "reportFields", "tags", "tax", "employees"])
    );
}

#[tokio::test]
async fn tags_by_level_and_the_empty_tax_are_read() {
    let body = json!({"responseCode": 200, "policyInfo": {POLICY: {
        "tags": [
            {"name": "Department", "tags": [{"name": "Engineering", "glCode": "D10", "enabled": true}]},
            {"name": "Location", "tags": []},
        ],
        "tax": {},
    }}});
    let service = Service::start().await;
    service.answer("get", vec![ok(body.to_string())]).await;
    let read = service.client.policy(&policy(), sections()).await.unwrap();
    let tags = read.tags.unwrap();
    let names: Vec<_> = tags
        .iter()
        .map(|level| (level.name.as_deref().unwrap(), level.tags.len()))
        .collect();
    assert_eq!(names, [("Department", 1), ("Location", 0)]);
    assert_eq!(tags[0].tags[0].gl_code.as_deref(), Some("D10"));
    assert_eq!(read.tax.unwrap().rates, []);
    assert_eq!(read.categories, None);
}

#[tokio::test]
async fn a_policy_that_is_not_visible_is_not_found() {
    let service = Service::start().await;
    service
        .answer("get", vec![ok(r#"{"responseCode":200,"policyInfo":{}}"#)])
        .await;
    let error = service
        .client
        .policy(&policy(), sections())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::NotFound, Effect::None)
    );
    assert!(error.to_string().contains(POLICY));
}

#[tokio::test]
async fn an_answer_of_another_shape_is_unexpected() {
    for body in [
        r#"{"responseCode":200}"#,
        r#"{"responseCode":200,"policyInfo":[1]}"#,
        "[]",
        "OK",
    ] {
        let service = Service::start().await;
        service.answer("get", vec![ok(body)]).await;
        let error = service
            .client
            .policy(&policy(), sections())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unexpected, "{body}");
    }
}

#[tokio::test]
async fn the_sections_asked_for_are_what_comes_back() {
    let body = json!({"responseCode": 200, "policyInfo": {
        POLICY: {"categories": [{"name": "Meals", "enabled": true}], "tax": {}},
        "B2": {"categories": [], "tax": {"name": "VAT", "default": "id_1", "rates": [{"rateID": "id_1", "rate": 7.50}]}},
    }});
    let query = PolicyQuery::new([policy()], (Categories, Tax)).as_user("jo@acme.test");
    let (mut read, sent) = run(&query, "get", ok(body.to_string())).await;
    let (categories, tax) = read.remove(&policy()).unwrap();
    assert_eq!((categories[0].name.as_str(), tax.rates.len()), ("Meals", 0));
    let (_, tax) = read.into_values().next().unwrap();
    assert_eq!(tax.rates[0].rate.unwrap().normalize().to_string(), "7.5");
    let expected = json!({
        "type": "policy", "policyIDList": [POLICY], "fields": ["categories", "tax"], "userEmail": "jo@acme.test",
    });
    assert_eq!(sent["inputSettings"], expected);

    let (mut read, sent) = run(
        &PolicyQuery::new([policy()], (Tags, ReportFields, Employees)),
        "get",
        ok(json!({"responseCode": 200, "policyInfo": {POLICY: {
            "tags": [{"name": "Tags", "tags": []}], "reportFields": [], "employees": [{"email": "jo@acme.test"}],
        }}})
        .to_string()),
    )
    .await;
    let (tags, fields, employees) = read.remove(&policy()).unwrap();
    assert_eq!((tags.len(), fields.len(), employees.len()), (1, 0, 1));
    assert_eq!(
        sent["inputSettings"]["fields"],
        json!(["reportFields", "tags", "employees"])
    );
}

#[tokio::test]
async fn a_section_asked_for_by_type_must_be_there() {
    let service = Service::start().await;
    let body =
        json!({"responseCode": 200, "policyInfo": {POLICY: {"categories": [], "tags": null}}});
    service.answer("get", vec![ok(body.to_string())]).await;
    let error = service.client.policy(&policy(), Tags).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    assert!(error.to_string().contains("tags"), "{error}");
    let dynamic = service.client.policy(&policy(), sections()).await.unwrap();
    assert_eq!((dynamic.categories, dynamic.tags), (Some(vec![]), None));
}

#[tokio::test]
async fn a_query_without_policy_or_section_or_with_one_twice_is_not_sent() {
    let service = Service::start().await;
    let none = BTreeSet::<PolicySection>::new();
    let errors = [
        service
            .client
            .run(&PolicyQuery::new([], Tags))
            .await
            .unwrap_err(),
        service
            .client
            .run(&PolicyQuery::new([policy()], none))
            .await
            .unwrap_err(),
        service
            .client
            .run(&PolicyQuery::new([policy()], (Tags, Tags)))
            .await
            .unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
    assert_eq!(service.jobs().await.len(), 0);
}

#[tokio::test]
async fn the_cards_of_a_domain_are_listed_with_empty_texts_as_none() {
    let body = json!({"responseCode": 200, "domainCardList": [
        {"bank": "Oauth - Chase", "cardID": 174_881_254, "cardName": "JO", "cardNumber": "4242XXXXXXXX4242",
         "created": "2026-01-02 03:04:05", "email": "jo@acme.test", "externalEmployeeID": "", "lastImport": "",
         "lastImportResult": 200, "reimbursable": false, "scrapeMinDate": "2026-01-01"},
        {"cardID": "9", "new": []},
    ]});
    let job = DomainCardQuery::new(Domain::new("acme.test").unwrap());
    let (cards, sent) = run(&job, "get", ok(body.to_string())).await;
    assert_eq!(cards[0].id.as_deref(), Some("174881254"));
    assert_eq!(
        (cards[0].reimbursable, cards[0].last_import_result),
        (Some(false), Some(200))
    );
    assert_eq!(
        (&cards[0].last_import, &cards[0].external_employee_id),
        (&None, &None)
    );
    assert_eq!(
        cards[0].scrape_min_date.as_ref().map(Stamp::as_str),
        Some("2026-01-01")
    );
    assert_eq!(cards[1].id.as_deref(), Some("9"));
    assert_eq!(
        sent["inputSettings"],
        json!({"type": "domainCardList", "domain": "acme.test"})
    );
}
