//! A source in memory.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;

use super::lock;
use crate::error::{Error, Result};
use crate::model::{ExpenseReport, ReportId, ReportState};
use crate::ports::{
    ExpenseSource, ExportAnchor, ExportQuery, ReimbursementReply, ReportStream, SourceItem,
    SourceUsage, SourceWorkspace,
};

/// A source in memory: gives the reports a test put there, selected as Expensify would.
#[derive(Debug, Default)]
pub struct MemorySource {
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    reports: BTreeMap<ReportId, ExpenseReport>,
    unreadable: BTreeMap<ReportId, String>,
    workspaces: Vec<SourceWorkspace>,
    labels: BTreeMap<ReportId, BTreeSet<String>>,
    exports_to_fail: u32,
    cut_after: Option<usize>,
    usage: SourceUsage,
}

impl MemorySource {
    /// A source without reports.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a report there, or replaces it.
    pub fn put(&self, report: ExpenseReport) {
        let mut held = lock(&self.held);
        held.unreadable.remove(&report.id);
        held.reports.insert(report.id.clone(), report);
    }

    /// Makes a report unreadable until it is put there again. It is given with every export that is not of named reports.
    pub fn spoil(&self, report: ReportId, why: impl Into<String>) {
        lock(&self.held).unreadable.insert(report, why.into());
    }

    /// Takes a report away, as a person in Expensify deletes it; whether it was there.
    pub fn remove(&self, report: &ReportId) -> bool {
        lock(&self.held).reports.remove(report).is_some()
    }

    /// Sets the workspaces the credentials can see.
    pub fn set_workspaces(&self, workspaces: Vec<SourceWorkspace>) {
        lock(&self.held).workspaces = workspaces;
    }

    /// Fails the next so many exports before they begin.
    pub fn fail_exports(&self, count: u32) {
        lock(&self.held).exports_to_fail = count;
    }

    /// Cuts the next export off after so many items.
    pub fn cut_next_export_after(&self, items: usize) {
        lock(&self.held).cut_after = Some(items);
    }

    /// The labels a report was marked exported under.
    pub fn labels(&self, report: &ReportId) -> BTreeSet<String> {
        lock(&self.held)
            .labels
            .get(report)
            .cloned()
            .unwrap_or_default()
    }

    /// The report as it stands now.
    pub fn report(&self, report: &ReportId) -> Option<ExpenseReport> {
        lock(&self.held).reports.get(report).cloned()
    }
}

impl Held {
    fn select(&self, query: &ExportQuery) -> VecDeque<SourceItem> {
        let unreadable = self
            .unreadable
            .iter()
            .filter(|(id, _)| match &query.anchor {
                ExportAnchor::Reports(ids) => ids.contains(id),
                ExportAnchor::ApprovedAfter(_) | ExportAnchor::Window { .. } => true,
            });
        let readable = self
            .reports
            .values()
            .filter(|report| !self.unreadable.contains_key(&report.id))
            .filter(|report| {
                query.workspaces.is_empty() || query.workspaces.contains(&report.workspace)
            })
            .filter(|report| matches(report, &query.anchor));
        readable
            .map(|report| SourceItem::Report(Box::new(report.clone())))
            .chain(unreadable.map(|(id, why)| SourceItem::Unreadable {
                report: id.clone(),
                why: why.clone(),
            }))
            .collect()
    }
}

fn matches(report: &ExpenseReport, anchor: &ExportAnchor) -> bool {
    match anchor {
        ExportAnchor::ApprovedAfter(day) => {
            report.state.is_approved() && report.approved_on.is_some_and(|approved| approved > *day)
        }
        ExportAnchor::Window { from, to } => {
            report.state.is_approved()
                && report
                    .submitted_on
                    .is_some_and(|day| *from <= day && day <= *to)
        }
        ExportAnchor::Reports(ids) => ids.contains(&report.id),
    }
}

/// The items of one export, and whether it ends as it should.
#[derive(Debug)]
struct MemoryStream {
    items: VecDeque<SourceItem>,
    cut_off: bool,
}

