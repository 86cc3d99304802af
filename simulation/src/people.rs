//! What people do in both services while the sync runs.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use sync_core::model::{ExpenseReport, Payment, RecordStatus, ReportId, ReportState};

use crate::dice::Dice;
use crate::fate::Fate;
use crate::filing::{Filing, before, total};
use crate::state::{State, Tenant};
use crate::swarm::{Fault, Swarm};
use crate::truth::Filed;
use crate::world::{currency, minor};

/// Lets people do what they do now and then.
pub(crate) fn act(state: &mut State, dice: &Dice, scale: u64) {
    let now = state.now;
    let State {
        fate,
        tenants,
        trace,
        ..
    } = state;
    let Fate::Random { swarm, .. } = fate else {
        return;
    };
    let tenant_number = dice.position(tenants.len());
    let tenant = &mut tenants[tenant_number];
    let mut did = |what: Option<String>| {
        if let Some(what) = what {
            trace.note(now, &[40], || format!("person at {tenant_number}: {what}"));
        }
    };
    for fault in [
        Fault::PersonEdits,
        Fault::PersonDeletes,
        Fault::PersonDuplicates,
        Fault::PersonArchivesOrPays,
    ] {
        if swarm.strikes(dice, fault, scale) {
            did(meddle(tenant, dice, fault, now));
        }
    }
    if swarm.strikes(dice, Fault::BudgetUsedUp, scale) {
        tenant.books.busy_until = Some(now + TimeDelta::minutes(dice.between(1, 400)));
        did(Some("leaves no request to others".to_owned()));
    }
    if swarm.strikes(dice, Fault::ReferenceChanges, scale) {
        did(change_reference(tenant, dice));
    }
    for fault in [
        Fault::ReportEdited,
        Fault::ReportReopened,
        Fault::ReportDeleted,
        Fault::ExpenseMoves,
        Fault::CurrencyChanges,
        Fault::Unreadable,
    ] {
        if swarm.strikes(dice, fault, scale) {
            did(change_report(tenant, swarm, dice, (fault, now)));
        }
    }
    if swarm.strikes(dice, Fault::SightLost, scale) {
        let until = now + TimeDelta::hours(dice.between(1, 60));
        tenant.expensify.out_of_sight_until = Some(until);
        did(Some(format!(
            "takes the workspace out of sight until {until}"
        )));
    }
    if dice.chance(60) {
        let report = tenant.filing.report(dice, swarm, now.date_naive());
        did(Some(format!("files {}", report.id)));
        file(tenant, report, now, TimeDelta::zero());
    }
    if swarm.strikes(dice, Fault::ApprovedLate, scale) {
        let day = before(now.date_naive(), dice.below(20));
        let report = tenant.filing.report(dice, swarm, day);
        let wait = TimeDelta::hours(dice.between(0, 72));
        did(Some(format!("files {} that shows in {wait}", report.id)));
        file(tenant, report, now, wait);
    }
}

fn file(
    tenant: &mut Tenant,
    report: ExpenseReport,
    now: chrono::DateTime<chrono::Utc>,
    wait: TimeDelta,
) {
    let filed = Filed::new(report, now + wait);
    tenant
        .expensify
        .reports
        .insert(filed.report.id.clone(), filed);
}

/// Days to another month.
const OTHER_MONTHS: [u64; 2] = [60, 200];

fn meddle(
    tenant: &mut Tenant,
    dice: &Dice,
    fault: Fault,
    now: chrono::DateTime<chrono::Utc>,
) -> Option<String> {
    // Often what a sender may still be looking for, or one of several copies: who made them sorts them out.
    let copied = tenant.books.one_of_several(dice);
    let position = if let Some(unanswered) = tenant.books.newest_unanswered()
        && dice.chance(500)
    {
        unanswered
    } else if let Some(copied) = copied
        && fault != Fault::PersonDuplicates
        && dice.chance(500)
    {
        copied
    } else {
        dice.position(tenant.books.records.len())
    };
    let found = tenant.books.records.get_mut(position)?;
    // Archived or paid is not changed.
    found.touched |= fault != Fault::PersonArchivesOrPays;
    let record = &mut found.record;
    let what = format!("{fault:?} of {} {}", record.kind.as_str(), record.id);
    match fault {
        Fault::PersonDeletes => record.status = RecordStatus::Deleted,
        Fault::PersonArchivesOrPays if dice.chance(500) => record.status = RecordStatus::Archived,
        Fault::PersonArchivesOrPays => record.payment = Payment::Whole,
        Fault::PersonDuplicates => {
            let (mut copy, tags) = (record.clone(), found.tags.clone());
            // Often for another month: that is what bills are copied for.
            if dice.chance(400) {
                copy.date = copy.date.map(|date| before(date, dice.one(&OTHER_MONTHS)));
            }
            tenant.books.enter_by_hand(copy, tags, now);
        }
        // What was copied is most often moved to another month.
        _ if Some(position) == copied && dice.chance(600) => {
            record.date = record
                .date
                .map(|date| before(date, dice.one(&OTHER_MONTHS)));
        }
        _ => match dice.below(3) {
            0 => {
                let more = minor(dice.between(1, 500), record.total?.currency());
                record.total = record.total.and_then(|total| total.checked_add(more).ok());
            }
            // To a day nearby, or to another month.
            1 => {
                let days = dice.one(&[1, 3, 20, 60, 200]);
                record.date = record.date.map(|date| before(date, days));
            }
            _ => record.category = Some(sync_core::model::CategoryId::new(8)),
        },
    }
    Some(what)
}

