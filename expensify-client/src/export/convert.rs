//! From the records of the file to the model.

use super::error::Problem;
use super::expense::{Expense, TagLevel, Units};
use super::report::{Action, Approver, Person, Report, ReportStatus};
use super::value::{self, Read, Stamp};
use super::warning::{Warning, WarningKind};
use super::wire::{ActionRecord, ApproverRecord, ExpenseRecord, ReportRecord};
use crate::ids::{ExpenseId, PolicyId, ReportId};
use crate::money::Hundredths;
use crate::scalar::Text;

/// The side channel of the parser: warnings up to a limit, and how many there were beyond it.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) warnings: Vec<Warning>,
    pub(super) dropped: u64,
    pub(super) limit: usize,
}

/// Notes on one line.
struct LineNotes<'a> {
    line: u64,
    notes: &'a mut Notes,
    unreadable: Vec<&'static str>,
}

impl<'a> LineNotes<'a> {
    const fn new(line: u64, notes: &'a mut Notes) -> Self {
        Self {
            line,
            notes,
            unreadable: Vec::new(),
        }
    }

    fn warn(&mut self, field: &'static str, kind: WarningKind) {
        if self.notes.warnings.len() < self.notes.limit {
            self.notes.warnings.push(Warning {
                line: self.line,
                field,
                kind,
            });
        } else {
            self.notes.dropped += 1;
        }
    }

    fn read<T>(&mut self, field: &'static str, read: Read<T>) -> Option<T> {
        if let Some(kind) = read.oddity {
            self.warn(field, kind);
            if read.value.is_none() {
                self.unreadable.push(field);
            }
        }
        read.value
    }

    fn amount(&mut self, field: &'static str, text: &Text<'_>) -> Option<Hundredths> {
        self.read(field, value::hundredths(text.as_str()))
    }

    fn flag(&mut self, field: &'static str, text: &Text<'_>) -> Option<bool> {
        self.read(field, value::flag(text.as_str()))
    }
}

fn stamp(text: Text<'_>) -> Option<Stamp> {
    text.filled().map(Stamp::new)
}

fn person(first_name: Text<'_>, last_name: Text<'_>, full_name: Text<'_>) -> Person {
    Person {
        first_name: first_name.filled(),
        last_name: last_name.filled(),
        full_name: full_name.filled(),
    }
}

fn approver(record: ApproverRecord<'_>) -> Approver {
    Approver {
        email: record.email.filled(),
        date: stamp(record.date),
        person: person(record.first_name, record.last_name, record.full_name),
        employee_user_id: record.employee_user_id.filled(),
        employee_payroll_id: record.employee_payroll_id.filled(),
    }
}

/// Who did it and what was said stand in one of two places, by kind of action.
fn action(record: ActionRecord<'_>) -> Action {
    Action {
        kind: record.action.filled(),
        account_email: record
            .account_email
            .filled()
            .or_else(|| record.actor_email.filled()),
        created: stamp(record.created),
        message: record
            .details_message
            .filled()
            .or_else(|| record.message.filled()),
        expected_date: stamp(record.expected_date),
    }
}

/// Makes the report, still without its expenses.
pub(super) fn report(
    record: ReportRecord<'_>,
    line: u64,
    notes: &mut Notes,
) -> Result<Report, Problem> {
    let mut notes = LineNotes::new(line, notes);
    let ReportRecord {
        texts: record,
        approvers,
        history,
        rest,
    } = record;
    let id = ReportId::new(record.id.0).map_err(|_| Problem::BadId { field: "reportID" })?;
    let policy_id = match record.policy_id.filled().map(PolicyId::new) {
        Some(policy) => Some(policy.map_err(|_| Problem::BadId { field: "policyID" })?),
        None => None,
    };
    let custom_fields = rest.into_iter().filter_map(|(name, value)| {
        let name = name.strip_prefix("customField.")?.to_owned();
        value.filled().map(|value| (name, value))
    });
    Ok(Report {
        id,
        old_id: record.old_id.filled(),
        name: record.name.filled(),
        status: record
            .status
            .filled()
            .map(|text| ReportStatus::from_text(&text)),
        display_status: record.display_status.filled(),
        state: record.state.filled(),
        state_num: record.state_num.filled(),
        policy_id,
        policy_name: record.policy_name.filled(),
        currency: record.currency.filled(),
        total: notes.amount("total", &record.total),
        created: stamp(record.created),
        submitted: stamp(record.submitted),
        approved: stamp(record.approved),
        reimbursed: stamp(record.reimbursed),
        is_ach_reimbursed: notes.flag("isACHReimbursed", &record.is_ach_reimbursed),
        entry_id: record.entry_id.filled(),
        account_email: record.account_email.filled(),
        account_id: record.account_id.filled(),
        submitter: person(
            record.submitter_first_name,
            record.submitter_last_name,
            record.submitter_full_name,
        ),
        employee_custom_field_1: record.employee_custom_field_1.filled(),
        employee_custom_field_2: record.employee_custom_field_2.filled(),
        manager_email: record.manager_email.filled(),
        manager_user_id: record.manager_user_id.filled(),
        manager_payroll_id: record.manager_payroll_id.filled(),
        manager: person(
            record.manager_first_name,
            record.manager_last_name,
            record.manager_full_name,
        ),
        approvers: approvers.into_iter().map(approver).collect(),
        history: history.into_iter().map(action).collect(),
        custom_fields: custom_fields.collect(),
        unreadable: notes.unreadable,
        expenses: Vec::new(),
    })
}

