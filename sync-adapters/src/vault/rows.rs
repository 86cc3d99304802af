//! What a database keeps for the vault.

use std::fmt::Debug;

use async_trait::async_trait;
use sync_core::Result;
use sync_core::model::{ConnectionId, Provider};

/// A credential's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedRow {
    /// Its version.
    pub version: u64,
    /// The sealed credential; absent once forgotten.
    pub sealed: Option<Vec<u8>>,
}

/// Keeps sealed bytes. An implementation sees no secret and needs to know nothing of their form.
///
/// # Guarantees the vault relies on
/// Both `swap_…` methods are compare-and-swap on the whole row in one atomic step, and durable when they return.
#[async_trait]
pub trait SealedRows: Send + Sync + Debug {
    /// Reads a credential's row.
    async fn credential(
        &self,
        connection: &ConnectionId,
        provider: Provider,
    ) -> Result<Option<SealedRow>>;

    /// Writes a credential's row if it still is `before` (`None`: there is none). Returns whether it did.
    async fn swap_credential(
        &self,
        connection: &ConnectionId,
        provider: Provider,
        before: Option<&SealedRow>,
        after: &SealedRow,
    ) -> Result<bool>;

    /// Reads a connection's sealed data key.
    async fn data_key(&self, connection: &ConnectionId) -> Result<Option<Vec<u8>>>;

    /// Writes a connection's sealed data key if it still is `before` (`None`: there is none). Returns whether it did.
    async fn swap_data_key(
        &self,
        connection: &ConnectionId,
        before: Option<&[u8]>,
        after: &[u8],
    ) -> Result<bool>;

    /// Every connection that has a data key.
    async fn connections_with_keys(&self) -> Result<Vec<ConnectionId>>;
}
