//! Real sockets that misbehave.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use freshbooks_client::{
    Client, Effect, Endpoints, ErrorKind, FixedToken, Settings, WriteConnections,
};

use crate::scripted::{BILL, bills, new_bill, unpaced};

/// A server that gives every request the same bytes; empty bytes close the connection unanswered.
struct Raw {
    url: String,
    requests: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
}

impl Raw {
    fn serve(reply: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            requests: Arc::default(),
            connections: Arc::default(),
        };
        let requests = Arc::clone(&server.requests);
        let connections = Arc::clone(&server.connections);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::SeqCst);
                let (reply, requests) = (reply.clone(), Arc::clone(&requests));
                std::thread::spawn(move || Self::talk(stream, &reply, &requests));
            }
        });
        server
    }

    fn talk(mut stream: TcpStream, reply: &str, requests: &AtomicUsize) {
        while request(&mut stream) {
            requests.fetch_add(1, Ordering::SeqCst);
            let cut = reply.contains("Connection: close");
            if reply.is_empty() || stream.write_all(reply.as_bytes()).is_err() || cut {
                return;
            }
        }
    }

    fn client(&self, settings: Settings) -> Client {
        Client::builder(Arc::new(FixedToken::new("t")))
            .with_settings(settings)
            .with_endpoints(Endpoints::at(&self.url.parse().unwrap()).unwrap())
            .build()
            .unwrap()
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// Reads one request, body included; false when the other side is gone.
fn request(stream: &mut TcpStream) -> bool {
    let mut seen = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&seen).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.trim().parse().unwrap());
            if body.len() >= length {
                return true;
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return false,
            Ok(read) => seen.extend_from_slice(&chunk[..read]),
        }
    }
}

fn whole(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn fast() -> Settings {
    let mut settings = unpaced();
    settings.retry_pause = Duration::from_millis(1);
    settings
}

#[tokio::test]
async fn a_post_whose_reply_is_lost_is_not_repeated() {
    for pool in [WriteConnections::Fresh, kept(HOUR)] {
        let server = Raw::serve(String::new());
        let mut settings = fast();
        settings.http.write_connections = pool;
        let client = server.client(settings);
        let error = bills(&client).create(&new_bill()).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Unreachable, Effect::Unknown)
        );
        assert_eq!(server.requests(), 1);
        assert!(
            !format!("{error:?}").contains("127.0.0.1"),
            "no URL in errors"
        );
    }
}

#[tokio::test]
async fn a_refused_connection_has_no_effect() {
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let client = Client::builder(Arc::new(FixedToken::new("t")))
        .with_settings(fast())
        .with_endpoints(Endpoints::at(&format!("http://{address}").parse().unwrap()).unwrap())
        .build()
        .unwrap();
    let error = bills(&client).create(&new_bill()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unreachable, Effect::None)
    );
}

#[tokio::test]
async fn a_cut_body_is_unknown_for_writes_and_repeated_for_reads() {
    let half = &BILL[..100];
    let length = BILL.len();
    let server = Raw::serve(format!(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{half}"
    ));
    let client = server.client(fast());
    let error = bills(&client).create(&new_bill()).await.unwrap_err();
    assert_eq!((error.effect(), server.requests()), (Effect::Unknown, 1));
    bills(&client).get(7.into()).await.unwrap_err();
    assert_eq!(server.requests(), 4);
}

#[tokio::test]
async fn a_body_over_the_limit_is_an_error_whether_announced_or_not() {
    let body = format!("{BILL}{}", " ".repeat(200_000));
    let chunked = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    let huge = "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n{".to_owned();
    for reply in [whole(&body), chunked, huge] {
        let server = Raw::serve(reply);
        let mut settings = fast();
        settings.http.reply_bytes_max = 100_000;
        let client = server.client(settings);
        let error = bills(&client).create(&new_bill()).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::TooLarge, Effect::Unknown)
        );
        assert_eq!(
            bills(&client).get(7.into()).await.unwrap_err().effect(),
            Effect::None
        );
    }
}

/// A server that sends a body of a gigabyte in chunks and counts what it got rid of.
fn gigabyte() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let sent = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&sent);
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        request(&mut stream);
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        stream.write_all(head).unwrap();
        let chunk = format!("100000\r\n{}\r\n", " ".repeat(1 << 20));
        for _ in 0..1024 {
            if stream.write_all(chunk.as_bytes()).is_err() {
                return;
            }
            counter.fetch_add(1 << 20, Ordering::SeqCst);
        }
    });
    (url, sent)
}

#[tokio::test]
async fn a_body_of_a_gigabyte_is_cut_off_at_the_limit_and_never_held() {
    let (url, sent) = gigabyte();
    let client = Client::builder(Arc::new(FixedToken::new("t")))
        .with_settings(fast())
        .with_endpoints(Endpoints::at(&url.parse().unwrap()).unwrap())
        .build()
        .unwrap();
    let error = bills(&client).create(&new_bill()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::TooLarge, Effect::Unknown)
    );
    assert!(error.body().is_none());
    // The default limit of 16 MiB, and what the sockets buffer.
    let sent = sent.load(Ordering::SeqCst) >> 20;
    assert!((16..64).contains(&sent), "{sent} MiB left the server");
}

#[tokio::test]
async fn a_silent_server_is_left_after_the_timeout() {
    let server = Raw::serve("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{".to_owned());
    let mut settings = fast();
    settings.http.request_timeout = Duration::from_millis(200);
    let error = bills(&server.client(settings))
        .create(&new_bill())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unreachable, Effect::Unknown)
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = Raw::serve(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
            .to_owned(),
    );
    let error = bills(&server.client(fast()))
        .create(&new_bill())
        .await
        .unwrap_err();
    assert_eq!((error.effect(), server.requests()), (Effect::Unknown, 1));
}

const HOUR: Duration = Duration::from_hours(1);

fn kept(idle_max: Duration) -> WriteConnections {
    WriteConnections::Kept { idle_max }
}

#[tokio::test]
async fn writes_take_no_connection_that_was_idle_for_too_long() {
    let pause = Duration::from_millis(20);
    let cases = [
        (WriteConnections::Fresh, 3),
        (kept(Duration::from_millis(1)), 3),
        (kept(HOUR), 1),
    ];
    for (pool, expected) in cases {
        let server = Raw::serve(whole(BILL));
        let mut settings = fast();
        settings.http.write_connections = pool;
        let client = server.client(settings);
        for _ in 0..3 {
            let bill = bills(&client).create(&new_bill()).await.unwrap();
            assert_eq!(bill.id.get(), 7);
            tokio::time::sleep(pause).await;
        }
        assert_eq!(
            server.connections.load(Ordering::SeqCst),
            expected,
            "{pool:?}"
        );
    }
}
