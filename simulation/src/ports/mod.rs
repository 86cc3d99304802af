//! The ports as a world brings them: each call yields once, then meets its fate, then is checked.

mod clock;
mod custody;
mod ledger;
mod observer;
mod source;
mod store;
mod tokens;

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use sync_core::engine::{Engine, Ports};
use sync_core::testing::SeededEntropy;

use crate::state::Shared;
pub(crate) use clock::SimClock;
pub(crate) use custody::{Processes, SimCustody};
pub(crate) use ledger::SimLedger;
pub(crate) use observer::SimObserver;
pub(crate) use source::SimSource;
pub(crate) use store::SimStore;

/// Lets the others go first, once: where a future stands when it is dropped, and where another worker overtakes it.
async fn turn() {
    let mut yielded = false;
    poll_fn(|_| {
        if yielded {
            Poll::Ready(())
        } else {
            yielded = true;
            Poll::Pending
        }
    })
    .await;
}

/// The ports of a host for one tenant.
pub(crate) fn ports(shared: &Shared, host: usize, tenant: usize) -> Ports {
    Ports {
        source: Arc::new(SimSource::new(shared.clone(), host, tenant)),
        ledger: Arc::new(SimLedger::new(shared.clone(), host, tenant)),
        store: Arc::new(SimStore::new(shared.clone(), host)),
        clock: Arc::new(SimClock::new(shared.clone(), host)),
        entropy: Arc::new(SeededEntropy::new(u64::try_from(host).unwrap_or(0))),
        observer: Arc::new(SimObserver::new(shared.clone())),
    }
}

/// An engine over them.
pub(crate) fn engine(shared: &Shared, host: usize, tenant: usize) -> Engine {
    Engine::new(ports(shared, host, tenant), format!("host{host}"))
}
