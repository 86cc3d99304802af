//! Approved in Expensify = posted + in flight + in review + skipped + drifted.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use super::{
    Acceptance, DisagreeingReport, Discrepancy, Drift, EntryState, Judgement, OutboxEntry,
    ReconciledPart, ReconciledReport, Reconciliation, ReconciliationRow, ReportStatus,
    StoredReport, Whereabouts,
};
use crate::model::{
    Currency, ExpenseReport, LedgerRecord, Marker, Money, MoneyError, RecordId, RecordKind,
    RecordStatus, WorkspaceId,
};
use crate::plan::{StepKey, differences, summed};
use crate::planted::{Bug, is_on};

/// Builds a [`Reconciliation`] from what is stored and, if given, what FreshBooks lists.
///
/// Give every listing before the first report: posted amounts count as listed only then.
#[derive(Debug, Default)]
pub struct Reconciler {
    rows: BTreeMap<RowKey, ReconciliationRow>,
    disagreeing: Vec<DisagreeingReport>,
    discrepancies: BTreeSet<Discrepancy>,
    reports: Vec<ReconciledReport>,
    parts: Vec<ReconciledPart>,
    listed: Option<BTreeMap<Marker, Vec<LedgerRecord>>>,
    known: BTreeSet<StepKey>,
    /// Those of `known` of which nothing should count.
    gone: BTreeSet<StepKey>,
}

type RowKey = (WorkspaceId, Currency, Option<NaiveDate>);

/// Where a report's money is.
struct Tally {
    posted: Money,
    in_flight: Money,
    in_review: Money,
    skipped: Money,
    drifted: Money,
    /// What entries and skips were meant to account for, whatever FreshBooks shows now.
    meant: Money,
    parts: Vec<Part>,
}

/// A part of a report's money, before it is known which report's.
struct Part {
    whereabouts: Whereabouts,
    amount: Money,
    entry: Option<(StepKey, Option<RecordId>)>,
    reason: String,
}

impl Reconciler {
    /// Starts with nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds records of a complete listing, deleted ones included. Records given twice count once.
    pub fn add_listing(&mut self, records: &[LedgerRecord]) {
        let listed = self.listed.get_or_insert_default();
        for record in records
            .iter()
            .filter(|record| record.kind != RecordKind::Vendor)
        {
            for marker in &record.markers {
                let marked = listed.entry(marker.clone()).or_default();
                if marked
                    .iter()
                    .all(|known| (known.kind, known.id) != (record.kind, record.id))
                {
                    marked.push(record.clone());
                }
            }
        }
    }

    /// Adds a report with all its entries.
    pub fn add_report(&mut self, stored: &StoredReport, entries: &[OutboxEntry]) {
        self.known
            .extend(entries.iter().map(|entry| entry.key.clone()));
        let gone = entries.iter().filter(|entry| is_gone(&entry.state));
        self.gone.extend(gone.map(|entry| entry.key.clone()));
        let report = &stored.report;
        let approved = approved_amount(stored);
        self.reports.push(ReconciledReport {
            report: report.id.clone(),
            workspace: report.workspace.clone(),
            currency: report.currency,
            month: month_of(report),
            approved,
        });
        self.name_unapproved(stored, entries);
        let accounted = self.tally(stored, entries, approved);
        let (Some(approved), Ok(tally)) = (approved, accounted) else {
            self.disagreeing.push(DisagreeingReport {
                report: report.id.clone(),
                approved,
                accounted: None,
            });
            return;
        };
        let added = self.add_to_row(report, approved, &tally);
        if added.is_ok() {
            self.take_parts(report, tally.parts);
        }
        match added {
            Ok(accounted) if accounted == approved => {}
            accounted => self.disagreeing.push(DisagreeingReport {
                report: report.id.clone(),
                approved: Some(approved),
                accounted: accounted.ok(),
            }),
        }
    }

