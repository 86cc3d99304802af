//! What a download can be: a file of ours in every clothing, somebody else's file, and everything that is no file.

#![cfg(feature = "client")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod common;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use common::{Service, ok, status};
use expensify_client::{
    Body, Chunks, ClientBuilder, Credentials, Effect, Error, ErrorKind, ExportQuery, FileName,
    FormBody, PRODUCTION_URL, Settings, Transport, TransportError, TransportErrorKind,
};
use secrecy::SecretString;
use tokio::io::AsyncWrite;

const NAME: &str = "exporte2d2f7b6-0c3a.json";

const LINES: [&str; 4] = [
    r#"{"k":"begin","v":1,"format":"ml-connector/export"}"#,
    r#"{"k":"rep","i":"0","n":"1","reportID":"R00A","currency":"USD","total":"1250","approvers":[]}"#,
    r#"{"k":"exp","r":"R00A","i":"0","transactionID":"4056343049275634494","amount":"1250","currency":"USD"}"#,
    r#"{"k":"end","reports":1,"expenses":1}"#,
];

fn name() -> FileName {
    FileName::new(NAME).unwrap()
}

fn query() -> ExportQuery {
    ExportQuery::approved_after("2026-07-01".parse().unwrap())
}

/// A service that gives up waiting for a file at once.
async fn impatient() -> Service {
    Service::with_settings(|settings| settings.download.deadline = Duration::ZERO).await
}

/// The error an answer in place of a file comes to.
async fn refused(reply: wiremock::ResponseTemplate) -> Error {
    let service = impatient().await;
    service.answer("download", vec![reply]).await;
    let error = service.client.download(&name()).await.unwrap_err();
    assert_eq!(service.kinds().await, ["download"]);
    error
}

#[tokio::test]
async fn a_file_is_read_with_and_without_mark_with_either_line_break_and_with_blank_lines() {
    for (mark, line_break) in [
        ("", "\n"),
        ("\u{feff}", "\n"),
        ("", "\r\n"),
        ("\u{feff}", "\r\n\r\n"),
    ] {
        let service = impatient().await;
        service.answer("file", vec![ok(NAME)]).await;
        let file = format!("{mark}{}{line_break}", LINES.join(line_break));
        service.answer("download", vec![ok(file)]).await;
        let mut reports = service.client.reports(&query()).await.unwrap();
        let report = reports.next_report().await.unwrap().unwrap();
        assert_eq!(report.expenses.len(), 1);
        assert_eq!(reports.next_report().await.unwrap(), None);
        assert_eq!(reports.summary().unwrap().reports, 1);
        assert!(
            service
                .first_field("template")
                .await
                .unwrap()
                .contains("ml-connector/export")
        );
    }
}

#[tokio::test]
async fn an_html_page_a_json_error_an_empty_body_and_an_http_error_are_told_apart() {
    let page = "<!DOCTYPE html><html><head><title>HTTP Status 500 - x</title></head></html>";
    let html = refused(ok(page)).await;
    assert_eq!(
        (html.kind(), html.status()),
        (ErrorKind::Unavailable, Some(200))
    );
    assert_eq!(html.response_message(), Some("HTTP Status 500 - x"));

    let json = refused(ok(
        r#"{"responseMessage":"File not found","responseCode":404}"#,
    ))
    .await;
    assert_eq!(
        (json.status(), json.response_code()),
        (Some(200), Some(404))
    );
    assert_eq!(json.response_message(), Some("File not found"));

    let empty = refused(ok("")).await;
    assert_eq!((empty.status(), empty.response_code()), (Some(200), None));
    let source = std::error::Error::source(&empty).unwrap().to_string();
    assert!(source.ends_with("the file is empty"), "{source}");

    let http = refused(status(503, "busy")).await;
    assert_eq!(
        (http.status(), http.response_message()),
        (Some(503), Some("busy"))
    );

    for error in [html, json, empty, http] {
        assert_eq!(
            error.kind(),
            ErrorKind::Unavailable,
            "not ready within the deadline"
        );
    }
}

