//! The Integration Server's quirks.

mod support;

use serde_json::{Value, json};
use support::{ACK, EXPORT, download, export, exported, job, send, start, start_with};
use sync_sandbox::{Moment, NotReadyForm, Person, Report, ReportState, ThrottleForm};

const DONE: &str = "APPROVED,REIMBURSED,ARCHIVED";

#[tokio::test]
async fn an_export_answers_a_bare_filename_and_downloads_as_one_frame() {
    let sandbox = start().await;
    let (status, name) = send(
        &sandbox,
        &export(DONE, &json!({"approvedAfter": "2026-07-01"})),
        Some(EXPORT),
    )
    .await;
    assert_eq!(status, 200);
    assert!(
        name.starts_with("export")
            && name.split('.').next_back() == Some("json")
            && !name.contains('{'),
        "{name}"
    );
    let (status, content) = download(&sandbox, &name).await;
    assert_eq!(status, 200);
    assert!(content.starts_with("{\"k\":\"begin\",\"v\":1,\"format\":\"ml-connector/export\"}\n"));
    assert!(
        content.ends_with("{\"k\":\"end\",\"reports\":12,\"expenses\":36}\n"),
        "{}",
        content.lines().last().unwrap()
    );
    assert!(content.contains("\"ntag2\":\"Bluewater Annual Report\",\"ntag2GlCode\":\"P701\""));
    assert!(content.contains("\"convertedAmount\":\"42401\""));
    sandbox.shutdown().await;
}

#[tokio::test]
async fn filters_follow_the_reference() {
    let sandbox = start().await;
    let since = |day: &str| json!({"approvedAfter": day});
    // The clock stands at 2026-07-15; "-1d" is 2026-07-14.
    let cases: Vec<(&str, Value, Vec<&str>)> = vec![
        (DONE, since("2026-07-13"), vec!["R00DemoField2"]),
        (DONE, since("2026-07-14"), vec![]),
        ("SUBMITTED", since("2026-07-14"), vec!["R00DemoSubmit"]),
        (
            DONE,
            json!({"reportIDList": "R00DemoGifts1, R00DemoElif01"}),
            vec!["R00DemoGifts1", "R00DemoElif01"],
        ),
        (
            DONE,
            json!({"startDate": "2026-07-11", "policyIDList": "1B2C3D4E5F607182"}),
            vec!["R00DemoField2"],
        ),
        (
            DONE,
            json!({"startDate": "2026-06-25", "endDate": "2026-06-29"}),
            vec!["R00DemoDmitri"],
        ),
        (
            "OPEN",
            json!({"startDate": "2026-07-12"}),
            vec!["R00DemoOpen01"],
        ),
    ];
    for (states, filters, expected) in cases {
        assert_eq!(
            exported(&sandbox, &export(states, &filters)).await,
            expected,
            "{states} {filters}"
        );
    }
    let mut limited = export(DONE, &since("2026-07-01"));
    limited["inputSettings"]["limit"] = "2".into();
    assert_eq!(exported(&sandbox, &limited).await.len(), 2);
}

#[tokio::test]
async fn marking_happens_at_the_end_of_the_job_and_the_label_filter_sees_it() {
    let sandbox = start().await;
    let filters = json!({"reportIDList": "R00DemoAmara1"});
    let mut marking = export(DONE, &filters);
    marking["onFinish"] = json!([{"actionName": "markAsExported", "label": "FreshBooks"}]);
    let mut rehearsal = marking.clone();
    rehearsal["test"] = "true".into();
    send(&sandbox, &rehearsal, Some(ACK)).await;
    assert!(
        sandbox.reports()[0].labels.is_empty(),
        "test \"true\" skips onFinish"
    );
    let (_, name) = send(&sandbox, &marking, Some(ACK)).await;
    assert_eq!(
        sandbox.reports()[0].labels,
        ["FreshBooks"],
        "marked before anyone downloads"
    );
    let (_, content) = download(&sandbox, &name).await;
    assert!(content.contains("{\"k\":\"rep\",\"i\":\"0\",\"reportID\":\"R00DemoAmara1\"}"));
    let unmarked = export(
        DONE,
        &json!({"reportIDList": "R00DemoAmara1", "markedAsExported": "FreshBooks"}),
    );
    assert!(exported(&sandbox, &unmarked).await.is_empty());
}

