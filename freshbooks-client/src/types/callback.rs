//! Callbacks: registrations for webhooks.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{Create, Family, Filter, Get, HardDelete, List, Resource, Shape, operations};
use crate::wire::{AccountId, CallbackId, Timestamp, flag, optional, optional_text, utc};

/// A webhook registration as FreshBooks shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Wire")]
#[non_exhaustive]
pub struct Callback {
    /// Its identifier.
    pub id: CallbackId,
    /// What it is called for: `bill.create`, or the noun alone for all verbs.
    pub event: Option<String>,
    /// Where FreshBooks calls.
    pub uri: Option<String>,
    /// Whether the verifier was sent back; FreshBooks delivers nothing before.
    pub verified: bool,
    /// When it was changed last; zone UNVERIFIED, read as UTC.
    pub updated_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Wire {
    // Some answers say `callbackid`, some `id`, some both.
    #[serde(default, deserialize_with = "optional")]
    callbackid: Option<CallbackId>,
    #[serde(default, deserialize_with = "optional")]
    id: Option<CallbackId>,
    #[serde(default, deserialize_with = "optional_text")]
    event: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    uri: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    verified: bool,
    #[serde(default, deserialize_with = "utc")]
    updated_at: Option<Timestamp>,
}

impl TryFrom<Wire> for Callback {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, &'static str> {
        Ok(Self {
            id: wire.callbackid.or(wire.id).ok_or("missing callbackid")?,
            event: wire.event,
            uri: wire.uri,
            verified: wire.verified,
            updated_at: wire.updated_at,
        })
    }
}

/// A webhook to register. Whether FreshBooks refuses the same event and address twice is UNVERIFIED:
/// list first and reuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewCallback {
    event: String,
    uri: String,
}

impl NewCallback {
    /// An event, such as `bill.create` or `bill` for all verbs, and the https address to call.
    pub fn new(event: impl Into<String>, uri: impl Into<String>) -> Self {
        Self {
            event: event.into(),
            uri: uri.into(),
        }
    }
}

/// What the list of callbacks can be narrowed by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CallbackFilter {
    /// For this event or its noun (documented).
    pub event: Option<String>,
}

impl Sealed for CallbackFilter {}
impl Filter for CallbackFilter {
    fn write(&self, query: &mut Query) {
        query.search("event", self.event.as_deref());
    }
}

/// The two things that can be said about a registration.
pub(crate) enum CallbackAnswer<'v> {
    Verify(&'v SecretString),
    Resend,
}

impl Serialize for CallbackAnswer<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Self::Verify(verifier) => map.serialize_entry("verifier", verifier.expose_secret())?,
            Self::Resend => map.serialize_entry("resend", &true)?,
        }
        map.end()
    }
}

impl fmt::Debug for CallbackAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Verify(_) => "Verify(..)",
            Self::Resend => "Resend",
        })
    }
}

impl Sealed for Callback {}
impl Resource for Callback {
    type Id = CallbackId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Events,
        "events/callbacks",
        "callback",
        &["callbacks"],
        operations!("callback"),
    );

    fn id(&self) -> CallbackId {
        self.id
    }
}
impl List for Callback {
    type Filter = CallbackFilter;
}
impl Get for Callback {}
impl Create for Callback {
    type New = NewCallback;
}
impl HardDelete for Callback {}
