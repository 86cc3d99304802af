//! Nothing this crate prints or shows an observer holds a secret, and every job is a POST.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use expensify_client::{
    Credentials, EmployeeSource, EmployeeUpdateOptions, Exchanged, Export, ExportTemplate, Job,
    Observer, UpdateEmployees, evidence,
};
use secrecy::SecretString;
use url::Url;

use crate::common::{Service, ok, status};
use crate::requests::{every_request, fed, fetched, query, uploading};

const SECRETS: [&str; 5] = [
    "planted-secret",
    "planted-sftp",
    "planted-feed",
    "planted-url",
    "aa_partner_user",
];

fn check_shows_no_secret(shown: &str) {
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

fn credentials() -> Credentials {
    Credentials::new(
        SecretString::from("aa_partner_user"),
        SecretString::from("planted-secret"),
    )
}

#[test]
fn every_job_is_a_post_without_a_query_and_shows_no_secret() {
    let base = Url::parse("https://integrations.expensify.com").unwrap();
    let mut jobs = std::collections::BTreeSet::new();
    for request in every_request() {
        jobs.insert(request.name());
        check_shows_no_secret(&format!("{request:?}"));
        let http = request.to_http(&base, &credentials()).unwrap();
        assert_eq!(
            (http.method(), http.uri().query()),
            (&http::Method::POST, None)
        );
        check_shows_no_secret(&format!("{http:?}"));
        check_shows_no_secret(http.body().redacted());
        assert_eq!(http.body().job(), request.name());
        let body = http.into_body().into_bytes();
        let sent = String::from_utf8(body.to_vec()).unwrap();
        assert!(sent.contains("planted-secret") && sent.contains("aa_partner_user"));
    }
    let named: std::collections::BTreeSet<&str> =
        evidence::JOBS.iter().map(|job| job.job).collect();
    assert_eq!(jobs, named, "a job is missing above");
}

#[test]
fn secrets_of_other_services_stand_where_they_belong_and_nowhere_else() {
    let base = Url::parse("https://integrations.expensify.com").unwrap();
    for (request, pointer, secret) in [
        (
            uploading().to_request(),
            "/onFinish/0/sftpData/password",
            "planted-sftp",
        ),
        (
            fed().to_request(),
            "/credentials/feedPassword",
            "planted-feed",
        ),
        (
            fetched().to_request(),
            "/credentials/sftp/password",
            "planted-sftp",
        ),
    ] {
        let http = request.unwrap().to_http(&base, &credentials()).unwrap();
        let redacted: serde_json::Value = serde_json::from_str(http.body().redacted()).unwrap();
        assert_eq!(redacted.pointer(pointer).unwrap(), "[redacted]");
        assert_eq!(redacted["credentials"]["partnerUserSecret"], "[redacted]");
        let body = http.into_body().into_bytes();
        let (_, sent) = url::form_urlencoded::parse(&body).next().unwrap();
        let sent: serde_json::Value = serde_json::from_str(&sent).unwrap();
        assert_eq!(sent.pointer(pointer).unwrap(), secret);
        assert_eq!(sent["credentials"]["partnerUserSecret"], "planted-secret");
    }
}

#[test]
fn an_address_with_user_info_is_refused_and_not_repeated() {
    let base = Url::parse("https://me:planted-url@integrations.expensify.com").unwrap();
    for request in every_request() {
        let error = request.to_http(&base, &credentials()).unwrap_err();
        check_shows_no_secret(&format!("{error} {error:?}"));
    }
    let source = EmployeeSource::Feed {
        url: Url::parse("https://me:planted-url@hr.acme.test").unwrap(),
        user: String::new(),
        password: SecretString::default(),
    };
    let job = UpdateEmployees::new(source, EmployeeUpdateOptions::default());
    let error = job.to_request().unwrap_err();
    check_shows_no_secret(&format!("{error} {error:?}"));
}

/// Keeps what it is shown.
#[derive(Debug, Default)]
struct Seen(Mutex<Vec<String>>);

impl Observer for Seen {
    fn on_exchange(&self, exchange: &Exchanged<'_>) {
        let line = format!(
            "{} {:?} {:?} {} {exchange:?}",
            exchange.job(),
            exchange.status(),
            exchange.failure(),
            exchange.redacted_request()
        );
        self.0.lock().unwrap().push(line);
    }
}

#[tokio::test]
async fn an_observer_sees_every_attempt_and_no_secret() {
    let seen = Arc::new(Seen::default());
    let observer: Arc<dyn Observer> = Arc::<Seen>::clone(&seen);
    let service = Service::build(
        |settings| settings.timeouts.reply = Duration::from_millis(500),
        |builder| builder.with_observer(observer),
    )
    .await;
    service
        .answer("file", vec![status(500, ""), ok("export1.json")])
        .await;
    service
        .answer("update", vec![ok("{}").set_delay(Duration::from_mins(1))])
        .await;
    let export = Export::new(query(), ExportTemplate::reports());
    service.client.run(&export).await.unwrap();
    service.client.run(&uploading()).await.unwrap();
    service.client.run(&fed()).await.unwrap_err();

    let lines = seen.0.lock().unwrap().clone();
    assert_eq!(lines.len(), 4, "{lines:#?}");
    for (line, begin) in lines.iter().zip([
        "export Some(500) None {",
        "export Some(200) None {",
        "finishing_export Some(200) None {",
        "update_employees None Some(",
    ]) {
        assert!(line.starts_with(begin), "{line}");
        assert!(line.contains("[redacted]"), "{line}");
        check_shows_no_secret(line);
    }
    check_shows_no_secret(&format!("{:?} {:?}", service.client, fed()));
}
