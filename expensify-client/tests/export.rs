//! Export, download and the stream of reports, against recorded shapes of the service.

#![cfg(feature = "client")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod common;

use std::time::Duration;

use common::{Service, ok, status};
use expensify_client::{
    Effect, Error, ErrorKind, ExportQuery, FileName, Problem, Report, ReportState, ReportStream,
    Template,
};
use serde_json::json;
use wiremock::ResponseTemplate;

const NAME: &str = "exporte2d2f7b6-0c3a.json";

const WHOLE: &str = r#"{"k":"begin","v":1,"format":"ml-connector/export"}
{"k":"rep","i":"0","n":"1","reportID":"R00A","currency":"USD","total":"1250","approvers":[]}
{"k":"exp","r":"R00A","i":"0","transactionID":"4056343049275634494","amount":"1250","currency":"USD","comment":"two\nlines"}
{"k":"rep","i":"1","n":"0","reportID":"R00B","currency":"USD","total":"0","approvers":[]}
{"k":"end","reports":2,"expenses":1}
"#;

const TOMCAT: &str =
    "<html><head><title>Apache Tomcat - HTTP Status 500</title></head><body></body></html>";

fn query() -> ExportQuery {
    ExportQuery::approved_after("2026-07-01".parse().unwrap()).in_states([
        ReportState::Approved,
        ReportState::Reimbursed,
        ReportState::Archived,
    ])
}

fn file() -> FileName {
    FileName::new(NAME).unwrap()
}

async fn drain(stream: &mut ReportStream) -> Result<Vec<Report>, Error> {
    let mut reports = Vec::new();
    while let Some(report) = stream.next_report().await? {
        reports.push(report);
    }
    Ok(reports)
}

fn ids(reports: &[Report]) -> Vec<&str> {
    reports.iter().map(|report| report.id.as_str()).collect()
}

#[tokio::test]
async fn an_export_is_submitted_downloaded_and_read() {
    let service = Service::start().await;
    service.answer("file", vec![ok(NAME)]).await;
    service.answer("download", vec![ok(WHOLE)]).await;
    let mut stream = service.client.reports(&query()).await.unwrap();
    let reports = drain(&mut stream).await.unwrap();
    assert_eq!(ids(&reports), ["R00A", "R00B"]);
    assert_eq!(
        reports[0].expenses[0].comment.as_deref(),
        Some("two\nlines")
    );
    assert_eq!(stream.summary().unwrap().expenses, 1);
    assert_eq!(service.kinds().await, ["file", "download"]);
    assert_eq!(
        service.first_field("template").await.unwrap(),
        Template::Export.source()
    );
    let download = &service.jobs().await[1];
    assert_eq!(download["fileName"], NAME);
    // Even an empty object is refused there.
    assert_eq!(download.get("inputSettings"), None);
}

