//! What people read about a cause: an audit note and a remedy, each one or two sentences.

use std::fmt::{self, Write as _};

use chrono::{DateTime, Utc};

use super::{Cause, RecordDifference};
use crate::mapping::{Candidate, clean, quoted};

/// Notes list at most so many records or differences; the rest is counted.
const LISTED_MAX: usize = 5;
/// Messages of the other side are cut to this many characters in notes.
const MESSAGE_CHARS_MAX: usize = 200;

impl Cause {
    /// The audit note: what is wrong, and where, in words an accountant understands. Foreign text in it is cleaned and
    /// cut.
    #[expect(
        clippy::too_many_lines,
        reason = "one arm per cause; a split match would need a wildcard"
    )]
    pub fn note(&self) -> String {
        match self {
            Self::Unreadable { why } => format!("the report could not be read: {}", message(why)),
            Self::CategoryUnmapped {
                category, gl_code, ..
            } => category_unmapped(category.as_deref(), gl_code.as_deref()),
            Self::CategoryAmbiguous {
                category,
                candidates: fitting,
            } => format!(
                "category {} fits {} FreshBooks expense categories: {}",
                quoted(category),
                fitting.len(),
                candidates(fitting)
            ),
            Self::VendorMissing { employee, name, .. } => vendor_missing(employee, name.as_deref()),
            Self::VendorAmbiguous {
                employee,
                candidates: fitting,
            } => format!(
                "employee {} fits {} FreshBooks vendors: {}",
                clean(employee, 80),
                fitting.len(),
                candidates(fitting)
            ),
            Self::CardVendorMissing { card } if card.is_empty() => {
                "company-paid cash has no FreshBooks vendor to bill it from".to_owned()
            }
            Self::CardVendorMissing { card } => format!(
                "card {} has no FreshBooks vendor to bill it from",
                quoted(card)
            ),
            Self::ReferenceMissing {
                named_by,
                kind,
                reference,
                inactive,
            } => format!(
                "{} names {} {}, which {}",
                clean(named_by, 120),
                clean(kind, 40),
                quoted(reference),
                if *inactive {
                    "is not active in FreshBooks"
                } else {
                    "FreshBooks does not have"
                }
            ),
            Self::StaffMissing { employee } => {
                format!(
                    "no FreshBooks staff member is set for expenses of {}",
                    clean(employee, 80)
                )
            }
            Self::NotConverted { spent, report } => {
                format!(
                    "an expense in {spent} came without its amount in {report}, the currency of the report"
                )
            }
            Self::TotalsDisagree { stated, summed } => {
                format!("Expensify states a total of {stated}, but the expenses sum to {summed}")
            }
            Self::Refund => {
                "a negative amount (a refund or credit) is not set to be sent".to_owned()
            }
            Self::NegativeBill => "the bill as a whole would be negative".to_owned(),
            Self::DateMissing => "an expense has no readable date".to_owned(),
            Self::ClosedPeriod { closed_until } => {
                format!("dated in the closed books (closed until {closed_until})")
            }
            Self::TaxInexact { tax } => {
                format!(
                    "with tax {} no net amount gives back the amount to the cent",
                    quoted(tax)
                )
            }
            Self::AmountInexact { currency } => {
                format!("an amount is finer than {currency} allows")
            }
            Self::ChangedAfterPosting { key, corrections } => {
                format!(
                    "the report changed after {key} was written; to correct: {}",
                    differences(corrections)
                )
            }
            Self::RemovedAfterPosting { key } => {
                format!("{key} was written, but the report no longer holds what it stands for")
            }
            Self::UnapprovedAfterPosting { report, state } => {
                format!(
                    "report {} was written, but in Expensify it is now {}",
                    clean(report, 40),
                    quoted(state)
                )
            }
            Self::VanishedAfterPosting {
                report,
                workspace,
                shown,
                looks,
                since,
                last,
            } => {
                format!(
                    "report {} was written, but Expensify shows it no longer: last shown {}; {looks} complete exports by its \
                     id, from {} to {}, did not have it, though workspace {} is in sight",
                    clean(report, 40),
                    minute(*shown),
                    minute(*since),
                    minute(*last),
                    clean(workspace, 40),
                )
            }
            Self::PostedElsewhere { key, report } => {
                format!(
                    "an expense of this report is already in {key}, of report {}",
                    clean(report, 40)
                )
            }
            Self::Refused {
                kind,
                field: Some(field),
                message: said,
            } => {
                format!(
                    "FreshBooks refused the {} because of {}: {}",
                    kind.as_str(),
                    quoted(field),
                    message(said)
                )
            }
            Self::Refused {
                kind,
                field: None,
                message: said,
            } => {
                format!(
                    "FreshBooks refused the {}: {}",
                    kind.as_str(),
                    message(said)
                )
            }
            Self::NotPermitted {
                kind,
                message: said,
            } => {
                format!(
                    "FreshBooks does not permit {}s here: {}",
                    kind.as_str(),
                    message(said)
                )
            }
            Self::MarkedRecordDiffers {
                key,
                record,
                differences: found,
            } => {
                format!(
                    "record {record} carries the mark {key} but differs from the plan: {}",
                    differences(found)
                )
            }
            Self::DuplicateRecords { key, records } => {
                format!(
                    "{} records carry the mark {key}: {}",
                    records.len(),
                    listed(records.iter())
                )
            }
            Self::MarkedRecordDeleted { key, record } => {
                format!("record {record} with the mark {key} was deleted in FreshBooks")
            }
            Self::RecordEdited {
                key,
                record,
                differences: found,
            } => {
                format!(
                    "record {record} ({key}) was changed in FreshBooks: {}",
                    differences(found)
                )
            }
            Self::RecordDeleted { key, record } => {
                format!("record {record} ({key}) was deleted in FreshBooks")
            }
            Self::BillPaid { key, record } => {
                format!(
                    "bill {record} ({key}) has payments, and a paid bill is never changed: the payment was made for what it says"
                )
            }
            Self::NumberTaken { key } => {
                format!(
                    "FreshBooks says the bill number {key} is taken, yet no such bill can be found"
                )
            }
            Self::Unproven { key, attempts } => {
                format!(
                    "whether {key} was written could not be proven either way ({attempts} attempts)"
                )
            }
            Self::AttemptsExhausted { key, last } => {
                format!(
                    "{key} was not written: every attempt was turned down, the last with: {}",
                    message(last)
                )
            }
        }
    }

    /// What to do about it.
    #[expect(
        clippy::too_many_lines,
        reason = "one arm per cause; a split match would need a wildcard"
    )]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => {
                "correct the report in Expensify; it is read again on the next sync"
            }
            Self::CategoryUnmapped { .. } => {
                "add a rule for this category, or create a category of the same name in FreshBooks, then run sync"
            }
            Self::CategoryAmbiguous { .. } => {
                "add a rule that names the right category, then run sync"
            }
            Self::VendorMissing { .. } => {
                "add a rule, or create a vendor with this contact e-mail in FreshBooks, then run sync"
            }
            Self::VendorAmbiguous { .. } => {
                "add a rule that names the right vendor, or archive the others, then run sync"
            }
            Self::CardVendorMissing { .. } => {
                "add the card to the table of card vendors, then run sync"
            }
            Self::ReferenceMissing { .. } => {
                "correct the rule or setting, or restore what it names in FreshBooks, then run sync"
            }
            Self::StaffMissing { .. } => {
                "add the employee to the staff table, or set a default staff member, then run sync"
            }
            Self::NotConverted { .. } => "set the converted amount in Expensify, then run sync",
            Self::TotalsDisagree { .. } => {
                "compare the report in Expensify with its expenses; it is read again when it changes"
            }
            Self::Refund => {
                "set refunds to be sent, or enter it by hand in FreshBooks and skip the report with a reason"
            }
            Self::NegativeBill => {
                "enter it by hand as a credit in FreshBooks and skip the report with a reason"
            }
            Self::DateMissing => "set the date of the expense in Expensify, then run sync",
            Self::ClosedPeriod { .. } => {
                "open the period again, or set closed periods to move to the first open day, then run sync"
            }
            Self::TaxInexact { .. } => {
                "add a rule with no tax for this expense, then run sync, or enter it by hand and skip it"
            }
            Self::AmountInexact { .. } => "correct the amount in Expensify, then run sync",
            Self::ChangedAfterPosting { .. } => {
                "run `review correct` with --update, --void-and-repost or --accept; or correct it by hand in FreshBooks and run `review resolve`"
            }
            Self::RemovedAfterPosting { .. } => {
                "run `review correct` with --void-and-repost if it is no longer owed, or with --accept"
            }
            Self::UnapprovedAfterPosting { .. } => {
                "have the report approved again, or run `review correct` with --void-and-repost or --accept"
            }
            Self::VanishedAfterPosting { .. } => {
                "if it was deleted, run `review correct` with --void-and-repost, which voids what was written and writes nothing anew, or with --accept; if it was not, let the connected Expensify user see it and run sync"
            }
            Self::PostedElsewhere { .. } => {
                "settle which report the expense belongs to in Expensify, then run sync"
            }
            Self::Refused { .. } => "correct what FreshBooks names, then reopen the entry",
            Self::NotPermitted { .. } => {
                "give the connected FreshBooks user the permission, or change the plan or the setting, then reopen the entry"
            }
            Self::MarkedRecordDiffers { .. } => {
                "compare the two, then run `review correct` with --update, --void-and-repost or --accept"
            }
            Self::DuplicateRecords { .. } => {
                "run `review correct` with --keep and the number of the record that stays, which voids the others; or with --void-and-repost"
            }
            Self::MarkedRecordDeleted { .. } => {
                "skip the entry if the deletion was meant, or run `review correct` with --void-and-repost to have it written anew"
            }
            Self::RecordEdited { .. } => {
                "run `review correct` with --update to put it back, --void-and-repost, or --accept; or undo the change and run `review resolve`"
            }
            Self::RecordDeleted { .. } => {
                "run `review correct` with --accept if the deletion was meant, or with --void-and-repost to have it written anew"
            }
            Self::BillPaid { .. } => {
                "run `review correct` with --accept; or take the payment back in FreshBooks first"
            }
            Self::NumberTaken { .. } => {
                "find the bill of this number in FreshBooks and adopt it, or change its number and reopen"
            }
            Self::Unproven { .. } => {
                "look for the record in FreshBooks: adopt it if it is there, reopen the entry if it is not"
            }
            Self::AttemptsExhausted { .. } => {
                "see to what the last refusal names, then reopen the entry"
            }
        }
    }
}

