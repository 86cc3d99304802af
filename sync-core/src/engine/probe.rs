//! Asking the ledger whether a record exists: windows, and what the hits mean. All pure.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::{Settings, UnprovenPolicy};
use crate::model::{Draft, LedgerRecord, Marker, RecordKind, RecordStatus};
use crate::plan::{Cause, differences};
use crate::planted::{Bug, is_on};
use crate::ports::ListingWindow;
use crate::state::{EntryEvent, EntryState, OutboxEntry, VoidProof};

/// Records of complete listings, by our mark.
#[derive(Debug)]
pub(super) struct Sightings {
    /// When the first of the listings began: what they do not show was absent then, not later.
    began_at: DateTime<Utc>,
    by_marker: BTreeMap<Marker, Vec<LedgerRecord>>,
}

impl Sightings {
    /// No listing yet; the first begins now.
    pub(super) const fn begin(now: DateTime<Utc>) -> Self {
        Self {
            began_at: now,
            by_marker: BTreeMap::new(),
        }
    }

    /// Adds a listing's records. A record seen in two listings counts once.
    pub(super) fn add(&mut self, records: Vec<LedgerRecord>) {
        for record in records {
            for marker in &record.markers {
                let seen = self.by_marker.entry(marker.clone()).or_default();
                if !seen
                    .iter()
                    .any(|other| other.kind == record.kind && other.id == record.id)
                {
                    seen.push(record.clone());
                }
            }
        }
    }

    /// The records under marks that `wanted` accepts, each once, by kind and id.
    pub(super) fn records(&self, wanted: impl Fn(&Marker) -> bool) -> Vec<LedgerRecord> {
        let mut records: BTreeMap<_, LedgerRecord> = BTreeMap::new();
        for (_, seen) in self.by_marker.iter().filter(|(marker, _)| wanted(marker)) {
            for record in seen {
                records
                    .entry((record.kind, record.id))
                    .or_insert_with(|| record.clone());
            }
        }
        records.into_values().collect()
    }

    /// Records of that kind under an entry's mark, those that count before deleted ones.
    pub(super) fn of(&self, entry: &OutboxEntry) -> Vec<&LedgerRecord> {
        let kind = entry.step.draft.kind();
        let mut hits: Vec<_> = self
            .by_marker
            .get(entry.step.draft.marker())
            .into_iter()
            .flatten()
            .filter(|record| record.kind == kind)
            .collect();
        hits.sort_by_key(|record| (record.status == RecordStatus::Deleted, record.id));
        hits
    }

    /// Records of that kind under an entry's mark and under earlier revisions of it.
    pub(super) fn up_to(&self, entry: &OutboxEntry) -> Vec<&LedgerRecord> {
        let own = entry.step.draft.marker().revision();
        let earlier = self.relatives(entry).into_iter();
        let earlier = earlier.filter(|(revision, _)| *revision < own);
        let mut found = self.of(entry);
        found.extend(earlier.map(|(_, record)| record));
        found
    }

    /// Records of that kind under other revisions of an entry's mark, with their revision.
    fn relatives(&self, entry: &OutboxEntry) -> Vec<(u32, &LedgerRecord)> {
        let marker = entry.step.draft.marker();
        let base = marker.at_revision(1);
        self.by_marker
            .range(base.clone()..)
            .take_while(|(other, _)| other.as_str().starts_with(base.as_str()))
            .filter(|(other, _)| *other != marker && other.at_revision(1) == base)
            .flat_map(|(other, records)| records.iter().map(|record| (other.revision(), record)))
            .filter(|(_, record)| record.kind == entry.step.draft.kind())
            .collect()
    }
}

/// Whether a record counts.
pub(super) fn stands(record: &LedgerRecord) -> bool {
    record.status != RecordStatus::Deleted
}

