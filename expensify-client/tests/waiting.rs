//! When the client sends, on a clock that does not take time.

#![cfg(feature = "client")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use expensify_client::{
    Body, Client, ClientBuilder, CreatePolicy, Credentials, Effect, Error, ErrorKind, FileName,
    FormBody, LocalBudget, PRODUCTION_URL, Plan, PolicyListQuery, PolicyScope, Reimburse, ReportId,
    RequestBudget, Settings, Transport, TransportError, TransportErrorKind,
};
use secrecy::SecretString;
use tokio::time::Instant;

/// Gives every request the same answer and notes when it came, in whole seconds.
#[derive(Debug)]
struct Always {
    status: u16,
    body: &'static str,
    started: Instant,
    requests: Mutex<Vec<u64>>,
}

#[async_trait]
impl Transport for Always {
    async fn send(
        &self,
        _: http::Request<FormBody>,
    ) -> Result<http::Response<Body>, TransportError> {
        self.requests
            .lock()
            .unwrap()
            .push(self.started.elapsed().as_secs());
        let mut answer = http::Response::new(Body::whole(self.body));
        *answer.status_mut() = self.status.try_into().unwrap();
        Ok(answer)
    }
}

fn always(status: u16, body: &'static str) -> Arc<Always> {
    Arc::new(Always {
        status,
        body,
        started: Instant::now(),
        requests: Mutex::default(),
    })
}

fn settings() -> Settings {
    let mut settings = Settings::new(PRODUCTION_URL).unwrap();
    settings.rate_margin = Duration::ZERO;
    settings
}

fn builder(transport: &Arc<Always>) -> ClientBuilder {
    let credentials = Credentials::new(SecretString::from("id"), SecretString::from("secret"));
    let shared: Arc<dyn Transport> = Arc::<Always>::clone(transport);
    ClientBuilder::new(settings(), credentials).with_transport(shared)
}

fn client(status: u16, body: &'static str) -> (Client, Arc<Always>) {
    let transport = always(status, body);
    let client = builder(&transport).build().unwrap();
    (client, transport)
}

fn policies() -> PolicyListQuery {
    PolicyListQuery {
        scope: PolicyScope::All,
        user_email: None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_not_ready_is_asked_for_less_and_less_often_until_the_deadline() {
    let (client, transport) = client(200, r#"{"responseMessage":"nope","responseCode":404}"#);
    let error = client
        .download(&FileName::new("a.json").unwrap())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(
        (error.response_code(), error.response_message()),
        (Some(404), Some("nope"))
    );
    let requests = transport.requests.lock().unwrap().clone();
    assert_eq!(requests[..7], [5, 10, 20, 40, 80, 140, 200]);
    assert_eq!(requests.last(), Some(&860));
}

#[tokio::test(start_paused = true)]
async fn a_burst_goes_through_and_clones_share_one_budget() {
    let (client, transport) = client(200, r#"{"responseCode":200,"policyList":[]}"#);
    let calls = (0..20).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.run(&policies()).await })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap().unwrap(), []);
    }
    let requests = transport.requests.lock().unwrap().clone();
    assert_eq!(requests[..6], [0, 0, 0, 0, 0, 10]);
    assert_eq!(requests[19], 30);
}

#[tokio::test(start_paused = true)]
async fn one_and_five_calls_take_no_time_and_twenty_take_thirty_seconds() {
    for (calls, seconds) in [(1, 0), (5, 0), (20, 30)] {
        let (client, _) = client(200, r#"{"responseCode":200,"policyList":[]}"#);
        let begun = Instant::now();
        for _ in 0..calls {
            client.run(&policies()).await.unwrap();
        }
        assert_eq!(begun.elapsed().as_secs(), seconds, "{calls} calls");
    }
}

#[tokio::test(start_paused = true)]
async fn clients_that_are_given_one_budget_keep_to_the_limits_together() {
    let transport = always(200, r#"{"responseCode":200,"policyList":[]}"#);
    let budget = Arc::new(LocalBudget::new(settings().windows()));
    let clients = [(); 4].map(|()| {
        let budget: Arc<dyn RequestBudget> = Arc::<LocalBudget>::clone(&budget);
        builder(&transport).with_budget(budget).build().unwrap()
    });
    let calls = (0..20).map(|call| {
        let client = clients[call % 4].clone();
        tokio::spawn(async move { client.run(&policies()).await })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    let requests = transport.requests.lock().unwrap().clone();
    assert_eq!(requests[..6], [0, 0, 0, 0, 0, 10]);
    assert_eq!(requests[19], 30);
}

/// A budget that nobody can reach.
#[derive(Debug)]
struct Unreachable;

#[async_trait]
impl RequestBudget for Unreachable {
    async fn try_start(&self) -> Result<Option<Duration>, Error> {
        Err(TransportError::new(TransportErrorKind::Connect).into())
    }

    async fn hold(&self, _: Duration) -> Result<(), Error> {
        self.try_start().await.map(|_| ())
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_place_in_the_budget_nothing_is_sent() {
    let transport = always(200, r#"{"responseCode":200,"policyList":[]}"#);
    let client = builder(&transport)
        .with_budget(Arc::new(Unreachable))
        .build()
        .unwrap();
    let error = client.run(&policies()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unreachable, Effect::None)
    );
    assert!(transport.requests.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_changes_something_is_sent_once_whatever_the_answer() {
    let report = ReportId::new("R00A").unwrap();
    let reimburse = Reimburse::reports([report]).unwrap();
    let create = CreatePolicy::new("Acme", Plan::Team).unwrap();
    for (status, body, effect) in [
        (500, "", Effect::Unknown),
        (502, "<html>", Effect::Unknown),
        (408, "", Effect::Unknown),
        (200, "not what it should be", Effect::Unknown),
        (200, r#"{"responseCode":500}"#, Effect::Unknown),
        (429, "", Effect::None),
        (200, r#"{"responseCode":429}"#, Effect::None),
    ] {
        let (client, transport) = client(status, body);
        let sent = || transport.requests.lock().unwrap().len();
        let error = client.run(&reimburse).await.unwrap_err();
        assert_eq!((error.effect(), sent()), (effect, 1), "{status} {body}");
        let error = client.run(&create).await.unwrap_err();
        assert_eq!((error.effect(), sent()), (effect, 2), "{status} {body}");
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_429_nobody_sends_for_a_while() {
    let (client, transport) = client(429, "");
    let error = client.run(&policies()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert_eq!(*transport.requests.lock().unwrap(), [0, 30, 90, 210]);
}

#[tokio::test(start_paused = true)]
async fn a_failing_service_is_tried_four_times() {
    let (client, transport) = client(503, "");
    assert_eq!(
        client.run(&policies()).await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
    assert_eq!(*transport.requests.lock().unwrap(), [0, 2, 6, 14]);
}
