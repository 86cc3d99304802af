//! Nothing this crate prints, logs or shows an observer holds a secret, and every job is a POST.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use expensify_client::{
    Categories, CreateExpenseRule, CreateExpenses, CreatePolicy, CreateReport, Credentials,
    Currency, Domain, DomainCardQuery, EmployeeSource, EmployeeUpdateOptions, Exchanged, Export,
    ExportQuery, ExportTemplate, FileName, Hundredths, Job, JobRequest, NewExpense, Observer,
    OnFinish, PdfExport, Plan, PolicyId, PolicyListQuery, PolicyQuery, PolicyScope, Receipts,
    Recipients, Reconciliation, ReconciliationFile, ReconciliationScope, ReconciliationTemplate,
    Reimburse, ReportId, RuleActions, SftpServer, TagApprover, UpdateEmployees, UpdateExpenseRule,
    UpdatePolicy, UpdateTagApprovers, evidence,
};
use secrecy::SecretString;
use url::Url;

use crate::common::{Service, ok, status};

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

fn server() -> SftpServer {
    SftpServer {
        host: "sftp.acme.test".to_owned(),
        port: 22,
        login: "acme".to_owned(),
        password: SecretString::from("planted-sftp"),
    }
}

fn policy() -> PolicyId {
    PolicyId::new("0A1B2C3D4E5F6071").unwrap()
}

fn query() -> ExportQuery {
    ExportQuery::approved_after("2026-07-01".parse().unwrap())
}

fn uploading() -> impl Job {
    Export::new(query(), ExportTemplate::reports()).on_finish(OnFinish::SftpUpload(server()))
}

fn fed() -> UpdateEmployees {
    let source = EmployeeSource::Feed {
        url: Url::parse("https://hr.acme.test/feed").unwrap(),
        user: "reader".to_owned(),
        password: SecretString::from("planted-feed"),
    };
    UpdateEmployees::new(source, EmployeeUpdateOptions::default())
}

fn fetched() -> UpdateEmployees {
    let source = EmployeeSource::Sftp {
        server: server(),
        file_name: "people.json".to_owned(),
    };
    UpdateEmployees::new(source, EmployeeUpdateOptions::default())
}

/// A request of every job there is.
fn every_request() -> Vec<JobRequest> {
    let date = "2026-07-01".parse().unwrap();
    let domain = || Domain::new("acme.test").unwrap();
    let usd = Currency::new("USD").unwrap();
    let expense = NewExpense::new("Rail", date, Hundredths::new(1), usd);
    let template = ReconciliationTemplate::new("x");
    let scope = ReconciliationScope::All;
    let reconciliation = Reconciliation::new(domain(), date, date, scope, template).unwrap();
    let mailed = reconciliation
        .clone()
        .mailed_to(Recipients::new(["it@acme.test"]).unwrap());
    let rule = || CreateExpenseRule::new("jo@acme.test", policy(), RuleActions::billable(true));
    let list = PolicyListQuery {
        scope: PolicyScope::All,
        user_email: None,
    };
    let category = expensify_client::Category::new("Meals");
    let categories = expensify_client::CategoriesUpdate::merge([category]);
    let approver = [TagApprover::clear("Sales")];
    let requests = [
        Export::new(query(), ExportTemplate::reports()).to_request(),
        uploading().to_request(),
        PdfExport::new(query(), Receipts::FullPage).to_request(),
        reconciliation.to_request(),
        mailed.to_request(),
        list.to_request(),
        PolicyQuery::new([policy()], Categories).to_request(),
        DomainCardQuery::new(domain()).to_request(),
        CreateReport::new("jo@acme.test", policy(), "Trip").to_request(),
        CreateExpenses::new("jo@acme.test", [expense])
            .unwrap()
            .to_request(),
        CreatePolicy::new("Ops", Plan::Team).unwrap().to_request(),
        rule().to_request(),
        UpdateExpenseRule::new(expensify_client::ExpenseRuleId(1), rule()).to_request(),
        UpdatePolicy::of([policy()])
            .categories(categories)
            .to_request(),
        fed().to_request(),
        fetched().to_request(),
        Reimburse::reports([ReportId::new("R00A").unwrap()])
            .unwrap()
            .to_request(),
        UpdateTagApprovers::new(policy(), approver)
            .unwrap()
            .to_request(),
    ];
    let mut requests: Vec<JobRequest> = requests.map(Result::unwrap).into();
    requests.push(JobRequest::download(
        &FileName::new("export1.json").unwrap(),
    ));
    requests.push(JobRequest::download(
        &ReconciliationFile::new("is_1.csv").unwrap(),
    ));
    requests
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
