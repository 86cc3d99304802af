//! FreshBooks' webhooks in an axum application: signed hints, each a reason to read one record again.
//!
//! `cargo run -p sync-examples --example webhook_receiver`

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use freshbooks_client::{AccountId, CallbackId, Client, NewCallback};
use secrecy::SecretString;
use sync_adapters::http::{CallbackState, Hint, HintKind, WebhookInbox, WebhookSettings, router};
use sync_core::engine::SyncRequest;
use sync_core::model::ConnectionId;
use sync_core::{Error, ErrorKind, Result};
use sync_examples::{Outcome, Stage};
use sync_sandbox::Person;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Stands for a path nobody can guess: draw at least 128 random bits of your own, and store them.
const PATH_TOKEN: &str = "a-path-that-nobody-guesses";

/// Where registrations and hints go. In production the registration and its verifier are stored.
#[derive(Debug)]
struct Inbox {
    connection: ConnectionId,
    client: Client,
    account: AccountId,
    registration: Mutex<Option<CallbackState>>,
    hints: mpsc::Sender<Hint>,
}

#[async_trait]
impl WebhookInbox for Inbox {
    async fn callback(&self, path_token: &str) -> Result<Option<(ConnectionId, CallbackState)>> {
        let state = self
            .registration
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        Ok(state
            .filter(|_| path_token == PATH_TOKEN)
            .map(|state| (self.connection.clone(), state)))
    }

    async fn accept_handshake(
        &self,
        _path_token: &str,
        callback: u64,
        verifier: SecretString,
    ) -> Result<()> {
        // Once there is a verifier it stays: anyone could send another.
        let expected = matches!(
            *self.registration.lock().unwrap_or_else(PoisonError::into_inner),
            Some(CallbackState::Expecting { callback: expected }) if expected == callback
        );
        if !expected {
            return Err(Error::new(
                ErrorKind::Conflict,
                "accept a webhook verifier: none is expected",
            ));
        }
        // FreshBooks taking it back is what proves that it sent it.
        let taken = self
            .client
            .callbacks(&self.account)
            .verify(CallbackId::new(callback), &verifier)
            .await;
        taken.map_err(|error| {
            Error::unavailable("send a webhook verifier back").with_source(error)
        })?;
        *self
            .registration
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(CallbackState::Verified { verifier });
        Ok(())
    }

    fn enqueue(&self, hint: Hint) -> bool {
        self.hints.try_send(hint).is_ok()
    }
}

#[tokio::main]
async fn main() -> Outcome {
    let stage = Stage::open().await?;
    stage
        .engine
        .sync(&stage.connection, SyncRequest::ordinary())
        .await?;

    // Mount the routes into your own application; FreshBooks reaches them through your https proxy.
    let (hints, mut queue) = mpsc::channel(100);
    let (client, account) = (stage.ledger.client().clone(), AccountId::new("zDmNq")?);
    let inbox = Inbox {
        connection: stage.connection.id.clone(),
        client,
        account,
        registration: Mutex::default(),
        hints,
    };
    let inbox = Arc::new(inbox);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!(
        "http://{}/webhooks/freshbooks/{PATH_TOKEN}",
        listener.local_addr()?
    );
    let routes = router(Arc::<Inbox>::clone(&inbox), WebhookSettings::default());
    let server = tokio::spawn(async move { axum::serve(listener, routes).await });

    let callbacks = inbox.client.callbacks(&inbox.account);
    let callback = callbacks
        .create(&NewCallback::new("bill", address))
        .await?
        .id;
    let expecting = CallbackState::Expecting {
        callback: callback.get(),
    };
    *inbox
        .registration
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = Some(expecting);
    // The verifier may have come before we knew the number; asking again costs nothing.
    callbacks.resend_verifier(callback).await?;
    while !matches!(
        inbox.callback(PATH_TOKEN).await?,
        Some((_, CallbackState::Verified { .. }))
    ) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    println!("registered callback {callback}");

    // A person deletes a bill in FreshBooks.
    let bill = stage
        .sandbox
        .bills()
        .first()
        .and_then(|bill| bill["id"].as_u64())
        .unwrap_or_default();
    stage.sandbox.person(Person::DeleteBill { id: bill })?;
    let entry = loop {
        let hint = timeout(Duration::from_secs(10), queue.recv())
            .await?
            .ok_or("no hint came")?;
        println!(
            "hint: {:?} {} was {:?}",
            hint.kind, hint.record, hint.change
        );
        // The hint is never data: the record is read, and what FreshBooks answers counts.
        if let HintKind::Record(kind) = hint.kind {
            break stage
                .engine
                .reread(&stage.connection, kind, hint.record)
                .await?;
        }
    };
    if let Some(entry) = entry {
        println!("{} is now {}", entry.key, entry.state.name().as_str());
    }
    server.abort();
    stage.sandbox.shutdown().await;
    Ok(())
}
