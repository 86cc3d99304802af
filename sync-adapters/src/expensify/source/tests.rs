use std::time::Duration;

use expensify_client::PRODUCTION_URL;
use sync_core::ErrorKind;
use sync_core::model::ExpensifyKey;
use sync_core::ports::SourceItem;
use wiremock::matchers::{body_string_contains, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::*;
use crate::test_support::{HandClock, MemoryCredentials};

const ENDPOINT: &str = "/Integration-Server/ExpensifyIntegrations";
const EXPORT: &str = "%22type%22%3A%22file%22";
const DOWNLOAD: &str = "%22type%22%3A%22download%22";
const BEGIN: &str = r#"{"k":"begin","v":1,"format":"ml-connector/export"}"#;

fn record(id: &str, currency: &str, index: u32) -> String {
    format!(
        r#"{{"k":"rep","i":"{index}","n":"1","reportID":"{id}","reportName":"Trip","status":"Approved","policyID":"0A1B2C3D4E5F6071","currency":"{currency}","total":"1250","accountEmail":"ann@acme.test","approved":"2026-07-06 01:00:00"}}
{{"k":"exp","r":"{id}","i":"0","transactionID":"405634304927563449{index}","merchant":"Café","amount":"1250","currency":"USD","created":"2026-07-01","reimbursable":"true"}}"#
    )
}

fn file(records: &[String]) -> String {
    let count = records.len();
    format!(
        "{BEGIN}\n{}\n{{\"k\":\"end\",\"reports\":{count},\"expenses\":{count}}}\n",
        records.join("\n")
    )
}

struct Fixture {
    server: MockServer,
    credentials: Arc<MemoryCredentials>,
    source: ExpensifySource,
}

async fn fixture() -> Fixture {
    let server = MockServer::start().await;
    let mut settings = ExpensifySettings::new(ConnectionId::new("acme"), &server.uri()).unwrap();
    settings.client.rate = Vec::new();
    settings.client.rate_margin = Duration::ZERO;
    settings.client.download.first_after = Duration::ZERO;
    settings.client.download.waits = vec![Duration::from_millis(1)];
    settings.client.download.deadline = Duration::from_millis(500);
    settings.client.retry.attempts_max = std::num::NonZeroU32::MIN;
    let credentials = Arc::new(MemoryCredentials::default());
    store_key(&credentials, None, "first-secret").await;
    let store: Arc<dyn CredentialStore> = Arc::<MemoryCredentials>::clone(&credentials);
    let clock = Arc::new(HandClock::at("2026-11-22T10:00:00Z"));
    Fixture {
        source: ExpensifySource::new(settings, store, clock),
        server,
        credentials,
    }
}

async fn store_key(store: &MemoryCredentials, expected: Option<u64>, secret: &str) {
    let key = ExpensifyKey {
        user_id: "aa_ann".to_owned(),
        user_secret: secret.to_owned().into(),
    };
    store
        .replace(
            &ConnectionId::new("acme"),
            expected,
            Credential::Expensify(key),
        )
        .await
        .unwrap();
}

impl Fixture {
    async fn answers(&self, to: &str, with: ResponseTemplate) {
        Mock::given(method("POST"))
            .and(path(ENDPOINT))
            .and(body_string_contains(to))
            .respond_with(with)
            .mount(&self.server)
            .await;
    }

    async fn answers_once(&self, to: &str, with: ResponseTemplate) {
        let mock = Mock::given(method("POST"))
            .and(path(ENDPOINT))
            .and(body_string_contains(to))
            .respond_with(with);
        mock.up_to_n_times(1).mount(&self.server).await;
    }

    async fn export(&self, anchor: ExportAnchor) -> Result<Vec<SourceItem>> {
        let workspaces = vec![WorkspaceId::new("0A1B2C3D4E5F6071")];
        let mut stream = self
            .source
            .export(&ExportQuery { workspaces, anchor })
            .await?;
        let mut items = Vec::new();
        while let Some(item) = stream.next().await? {
            items.push(item);
        }
        Ok(items)
    }

    async fn bodies(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.unwrap();
        requests
            .iter()
            .map(|request: &Request| String::from_utf8_lossy(&request.body).into_owned())
            .collect()
    }
}

fn text(body: impl Into<String>) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_string(body)
}

