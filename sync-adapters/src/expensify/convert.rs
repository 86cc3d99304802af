//! From Expensify's words to ours, with the reason for every conversion (Expensify reference 4.2 to 4.6).
//!
//! A report is understood whole or not at all: a bill made of the readable half of a report would be wrong by the other
//! half. What stops it is told in words that name the expense and the field and leave the data out.

use expensify_client as wire;
use sync_core::model::{
    Card, Currency, Employee, Expense, ExpenseId, ExpenseReport, ExpenseTax, FieldOrigin, Money,
    Origins, Receipt, ReportId, ReportState, TagLevel, WorkspaceId,
};
use wire::{Hundredths, Stamp, ValueError};

/// Why a report cannot be understood.
pub(super) type Why = String;

/// Takes a report over.
pub(super) fn report(raw: &wire::Report) -> Result<ExpenseReport, Why> {
    let currency = currency(raw.currency.as_deref()).map_err(|why| format!("the report {why}"))?;
    // The total is what the books are compared with: an unreadable one must not pass for an absent one.
    if raw.unreadable.contains(&"total") {
        return Err("the report's total is not a whole number of hundredths".to_owned());
    }
    Ok(ExpenseReport {
        id: ReportId::new(raw.id.as_str()),
        name: raw.name.clone().unwrap_or_default(),
        // Reports outside any workspace have none (4.2); the empty id is in no connection's scope.
        workspace: WorkspaceId::new(raw.policy_id.as_ref().map_or("", |policy| policy.as_str())),
        state: state(raw)?,
        currency,
        total: raw.total.map(|total| money(total, currency)),
        employee: employee(raw)?,
        submitted_on: day("submitted", raw.submitted.as_ref())?,
        approved_on: day("approved", raw.approved.as_ref())?,
        expenses: raw
            .expenses
            .iter()
            .map(|expense| {
                self::expense(expense, currency)
                    .map_err(|why| format!("expense {}: {why}", expense.id))
            })
            .collect::<Result<_, _>>()?,
    })
}

/// A word that is in none of Expensify's vocabularies is kept; planning leaves such reports alone and says so. But a
/// report without any word would be left alone in silence, which is how money is lost.
fn state(raw: &wire::Report) -> Result<ReportState, Why> {
    match &raw.status {
        Some(wire::ReportStatus::Open) => Ok(ReportState::Open),
        Some(wire::ReportStatus::Processing) => Ok(ReportState::Submitted),
        Some(wire::ReportStatus::Approved) => Ok(ReportState::Approved),
        Some(wire::ReportStatus::Reimbursed) => Ok(ReportState::Reimbursed),
        Some(wire::ReportStatus::Closed) => Ok(ReportState::Closed),
        Some(other) => Ok(state_word(other.as_str())),
        None => match &raw.display_status {
            Some(word) => Ok(state_word(word)),
            None => Err("the report has no status".to_owned()),
        },
    }
}

/// The site's words, the words of `displayStatus` and those of the job's filter mean the same five states (3.1, 4.2).
fn state_word(word: &str) -> ReportState {
    match word.trim().to_lowercase().as_str() {
        "open" | "draft" => ReportState::Open,
        "submitted" | "processing" | "outstanding" => ReportState::Submitted,
        "approved" => ReportState::Approved,
        "reimbursed" | "paid" => ReportState::Reimbursed,
        "closed" | "archived" | "done" => ReportState::Closed,
        _ => ReportState::Other(word.to_owned()),
    }
}

fn employee(raw: &wire::Report) -> Result<Employee, Why> {
    let email = raw
        .account_email
        .as_deref()
        .map(str::trim)
        .filter(|email| !email.is_empty());
    let person = &raw.submitter;
    let joined = [&person.first_name, &person.last_name]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>();
    Ok(Employee {
        email: email.ok_or("the report names no owner")?.to_owned(),
        account_id: raw.account_id.clone(),
        name: person
            .full_name
            .clone()
            .or_else(|| Some(joined.join(" ")))
            .filter(|name| !name.trim().is_empty()),
        custom_field_1: raw.employee_custom_field_1.clone(),
        custom_field_2: raw.employee_custom_field_2.clone(),
    })
}

/// The calendar day as written. The zone is not stated (4.6), so nothing is shifted. A text that is no date would move
/// the watermark or a bill's date to a guess, so it stops the report.
fn day(field: &str, stamp: Option<&Stamp>) -> Result<Option<chrono::NaiveDate>, Why> {
    match stamp {
        None => Ok(None),
        Some(stamp) => stamp
            .date()
            .map(Some)
            .ok_or_else(|| format!("the report's {field} is no date")),
    }
}

