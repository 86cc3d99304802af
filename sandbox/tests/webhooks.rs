//! Callbacks: registration, handshake, deliveries.

#![expect(clippy::unwrap_used, reason = "a helper that fails must fail its test")]

mod support;

use reqwest::Method;
use serde_json::{Value, json};
use support::{bill, call, get, post, put, start};
use sync_sandbox::{Person, Sandbox};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const CALLBACKS: &str = "/events/account/zDmNq/events/callbacks";

/// Reads one delivery: its signature header and its form.
async fn receive(listener: &TcpListener) -> (String, Vec<(String, String)>) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).await.unwrap();
        text.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let header = |name: &str| {
            head.lines()
                .find_map(|line| line.strip_prefix(name))
                .map(|value| value.trim().to_owned())
                .unwrap()
        };
        if body.len() == header("Content-Length:").parse::<usize>().unwrap() {
            let fields = url::form_urlencoded::parse(body.as_bytes())
                .into_owned()
                .collect();
            let signature = header("X-FreshBooks-Hmac-SHA256:");
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                .await
                .unwrap();
            return (signature, fields);
        }
    }
}

async fn register(sandbox: &Sandbox, event: &str, uri: &str) -> (u16, Value) {
    post(
        sandbox,
        CALLBACKS,
        &json!({"callback": {"event": event, "uri": uri}}),
    )
    .await
}

#[tokio::test]
async fn a_confirmed_callback_receives_signed_deliveries() {
    let sandbox = start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}/hook", listener.local_addr().unwrap());
    let (status, body) = register(&sandbox, "bill", &uri).await;
    assert_eq!(status, 200);
    let callback = &body["response"]["result"]["callback"];
    assert_eq!(callback["verified"], false);
    let (_, handshake) = receive(&listener).await;
    assert_eq!(handshake[0], ("name".into(), "callback.verify".into()));
    assert_eq!(handshake[1].1, callback["callbackid"].to_string());
    let verifier = &handshake[3].1;
    let path = format!("{CALLBACKS}/{}", callback["callbackid"]);
    assert_eq!(
        put(&sandbox, &path, &json!({"callback": {"verifier": "wrong"}}))
            .await
            .0,
        422
    );
    let (_, confirmed) = put(
        &sandbox,
        &path,
        &json!({"callback": {"verifier": verifier}}),
    )
    .await;
    assert_eq!(
        confirmed["response"]["result"]["callback"]["verified"],
        true
    );
    post(
        &sandbox,
        "/accounting/account/zDmNq/bills/bills",
        &bill("EXP-1", "5"),
    )
    .await;
    let (signature, fields) = receive(&listener).await;
    let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "name",
            "object_id",
            "account_id",
            "business_id",
            "identity_id",
            "user_id"
        ]
    );
    assert_eq!(fields[0].1, "bill.create");
    assert_eq!(signature.len(), 44, "base64 of 32 bytes");
    let id = sandbox.bills()[0]["id"].as_u64().unwrap();
    sandbox.person(Person::DeleteBill { id }).unwrap();
    assert_eq!(receive(&listener).await.1[0].1, "bill.delete");
    assert_eq!(
        call(&sandbox, Method::DELETE, &path, None)
            .await
            .unwrap()
            .status(),
        204
    );
    assert_eq!(get(&sandbox, &path).await.0, 404);
}

#[tokio::test]
async fn unknown_events_and_bad_addresses_are_refused() {
    let sandbox = start().await;
    for (event, uri, says) in [
        ("house", "https://x.example", "event: "),
        ("bill.create", "nowhere", "uri: "),
    ] {
        let (status, body) = register(&sandbox, event, uri).await;
        assert_eq!(status, 422);
        assert!(
            body["details"][0].as_str().unwrap().starts_with(says),
            "{body}"
        );
    }
}
