//! Telling Expensify, after everything of a report is proven: a courtesy for people there, never our source of truth.

use std::collections::BTreeMap;

use super::pass::{PAGE, Pass};
use crate::error::Result;
use crate::model::{Payment, RecordKind, ReportId};
use crate::planted::{Bug, is_on};
use crate::ports::{EntryQuery, ReportQuery};
use crate::state::{OutboxEntry, ReportStatus, StateName, StoredReport};

impl Pass<'_> {
    /// Sets the exported label, and tells what has been paid, where the settings ask for it.
    pub(super) async fn acknowledge(&mut self) -> Result<()> {
        if let Some(label) = self.connection.settings.exported_label.clone() {
            self.set_label(&label).await?;
        }
        if self.connection.settings.tell_reimbursed {
            self.tell_reimbursed().await?;
        }
        Ok(())
    }

    async fn set_label(&mut self, label: &str) -> Result<()> {
        let query = ReportQuery {
            unacknowledged: true,
            ..self.delivered_reports()
        };
        let mut done = Vec::new();
        for (report, entries) in self.reports_with_entries(query).await? {
            if is_proven(&entries) {
                done.push(report.report.id);
            }
        }
        if done.is_empty() {
            return Ok(());
        }
        self.renew().await?;
        self.engine.ports.source.mark_exported(&done, label).await?;
        self.engine
            .ports
            .store
            .acknowledge(&self.lease, &done, &[], self.now())
            .await?;
        self.tally.acknowledged = u64::try_from(done.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    async fn tell_reimbursed(&mut self) -> Result<()> {
        let query = ReportQuery {
            reimbursement_untold: true,
            ..self.delivered_reports()
        };
        let mut candidates: Vec<(ReportId, Vec<OutboxEntry>)> = Vec::new();
        for (report, entries) in self.reports_with_entries(query).await? {
            let bills: Vec<_> = entries
                .into_iter()
                .filter(|entry| entry.step.draft.kind() == RecordKind::Bill)
                .collect();
            if !bills.is_empty() && is_proven(&bills) {
                candidates.push((report.report.id, bills));
            }
        }
        let bills: Vec<_> = candidates
            .iter()
            .flat_map(|(_, bills)| bills)
            .cloned()
            .collect();
        if bills.is_empty() {
            return Ok(());
        }
        let sightings = self.look(&bills).await?;
        let is_paid = |bill: &OutboxEntry| {
            sightings
                .of(bill)
                .iter()
                .any(|record| record.payment == Payment::Whole)
        };
        let paid: Vec<ReportId> = candidates
            .into_iter()
            .filter(|(_, bills)| bills.iter().all(is_paid))
            .map(|(report, _)| report)
            .collect();
        if paid.is_empty() {
            return Ok(());
        }
        self.renew().await?;
        let reply = self.engine.ports.source.mark_reimbursed(&paid).await?;
        for (report, reason) in &reply.skipped {
            self.note(
                "reimbursement_skipped",
                format!("report {report}: {reason}"),
            )
            .await?;
        }
        // Skipped ones are told too: Expensify answered, and asking every pass would change nothing.
        let told: Vec<_> = reply
            .marked
            .iter()
            .chain(reply.skipped.iter().map(|(report, _)| report))
            .cloned()
            .collect();
        self.engine
            .ports
            .store
            .acknowledge(&self.lease, &[], &told, self.now())
            .await?;
        self.tally.reimbursed = u64::try_from(reply.marked.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    fn delivered_reports(&self) -> ReportQuery {
        let ids = self.only.iter().flatten().cloned().collect();
        ReportQuery {
            statuses: vec![ReportStatus::Planned],
            ids,
            limit: PAGE,
            ..ReportQuery::default()
        }
    }

    /// Reads reports with their entries, vendors left out.
    async fn reports_with_entries(
        &self,
        mut query: ReportQuery,
    ) -> Result<Vec<(StoredReport, Vec<OutboxEntry>)>> {
        let store = &self.engine.ports.store;
        let mut found = Vec::new();
        if self
            .only
            .as_ref()
            .is_some_and(std::collections::BTreeSet::is_empty)
        {
            return Ok(found);
        }
        loop {
            let page = store.reports(&self.connection.id, &query).await?;
            let Some(last) = page.last() else {
                return Ok(found);
            };
            query.after = Some(last.report.id.clone());
            let reports = page.iter().map(|stored| stored.report.id.clone()).collect();
            let mut by_report: BTreeMap<ReportId, Vec<OutboxEntry>> = BTreeMap::new();
            let mut entries = EntryQuery {
                reports,
                limit: PAGE,
                ..EntryQuery::default()
            };
            loop {
                let page = store.entries(&self.connection.id, &entries).await?;
                let Some(last) = page.last() else { break };
                entries.after = Some(last.key.clone());
                for entry in page
                    .into_iter()
                    .filter(|entry| entry.step.draft.kind() != RecordKind::Vendor)
                {
                    by_report
                        .entry(entry.report.clone())
                        .or_default()
                        .push(entry);
                }
            }
            found.extend(page.into_iter().map(|stored| {
                let entries = by_report.remove(&stored.report.id).unwrap_or_default();
                (stored, entries)
            }));
        }
    }
}

/// Whether nothing of these is open any more and something is in the books.
fn is_proven(entries: &[OutboxEntry]) -> bool {
    let settled = |entry: &OutboxEntry| {
        matches!(
            entry.state.name(),
            StateName::Verified
                | StateName::Drifted
                | StateName::Voided
                | StateName::Skipped
                | StateName::Cancelled
        )
    };
    is_on(Bug::LabelBeforeProof)
        || entries.iter().all(settled)
            && entries
                .iter()
                .any(|entry| entry.state.name() == StateName::Verified)
}
