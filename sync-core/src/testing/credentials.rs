//! Credentials in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;

use super::lock;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{ConnectionId, Provider};
use crate::ports::{Credential, CredentialStore, Versioned};

/// Credentials in memory, unsealed.
#[derive(Debug, Default)]
pub struct MemoryCredentials {
    rows: Mutex<BTreeMap<(ConnectionId, Provider), Row>>,
}

/// A forgotten credential keeps its version: counting on from it makes a writer that still holds the old one lose.
#[derive(Debug)]
struct Row {
    version: u64,
    credential: Option<Credential>,
}

impl MemoryCredentials {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl CredentialStore for MemoryCredentials {
    async fn load(
        &self,
        connection: &ConnectionId,
        provider: Provider,
    ) -> Result<Option<Versioned>> {
        let rows = lock(&self.rows);
        let Some(row) = rows.get(&(connection.clone(), provider)) else {
            return Ok(None);
        };
        Ok(row.credential.clone().map(|credential| Versioned {
            version: row.version,
            credential,
        }))
    }

    async fn replace(
        &self,
        connection: &ConnectionId,
        expected: Option<u64>,
        credential: Credential,
    ) -> Result<u64> {
        let provider = credential.provider();
        let mut rows = lock(&self.rows);
        let row = rows.entry((connection.clone(), provider)).or_insert(Row {
            version: 0,
            credential: None,
        });
        let stored = row.credential.as_ref().map(|_| row.version);
        if stored != expected {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "replace the {provider} credential of {connection}: it was replaced by someone else"
                ),
            ));
        }
        row.version = row.version.saturating_add(1);
        row.credential = Some(credential);
        Ok(row.version)
    }

    async fn forget(&self, connection: &ConnectionId, provider: Provider) -> Result<()> {
        if let Some(row) = lock(&self.rows).get_mut(&(connection.clone(), provider)) {
            row.credential = None;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{block_on, conformance};

    #[test]
    fn the_memory_credentials_keep_every_promise_of_the_port() {
        block_on(conformance::credentials(|| async {
            (MemoryCredentials::new(), ())
        }));
    }
}