/// One window per kind of record that covers all these entries, widened by the margin on both sides.
pub(super) fn windows<'a>(
    entries: impl IntoIterator<Item = &'a OutboxEntry>,
    margin_days: u32,
) -> Vec<ListingWindow> {
    let mut spans: BTreeMap<RecordKind, Option<(NaiveDate, NaiveDate)>> = BTreeMap::new();
    for entry in entries {
        let span = spans.entry(entry.step.draft.kind()).or_default();
        if let Some(date) = entry.step.draft.date() {
            *span = Some(span.map_or((date, date), |(from, to)| (from.min(date), to.max(date))));
        }
    }
    let margin = Days::new(u64::from(margin_days));
    spans
        .into_iter()
        .map(|(kind, span)| ListingWindow {
            kind,
            from: span.and_then(|(from, _)| from.checked_sub_days(margin)),
            to: span.and_then(|(_, to)| to.checked_add_days(margin)),
            vendor: None,
        })
        .collect()
}

/// What complete listings say about an entry that is planned or unknown. `None`: nothing yet; a planned entry without a
/// hit may be sent, an unknown one waits.
pub(super) fn judge(
    entry: &OutboxEntry,
    sightings: &Sightings,
    settings: &Settings,
) -> Option<EntryEvent> {
    let hits = sightings.of(entry);
    if let Some(event) =
        judge_revisions(entry, &hits, sightings).or_else(|| judge_hits(entry, &hits))
    {
        return Some(event);
    }
    match &entry.state {
        EntryState::Unknown {
            since,
            absences,
            absent_at,
            ..
        } => judge_absence(
            entry,
            (*since, *absences, *absent_at),
            settings,
            sightings.began_at,
        ),
        EntryState::Planned
        | EntryState::Sending { .. }
        | EntryState::Posted { .. }
        | EntryState::Verified { .. }
        | EntryState::Drifted { .. }
        | EntryState::Correcting { .. }
        | EntryState::Voided { .. }
        | EntryState::InReview { .. }
        | EntryState::Skipped { .. }
        | EntryState::Cancelled => None,
    }
}

/// What records under other revisions of the mark mean. A later one exists only because ours was voided, whoever's
/// installation did it. An earlier one that counts again was put back by a person: then two would count.
fn judge_revisions(
    entry: &OutboxEntry,
    hits: &[&LedgerRecord],
    sightings: &Sightings,
) -> Option<EntryEvent> {
    let revision = entry.step.draft.marker().revision();
    let relatives = sightings.relatives(entry);
    let standing: Vec<_> = relatives
        .iter()
        .filter(|(_, record)| stands(record))
        .collect();
    let own: Vec<_> = hits.iter().filter(|record| stands(record)).collect();
    let put_back = standing.iter().any(|(other, _)| *other < revision);
    if put_back || (!own.is_empty() && !standing.is_empty()) {
        let own = own.iter().map(|record| record.id);
        let others = standing.iter().map(|(_, record)| record.id);
        return Some(EntryEvent::Escalated {
            cause: Cause::DuplicateRecords {
                key: entry.key.to_string(),
                records: own.chain(others).collect(),
            },
            record: None,
        });
    }
    let replaced = relatives.iter().any(|(other, _)| *other > revision);
    (replaced && own.is_empty()).then(|| EntryEvent::Voided {
        proof: VoidProof::of_complete_listing(hits.first().map(|record| record.id)),
    })
}

/// What hits mean: one equal is ours; one that differs, several, or a deleted one is for a person.
fn judge_hits(entry: &OutboxEntry, hits: &[&LedgerRecord]) -> Option<EntryEvent> {
    let key = entry.key.to_string();
    let standing: Vec<_> = hits
        .iter()
        .filter(|record| record.status != RecordStatus::Deleted)
        .collect();
    match standing.as_slice() {
        [] if is_on(Bug::DeletedIsAbsent) => None,
        [] => hits.first().map(|deleted| EntryEvent::Escalated {
            cause: Cause::MarkedRecordDeleted {
                key,
                record: deleted.id,
            },
            record: Some(deleted.id),
        }),
        [record] => {
            let differences = differences(&entry.step.draft, record);
            Some(if differences.is_empty() {
                EntryEvent::ProbeFound { record: record.id }
            } else {
                EntryEvent::Escalated {
                    cause: Cause::MarkedRecordDiffers {
                        key,
                        record: record.id,
                        differences,
                    },
                    record: Some(record.id),
                }
            })
        }
        several => Some(EntryEvent::Escalated {
            cause: Cause::DuplicateRecords {
                key,
                records: several.iter().map(|record| record.id).collect(),
            },
            record: None,
        }),
    }
}