#[tokio::test]
async fn a_file_of_another_template_is_written_byte_for_byte() {
    // Longer than an error could be, so that it is streamed; a JSON object that is no error, and a mark that is kept.
    for file in [
        "a,b\r\n".repeat(50_000),
        "{\"some\":\"json\"}".into(),
        "\u{feff}a\n".into(),
    ] {
        let service = Service::start().await;
        service.answer("download", vec![ok(file.clone())]).await;
        let mut out = Vec::new();
        let download = service.client.download(&name()).await.unwrap();
        let written = download.write_to(&mut out).await.unwrap();
        assert_eq!(usize::try_from(written).unwrap(), file.len());
        assert_eq!(String::from_utf8(out).unwrap(), file);
    }
}

/// A disk with room for so many bytes.
struct SmallDisk(usize);

impl AsyncWrite for SmallDisk {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.0 == 0 {
            return Poll::Ready(Err(io::Error::from(io::ErrorKind::StorageFull)));
        }
        let taken = self.0.min(bytes.len());
        self.0 -= taken;
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_disk_that_is_full_is_told_with_its_own_error() {
    let service = Service::start().await;
    service
        .answer("download", vec![ok("a,b\n".repeat(100))])
        .await;
    let download = service.client.download(&name()).await.unwrap();
    let error = download.write_to(&mut SmallDisk(50)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unavailable, Effect::None)
    );
    let source = std::error::Error::source(&error).unwrap();
    let source = source.downcast_ref::<io::Error>().unwrap();
    assert_eq!(source.kind(), io::ErrorKind::StorageFull);
}

/// A file that comes for ever, and says how much of it was taken.
#[derive(Debug)]
struct Endless {
    chunk: &'static [u8],
    breaks_after: usize,
}

#[async_trait]
impl Transport for Endless {
    async fn send(
        &self,
        _: http::Request<FormBody>,
    ) -> Result<http::Response<Body>, TransportError> {
        let (chunk, left) = (self.chunk, self.breaks_after);
        Ok(http::Response::new(Body::new(Box::new(Repeated {
            chunk,
            left,
        }))))
    }
}

struct Repeated {
    chunk: &'static [u8],
    left: usize,
}

#[async_trait]
impl Chunks for Repeated {
    async fn next_chunk(&mut self) -> Result<Option<bytes::Bytes>, TransportError> {
        let Some(left) = self.left.checked_sub(1) else {
            return Err(TransportError::new(TransportErrorKind::Broken));
        };
        self.left = left;
        Ok(Some(bytes::Bytes::from_static(self.chunk)))
    }
}

fn endless(breaks_after: usize, change: impl FnOnce(&mut Settings)) -> expensify_client::Client {
    let mut settings = Settings::new(PRODUCTION_URL).unwrap();
    settings.rate.clear();
    settings.download.first_after = Duration::ZERO;
    change(&mut settings);
    let credentials = Credentials::new(SecretString::from("id"), SecretString::from("secret"));
    let transport = Endless {
        chunk: &[b'x'; 4096],
        breaks_after,
    };
    ClientBuilder::new(settings, credentials)
        .with_transport(std::sync::Arc::new(transport))
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_file_that_never_ends_is_cut_at_the_limit() {
    let client = endless(usize::MAX, |settings| {
        settings.limits.file_bytes_max = 1 << 20;
    });
    let download = client.download(&name()).await.unwrap();
    let mut out = Vec::new();
    let error = download.write_to(&mut out).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    assert!(out.len() <= 1 << 20);
}

#[tokio::test]
async fn a_connection_that_breaks_while_a_file_is_written_is_told() {
    let client = endless(100, |_| {});
    let download = client.download(&name()).await.unwrap();
    let error = download.write_to(&mut tokio::io::sink()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unreachable, Effect::Unknown)
    );
}

#[tokio::test]
async fn no_other_method_than_post_leaves_the_transport() {
    let settings = Settings::new(PRODUCTION_URL).unwrap();
    let transport = expensify_client::HttpTransport::new(&settings.timeouts).unwrap();
    let credentials = Credentials::new(SecretString::from("id"), SecretString::from("secret"));
    let job = expensify_client::JobRequest::download(&name());
    let mut request = job.to_http(&settings.base_url, &credentials).unwrap();
    *request.method_mut() = http::Method::GET;
    let error = transport.send(request).await.unwrap_err();
    assert_eq!(
        error.kind(),
        TransportErrorKind::Connect,
        "nothing was sent"
    );
}
