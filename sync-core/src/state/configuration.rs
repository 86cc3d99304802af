//! Under which configuration passes run.

use serde::{Deserialize, Serialize};

use super::AuditDraft;
use crate::model::Fingerprint;

/// The configuration of a connection by its hashes, and who stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// By what passes run.
    pub hashes: ConfigurationHashes,
    /// Who changed it last.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// The hashes of a configuration, as a store keeps them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigurationHashes {
    /// Of the mapping rules.
    pub rules: Fingerprint,
    /// Of the bounds and switches.
    pub settings: Fingerprint,
}

impl Configuration {
    /// The audit entry for a change from what was noted last; `None` when nothing changed.
    pub(crate) fn change_since(&self, before: Option<&ConfigurationHashes>) -> Option<AuditDraft> {
        let now = &self.hashes;
        if before == Some(now) {
            return None;
        }
        let short = |hash: Fingerprint| hash.short(12);
        let from = |hash: fn(&ConfigurationHashes) -> Fingerprint| {
            before.map_or_else(|| "none".to_owned(), |before| short(hash(before)))
        };
        Some(AuditDraft {
            actor: self.by.clone(),
            subject: "configuration".to_owned(),
            action: "configuration_changed".to_owned(),
            detail: format!(
                "rules {} -> {} | settings {} -> {} | {}",
                from(|hashes| hashes.rules),
                short(now.rules),
                from(|hashes| hashes.settings),
                short(now.settings),
                self.reason
            ),
        })
    }
}
