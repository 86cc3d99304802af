//! What a pass would do, without doing it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::intake::first_day;
use super::planning::{Planners, Rulebook, TO_PLAN, decide};
use super::{Connection, Engine, SavedPlan, SavedReport, SavedStep, Selection};
use crate::error::Result;
use crate::model::{ConnectionId, Fingerprint, Money, ReportId, Snapshot};
use crate::plan::{Finding, Skip, Step};
use crate::ports::{ExportAnchor, ExportQuery, ReportQuery, SourceItem};
use crate::state::{StateName, StoredReport};

/// How a planned step stands against what the outbox holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum StepStanding {
    /// It would be written.
    New,
    /// It is in the outbox under the same key, in this state.
    Known(StateName),
}

/// A step a pass would write, or knows already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PreviewedStep {
    /// The step, with the reason for every choice.
    pub step: Step,
    /// How it stands.
    pub standing: StepStanding,
}

/// What would become of one report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PreviewedReport {
    /// Its id.
    pub id: ReportId,
    /// Its title.
    pub name: String,
    /// Whose it is.
    pub employee: String,
    /// Its total.
    pub total: Option<Money>,
    /// Hash of its content.
    pub content: Fingerprint,
    /// Its records, in a fixed order.
    pub steps: Vec<PreviewedStep>,
    /// What holds it.
    pub findings: Vec<Finding>,
    /// What is left out, with the reason.
    pub skips: Vec<Skip>,
    /// Why it could not be read, when it could not.
    pub unreadable: Option<String>,
}

/// What a pass would do. Holds no times and no random numbers: equal states give byte-equal output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanPreview {
    /// Of which connection.
    pub connection: ConnectionId,
    /// Hash of the mapping rules.
    pub rules: Fingerprint,
    /// Hash of the ledger's reference data.
    pub snapshot: Fingerprint,
    /// The reports, by id.
    pub reports: Vec<PreviewedReport>,
}

impl PlanPreview {
    /// The steps that would be written.
    pub fn to_write(&self) -> impl Iterator<Item = &Step> {
        self.reports
            .iter()
            .flat_map(|report| &report.steps)
            .filter(|step| {
                matches!(
                    step.standing,
                    StepStanding::New | StepStanding::Known(StateName::Planned)
                )
            })
            .map(|previewed| &previewed.step)
    }

    /// The plan for a later pass.
    pub fn to_saved(&self) -> SavedPlan {
        let reports = self
            .reports
            .iter()
            .map(|r| SavedReport {
                id: r.id.clone(),
                content: r.content,
            })
            .collect();
        let steps = self
            .to_write()
            .map(|s| SavedStep {
                key: s.key.clone(),
                payload: s.draft.fingerprint(),
            })
            .collect();
        SavedPlan::new(
            self.connection.clone(),
            self.rules,
            self.snapshot,
            reports,
            steps,
        )
    }
}

impl Engine {
    /// Works out what a pass would do, and does none of it: reads both services and the store, writes nothing, needs no
    /// lease.
    ///
    /// # Errors
    /// Those of the ports.
    pub async fn preview(
        &self,
        connection: &Connection,
        selection: &Selection,
    ) -> Result<PlanPreview> {
        let mut unreadable = BTreeMap::new();
        let mut reports = self.waiting(connection, selection).await?;
        self.export_preview(connection, selection, &mut reports, &mut unreadable)
            .await?;
        let snapshot = self.ports.ledger.snapshot().await?;
        let rules = Rulebook::new(&connection.rules);
        let stored: Vec<StoredReport> = reports.into_values().collect();
        let mut previewed = Vec::with_capacity(stored.len());
        for page in stored.chunks(200) {
            self.preview_page(connection, &snapshot, &rules, page, &mut previewed)
                .await?;
        }
        previewed.extend(
            unreadable
                .into_iter()
                .map(|(id, why)| PreviewedReport::unreadable(id, why)),
        );
        previewed.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(PlanPreview {
            connection: connection.id.clone(),
            rules: connection.rules.fingerprint(),
            snapshot: snapshot.fingerprint(),
            reports: previewed,
        })
    }