    /// The result.
    pub fn finish(mut self) -> Reconciliation {
        for (marker, records) in self.listed.take().unwrap_or_default() {
            let standing: Vec<_> = records
                .iter()
                .filter(|record| record.status != RecordStatus::Deleted)
                .collect();
            let key = StepKey::of(&marker);
            if self.gone.contains(&key) {
                self.discrepancies
                    .extend(standing.iter().map(|record| Discrepancy::Standing {
                        key: key.clone(),
                        record: record.id,
                        total: record.total,
                    }));
            } else if standing.len() > 1 && is_on(Bug::DuplicatesUnseen) {
                // Kept quiet.
            } else if standing.len() > 1 {
                self.discrepancies.insert(Discrepancy::Duplicate {
                    key,
                    records: standing.iter().map(|record| record.id).collect(),
                    total: sum_of(&standing),
                });
            } else if !self.known.contains(&key) && !is_on(Bug::UnknownMarksUnseen) {
                self.discrepancies
                    .extend(standing.iter().map(|record| Discrepancy::Unknown {
                        marker: marker.clone(),
                        record: record.id,
                        total: record.total,
                    }));
            }
        }
        self.disagreeing.sort_by(|a, b| a.report.cmp(&b.report));
        self.reports.sort_by(|a, b| a.report.cmp(&b.report));
        self.parts.sort_by(|a, b| a.report.cmp(&b.report));
        Reconciliation {
            rows: self.rows.into_values().collect(),
            disagreeing: self.disagreeing,
            discrepancies: self.discrepancies.into_iter().collect(),
            reports: self.reports,
            parts: self.parts,
        }
    }

    fn tally(
        &mut self,
        stored: &StoredReport,
        entries: &[OutboxEntry],
        approved: Option<Money>,
    ) -> Result<Tally, MoneyError> {
        let currency = stored.report.currency;
        let mut tally = Tally::new(currency);
        for entry in entries {
            let Some(amount) = entry.step.amount else {
                continue;
            };
            let Some(whereabouts) = whereabouts(&entry.state) else {
                continue;
            };
            let counted = self.observe(entry, amount)?;
            tally.meant = tally.meant.checked_add(amount)?;
            tally.add(whereabouts, counted, Some(entry), reason_of(&entry.state))?;
            if let Some((more, reason)) = self.left_as_is(entry, amount, &stored.report)? {
                tally.meant = tally.meant.checked_add(more)?;
                tally.add(Whereabouts::Drifted, more, Some(entry), reason)?;
            }
        }
        if stored.report.state.is_approved() {
            for skip in &stored.skips {
                let Some(amount) = skip.amount else { continue };
                tally.meant = tally.meant.checked_add(amount)?;
                let reason = skip.reason.as_str().to_owned();
                tally.add(Whereabouts::Skipped, amount, None, reason)?;
            }
        }
        if let Some(approved) = approved {
            tally.add_remainder(stored, approved)?;
        }
        Ok(tally)
    }

    fn take_parts(&mut self, report: &ExpenseReport, parts: Vec<Part>) {
        self.parts.extend(parts.into_iter().map(|part| {
            let (key, record) = part
                .entry
                .map_or((None, None), |(key, record)| (Some(key), record));
            ReconciledPart {
                report: report.id.clone(),
                workspace: report.workspace.clone(),
                month: month_of(report),
                key,
                record,
                whereabouts: part.whereabouts,
                amount: part.amount,
                reason: part.reason,
            }
        }));
    }

    /// Names a report that is not approved any more though records of it count, unless a person took that as it is.
    fn name_unapproved(&mut self, stored: &StoredReport, entries: &[OutboxEntry]) {
        let report = &stored.report;
        if report.state.is_approved() {
            return;
        }
        let counts = |entry: &&OutboxEntry| {
            let left = entry.left_as_is.as_ref();
            let deleted = matches!(
                entry.state,
                EntryState::Drifted {
                    drift: Drift::Deleted,
                    ..
                }
            );
            entry.state.record().is_some()
                && !deleted
                && !left.is_some_and(|left| left.holds_for(report))
        };
        let mut counting = entries.iter().filter(counts).peekable();
        if counting.peek().is_none() {
            return;
        }
        let amounts = counting.filter_map(|entry| entry.step.amount);
        self.discrepancies.insert(Discrepancy::NotApproved {
            report: report.id.clone(),
            state: report.state.as_str().to_owned(),
            written: Money::sum(report.currency, amounts).ok(),
        });
    }