fn expense(raw: &wire::Expense, report_currency: Currency) -> Result<Expense, Why> {
    let currency = currency(raw.currency.as_deref())?;
    let amount = raw.effective_amount().map_err(|error| what(&error))?;
    let report_amount = match raw.amount_in(report_currency.as_str()) {
        Ok(amount) => Some(money(amount, report_currency)),
        // A foreign number is never passed off as domestic (4.4); planning makes a finding of the gap.
        Err(ValueError::NotConverted { .. }) => None,
        Err(error) => return Err(what(&error)),
    };
    Ok(Expense {
        id: ExpenseId::new(raw.id.as_str()),
        merchant: raw.effective_merchant().unwrap_or_default().to_owned(),
        date: raw.effective_date(),
        amount: money(amount, currency),
        report_amount,
        // "Uncategorized" is Expensify's word for none (4.3).
        category: raw
            .category
            .clone()
            .filter(|name| !name.trim().eq_ignore_ascii_case("uncategorized")),
        category_gl_code: raw.category_gl_code.clone(),
        tags: raw.tag_levels().into_iter().map(tag_level).collect(),
        comment: raw.comment.clone().unwrap_or_default(),
        reimbursable: reimbursable(raw)?,
        // Absent means no; only a word that is neither yes nor no is in doubt.
        billable: known_flag(raw, "billable", raw.billable)?.unwrap_or(false),
        card: raw.bank.clone().map(|bank| Card {
            bank,
            name: raw.card_name.clone(),
            number: raw.card_number.clone(),
        }),
        tax: tax(raw, currency)?,
        receipt: receipt(raw),
        origins: origins(raw),
    })
}

/// Owed to the employee, or paid by the company: the one flag that decides what an expense becomes (4.5). It has no
/// default that would be safe.
fn reimbursable(raw: &wire::Expense) -> Result<bool, Why> {
    known_flag(raw, "reimbursable", raw.reimbursable)?
        .ok_or_else(|| "reimbursable is absent, so it is not known who paid".to_owned())
}

fn known_flag(
    raw: &wire::Expense,
    field: &'static str,
    value: Option<bool>,
) -> Result<Option<bool>, Why> {
    if raw.unreadable.contains(&field) {
        Err(format!("{field} is neither true nor false"))
    } else {
        Ok(value)
    }
}

/// In the expense's own currency: Expensify converts no taxes. An absent amount beside a tax that is there (a rate of
/// zero) is nothing; the rate's name is what mapping goes by, since the number's unit is UNVERIFIED (4.3).
fn tax(raw: &wire::Expense, currency: Currency) -> Result<Option<ExpenseTax>, Why> {
    let amount = raw.effective_tax().map_err(|error| what(&error))?;
    if raw.has_tax != Some(true) {
        return Ok(None);
    }
    Ok(Some(ExpenseTax {
        amount: amount.map_or(Money::zero(currency), |amount| money(amount, currency)),
        rate_name: raw.tax_rate_name.clone().or_else(|| raw.tax_name.clone()),
        code: raw.tax_code.clone(),
    }))
}

fn receipt(raw: &wire::Expense) -> Option<Receipt> {
    // Receipt id 0 means none (4.3).
    let id = raw.receipt_id.clone().filter(|id| id != "0");
    let receipt = Receipt {
        id,
        filename: raw.receipt_filename.clone(),
        url: raw.receipt_url.clone(),
    };
    (receipt.id.is_some() || receipt.filename.is_some() || receipt.url.is_some()).then_some(receipt)
}

fn origins(raw: &wire::Expense) -> Origins {
    let edited = |is_edited: bool| {
        if is_edited {
            FieldOrigin::Modified
        } else {
            FieldOrigin::Original
        }
    };
    Origins {
        merchant: edited(raw.modified_merchant.is_some()),
        date: edited(raw.modified_created.is_some()),
        amount: if raw.converted_amount.is_some() {
            FieldOrigin::Converted
        } else {
            edited(raw.modified_amount.is_some())
        },
    }
}

fn tag_level(level: wire::TagLevel) -> TagLevel {
    TagLevel {
        name: level.name.unwrap_or_default(),
        gl_code: level.gl_code,
    }
}

fn currency(code: Option<&str>) -> Result<Currency, Why> {
    let code = code.ok_or("names no currency")?;
    Currency::parse(code.trim())
        .map_err(|_| "names a currency that is not three letters".to_owned())
}

fn money(amount: Hundredths, currency: Currency) -> Money {
    Money::from_hundredths(amount.value(), currency)
}

/// The field that is at fault, without its content.
fn what(error: &ValueError) -> Why {
    match error {
        ValueError::Absent { field } => format!("{field} is absent"),
        ValueError::Unreadable { field } if *field == "hasTax" => {
            format!("{field} is neither true nor false")
        }
        ValueError::Unreadable { field } => format!("{field} is not a whole number of hundredths"),
        ValueError::NotConverted { .. } => "the amount is not converted".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
