//! What a person orders done about a written record that is not as the report says, or not as it was written.

use super::operator::DecisionOutcome;
use super::pass::{PAGE, Pass};
use crate::error::{Error, Result};
use crate::model::{LedgerRecord, Marker, Money, Payment, RecordId, RecordKind, ReportId};
use crate::plan::{Cause, Planned, Step, StepKey, differences, plan_report};
use crate::ports::{EntryQuery, ReportQuery, Transition};
use crate::state::{
    Acceptance, Copies, Correction, Drift, EntryEvent, EntryState, LeftAsIs, OutboxEntry,
    RecordChange, ReviewItem, StateName, StoredReport, amount_now, at_current_revisions,
    differs_from_source, not_updatable,
};

/// What is to become of a written record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorrectionKind {
    /// It is changed in place to what the report says; or back to what was written, where only the record was changed.
    Update,
    /// It is voided, and what the report still holds of it is written anew under the next revision of its mark.
    VoidAndRepost,
    /// It stays as it is. The difference stays named in every reconciliation.
    Accept,
    /// Of several records that carry its mark this one stays, and the others are voided, one by one.
    KeepOne {
        /// Which.
        record: RecordId,
        /// What if it is not as it was planned.
        differing: Differing,
    },
}

/// What becomes of an order to keep a record that is not as it was planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Differing {
    /// It is refused.
    Refused,
    /// The record stays as it is. The difference stays named in every reconciliation.
    Accepted,
}

impl CorrectionKind {
    /// Its name in the audit trail.
    const fn action(self) -> &'static str {
        match self {
            Self::Update => "review_correct_update",
            Self::VoidAndRepost => "review_correct_void_and_repost",
            Self::Accept => "review_correct_accept",
            Self::KeepOne { .. } => "review_correct_keep",
        }
    }
}

/// Who orders, and why.
#[derive(Clone, Copy, Debug)]
struct Orderer<'a> {
    by: &'a str,
    reason: &'a str,
}

/// A written record with what the report says of it now.
#[derive(Debug)]
struct Written<'a> {
    entry: OutboxEntry,
    stored: &'a StoredReport,
    /// The report as planned now, at current revisions.
    planned: &'a Planned,
    number: RecordId,
    /// As FreshBooks shows it; `None` when it is deleted there, or unknown.
    standing: Option<LedgerRecord>,
    /// Every record that counts under its mark or an earlier revision of that; only looked for where one is to be kept.
    marked: Vec<LedgerRecord>,
}

