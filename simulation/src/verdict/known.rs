//! What one database knows of one connection, and what in it has not come to rest.

use std::collections::BTreeMap;

use sync_core::model::{ReportId, ReportState};
use sync_core::ports::{EntryQuery, ReportQuery, Store};
use sync_core::state::{OutboxEntry, ReportStatus, ReviewItem, StateName, StoredReport};
use sync_core::testing::{MemoryStore, block_on};

use crate::state::{State, Tenant};
use crate::swarm::Fault;
use crate::truth::Filed;

/// What one database knows of one tenant.
pub(super) struct Known {
    pub(super) entries: Vec<OutboxEntry>,
    pub(super) reports: BTreeMap<ReportId, StoredReport>,
    pub(super) items: Vec<ReviewItem>,
}

pub(super) fn known(store: &MemoryStore, state: &State, tenant: usize) -> Known {
    let connection = &state.tenants[tenant].connection.id;
    let all = EntryQuery {
        limit: u32::MAX,
        ..EntryQuery::default()
    };
    let reports = ReportQuery {
        limit: u32::MAX,
        ..ReportQuery::default()
    };
    Known {
        entries: block_on(store.entries(connection, &all)).unwrap_or_default(),
        reports: block_on(store.reports(connection, &reports))
            .unwrap_or_default()
            .into_iter()
            .map(|stored| (stored.report.id.clone(), stored))
            .collect(),
        items: block_on(store.review_items(connection, true)).unwrap_or_default(),
    }
}

/// What has not come to rest, if anything.
pub(super) fn restless(
    state: &State,
    (installation, tenant): (usize, usize),
    known: &Known,
) -> Option<String> {
    let moving = known.entries.iter().find(|entry| {
        matches!(
            entry.state.name(),
            StateName::Planned | StateName::Sending | StateName::Unknown | StateName::Posted
        )
    });
    if let Some(entry) = moving {
        return Some(format!(
            "{} is {:?} ({:?})",
            entry.key, entry.state, entry.not_before
        ));
    }
    let new = known
        .reports
        .values()
        .find(|stored| stored.status == ReportStatus::New);
    if let Some(stored) = new {
        return Some(format!("report {} is new", stored.report.id));
    }
    let mut reachable = state.tenants[tenant]
        .expensify
        .reports
        .values()
        .filter(|filed| {
            filed.visible_from <= state.now && filed.report.state.is_approved() && !filed.unreadable
        });
    let unseen = reachable.find(|filed| {
        !was_taken_in(known, filed) && !may_be_unseen(state, (installation, tenant), filed)
    });
    unseen.map(|filed| format!("report {} was not taken in", filed.report.id))
}

/// Whether ordinary passes may never see a report as it is, so that only reconciling does: without sweeps an export asks
/// for what was approved on or after the watermark less the overlap. That leaves out what was changed after it was read,
/// what showed later than the overlap bridges, and what a clock ahead of its time has moved the watermark past.
pub(super) fn may_be_unseen(
    state: &State,
    (installation, tenant): (usize, usize),
    filed: &Filed,
) -> bool {
    let Tenant {
        connection,
        books,
        edited,
        ..
    } = &state.tenants[tenant];
    if connection.settings.sweep_every_days > 0 {
        return false;
    }
    // A day less where the clocks of hosts differ by seconds: midnight may lie between.
    let skew = i64::from(state.fate.has(Fault::ClockSkew));
    let bridged = i64::from(connection.settings.overlap_days) - skew;
    let shown_on = filed.visible_from.date_naive();
    let late = filed.report.approved_on;
    let late = late.is_none_or(|approved_on| (shown_on - approved_on).num_days() >= bridged);
    let reimbursed = filed.report.state == ReportState::Reimbursed;
    edited.contains(&filed.report.id)
        || late
        || (reimbursed && connection.settings.tell_reimbursed)
        || books.clocks.were_ever_off(installation)
}

/// Whether a report was taken in as it is.
pub(super) fn was_taken_in(known: &Known, filed: &Filed) -> bool {
    let stored = known.reports.get(&filed.report.id);
    stored.is_some_and(|stored| stored.content == filed.report.fingerprint())
}