    /// How much more, or less, a report says now than what was written from it, where a person left it so. A word on an
    /// earlier state of the report counts for nothing.
    fn left_as_is(
        &mut self,
        entry: &OutboxEntry,
        written: Money,
        report: &ExpenseReport,
    ) -> Result<Option<(Money, String)>, MoneyError> {
        let stands = matches!(
            entry.state,
            EntryState::Posted { .. } | EntryState::Verified { .. } | EntryState::Drifted { .. }
        );
        let left = entry.left_as_is.as_ref();
        let Some(left) = left.filter(|left| stands && left.holds_for(report)) else {
            return Ok(None);
        };
        self.discrepancies.insert(Discrepancy::LeftAsIs {
            key: entry.key.clone(),
            written: Some(written),
            approved: left.amount,
            acceptance: left.acceptance.clone(),
        });
        let acceptance = &left.acceptance;
        let reason = format!(
            "the report changed; left as it is by {}: {}",
            acceptance.by, acceptance.reason
        );
        let more = left.amount.map(|approved| approved.checked_sub(written));
        Ok(more.transpose()?.map(|more| (more, reason)))
    }

    /// What an entry counts for: as listed for what is posted and was listed, else as planned. Notes discrepancies.
    fn observe(&mut self, entry: &OutboxEntry, amount: Money) -> Result<Money, MoneyError> {
        let key = || entry.key.clone();
        let record = match &entry.state {
            EntryState::Drifted {
                record,
                drift,
                accepted,
                ..
            } => {
                self.name_drift(&entry.key, *record, drift, accepted.as_ref());
                return Ok(amount);
            }
            EntryState::Posted { record, .. } | EntryState::Verified { record, .. } => *record,
            EntryState::Planned
            | EntryState::Sending { .. }
            | EntryState::Unknown { .. }
            | EntryState::Correcting { .. }
            | EntryState::Voided { .. }
            | EntryState::InReview { .. }
            | EntryState::Skipped { .. }
            | EntryState::Cancelled => return Ok(amount),
        };
        let Some(listed) = &self.listed else {
            return Ok(amount);
        };
        let marked = listed
            .get(entry.step.draft.marker())
            .map(Vec::as_slice)
            .unwrap_or_default();
        let Some(found) = marked.iter().find(|found| found.id == record) else {
            self.discrepancies
                .insert(Discrepancy::Missing { key: key(), record });
            return Ok(Money::zero(amount.currency()));
        };
        let differences = differences(&entry.step.draft, found);
        if found.status == RecordStatus::Deleted {
            self.discrepancies.insert(Discrepancy::Deleted {
                key: key(),
                record,
                accepted: None,
            });
        } else if !differences.is_empty() {
            self.discrepancies.insert(Discrepancy::Edited {
                key: key(),
                record,
                differences,
                accepted: None,
            });
        }
        let standing = marked
            .iter()
            .filter(|found| found.status != RecordStatus::Deleted);
        Money::sum(amount.currency(), standing.filter_map(|found| found.total))
    }

    fn name_drift(
        &mut self,
        key: &StepKey,
        record: RecordId,
        drift: &Drift,
        accepted: Option<&Acceptance>,
    ) {
        let (key, accepted) = (key.clone(), accepted.cloned());
        self.discrepancies.insert(match drift {
            Drift::Deleted => Discrepancy::Deleted {
                key,
                record,
                accepted,
            },
            Drift::Changed(differences) => Discrepancy::Edited {
                key,
                record,
                differences: differences.clone(),
                accepted,
            },
            // The listing names the copies itself, and knows what they come to.
            Drift::Copied(_) if self.listed.is_some() => return,
            Drift::Copied(records) => Discrepancy::Duplicate {
                key,
                records: records.clone(),
                total: None,
            },
        });
    }

