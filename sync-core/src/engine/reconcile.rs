//! Proof that the totals agree: Expensify read afresh, FreshBooks listed afresh, and what we recorded in between.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::intake::earlier;
use super::pass::{PAGE, Pass, all_reports};
use super::probe::{Sightings, compare, stands, windows};
use super::{Connection, Engine};
use crate::error::{ErrorKind, Result};
use crate::model::{ExpenseReport, LedgerRecord, RecordId, RecordKind, ReportId, ReportState};
use crate::plan::StepKey;
use crate::planted::{Bug, is_on};
use crate::ports::{
    EntryQuery, ExportAnchor, ExportQuery, IntakeBatch, ListingWindow, SourceItem, Transition,
};
use crate::state::{
    Drift, EntryEvent, EntryState, OutboxEntry, Reconciler, Reconciliation, ReportStatus,
    StateName, StoredReport,
};

/// Which reports a reconciliation is about, by day of approval.
#[derive(Clone, Copy, Debug)]
struct Period {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
}

impl Period {
    /// A report counts on its day of approval; of submission, then of its last expense, where there is none.
    fn covers(self, report: &ExpenseReport) -> bool {
        let last_expense = || {
            report
                .expenses
                .iter()
                .filter_map(|expense| expense.date)
                .max()
        };
        let Some(day) = report
            .approved_on
            .or(report.submitted_on)
            .or_else(last_expense)
        else {
            return true;
        };
        self.from.is_none_or(|from| day >= from) && self.to.is_none_or(|to| day <= to)
    }

    const fn is_everything(self) -> bool {
        self.from.is_none() && self.to.is_none()
    }
}

impl Engine {
    /// Reconciles a period (both days included; `None` leaves a side open), to the cent.
    ///
    /// Expensify is exported and FreshBooks listed afresh; edits and deletions made there since are recorded as drift, so
    /// that the audit trail shows when they were noticed. Nothing is written to either service.
    ///
    /// # Errors
    /// Those of the ports, `LeaseLost` while a pass is running on the connection. Totals that disagree are no error: they
    /// are the result.
    pub async fn reconcile(
        &self,
        connection: &Connection,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
    ) -> Result<Reconciliation> {
        let mut pass = Pass::begin(self, connection).await?;
        let outcome = pass.reconcile(Period { from, to }).await;
        let released = pass.end().await;
        let reconciliation = outcome?;
        released?;
        Ok(reconciliation)
    }
}

