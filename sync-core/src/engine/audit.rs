//! Proof that the audit trail is whole.

use super::Engine;
use super::pass::PAGE;
use crate::error::Result;
use crate::model::{ConnectionId, Fingerprint};
use crate::state::{AuditChain, AuditFault, verify_chain};

/// What checking a connection's audit trail found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditVerdict {
    /// Entries that fit, from the first on.
    pub entries: u64,
    /// Hash of the last of them. Keep it elsewhere: only so can a cut-off end be noticed.
    pub end: Fingerprint,
    /// The first entry that does not fit.
    pub fault: Option<AuditFault>,
}

impl Engine {
    /// Reads a connection's whole audit trail and checks that it is whole.
    ///
    /// # Errors
    /// Those of the store. A broken chain is no error: it is the verdict.
    pub async fn verify_audit(&self, connection: &ConnectionId) -> Result<AuditVerdict> {
        let mut chain = AuditChain::genesis(connection);
        loop {
            let page = self
                .ports
                .store
                .audit(connection, chain.seq(), PAGE)
                .await?;
            if page.is_empty() {
                return Ok(AuditVerdict {
                    entries: chain.seq(),
                    end: chain.hash(),
                    fault: None,
                });
            }
            if let Err(fault) = verify_chain(&mut chain, &page) {
                return Ok(AuditVerdict {
                    entries: chain.seq(),
                    end: chain.hash(),
                    fault: Some(fault),
                });
            }
        }
    }
}
