//! The port over sealed rows.

use std::sync::Arc;

use async_trait::async_trait;
use sync_core::model::{ConnectionId, Provider};
use sync_core::ports::{Credential, CredentialStore, Versioned};
use sync_core::{Error, ErrorKind, Result};
use zeroize::Zeroizing;

use super::envelope::{self, Purpose, ROOM};
use super::key::KEY_BYTES;
use super::{Key, KeyProvider, SealedRow, SealedRows, StoredRow, VaultError, credential};

/// How often a row that changes under our hands is read again before giving up.
pub(super) const SWAPS_MAX: u32 = 8;

/// A [`CredentialStore`] whose rows are sealed. See the [module](super) for how.
#[derive(Clone, Debug)]
pub struct SealedCredentials {
    pub(super) rows: Arc<dyn SealedRows>,
    pub(super) keys: Arc<dyn KeyProvider>,
}

/// A data key, and the record it was opened from.
pub(super) struct DataKey {
    pub(super) key: Key,
    pub(super) sealed: Vec<u8>,
}

impl SealedCredentials {
    /// Seals into `rows` under keys of `keys`.
    pub fn new(rows: Arc<dyn SealedRows>, keys: Arc<dyn KeyProvider>) -> Self {
        Self { rows, keys }
    }

    /// The connection's data key; made when there is none.
    async fn data_key_or_new(&self, connection: &ConnectionId) -> Result<DataKey> {
        if let Some(key) = self.data_key(connection).await? {
            return Ok(key);
        }
        let key = Key::generate()?;
        let sealed = self.seal_data_key(connection, &key).await?;
        if self
            .rows
            .swap_data_key(connection, None, &sealed, None)
            .await?
        {
            let made = DataKey { key, sealed };
            return self.under_current(connection, made).await;
        }
        // Another process made one first: that one counts.
        self.data_key(connection)
            .await?
            .ok_or_else(|| changed_meanwhile(connection))
    }

    /// A data key just made, under the key that is current now. A rotation that began and looked for connections while it
    /// was made has not seen it, and would take away the key it was sealed under; one that looks later sees it.
    async fn under_current(&self, connection: &ConnectionId, made: DataKey) -> Result<DataKey> {
        let id = envelope::key_id(&made.sealed, &data_key_purpose(connection))?;
        if self.keys.current_id().await? == id {
            return Ok(made);
        }
        let fresh = self.seal_data_key(connection, &made.key).await?;
        let swapped = self
            .rows
            .swap_data_key(connection, Some(&made.sealed), &fresh, None)
            .await?;
        if swapped {
            return Ok(DataKey {
                key: made.key,
                sealed: fresh,
            });
        }
        // The rotation did see it, and sealed it anew by itself.
        self.data_key(connection)
            .await?
            .ok_or_else(|| changed_meanwhile(connection))
    }

    /// The connection's data key.
    pub(super) async fn data_key(&self, connection: &ConnectionId) -> Result<Option<DataKey>> {
        for _ in 0..SWAPS_MAX {
            let Some(sealed) = self.rows.data_key(connection).await? else {
                return Ok(None);
            };
            match self.opened_data_key(connection, &sealed).await {
                Ok(key) => return Ok(Some(DataKey { key, sealed })),
                // Between reading the row and asking for its key a rotation may have come to its end.
                Err(_) if self.rows.data_key(connection).await? != Some(sealed) => {}
                Err(error) => return Err(error),
            }
        }
        Err(changed_meanwhile(connection))
    }

    async fn opened_data_key(&self, connection: &ConnectionId, sealed: &[u8]) -> Result<Key> {
        let purpose = data_key_purpose(connection);
        let key = self.keys.key(envelope::key_id(sealed, &purpose)?).await?;
        let bytes = envelope::open(&key, &purpose, sealed)?;
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

    pub(super) async fn seal_data_key(
        &self,
        connection: &ConnectionId,
        data_key: &Key,
    ) -> Result<Vec<u8>> {
        let (id, key) = self.current_key().await?;
        let mut plaintext = Zeroizing::new(Vec::with_capacity(KEY_BYTES + ROOM));
        plaintext.extend_from_slice(data_key.as_bytes());
        Ok(envelope::seal(
            &key,
            &id,
            &data_key_purpose(connection),
            plaintext,
        )?)
    }

    /// The key that seals, and its id.
    async fn current_key(&self) -> Result<(String, Key)> {
        let mut id = self.keys.current_id().await?;
        for _ in 0..SWAPS_MAX {
            match self.keys.key(&id).await {
                Ok(key) => return Ok((id, key)),
                Err(error) => {
                    // Between the two questions a rotation may have come to its end.
                    let now = self.keys.current_id().await?;
                    if now == id {
                        return Err(error.into());
                    }
                    id = now;
                }
            }
        }
        Err(Error::new(
            ErrorKind::Conflict,
            "seal a data key: the key is rotated again and again",
        ))
    }

    async fn opened(
        &self,
        connection: &ConnectionId,
        provider: Provider,
        stored: &StoredRow,
    ) -> Result<Option<Versioned>> {
        check_version(stored, connection, provider)?;
        let Some(SealedRow {
            version,
            sealed: Some(sealed),
        }) = &stored.row
        else {
            return Ok(None);
        };
        let purpose = credential_purpose(connection, provider, *version);
        let bytes = self
            .open_under_data_key(connection, &purpose, sealed)
            .await?;
        let credential = credential::read(&bytes)?;
        if credential.provider() != provider {
            return Err(VaultError::NoRecord {
                why: "it holds the credential of another service",
            }
            .into());
        }
        Ok(Some(Versioned {
            version: *version,
            credential,
        }))
    }

    /// Seals something else under a connection's data key.
    pub(super) async fn seal_under_data_key(
        &self,
        connection: &ConnectionId,
        purpose: &Purpose,
        plaintext: Zeroizing<Vec<u8>>,
    ) -> Result<Vec<u8>> {
        let DataKey { key, .. } = self.data_key_or_new(connection).await?;
        Ok(envelope::seal(&key, &key.id(), purpose, plaintext)?)
    }

    /// Opens what a connection's data key has sealed for a purpose.
    pub(super) async fn open_under_data_key(
        &self,
        connection: &ConnectionId,
        purpose: &Purpose,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        let id = envelope::key_id(sealed, purpose)?;
        let what = || purpose.label().to_owned();
        let Some(DataKey { key, .. }) = self.data_key(connection).await? else {
            return Err(VaultError::DataKeyGone { what: what() }.into());
        };
        if key.id() != id {
            return Err(VaultError::ForeignDataKey {
                what: what(),
                id: id.to_owned(),
            }
            .into());
        }
        Ok(envelope::open(&key, purpose, sealed)?)
    }
}

#[async_trait]
impl CredentialStore for SealedCredentials {
    async fn load(
        &self,
        connection: &ConnectionId,
        provider: Provider,
    ) -> Result<Option<Versioned>> {
        for _ in 0..SWAPS_MAX {
            let stored = self.rows.credential(connection, provider).await?;
            match self.opened(connection, provider, &stored).await {
                // Between reading the row and its data key both may have been sealed anew.
                Err(_) if self.rows.credential(connection, provider).await? != stored => {}
                outcome => return outcome,
            }
        }
        Err(changed_meanwhile(connection))
    }

