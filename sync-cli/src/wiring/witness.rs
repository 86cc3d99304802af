//! Checkpoints of the audit trail, signed while work goes on and when it ends.

use std::future::Future;
use std::time::Duration;

use sync_adapters::audit::{AuditWitness, NoteSigner, WitnessSettings};
use sync_core::model::ConnectionId;

use super::App;
use crate::failure::Failure;

/// How often it is looked whether a checkpoint is due while work goes on.
const LOOK_EVERY: Duration = Duration::from_mins(1);

impl App {
    /// The witness of the audit trail. Its key is made when it is missing and nothing has been signed yet.
    ///
    /// # Errors
    /// When the key is missing though there are checkpoints, readable by others, or no key.
    pub(crate) fn witness(&self) -> Result<AuditWitness, Failure> {
        let audit = &self.config().audit;
        let mut settings = WitnessSettings::new(&audit.checkpoints);
        if let Some(name) = &audit.name {
            settings.name.clone_from(name);
        }
        if let Some(entries) = audit.every_entries {
            settings.entries_max = entries;
        }
        let signer = if audit.key_file.exists() || audit.checkpoints.exists() {
            NoteSigner::open(&audit.key_file)
        } else {
            NoteSigner::create(&audit.key_file)
        };
        let signer = signer.map_err(|error| {
            Failure::configuration(
                format!("failed to {error}"),
                "put the key back, or name it as audit.key_file; only for a new trail, remove the folder of audit.checkpoints",
            )
        })?;
        Ok(AuditWitness::new(settings, signer))
    }

    /// Does work on a connection and signs its trail: meanwhile when a checkpoint is due, and at the end.
    ///
    /// # Errors
    /// Why the trail could not be signed at the end; the work is done all the same.
    pub(crate) async fn witnessed<T>(
        &self,
        connection: &ConnectionId,
        work: impl Future<Output = T>,
    ) -> (T, Result<(), Failure>) {
        let mut every = tokio::time::interval(LOOK_EVERY);
        let mut signed_at = self.now();
        tokio::pin!(work);
        let done = loop {
            tokio::select! {
                biased;
                done = &mut work => break done,
                _ = every.tick() => {
                    if let Err(failure) = self.sign_if_due(connection, &mut signed_at).await {
                        // Said once more, and for good, at the end.
                        tracing::warn!(connection = %connection, error = ?failure.complaints, "no checkpoint");
                    }
                }
            }
        };
        (done, self.sign(connection).await)
    }

    /// Signs a connection's trail as it is.
    ///
    /// # Errors
    /// When the trail is not a continuation of what was signed, or the checkpoints cannot be written.
    pub(crate) async fn sign(&self, connection: &ConnectionId) -> Result<(), Failure> {
        let witness = self.witness()?;
        witness.checkpoint(self.store(), connection).await?;
        Ok(())
    }

    async fn sign_if_due(
        &self,
        connection: &ConnectionId,
        signed_at: &mut chrono::DateTime<chrono::Utc>,
    ) -> Result<(), Failure> {
        let now = self.now();
        let due = self
            .witness()?
            .is_due(self.store(), connection, *signed_at, now)
            .await?;
        if due {
            self.sign(connection).await?;
            *signed_at = now;
        }
        Ok(())
    }
}
