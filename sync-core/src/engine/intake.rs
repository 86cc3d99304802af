//! Taking reports in.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};

use super::Selection;
use super::pass::Pass;
use crate::error::Result;
use crate::model::{ReportId, WorkspaceId};
use crate::ports::{Event, ExportAnchor, ExportQuery, IntakeBatch, SourceItem};
use crate::state::Watermark;

/// Days past today that the watermark may move to: Expensify's days have no stated zone.
const DAYS_AHEAD: u32 = 1;

/// Reports from the future that a pass names, at most.
const AHEAD_NAMED_MAX: usize = 20;

impl Pass<'_> {
    /// Reads what the selection asks for and stores it. The watermark moves with the last batch, after the export's end
    /// mark was read: an export that breaks off leaves what was read, and will be read again.
    pub(super) async fn intake(&mut self, selection: &Selection) -> Result<()> {
        match selection {
            Selection::SinceLastPass => self.intake_since_last_pass().await,
            Selection::Reports(reports) => {
                self.only = Some(reports.iter().cloned().collect());
                self.read(ExportAnchor::Reports(reports.clone()), None, true)
                    .await
                    .map(drop)
            }
            Selection::Backfill { from, to } => {
                self.only = Some(BTreeSet::new());
                self.read(
                    ExportAnchor::Window {
                        from: *from,
                        to: *to,
                    },
                    None,
                    true,
                )
                .await
                .map(drop)
            }
        }
    }

    async fn intake_since_last_pass(&mut self) -> Result<()> {
        let today = self.now().date_naive();
        let settings = &self.connection.settings;
        let before = self
            .engine
            .ports
            .store
            .watermark(&self.connection.id)
            .await?;
        let after = first_day(
            before,
            self.connection.rules.scope.start_date,
            settings.overlap_days,
            today,
        );
        let sweep_due = settings.sweep_every_days > 0
            && before.is_some_and(|mark| {
                mark.swept_on
                    .is_none_or(|day| later(day, settings.sweep_every_days) <= today)
            });
        let sweep_from = earlier(today, settings.sweep_days.min(365));
        let swept_on = before.map_or(Some(today), |mark| mark.swept_on);
        let mark = Watermark {
            approved_through: before.map_or(after, |mark| mark.approved_through),
            swept_on,
        };
        self.shown = sweep_due.then(BTreeSet::new);
        let mark = self
            .read(ExportAnchor::ApprovedAfter(after), Some(mark), false)
            .await?;
        if sweep_due {
            // What `approvedAfter` cannot see: reports closed without approval, and approvals that were indexed late.
            let mark = mark.map(|mark| Watermark {
                swept_on: Some(today),
                ..mark
            });
            self.read(
                ExportAnchor::Window {
                    from: sweep_from,
                    to: today,
                },
                mark,
                false,
            )
            .await?;
            self.look_for_unshown(sweep_from, today).await?;
        }
        Ok(())
    }

    /// Reads one export to its end. `requested`: a person asked for these reports. Returns the watermark as moved by what was read.
    pub(super) async fn read(
        &mut self,
        anchor: ExportAnchor,
        mark: Option<Watermark>,
        requested: bool,
    ) -> Result<Option<Watermark>> {
        let workspaces: Vec<WorkspaceId> = self
            .connection
            .rules
            .scope
            .workspaces
            .iter()
            .cloned()
            .collect();
        let mut mark = mark;
        let mut stream = self
            .engine
            .ports
            .source
            .export(&ExportQuery { workspaces, anchor })
            .await?;
        let mut batch = IntakeBatch {
            requested,
            ..IntakeBatch::default()
        };
        let mut count: u64 = 0;
        while let Some(item) = stream.next().await? {
            count = count.saturating_add(1);
            match item {
                SourceItem::Report(report) => {
                    self.engine.tell(&Event::ReportSeen {
                        report: report.id.clone(),
                        count,
                    });
                    if let (Some(mark), Some(day)) = (&mut mark, report.approved_on) {
                        let day = self.believable(&report.id, day);
                        mark.approved_through = mark.approved_through.max(day);
                    }
                    if let Some(shown) = &mut self.shown {
                        shown.insert(report.id.clone());
                    }
                    if requested && let Some(only) = &mut self.only {
                        only.insert(report.id.clone());
                    }
                    batch.reports.push(*report);
                }
                SourceItem::Unreadable { report, why } => {
                    if let Some(shown) = &mut self.shown {
                        shown.insert(report.clone());
                    }
                    self.tally.unreadable = self.tally.unreadable.saturating_add(1);
                    batch.unreadable.push((report, why));
                }
            }
            if u32::try_from(batch.reports.len()).unwrap_or(u32::MAX)
                >= self.connection.settings.report_batch
            {
                let full = std::mem::replace(
                    &mut batch,
                    IntakeBatch {
                        requested,
                        ..IntakeBatch::default()
                    },
                );
                self.store_batch(full).await?;
            }
        }
        batch.watermark = mark;
        self.store_batch(batch).await?;
        Ok(mark)
    }

    /// The day of an approval, as far as the watermark may follow it. A report that says it was approved on a day to come
    /// would move it past everything that is approved until then.
    fn believable(&mut self, report: &ReportId, day: NaiveDate) -> NaiveDate {
        let latest = later(self.now().date_naive(), DAYS_AHEAD);
        if day <= latest {
            return day;
        }
        let ahead = &mut self.tally.approved_ahead;
        if ahead.len() < AHEAD_NAMED_MAX {
            ahead.insert(report.clone(), day);
        }
        latest
    }

    pub(super) async fn store_batch(&mut self, batch: IntakeBatch) -> Result<()> {
        self.renew().await?;
        let taken = self
            .engine
            .ports
            .store
            .intake(&self.lease, batch, self.now())
            .await?;
        let intake = &mut self.tally.intake;
        intake.new = intake.new.saturating_add(taken.new);
        intake.changed = intake.changed.saturating_add(taken.changed);
        intake.unchanged = intake.unchanged.saturating_add(taken.unchanged);
        Ok(())
    }
}

