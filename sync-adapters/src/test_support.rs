//! Ports for the tests of this crate: a credential store with real compare-and-swap, and a clock set by hand.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sync_core::model::{ConnectionId, Provider};
use sync_core::ports::{Clock, Credential, CredentialStore, Versioned};
use sync_core::{Error, ErrorKind, Result};

/// Keeps credentials in memory; the next so many writes can be made to fail.
#[derive(Debug, Default)]
pub(crate) struct MemoryCredentials {
    rows: Mutex<BTreeMap<(ConnectionId, Provider), Versioned>>,
    pub(crate) failing_writes: AtomicU32,
    pub(crate) writes: AtomicU32,
}

#[async_trait]
impl CredentialStore for MemoryCredentials {
    async fn load(
        &self,
        connection: &ConnectionId,
        provider: Provider,
    ) -> Result<Option<Versioned>> {
        tokio::task::yield_now().await;
        Ok(self
            .rows
            .lock()
            .unwrap()
            .get(&(connection.clone(), provider))
            .cloned())
    }

    async fn replace(
        &self,
        connection: &ConnectionId,
        expected: Option<u64>,
        credential: Credential,
    ) -> Result<u64> {
        tokio::task::yield_now().await;
        let failing = |left: u32| left.checked_sub(1);
        if self
            .failing_writes
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, failing)
            .is_ok()
        {
            return Err(Error::unavailable("write the credential: disk is full"));
        }
        let mut rows = self.rows.lock().unwrap();
        let key = (connection.clone(), credential.provider());
        let current = rows.get(&key).map(|row| row.version);
        if current != expected {
            return Err(Error::new(
                ErrorKind::Conflict,
                "replace the credential: it has changed",
            ));
        }
        let version = current.unwrap_or(0) + 1;
        rows.insert(
            key,
            Versioned {
                version,
                credential,
            },
        );
        self.writes.fetch_add(1, Ordering::SeqCst);
        Ok(version)
    }

    async fn forget(&self, connection: &ConnectionId, provider: Provider) -> Result<()> {
        self.rows
            .lock()
            .unwrap()
            .remove(&(connection.clone(), provider));
        Ok(())
    }
}

/// A clock that stands until it is moved.
#[derive(Debug)]
pub(crate) struct HandClock(Mutex<DateTime<Utc>>);

impl HandClock {
    pub(crate) fn at(text: &str) -> Self {
        Self(Mutex::new(text.parse().unwrap()))
    }

    #[cfg(feature = "freshbooks")]
    pub(crate) fn advance(&self, by: chrono::TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}
