//! Share links: addresses under which anyone can see an invoice.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use crate::wire::{ClientId, optional_id};

/// An address under which anyone can see an invoice without logging in: as good as a password, so
/// that it is never printed. Observed.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct ShareLink {
    /// The address.
    #[serde(rename = "share_link", deserialize_with = "secret")]
    pub url: SecretString,
    /// The client it was made for.
    #[serde(default, rename = "clientid", deserialize_with = "optional_id")]
    pub client_id: Option<ClientId>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

/// `{"share_link":{...}}`.
#[derive(Deserialize)]
pub(crate) struct SharedLink {
    pub(crate) share_link: ShareLink,
}