    /// Adds a report to its row and gives the sum of all columns but `approved`.
    fn add_to_row(
        &mut self,
        report: &ExpenseReport,
        approved: Money,
        tally: &Tally,
    ) -> Result<Money, MoneyError> {
        let accounted = tally.total()?;
        let key = (report.workspace.clone(), report.currency, month_of(report));
        let row = match self.rows.get(&key) {
            Some(row) => row.clone(),
            None => empty_row(&key),
        };
        let row = ReconciliationRow {
            approved: row.approved.checked_add(approved)?,
            posted: row.posted.checked_add(tally.posted)?,
            in_flight: row.in_flight.checked_add(tally.in_flight)?,
            in_review: row.in_review.checked_add(tally.in_review)?,
            skipped: row.skipped.checked_add(tally.skipped)?,
            drifted: row.drifted.checked_add(tally.drifted)?,
            difference: row
                .difference
                .checked_add(approved.checked_sub(accounted)?)?,
            ..row
        };
        // Only now, so that a sum beyond a decimal leaves the row as it was and names the report instead.
        self.rows.insert(key, row);
        Ok(accounted)
    }
}

impl Tally {
    const fn new(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self {
            posted: zero,
            in_flight: zero,
            in_review: zero,
            skipped: zero,
            drifted: zero,
            meant: zero,
            parts: Vec::new(),
        }
    }

    fn add(
        &mut self,
        whereabouts: Whereabouts,
        amount: Money,
        entry: Option<&OutboxEntry>,
        reason: String,
    ) -> Result<(), MoneyError> {
        let column = match whereabouts {
            Whereabouts::Posted => &mut self.posted,
            Whereabouts::InFlight => &mut self.in_flight,
            Whereabouts::InReview => &mut self.in_review,
            Whereabouts::Skipped => &mut self.skipped,
            Whereabouts::Drifted => &mut self.drifted,
        };
        *column = column.checked_add(amount)?;
        let entry = entry.map(|entry| (entry.key.clone(), entry.state.record()));
        self.parts.push(Part {
            whereabouts,
            amount,
            entry,
            reason,
        });
        Ok(())
    }

    fn total(&self) -> Result<Money, MoneyError> {
        [self.in_flight, self.in_review, self.skipped, self.drifted]
            .into_iter()
            .try_fold(self.posted, Money::checked_add)
    }

    /// Puts what no entry and no skip accounts for where the report itself stands. A planned report has no such rest: if
    /// there is one, it is the difference this is all about.
    fn add_remainder(&mut self, stored: &StoredReport, approved: Money) -> Result<(), MoneyError> {
        let (whereabouts, reason) = match stored.status {
            ReportStatus::New => (Whereabouts::InFlight, "to be planned".to_owned()),
            ReportStatus::Held => (Whereabouts::InReview, "held for review".to_owned()),
            ReportStatus::Skipped => (Whereabouts::Skipped, judged(stored.judgement.as_ref())),
            ReportStatus::Planned | ReportStatus::OutOfScope(_) => return Ok(()),
        };
        let rest = approved.checked_sub(self.meant)?;
        if rest.is_zero() {
            return Ok(());
        }
        self.add(whereabouts, rest, None, reason)
    }
}

fn judged(judgement: Option<&Judgement>) -> String {
    match judgement {
        Some(Judgement::Skip { by, reason } | Judgement::Reopen { by, reason }) => {
            format!("{by}: {reason}")
        }
        None => "left out by a person".to_owned(),
    }
}