    /// Reports the store already holds that a pass would plan: new and held ones.
    async fn waiting(
        &self,
        connection: &Connection,
        selection: &Selection,
    ) -> Result<BTreeMap<ReportId, StoredReport>> {
        let mut waiting = BTreeMap::new();
        let rules = Rulebook::new(&connection.rules);
        if *selection != Selection::SinceLastPass {
            return Ok(waiting);
        }
        let mut query = ReportQuery {
            statuses: TO_PLAN.to_vec(),
            limit: super::pass::PAGE,
            ..ReportQuery::default()
        };
        loop {
            let page = self.ports.store.reports(&connection.id, &query).await?;
            let Some(last) = page.last() else {
                return Ok(waiting);
            };
            query.after = Some(last.report.id.clone());
            let concerned = page.into_iter().filter(|stored| rules.concern(stored));
            waiting.extend(concerned.map(|stored| (stored.report.id.clone(), stored)));
        }
    }

    async fn export_preview(
        &self,
        connection: &Connection,
        selection: &Selection,
        reports: &mut BTreeMap<ReportId, StoredReport>,
        unreadable: &mut BTreeMap<ReportId, String>,
    ) -> Result<()> {
        let now = self.ports.clock.now();
        let mark = self.ports.store.watermark(&connection.id).await?;
        let anchor = match selection {
            Selection::SinceLastPass => {
                let start = connection.rules.scope.start_date;
                ExportAnchor::ApprovedAfter(first_day(
                    mark,
                    start,
                    connection.settings.overlap_days,
                    now.date_naive(),
                ))
            }
            Selection::Reports(ids) => ExportAnchor::Reports(ids.clone()),
            Selection::Backfill { from, to } => ExportAnchor::Window {
                from: *from,
                to: *to,
            },
        };
        let workspaces = connection.rules.scope.workspaces.iter().cloned().collect();
        let mut stream = self
            .ports
            .source
            .export(&ExportQuery { workspaces, anchor })
            .await?;
        while let Some(item) = stream.next().await? {
            match item {
                SourceItem::Report(report) => {
                    let requested = *selection != Selection::SinceLastPass;
                    let stored = StoredReport::taken_in(*report, requested, now);
                    reports.insert(stored.report.id.clone(), stored);
                }
                SourceItem::Unreadable { report, why } => {
                    unreadable.insert(report, why);
                }
            }
        }
        Ok(())
    }

    async fn preview_page(
        &self,
        connection: &Connection,
        snapshot: &Snapshot,
        rules: &Rulebook<'_>,
        page: &[StoredReport],
        previewed: &mut Vec<PreviewedReport>,
    ) -> Result<()> {
        let mut around = self.surroundings(&connection.id, page).await?;
        let planners = Planners::new(snapshot, rules);
        for stored in page {
            let known: BTreeMap<_, _> = around
                .entries
                .get(&stored.report.id)
                .into_iter()
                .flatten()
                .map(|entry| (entry.key.clone(), entry.state.name()))
                .collect();
            let planned = decide(&planners, stored, &mut around).planned;
            let steps = planned
                .vendors_first
                .into_iter()
                .chain(planned.steps)
                .map(|step| {
                    let standing = known
                        .get(&step.key)
                        .map_or(StepStanding::New, |state| StepStanding::Known(*state));
                    PreviewedStep { step, standing }
                });
            previewed.push(PreviewedReport {
                id: stored.report.id.clone(),
                name: stored.report.name.clone(),
                employee: stored.report.employee.email.clone(),
                total: stored.report.total,
                content: stored.content,
                steps: steps.collect(),
                findings: planned.findings,
                skips: planned.skips,
                unreadable: None,
            });
        }
        Ok(())
    }
}

impl PreviewedReport {
    fn unreadable(id: ReportId, why: String) -> Self {
        Self {
            id,
            name: String::new(),
            employee: String::new(),
            total: None,
            content: crate::model::FingerprintWriter::new("unreadable/v1").finish(),
            steps: Vec::new(),
            findings: Vec::new(),
            skips: Vec::new(),
            unreadable: Some(why),
        }
    }
}
