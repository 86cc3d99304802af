//! Taking reports in, and a person's word on them.

use super::{BlockSlot, ReportHead, Unit};
use crate::model::{ExpenseReport, ReportId, ReportState};
use crate::plan::Cause;
use crate::ports::{IntakeBatch, IntakeSummary};
use crate::state::{Absence, AuditDraft, Block, Judgement, ReportStatus};

impl Unit {
    /// Takes reports in. The watermark is the store's to write, in the same transaction.
    pub fn intake(&mut self, batch: IntakeBatch) -> IntakeSummary {
        let mut summary = IntakeSummary::default();
        for report in batch.reports {
            let content = report.fingerprint();
            let head = match self.reports.get(&report.id) {
                None => {
                    summary.new = summary.new.saturating_add(1);
                    ReportHead::new(content, batch.requested, self.now)
                }
                Some(known) if known.content == content => {
                    summary.unchanged = summary.unchanged.saturating_add(1);
                    self.seen(known, &report, batch.requested)
                }
                Some(known) => {
                    summary.changed = summary.changed.saturating_add(1);
                    ReportHead {
                        content,
                        status: ReportStatus::New,
                        judgement: None,
                        ..self.seen(known, &report, batch.requested)
                    }
                }
            };
            self.put_head(&report.id, head);
            self.fill_slot(BlockSlot::Intake(report.id.clone()), Vec::new());
            self.changes.contents.push(report);
        }
        for (report, why) in batch.unreadable {
            let block = Block {
                report: report.clone(),
                entry: None,
                cause: Cause::Unreadable { why },
                amount: None,
            };
            self.fill_slot(BlockSlot::Intake(report), vec![block]);
        }
        for report in batch.absent {
            self.note_absence(&report);
        }
        summary
    }

    /// What is kept of a report that is taken in again. One that is concluded to have vanished was not seen.
    fn seen(&self, known: &ReportHead, report: &ExpenseReport, requested: bool) -> ReportHead {
        let vanished = report.state == ReportState::Vanished;
        ReportHead {
            requested: known.requested || requested,
            seen_at: if vanished { known.seen_at } else { self.now },
            absence: known.absence.filter(|_| vanished),
            ..known.clone()
        }
    }

    fn note_absence(&mut self, report: &ReportId) {
        let Some(head) = self.reports.get(report) else {
            return;
        };
        let before = head.absence;
        let absence = Absence {
            looks: before.map_or(0, |absence| absence.looks).saturating_add(1),
            // A first look on a clock that was ahead counts from when that clock was put right.
            since: before.map_or(self.now, |absence| absence.since.min(self.now)),
            last: self.now,
        };
        let head = ReportHead {
            absence: Some(absence),
            ..head.clone()
        };
        self.put_head(report, head);
        let detail = format!(
            "look {}: a complete export by its id does not have it, though its workspace is in sight",
            absence.looks
        );
        self.audit(AuditDraft::by_engine(
            report.as_str(),
            "report_not_shown",
            &detail,
        ));
    }

    /// Sets a person's word on those of `reports` that are there.
    pub fn judge_reports(&mut self, reports: &[ReportId], judgement: &Judgement) {
        for id in reports {
            let Some(head) = self.reports.get(id) else {
                continue;
            };
            let mut head = head.clone();
            let (by, reason, action) = match judgement {
                Judgement::Skip { by, reason } => {
                    head.status = ReportStatus::Skipped;
                    head.judgement = Some(judgement.clone());
                    (by, reason, "report_skip")
                }
                Judgement::Reopen { by, reason } => {
                    head.status = ReportStatus::New;
                    head.judgement = None;
                    (by, reason, "report_reopen")
                }
            };
            self.put_head(id, head);
            self.fill_slot(BlockSlot::Plan(id.clone()), Vec::new());
            self.audit(AuditDraft {
                actor: by.clone(),
                subject: id.to_string(),
                action: action.to_owned(),
                detail: reason.clone(),
            });
        }
    }
}
