//! Where credentials are kept.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::error::Result;
use crate::model::{ConnectionId, ExpensifyKey, FreshBooksGrant, Provider};

/// What a [`CredentialStore`] keeps.
#[derive(Clone, Debug)]
pub enum Credential {
    /// Expensify's key pair.
    Expensify(ExpensifyKey),
    /// FreshBooks' grant.
    FreshBooks(FreshBooksGrant),
}

impl Credential {
    /// Which service it opens.
    pub const fn provider(&self) -> Provider {
        match self {
            Self::Expensify(_) => Provider::Expensify,
            Self::FreshBooks(_) => Provider::FreshBooks,
        }
    }
}

/// A credential and the version it was read at.
#[derive(Clone, Debug)]
pub struct Versioned {
    /// Grows by one with every replacement, from 1.
    pub version: u64,
    /// The credential.
    pub credential: Credential,
}

/// Keeps the two credential sets of each connection, sealed.
///
/// # Guarantees
/// [`replace`](Self::replace) is compare-and-swap and durable when it returns: of two writers that read the same
/// version, one wins and the other gets [`ErrorKind::Conflict`](crate::ErrorKind::Conflict). FreshBooks' refresh
/// tokens work once, so a rotated token must be durable here before its access token is used.
///
/// # Cancel safety
/// A dropped [`replace`](Self::replace) either happened or did not; read again to know.
#[async_trait]
pub trait CredentialStore: Send + Sync + Debug {
    /// Reads a credential; `None` when the connection has none for the provider.
    async fn load(
        &self,
        connection: &ConnectionId,
        provider: Provider,
    ) -> Result<Option<Versioned>>;

    /// Replaces the credential that was read at `expected` (`None`: there was none). Returns the new version.
    ///
    /// # Errors
    /// `Conflict` when the stored version is another.
    async fn replace(
        &self,
        connection: &ConnectionId,
        expected: Option<u64>,
        credential: Credential,
    ) -> Result<u64>;

    /// Forgets a credential. Forgetting what is not there is no error.
    async fn forget(&self, connection: &ConnectionId, provider: Provider) -> Result<()>;
}