fn after(day: &str) -> ExportAnchor {
    ExportAnchor::ApprovedAfter(day.parse().unwrap())
}

#[tokio::test]
async fn an_export_is_asked_for_waited_for_and_read_report_by_report() {
    let fixture = fixture().await;
    fixture.answers(EXPORT, text("exportc0ffee.json")).await;
    fixture.answers_once(DOWNLOAD, text("")).await;
    fixture
        .answers(
            DOWNLOAD,
            text(file(&[
                record("R00A", "USD", 0),
                record("R00B", "none", 1),
                record("R00C", "USD", 2),
            ])),
        )
        .await;
    let items = fixture.export(after("2026-07-01")).await.unwrap();
    assert_eq!(items.len(), 3);
    assert!(matches!(&items[0], SourceItem::Report(report) if report.id.as_str() == "R00A"));
    // One that cannot be understood is named, and the others come all the same.
    let SourceItem::Unreadable { report, why } = &items[1] else {
        panic!("{items:?}")
    };
    assert_eq!(
        (report.as_str(), why.as_str()),
        (
            "R00B",
            "the report names a currency that is not three letters"
        )
    );
    assert!(matches!(&items[2], SourceItem::Report(_)));
    assert_eq!(
        fixture.source.usage(),
        SourceUsage {
            exports: 1,
            downloads: 2,
            other: 0
        }
    );
    let bodies = fixture.bodies().await;
    for part in [
        "approvedAfter%22%3A%222026-07-01",
        "APPROVED%2CREIMBURSED%2CARCHIVED",
        "policyIDList%22%3A%220A1B2C3D4E5F6071",
    ] {
        assert!(bodies[0].contains(part), "{part} in {}", bodies[0]);
    }
    assert!(!bodies[0].contains("onFinish"));
}

#[tokio::test]
async fn a_window_longer_than_a_year_is_asked_for_in_parts() {
    let fixture = fixture().await;
    fixture.answers(EXPORT, text("exportc0ffee.json")).await;
    fixture.answers(DOWNLOAD, text(file(&[]))).await;
    let window = ExportAnchor::Window {
        from: "2024-01-01".parse().unwrap(),
        to: "2026-02-01".parse().unwrap(),
    };
    assert_eq!(fixture.export(window).await.unwrap(), []);
    assert_eq!(fixture.source.usage().exports, 3);
    let bodies = fixture.bodies().await.join("\n");
    for part in [
        "startDate%22%3A%222024-01-01",
        "endDate%22%3A%222024-12-29",
        "startDate%22%3A%222024-12-30",
        "endDate%22%3A%222026-02-01",
    ] {
        assert!(bodies.contains(part), "{part}");
    }
}

#[tokio::test]
async fn an_old_watermark_is_covered_without_a_gap() {
    let fixture = fixture().await;
    fixture.answers(EXPORT, text("exportc0ffee.json")).await;
    fixture.answers(DOWNLOAD, text(file(&[]))).await;
    assert_eq!(fixture.export(after("2024-06-01")).await.unwrap(), []);
    assert_eq!(fixture.source.usage().exports, 3);
    let bodies = fixture.bodies().await.join("\n");
    for part in [
        "startDate%22%3A%222024-03-03",
        "endDate%22%3A%222025-03-01",
        "startDate%22%3A%222025-03-02",
        "endDate%22%3A%222025-11-24",
        "approvedAfter%22%3A%222025-11-24",
    ] {
        assert!(bodies.contains(part), "{part}");
    }
}