#[tokio::test]
async fn errors_come_inside_http_200_and_slips_come_as_pages() {
    let sandbox = start().await;
    let code = |body: &str| {
        serde_json::from_str::<Value>(body)
            .ok()
            .map(|body| body["responseCode"].as_u64().unwrap())
    };
    let mut stranger = export(DONE, &json!({"startDate": "2026-07-01"}));
    stranger["credentials"]["partnerUserSecret"] = "wrong".into();
    let mut unanswered = export(DONE, &json!({"startDate": "2026-07-01"}));
    unanswered.as_object_mut().unwrap().remove("onReceive");
    for (description, template, expected) in [
        (stranger, Some(EXPORT), (200, Some(401))),
        (unanswered, Some(EXPORT), (500, None)),
        (
            export(DONE, &json!({"startDate": "07/01/2026"})),
            Some(EXPORT),
            (200, Some(410)),
        ),
        (export(DONE, &json!({})), Some(EXPORT), (200, Some(410))),
        (
            export(DONE, &json!({"startDate": "2025-01-01"})),
            Some(EXPORT),
            (200, Some(410)),
        ),
        (
            export(
                DONE,
                &json!({"startDate": "2025-01-01", "endDate": "2025-02-01"}),
            ),
            Some(EXPORT),
            (200, None),
        ),
        (
            export(DONE, &json!({"startDate": "2026-07-01"})),
            Some("<#list reports as r>x</#list>"),
            (200, Some(500)),
        ),
        (
            export(DONE, &json!({"startDate": "2026-07-01"})),
            None,
            (500, None),
        ),
        (
            job(json!({"type": "download", "fileName": "x", "inputSettings": {}})),
            None,
            (200, Some(410)),
        ),
        (
            job(json!({"type": "download", "fileName": "unknown.json"})),
            None,
            (404, None),
        ),
        (
            job(json!({"type": "get", "inputSettings": {"type": "policy"}})),
            None,
            (200, Some(410)),
        ),
        (job(json!({"type": "fetch"})), None, (200, Some(410))),
    ] {
        let (status, body) = send(&sandbox, &description, template).await;
        assert_eq!((status, code(&body)), expected, "{description} -> {body}");
    }
    let got = support::client()
        .get(sandbox.expensify_url())
        .send()
        .await
        .unwrap();
    assert_eq!(got.status(), 405);
}

#[tokio::test]
async fn a_file_is_not_ready_for_as_many_polls_as_the_setting_says() {
    for (form, status, looks) in [
        (NotReadyForm::Empty, 200, ""),
        (NotReadyForm::Json, 200, "{\"responseCode\":500"),
        (NotReadyForm::Html404, 404, "<html>"),
        (NotReadyForm::Html500, 500, "<html>"),
        (NotReadyForm::Partial, 200, "{\"k\":\"begin\""),
    ] {
        let sandbox = start_with(|scenario| {
            scenario.expensify.settings.not_ready_polls = 2;
            scenario.expensify.settings.not_ready_form = form;
        })
        .await;
        let (_, name) = send(
            &sandbox,
            &export(DONE, &json!({"startDate": "2026-07-01"})),
            Some(EXPORT),
        )
        .await;
        for _ in 0..2 {
            let (got, body) = download(&sandbox, &name).await;
            assert_eq!(got, status, "{form:?}");
            assert!(
                body.starts_with(looks) && !body.contains("\"k\":\"end\""),
                "{form:?}: {body}"
            );
        }
        assert!(
            download(&sandbox, &name).await.1.contains("\"k\":\"end\""),
            "{form:?}"
        );
    }
}

