//! A store one of whose methods fails for good.

use std::sync::Arc;

use async_trait::async_trait;
use sync_core::engine::{Engine, Ports};
use sync_core::testing::{Around, AroundStore};
use sync_core::{Error, Result};

use super::World;

/// Fails one method for good, as a database that contradicts itself.
#[derive(Debug)]
struct Corrupt(&'static str);

#[async_trait]
impl Around for Corrupt {
    async fn before(&self, method: &'static str, _nth: u64) -> Result<()> {
        if method == self.0 {
            return Err(Error::corrupt("read a stored record"));
        }
        Ok(())
    }
}

/// An engine over a store of which this method fails.
pub(crate) fn engine(world: &World, method: &'static str) -> Engine {
    let store = AroundStore::over(Arc::clone(&world.store), Corrupt(method));
    let ports = Ports {
        store: Arc::new(store),
        ..world.ports()
    };
    Engine::new(ports, "failing")
}
