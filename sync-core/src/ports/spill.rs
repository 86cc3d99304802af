//! Where a pair of tokens goes that the store cannot take.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::error::Result;
use crate::model::{ConnectionId, Fingerprint, FreshBooksGrant};

/// A grant with a new pair that could not be stored.
#[derive(Clone, Debug)]
pub struct SpilledGrant {
    /// The version it was to replace.
    pub replaces: u64,
    /// The refresh token that was spent for it: what the store holds is older than this pair only while it holds that one.
    pub spent: Fingerprint,
    /// The grant with its only live pair.
    pub grant: FreshBooksGrant,
}

/// A second place for a pair that is alive and nowhere durable: the store refused it, and the old pair is spent.
///
/// What is there survives a crash and is consumed by the next [`GrantKeeper`] that looks. Each pair has a place of its own: a
/// process that lets go of an old one must not take the newer one of another process with it.
///
/// [`GrantKeeper`]: crate::engine::GrantKeeper
#[async_trait]
pub trait GrantSpill: Send + Sync + Debug {
    /// Keeps a pair beside any others of the connection, durable when this returns.
    async fn put(&self, connection: &ConnectionId, spilled: &SpilledGrant) -> Result<()>;

    /// One of the pairs that are kept, in any order.
    ///
    /// # Errors
    /// When something is there and cannot be read: it may be the only live pair, so nothing goes on over it.
    async fn get(&self, connection: &ConnectionId) -> Result<Option<SpilledGrant>>;

    /// Forgets this pair and no other. Forgetting what is not there is no error.
    async fn clear(&self, connection: &ConnectionId, spilled: &SpilledGrant) -> Result<()>;
}

/// No second place: a pair that cannot be stored lives in memory alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSpill;

#[async_trait]
impl GrantSpill for NoSpill {
    async fn put(&self, _connection: &ConnectionId, _spilled: &SpilledGrant) -> Result<()> {
        Err(crate::Error::unavailable(
            "keep the tokens in a second place: there is none",
        ))
    }

    async fn get(&self, _connection: &ConnectionId) -> Result<Option<SpilledGrant>> {
        Ok(None)
    }

    async fn clear(&self, _connection: &ConnectionId, _spilled: &SpilledGrant) -> Result<()> {
        Ok(())
    }
}
