//! Planning what was taken in, and committing the plans.

use std::collections::{BTreeMap, BTreeSet};

use super::Engine;
use super::pass::{PAGE, Pass};
use crate::error::Result;
use crate::mapping::MappingRules;
use crate::model::{
    ConnectionId, ExpenseId, ExpenseReport, Marker, RecordKind, ReportId, ReportState, Snapshot,
};
use crate::plan::{Cause, Finding, Planned, Planner, SkipReason, StepKey, out_of_scope};
use crate::planted::{Bug, is_on};
use crate::ports::{EntryQuery, Event, ReportQuery};
use crate::state::{
    EntryState, OutboxEntry, PlanChange, PlanCommit, ReportStatus, StateName, StoredReport,
    at_current_revisions, compare_with_outbox, owned_elsewhere,
};

/// Reports that may have to be planned. Those out of scope are among them: the rules may have changed (from test to live,
/// say), or a person may have asked for them since.
pub(super) const TO_PLAN: [ReportStatus; 3] = [
    ReportStatus::New,
    ReportStatus::Held,
    ReportStatus::OutOfScope(SkipReason::NotApproved),
];

/// What planning one report came to, before it is committed.
#[derive(Debug)]
pub(super) struct Decided {
    pub(super) planned: Planned,
    pub(super) commit: PlanCommit,
    /// Vendors that must exist first.
    pub(super) waits_for_vendors: bool,
}

/// What is known besides the report when it is planned.
#[derive(Debug)]
pub(super) struct Surroundings {
    pub(super) entries: BTreeMap<ReportId, Vec<OutboxEntry>>,
    pub(super) owners: BTreeMap<ExpenseId, (StepKey, ReportId)>,
    pub(super) vendor_steps: BTreeSet<StepKey>,
    /// The marks of records that were voided.
    pub(super) voided: BTreeSet<Marker>,
}

/// The connection's rules, and the same without a start date: for reports a person asked for, and for those already in
/// the outbox, which a later start date must not tear out of the books.
#[derive(Debug)]
pub(super) struct Rulebook<'a> {
    scoped: &'a MappingRules,
    without_start: MappingRules,
}

impl<'a> Rulebook<'a> {
    pub(super) fn new(rules: &'a MappingRules) -> Self {
        let mut without_start = rules.clone();
        without_start.scope.start_date = None;
        Self {
            scoped: rules,
            without_start,
        }
    }

    /// Whether a report has to be planned: not when it is out of scope for the reason it was before. Costs no snapshot.
    pub(super) fn concern(&self, stored: &StoredReport) -> bool {
        let ReportStatus::OutOfScope(reason) = stored.status else {
            return true;
        };
        let rules = if stored.requested {
            &self.without_start
        } else {
            self.scoped
        };
        reason != SkipReason::EmptyReport
            && out_of_scope(&stored.report, &rules.scope) != Some(reason)
    }
}

/// Both kinds of rules, prepared for a snapshot.
#[derive(Debug)]
pub(super) struct Planners<'a> {
    scoped: Planner<'a>,
    without_start: Planner<'a>,
}

impl<'a> Planners<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, rules: &'a Rulebook<'_>) -> Self {
        Self {
            scoped: Planner::new(snapshot, rules.scoped),
            without_start: Planner::new(snapshot, &rules.without_start),
        }
    }
}

