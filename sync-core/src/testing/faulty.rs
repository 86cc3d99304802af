//! A store that fails when told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::lock;
use super::{Around, AroundStore};
use crate::error::{Error, Result};
use crate::ports::Store;

/// On which side of a call a [`FaultyStore`] fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreFault {
    /// The call never reaches the store.
    Before,
    /// The store does the work, and its answer is lost.
    After,
}

/// A wrapped store that fails the calls it was told to fail, with `Unavailable`.
pub type FaultyStore<S> = AroundStore<S, Faults>;

/// Which calls of a [`FaultyStore`] fail: by method, the call counted from 1 and its side.
#[derive(Debug, Default)]
pub struct Faults(Mutex<BTreeMap<&'static str, Vec<(u64, StoreFault)>>>);

impl<S: Store> FaultyStore<S> {
    /// Wraps a store; without faults it only counts.
    pub fn new(inner: S) -> Self {
        Self::over(Arc::new(inner), Faults::default())
    }

    /// Fails one call of the method named, for example `begin_sends`: the `nth` from now, counted from 1.
    pub fn fail(&self, method: &'static str, nth: u64, fault: StoreFault) {
        let nth = self.calls(method).saturating_add(nth);
        let mut faults = lock(&self.around.0);
        faults.entry(method).or_default().push((nth, fault));
    }
}

impl Faults {
    fn strike(&self, method: &'static str, nth: u64, side: StoreFault) -> Result<()> {
        let faults = lock(&self.0);
        let struck = faults
            .get(method)
            .is_some_and(|faults| faults.contains(&(nth, side)));
        if struck {
            return Err(Error::unavailable(format!(
                "{method}: injected fault {side:?} the work"
            )));
        }
        Ok(())
    }
}

#[async_trait]
impl Around for Faults {
    async fn before(&self, method: &'static str, nth: u64) -> Result<()> {
        self.strike(method, nth, StoreFault::Before)
    }

    async fn after(&self, method: &'static str, nth: u64) -> Result<()> {
        self.strike(method, nth, StoreFault::After)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ConnectionId;
    use crate::testing::{MemoryStore, block_on};

    #[test]
    fn the_call_told_to_fail_fails_on_its_side_and_every_call_counts() {
        let store = FaultyStore::new(MemoryStore::new());
        let connection = ConnectionId::new("main");
        store.fail("counts", 2, StoreFault::Before);
        store.fail("counts", 3, StoreFault::After);
        let outcomes: Vec<bool> = (0..4)
            .map(|_| block_on(store.counts(&connection)).is_ok())
            .collect();
        assert_eq!(outcomes, [true, false, false, true]);
        assert_eq!((store.calls("counts"), store.calls("audit")), (4, 0));
    }
}