impl Pass<'_> {
    async fn reconcile(&mut self, period: Period) -> Result<Reconciliation> {
        let mut stored: BTreeMap<ReportId, StoredReport> =
            all_reports(self.engine, self.connection)
                .await?
                .into_iter()
                .map(|stored| (stored.report.id.clone(), stored))
                .collect();
        self.read_afresh(period, &mut stored).await?;
        stored.retain(|_, stored| period.covers(&stored.report));
        let mut entries = self.all_entries().await?;
        entries.retain(|entry| period.is_everything() || stored.contains_key(&entry.report));
        let sightings = self.look_at_all(period, &entries).await?;
        self.note_drift(&entries, &sightings).await?;
        let mut entries = self.all_entries().await?;
        entries.retain(|entry| period.is_everything() || stored.contains_key(&entry.report));
        let mut by_report: BTreeMap<ReportId, Vec<OutboxEntry>> = BTreeMap::new();
        let keys: BTreeSet<StepKey> = entries.iter().map(|entry| entry.key.clone()).collect();
        for entry in entries {
            by_report
                .entry(entry.report.clone())
                .or_default()
                .push(entry);
        }
        let mut reconciler = Reconciler::new();
        // In a part of the time, records of other reports share the windows; they are not unknown, only not asked for.
        let records = sightings
            .records(|marker| period.is_everything() || keys.contains(&StepKey::of(marker)));
        reconciler.add_listing(&records);
        for (id, stored) in &stored {
            reconciler.add_report(
                stored,
                by_report.get(id).map(Vec::as_slice).unwrap_or_default(),
            );
        }
        Ok(reconciler.finish())
    }

    /// Puts Expensify's view of now in place of what was taken in: a report that we have not seen, or not so, must show.
    /// What was approved and is missing now is taken in as it stands, so that the next pass holds it for a person.
    async fn read_afresh(
        &mut self,
        period: Period,
        stored: &mut BTreeMap<ReportId, StoredReport>,
    ) -> Result<()> {
        let scope = &self.connection.rules.scope;
        let earliest = || {
            stored
                .values()
                .filter_map(|stored| stored.report.approved_on)
                .min()
        };
        let today = self.now().date_naive();
        let first = period
            .from
            .or(scope.start_date)
            .or_else(earliest)
            .unwrap_or(today);
        let anchor = ExportAnchor::ApprovedAfter(earlier(first, 1));
        let query = ExportQuery {
            workspaces: scope.workspaces.iter().cloned().collect(),
            anchor,
        };
        let mut seen = BTreeSet::new();
        let mut unreadable = Vec::new();
        let mut stream = self.engine.ports.source.export(&query).await?;
        while let Some(item) = stream.next().await? {
            let report = match item {
                SourceItem::Report(report) => report,
                // Passes may never be shown it: it must be named here.
                SourceItem::Unreadable { report, why } => {
                    seen.insert(report.clone());
                    unreadable.push((report, why));
                    continue;
                }
            };
            seen.insert(report.id.clone());
            let fresh = StoredReport::taken_in(*report, false, self.now());
            let known = stored
                .get(&fresh.report.id)
                .is_some_and(|known| known.content == fresh.content);
            if !known {
                stored.insert(fresh.report.id.clone(), fresh);
            }
        }
        let unshown: Vec<StoredReport> = stored
            .values()
            .filter(|stored| {
                let approved = stored.report.approved_on.is_some_and(|day| day >= first);
                let counts = !matches!(stored.status, ReportStatus::OutOfScope(_));
                let known = stored.report.state == ReportState::Vanished;
                approved && counts && !known && !seen.contains(&stored.report.id)
            })
            .cloned()
            .collect();
        if !unreadable.is_empty() && !is_on(Bug::UnreadableUnseen) {
            self.store_batch(IntakeBatch {
                unreadable,
                ..IntakeBatch::default()
            })
            .await?;
        }
        for fresh in self.look_for(unshown).await? {
            stored.insert(fresh.report.id.clone(), fresh);
        }
        Ok(())
    }

    /// Lists the windows of all entries whose record we know, or which should have none any more. Where everything is
    /// asked about, all there is: a record may carry our mark that no entry knows of any more, because the database was
    /// lost, and a person may have moved it to any day.
    async fn look_at_all(&mut self, period: Period, entries: &[OutboxEntry]) -> Result<Sightings> {
        let margin = self.connection.settings.probe_margin_days;
        let known = entries.iter().filter(|entry| {
            let gone = [StateName::Voided, StateName::Skipped, StateName::Cancelled];
            entry.state.record().is_some() || gone.contains(&entry.state.name())
        });
        let windows = windows(known, margin);
        if !period.is_everything() || is_on(Bug::ListsKnownWindowsOnly) {
            return self.look_through(&windows).await;
        }
        let knows_bills = windows.iter().any(|window| window.kind == RecordKind::Bill);
        let all = |kind| ListingWindow {
            kind,
            from: None,
            to: None,
            vendor: None,
        };
        let vendors = windows
            .into_iter()
            .filter(|window| window.kind == RecordKind::Vendor);
        let mut windows: Vec<_> = vendors.collect();
        windows.push(all(RecordKind::Expense));
        if knows_bills {
            windows.push(all(RecordKind::Bill));
        }
        let mut sightings = self.look_through(&windows).await?;
        if !knows_bills {
            match self.list(&all(RecordKind::Bill), &mut sightings).await {
                // Either the plan has no bills, so there are none, or the grant ended just now: then nothing can be read.
                Err(error) if error.kind() == ErrorKind::Unauthorized => {
                    let today = Some(self.now().date_naive());
                    let window = ListingWindow {
                        from: today,
                        to: today,
                        ..all(RecordKind::Expense)
                    };
                    self.list(&window, &mut sightings).await?;
                }
                listed => listed?,
            }
        }
        Ok(sightings)
    }

    /// Records what people changed or deleted in FreshBooks since, and what they put back.
    async fn note_drift(&mut self, entries: &[OutboxEntry], sightings: &Sightings) -> Result<()> {
        let mut transitions = Vec::new();
        for entry in entries {
            if let Some(event) = self.drift_of(entry, sightings).await? {
                transitions.push(Transition {
                    key: entry.key.clone(),
                    event,
                });
            }
        }
        for batch in transitions.chunks(500) {
            self.renew().await?;
            self.record(batch.to_vec()).await?;
        }
        Ok(())
    }

    pub(super) async fn drift_of(
        &self,
        entry: &OutboxEntry,
        sightings: &Sightings,
    ) -> Result<Option<EntryEvent>> {
        let Some(known) = entry.state.record().filter(|_| is_settled(entry)) else {
            return Ok(None);
        };
        let marked = sightings.of(entry);
        let standing: Vec<_> = marked.iter().filter(|record| stands(record)).collect();
        let event = match marked.iter().find(|record| record.id == known) {
            Some(record) if stands(record) && standing.len() > 1 => Some(EntryEvent::SeenDrifted {
                drift: Drift::Copied(standing.iter().map(|record| record.id).collect()),
            }),
            Some(record) => Some(compare(entry, record)),
            None => Some(self.read_by_id(entry, known).await?),
        };
        Ok(event.filter(|event| is_news(entry, event)))
    }

    async fn all_entries(&self) -> Result<Vec<OutboxEntry>> {
        self.entries_in(&[]).await
    }
}

