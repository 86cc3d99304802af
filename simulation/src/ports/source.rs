//! Expensify as a host reaches it.

use std::collections::VecDeque;

use async_trait::async_trait;
use sync_core::model::{ReportId, ReportState};
use sync_core::ports::{
    ExpenseSource, ExportQuery, ReimbursementReply, ReportStream, SourceItem, SourceUsage,
    SourceWorkspace,
};
use sync_core::{Error, Result};

use super::turn;
use crate::fate::ReadFate;
use crate::planted::PortBug;
use crate::state::{Shared, State};
use crate::swarm::Fault;
use crate::violation::Invariant;
use crate::world::workspace;

/// Expensify as a host reaches it.
#[derive(Debug)]
pub(crate) struct SimSource {
    shared: Shared,
    host: usize,
    tenant: usize,
}

impl SimSource {
    pub(crate) const fn new(shared: Shared, host: usize, tenant: usize) -> Self {
        Self {
            shared,
            host,
            tenant,
        }
    }

    fn note(&self, state: &mut State, code: u64, text: impl FnOnce() -> String) {
        state.counts.calls += 1;
        let at = state.now;
        let (host, tenant) = (self.host, self.tenant);
        let numbers = [
            code,
            host.try_into().unwrap_or(0),
            tenant.try_into().unwrap_or(0),
        ];
        state.trace.note(at, &numbers, || {
            format!("host{host} -> expensify {tenant}: {}", text())
        });
    }
}

/// One export on its way.
#[derive(Debug)]
struct Download {
    shared: Shared,
    items: VecDeque<SourceItem>,
}

#[async_trait]
impl ReportStream for Download {
    async fn next(&mut self) -> Result<Option<SourceItem>> {
        turn().await;
        let mut state = self.shared.lock();
        if state.fate.strikes(Fault::ExportCut, 300) {
            if state.has_bug(PortBug::CutExportIsWhole) {
                return Ok(None);
            }
            return Err(Error::unavailable("read an export to its end: cut off"));
        }
        if state.has_bug(PortBug::UnreadableDropped)
            && matches!(self.items.front(), Some(SourceItem::Unreadable { .. }))
        {
            self.items.pop_front();
        }
        drop(state);
        Ok(self.items.pop_front())
    }
}

#[async_trait]
impl ExpenseSource for SimSource {
    async fn export(&self, query: &ExportQuery) -> Result<Box<dyn ReportStream>> {
        turn().await;
        let mut state = self.shared.lock();
        self.note(&mut state, 20, || format!("export {:?}", query.anchor));
        let now = state.now;
        state.hosts[self.host].shown = state.tenants[self.tenant]
            .expensify
            .select(&query.anchor, now)
            .into_iter()
            .filter(|filed| !filed.unreadable)
            .map(|filed| filed.report.id.clone())
            .collect();
        if state.fate.of_read(Fault::ExportFails, 1000) == ReadFate::Fails {
            if state.has_bug(PortBug::HtmlIsEmptyExport) {
                return Ok(Box::new(Download {
                    shared: self.shared.clone(),
                    items: VecDeque::new(),
                }));
            }
            return Err(Error::unavailable(
                "ask for an export: HTML with status 200",
            ));
        }
        let items = state.tenants[self.tenant]
            .expensify
            .select(&query.anchor, now)
            .into_iter()
            .map(|filed| {
                if filed.unreadable {
                    SourceItem::Unreadable {
                        report: filed.report.id.clone(),
                        why: "a field is missing".to_owned(),
                    }
                } else {
                    SourceItem::Report(Box::new(filed.report.clone()))
                }
            })
            .collect();
        Ok(Box::new(Download {
            shared: self.shared.clone(),
            items,
        }))
    }

    async fn workspaces(&self) -> Result<Vec<SourceWorkspace>> {
        turn().await;
        let mut state = self.shared.lock();
        self.note(&mut state, 23, || "workspaces".to_owned());
        if state.fate.of_read(Fault::ExportFails, 1000) == ReadFate::Fails {
            return Err(Error::unavailable("list the workspaces: no answer"));
        }
        let is_in_sight = state.tenants[self.tenant].expensify.is_in_sight(state.now);
        let seen = is_in_sight.then(|| SourceWorkspace {
            id: workspace(self.tenant),
            name: "Acme".to_owned(),
            role: "admin".to_owned(),
            currency: None,
        });
        Ok(seen.into_iter().collect())
    }

    async fn mark_exported(&self, reports: &[ReportId], label: &str) -> Result<()> {
        turn().await;
        let mut state = self.shared.lock();
        self.note(&mut state, 21, || format!("label {label} on {reports:?}"));
        if state.fate.of_read(Fault::ExportFails, 1000) == ReadFate::Fails {
            return Err(
                Error::unavailable("set the exported label: no answer").with_unknown_effect()
            );
        }
        for report in reports {
            let tenant = &state.tenants[self.tenant];
            let booked = tenant.expensify.reports.get(report).is_some_and(|filed| {
                filed.report.expenses.iter().all(|expense| {
                    expense.amount.is_zero()
                        || crate::truth::tag_in(&expense.merchant).is_none_or(|tag| {
                            tenant
                                .books
                                .records
                                .iter()
                                .any(|record| record.tags.contains(&tag))
                        })
                })
            });
            // Edited since: then the label is about what was verified before.
            let untouched = !tenant.edited.contains(report);
            state.require(booked || !untouched, Invariant::I4, || {
                format!("report {report} is labelled as exported and not all of it was ever in the books")
            });
            state.tenants[self.tenant]
                .expensify
                .labelled
                .insert(report.clone());
        }
        Ok(())
    }

    async fn mark_reimbursed(&self, reports: &[ReportId]) -> Result<ReimbursementReply> {
        turn().await;
        let mut state = self.shared.lock();
        self.note(&mut state, 22, || format!("reimbursed {reports:?}"));
        let mut reply = ReimbursementReply::default();
        for id in reports {
            match state.tenants[self.tenant].expensify.reports.get_mut(id) {
                Some(filed) if filed.report.state == ReportState::Approved => {
                    filed.report.state = ReportState::Reimbursed;
                    reply.marked.push(id.clone());
                }
                _ => reply.skipped.push((id.clone(), "not approved".to_owned())),
            }
        }
        Ok(reply)
    }

    fn usage(&self) -> SourceUsage {
        SourceUsage::default()
    }
}
