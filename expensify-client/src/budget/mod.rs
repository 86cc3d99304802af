//! The request budget: who says when a request may start.

mod file;
mod local;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::error::Error;

pub use file::FileBudget;
pub use local::LocalBudget;

/// Gives out places in the published limits (5 requests per 10 s and 20 per 60 s) to all who share a key pair.
///
/// A [`Client`](crate::Client) and its clones share a [`LocalBudget`] of their own unless they are given another one.
/// Several clients of a process share one by being given the same; several processes of a machine by a [`FileBudget`]
/// on the same file. For several machines implement this trait over what they share (a row in a database, a key in
/// Redis): read the state under a lock, ask [`SlidingWindows`](crate::SlidingWindows), write the state back.
///
/// Whether the service counts per key pair, per account or per address is UNVERIFIED; share as widely as you can.
#[async_trait]
pub trait RequestBudget: fmt::Debug + Send + Sync {
    /// Takes a place for a request that starts now, or says how long to wait before trying again.
    ///
    /// Taking a place is atomic: of two callers, one gets the last place. A place is taken for good, whatever becomes of
    /// the request.
    ///
    /// # Errors
    ///
    /// Any; nothing is sent then. An implementation that cannot tell must not guess: it fails or makes wait.
    async fn try_start(&self) -> Result<Option<Duration>, Error>;

    /// Gives out no place for this long, after the service said that it was asked too often.
    ///
    /// # Errors
    ///
    /// Any; it is traced, and shows again with the next request.
    async fn hold(&self, wait: Duration) -> Result<(), Error>;
}
