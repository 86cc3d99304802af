//! What is traced holds ids and numbers, no body and no secret. The only test of its program: what a call site may be traced to
//! is decided once for a whole process, by the first thread to pass it, which in a test beside this one listens to nothing.

#![cfg(test)]

#[expect(
    dead_code,
    reason = "shared with the tests of the client, which need all of it"
)]
#[path = "client/scripted.rs"]
mod scripted;

use std::io;
use std::sync::{Arc, Mutex};

use freshbooks_client::{Client, Endpoints, FixedToken};
use scripted::{BILL, Scripted, bills, new_bill, reply, unpaced};
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

#[tokio::test(start_paused = true)]
async fn traces_hold_ids_and_no_body_even_at_the_finest_level() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    let _set = tracing::subscriber::set_default(subscriber);
    let refusal =
        r#"{"response":{"errors":[{"errno":1001,"field":"vendorid","message":"canary-message"}]}}"#;
    let answers = [
        reply(503, "canary-page"),
        reply(200, BILL),
        reply(422, refusal),
    ];
    let client = Client::builder(Arc::new(FixedToken::new("canary-bearer")))
        .with_settings(unpaced())
        .with_transport(Scripted::new(answers))
        .with_endpoints(Endpoints::at(&"http://fb.test".parse().unwrap()).unwrap())
        .build()
        .unwrap();
    bills(&client).get(7.into()).await.unwrap();
    bills(&client).create(&new_bill()).await.unwrap_err();
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let span =
        r#"freshbooks{operation="get bill" path="/accounting/account/ZyQ04o/bills/bills/7"}"#;
    assert!(log.contains(span), "{log}");
    assert!(
        log.contains("status=503") && log.contains("repeating a read"),
        "{log}"
    );
    for private in ["canary", "EXP-R1", "Hotel", "125.00", "Bearer"] {
        assert!(!log.contains(private), "{private} in {log}");
    }
}
