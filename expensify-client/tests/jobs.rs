//! Policies, report status and marking as exported, against recorded shapes of the service.

#![cfg(feature = "client")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod common;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::num::NonZeroUsize;

use common::{Service, ok, status};
use expensify_client::{
    Effect, ErrorKind, Label, PolicyId, PolicyListQuery, PolicyScope, PolicySection, PolicySummary,
    Reimburse, ReportId, Template,
};
use serde_json::json;

const POLICY: &str = "0A1B2C3D4E5F6071";

fn policy() -> PolicyId {
    PolicyId::new(POLICY).unwrap()
}

fn sections() -> BTreeSet<PolicySection> {
    PolicySection::ALL.into()
}

fn reports(ids: &[&str]) -> BTreeSet<ReportId> {
    ids.iter().map(|id| ReportId::new(*id).unwrap()).collect()
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
async fn partial_reimbursement_is_judged_by_the_lists() {
    let skipped = r#"{"responseCode":200,"reportIDs":["R00A"],"skippedReports":[{"reportID":"R00B","reason":"Report is in status 'Open'"}]}"#;
    let failed = r#"{"responseCode":207,"reportIDs":["R00A"],"failedReports":[{"reportID":"R00B","reason":"x"}]}"#;
    for (body, skips, fails) in [(skipped, 1, 0), (failed, 0, 1)] {
        let service = Service::start().await;
        service.answer("update", vec![ok(body)]).await;
        let asked = reports(&["R00A", "R00B", "R00C"]);
        let job = Reimburse::reports(asked)
            .unwrap()
            .paid_from("FreshBooks")
            .unwrap();
        let outcome = service.client.run(&job).await.unwrap();
        assert_eq!(outcome.reimbursed, reports(&["R00A"]));
        assert_eq!(
            (outcome.skipped.len(), outcome.failed.len()),
            (skips, fails)
        );
        assert_eq!(outcome.unmentioned, reports(&["R00C"]));
        let sent = &service.jobs().await[0]["inputSettings"];
        let expected = json!({"type": "reportStatus", "status": "REIMBURSED", "paymentSource": "FreshBooks",
            "filters": {"reportIDList": "R00A,R00B,R00C"}});
        assert_eq!(*sent, expected);
    }
}

#[tokio::test]
async fn reimbursement_is_sent_once_whatever_happens() {
    for (reply, effect) in [
        (status(500, ""), Effect::Unknown),
        (status(429, ""), Effect::None),
    ] {
        let service = Service::start().await;
        service.answer("update", vec![reply]).await;
        let error = service
            .client
            .run(&Reimburse::reports(reports(&["R00A"])).unwrap())
            .await
            .unwrap_err();
        assert_eq!(error.effect(), effect);
        assert_eq!(service.jobs().await.len(), 1);
    }
    assert!(Reimburse::reports([]).is_err());
    for source in ["", &"x".repeat(101)] {
        let job = Reimburse::reports(reports(&["R00A"])).unwrap();
        assert!(job.paid_from(source).is_err());
    }
}

fn ack(ids: &[&str]) -> String {
    let mut text = "{\"k\":\"begin\",\"v\":1,\"format\":\"ml-connector/ack\"}\n".to_owned();
    for (index, id) in ids.iter().enumerate() {
        let _ = writeln!(
            text,
            "{{\"k\":\"rep\",\"i\":\"{index}\",\"reportID\":\"{id}\"}}"
        );
    }
    text + &format!(
        "{{\"k\":\"end\",\"reports\":{},\"expenses\":0}}\n",
        ids.len()
    )
}

#[tokio::test]
async fn reports_are_marked_in_batches_and_those_covered_are_returned() {
    let service =
        Service::with_settings(|s| s.marks_per_request = NonZeroUsize::new(2).unwrap()).await;
    service
        .answer("file", vec![ok("ack1.json"), ok("ack2.json")])
        .await;
    let replies = vec![
        ok(""),
        ok(&ack(&["R00A"])[..60]),
        ok(ack(&["R00A", "R00B"])),
        ok(ack(&[])),
    ];
    service.answer("download", replies).await;
    let label = Label::new("ml-connector").unwrap();
    let covered = service
        .client
        .mark_exported(&reports(&["R00A", "R00B", "R00C"]), &label)
        .await
        .unwrap();
    assert_eq!(covered, reports(&["R00A", "R00B"]));
    assert_eq!(
        service.kinds().await,
        [
            "file", "download", "download", "download", "file", "download"
        ]
    );
    assert_eq!(
        service.first_field("template").await.unwrap(),
        Template::Ack.source()
    );
    let jobs = service.jobs().await;
    assert_eq!(
        jobs[0]["inputSettings"]["filters"],
        json!({"reportIDList": "R00A,R00B"})
    );
    assert_eq!(
        jobs[0]["onFinish"],
        json!([{"actionName": "markAsExported", "label": "ml-connector"}])
    );
    assert_eq!(
        jobs[4]["inputSettings"]["filters"],
        json!({"reportIDList": "R00C"})
    );
}

#[tokio::test]
async fn marking_is_not_sent_again_by_the_client_itself() {
    let service = Service::start().await;
    service.answer("file", vec![status(500, "")]).await;
    let label = Label::new("ml-connector").unwrap();
    let error = service
        .client
        .mark_exported(&reports(&["R00A"]), &label)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unavailable, Effect::Unknown)
    );
    assert_eq!(service.jobs().await.len(), 1);
}