impl Pass<'_> {
    /// Orders a correction of everything an item is about and carries it out as far as it goes now. What does not go
    /// through at once is carried on by the next pass.
    pub(super) async fn order_correction(
        &mut self,
        by: &str,
        item: &ReviewItem,
        kind: CorrectionKind,
        reason: &str,
    ) -> Result<DecisionOutcome> {
        let entries = self.entries_about(item).await?;
        let reports: Vec<ReportId> = entries.iter().map(|entry| entry.report.clone()).collect();
        let stored = self.stored(&reports).await?;
        let planned = self.planned_now(&stored).await?;
        let mut transitions = Vec::new();
        for entry in entries {
            let Some((stored, planned)) = stored
                .iter()
                .zip(&planned)
                .find(|(stored, _)| stored.report.id == entry.report)
            else {
                continue;
            };
            let written = self.written(item, entry, kind, (stored, planned)).await?;
            let key = written.entry.key.clone();
            let event = written.event(Orderer { by, reason }, kind, self.now())?;
            transitions.push(Transition { key, event });
        }
        let subject = format!("review item {}", item.number);
        self.note_decision(by, &subject, kind.action(), reason)
            .await?;
        // First, so that a crash in between only has the reports planned again, which changes nothing.
        self.plan_again(&reports, by, reason).await?;
        let mut outcome = DecisionOutcome {
            reports,
            ..DecisionOutcome::default()
        };
        for entry in self.record(transitions).await? {
            let entry = self.carry_on(entry).await?;
            outcome.entries.push(entry.key.clone());
            outcome.standings.push((entry.key, entry.state.name()));
        }
        Ok(outcome)
    }

    /// The written entries an item is about.
    async fn entries_about(&self, item: &ReviewItem) -> Result<Vec<OutboxEntry>> {
        let mut query = EntryQuery {
            limit: PAGE,
            ..EntryQuery::default()
        };
        if let Cause::UnapprovedAfterPosting { .. } | Cause::VanishedAfterPosting { .. } =
            item.cause
        {
            query.reports = item.reports().into_iter().cloned().collect();
        } else {
            let blocked = item.blocks.iter().filter_map(|block| block.entry.clone());
            query.keys = blocked.chain(key_of(&item.cause)).collect();
        }
        let store = &self.engine.ports.store;
        let mut entries = if query.keys.is_empty() && query.reports.is_empty() {
            Vec::new()
        } else {
            store.entries(&self.connection.id, &query).await?
        };
        entries.retain(|entry| {
            let bookable = entry.step.draft.kind() != RecordKind::Vendor;
            bookable && record_of(entry, &item.cause).is_some()
        });
        if entries.is_empty() {
            return Err(Error::invalid(format!(
                "correct what review item {} is about: no written record is concerned; `review show` says what to do",
                item.number
            )));
        }
        Ok(entries)
    }

    async fn stored(&self, reports: &[ReportId]) -> Result<Vec<StoredReport>> {
        let query = ReportQuery {
            ids: reports.to_vec(),
            limit: PAGE,
            ..ReportQuery::default()
        };
        let store = &self.engine.ports.store;
        store.reports(&self.connection.id, &query).await
    }

    /// The reports as planned now; the start date does not apply to what is written already.
    async fn planned_now(&self, stored: &[StoredReport]) -> Result<Vec<Planned>> {
        let around = self
            .engine
            .surroundings(&self.connection.id, stored)
            .await?;
        let snapshot = self.engine.ports.ledger.snapshot().await?;
        let mut rules = self.connection.rules.clone();
        rules.scope.start_date = None;
        let planned = stored.iter().map(|stored| {
            let mut planned = plan_report(&snapshot, &stored.report, &rules);
            at_current_revisions(&mut planned, &around.voided);
            planned
        });
        Ok(planned.collect())
    }

    async fn written<'a>(
        &mut self,
        item: &ReviewItem,
        entry: OutboxEntry,
        kind: CorrectionKind,
        (stored, planned): (&'a StoredReport, &'a Planned),
    ) -> Result<Written<'a>> {
        let (number, marked) = if let CorrectionKind::KeepOne { record, .. } = kind {
            (record, self.copies(item, &entry).await?)
        } else {
            let known = record_of(&entry, &item.cause);
            let number = known.ok_or_else(|| {
                Error::invalid(format!("correct {}: its record is not known", entry.key))
            })?;
            (number, Vec::new())
        };
        let found = self
            .engine
            .ports
            .ledger
            .read(entry.step.draft.kind(), number)
            .await?;
        Ok(Written {
            entry,
            stored,
            planned,
            number,
            standing: found.filter(super::probe::stands),
            marked,
        })
    }

    /// Every record that counts under an entry's mark or an earlier revision of it: those of a complete listing, and those
    /// the item names, which a person may have moved to a day that the listing does not cover.
    async fn copies(
        &mut self,
        item: &ReviewItem,
        entry: &OutboxEntry,
    ) -> Result<Vec<LedgerRecord>> {
        let sightings = self.look(std::slice::from_ref(entry)).await?;
        let mut found: Vec<LedgerRecord> = sightings
            .up_to(entry)
            .into_iter()
            .filter(|record| super::probe::stands(record))
            .cloned()
            .collect();
        let Cause::DuplicateRecords { records, .. } = &item.cause else {
            return Ok(found);
        };
        for number in records {
            if found.iter().all(|record| record.id != *number) {
                let kind = entry.step.draft.kind();
                let read = self.engine.ports.ledger.read(kind, *number).await?;
                found.extend(
                    read.filter(|record| super::probe::stands(record) && carries(record, entry)),
                );
            }
        }
        Ok(found)
    }
}

/// Whether a record carries an entry's mark or an earlier revision of it. A later revision is another entry's record.
fn carries(record: &LedgerRecord, entry: &OutboxEntry) -> bool {
    let own = entry.step.draft.marker();
    let revisions = 1..=own.revision();
    let mut marks = revisions.map(|revision| own.at_revision(revision));
    marks.any(|mark| record.markers.contains(&mark))
}