/// Whether what a listing shows of an entry's record may be noted: a person decides about one in review, and one that is
/// being corrected is looked at by that alone.
fn is_settled(entry: &OutboxEntry) -> bool {
    !matches!(
        entry.state.name(),
        StateName::InReview | StateName::Correcting
    )
}

/// Whether an event says anything that the entry's state does not say already.
pub(super) fn is_news(entry: &OutboxEntry, event: &EntryEvent) -> bool {
    match (&entry.state, event) {
        (EntryState::Verified { .. }, EntryEvent::ReadBack) => false,
        (EntryState::Drifted { drift, .. }, EntryEvent::SeenDrifted { drift: seen }) => {
            drift != seen
        }
        _ => true,
    }
}

impl Engine {
    /// Reads one record again, as a webhook hints, and records what became of it. The hint is never data: whatever it
    /// said, only what FreshBooks answers counts. Gives the entry whose record it is; `None` when it is not one of ours.
    ///
    /// # Errors
    /// Those of the ports; `LeaseLost` while a pass is running, which reads back by itself.
    pub async fn reread(
        &self,
        connection: &Connection,
        kind: RecordKind,
        record: RecordId,
    ) -> Result<Option<OutboxEntry>> {
        let Some(found) = self.ports.ledger.read(kind, record).await? else {
            return Ok(None);
        };
        let pass = Pass::begin(self, connection).await?;
        let outcome = pass.reread(&found).await;
        let released = pass.end().await;
        let entry = outcome?;
        released?;
        Ok(entry)
    }
}

impl Pass<'_> {
    async fn reread(&self, found: &LedgerRecord) -> Result<Option<OutboxEntry>> {
        let keys = found.markers.iter().map(StepKey::of).collect::<Vec<_>>();
        if keys.is_empty() {
            return Ok(None);
        }
        let query = EntryQuery {
            keys,
            limit: PAGE,
            ..EntryQuery::default()
        };
        let entries = self
            .engine
            .ports
            .store
            .entries(&self.connection.id, &query)
            .await?;
        let Some(entry) = entries
            .into_iter()
            .find(|entry| entry.state.record() == Some(found.id))
        else {
            return Ok(None);
        };
        let event = compare(&entry, found);
        if is_settled(&entry) && is_news(&entry, &event) {
            let moved = self
                .record(vec![Transition {
                    key: entry.key.clone(),
                    event,
                }])
                .await?;
            return Ok(moved.into_iter().next());
        }
        Ok(Some(entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples;

    fn day(text: &str) -> Option<NaiveDate> {
        text.parse().ok()
    }

    #[test]
    fn a_report_counts_on_its_approval_then_its_submission_then_its_last_expense() {
        let mut report = samples::report("R1", &[100, 200]);
        report.approved_on = day("2026-10-20");
        report.submitted_on = day("2026-10-10");
        report.expenses[0].date = day("2026-10-05");
        report.expenses[1].date = None;
        let covered = |report: &ExpenseReport, text| {
            let (from, to) = (day(text), day(text));
            Period { from, to }.covers(report)
        };
        assert!(covered(&report, "2026-10-20") && !covered(&report, "2026-10-10"));
        report.approved_on = None;
        assert!(covered(&report, "2026-10-10") && !covered(&report, "2026-10-05"));
        report.submitted_on = None;
        assert!(covered(&report, "2026-10-05") && !covered(&report, "2026-10-04"));
    }

    #[test]
    fn a_report_without_any_day_is_in_every_period() {
        let mut report = samples::report("R1", &[100]);
        (report.approved_on, report.submitted_on) = (None, None);
        report.expenses[0].date = None;
        let period = Period {
            from: day("2026-10-01"),
            to: day("2026-10-31"),
        };
        assert!(period.covers(&report));
    }
}