#[async_trait]
impl ReportStream for MemoryStream {
    async fn next(&mut self) -> Result<Option<SourceItem>> {
        match self.items.pop_front() {
            Some(item) => Ok(Some(item)),
            None if self.cut_off => Err(Error::unavailable(
                "read an export to its end: injected cut",
            )),
            None => Ok(None),
        }
    }
}

#[async_trait]
impl ExpenseSource for MemorySource {
    async fn export(&self, query: &ExportQuery) -> Result<Box<dyn ReportStream>> {
        let mut held = lock(&self.held);
        held.usage.exports = held.usage.exports.saturating_add(1);
        if let Some(left) = held.exports_to_fail.checked_sub(1) {
            held.exports_to_fail = left;
            return Err(Error::unavailable("ask for an export: injected fault"));
        }
        held.usage.downloads = held.usage.downloads.saturating_add(1);
        let mut items = held.select(query);
        let cut_after = held.cut_after.take();
        items.truncate(cut_after.unwrap_or(usize::MAX));
        Ok(Box::new(MemoryStream {
            items,
            cut_off: cut_after.is_some(),
        }))
    }

    async fn workspaces(&self) -> Result<Vec<SourceWorkspace>> {
        let mut held = lock(&self.held);
        held.usage.other = held.usage.other.saturating_add(1);
        Ok(held.workspaces.clone())
    }

    async fn mark_exported(&self, reports: &[ReportId], label: &str) -> Result<()> {
        let mut held = lock(&self.held);
        held.usage.exports = held.usage.exports.saturating_add(1);
        for report in reports {
            held.labels
                .entry(report.clone())
                .or_default()
                .insert(label.to_owned());
        }
        Ok(())
    }

    async fn mark_reimbursed(&self, reports: &[ReportId]) -> Result<ReimbursementReply> {
        let mut held = lock(&self.held);
        held.usage.other = held.usage.other.saturating_add(1);
        let mut reply = ReimbursementReply::default();
        for id in reports {
            match held.reports.get_mut(id) {
                Some(report) if report.state == ReportState::Approved => {
                    report.state = ReportState::Reimbursed;
                    reply.marked.push(id.clone());
                }
                Some(report) => reply
                    .skipped
                    .push((id.clone(), format!("report is {}", report.state.as_str()))),
                None => reply
                    .skipped
                    .push((id.clone(), "report not found".to_owned())),
            }
        }
        Ok(reply)
    }

    fn usage(&self) -> SourceUsage {
        lock(&self.held).usage
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{block_on, samples};

    async fn drain(source: &MemorySource, anchor: ExportAnchor) -> Result<Vec<SourceItem>> {
        let mut stream = source
            .export(&ExportQuery {
                workspaces: Vec::new(),
                anchor,
            })
            .await?;
        let mut items = Vec::new();
        while let Some(item) = stream.next().await? {
            items.push(item);
        }
        Ok(items)
    }

    #[test]
    fn approved_after_is_strict_and_a_cut_export_is_an_error_once() {
        let source = MemorySource::new();
        source.put(samples::report("R00A", &[100]));
        source.put(samples::report("R00B", &[200]));
        let day_before = samples::day().pred_opt().unwrap();
        block_on(async {
            assert_eq!(
                drain(&source, ExportAnchor::ApprovedAfter(day_before))
                    .await
                    .unwrap()
                    .len(),
                2
            );
            assert!(
                drain(&source, ExportAnchor::ApprovedAfter(samples::day()))
                    .await
                    .unwrap()
                    .is_empty()
            );
            source.cut_next_export_after(1);
            assert!(
                drain(&source, ExportAnchor::ApprovedAfter(day_before))
                    .await
                    .is_err()
            );
            assert_eq!(
                drain(&source, ExportAnchor::ApprovedAfter(day_before))
                    .await
                    .unwrap()
                    .len(),
                2
            );
        });
    }
}
