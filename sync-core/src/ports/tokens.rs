//! Where new tokens come from.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::model::{FreshBooksGrant, TokenAnswer};

/// Asks FreshBooks for a new pair of tokens.
///
/// # Contract
/// One request per call, never repeated by itself: refresh tokens work once. Returns within a bounded time that is
/// shorter than [`stale_after`](crate::state::GrantSettings::stale_after); a time-out is [`TokenAnswer::Unknown`].
///
/// # Cancel safety
/// None: a request that was dropped may have spent the token. The caller runs it where nobody drops it.
#[async_trait]
pub trait TokenEndpoint: Send + Sync + Debug {
    /// Spends the grant's refresh token for a new pair.
    async fn refresh(&self, grant: &FreshBooksGrant) -> TokenAnswer;
}
