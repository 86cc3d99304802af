//! The texts people read on bill lines and expenses.

use crate::mapping::clean;
use crate::model::{Expense, ExpenseReport, Marker};

/// Bill line descriptions are cut to so many characters, mark included. The true limit is UNVERIFIED; another client
/// cuts at 500 (FreshBooks reference 3.3).
const DESCRIPTION_CHARS_MAX: usize = 400;
/// Expense notes are cut to so many characters, mark included. The true limit is UNVERIFIED; another client cuts at
/// 1000 (FreshBooks reference 3.1).
const NOTES_CHARS_MAX: usize = 900;
/// Free text of one expense vendor. The true limit is UNVERIFIED.
const VENDOR_CHARS_MAX: usize = 200;
/// Single names inside a text, so that one long name does not push out all else.
const PART_CHARS_MAX: usize = 120;

/// What a bill line says: `merchant – category – comment – tags`, and the original amount of foreign spending. The first
/// line of a bill carries the mark at its end, as a second place beside the bill number.
pub(super) fn line_description(expense: &Expense, marker: Option<&Marker>) -> String {
    let mut parts = vec![merchant(expense, PART_CHARS_MAX)];
    parts.extend(details(expense));
    marked(&parts, marker, DESCRIPTION_CHARS_MAX)
}

/// What an expense's notes say: comment, category, tags, foreign amount, employee; the mark at the very end.
pub(super) fn expense_notes(report: &ExpenseReport, expense: &Expense, marker: &Marker) -> String {
    let mut parts: Vec<_> = details(expense).collect();
    parts.push(clean(
        report
            .employee
            .name
            .as_deref()
            .unwrap_or(&report.employee.email),
        PART_CHARS_MAX,
    ));
    marked(&parts, Some(marker), NOTES_CHARS_MAX)
}

/// The merchant as an expense's vendor text; never empty.
pub(super) fn expense_vendor(expense: &Expense) -> String {
    merchant(expense, VENDOR_CHARS_MAX)
}

fn merchant(expense: &Expense, chars_max: usize) -> String {
    let merchant = clean(&expense.merchant, chars_max);
    if merchant.is_empty() {
        "(no merchant)".to_owned()
    } else {
        merchant
    }
}

fn details(expense: &Expense) -> impl Iterator<Item = String> {
    let category = expense
        .category
        .as_deref()
        .map(|category| clean(category, PART_CHARS_MAX));
    let comment = clean(&expense.comment, DESCRIPTION_CHARS_MAX);
    let mut tags = String::new();
    for tag in expense
        .tags
        .iter()
        .filter(|tag| !tag.name.trim().is_empty())
    {
        if !tags.is_empty() {
            tags.push_str(" / ");
        }
        tags.push_str(&clean(&tag.name, PART_CHARS_MAX));
    }
    let spent = expense
        .report_amount
        .filter(|converted| converted.currency() != expense.amount.currency())
        .map(|_| format!("spent {}", expense.amount));
    [category, spent, Some(tags), Some(comment)]
        .into_iter()
        .flatten()
}

fn marked(parts: &[String], marker: Option<&Marker>, chars_max: usize) -> String {
    let mark = marker
        .map(|marker| format!("[{marker}]"))
        .unwrap_or_default();
    let mut text = String::new();
    for part in parts.iter().filter(|part| !part.is_empty()) {
        if !text.is_empty() {
            text.push_str(" – ");
        }
        text.push_str(part);
    }
    // Marks are ASCII, so their length in bytes is their length in characters.
    let room = chars_max.saturating_sub(mark.len() + 1);
    if text.chars().nth(room).is_some() {
        text = clean(&text, room);
    }
    if mark.is_empty() {
        return text;
    }
    if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(&mark);
    text
}