#[tokio::test]
async fn reports_are_read_by_id_in_whatever_state_they_are() {
    let fixture = fixture().await;
    fixture.answers(EXPORT, text("exportc0ffee.json")).await;
    fixture
        .answers(DOWNLOAD, text(file(&[record("R00A", "USD", 0)])))
        .await;
    let ids = (0..60).map(|n| ReportId::new(format!("R00{n}"))).collect();
    fixture.export(ExportAnchor::Reports(ids)).await.unwrap();
    assert_eq!(fixture.source.usage().exports, 2);
    assert!(!fixture.bodies().await[0].contains("reportState"));
    assert_eq!(
        fixture
            .export(ExportAnchor::Reports(vec![]))
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::Invalid
    );
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table of cases: data, not logic")]
async fn every_failure_says_what_to_do() {
    let cut = format!("{BEGIN}\n{}\n", record("R00A", "USD", 0));
    let table: Vec<(ResponseTemplate, Option<ResponseTemplate>, ErrorKind, &str)> = vec![
        (
            text(r#"{"responseMessage":"Authentication error","responseCode":401}"#),
            None,
            ErrorKind::Unauthorized,
            "ml-connector connect expensify",
        ),
        (
            text(
                r#"{"responseMessage":"Not authorized to authenticate as user x@y.z","responseCode":500}"#,
            ),
            None,
            ErrorKind::Unauthorized,
            "admin of the workspace",
        ),
        (
            text(r#"{"responseMessage":"Malformed date","responseCode":410}"#),
            None,
            ErrorKind::Invalid,
            "410",
        ),
        (
            ResponseTemplate::new(429),
            None,
            ErrorKind::Unavailable,
            "rate limit",
        ),
        (
            ResponseTemplate::new(500).set_body_string("<html><title>HTTP Status 500 - x</title>"),
            None,
            ErrorKind::Unavailable,
            "HTML",
        ),
        (
            text("e.json"),
            Some(text("")),
            ErrorKind::Unavailable,
            "line 1 of the export: the file is empty",
        ),
        (
            text("e.json"),
            Some(text(cut)),
            ErrorKind::Unavailable,
            "line 4 of the export: the file stops before its end record",
        ),
        (
            text("e.json"),
            Some(text("<html><title>Maintenance</title></html>")),
            ErrorKind::Unavailable,
            "line 1 of the export: Expensify sent an HTML page with HTTP status 200",
        ),
        (
            text("e.json"),
            Some(
                ResponseTemplate::new(404).set_body_string("<html><title>Not found</title></html>"),
            ),
            ErrorKind::Unavailable,
            "the file was never ready: Expensify sent an HTML page with HTTP status 404",
        ),
        (
            text("e.json"),
            Some(text(BEGIN.replace("\"v\":1", "\"v\":2") + "\n{}")),
            ErrorKind::Invalid,
            "line 1 of the export: the file has another template version",
        ),
        (
            text("e.json"),
            Some(text(
                "Merchant,Amount\nPRIVATE,12\nand so on until it is long enough to be a file of its own, if only it were ours\n",
            )),
            ErrorKind::Invalid,
            "line 1 of the export: the first record is not a begin record",
        ),
    ];
    for (export, download, kind, advice) in table {
        let fixture = fixture().await;
        fixture.answers(EXPORT, export).await;
        if let Some(download) = download {
            fixture.answers(DOWNLOAD, download).await;
        }
        let error = fixture.export(after("2026-07-01")).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(advice), "{error}");
        let whole = format!("{error} {error:?}");
        for private in ["PRIVATE", "first-secret", "x@y.z"] {
            assert!(!whole.contains(private), "{whole}");
        }
    }
}

#[tokio::test]
async fn without_credentials_nothing_is_sent() {
    let fixture = fixture().await;
    fixture
        .credentials
        .forget(&ConnectionId::new("acme"), Provider::Expensify)
        .await
        .unwrap();
    let error = fixture.source.workspaces().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(
        error.to_string().contains("ml-connector connect expensify"),
        "{error}"
    );
    assert_eq!(fixture.source.usage(), SourceUsage::default());
}

#[tokio::test]
async fn a_newer_key_pair_is_used_from_the_next_call_on() {
    let fixture = fixture().await;
    let list = r#"{"responseCode":200,"policyList":[{"id":"0A1B2C3D4E5F6071","name":"Acme","owner":"b@acme.test","role":"admin","type":"corporate","outputCurrency":"USD"}]}"#;
    fixture.answers("policyList", text(list)).await;
    let workspaces = fixture.source.workspaces().await.unwrap();
    assert_eq!(
        (workspaces[0].name.as_str(), workspaces[0].role.as_str()),
        ("Acme", "admin")
    );
    store_key(&fixture.credentials, Some(1), "second-secret").await;
    fixture.source.workspaces().await.unwrap();
    let bodies = fixture.bodies().await;
    assert!(bodies[0].contains("first-secret") && bodies[1].contains("second-secret"));
    assert_eq!(fixture.source.usage().other, 2);
}

#[tokio::test]
async fn marking_as_exported_goes_in_batches_and_leaves_out_what_is_out_of_sight() {
    let fixture = fixture().await;
    fixture.answers(EXPORT, text("ack.json")).await;
    let ack = "{\"k\":\"begin\",\"v\":1,\"format\":\"ml-connector/ack\"}\n{\"k\":\"rep\",\"i\":\"0\",\"reportID\":\"R000\"}\n{\"k\":\"end\",\"reports\":1,\"expenses\":0}\n";
    fixture.answers(DOWNLOAD, text(ack)).await;
    let ids: Vec<ReportId> = (0..120).map(|n| ReportId::new(format!("R00{n}"))).collect();
    fixture
        .source
        .mark_exported(&ids, "FreshBooks")
        .await
        .unwrap();
    assert_eq!(
        fixture.source.usage(),
        SourceUsage {
            exports: 3,
            downloads: 3,
            other: 0
        }
    );
    assert!(fixture.bodies().await[0].contains("markAsExported"));
    fixture
        .source
        .mark_exported(&[], "FreshBooks")
        .await
        .unwrap();
    assert_eq!(fixture.source.usage().exports, 3);
}

#[tokio::test]
async fn reimbursing_tells_what_was_left_as_it_was() {
    let fixture = fixture().await;
    let answer = r#"{"responseCode":200,"reportIDs":["R00A"],"skippedReports":[{"reportID":"R00B","reason":"Report is in status 'Open'"}]}"#;
    fixture.answers("reportStatus", text(answer)).await;
    let ids = ["R00A", "R00B", "R00C"].map(ReportId::new);
    let reply = fixture.source.mark_reimbursed(&ids).await.unwrap();
    assert_eq!(reply.marked, [ReportId::new("R00A")]);
    assert_eq!(
        reply.skipped[0],
        (
            ReportId::new("R00B"),
            "Report is in status 'Open'".to_owned()
        )
    );
    assert_eq!(reply.skipped[1].0, ReportId::new("R00C"));
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_has_an_unknown_effect() {
    let fixture = fixture().await;
    fixture
        .answers("reportStatus", ResponseTemplate::new(502))
        .await;
    let error = fixture
        .source
        .mark_reimbursed(&[ReportId::new("R00A")])
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unavailable, sync_core::Effect::Unknown)
    );
}

#[test]
fn settings_want_a_url() {
    assert!(ExpensifySettings::new(ConnectionId::new("acme"), PRODUCTION_URL).is_ok());
    assert_eq!(
        ExpensifySettings::new(ConnectionId::new("acme"), "expensify.com")
            .unwrap_err()
            .kind(),
        ErrorKind::Invalid
    );
}

#[tokio::test]
async fn sources_that_share_keep_one_request_budget_between_them() {
    const SPAN: Duration = Duration::from_millis(200);
    let one = fixture().await;
    let list = r#"{"responseCode":200,"policyList":[]}"#;
    one.answers("policyList", text(list)).await;
    let shared = SharedExpensify::default();
    let sources: Vec<ExpensifySource> = (0..2)
        .map(|_| {
            let mut settings =
                ExpensifySettings::new(ConnectionId::new("acme"), &one.server.uri()).unwrap();
            settings.client.rate = vec![wire::RateWindow {
                requests: NonZeroUsize::MIN,
                span: SPAN,
            }];
            settings.client.rate_margin = Duration::ZERO;
            let store: Arc<dyn CredentialStore> = Arc::<MemoryCredentials>::clone(&one.credentials);
            let clock = Arc::new(HandClock::at("2026-11-22T10:00:00Z"));
            ExpensifySource::new(settings, store, clock).sharing(&shared)
        })
        .collect();
    let begun = std::time::Instant::now();
    for source in sources.iter().chain(&sources) {
        source.workspaces().await.unwrap();
    }
    // Four requests, whoever made them: three spans between them.
    assert!(begun.elapsed() >= 3 * SPAN, "{:?}", begun.elapsed());
}
