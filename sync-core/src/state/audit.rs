//! The audit trail: append-only, one entry per transition and decision, chained by hash.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::OutboxEntry;
use crate::model::{ConnectionId, Fingerprint, FingerprintWriter};

/// Who acts when no person does.
pub(super) const ENGINE: &str = "engine";

/// What is to be written to the trail; the store adds time, number and hash in the same transaction as the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditDraft {
    /// Who acted: `engine`, or a person's name.
    pub actor: String,
    /// What about: an entry's key, a report's id, a review item's key, `connection`.
    pub subject: String,
    /// What happened, for example `begin_send`, `pass_started`, `review_skip`.
    pub action: String,
    /// Details for a reader: states, ids, hashes. Never a secret, never personal data.
    pub detail: String,
}

/// One entry of the trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Number within the connection, from 1, without gaps.
    pub seq: u64,
    /// When, to the microsecond.
    pub at: DateTime<Utc>,
    /// What was written.
    #[serde(flatten)]
    pub draft: AuditDraft,
    /// Hash of the entry before; of the connection's name for the first.
    pub previous: Fingerprint,
    /// Hash of this entry.
    pub hash: Fingerprint,
}

/// The end of a connection's chain, to which the next entry is linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditChain {
    seq: u64,
    hash: Fingerprint,
}

/// What [`verify_chain`] found wrong first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("verify audit entry {seq}: {what}")]
pub struct AuditFault {
    /// Number of the first entry that does not fit.
    pub seq: u64,
    /// What does not fit.
    pub what: &'static str,
}

impl AuditDraft {
    /// Something the engine did.
    pub fn by_engine(subject: impl Into<String>, action: &str, detail: impl Into<String>) -> Self {
        Self {
            actor: ENGINE.to_owned(),
            subject: subject.into(),
            action: action.to_owned(),
            detail: detail.into(),
        }
    }

    /// An entry's transition.
    pub(crate) fn of_transition(
        before: &OutboxEntry,
        after: &OutboxEntry,
        event: &str,
        note: &str,
    ) -> Self {
        let detail = format!(
            "{} -> {} | report {} | payload {} | {note}",
            before.state.name().as_str(),
            after.state.name().as_str(),
            after.report,
            after.payload.short(12),
        );
        Self::by_engine(after.key.as_str(), event, detail)
    }
}

impl AuditChain {
    /// The beginning of a connection's chain.
    pub fn genesis(connection: &ConnectionId) -> Self {
        let mut w = FingerprintWriter::new("audit/genesis/v1");
        w.text(connection.as_str());
        Self {
            seq: 0,
            hash: w.finish(),
        }
    }

    /// The chain after an entry that was read back.
    pub const fn after(entry: &AuditEntry) -> Self {
        Self {
            seq: entry.seq,
            hash: entry.hash,
        }
    }

    /// The chain at a stored end.
    pub const fn at(seq: u64, hash: Fingerprint) -> Self {
        Self { seq, hash }
    }

    /// Number of the last entry; 0 for none.
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// Hash of the last entry.
    pub const fn hash(&self) -> Fingerprint {
        self.hash
    }

    /// Links the next entry.
    pub fn append(&mut self, draft: AuditDraft, at: DateTime<Utc>) -> AuditEntry {
        let at = truncate(at);
        let seq = self.seq.saturating_add(1);
        let hash = entry_hash(seq, at, &draft, self.hash);
        let entry = AuditEntry {
            seq,
            at,
            draft,
            previous: self.hash,
            hash,
        };
        *self = Self::after(&entry);
        entry
    }
}

/// Checks that entries continue a chain without a gap, an edit, a removal or a reordering, and moves the chain on.
///
/// A chain alone cannot show that its newest entries were cut off; compare its end with one kept elsewhere.
///
/// # Errors
/// [`AuditFault`] for the first entry that does not fit.
pub fn verify_chain<'a>(
    chain: &mut AuditChain,
    entries: impl IntoIterator<Item = &'a AuditEntry>,
) -> Result<(), AuditFault> {
    for entry in entries {
        let fault = |what| AuditFault {
            seq: entry.seq,
            what,
        };
        if entry.seq != chain.seq.saturating_add(1) {
            return Err(fault(
                "number out of sequence: an entry was removed, added or reordered",
            ));
        }
        if entry.previous != chain.hash {
            return Err(fault("does not link to the entry before it"));
        }
        if entry.hash != entry_hash(entry.seq, entry.at, &entry.draft, entry.previous) {
            return Err(fault("content does not give its hash: it was edited"));
        }
        *chain = AuditChain::after(entry);
    }
    Ok(())
}

fn entry_hash(
    seq: u64,
    at: DateTime<Utc>,
    draft: &AuditDraft,
    previous: Fingerprint,
) -> Fingerprint {
    let mut w = FingerprintWriter::new("audit/entry/v1");
    w.bytes(previous.as_bytes())
        .number(seq)
        .text(&at.to_rfc3339_opts(SecondsFormat::Micros, true));
    w.text(&draft.actor)
        .text(&draft.subject)
        .text(&draft.action)
        .text(&draft.detail);
    w.finish()
}

/// Databases keep microseconds; what is hashed must be what is read back.
fn truncate(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trail(length: u64) -> (ConnectionId, Vec<AuditEntry>) {
        let connection = ConnectionId::new("main");
        let mut chain = AuditChain::genesis(&connection);
        let at = DateTime::from_timestamp(1_790_000_000, 123_456_789).unwrap();
        let entries = (0..length)
            .map(|n| {
                chain.append(
                    AuditDraft::by_engine(format!("EXP-{n}"), "applied", "record 7"),
                    at,
                )
            })
            .collect();
        (connection, entries)
    }

    fn check(connection: &ConnectionId, entries: &[AuditEntry]) -> Result<(), AuditFault> {
        verify_chain(&mut AuditChain::genesis(connection), entries)
    }

    #[test]
    fn an_untouched_trail_verifies() {
        let (connection, entries) = trail(5);
        assert_eq!(check(&connection, &entries), Ok(()));
    }

    #[test]
    fn an_edit_a_removal_a_reordering_and_a_foreign_trail_are_found() {
        let (connection, entries) = trail(5);
        let mut edited = entries.clone();
        edited[2].draft.detail = "record 8".to_owned();
        assert_eq!(check(&connection, &edited).unwrap_err().seq, 3);
        let mut removed = entries.clone();
        removed.remove(1);
        assert_eq!(check(&connection, &removed).unwrap_err().seq, 3);
        let mut reordered = entries.clone();
        reordered.swap(1, 2);
        assert_eq!(check(&connection, &reordered).unwrap_err().seq, 3);
        assert_eq!(
            check(&ConnectionId::new("other"), &entries)
                .unwrap_err()
                .seq,
            1
        );
    }

    #[test]
    fn a_chain_goes_on_from_its_stored_end() {
        let (_, entries) = trail(5);
        let end = &entries[2];
        let mut chain = AuditChain::at(end.seq, end.hash);
        assert_eq!(verify_chain(&mut chain, &entries[3..]), Ok(()));
        assert_eq!((chain.seq(), chain.hash()), (5, entries[4].hash));
        let gap = verify_chain(&mut AuditChain::at(end.seq, end.hash), &entries[4..]);
        assert_eq!(
            gap.unwrap_err().what,
            "number out of sequence: an entry was removed, added or reordered"
        );
    }
}
