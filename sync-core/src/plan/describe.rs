//! The texts people read on bill lines and expenses.

use std::borrow::Cow;

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
    let mut text = Text::new();
    text.part(&expense_vendor(expense), PART_CHARS_MAX);
    text.details(expense);
    text.marked(marker, DESCRIPTION_CHARS_MAX)
}

/// What an expense's notes say: comment, category, tags, foreign amount, employee; the mark at the very end.
pub(super) fn expense_notes(report: &ExpenseReport, expense: &Expense, marker: &Marker) -> String {
    let employee = &report.employee;
    let mut text = Text::new();
    text.details(expense);
    text.part(
        employee.name.as_deref().unwrap_or(&employee.email),
        PART_CHARS_MAX,
    );
    text.marked(Some(marker), NOTES_CHARS_MAX)
}

/// The merchant as an expense's vendor text; never empty.
pub(super) fn expense_vendor(expense: &Expense) -> Cow<'_, str> {
    let merchant = clean(&expense.merchant, VENDOR_CHARS_MAX);
    if merchant.is_empty() {
        Cow::Borrowed("(no merchant)")
    } else {
        merchant
    }
}

/// Parts joined by dashes, each cleaned, empty ones left out.
struct Text(String);

impl Text {
    fn new() -> Self {
        Self(String::with_capacity(128))
    }

    fn part(&mut self, part: &str, chars_max: usize) {
        self.joined(" – ", &clean(part, chars_max));
    }

    fn joined(&mut self, separator: &str, part: &str) {
        if part.is_empty() {
            return;
        }
        if !self.0.is_empty() {
            self.0.push_str(separator);
        }
        self.0.push_str(part);
    }

    fn details(&mut self, expense: &Expense) {
        self.part(
            expense.category.as_deref().unwrap_or_default(),
            PART_CHARS_MAX,
        );
        let converted = expense.report_amount.unwrap_or(expense.amount);
        if converted.currency() != expense.amount.currency() {
            self.part(&format!("spent {}", expense.amount), PART_CHARS_MAX);
        }
        let mut separator = " – ";
        for tag in expense
            .tags
            .iter()
            .filter(|tag| !tag.name.trim().is_empty())
        {
            self.joined(separator, &clean(&tag.name, PART_CHARS_MAX));
            separator = " / ";
        }
        self.part(&expense.comment, DESCRIPTION_CHARS_MAX);
    }

    /// Cuts the text so that the mark fits behind it.
    fn marked(mut self, marker: Option<&Marker>, chars_max: usize) -> String {
        // Marks are ASCII, so their length in bytes is their length in characters; brackets and a space come on top.
        let mark = marker.map(Marker::as_str).unwrap_or_default();
        let room = chars_max.saturating_sub(mark.len() + 3);
        if self.0.len() > room && self.0.chars().nth(room).is_some() {
            self.0 = clean(&self.0, room).into_owned();
        }
        if !mark.is_empty() {
            self.joined(" ", "[");
            self.0.push_str(mark);
            self.0.push(']');
        }
        self.0
    }
}
