//! Files: checked before they are sent, and sent while they are read.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use freshbooks_client::{Effect, ErrorKind, MediaType, UPLOAD_BYTES_MAX, UploadFile, UploadHandle};

use super::serving;
use crate::scripted::{Scripted, account, client, reply, unpaced};

const AT: &str = "/uploads/account/ZyQ04o/attachments";
const REPLY: &str = r#"{"attachment":{"filename":"upload-1","public_id":"a.b.c","jwt":"a.b.c","media_type":"application/pdf","uuid":"6f0d"}}"#;

/// A file of some length that is never whole in memory, and counts what is read of it.
struct Paper {
    beginning: &'static [u8],
    left: usize,
    read: Arc<AtomicUsize>,
}

impl Paper {
    fn new(beginning: &'static [u8], length: usize) -> (Self, Arc<AtomicUsize>) {
        let read = Arc::new(AtomicUsize::new(0));
        let paper = Self {
            beginning,
            left: length,
            read: Arc::clone(&read),
        };
        (paper, read)
    }
}

impl Read for Paper {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = into.len().min(self.left);
        into[..count].fill(b'x');
        let start = count.min(self.beginning.len());
        into[..start].copy_from_slice(&self.beginning[..start]);
        self.beginning = &self.beginning[start..];
        self.left -= count;
        self.read.fetch_add(count, Ordering::SeqCst);
        Ok(count)
    }
}

fn pdf(length: u64) -> UploadFile {
    UploadFile::new("receipt.pdf", MediaType::Pdf, length).unwrap()
}

#[tokio::test]
async fn a_receipt_arrives_whole_and_can_be_attached() {
    for length in [5_usize, 64 * 1024, 300_000] {
        let (server, client) = serving("POST", AT, 201, REPLY).await;
        let (paper, _) = Paper::new(b"%PDF-", length);
        let file = pdf(length.try_into().unwrap());
        let uploaded = client
            .upload_attachment(&account(), &file, paper)
            .await
            .unwrap();
        assert_eq!(uploaded.to_attachment().jwt, "a.b.c");
        assert_eq!(uploaded.media_type, "application/pdf");

        let asked = &server.received_requests().await.unwrap()[0];
        let form = asked.headers["content-type"].to_str().unwrap();
        let boundary = form.strip_prefix("multipart/form-data; boundary=").unwrap();
        let stated: usize = asked.headers["content-length"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert_eq!(asked.body.len(), stated);
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"content\"; filename=\"receipt.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF-"
        );
        assert!(asked.body.starts_with(head.as_bytes()));
        assert!(
            asked
                .body
                .ends_with(format!("\r\n--{boundary}--\r\n").as_bytes())
        );
    }
}

#[tokio::test]
async fn an_image_has_a_link_and_its_kind_even_where_freshbooks_does_not_repeat_it() {
    let body = r#"{"image":{"filename":"upload-2","public_id":"a.b.c","jwt":"a.b.c"},"link":"https://my.freshbooks.com/service/uploads/images/a.b.c"}"#;
    let file = UploadFile::new("logo.png", MediaType::Png, 8).unwrap();
    let content: &'static [u8] = b"\x89PNG\r\n\x1a\n";
    let (_server, client) = serving("POST", "/uploads/account/ZyQ04o/images", 201, body).await;
    let uploaded = client
        .upload_image(&account(), &file, content)
        .await
        .unwrap();
    assert_eq!(uploaded.media_type, "image/png");
    assert!(uploaded.link.unwrap().ends_with("a.b.c"));
    let (_server, client) = serving("POST", "/uploads/images", 201, body).await;
    client.upload_public_image(&file, content).await.unwrap();
}

#[tokio::test]
async fn what_is_not_as_was_told_is_not_sent() {
    let transport = Scripted::new([reply(500, "")]);
    let client = client(unpaced(), &transport);
    let refused: [(UploadFile, &'static [u8]); 3] =
        [(pdf(6), b"<html>"), (pdf(9), b"%PDF-"), (pdf(2), b"%PDF-")];
    for (file, content) in refused {
        let error = client
            .upload_attachment(&account(), &file, content)
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Invalid, Effect::None)
        );
    }
    let content: &'static [u8] = b"%PDF-";
    let error = client
        .upload_image(&account(), &pdf(5), content)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    // A transport of another's that cannot send files says so, and nothing was sent.
    let error = client
        .upload_attachment(&account(), &pdf(5), content)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unreachable, Effect::None)
    );
    assert_eq!(transport.count(), 0);
}

#[tokio::test]
async fn a_file_that_ends_early_breaks_the_request_off() {
    let (server, client) = serving_any().await;
    let (paper, _) = Paper::new(b"%PDF-", 200_000);
    let error = client
        .upload_attachment(&account(), &pdf(300_000), paper)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unreachable, Effect::Unknown)
    );
    assert!(
        server.received_requests().await.unwrap().is_empty(),
        "no whole request"
    );
}

async fn serving_any() -> (wiremock::MockServer, freshbooks_client::Client) {
    let server = wiremock::MockServer::start().await;
    let endpoints = freshbooks_client::Endpoints::at(&server.uri().parse().unwrap()).unwrap();
    let client =
        freshbooks_client::Client::builder(Arc::new(freshbooks_client::FixedToken::new("t")))
            .with_settings(unpaced())
            .with_endpoints(endpoints)
            .build()
            .unwrap();
    (server, client)
}

#[tokio::test]
async fn a_large_file_is_not_read_ahead_of_a_server_that_does_not_take_it() {
    // Accepts the connection and reads nothing: what is read of the file is what fits into buffers.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut settings = unpaced();
    settings.http.request_timeout = std::time::Duration::from_millis(300);
    let endpoints = freshbooks_client::Endpoints::at(&url.parse().unwrap()).unwrap();
    let client =
        freshbooks_client::Client::builder(Arc::new(freshbooks_client::FixedToken::new("t")))
            .with_settings(settings)
            .with_endpoints(endpoints)
            .build()
            .unwrap();
    let length = usize::try_from(UPLOAD_BYTES_MAX).unwrap();
    let (paper, read) = Paper::new(b"%PDF-", length);
    let error = client
        .upload_attachment(&account(), &pdf(UPLOAD_BYTES_MAX), paper)
        .await
        .unwrap_err();
    assert_eq!(error.effect(), Effect::Unknown);
    assert!(
        read.load(Ordering::SeqCst) < length,
        "the whole file was read"
    );
    drop(listener);
}

#[tokio::test]
async fn a_refused_upload_says_so_and_files_are_read_back() {
    let content: &'static [u8] = b"%PDF-";
    for status in [200, 400] {
        let (_server, client) = serving("POST", AT, status, r#"{"error":"too big"}"#).await;
        let error = client
            .upload_attachment(&account(), &pdf(5), content)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{status}");
    }
    let handle = UploadHandle::new("a.b.c").unwrap();
    let (_server, client) = serving("GET", "/uploads/attachments/a.b.c", 200, "%PDF-1").await;
    assert_eq!(client.attachment(&handle).await.unwrap(), "%PDF-1");
    let (_server, client) =
        serving("GET", "/uploads/images/a.b.c", 200, r#"{"error":"gone"}"#).await;
    client.image(&handle).await.unwrap_err();
}