/// Makes an expense of `report`, which the record was checked to name.
pub(super) fn expense(
    mut record: ExpenseRecord<'_>,
    report: &Report,
    line: u64,
    notes: &mut Notes,
) -> Result<Expense, Problem> {
    let mut notes = LineNotes::new(line, notes);
    let named = record.report_id.as_str();
    // Both forms of the ID are accepted here: which one the service puts into the expense is UNVERIFIED.
    if !named.is_empty() && named != report.id.as_str() && Some(named) != report.old_id.as_deref() {
        notes.warn("reportID", WarningKind::OtherReportId);
    }
    let ntags = tag_levels(&mut record);
    Ok(Expense {
        id: ExpenseId::new(record.id.0).map_err(|_| Problem::BadId {
            field: "transactionID",
        })?,
        report_id: report.id.clone(),
        kind: record.kind.filled(),
        merchant: record.merchant.filled(),
        modified_merchant: record.modified_merchant.filled(),
        amount: notes.amount("amount", &record.amount),
        modified_amount: notes.amount("modifiedAmount", &record.modified_amount),
        converted_amount: notes.amount("convertedAmount", &record.converted_amount),
        currency: record.currency.filled(),
        currency_conversion_rate: record.currency_conversion_rate.filled(),
        created: stamp(record.created),
        modified_created: stamp(record.modified_created),
        inserted: stamp(record.inserted),
        category: record.category.filled(),
        category_gl_code: record.category_gl_code.filled(),
        category_payroll_code: record.category_payroll_code.filled(),
        tag: record.tag.filled(),
        tag_gl_code: record.tag_gl_code.filled(),
        ntags,
        comment: record.comment.filled(),
        billable: notes.flag("billable", &record.billable),
        reimbursable: notes.flag("reimbursable", &record.reimbursable),
        bank: record.bank.filled(),
        mcc: record.mcc.filled(),
        modified_mcc: record.modified_mcc.filled(),
        has_tax: notes.flag("hasTax", &record.has_tax),
        tax_amount: notes.amount("taxAmount", &record.tax_amount),
        modified_tax_amount: notes.amount("modifiedTaxAmount", &record.modified_tax_amount),
        tax_name: record.tax_name.filled(),
        tax_rate_name: record.tax_rate_name.filled(),
        tax_code: record.tax_code.filled(),
        tax_rate: record.tax_rate.filled(),
        receipt_id: record.receipt_id.filled(),
        receipt_filename: record.receipt_filename.filled(),
        receipt_url: record.receipt_url.filled(),
        is_distance: notes.flag("isDistance", &record.is_distance),
        units: Units {
            count: record.units_count.filled(),
            rate: record.units_rate.filled(),
            unit: record.units_unit.filled(),
            name: record.units_name.filled(),
        },
        card_id: record.card_id.filled(),
        card_name: record.card_name.filled(),
        card_number: record.card_number.filled(),
        posted: stamp(record.posted),
        external_id: record.external_id.filled(),
        source: record.source.filled(),
        unreadable: notes.unreadable,
    })
}

/// Takes the ten numbered tags out of the record, up to the last that is set.
fn tag_levels(record: &mut ExpenseRecord<'_>) -> Vec<TagLevel> {
    let numbered = [
        (&mut record.ntag1, &mut record.ntag1_gl_code),
        (&mut record.ntag2, &mut record.ntag2_gl_code),
        (&mut record.ntag3, &mut record.ntag3_gl_code),
        (&mut record.ntag4, &mut record.ntag4_gl_code),
        (&mut record.ntag5, &mut record.ntag5_gl_code),
        (&mut record.ntag6, &mut record.ntag6_gl_code),
        (&mut record.ntag7, &mut record.ntag7_gl_code),
        (&mut record.ntag8, &mut record.ntag8_gl_code),
        (&mut record.ntag9, &mut record.ntag9_gl_code),
        (&mut record.ntag10, &mut record.ntag10_gl_code),
    ];
    let is_set =
        |(name, code): &(&mut Text<'_>, &mut Text<'_>)| !(name.0.is_empty() && code.0.is_empty());
    let levels = numbered.iter().rposition(is_set).map_or(0, |last| last + 1);
    let take = |text: &mut Text<'_>| std::mem::take(text).filled();
    numbered
        .into_iter()
        .take(levels)
        .map(|(name, code)| TagLevel {
            name: take(name),
            gl_code: take(code),
        })
        .collect()
}

#[cfg(test)]
mod tests;
