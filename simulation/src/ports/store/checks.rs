//! What must be true of every commit.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sync_core::model::{ConnectionId, ReportId};
use sync_core::plan::{Cause, StepKey};
use sync_core::ports::{ReportQuery, Store, Transition};
use sync_core::state::{EntryEvent, EntryState, Lease, OutboxEntry};
use sync_core::testing::block_on;

use super::SimStore;
use crate::canary;
use crate::truth::Answer;
use crate::violation::Invariant;

/// What a commit must leave in the audit trail.
pub(super) enum Expected {
    /// These entries, in this order: subject and action.
    Exactly(Vec<(String, &'static str)>),
    /// Among others, an entry about each of these.
    About(Vec<StepKey>),
}

impl SimStore {
    /// Checks a commit under a lease: the lease is the newest and not over, and the audit trail tells of it.
    pub(super) fn committed(&self, lease: &Lease, now: DateTime<Utc>, expected: &Expected) {
        let mut state = self.shared.lock();
        let state = &mut *state;
        let installation = state.hosts[self.host].installation;
        let watched = state.installations[installation]
            .ledgers
            .entry(lease.connection.clone())
            .or_default();
        let current = watched.lease;
        let after = watched.audited.map_or(0, |chain| chain.seq());
        let mut chain = watched
            .audited
            .unwrap_or_else(|| sync_core::state::AuditChain::genesis(&lease.connection));
        let news =
            block_on(self.inner.audit(&lease.connection, after, u32::MAX)).unwrap_or_default();
        let sound = sync_core::state::verify_chain(&mut chain, &news);
        watched.audited = Some(chain);
        let shows = news.iter().any(|entry| canary::is_in(&entry.draft.detail));
        if let Some(last) = news.last() {
            state.trace.add(last.hash.as_bytes());
        }
        let holds = current.is_some_and(|(fence, until)| {
            fence == lease.fence && until.is_some_and(|until| until > now)
        });
        state.require(holds, Invariant::I6, || {
            format!(
                "stored under lease {} while {current:?} is current",
                lease.fence
            )
        });
        state.require(!shows, Invariant::I8, || {
            "an entry of the audit trail holds a secret".to_owned()
        });
        state.require(sound.is_ok(), Invariant::I10, || {
            format!(
                "the audit trail of {} is broken: {sound:?}",
                lease.connection
            )
        });
        let told = |key: &StepKey| news.iter().any(|entry| entry.draft.subject == key.as_str());
        let whole = match expected {
            Expected::Exactly(wanted) => {
                wanted.len() == news.len()
                    && wanted.iter().zip(&news).all(|((subject, action), entry)| {
                        entry.draft.subject == *subject && entry.draft.action == *action
                    })
            }
            Expected::About(keys) => keys.iter().all(told),
        };
        state.require(whole, Invariant::I10, || {
            format!(
                "the audit trail does not tell of a commit: {} new entries",
                news.len()
            )
        });
    }

    /// What is recorded of entries must be true of the books.
    pub(super) fn check_entries(
        &self,
        connection: &ConnectionId,
        entries: &BTreeMap<StepKey, OutboxEntry>,
    ) {
        let mut state = self.shared.lock();
        let Some(tenant) = crate::world::tenant_called(&state, connection) else {
            return;
        };
        for entry in entries.values() {
            let (kind, bounds) = (
                entry.step.draft.kind(),
                &state.tenants[tenant].connection.settings,
            );
            let decided = state.tenants[tenant].edited.contains(&entry.report);
            let marker = entry.step.draft.marker();
            let sends_max = bounds.attempts_max + bounds.resends_max;
            // Refused tokens are not counted against a record; what a person or another plan sends again is.
            let refused = state.tenants[tenant].books.refused_for_token(marker);
            let bounded = entry.resends <= bounds.resends_max
                && (decided || entry.attempts <= sends_max.saturating_add(refused));
            let known = match &entry.state {
                EntryState::Posted { record, .. }
                | EntryState::Verified { record, .. }
                | EntryState::Drifted { record, .. } => state.tenants[tenant]
                    .books
                    .read(kind, *record)
                    .is_some_and(|found| found.record.markers.contains(marker)),
                _ => true,
            };
            let life = state.life_of(state.hosts[self.host].installation);
            let books = &state.tenants[tenant].books;
            let denied = crate::verdict::is_refused(&entry.state)
                && books.must_be_known(marker, life, state.now);
            state.require(!denied, Invariant::I4, || {
                format!(
                    "{} is recorded as refused and stands in the books",
                    entry.key
                )
            });
            state.require(bounded, Invariant::I11, || {
                format!(
                    "{} was sent {} times, {} times again",
                    entry.key, entry.attempts, entry.resends
                )
            });
            state.require(known, Invariant::I4, || {
                format!(
                    "{} is {:?} and there is no such record of it",
                    entry.key, entry.state
                )
            });
            state.require(
                crate::world::tenant_of(&entry.step.draft).is_none_or(|of| of == tenant),
                Invariant::I9,
                || {
                    format!(
                        "{} of another connection is stored under {connection}",
                        entry.key
                    )
                },
            );
        }
    }

    /// An outcome recorded as certain must be the truth.
    pub(super) fn check_outcomes(&self, connection: &ConnectionId, transitions: &[Transition]) {
        let mut state = self.shared.lock();
        let Some(tenant) = crate::world::tenant_called(&state, connection) else {
            return;
        };
        let origin = state.origin(self.host);
        for Transition { key, event } in transitions {
            if state.hosts[self.host].corrected.contains(key) {
                continue;
            }
            let shows = matches!(event, EntryEvent::OutcomeUnknown { note } if canary::is_in(note));
            state.require(!shows, Invariant::I8, || {
                format!("a note about {key} holds a secret")
            });
            let says_applied = match event {
                EntryEvent::Applied { .. } => true,
                EntryEvent::NotApplied { .. } | EntryEvent::Refused { .. } => false,
                _ => continue,
            };
            let last = state.tenants[tenant]
                .books
                .requests
                .iter()
                .rev()
                .find(|request| request.marker.as_str() == key.as_str() && request.from == origin);
            let Some(last) = last else { continue };
            let is_true = match last.answer {
                Answer::Applied => says_applied,
                Answer::NotApplied => !says_applied,
                // A refused token says nothing about the record.
                Answer::TokenRefused => !says_applied && !blames_record(event),
                // Neither: a record under the mark is there, and must be looked up.
                Answer::NumberTaken | Answer::Lost => false,
            };
            state.require(is_true, Invariant::I4, || {
                format!("{key}: recorded as {} and that is not known", event.name())
            });
        }
    }

    /// No report that the operation's export showed may be left behind by the watermark.
    pub(super) fn check_watermark(&self, connection: &ConnectionId) {
        let shown = std::mem::take(&mut self.shared.lock().hosts[self.host].shown);
        if shown.is_empty() {
            return;
        }
        let query = ReportQuery {
            ids: shown.clone(),
            limit: u32::MAX,
            ..ReportQuery::default()
        };
        let stored = block_on(self.inner.reports(connection, &query)).unwrap_or_default();
        self.shared
            .lock()
            .require(stored.len() == shown.len(), Invariant::I2, || {
                format!(
                    "the watermark of {connection} passes {} reports of {}",
                    shown.len() - stored.len(),
                    shown.len()
                )
            });
    }

    /// What counts as deleted in Expensify is.
    pub(super) fn check_deleted(&self, connection: &ConnectionId, deleted: &[ReportId]) {
        let mut state = self.shared.lock();
        let now = state.now;
        let mut tenants = state.tenants.iter();
        let Some(tenant) = tenants.find(|tenant| tenant.connection.id == *connection) else {
            return;
        };
        let mut deleted = deleted.iter();
        let shown = deleted
            .find(|report| !tenant.expensify.may_look_deleted(report, now))
            .cloned();
        state.require(shown.is_none(), Invariant::I4, || {
            format!("report {shown:?} counts as deleted in Expensify and is not")
        });
    }
}

/// Whether an event says that the record, or what the user may do with it, is wrong.
const fn blames_record(event: &EntryEvent) -> bool {
    matches!(
        event,
        EntryEvent::Refused {
            cause: Cause::Refused { .. } | Cause::NotPermitted { .. }
        }
    )
}
