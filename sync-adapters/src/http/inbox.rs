//! What the host does with deliveries.

use std::fmt::Debug;

use async_trait::async_trait;
use freshbooks_client::webhook::{EventVerb, VerifiedEvent};
use secrecy::SecretString;
use sync_core::Result;
use sync_core::model::{ConnectionId, RecordId, RecordKind};

/// Where a webhook registration stands.
#[derive(Clone, Debug)]
pub enum CallbackState {
    /// Registered just now; FreshBooks has still to send the verifier.
    Expecting {
        /// The number FreshBooks gave the registration.
        callback: u64,
    },
    /// Verified; deliveries are signed with this.
    Verified {
        /// The verifier, kept as a secret.
        verifier: SecretString,
    },
}

/// The kind of record a hint is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HintKind {
    /// A record the sync writes: read it again.
    Record(RecordKind),
    /// Anything else, in FreshBooks' word, such as `category` or `tax`: read the reference data again.
    Other(String),
}

/// What happened, as far as FreshBooks tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HintChange {
    /// It was made.
    Created,
    /// It was changed, in whatever way.
    Changed,
    /// It was deleted; it can still be read.
    Deleted,
}

/// A signed hint that something changed. It is a reason to look, never data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Whose books.
    pub connection: ConnectionId,
    /// Which kind of record.
    pub kind: HintKind,
    /// What happened to it.
    pub change: HintChange,
    /// Which record.
    pub record: RecordId,
    /// The accounting account FreshBooks names; the host compares it with the connection's.
    pub account: Option<String>,
}

impl Hint {
    pub(super) fn of(connection: ConnectionId, event: &VerifiedEvent) -> Self {
        let kind = match event.name().noun.as_str() {
            "bill" => HintKind::Record(RecordKind::Bill),
            "bill_vendor" => HintKind::Record(RecordKind::Vendor),
            "expense" => HintKind::Record(RecordKind::Expense),
            other => HintKind::Other(other.to_owned()),
        };
        let change = match event.name().verb.as_ref().map(EventVerb::as_str) {
            Some("create") => HintChange::Created,
            Some("delete") => HintChange::Deleted,
            // A bare noun says no more than that something happened.
            Some(_) | None => HintChange::Changed,
        };
        let account = event.account_id().map(|id| id.as_str().to_owned());
        Self {
            connection,
            kind,
            change,
            record: RecordId::new(event.object_id()),
            account,
        }
    }
}

/// Where deliveries go. The host implements it over its stores.
///
/// # Expected flow
/// The host draws a path token (at least 128 random bits), registers a callback at FreshBooks with the address that
/// ends in it, and answers [`callback`](Self::callback) with `Expecting` for an hour at most. FreshBooks then posts the
/// verifier, which [`accept_handshake`](Self::accept_handshake) stores and sends back; from then on the host answers
/// `Verified`, and signed deliveries arrive at [`enqueue`](Self::enqueue).
#[async_trait]
pub trait WebhookInbox: Send + Sync + Debug {
    /// The registration behind a path token, and whose it is; `None` for a token that is unknown or whose hour is over.
    ///
    /// Look the token up by a hash of it, so that the time this takes tells nothing about the tokens there are.
    async fn callback(&self, path_token: &str) -> Result<Option<(ConnectionId, CallbackState)>>;

    /// Stores the verifier of a registration that expects one, and sends it back to FreshBooks
    /// ([`Collection::verify`](freshbooks_client::Collection::verify)). Whether the handshake is signed is UNVERIFIED, so
    /// FreshBooks taking the verifier back is what proves it.
    ///
    /// # Contract
    /// Stores once: a registration that has a verifier keeps it, whatever comes (`Conflict`), or else anyone could put
    /// their own in its place. What FreshBooks does not take back is forgotten again.
    async fn accept_handshake(
        &self,
        path_token: &str,
        callback: u64,
        verifier: SecretString,
    ) -> Result<()>;

    /// Takes a hint, at once: sending on a channel is right, reading the record is not. `false` when there is no room;
    /// the delivery is then refused, so that FreshBooks may send it again, and polling finds the change in any case.
    fn enqueue(&self, hint: Hint) -> bool;
}