    async fn replace(
        &self,
        connection: &ConnectionId,
        expected: Option<u64>,
        credential: Credential,
    ) -> Result<u64> {
        let provider = credential.provider();
        for _ in 0..SWAPS_MAX {
            let stored = self.rows.credential(connection, provider).await?;
            check_version(&stored, connection, provider)?;
            let before = stored.row;
            let known = before
                .as_ref()
                .filter(|row| row.sealed.is_some())
                .map(|row| row.version);
            if known != expected {
                return Err(replaced_meanwhile(connection, provider));
            }
            let version = before
                .as_ref()
                .map_or(0, |row| row.version)
                .saturating_add(1);
            let DataKey {
                key,
                sealed: data_key,
            } = self.data_key_or_new(connection).await?;
            let purpose = credential_purpose(connection, provider, version);
            let sealed =
                envelope::seal(&key, &key.id(), &purpose, credential::write(&credential)?)?;
            let after = SealedRow {
                version,
                sealed: Some(sealed),
            };
            let before = before.as_ref();
            if self
                .rows
                .swap_credential(connection, provider, before, &after, Some(&data_key))
                .await?
            {
                return Ok(version);
            }
            // Either someone replaced the credential, or its data key was sealed anew or rotated: look which.
        }
        Err(changed_meanwhile(connection))
    }

    /// The row stays, without its content: a version that was given out once never comes back, so a writer that still
    /// holds the forgotten one loses. It needs no key, and mends a row that was put back or removed.
    async fn forget(&self, connection: &ConnectionId, provider: Provider) -> Result<()> {
        for _ in 0..SWAPS_MAX {
            let StoredRow { row, recorded } = self.rows.credential(connection, provider).await?;
            let version = row.as_ref().map(|row| row.version).max(recorded);
            let is_forgotten = row.as_ref().is_none_or(|row| row.sealed.is_none());
            let Some(version) = version
                .filter(|_| !is_forgotten || row.as_ref().map(|row| row.version) != recorded)
            else {
                return Ok(());
            };
            let after = SealedRow {
                version,
                sealed: None,
            };
            if self
                .rows
                .swap_credential(connection, provider, row.as_ref(), &after, None)
                .await?
            {
                return Ok(());
            }
        }
        Err(changed_meanwhile(connection))
    }
}

/// Refuses a row that was put back, removed, or not written by the vault.
pub(super) fn check_version(
    stored: &StoredRow,
    connection: &ConnectionId,
    provider: Provider,
) -> Result<(), VaultError> {
    let found = stored.row.as_ref().map(|row| row.version);
    if found == stored.recorded {
        return Ok(());
    }
    let recorded = stored.recorded.unwrap_or(0);
    Err(VaultError::OtherVersion {
        what: credential_purpose(connection, provider, recorded)
            .label()
            .to_owned(),
        found: found.unwrap_or(0),
        recorded,
    })
}

pub(super) fn data_key_purpose(connection: &ConnectionId) -> Purpose {
    Purpose::new(
        "ml-connector/vault/v1/data-key",
        &[connection.as_str().as_bytes()],
        format!("data key of connection {connection}"),
    )
}

pub(super) fn credential_purpose(
    connection: &ConnectionId,
    provider: Provider,
    version: u64,
) -> Purpose {
    Purpose::new(
        "ml-connector/vault/v1/credential",
        &[
            connection.as_str().as_bytes(),
            provider.as_str().as_bytes(),
            &version.to_be_bytes(),
        ],
        format!("{provider} credential of connection {connection}, version {version}"),
    )
}

fn replaced_meanwhile(connection: &ConnectionId, provider: Provider) -> Error {
    Error::new(
        ErrorKind::Conflict,
        format!(
            "replace the {provider} credential of {connection}: it was replaced by someone else"
        ),
    )
}

pub(super) fn changed_meanwhile(connection: &ConnectionId) -> Error {
    Error::new(
        ErrorKind::Conflict,
        format!("change the credentials of {connection}: someone else keeps changing them"),
    )
}
