//! Keys changed and destroyed. Every step is one compare-and-swap on one connection: whatever interrupts a rotation, all
//! credentials stay readable and the same call again goes on.

use chrono::{DateTime, Utc};
use sync_core::Result;
use sync_core::model::{ConnectionId, Provider};
use sync_core::state::AuditDraft;

use super::envelope;
use super::rows::{Occasion, Rekeying};
use super::store::{
    DataKey, SWAPS_MAX, changed_meanwhile, check_version, credential_purpose, data_key_purpose,
};
use super::{Key, SealedCredentials, SealedRow};

const PROVIDERS: [Provider; 2] = [Provider::Expensify, Provider::FreshBooks];

impl SealedCredentials {
    /// Seals every data key that is under another key anew under the current one. Returns the connections concerned.
    /// Credentials stay readable meanwhile, by other processes too as long as they have both keys.
    ///
    /// # Errors
    /// `Invalid` when a key is missing or wrong, `Corrupt` for a damaged data key, else the rows' own.
    pub async fn reseal(&self, occasion: &Occasion) -> Result<Vec<ConnectionId>> {
        let current = self.keys.current_id().await?;
        let mut resealed = Vec::new();
        for connection in self.rows.connections_with_keys().await? {
            for attempt in 0.. {
                let Some(DataKey { key, sealed }) = self.data_key(&connection).await? else {
                    break;
                };
                let old = envelope::key_id(&sealed, &data_key_purpose(&connection))?;
                if old == current {
                    break;
                }
                if attempt == SWAPS_MAX {
                    return Err(changed_meanwhile(&connection));
                }
                let fresh = self.seal_data_key(&connection, &key).await?;
                let detail = format!("the data key was under key {old} and is under {current}");
                let audit = audited(occasion, "key_rotated", detail);
                if self
                    .rows
                    .swap_data_key(&connection, Some(&sealed), &fresh, Some(audit))
                    .await?
                {
                    resealed.push(connection);
                    break;
                }
            }
        }
        Ok(resealed)
    }

    /// Gives a connection a new data key and seals its credentials anew under it; their versions stay. Returns whether
    /// there was a data key.
    ///
    /// # Errors
    /// Those of reading the credentials: what cannot be opened is not thrown away.
    pub async fn rotate_data_key(
        &self,
        connection: &ConnectionId,
        occasion: &Occasion,
    ) -> Result<bool> {
        for _ in 0..SWAPS_MAX {
            let Some(DataKey { key, sealed }) = self.data_key(connection).await? else {
                return Ok(false);
            };
            let fresh = Key::generate()?;
            let mut rows = Vec::new();
            for provider in PROVIDERS {
                let stored = self.rows.credential(connection, provider).await?;
                check_version(&stored, connection, provider)?;
                let after = match &stored.row {
                    None => None,
                    Some(row) => Some(rekeyed(connection, provider, row, &key, &fresh)?),
                };
                rows.push((provider, stored.row, after));
            }
            let data_key = (sealed, self.seal_data_key(connection, &fresh).await?);
            let detail = format!("data key {} was replaced by {}", key.id(), fresh.id());
            let audit = audited(occasion, "data_key_rotated", detail);
            let rekeying = Rekeying { data_key, rows };
            if self.rows.rekey(connection, &rekeying, audit).await? {
                return Ok(true);
            }
        }
        Err(changed_meanwhile(connection))
    }

    /// Destroys a connection's data key: its credentials can never be opened again, from this database. Backups hold the
    /// data key sealed; they are dead, too, once the key above it was rotated and destroyed. Returns whether there was
    /// anything.
    ///
    /// # Errors
    /// Those of the rows. It needs no key.
    pub async fn shred(&self, connection: &ConnectionId, occasion: &Occasion) -> Result<bool> {
        let audit = audited(
            occasion,
            "credentials_shredded",
            "the data key was destroyed and the credentials were emptied".to_owned(),
        );
        self.rows.shred(connection, audit).await
    }

    /// The id of the key that each connection's data key is sealed under.
    ///
    /// # Errors
    /// `Corrupt` for a damaged data key, else the rows' own.
    pub async fn key_ids(&self) -> Result<Vec<(ConnectionId, String)>> {
        let mut ids = Vec::new();
        for connection in self.rows.connections_with_keys().await? {
            if let Some(sealed) = self.rows.data_key(&connection).await? {
                let id = envelope::key_id(&sealed, &data_key_purpose(&connection))?.to_owned();
                ids.push((connection, id));
            }
        }
        Ok(ids)
    }
}

fn rekeyed(
    connection: &ConnectionId,
    provider: Provider,
    row: &SealedRow,
    old: &Key,
    fresh: &Key,
) -> Result<SealedRow> {
    let Some(sealed) = &row.sealed else {
        return Ok(row.clone());
    };
    let purpose = credential_purpose(connection, provider, row.version);
    let mut plaintext = envelope::open(old, &purpose, sealed)?;
    // The buffer must not move when it grows: the old one would stay behind.
    let mut roomy = zeroize::Zeroizing::new(Vec::with_capacity(plaintext.len() + envelope::ROOM));
    roomy.append(&mut plaintext);
    Ok(SealedRow {
        version: row.version,
        sealed: Some(envelope::seal(fresh, &fresh.id(), &purpose, roomy)?),
    })
}

fn audited(occasion: &Occasion, action: &str, detail: String) -> (AuditDraft, DateTime<Utc>) {
    (occasion.draft(action, detail), occasion.at)
}

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod meanwhile;
#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;