/// A point in time, to the minute: enough to find it in the audit trail.
fn minute(at: DateTime<Utc>) -> impl fmt::Display {
    at.format("%Y-%m-%d %H:%M UTC")
}

fn category_unmapped(category: Option<&str>, gl_code: Option<&str>) -> String {
    let subject = category.map_or_else(
        || "expenses without a category".to_owned(),
        |name| format!("category {}", quoted(name)),
    );
    let code = gl_code
        .map(|code| format!(" (GL code {})", clean(code, 40)))
        .unwrap_or_default();
    let verb = if category.is_some() { "has" } else { "have" };
    format!("{subject}{code} {verb} no FreshBooks expense category")
}

fn vendor_missing(employee: &str, name: Option<&str>) -> String {
    let name = name
        .map(|name| format!(" ({})", clean(name, 80)))
        .unwrap_or_default();
    format!(
        "employee {}{name} has no FreshBooks vendor",
        clean(employee, 80)
    )
}

fn message(said: &str) -> String {
    clean(said, MESSAGE_CHARS_MAX).into_owned()
}

fn candidates(fitting: &[Candidate]) -> String {
    listed(
        fitting
            .iter()
            .map(|one| format!("{} ({})", quoted(&one.name), one.id)),
    )
}

fn differences(found: &[RecordDifference]) -> String {
    if found.is_empty() {
        return "nothing in its amounts, vendor or dates".to_owned();
    }
    listed(found.iter().map(|one| {
        let (field, planned, observed) = (
            clean(&one.field, 80),
            clean(&one.planned, 80),
            clean(&one.observed, 80),
        );
        format!("{field}: planned {planned}, there {observed}")
    }))
}

/// At most [`LISTED_MAX`] items, then how many more there are.
fn listed(items: impl ExactSizeIterator<Item = impl fmt::Display>) -> String {
    let more = items.len().saturating_sub(LISTED_MAX);
    let mut text = String::new();
    for (position, item) in items.take(LISTED_MAX).enumerate() {
        let _ = write!(text, "{}{item}", if position == 0 { "" } else { "; " });
    }
    if more > 0 {
        let _ = write!(text, "; and {more} more");
    }
    text
}
