//! Nothing this crate traces holds a secret. The only test of its program: what a call site may be traced to is decided once for
//! a whole process, by the first thread to pass it, which in a test beside this one listens to nothing.

#![cfg(feature = "client")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

#[expect(
    dead_code,
    reason = "shared with the tests of the jobs, which need all of it"
)]
mod common;

use std::sync::{Arc, Mutex};

use common::{Service, ok, status};
use expensify_client::{
    EmployeeSource, EmployeeUpdateOptions, Export, ExportQuery, ExportTemplate, SftpServer,
    UpdateEmployees,
};
use secrecy::SecretString;

/// A job whose description holds a secret beside the credentials.
fn fetched() -> UpdateEmployees {
    let server = SftpServer {
        host: "sftp.acme.test".to_owned(),
        port: 22,
        login: "acme".to_owned(),
        password: SecretString::from("planted-sftp"),
    };
    let source = EmployeeSource::Sftp {
        server,
        file_name: "people.json".to_owned(),
    };
    UpdateEmployees::new(source, EmployeeUpdateOptions::default())
}

/// Keeps what is traced.
#[derive(Clone, Debug, Default)]
struct Traced(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Traced {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_trace_holds_a_secret_or_a_body_at_any_level() {
    let traced = Traced::default();
    let writer = traced.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing_subscriber::util::SubscriberInitExt::set_default(subscriber);
    let service = Service::start().await;
    let planted = r#"{"responseMessage":"planted-answer","responseCode":500}"#;
    service
        .answer(
            "file",
            vec![
                ok(planted),
                status(503, "planted-answer"),
                ok("export1.json"),
            ],
        )
        .await;
    let not_ready = vec![status(404, "planted-answer"), ok("a,b\n")];
    service.answer("download", not_ready).await;
    service.answer("update", vec![ok(planted)]).await;
    let template = ExportTemplate::<expensify_client::Text>::new("planted-template");
    let export = Export::new(
        ExportQuery::approved_after("2026-07-01".parse().unwrap()),
        template,
    );
    let file = service.client.run(&export).await.unwrap();
    service.client.content(&file).await.unwrap();
    service.client.run(&fetched()).await.unwrap_err();

    let shown = String::from_utf8(traced.0.lock().unwrap().clone()).unwrap();
    assert!(shown.contains("will be sent again"), "{shown}");
    assert!(shown.contains("not ready"), "{shown}");
    for secret in ["planted", "aa_partner_user"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