#[tokio::test]
async fn every_form_of_not_ready_is_waited_for() {
    let not_ready = [
        ok(""),
        ok(r#"{"responseMessage":"File not found","responseCode":404}"#),
        ok(r#"{"responseMessage":"Internal error","responseCode":500}"#),
        ok(TOMCAT),
        status(404, "<html><title>404 - Not Found</title></html>"),
        status(500, ""),
        ok(&WHOLE[..60]),
        ok(&WHOLE[..200]),
        ok(WHOLE.split("{\"k\":\"end\"").next().unwrap()),
    ];
    for reply in not_ready {
        let service = Service::start().await;
        service.answer("file", vec![ok(NAME)]).await;
        service
            .answer("download", vec![reply.clone(), reply, ok(WHOLE)])
            .await;
        let mut stream = service.client.reports(&query()).await.unwrap();
        assert_eq!(ids(&drain(&mut stream).await.unwrap()), ["R00A", "R00B"]);
        assert_eq!(
            service.kinds().await,
            ["file", "download", "download", "download"]
        );
    }
}

#[tokio::test]
async fn a_file_that_never_gets_its_end_record_is_unavailable_and_says_which_line() {
    let service = Service::with_settings(|s| s.download.deadline = Duration::from_millis(20)).await;
    service.answer("file", vec![ok(NAME)]).await;
    service.answer("download", vec![ok(&WHOLE[..200])]).await;
    let mut stream = service.client.reports(&query()).await.unwrap();
    let error = drain(&mut stream).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let source = std::error::Error::source(&error)
        .unwrap()
        .downcast_ref::<Error>()
        .unwrap();
    assert_eq!(source.export_error().unwrap().line(), 3);
}

#[tokio::test]
async fn reports_given_out_before_a_cut_are_not_repeated() {
    let cut = WHOLE.split("{\"k\":\"end\"").next().unwrap();
    let service = Service::start().await;
    service.answer("file", vec![ok(NAME)]).await;
    service.answer("download", vec![ok(cut), ok(WHOLE)]).await;
    let mut stream = service.client.reports(&query()).await.unwrap();
    assert_eq!(
        stream.next_report().await.unwrap().unwrap().id.as_str(),
        "R00A"
    );
    assert_eq!(service.kinds().await, ["file", "download"]);
    assert_eq!(
        stream.next_report().await.unwrap().unwrap().id.as_str(),
        "R00B"
    );
    assert_eq!(stream.next_report().await.unwrap(), None);
    assert_eq!(service.kinds().await, ["file", "download", "download"]);
}

#[tokio::test]
async fn a_file_that_changes_between_two_downloads_is_refused() {
    let cut = WHOLE.split("{\"k\":\"end\"").next().unwrap();
    let service = Service::start().await;
    service.answer("file", vec![ok(NAME)]).await;
    service
        .answer("download", vec![ok(cut), ok(WHOLE.replace("1250", "1251"))])
        .await;
    let mut stream = service.client.reports(&query()).await.unwrap();
    assert!(stream.next_report().await.unwrap().is_some());
    assert_eq!(
        stream.next_report().await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
}

#[tokio::test]
async fn a_file_of_another_template_is_refused_at_once() {
    let service = Service::start().await;
    service.answer("file", vec![ok(NAME)]).await;
    service
        .answer("download", vec![ok(WHOLE.replace("\"v\":1", "\"v\":2"))])
        .await;
    let mut stream = service.client.reports(&query()).await.unwrap();
    let error = drain(&mut stream).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    let problem = error.export_error().unwrap().problem();
    assert_eq!(*problem, Problem::OtherVersion { found: "2".into() });
    assert_eq!(service.kinds().await, ["file", "download"]);
}

#[tokio::test]
async fn throttling_in_both_forms_is_waited_for() {
    let body = r#"{"responseMessage":"You have been rate-limited. Please try again later","responseCode":429}"#;
    for reply in [
        ok(body),
        status(429, ""),
        ResponseTemplate::new(429).insert_header("Retry-After", "9"),
    ] {
        let service = Service::start().await;
        service.answer("file", vec![reply.clone(), ok(NAME)]).await;
        service.answer("download", vec![reply, ok(WHOLE)]).await;
        let mut stream = service.client.reports(&query()).await.unwrap();
        assert_eq!(drain(&mut stream).await.unwrap().len(), 2);
        assert_eq!(
            service.kinds().await,
            ["file", "file", "download", "download"]
        );
    }
}

#[tokio::test]
async fn wrong_credentials_are_told_at_once_in_every_form() {
    for reply in [
        status(401, ""),
        ok(r#"{"responseMessage":"Authentication error","responseCode":401}"#),
        ok(r#"{"responseMessage":"Authentication error","responseCode":500}"#),
        status(403, "<html><title>403 - Invalid Credentials</title></html>"),
    ] {
        let service = Service::start().await;
        service.answer("file", vec![reply.clone()]).await;
        service.answer("download", vec![reply]).await;
        for error in [
            service.client.export(&query()).await.unwrap_err(),
            service.client.download(&file()).await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Unauthenticated);
            let shown = format!("{error} {error:?} {:?}", service.client);
            assert!(
                !shown.contains("planted-secret") && !shown.contains("aa_partner"),
                "{shown}"
            );
        }
        assert_eq!(service.kinds().await, ["file", "download"]);
    }
}

#[tokio::test]
async fn a_refused_query_is_sent_once() {
    let body = r#"{"responseMessage":"Malformed date 'x'. Expected format is yyyy-MM-dd","responseCode":410}"#;
    let service = Service::start().await;
    service.answer("file", vec![ok(body)]).await;
    let error = service.client.export(&query()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Invalid, Effect::None)
    );
    assert_eq!(
        (error.status(), error.response_code()),
        (Some(200), Some(410))
    );
    assert_eq!(service.jobs().await.len(), 1);
}

#[tokio::test]
async fn a_reading_export_is_repeated_after_a_failure_but_not_for_ever() {
    let service = Service::start().await;
    service
        .answer("file", vec![ok(TOMCAT), status(503, ""), ok(NAME)])
        .await;
    assert_eq!(
        service.client.export(&query()).await.unwrap().as_str(),
        NAME
    );
    let service = Service::start().await;
    service.answer("file", vec![status(500, TOMCAT)]).await;
    assert_eq!(
        service.client.export(&query()).await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
    assert_eq!(service.jobs().await.len(), 4);
}

#[tokio::test]
async fn an_answer_that_is_no_file_name_is_unexpected() {
    for body in ["", "hello world", r#"{"responseCode":200}"#, "a.pdf,b.pdf"] {
        let service = Service::start().await;
        service.answer("file", vec![ok(body)]).await;
        let error = service.client.export(&query()).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Unexpected, Effect::Unknown),
            "{body}"
        );
    }
}

#[tokio::test]
async fn bodies_are_bounded() {
    let service = Service::with_settings(|s| {
        s.limits.reply_bytes_max = 100;
        s.limits.file_bytes_max = 300;
    })
    .await;
    service.answer("file", vec![ok("x".repeat(101))]).await;
    service.answer("download", vec![ok(WHOLE)]).await;
    assert_eq!(
        service.client.export(&query()).await.unwrap_err().kind(),
        ErrorKind::Unexpected
    );
    let mut download = service.client.download(&file()).await.unwrap();
    let read = async {
        while download.next_chunk().await?.is_some() {}
        Ok::<(), Error>(())
    };
    assert_eq!(read.await.unwrap_err().kind(), ErrorKind::Unexpected);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let service = Service::start().await;
    let elsewhere = ResponseTemplate::new(307).insert_header("Location", "http://127.0.0.1:9/");
    service.answer("file", vec![elsewhere]).await;
    let error = service.client.export(&query()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Unexpected, Some(307))
    );
}

#[tokio::test]
async fn a_service_that_is_not_there_is_unreachable_and_nothing_was_applied() {
    let service = Service::with_settings(|s| {
        // A port that was free a moment ago, and has nothing behind it.
        let free = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        s.base_url.set_port(Some(free.port())).unwrap();
    })
    .await;
    let error = service.client.export(&query()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unreachable, Effect::None)
    );
}

#[tokio::test]
async fn a_service_that_does_not_answer_in_time_leaves_the_effect_unknown() {
    let service = Service::with_settings(|s| s.timeouts.reply = Duration::from_millis(500)).await;
    service
        .answer("update", vec![ok("{}").set_delay(Duration::from_mins(1))])
        .await;
    let report = expensify_client::ReportId::new("R00A").unwrap();
    let job = expensify_client::Reimburse::reports([report]).unwrap();
    let error = service.client.run(&job).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unreachable, Effect::Unknown)
    );
    assert_eq!(service.jobs().await.len(), 1);
}

#[tokio::test]
async fn the_settings_of_a_query_reach_the_service() {
    let service = Service::start().await;
    service.answer("file", vec![ok(NAME)]).await;
    service.client.export(&query()).await.unwrap();
    let job = &service.jobs().await[0];
    assert_eq!(
        job["inputSettings"]["filters"],
        json!({"approvedAfter": "2026-07-01"})
    );
    assert_eq!(
        job["inputSettings"]["reportState"],
        "APPROVED,REIMBURSED,ARCHIVED"
    );
}