/// The day after which approvals are asked for. Expensify drops what was approved on the day itself, hence one more day
/// back for a start date; without watermark and start date only today's approvals and later ones count. A watermark counts
/// however old it is: what was approved while no pass ran is not passed over.
pub(super) fn first_day(
    mark: Option<Watermark>,
    start: Option<NaiveDate>,
    overlap_days: u32,
    today: NaiveDate,
) -> NaiveDate {
    let before_start = start.map(|start| earlier(start, 1));
    match mark {
        None => before_start.unwrap_or_else(|| earlier(today, 1)),
        Some(mark) => {
            let overlapping = earlier(mark.approved_through, overlap_days);
            before_start.map_or(overlapping, |first| overlapping.max(first))
        }
    }
}

/// So many days before; the calendar's first day where it ends.
pub(super) fn earlier(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_sub_days(Days::new(u64::from(days)))
        .unwrap_or(NaiveDate::MIN)
}

/// So many days after; the calendar's last day where it ends.
pub(super) fn later(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_add_days(Days::new(u64::from(days)))
        .unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn an_export_starts_before_the_watermark_and_never_before_the_start_date() {
        let mark = |day| {
            Some(Watermark {
                approved_through: day,
                swept_on: None,
            })
        };
        let today = day("2026-11-22");
        for (watermark, start, expected) in [
            (None, Some("2026-11-01"), "2026-10-31"),
            (None, None, "2026-11-21"),
            (Some("2026-11-20"), Some("2026-11-01"), "2026-11-17"),
            (Some("2026-11-02"), Some("2026-11-01"), "2026-10-31"),
            (Some("2026-11-12"), None, "2026-11-09"),
        ] {
            let watermark = watermark.and_then(|text| mark(day(text)));
            assert_eq!(
                first_day(watermark, start.map(day), 3, today),
                day(expected)
            );
        }
    }
}
