//! What a person is told of: reports, marks, and the expenses they hold.

use std::collections::BTreeSet;

use sync_core::model::{Marker, ReportId};
use sync_core::plan::{Cause, StepKey};
use sync_core::state::{Discrepancy, Reconciliation, ReportStatus, StateName};

use super::known::Known;
use crate::people::tags_of;
use crate::truth::{Expensify, TrueRecord};

/// What is named to a person: reports and marks.
pub(super) struct Named {
    pub(super) reports: BTreeSet<ReportId>,
    pub(super) markers: BTreeSet<String>,
    /// Expenses of the reports, as they are and as they were taken in.
    pub(super) tags: BTreeSet<u32>,
}

impl Named {
    /// Whether a person is told of a record: by its mark, or by a report it holds an expense of.
    pub(super) fn covers(&self, record: &TrueRecord) -> bool {
        let by_mark = |marker: &Marker| self.markers.contains(marker.as_str());
        record.record.markers.iter().any(by_mark) || !record.tags.is_disjoint(&self.tags)
    }
}

pub(super) fn named(expensify: &Expensify, known: &Known, result: &Reconciliation) -> Named {
    let mut named = Named {
        reports: BTreeSet::new(),
        markers: BTreeSet::new(),
        tags: BTreeSet::new(),
    };
    for block in known.items.iter().flat_map(|item| &item.blocks) {
        named.reports.insert(block.report.clone());
        if let Some(key) = &block.entry {
            named.markers.insert(key.to_string());
        }
        match &block.cause {
            Cause::ChangedAfterPosting { key, .. }
            | Cause::RemovedAfterPosting { key }
            | Cause::PostedElsewhere { key, .. } => {
                named.markers.insert(key.clone());
            }
            _ => {}
        }
    }
    for stored in known.reports.values() {
        if matches!(stored.status, ReportStatus::Skipped | ReportStatus::Held) {
            named.reports.insert(stored.report.id.clone());
        }
    }
    for entry in &known.entries {
        if matches!(
            entry.state.name(),
            StateName::InReview | StateName::Skipped | StateName::Drifted
        ) {
            named.reports.insert(entry.report.clone());
            named.markers.insert(entry.key.to_string());
        }
    }
    named.reports.extend(
        result
            .disagreeing
            .iter()
            .map(|report| report.report.clone()),
    );
    named.reports.extend(left_as_is(known, result));
    // A report that is named stands for every record made of it, whatever it holds by now.
    let of_named = known
        .entries
        .iter()
        .filter(|entry| named.reports.contains(&entry.report));
    named
        .markers
        .extend(of_named.map(|entry| entry.key.to_string()));
    for discrepancy in &result.discrepancies {
        let marker = match discrepancy {
            Discrepancy::Edited { key, .. }
            | Discrepancy::Deleted { key, .. }
            | Discrepancy::Missing { key, .. }
            | Discrepancy::LeftAsIs { key, .. }
            | Discrepancy::Standing { key, .. }
            | Discrepancy::Duplicate { key, .. } => key.to_string(),
            Discrepancy::Unknown { marker, .. } => marker.to_string(),
            // The review queue names it too; what was written of it is not more or less for it.
            Discrepancy::NotApproved { .. } => continue,
        };
        named.markers.insert(marker);
    }
    for id in &named.reports {
        let stored = known.reports.get(id).map(|stored| &stored.report);
        let filed = expensify.reports.get(id).map(|filed| &filed.report);
        named
            .tags
            .extend(stored.into_iter().chain(filed).flat_map(tags_of));
    }
    named
}

/// Reports of which a person left a record as it is: that says of them that they are worth something else, whatever expenses
/// they hold by now.
fn left_as_is(known: &Known, result: &Reconciliation) -> impl Iterator<Item = ReportId> {
    let is_left = |key: &StepKey| {
        let mut discrepancies = result.discrepancies.iter();
        discrepancies
            .any(|one| matches!(one, Discrepancy::LeftAsIs { key: left, .. } if left == key))
    };
    let left = known
        .entries
        .iter()
        .filter(move |entry| is_left(&entry.key));
    left.map(|entry| entry.report.clone())
}
