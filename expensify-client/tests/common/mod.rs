//! A stand-in on loopback that answers each job with a list of recorded replies, in order.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use expensify_client::{Client, ClientBuilder, Credentials, Settings};
use secrecy::SecretString;
use serde_json::Value;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// Replies in order; the last one is never used up.
struct Replies(Mutex<VecDeque<ResponseTemplate>>);

impl Respond for Replies {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        let mut replies = self.0.lock().unwrap();
        if replies.len() > 1 {
            replies.pop_front().unwrap()
        } else {
            replies[0].clone()
        }
    }
}

/// The service, and a client that waits for nothing.
pub(crate) struct Service {
    server: MockServer,
    pub(crate) client: Client,
}

/// A reply as the service sends most of them: HTTP 200 as plain text.
pub(crate) fn ok(body: impl Into<String>) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.into(), "text/plain;charset=utf-8")
}

/// A reply with this HTTP status.
pub(crate) fn status(status: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body, "text/html")
}

impl Service {
    pub(crate) async fn start() -> Self {
        Self::with_settings(|_| {}).await
    }

    pub(crate) async fn with_settings(change: impl FnOnce(&mut Settings)) -> Self {
        Self::build(change, |builder| builder).await
    }

    /// A client with other settings and components.
    pub(crate) async fn build(
        change: impl FnOnce(&mut Settings),
        put_together: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Self {
        let server = MockServer::start().await;
        let mut settings = Settings::new(&server.uri()).unwrap();
        settings.rate.clear();
        settings.retry.throttled_after = Duration::from_millis(1);
        settings.retry.failed_after = Duration::from_millis(1);
        settings.retry.after_max = Duration::from_millis(2);
        settings.download.first_after = Duration::ZERO;
        settings.download.waits = vec![Duration::from_millis(1)];
        change(&mut settings);
        let credentials = Credentials::new(
            SecretString::from("aa_partner_user"),
            SecretString::from("planted-secret"),
        );
        let builder = put_together(ClientBuilder::new(settings, credentials));
        let client = builder.build().unwrap();
        Self { server, client }
    }

    /// Answers jobs whose `type` is `kind` with these replies.
    pub(crate) async fn answer(&self, kind: &'static str, replies: Vec<ResponseTemplate>) {
        Mock::given(method("POST"))
            .and(path("/Integration-Server/ExpensifyIntegrations"))
            .and(move |request: &Request| description(request)["type"] == kind)
            .respond_with(Replies(Mutex::new(replies.into())))
            .mount(&self.server)
            .await;
    }

    /// The jobs received, in order.
    pub(crate) async fn jobs(&self) -> Vec<Value> {
        self.server
            .received_requests()
            .await
            .unwrap()
            .iter()
            .map(description)
            .collect()
    }

    /// The types of the jobs received, in order.
    pub(crate) async fn kinds(&self) -> Vec<String> {
        self.jobs()
            .await
            .iter()
            .map(|job| job["type"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The value of a form field in the first request received.
    pub(crate) async fn first_field(&self, name: &str) -> Option<String> {
        let requests = self.server.received_requests().await.unwrap();
        form(&requests[0])
            .into_iter()
            .find_map(|(key, value)| (key == name).then_some(value))
    }
}

fn form(request: &Request) -> Vec<(String, String)> {
    url::form_urlencoded::parse(&request.body)
        .into_owned()
        .collect()
}

fn description(request: &Request) -> Value {
    assert_eq!(request.url.query(), None);
    assert_eq!(
        request.headers["content-type"],
        "application/x-www-form-urlencoded"
    );
    let (name, description) = form(request).remove(0);
    assert_eq!(name, "requestJobDescription");
    let description: Value = serde_json::from_str(&description).unwrap();
    assert_eq!(
        description["credentials"]["partnerUserID"],
        "aa_partner_user"
    );
    assert_eq!(
        description["credentials"]["partnerUserSecret"],
        "planted-secret"
    );
    description
}