/// The column of an entry; `None` for one that is as if it had never been.
const fn whereabouts(state: &EntryState) -> Option<Whereabouts> {
    match state {
        EntryState::Planned
        | EntryState::Sending { .. }
        | EntryState::Unknown { .. }
        | EntryState::Correcting { .. } => Some(Whereabouts::InFlight),
        EntryState::InReview { .. } => Some(Whereabouts::InReview),
        EntryState::Skipped { .. } => Some(Whereabouts::Skipped),
        EntryState::Drifted { .. } => Some(Whereabouts::Drifted),
        EntryState::Posted { .. } | EntryState::Verified { .. } => Some(Whereabouts::Posted),
        EntryState::Voided { .. } | EntryState::Cancelled => None,
    }
}

/// Why an entry is in its column.
fn reason_of(state: &EntryState) -> String {
    match state {
        EntryState::Planned => "to be written".to_owned(),
        EntryState::Sending { .. } => "being written".to_owned(),
        EntryState::Unknown { .. } => "written or not: to be proven".to_owned(),
        EntryState::Correcting { correction, .. } => format!(
            "{} ordered by {}: {}",
            correction.change.as_str(),
            correction.by,
            correction.reason
        ),
        EntryState::InReview { cause, .. } => cause.note(),
        EntryState::Skipped { by, reason } => format!("{by}: {reason}"),
        EntryState::Drifted {
            drift, accepted, ..
        } => {
            let what = match drift {
                Drift::Deleted => "deleted in FreshBooks",
                Drift::Changed(_) => "changed in FreshBooks",
                Drift::Copied(_) => "copied in FreshBooks",
            };
            accepted.as_ref().map_or_else(
                || what.to_owned(),
                |accepted| {
                    format!(
                        "{what}; left as it is by {}: {}",
                        accepted.by, accepted.reason
                    )
                },
            )
        }
        EntryState::Posted { .. }
        | EntryState::Verified { .. }
        | EntryState::Voided { .. }
        | EntryState::Cancelled => String::new(),
    }
}

/// What Expensify approved of a report: its stated total, else the sum of its expenses. A report that is not approved
/// counts for nothing.
fn approved_amount(stored: &StoredReport) -> Option<Money> {
    let report = &stored.report;
    if report.state.is_approved() {
        report
            .total
            .filter(|total| total.currency() == report.currency)
            .or_else(|| summed(report))
    } else {
        Some(Money::zero(report.currency))
    }
}

/// Whether nothing under the entry's mark should count.
fn is_gone(state: &EntryState) -> bool {
    match state {
        EntryState::Cancelled => !is_on(Bug::WithdrawnExplains),
        EntryState::Voided { .. } | EntryState::Skipped { .. } => true,
        EntryState::Planned
        | EntryState::Sending { .. }
        | EntryState::Unknown { .. }
        | EntryState::Posted { .. }
        | EntryState::Verified { .. }
        | EntryState::Drifted { .. }
        | EntryState::Correcting { .. }
        | EntryState::InReview { .. } => false,
    }
}

/// The first day of the month a report counts in.
fn month_of(report: &ExpenseReport) -> Option<NaiveDate> {
    counted_on(report).and_then(|day| day.with_day(1))
}

fn counted_on(report: &ExpenseReport) -> Option<NaiveDate> {
    let last_expense = report
        .expenses
        .iter()
        .filter_map(|expense| expense.date)
        .max();
    report.approved_on.or(report.submitted_on).or(last_expense)
}

fn empty_row((workspace, currency, month): &RowKey) -> ReconciliationRow {
    let zero = Money::zero(*currency);
    ReconciliationRow {
        workspace: workspace.clone(),
        currency: *currency,
        month: *month,
        approved: zero,
        posted: zero,
        in_flight: zero,
        in_review: zero,
        skipped: zero,
        drifted: zero,
        difference: zero,
    }
}

fn sum_of(records: &[&LedgerRecord]) -> Option<Money> {
    let totals: Vec<_> = records.iter().filter_map(|record| record.total).collect();
    Money::sum(totals.first()?.currency(), totals.iter().copied()).ok()
}