impl Pass<'_> {
    /// Plans every report that is new or held. Returns for how many reports vendors have to be created first.
    pub(super) async fn plan(&mut self) -> Result<u64> {
        let mut waiting: u64 = 0;
        let mut snapshot: Option<Snapshot> = None;
        let mut vendor_steps = BTreeSet::new();
        let rules = Rulebook::new(&self.connection.rules);
        let mut query = ReportQuery {
            statuses: TO_PLAN.to_vec(),
            limit: self.connection.settings.report_batch.clamp(1, PAGE),
            ..ReportQuery::default()
        };
        loop {
            let page = self
                .engine
                .ports
                .store
                .reports(&self.connection.id, &query)
                .await?;
            let Some(last) = page.last() else { break };
            query.after = Some(last.report.id.clone());
            let page: Vec<_> = page
                .into_iter()
                .filter(|stored| self.concerns(&stored.report.id) && rules.concern(stored))
                .collect();
            if page.is_empty() {
                continue;
            }
            self.renew().await?;
            // Read once per round and only when something is to be planned: a pass without news costs no listing.
            let snapshot = match &snapshot {
                Some(snapshot) => snapshot,
                None => snapshot.insert(self.engine.ports.ledger.snapshot().await?),
            };
            waiting = waiting.saturating_add(
                self.plan_page(snapshot, &rules, &page, &mut vendor_steps)
                    .await?,
            );
        }
        Ok(waiting)
    }

    fn concerns(&self, report: &ReportId) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(report))
    }

    async fn plan_page(
        &mut self,
        snapshot: &Snapshot,
        rules: &Rulebook<'_>,
        page: &[StoredReport],
        vendor_steps: &mut BTreeSet<StepKey>,
    ) -> Result<u64> {
        let mut around = self.engine.surroundings(&self.connection.id, page).await?;
        around.vendor_steps.append(vendor_steps);
        let planners = Planners::new(snapshot, rules);
        let mut all_decided: Vec<_> = page
            .iter()
            .map(|stored| decide(&planners, stored, &mut around))
            .collect();
        self.stop_waiting(page, &mut all_decided).await?;
        let mut commits = Vec::with_capacity(page.len());
        let mut waiting: u64 = 0;
        for (stored, decided) in page.iter().zip(all_decided) {
            waiting = waiting.saturating_add(u64::from(decided.waits_for_vendors));
            self.engine.tell(&Event::ReportPlanned {
                report: stored.report.id.clone(),
                held: decided.planned.is_held(),
            });
            commits.push(decided.commit);
        }
        *vendor_steps = around.vendor_steps;
        self.tally.planned = self
            .tally
            .planned
            .saturating_add(u64::try_from(commits.len()).unwrap_or(u64::MAX));
        self.engine
            .ports
            .store
            .commit_plans(&self.lease, commits, self.now())
            .await?;
        Ok(waiting)
    }

    /// A report waits for a vendor only while that is on its way. One that was refused, skipped, or created and deleted
    /// again by a person will not come by itself: then the report is held for want of it, like any other.
    async fn stop_waiting(&self, page: &[StoredReport], decided: &mut [Decided]) -> Result<()> {
        let keys: Vec<StepKey> = decided
            .iter()
            .filter(|decided| decided.waits_for_vendors)
            .flat_map(|decided| &decided.planned.vendors_first)
            .map(|step| step.key.clone())
            .collect();
        if keys.is_empty() || is_on(Bug::WaitsForLostVendor) {
            return Ok(());
        }
        let query = EntryQuery {
            keys,
            limit: PAGE,
            ..EntryQuery::default()
        };
        let store = &self.engine.ports.store;
        let entries = store.entries(&self.connection.id, &query).await?;
        let over: BTreeSet<StepKey> = entries
            .into_iter()
            .filter(|entry| !entry.state.name().is_under_way())
            .map(|entry| entry.key)
            .collect();
        for (stored, decided) in page.iter().zip(decided) {
            let mut vendors = decided.planned.vendors_first.iter();
            if vendors.any(|step| over.contains(&step.key)) {
                decided.hold(vendor_missing(stored));
            }
        }
        Ok(())
    }
}

impl Decided {
    /// Holds the report for a finding, instead of letting it wait.
    fn hold(&mut self, finding: Finding) {
        self.planned.findings.push(finding.clone());
        self.commit.findings.push(finding);
        self.commit.status = ReportStatus::Held;
        self.commit
            .changes
            .retain(|change| matches!(change, PlanChange::Withdraw(_)));
        self.waits_for_vendors = false;
    }
}

impl Engine {
    /// Reads what planning a page of reports must know besides: their entries, and who owns their expenses.
    pub(super) async fn surroundings(
        &self,
        connection: &ConnectionId,
        page: &[StoredReport],
    ) -> Result<Surroundings> {
        let reports: Vec<_> = page.iter().map(|stored| stored.report.id.clone()).collect();
        let expenses: Vec<_> = page
            .iter()
            .flat_map(|stored| {
                stored
                    .report
                    .expenses
                    .iter()
                    .map(|expense| expense.id.clone())
            })
            .collect();
        let mut query = EntryQuery {
            reports,
            limit: PAGE,
            ..EntryQuery::default()
        };
        let mut entries: BTreeMap<ReportId, Vec<OutboxEntry>> = BTreeMap::new();
        let mut vendor_steps = BTreeSet::new();
        loop {
            let page = self.ports.store.entries(connection, &query).await?;
            let Some(last) = page.last() else { break };
            query.after = Some(last.key.clone());
            for entry in page {
                // A vendor outlives the report it was created for: it is never compared with the report's plan.
                if entry.step.draft.kind() == RecordKind::Vendor {
                    vendor_steps.insert(entry.key);
                } else {
                    entries.entry(entry.report.clone()).or_default().push(entry);
                }
            }
        }
        let owners = self
            .ports
            .store
            .expense_owners(connection, &expenses)
            .await?;
        let owners = owners
            .into_iter()
            .map(|(expense, owner)| (expense, (owner.key, owner.report)))
            .collect();
        Ok(Surroundings {
            entries,
            owners,
            vendor_steps,
            voided: self.voided(connection).await?,
        })
    }

    /// The marks of every record that was voided: only a person's order makes one, so they are few.
    async fn voided(&self, connection: &ConnectionId) -> Result<BTreeSet<Marker>> {
        let mut query = EntryQuery {
            states: vec![StateName::Voided],
            limit: PAGE,
            ..EntryQuery::default()
        };
        let mut voided = BTreeSet::new();
        loop {
            let page = self.ports.store.entries(connection, &query).await?;
            let Some(last) = page.last() else {
                return Ok(voided);
            };
            query.after = Some(last.key.clone());
            voided.extend(page.iter().map(|entry| entry.step.draft.marker().clone()));
        }
    }
}

