//! When the client sends, on a clock that does not take time.

#![cfg(feature = "client")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use expensify_client::{
    Body, Client, ClientBuilder, Credentials, ErrorKind, FileName, FormBody, PRODUCTION_URL,
    PolicyListQuery, PolicyScope, Settings, Transport, TransportError,
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

fn client(status: u16, body: &'static str) -> (Client, Arc<Always>) {
    let transport = Arc::new(Always {
        status,
        body,
        started: Instant::now(),
        requests: Mutex::default(),
    });
    let credentials = Credentials::new(SecretString::from("id"), SecretString::from("secret"));
    let mut settings = Settings::new(PRODUCTION_URL).unwrap();
    settings.rate_margin = Duration::ZERO;
    let shared: Arc<dyn Transport> = Arc::<Always>::clone(&transport);
    let client = ClientBuilder::new(settings, credentials)
        .with_transport(shared)
        .build()
        .unwrap();
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