fn change_reference(tenant: &mut Tenant, dice: &Dice) -> Option<String> {
    let parts = &mut tenant.books.reference;
    if dice.chance(500) {
        let position = dice.position(parts.vendors.len());
        let vendor = parts.vendors.get_mut(position)?;
        vendor.active = !vendor.active;
        Some(format!("vendor {} active: {}", vendor.id, vendor.active))
    } else {
        let position = dice.position(parts.categories.len());
        let category = parts.categories.get_mut(position)?;
        category.active = !category.active;
        Some(format!(
            "category {} active: {}",
            category.id, category.active
        ))
    }
}

fn change_report(
    tenant: &mut Tenant,
    swarm: &Swarm,
    dice: &Dice,
    (fault, now): (Fault, chrono::DateTime<chrono::Utc>),
) -> Option<String> {
    let ids: Vec<ReportId> = tenant.expensify.reports.keys().cloned().collect();
    let mut id = dice.pick(&ids)?.clone();
    let other = dice.pick(&ids)?.clone();
    // What was voided is often moved next: that is why it was voided.
    if fault == Fault::ExpenseMoves && dice.chance(500) {
        let voided = ids
            .iter()
            .find(|report| ends_in_what_is_gone(tenant, report));
        id = voided.cloned().unwrap_or(id);
    }
    let is_deleted = |id| {
        let filed = tenant.expensify.reports.get(id);
        filed.is_some_and(Filed::is_deleted)
    };
    // What is deleted can only be brought back.
    if fault != Fault::ReportDeleted && (is_deleted(&id) || is_deleted(&other)) {
        return None;
    }
    tenant.edited.insert(id.clone());
    let filed = tenant.expensify.reports.get_mut(&id)?;
    let report = &mut filed.report;
    match fault {
        Fault::ReportDeleted if report.state == ReportState::Vanished => {
            report.state = ReportState::Approved;
            filed.shown_again_at = Some(now);
        }
        Fault::ReportDeleted => report.state = ReportState::Vanished,
        Fault::Unreadable => filed.unreadable = !filed.unreadable,
        Fault::CurrencyChanges => {
            report.currency = currency(dice.one(&["EUR", "CHF"]));
            for expense in &mut report.expenses {
                let units = dice.between(1, 9_000);
                expense.report_amount = Some(minor(units, report.currency));
            }
            report.total = total(report);
        }
        Fault::ReportReopened => {
            report.state = if report.state.is_approved() {
                ReportState::Open
            } else {
                ReportState::Approved
            };
        }
        Fault::ExpenseMoves if other != id => {
            let moved = report.expenses.pop()?;
            report.total = total(report);
            tenant.edited.insert(other.clone());
            tenant.moved.extend(crate::truth::tag_in(&moved.merchant));
            let target = &mut tenant.expensify.reports.get_mut(&other)?.report;
            target.expenses.push(moved);
            target.total = total(target);
            return Some(format!("moves an expense from {id} to {other}"));
        }
        _ => edit(report, &mut tenant.filing, swarm, dice)?,
    }
    Some(format!("{fault:?} on {id}"))
}

/// Changes an amount, adds or takes away an expense, or renames the report.
fn edit(report: &mut ExpenseReport, filing: &mut Filing, swarm: &Swarm, dice: &Dice) -> Option<()> {
    match dice.below(4) {
        0 => {
            let position = dice.position(report.expenses.len());
            let units = dice.between(1, 90_000);
            let expense = report.expenses.get_mut(position)?;
            expense.report_amount = Some(minor(units, report.currency));
            report.total = total(report);
        }
        1 => {
            let expense = filing.expense(dice, swarm, report);
            report.expenses.push(expense);
            report.total = total(report);
        }
        2 => {
            report.expenses.pop();
            report.total = total(report);
        }
        _ => report.name.push('!'),
    }
    Some(())
}

/// Whether the last expense of a report is in a record that was deleted or voided.
fn ends_in_what_is_gone(tenant: &Tenant, report: &ReportId) -> bool {
    let filed = tenant.expensify.reports.get(report);
    let last = filed.and_then(|filed| filed.report.expenses.last());
    let tag = last.and_then(|expense| crate::truth::tag_in(&expense.merchant));
    let mut records = tenant.books.records.iter();
    records.any(|record| !record.stands() && tag.is_some_and(|tag| record.tags.contains(&tag)))
}

/// Tags of a report's expenses.
pub(crate) fn tags_of(report: &ExpenseReport) -> BTreeSet<u32> {
    report
        .expenses
        .iter()
        .filter_map(|expense| crate::truth::tag_in(&expense.merchant))
        .collect()
}