impl Written<'_> {
    fn event(
        &self,
        orderer: Orderer<'_>,
        kind: CorrectionKind,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<EntryEvent> {
        let change = match kind {
            CorrectionKind::Accept => return self.acceptance(orderer, now),
            CorrectionKind::Update => {
                self.refuse_copied("update")?;
                RecordChange::Update(Box::new(self.updated()?))
            }
            CorrectionKind::VoidAndRepost => {
                self.refuse_beyond_numbers()?;
                RecordChange::Void
            }
            CorrectionKind::KeepOne { differing, .. } => {
                return Ok(EntryEvent::CorrectionOrdered {
                    correction: Box::new(Correction {
                        by: orderer.by.to_owned(),
                        reason: orderer.reason.to_owned(),
                        change: RecordChange::KeepOne(Box::new(self.kept(differing)?)),
                    }),
                    record: self.number,
                });
            }
        };
        self.refuse_paid()?;
        Ok(EntryEvent::CorrectionOrdered {
            correction: Box::new(Correction {
                by: orderer.by.to_owned(),
                reason: orderer.reason.to_owned(),
                change,
            }),
            record: self.number,
        })
    }

    /// The step the record is to become.
    fn updated(&self) -> Result<Step> {
        let refused = |why: &str| {
            Err(Error::invalid(format!(
                "update record {} ({}): {why}",
                self.number, self.entry.key
            )))
        };
        let Some(record) = &self.standing else {
            return refused(
                "it is deleted in FreshBooks; --void-and-repost writes it anew, --accept leaves it so",
            );
        };
        if !self.stored.report.state.is_approved() {
            return refused(
                "its report is not approved any more; choose --void-and-repost or --accept",
            );
        }
        let step = if self.differs() {
            match self.step() {
                Some(step) => step.clone(),
                None if self.planned.is_held() => {
                    return refused(
                        "the report is held for other causes; see to those first, or choose --accept",
                    );
                }
                None => {
                    return refused(
                        "the report does not hold it any more; choose --void-and-repost or --accept",
                    );
                }
            }
        } else {
            self.entry.step.clone()
        };
        match not_updatable(&self.entry.step.draft, &step.draft, record) {
            None => Ok(step),
            Some(what) => refused(&format!(
                "FreshBooks cannot take or change {what} in place; choose --void-and-repost"
            )),
        }
    }

    /// The copies that are voided so that this record alone carries the mark.
    fn kept(&self, differing: Differing) -> Result<Copies> {
        let refused = |why: String| {
            Err(Error::invalid(format!(
                "keep record {} ({}): {why}",
                self.number, self.entry.key
            )))
        };
        let own = self.entry.step.draft.marker();
        let Some(record) = &self.standing else {
            return refused(
                "it is deleted in FreshBooks, or there is none of that number".to_owned(),
            );
        };
        if !record.markers.contains(own) {
            return refused(
                "it does not carry that mark; `review show` names those that do".to_owned(),
            );
        }
        let mut copies = self.marked.iter().filter(|copy| copy.id != self.number);
        if let Some(paid) = copies.clone().find(|copy| copy.payment != Payment::Nothing) {
            return refused(format!(
                "bill {} has payments, and a paid bill is never voided; keep that one, or take the payment back in \
                 FreshBooks first",
                paid.id
            ));
        }
        let left = differences(&self.entry.step.draft, record);
        if !left.is_empty() && differing == Differing::Refused {
            let fields: Vec<&str> = left.iter().map(|one| one.field.as_str()).collect();
            return refused(format!(
                "it is not as planned ({}); keep another, or give --as-it-is to keep it so",
                fields.join(", ")
            ));
        }
        let Some(first) = copies.next() else {
            return refused(
                "no other record carries that mark any more; `review resolve` has it read again"
                    .to_owned(),
            );
        };
        Ok(Copies {
            voiding: first.id,
            then: copies.map(|copy| copy.id).collect(),
            left,
        })
    }

    fn refuse_beyond_numbers(&self) -> Result<()> {
        if self.entry.step.draft.marker().revision() < Marker::REVISION_MAX {
            return Ok(());
        }
        Err(Error::invalid(format!(
            "void {}: it was replaced so often that no number is left for another; choose --update or --accept",
            self.entry.key
        )))
    }

    /// Neither changing a record nor leaving it takes its copies away.
    fn refuse_copied(&self, verb: &str) -> Result<()> {
        let copied = matches!(
            self.entry.state,
            EntryState::Drifted {
                drift: Drift::Copied(_),
                ..
            } | EntryState::InReview {
                cause: Cause::DuplicateRecords { .. },
                ..
            }
        );
        if !copied {
            return Ok(());
        }
        Err(Error::invalid(format!(
            "{verb} {}: its money is in the books more than once; choose --keep with the number of the record that stays, \
             or --void-and-repost",
            self.entry.key
        )))
    }

    fn refuse_paid(&self) -> Result<()> {
        let paid = self
            .standing
            .as_ref()
            .is_some_and(|record| record.payment != Payment::Nothing);
        if paid {
            return Err(Error::invalid(format!(
                "change bill {} ({}): it has payments, and a paid bill is never changed; choose --accept, or take the \
                 payment back in FreshBooks first",
                self.number, self.entry.key
            )));
        }
        Ok(())
    }

    fn acceptance(
        &self,
        orderer: Orderer<'_>,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<EntryEvent> {
        self.refuse_copied("leave")?;
        let acceptance = Acceptance {
            by: orderer.by.to_owned(),
            reason: orderer.reason.to_owned(),
            at: now,
        };
        let drift = match &self.standing {
            None => Some(Drift::Deleted),
            Some(record) => {
                let found = differences(&self.entry.step.draft, record);
                (!found.is_empty()).then_some(Drift::Changed(found))
            }
        };
        let report = self.differs_in_source().then(|| LeftAsIs {
            acceptance: acceptance.clone(),
            content: self.stored.content,
            approved: self.stored.report.state.is_approved(),
            amount: self.amount_now(),
        });
        Ok(EntryEvent::Accepted {
            acceptance,
            drift: drift.map(|drift| (self.number, drift)),
            report,
        })
    }

    fn step(&self) -> Option<&Step> {
        let steps = self.planned.steps.iter();
        steps.into_iter().find(|step| step.key == self.entry.key)
    }

    fn differs(&self) -> bool {
        differs_from_source(&self.entry, self.step(), &self.stored.report)
    }

    fn differs_in_source(&self) -> bool {
        !self.stored.report.state.is_approved() || self.differs()
    }

    fn amount_now(&self) -> Option<Money> {
        amount_now(&self.entry, self.step(), &self.stored.report)
    }
}

