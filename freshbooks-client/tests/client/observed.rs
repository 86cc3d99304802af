//! What may be seen of exchanges: ids and numbers always, bodies on demand and masked, secrets never.

use std::sync::{Arc, Mutex};

use freshbooks_client::oauth::OAuthApp;
use freshbooks_client::{
    Client, Endpoints, Exchanged, FixedToken, OAuthClient, Observer, TransportErrorKind,
};

use crate::scripted::{Answer, BILL, Scripted, bills, new_bill, reply, unpaced};

const TOKENS: &str = r#"{"access_token":"canary-access","token_type":"Bearer","expires_in":43200,"refresh_token":"canary-refresh-2"}"#;

/// Keeps one line per exchange, with bodies if asked to.
#[derive(Debug, Default)]
struct Recorder {
    bodies: bool,
    lines: Mutex<Vec<String>>,
}

impl Observer for Recorder {
    fn on_exchange(&self, exchange: &Exchanged<'_>) {
        let mut line = format!("{exchange:?}");
        if self.bodies {
            let (asked, told) = (
                exchange.redacted_request_body(),
                exchange.redacted_reply_body(),
            );
            line = format!("{line} {asked:?} {told:?}");
        }
        self.lines.lock().unwrap().push(line);
    }
}

fn endpoints() -> Endpoints {
    Endpoints::at(&"http://fb.test".parse().unwrap()).unwrap()
}

fn client(answers: impl IntoIterator<Item = Answer>, recorder: &Arc<Recorder>) -> Client {
    Client::builder(Arc::new(FixedToken::new("canary-bearer")))
        .with_settings(unpaced())
        .with_transport(Scripted::new(answers))
        .with_endpoints(endpoints())
        .with_observer(Arc::<Recorder>::clone(recorder))
        .build()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn every_try_is_seen_without_its_body() {
    let recorder = Arc::new(Recorder::default());
    let answers = [
        Err(TransportErrorKind::MaybeSent),
        reply(503, ""),
        reply(200, BILL),
        reply(200, BILL),
    ];
    let client = client(answers, &recorder);
    bills(&client).get(7.into()).await.unwrap();
    bills(&client).create(&new_bill()).await.unwrap();
    let lines = recorder.lines.lock().unwrap();
    let shown: Vec<_> = lines
        .iter()
        .map(|line| line.split(", elapsed").next().unwrap())
        .collect();
    let base = "/accounting/account/ZyQ04o/bills/bills";
    assert_eq!(
        shown,
        [
            format!(
                r#"Exchanged {{ operation: "get bill", method: GET, path: "{base}/7", status: None, failure: Some(MaybeSent)"#
            ),
            format!(
                r#"Exchanged {{ operation: "get bill", method: GET, path: "{base}/7", status: Some(503), failure: None"#
            ),
            format!(
                r#"Exchanged {{ operation: "get bill", method: GET, path: "{base}/7", status: Some(200), failure: None"#
            ),
            format!(
                r#"Exchanged {{ operation: "create bill", method: POST, path: "{base}", status: Some(200), failure: None"#
            ),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn bodies_are_shown_on_demand_with_amounts_and_without_secrets() {
    let recorder = Arc::new(Recorder {
        bodies: true,
        ..Recorder::default()
    });
    bills(&client([reply(200, BILL)], &recorder))
        .create(&new_bill())
        .await
        .unwrap();
    let transport = Bare(TOKENS);
    let redirect = "https://localhost/callback".parse().unwrap();
    let app = OAuthApp::new("id", "canary-secret".into(), redirect);
    let oauth = OAuthClient::new(app, unpaced(), Some(endpoints()), Some(Arc::new(transport)));
    let oauth = oauth
        .unwrap()
        .with_observer(Arc::<Recorder>::clone(&recorder));
    oauth.refresh(&"canary-refresh-1".into()).await.unwrap();
    oauth
        .exchange_code(&"canary-code".into(), None)
        .await
        .unwrap();
    let shown = recorder.lines.lock().unwrap().join("\n");
    assert!(
        shown.contains("125.00") && shown.contains("EXP-R1"),
        "{shown}"
    );
    assert!(shown.contains("refresh_token=%28redacted%29"), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
}

/// Always the same answer, to requests without a bearer too.
#[derive(Debug)]
struct Bare(&'static str);

#[async_trait::async_trait]
impl freshbooks_client::Transport for Bare {
    async fn send(
        &self,
        _: http::Request<bytes::Bytes>,
    ) -> Result<http::Response<bytes::Bytes>, freshbooks_client::TransportError> {
        Ok(reply(200, self.0).unwrap())
    }
}