/// Plans one report and compares the plan with what is in the outbox.
pub(super) fn decide(
    planners: &Planners<'_>,
    stored: &StoredReport,
    around: &mut Surroundings,
) -> Decided {
    let report = &stored.report;
    let entries = around
        .entries
        .get(&report.id)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let asked_for = stored.requested || !entries.is_empty();
    let prepared = if asked_for {
        &planners.without_start
    } else {
        &planners.scoped
    };
    let mut planned = prepared.plan(report);
    let of_report: BTreeSet<Marker>;
    let voided = if is_on(Bug::RevisionsPerReport) {
        let voided = entries
            .iter()
            .filter(|entry| entry.state.name() == StateName::Voided);
        of_report = voided
            .map(|entry| entry.step.draft.marker().clone())
            .collect();
        &of_report
    } else {
        &around.voided
    };
    at_current_revisions(&mut planned, voided);
    let elsewhere = owned_elsewhere(&planned, &around.owners);
    planned.findings.extend(elsewhere);
    let unapproved = planned
        .skips
        .iter()
        .any(|skip| skip.reason == SkipReason::NotApproved);
    let (mut changes, more) = if unapproved && entries.iter().any(|entry| is_open(entry, report)) {
        // Posted, then unapproved: what is in the books stays there until a person decides.
        (Vec::new(), vec![unapproved_finding(stored)])
    } else {
        compare_with_outbox(&planned, report, entries)
    };
    planned.findings.extend(more);
    if planned.is_held() {
        changes.retain(|change| matches!(change, PlanChange::Withdraw(_)));
    }
    let waits_for_vendors = !planned.is_held() && !planned.vendors_first.is_empty();
    if waits_for_vendors {
        let vendors = planned.vendors_first.iter();
        let new = vendors.filter(|step| around.vendor_steps.insert(step.key.clone()));
        changes.extend(new.cloned().map(PlanChange::Insert));
    }
    // The next report of this page may hold the same expense, when a person has moved it and only one was read again.
    for change in &changes {
        if let PlanChange::Insert(step) | PlanChange::Replace(step) = change {
            for expense in &step.expenses {
                let owner = (step.key.clone(), report.id.clone());
                around.owners.entry(expense.clone()).or_insert(owner);
            }
        }
    }
    let commit = PlanCommit {
        report: report.id.clone(),
        content: stored.content,
        status: status_of(&planned, waits_for_vendors || is_correcting(entries)),
        skips: planned.skips.clone(),
        changes,
        findings: planned.findings.clone(),
    };
    Decided {
        planned,
        commit,
        waits_for_vendors,
    }
}

/// Whether something of the entry may be in the books, and nobody has said what becomes of it.
fn is_open(entry: &OutboxEntry, report: &ExpenseReport) -> bool {
    let decided = match &entry.state {
        EntryState::Correcting { .. } | EntryState::Voided { .. } | EntryState::Cancelled => true,
        EntryState::Planned
        | EntryState::Sending { .. }
        | EntryState::Unknown { .. }
        | EntryState::Posted { .. }
        | EntryState::Verified { .. }
        | EntryState::Drifted { .. }
        | EntryState::InReview { .. }
        | EntryState::Skipped { .. } => entry
            .left_as_is
            .as_ref()
            .is_some_and(|left| left.holds_for(report)),
    };
    !decided && !entry.is_untouched()
}

/// While a record is being corrected its report is planned on every pass: what replaces a voided record is planned as soon
/// as it is proven voided.
fn is_correcting(entries: &[OutboxEntry]) -> bool {
    entries
        .iter()
        .any(|entry| matches!(entry.state, EntryState::Correcting { .. }))
}

fn vendor_missing(stored: &StoredReport) -> Finding {
    let employee = &stored.report.employee;
    Finding {
        cause: Cause::VendorMissing {
            employee: employee.email.clone(),
            name: employee.name.clone(),
            suggestions: Vec::new(),
        },
        expense: None,
        amount: stored.report.total,
    }
}

fn unapproved_finding(stored: &StoredReport) -> Finding {
    let report = stored.report.id.to_string();
    let cause = match stored.absence {
        Some(absence) if stored.report.state == ReportState::Vanished => {
            Cause::VanishedAfterPosting {
                report,
                workspace: stored.report.workspace.to_string(),
                shown: stored.seen_at,
                looks: absence.looks,
                since: absence.since,
                last: absence.last,
            }
        }
        _ => Cause::UnapprovedAfterPosting {
            report,
            state: stored.report.state.as_str().to_owned(),
        },
    };
    Finding {
        cause,
        expense: None,
        amount: stored.report.total,
    }
}

fn status_of(planned: &Planned, waits: bool) -> ReportStatus {
    if planned.is_held() {
        ReportStatus::Held
    } else if waits {
        ReportStatus::New
    } else if let Some(skip) = planned
        .skips
        .iter()
        .find(|skip| skip.reason.is_whole_report())
    {
        ReportStatus::OutOfScope(skip.reason)
    } else {
        ReportStatus::Planned
    }
}
