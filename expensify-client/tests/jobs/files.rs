//! Files: marked, drawn, reconciled, and decoded by a template of one's own.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::num::NonZeroUsize;

use expensify_client::{
    Domain, Effect, ErrorKind, Export, ExportQuery, ExportTemplate, FileFormat, Json, Label, Lines,
    OnFinish, PdfExport, Receipts, Recipients, Reconciliation, ReconciliationFormat,
    ReconciliationScope, ReconciliationTemplate, ReportId, Template, Text,
};
use serde::Deserialize;
use serde_json::json;

use crate::common::{Service, ok, status};
use crate::{day, run};

fn reports(ids: &[&str]) -> BTreeSet<ReportId> {
    ids.iter().map(|id| ReportId::new(*id).unwrap()).collect()
}

fn query() -> ExportQuery {
    ExportQuery::approved_after(day("2026-07-01"))
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

#[tokio::test]
async fn every_report_becomes_a_pdf_of_its_own() {
    for (receipts, full_page, reply, names) in [
        (
            Receipts::FullPage,
            true,
            "a1.pdf,b2.pdf",
            vec!["a1.pdf", "b2.pdf"],
        ),
        (Receipts::Usual, false, "a1.pdf", vec!["a1.pdf"]),
    ] {
        let (files, sent) = run(&PdfExport::new(query(), receipts), "file", ok(reply)).await;
        let read: Vec<&str> = files.iter().map(AsRef::as_ref).collect();
        assert_eq!(read, names);
        let expected = json!({"fileExtension": "pdf", "fileBasename": "export", "includeFullPageReceiptsPdf": full_page});
        assert_eq!(sent["outputSettings"], expected);
        assert_eq!(
            sent["inputSettings"]["filters"],
            json!({"approvedAfter": "2026-07-01"})
        );
    }
}

#[derive(Debug, Deserialize, PartialEq)]
struct Row {
    report: String,
    cents: i64,
}

fn row(report: &str, cents: i64) -> Row {
    let report = report.to_owned();
    Row { report, cents }
}

#[tokio::test]
async fn a_template_of_ones_own_decides_what_its_file_decodes_to() {
    let service = Service::start().await;
    let names = vec![ok("export1.json"), ok("export2.json"), ok("export3.txt")];
    service.answer("file", names).await;
    let files = vec![
        ok(r#"[{"report":"R00A","cents":-1250}]"#),
        ok("\u{feff}{\"report\":\"R00A\",\"cents\":1}\r\n\n{\"report\":\"R00B\",\"cents\":2}"),
        ok("a;b\n"),
    ];
    service.answer("download", files).await;
    let client = &service.client;

    let template = ExportTemplate::<Json<Vec<Row>>>::new("<#list reports as report>...</#list>");
    let file = client.run(&Export::new(query(), template)).await.unwrap();
    assert_eq!(client.content(&file).await.unwrap(), [row("R00A", -1250)]);

    let template = ExportTemplate::<Lines<Row>>::new("...");
    let file = client.run(&Export::new(query(), template)).await.unwrap();
    assert_eq!(
        client.content(&file).await.unwrap(),
        [row("R00A", 1), row("R00B", 2)]
    );

    let template = ExportTemplate::<Text>::new("...").in_format(FileFormat::Txt);
    let file = client.run(&Export::new(query(), template)).await.unwrap();
    assert_eq!(client.content(&file).await.unwrap(), "a;b\n");

    assert_eq!(
        service.first_field("template").await.unwrap(),
        "<#list reports as report>...</#list>"
    );
    let jobs = service.jobs().await;
    let formats: Vec<_> = jobs
        .iter()
        .filter_map(|job| job["outputSettings"]["fileExtension"].as_str())
        .collect();
    assert_eq!(formats, ["json", "json", "txt"]);
}

#[tokio::test]
async fn rows_are_decoded_as_they_arrive() {
    let service = Service::with_settings(|s| s.parser.line_bytes_max = 40).await;
    service.answer("file", vec![ok("export1.json")]).await;
    let mut file = String::from("\u{feff}");
    for cents in 0..5000 {
        let _ = write!(file, "{{\"report\":\"R00A\",\"cents\":{cents}}}\r\n\n");
    }
    let long = format!("{{\"report\":\"{}\",\"cents\":1}}\n", "x".repeat(40));
    let replies = vec![ok(&file), ok(file + &long)];
    service.answer("download", replies).await;
    let export = Export::new(query(), ExportTemplate::<Lines<Row>>::new("..."));
    let file = service.client.run(&export).await.unwrap();

    let mut rows = service.client.rows(&file).await.unwrap();
    for cents in 0..5000 {
        assert_eq!(rows.next_row().await.unwrap(), Some(row("R00A", cents)));
    }
    assert_eq!(rows.next_row().await.unwrap(), None);
    assert_eq!(rows.next_row().await.unwrap(), None);

    let mut rows = service.client.rows(&file).await.unwrap();
    for _ in 0..5000 {
        rows.next_row().await.unwrap();
    }
    let error = rows.next_row().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    assert!(error.to_string().contains("line 10001"), "{error}");
}

#[tokio::test]
async fn a_file_that_does_not_decode_is_named_by_place_and_not_by_content() {
    for (file, place) in [
        (
            "{\"report\":\"R00A\",\"cents\":1}\n{\"report\":\"secret\",\"cents\":\"x\"}",
            "line 2",
        ),
        ("{\"report\":\"R00A\"", "line 1"),
    ] {
        let service = Service::start().await;
        service.answer("file", vec![ok("export1.json")]).await;
        service.answer("download", vec![ok(file)]).await;
        let export = Export::new(query(), ExportTemplate::<Lines<Row>>::new("..."));
        let file = service.client.run(&export).await.unwrap();
        let error = service.client.content(&file).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unexpected);
        assert!(error.to_string().contains(place), "{error}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
}

#[tokio::test]
async fn an_export_that_only_reads_is_sent_again_and_one_that_marks_is_not() {
    let service = Service::start().await;
    service
        .answer("file", vec![status(500, ""), ok("export1.json")])
        .await;
    let export = Export::new(query(), ExportTemplate::reports());
    let file = service.client.run(&export).await.unwrap();
    assert_eq!(file.name().as_str(), "export1.json");
    assert_eq!(service.jobs().await.len(), 2);

    let service = Service::start().await;
    service
        .answer("file", vec![status(500, ""), ok("export1.json")])
        .await;
    let mail = OnFinish::Email {
        recipients: Recipients::new(["it@acme.test"]).unwrap(),
        message: Some("see ${filenames[0]}".to_owned()),
    };
    let export = export.on_finish(mail).test();
    assert_eq!(
        service.client.run(&export).await.unwrap_err().effect(),
        Effect::Unknown
    );
    let jobs = service.jobs().await;
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0]["test"], "true");
    assert_eq!(
        jobs[0]["onFinish"],
        json!([{"actionName": "email", "recipients": "it@acme.test", "message": "see ${filenames[0]}"}])
    );
}

fn reconciliation() -> Reconciliation {
    let template = ReconciliationTemplate::new("<#list cards as card, reports>...</#list>");
    let (first, last) = (day("2026-07-01"), day("2026-07-31"));
    let domain = Domain::new("acme.test").unwrap();
    Reconciliation::new(domain, first, last, ReconciliationScope::All, template).unwrap()
}

#[tokio::test]
async fn a_reconciliation_is_fetched_from_its_own_file_system() {
    let answer =
        r#"{"filename":"is_reconciliation_54291.csv","responseMessage":"OK","responseCode":200}"#;
    for reply in [answer, "is_reconciliation_54291.csv"] {
        let service = Service::start().await;
        service.answer("reconciliation", vec![ok(reply)]).await;
        service.answer("download", vec![ok("card,total\n")]).await;
        let file = service.client.run(&reconciliation()).await.unwrap();
        assert_eq!(file.as_str(), "is_reconciliation_54291.csv");
        let mut download = service.client.download(&file).await.unwrap();
        let chunk = download.next_chunk().await.unwrap();
        assert_eq!(chunk.as_deref(), Some(&b"card,total\n"[..]));
        let jobs = service.jobs().await;
        let expected = json!({
            "startDate": "2026-07-01", "endDate": "2026-07-31", "domain": "acme.test", "type": "All", "async": false,
            "feed": "export_all_feeds",
        });
        assert_eq!(jobs[0]["inputSettings"], expected);
        assert_eq!(jobs[1]["fileSystem"], "reconciliation");
        assert!(jobs[1].get("inputSettings").is_none());
    }
}

#[tokio::test]
async fn a_reconciliation_that_mails_is_sent_once() {
    let service = Service::start().await;
    service
        .answer("reconciliation", vec![status(500, "")])
        .await;
    let job = reconciliation()
        .of_feed("Chase")
        .in_format(ReconciliationFormat::Json)
        .mailed_to(Recipients::new(["it@acme.test"]).unwrap());
    service.client.run(&job).await.unwrap_err();
    let jobs = service.jobs().await;
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0]["inputSettings"]["feed"], "Chase");
    assert_eq!(jobs[0]["outputSettings"], json!({"fileExtension": "json"}));
    assert_eq!(
        jobs[0]["onFinish"],
        json!([{"actionName": "email", "recipients": "it@acme.test"}])
    );
}

#[test]
fn days_that_end_before_they_start_and_mails_to_nobody_cannot_be_built() {
    let template = ReconciliationTemplate::new("");
    let domain = Domain::new("acme.test").unwrap();
    let (first, last) = (day("2026-07-02"), day("2026-07-01"));
    let built = Reconciliation::new(
        domain,
        first,
        last,
        ReconciliationScope::Unreported,
        template,
    );
    assert!(built.is_err());
    for addresses in [vec![], vec!["nobody"], vec!["a@b.test,c@d.test"]] {
        assert!(Recipients::new(addresses).is_err());
    }
}
