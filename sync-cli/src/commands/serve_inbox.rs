//! FreshBooks' webhooks: registered when `serve` starts, under paths nobody can guess, and removed when it ends.
//!
//! Nothing about them is kept on disk: verifiers cannot be read back, so a new start registers anew and removes what an
//! earlier one left behind at the same address.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use freshbooks_client::{AccountId, CallbackFilter, CallbackId, Client, NewCallback};
use secrecy::SecretString;
use sync_adapters::http::{CallbackState, Hint, HintKind, WebhookInbox};
use sync_adapters::{FreshBooksAccount, FreshBooksLedger};
use sync_core::model::{ConnectionId, Fingerprint, FingerprintWriter};
use sync_core::{Error, ErrorKind, Result};
use url::Url;

use super::connect::random_state;
use super::serve_http::{Change, HintSender};

/// What is registered for: each noun brings all its verbs under one verifier.
const NOUNS: [&str; 3] = ["bill", "bill_vendor", "expense"];
/// Where the routes of the adapters stand.
const PATH: &str = "webhooks/freshbooks/";

/// One connection's books and where its hints go.
#[derive(Clone, Debug)]
pub(super) struct Books {
    /// The connection.
    pub(super) connection: ConnectionId,
    /// Its client.
    pub(super) client: Client,
    /// Its accounting account.
    pub(super) account: AccountId,
    /// Its queue.
    pub(super) hints: HintSender,
}

/// The registrations of this process.
#[derive(Debug)]
pub(super) struct Inbox {
    books: Vec<Books>,
    registrations: Mutex<BTreeMap<Fingerprint, Registration>>,
}

#[derive(Clone, Debug)]
struct Registration {
    connection: ConnectionId,
    callback: u64,
    verifier: Option<SecretString>,
}

impl Books {
    /// Of a connection.
    ///
    /// # Errors
    /// When the account's id is none, which an account cannot have been made with.
    pub(super) fn of(
        connection: &ConnectionId,
        ledger: &FreshBooksLedger,
        account: &FreshBooksAccount,
        hints: HintSender,
    ) -> Result<Self> {
        let account = AccountId::new(account.account_id())
            .map_err(|error| Error::invalid("read the FreshBooks account id").with_source(error))?;
        Ok(Self {
            connection: connection.clone(),
            client: ledger.client().clone(),
            account,
            hints,
        })
    }
}

impl Inbox {
    /// An inbox without registrations.
    pub(super) fn new(books: Vec<Books>) -> Self {
        Self {
            books,
            registrations: Mutex::new(BTreeMap::new()),
        }
    }

    /// Removes what an earlier run left at this address and registers anew. What FreshBooks refuses is logged: polling
    /// stays the truth.
    pub(super) async fn register(&self, public_url: &Url) {
        self.unregister(public_url).await;
        for books in &self.books {
            for noun in NOUNS {
                if let Err(why) = self.register_one(books, noun, public_url).await {
                    tracing::warn!(connection = %books.connection, noun, why, "no webhook registered");
                }
            }
        }
    }

    /// Removes every registration at this address.
    pub(super) async fn unregister(&self, public_url: &Url) {
        let prefix = address(public_url, "");
        for books in &self.books {
            let callbacks = books.client.callbacks(&books.account);
            let listing = match callbacks.list(CallbackFilter::default()).collect().await {
                Ok(listing) => listing,
                Err(error) => {
                    tracing::warn!(connection = %books.connection, %error, "webhooks cannot be listed");
                    continue;
                }
            };
            let is_ours =
                |uri: &Option<String>| uri.as_ref().is_some_and(|uri| uri.starts_with(&prefix));
            for callback in listing
                .items
                .iter()
                .filter(|callback| is_ours(&callback.uri))
            {
                if let Err(error) = callbacks.delete(callback.id).await {
                    tracing::warn!(connection = %books.connection, %error, "an old webhook stays");
                }
            }
        }
    }

    async fn register_one(
        &self,
        books: &Books,
        noun: &str,
        public_url: &Url,
    ) -> Result<(), String> {
        let token = random_state().map_err(|_| "no random bytes".to_owned())?;
        let key = hashed(&token);
        // The verifier may arrive before the answer to our registration does: then the number is not known yet, FreshBooks
        // is refused, and asked below to send it again.
        let new = NewCallback::new(noun, address(public_url, &token));
        let callbacks = books.client.callbacks(&books.account);
        let callback = callbacks
            .create(&new)
            .await
            .map_err(|error| error.to_string())?;
        let registration = Registration {
            connection: books.connection.clone(),
            callback: callback.id.get(),
            verifier: None,
        };
        self.locked().insert(key, registration);
        callbacks
            .resend_verifier(callback.id)
            .await
            .map(drop)
            .map_err(|error| error.to_string())
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, BTreeMap<Fingerprint, Registration>> {
        // A panic elsewhere leaves whole registrations behind: each is inserted or changed in one step.
        self.registrations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn books_of(&self, connection: &ConnectionId) -> Option<&Books> {
        self.books
            .iter()
            .find(|books| books.connection == *connection)
    }
}

fn hashed(token: &str) -> Fingerprint {
    let mut writer = FingerprintWriter::new("webhook/path/v1");
    writer.text(token);
    writer.finish()
}

fn address(public_url: &Url, token: &str) -> String {
    format!(
        "{}/{PATH}{token}",
        public_url.as_str().trim_end_matches('/')
    )
}

#[async_trait]
impl WebhookInbox for Inbox {
    async fn callback(&self, path_token: &str) -> Result<Option<(ConnectionId, CallbackState)>> {
        let found = self.locked().get(&hashed(path_token)).cloned();
        Ok(found.map(|registration| {
            let state = match registration.verifier {
                Some(verifier) => CallbackState::Verified { verifier },
                None => CallbackState::Expecting {
                    callback: registration.callback,
                },
            };
            (registration.connection, state)
        }))
    }

    async fn accept_handshake(
        &self,
        path_token: &str,
        callback: u64,
        verifier: SecretString,
    ) -> Result<()> {
        let key = hashed(path_token);
        let connection = {
            let mut registrations = self.locked();
            let registration = registrations
                .get_mut(&key)
                .filter(|registration| registration.callback == callback)
                .ok_or_else(|| Error::invalid("accept a webhook verifier: no such registration"))?;
            if registration.verifier.is_some() {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    "accept a webhook verifier: there is one already",
                ));
            }
            registration.verifier = Some(verifier.clone());
            registration.connection.clone()
        };
        let books = self
            .books_of(&connection)
            .ok_or_else(|| Error::invalid("accept a webhook verifier: unknown connection"))?;
        let taken = books
            .client
            .callbacks(&books.account)
            .verify(CallbackId::new(callback), &verifier)
            .await;
        if let Err(error) = taken {
            if let Some(registration) = self.locked().get_mut(&key) {
                registration.verifier = None;
            }
            return Err(Error::unavailable("send a webhook verifier back").with_source(error));
        }
        Ok(())
    }

    fn enqueue(&self, hint: Hint) -> bool {
        let Some(books) = self.books_of(&hint.connection) else {
            return true;
        };
        if hint
            .account
            .as_deref()
            .is_some_and(|account| account != books.account.as_str())
        {
            return true;
        }
        match hint.kind {
            HintKind::Record(kind) => books
                .hints
                .try_send(Change {
                    kind,
                    record: hint.record,
                })
                .is_ok(),
            // Reference data is read afresh by every pass.
            HintKind::Other(_) => true,
        }
    }
}