/// Absence is proven by enough complete listings, spaced apart, after the quiet time; never by one alone.
fn judge_absence(
    entry: &OutboxEntry,
    (since, absences, absent_at): (DateTime<Utc>, u32, Option<DateTime<Utc>>),
    settings: &Settings,
    now: DateTime<Utc>,
) -> Option<EntryEvent> {
    let waited = |from: DateTime<Utc>| (now - from).to_std().unwrap_or_default();
    let quiet = is_on(Bug::NoQuietTime) || waited(since) >= settings.quiet_time;
    let counted = absent_at.is_none_or(|at| waited(at) >= settings.absence_spacing);
    if !counted {
        return None;
    }
    // This listing is the one that completes the proof: all before it were counted when they were made.
    let enough = is_on(Bug::OneAbsenceProves)
        || absences.saturating_add(1) >= settings.absences_needed.max(1);
    if quiet && enough {
        let may_resend = settings.unproven == UnprovenPolicy::ResendAfterProof
            && (is_on(Bug::ResendsUnbounded) || entry.resends < settings.resends_max);
        return Some(if may_resend {
            EntryEvent::ProvenAbsent
        } else {
            EntryEvent::Escalated {
                cause: Cause::Unproven {
                    key: entry.key.to_string(),
                    attempts: entry.attempts,
                },
                record: None,
            }
        });
    }
    Some(EntryEvent::ProbeAbsent)
}

/// What complete listings say about an entry whose record we know. `None`: the record was not in the window.
pub(super) fn read_back(entry: &OutboxEntry, sightings: &Sightings) -> Option<EntryEvent> {
    let known = entry.state.record()?;
    let hits = sightings.of(entry);
    let standing: Vec<_> = hits
        .iter()
        .filter(|record| record.status != RecordStatus::Deleted)
        .collect();
    let fresh = matches!(entry.state, EntryState::Posted { .. });
    if fresh && standing.len() > 1 {
        let records = standing.iter().map(|record| record.id).collect();
        let cause = Cause::DuplicateRecords {
            key: entry.key.to_string(),
            records,
        };
        return Some(EntryEvent::Escalated {
            cause,
            record: Some(known),
        });
    }
    let record = hits.iter().find(|record| record.id == known)?;
    Some(compare(entry, record))
}

/// Compares a record that was read with what was planned.
pub(super) fn compare(entry: &OutboxEntry, record: &LedgerRecord) -> EntryEvent {
    use crate::state::Drift;
    if record.status == RecordStatus::Deleted {
        return EntryEvent::SeenDrifted {
            drift: Drift::Deleted,
        };
    }
    let found = differences(&entry.step.draft, record);
    if found.is_empty() {
        return EntryEvent::ReadBack;
    }
    if matches!(entry.state, EntryState::Posted { .. }) && is_ours(&entry.step.draft) {
        // Freshly written and already different: our plan and FreshBooks' arithmetic disagree, nobody edited it.
        let cause = Cause::MarkedRecordDiffers {
            key: entry.key.to_string(),
            record: record.id,
            differences: found,
        };
        return EntryEvent::Escalated {
            cause,
            record: Some(record.id),
        };
    }
    EntryEvent::SeenDrifted {
        drift: Drift::Changed(found),
    }
}

/// Whether differences on a fresh record come from writing it: a vendor's name a person has touched up does not.
fn is_ours(draft: &Draft) -> bool {
    draft.kind() != RecordKind::Vendor
}

#[cfg(test)]
mod tests;
