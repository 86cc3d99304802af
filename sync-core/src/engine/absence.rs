//! Reports that Expensify does not show any more: unapproved, deleted, or out of sight.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::intake::{earlier, later};
use super::pass::{PAGE, Pass};
use crate::error::Result;
use crate::model::{ExpenseReport, ReportId, ReportState, WorkspaceId};
use crate::planted::{Bug, is_on};
use crate::ports::{ExportAnchor, ExportQuery, IntakeBatch, ReportQuery, SourceItem};
use crate::state::{Absence, ReportStatus, StoredReport};

/// Reports asked for by id in one export.
const PER_EXPORT: usize = 50;

/// Reports asked for by id in one pass, at most: the rest is for the next sweep or reconciliation.
const LOOKS_MAX: usize = 500;

/// Exports by id without the report that make it count as deleted, at least; `vanished_after` lies between the first and
/// the last.
const LOOKS_NEEDED: u32 = 2;

impl Pass<'_> {
    /// After a sweep: asks by id for what should have been in it and was not. A report near either end of the window may
    /// merely have been dated into another day.
    pub(super) async fn look_for_unshown(&mut self, from: NaiveDate, to: NaiveDate) -> Result<()> {
        let shown = self.shown.take().unwrap_or_default();
        let (from, to) = (later(from, 1), earlier(to, 1));
        let unshown = |stored: &StoredReport| {
            let swept = |day| from <= day && day <= to;
            stored.report.state.is_approved()
                && !matches!(stored.status, ReportStatus::OutOfScope(_))
                && stored.report.submitted_on.is_some_and(swept)
                && !shown.contains(&stored.report.id)
        };
        let mut query = ReportQuery {
            limit: self.connection.settings.report_batch.clamp(1, PAGE),
            ..ReportQuery::default()
        };
        let mut found = Vec::new();
        // A page at a time: what is stored may be far more than what is looked for.
        while found.len() < LOOKS_MAX {
            let store = &self.engine.ports.store;
            let page = store.reports(&self.connection.id, &query).await?;
            let Some(last) = page.last() else { break };
            query.after = Some(last.report.id.clone());
            found.extend(page.into_iter().filter(unshown));
        }
        self.look_for(found).await.map(drop)
    }

    /// Asks by id, whatever their state, for reports that an export by days did not have, and takes in what it shows. Absence
    /// there alone is no finding: days change, and exports lag. What an export by its very id does not have either, though
    /// its workspace is in sight, is counted; after enough looks over enough time it counts as deleted. Gives the reports as
    /// they are stored now.
    pub(super) async fn look_for(
        &mut self,
        unshown: Vec<StoredReport>,
    ) -> Result<Vec<StoredReport>> {
        let mut unshown = unshown;
        unshown.truncate(LOOKS_MAX);
        let mut absent = Vec::new();
        let mut ids = Vec::new();
        for part in unshown.chunks(PER_EXPORT) {
            let asked: Vec<ReportId> = part.iter().map(|stored| stored.report.id.clone()).collect();
            let shown = self.read_by_ids(&asked).await?;
            let missing = part
                .iter()
                .filter(|stored| !shown.contains(&stored.report.id));
            absent.extend(missing.cloned());
            ids.extend(asked);
        }
        self.count_absent(absent).await?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let query = ReportQuery {
            ids,
            limit: PAGE,
            ..ReportQuery::default()
        };
        let store = &self.engine.ports.store;
        store.reports(&self.connection.id, &query).await
    }

    /// Takes in what one export by ids shows, and gives the ids it knows anything of.
    async fn read_by_ids(&mut self, ids: &[ReportId]) -> Result<BTreeSet<ReportId>> {
        let query = ExportQuery {
            workspaces: self
                .connection
                .rules
                .scope
                .workspaces
                .iter()
                .cloned()
                .collect(),
            anchor: ExportAnchor::Reports(ids.to_vec()),
        };
        let mut stream = self.engine.ports.source.export(&query).await?;
        let mut batch = IntakeBatch::default();
        let mut shown = BTreeSet::new();
        while let Some(item) = stream.next().await? {
            match item {
                SourceItem::Report(report) => {
                    shown.insert(report.id.clone());
                    batch.reports.push(*report);
                }
                SourceItem::Unreadable { report, why } => {
                    shown.insert(report.clone());
                    batch.unreadable.push((report, why));
                }
            }
        }
        self.store_batch(batch).await?;
        Ok(shown)
    }

    async fn count_absent(&mut self, mut absent: Vec<StoredReport>) -> Result<()> {
        if absent.is_empty() {
            return Ok(());
        }
        // Credentials that lost sight of a workspace lose sight of its reports: that says nothing of any of them. Where it
        // cannot be told, nothing is counted.
        let Ok(workspaces) = self.engine.ports.source.workspaces().await else {
            return Ok(());
        };
        let in_sight: BTreeSet<WorkspaceId> = workspaces
            .into_iter()
            .map(|workspace| workspace.id)
            .collect();
        absent.retain(|stored| {
            in_sight.contains(&stored.report.workspace) || is_on(Bug::SightNotChecked)
        });
        let ids = absent
            .iter()
            .map(|stored| stored.report.id.clone())
            .collect();
        self.store_batch(IntakeBatch {
            absent: ids,
            ..IntakeBatch::default()
        })
        .await?;
        let reports: Vec<ExpenseReport> = absent
            .into_iter()
            .filter(|stored| self.is_gone(stored.absence))
            .map(|stored| ExpenseReport {
                state: ReportState::Vanished,
                ..stored.report
            })
            .collect();
        if reports.is_empty() {
            return Ok(());
        }
        self.store_batch(IntakeBatch {
            reports,
            ..IntakeBatch::default()
        })
        .await
    }

    /// Whether this look, after those before it, is enough.
    fn is_gone(&self, before: Option<Absence>) -> bool {
        !is_on(Bug::DeletedReportUnseen)
            && before.is_some_and(|before| {
                let waited = (self.now() - before.since).to_std().unwrap_or_default();
                before.looks.saturating_add(1) >= LOOKS_NEEDED
                    && waited >= self.connection.settings.vanished_after
            })
    }
}