/// The entry a cause of a whole report is about.
fn key_of(cause: &Cause) -> Option<StepKey> {
    if let Cause::ChangedAfterPosting { key, .. } | Cause::RemovedAfterPosting { key } = cause {
        Some(StepKey::from_stored(key.clone()))
    } else {
        None
    }
}

/// The record of an entry that may be corrected, also where only the cause names it.
fn record_of(entry: &OutboxEntry, cause: &Cause) -> Option<RecordId> {
    let name = entry.state.name();
    let known = entry
        .state
        .record()
        .filter(|_| name != StateName::Correcting);
    if let (Cause::DuplicateRecords { records, .. }, StateName::InReview) = (cause, name) {
        known.or_else(|| records.first().copied())
    } else {
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples;

    #[test]
    fn a_record_that_was_replaced_as_often_as_numbers_go_is_not_voided_once_more() {
        let report = samples::report("R1", &[100]);
        let planned = Planned::nothing_of(&report);
        for (revision, is_refused) in [
            (Marker::REVISION_MAX - 1, false),
            (Marker::REVISION_MAX, true),
        ] {
            let step = samples::bill_step(&report).at_revision(revision);
            let written = Written {
                entry: OutboxEntry::planned(report.id.clone(), step, samples::start()),
                stored: &StoredReport::taken_in(report.clone(), false, samples::start()),
                planned: &planned,
                number: RecordId::new(1),
                standing: None,
                marked: Vec::new(),
            };
            let refused = written
                .refuse_beyond_numbers()
                .map_err(|error| error.to_string());
            assert_eq!(refused.is_err(), is_refused, "{refused:?}");
            if let Err(why) = refused {
                assert!(
                    why.contains("EXP-R1-999") && why.contains("--accept"),
                    "{why}"
                );
            }
        }
    }
}
