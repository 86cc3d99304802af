//! Taking reports in, and a person's word on them.

use super::{BlockSlot, ReportHead, Unit};
use crate::model::ReportId;
use crate::plan::Cause;
use crate::ports::{IntakeBatch, IntakeSummary};
use crate::state::{AuditDraft, Block, Judgement, ReportStatus};

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
                    ReportHead {
                        requested: known.requested || batch.requested,
                        seen_at: self.now,
                        ..known.clone()
                    }
                }
                Some(known) => {
                    summary.changed = summary.changed.saturating_add(1);
                    ReportHead {
                        content,
                        status: ReportStatus::New,
                        judgement: None,
                        requested: known.requested || batch.requested,
                        seen_at: self.now,
                        ..known.clone()
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
        summary
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
