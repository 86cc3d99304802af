//! Where sealed bytes are kept.

use std::fmt::Debug;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sync_core::Result;
use sync_core::model::{ConnectionId, Provider};
use sync_core::state::AuditDraft;

/// A credential's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedRow {
    /// Grows by one with every replacement, from 1.
    pub version: u64,
    /// The sealed credential; absent once forgotten.
    pub sealed: Option<Vec<u8>>,
}

/// A credential's row, and what was recorded beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredRow {
    /// The row; absent when none was ever written, or someone removed it.
    pub row: Option<SealedRow>,
    /// The version that was written last. It only ever grows, so that a row that was put back or removed is found.
    pub recorded: Option<u64>,
}

/// A connection's data key and credentials, sealed anew as one.
#[derive(Clone, Debug)]
pub struct Rekeying {
    /// The sealed data key as it was, and as it is to be.
    pub data_key: (Vec<u8>, Vec<u8>),
    /// Each provider's row as it was, and as it is to be; versions stay.
    pub rows: Vec<(Provider, Option<SealedRow>, Option<SealedRow>)>,
}

/// Who rotates or destroys keys, and when: it goes into the audit trail with the change.
#[derive(Clone, Debug)]
pub struct Occasion {
    /// Who.
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl Occasion {
    /// An entry of the audit trail about keys.
    pub(super) fn draft(&self, action: &str, detail: String) -> AuditDraft {
        AuditDraft {
            actor: self.actor.clone(),
            subject: "vault".to_owned(),
            action: action.to_owned(),
            detail,
        }
    }
}

/// Keeps sealed bytes. An implementation sees no secret and needs to know nothing of their form.
///
/// # Guarantees the vault relies on
/// Each method that writes is one atomic step, durable when it returns, and changes nothing unless what it names as
/// before is still there. An audit entry given is written in the same step.
#[async_trait]
pub trait SealedRows: Send + Sync + Debug {
    /// Reads a credential's row and what was recorded beside it, as of one moment.
    async fn credential(&self, connection: &ConnectionId, provider: Provider) -> Result<StoredRow>;

    /// Writes a credential's row and records its version, if the row still is `before` (`None`: there is none) and the
    /// connection's sealed data key still is `data_key`. Returns whether it did.
    async fn swap_credential(
        &self,
        connection: &ConnectionId,
        provider: Provider,
        before: Option<&SealedRow>,
        after: &SealedRow,
        data_key: Option<&[u8]>,
    ) -> Result<bool>;

    /// Reads a connection's sealed data key.
    async fn data_key(&self, connection: &ConnectionId) -> Result<Option<Vec<u8>>>;

    /// Writes a connection's sealed data key if it still is `before` (`None`: there is none). Returns whether it did.
    async fn swap_data_key(
        &self,
        connection: &ConnectionId,
        before: Option<&[u8]>,
        after: &[u8],
        audit: Option<(AuditDraft, DateTime<Utc>)>,
    ) -> Result<bool>;

    /// Writes a connection's data key and credentials as one, if all of them still are as they were. Returns whether it
    /// did.
    async fn rekey(
        &self,
        connection: &ConnectionId,
        rekeying: &Rekeying,
        audit: (AuditDraft, DateTime<Utc>),
    ) -> Result<bool>;

    /// Destroys a connection's data key and empties its credentials, so that no copy stays in the file. Returns whether
    /// there was anything.
    async fn shred(
        &self,
        connection: &ConnectionId,
        audit: (AuditDraft, DateTime<Utc>),
    ) -> Result<bool>;

    /// Every connection that has a data key.
    async fn connections_with_keys(&self) -> Result<Vec<ConnectionId>>;
}
