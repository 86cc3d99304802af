//! A budget within one process.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::RequestBudget;
use crate::error::Error;
use crate::limiter::SlidingWindows;

/// The budget of one process, on the clock of the tokio runtime.
#[derive(Debug)]
pub struct LocalBudget {
    epoch: Instant,
    windows: Mutex<SlidingWindows>,
}

impl LocalBudget {
    /// Begins with nothing sent.
    pub fn new(windows: SlidingWindows) -> Self {
        Self {
            epoch: Instant::now(),
            windows: Mutex::new(windows),
        }
    }

    fn windows(&self) -> MutexGuard<'_, SlidingWindows> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl RequestBudget for LocalBudget {
    async fn try_start(&self) -> Result<Option<Duration>, Error> {
        let now = self.epoch.elapsed();
        Ok(self.windows().try_start(now))
    }

    async fn hold(&self, wait: Duration) -> Result<(), Error> {
        let until = self.epoch.elapsed().saturating_add(wait);
        self.windows().hold_until(until);
        Ok(())
    }
}