#[tokio::test]
async fn workspaces_are_listed_and_read_in_both_tag_shapes() {
    let sandbox = start().await;
    let (_, body) = send(
        &sandbox,
        &job(json!({"type": "get", "inputSettings": {"type": "policyList", "adminOnly": true}})),
        None,
    )
    .await;
    let list: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(list["policyList"][1]["name"], "Northwind Field Team");
    let fields = ["categories", "tags", "tax", "employees", "reportFields"];
    let read = job(json!({"type": "get", "inputSettings": {
        "type": "policy", "policyIDList": ["0A1B2C3D4E5F6071", "1B2C3D4E5F607182", "hidden"], "fields": fields,
    }}));
    let info: Value = serde_json::from_str(&send(&sandbox, &read, None).await.1).unwrap();
    let (studio, field) = (
        &info["policyInfo"]["0A1B2C3D4E5F6071"],
        &info["policyInfo"]["1B2C3D4E5F607182"],
    );
    assert_eq!(studio["tags"][1]["tags"][0]["glCode"], "P701");
    assert_eq!(field["tags"][0]["name"], "East");
    assert_eq!(
        studio["tax"]["rates"][1],
        json!({"rateID": "id_HST", "name": "HST", "rate": 13})
    );
    assert_eq!(field["tax"], json!({}));
    assert!(
        info["policyInfo"].get("hidden").is_none(),
        "an invisible workspace is left out"
    );
}

#[tokio::test]
async fn only_approved_reports_are_reimbursed_and_the_rest_is_listed_under_200() {
    let sandbox = start().await;
    let status = |status: &str| {
        job(json!({"type": "update", "inputSettings": {
            "type": "reportStatus", "status": status, "filters": {"reportIDList": "R00DemoAmara1,R00DemoOpen01,R00Nobody"},
        }}))
    };
    let (_, refused) = send(&sandbox, &status("APPROVED"), None).await;
    assert!(refused.contains("\"responseCode\":410"));
    let body: Value =
        serde_json::from_str(&send(&sandbox, &status("REIMBURSED"), None).await.1).unwrap();
    assert_eq!(body["responseCode"], 200);
    assert_eq!(body["reportIDs"], json!(["R00DemoAmara1"]));
    assert_eq!(
        body["skippedReports"][0]["reason"],
        "Report is in status 'Open'"
    );
    assert_eq!(sandbox.reports()[0].state, ReportState::Reimbursed);
}

#[tokio::test]
async fn five_requests_fit_in_ten_seconds_and_twenty_in_sixty() {
    for (form, status) in [(ThrottleForm::Http, 429), (ThrottleForm::Body, 200)] {
        let sandbox = start_with(|scenario| {
            scenario.expensify.settings.rate_limits = true;
            scenario.expensify.settings.throttle_form = form;
        })
        .await;
        let policies = job(json!({"type": "get", "inputSettings": {"type": "policyList"}}));
        for round in 0..4 {
            for _ in 0..5 {
                assert_eq!(
                    send(&sandbox, &policies, None).await.0,
                    200,
                    "round {round}"
                );
            }
            let (got, body) = send(&sandbox, &policies, None).await;
            assert_eq!(got, status);
            assert!(body.contains("\"responseCode\":429"), "{body}");
            sandbox.clock().advance(chrono::Duration::seconds(10));
        }
        assert!(
            send(&sandbox, &policies, None).await.1.contains("429"),
            "twenty are used up"
        );
        sandbox.clock().advance(chrono::Duration::seconds(25));
        assert!(!send(&sandbox, &policies, None).await.1.contains("429"));
    }
}

#[tokio::test]
async fn people_approve_take_back_and_add_reports() {
    let sandbox = start().await;
    let fresh = || export(DONE, &json!({"approvedAfter": "2026-07-14"}));
    assert!(exported(&sandbox, &fresh()).await.is_empty());
    sandbox
        .person(Person::ApproveReport {
            id: "R00DemoSubmit".into(),
        })
        .unwrap();
    sandbox
        .person(Person::UnapproveReport {
            id: "R00DemoAmara1".into(),
        })
        .unwrap();
    let report = Report {
        id: "R00New".into(),
        policy_id: "0A1B2C3D4E5F6071".into(),
        state: ReportState::Approved,
        approved: Some(Moment::days_ago(0)),
        ..Report::default()
    };
    sandbox
        .person(Person::PutReport {
            report: Box::new(report),
        })
        .unwrap();
    assert_eq!(
        exported(&sandbox, &fresh()).await,
        ["R00DemoSubmit", "R00New"]
    );
    assert!(sandbox.edit_report("R00New", |report| report.name = "Edited".into()));
    assert!(
        sandbox
            .person(Person::ApproveReport {
                id: "R00Nobody".into()
            })
            .is_err()
    );
}
