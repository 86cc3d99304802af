//! The port over sealed rows.

use std::sync::Arc;

use async_trait::async_trait;
use sync_core::model::{ConnectionId, Provider};
use sync_core::ports::{Credential, CredentialStore, Versioned};
use sync_core::{Error, ErrorKind, Result};
use zeroize::Zeroizing;

use super::envelope::{self, Purpose, ROOM};
use super::key::KEY_BYTES;
use super::{Key, KeyProvider, SealedRow, SealedRows, VaultError, credential};

/// How often a row that changes under our hands is read again before giving up.
const SWAPS_MAX: u32 = 8;

/// A [`CredentialStore`] whose rows are sealed. See the [module](super) for how.
#[derive(Clone, Debug)]
pub struct SealedCredentials {
    rows: Arc<dyn SealedRows>,
    keys: Arc<dyn KeyProvider>,
}

impl SealedCredentials {
    /// Seals into `rows` under keys of `keys`.
    pub fn new(rows: Arc<dyn SealedRows>, keys: Arc<dyn KeyProvider>) -> Self {
        Self { rows, keys }
    }

    /// Seals every data key that is under another key anew under the current one. Returns how many. Credentials stay
    /// readable meanwhile, by other processes too as long as they have both keys. Can be called again after a failure.
    ///
    /// # Errors
    /// `Invalid` when a key is missing or wrong, `Corrupt` for a damaged data key, else the rows' own.
    pub async fn reseal(&self) -> Result<u64> {
        let current = self.keys.current_id().await?;
        let mut resealed = 0_u64;
        for connection in self.rows.connections_with_keys().await? {
            let Some(sealed) = self.rows.data_key(&connection).await? else {
                continue;
            };
            if envelope::key_id(&sealed)? == current {
                continue;
            }
            let key = self.open_data_key(&connection, &sealed).await?;
            let fresh = self.seal_data_key(&connection, &key).await?;
            // Should another process have done it first, that is as good.
            if self
                .rows
                .swap_data_key(&connection, Some(&sealed), &fresh)
                .await?
            {
                resealed = resealed.saturating_add(1);
            }
        }
        Ok(resealed)
    }

    /// The connection's data key; made when there is none.
    async fn data_key_or_new(&self, connection: &ConnectionId) -> Result<Key> {
        if let Some(key) = self.data_key(connection).await? {
            return Ok(key);
        }
        let key = Key::generate()?;
        let sealed = self.seal_data_key(connection, &key).await?;
        if self.rows.swap_data_key(connection, None, &sealed).await? {
            return Ok(key);
        }
        // Another process made one first: that one counts.
        self.data_key(connection)
            .await?
            .ok_or_else(|| changed_meanwhile(connection))
    }

    async fn data_key(&self, connection: &ConnectionId) -> Result<Option<Key>> {
        match self.rows.data_key(connection).await? {
            None => Ok(None),
            Some(sealed) => self.open_data_key(connection, &sealed).await.map(Some),
        }
    }

    async fn open_data_key(&self, connection: &ConnectionId, sealed: &[u8]) -> Result<Key> {
        let key = self.keys.key(envelope::key_id(sealed)?).await?;
        let bytes = envelope::open(&key, &data_key_purpose(connection), sealed)?;
        let mut data_key = Zeroizing::new([0; KEY_BYTES]);
        if bytes.len() != KEY_BYTES {
            return Err(VaultError::NoRecord {
                why: "it holds no data key",
            }
            .into());
        }
        data_key.copy_from_slice(&bytes);
        Ok(Key::from_bytes(*data_key))
    }

    async fn seal_data_key(&self, connection: &ConnectionId, data_key: &Key) -> Result<Vec<u8>> {
        let id = self.keys.current_id().await?;
        let key = self.keys.key(&id).await?;
        let mut plaintext = Zeroizing::new(Vec::with_capacity(KEY_BYTES + ROOM));
        plaintext.extend_from_slice(data_key.as_bytes());
        Ok(envelope::seal(
            &key,
            &id,
            &data_key_purpose(connection),
            plaintext,
        )?)
    }
}

#[async_trait]
impl CredentialStore for SealedCredentials {
    async fn load(
        &self,
        connection: &ConnectionId,
        provider: Provider,
    ) -> Result<Option<Versioned>> {
        let Some(SealedRow {
            version,
            sealed: Some(sealed),
        }) = self.rows.credential(connection, provider).await?
        else {
            return Ok(None);
        };
        let id = envelope::key_id(&sealed)?;
        let key = self
            .data_key(connection)
            .await?
            .filter(|key| key.id() == id)
            // The data key of another connection: the record was moved here.
            .ok_or_else(|| VaultError::Altered { id: id.to_owned() })?;
        let bytes = envelope::open(
            &key,
            &credential_purpose(connection, provider, version),
            &sealed,
        )?;
        let credential = credential::read(&bytes)?;
        if credential.provider() != provider {
            return Err(VaultError::NoRecord {
                why: "it holds the credential of another service",
            }
            .into());
        }
        Ok(Some(Versioned {
            version,
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
        let conflict = || {
            Error::new(
                ErrorKind::Conflict,
                format!(
                    "replace the {provider} credential of {connection}: it was replaced by someone else"
                ),
            )
        };
        let before = self.rows.credential(connection, provider).await?;
        let stored = before
            .as_ref()
            .filter(|row| row.sealed.is_some())
            .map(|row| row.version);
        if stored != expected {
            return Err(conflict());
        }
        let version = before
            .as_ref()
            .map_or(0, |row| row.version)
            .saturating_add(1);
        let key = self.data_key_or_new(connection).await?;
        let purpose = credential_purpose(connection, provider, version);
        let sealed = envelope::seal(&key, &key.id(), &purpose, credential::write(&credential)?)?;
        let after = SealedRow {
            version,
            sealed: Some(sealed),
        };
        if self
            .rows
            .swap_credential(connection, provider, before.as_ref(), &after)
            .await?
        {
            Ok(version)
        } else {
            Err(conflict())
        }
    }

    /// The row stays, without its content: a version that was given out once never comes back, so a writer that still
    /// holds the forgotten one loses.
    async fn forget(&self, connection: &ConnectionId, provider: Provider) -> Result<()> {
        for _ in 0..SWAPS_MAX {
            let Some(before) = self
                .rows
                .credential(connection, provider)
                .await?
                .filter(|row| row.sealed.is_some())
            else {
                return Ok(());
            };
            let after = SealedRow {
                version: before.version,
                sealed: None,
            };
            if self
                .rows
                .swap_credential(connection, provider, Some(&before), &after)
                .await?
            {
                return Ok(());
            }
        }
        Err(changed_meanwhile(connection))
    }
}

fn data_key_purpose(connection: &ConnectionId) -> Purpose {
    Purpose::new(
        "ml-connector/vault/v1/data-key",
        &[connection.as_str().as_bytes()],
    )
}

fn credential_purpose(connection: &ConnectionId, provider: Provider, version: u64) -> Purpose {
    Purpose::new(
        "ml-connector/vault/v1/credential",
        &[
            connection.as_str().as_bytes(),
            provider.as_str().as_bytes(),
            &version.to_be_bytes(),
        ],
    )
}

fn changed_meanwhile(connection: &ConnectionId) -> Error {
    Error::new(
        ErrorKind::Conflict,
        format!("change the credentials of {connection}: someone else keeps changing them"),
    )
}
