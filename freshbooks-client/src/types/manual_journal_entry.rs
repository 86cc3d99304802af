//! Manual journal entries of the new kind, which post to ledger accounts. Not every plan has them.

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Unbalanced;
use super::journal_entry::balanced;
use crate::resource::sealed::Sealed;
use crate::resource::{
    Create, Family, Get, HardDelete, List, NoFilter, Replace, Resource, Shape, operations,
};
use crate::wire::{
    BusinessUuid, LedgerAccountId, ManualJournalEntryId, Money, list, open_text_enum,
    optional_text, parsed,
};

/// A manual journal entry as FreshBooks shows it. Documented; what an answer to a single entry is
/// wrapped in is UNVERIFIED.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ManualJournalEntry {
    /// Its identifier.
    pub id: ManualJournalEntryId,
    /// Its name.
    #[serde(default, deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// Its number as people see it.
    #[serde(default, deserialize_with = "optional_text")]
    pub journal_entry_number: Option<String>,
    /// What it is for.
    #[serde(default, deserialize_with = "optional_text")]
    pub description: Option<String>,
    /// Its date.
    #[serde(default)]
    pub user_entered_date: Option<DateParts>,
    /// Its lines.
    #[serde(default, rename = "details", deserialize_with = "list")]
    pub lines: Vec<ManualJournalLine>,
}

/// A date in three parts, as this family writes it; not every combination is a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DateParts {
    /// The year.
    #[serde(deserialize_with = "parsed")]
    pub year: i32,
    /// The month, from 1.
    #[serde(deserialize_with = "parsed")]
    pub month: u32,
    /// The day, from 1.
    #[serde(deserialize_with = "parsed")]
    pub day: u32,
}

impl DateParts {
    /// The day, if there is such a one.
    pub fn date(self) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(self.year, self.month, self.day)
    }
}

impl From<NaiveDate> for DateParts {
    fn from(date: NaiveDate) -> Self {
        Self {
            year: date.year(),
            month: date.month(),
            day: date.day(),
        }
    }
}

/// A line of a manual journal entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManualJournalLine {
    /// The ledger account it posts to.
    pub account_id: LedgerAccountId,
    /// Debit or credit.
    #[serde(rename = "type")]
    pub side: JournalSide,
    /// How much.
    pub amount: Money,
}

open_text_enum! {
    /// The side of a line.
    JournalSide {
        /// Debit.
        Debit = "TYPE_DEBIT",
        /// Credit.
        Credit = "TYPE_CREDIT",
    }
}

/// A manual journal entry to create, and the full entry to replace one with; it balances, or else it
/// cannot be built. Documented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewManualJournalEntry {
    name: String,
    journal_entry_number: String,
    user_entered_date: DateParts,
    #[serde(rename = "details")]
    lines: Vec<ManualJournalLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

impl NewManualJournalEntry {
    /// With what FreshBooks requires.
    ///
    /// # Errors
    /// [`Unbalanced`] when debits and credits differ, when a line is on a side this crate does not
    /// know, or when there are no lines.
    pub fn new(
        name: impl Into<String>,
        journal_entry_number: impl Into<String>,
        date: NaiveDate,
        lines: Vec<ManualJournalLine>,
    ) -> Result<Self, Unbalanced> {
        balanced(lines.iter().map(|line| match line.side {
            JournalSide::Debit => (Some(line.amount.amount), None),
            JournalSide::Credit => (None, Some(line.amount.amount)),
            // On one side alone it cannot balance.
            JournalSide::Other(_) => (Some(Decimal::MAX), None),
        }))?;
        Ok(Self {
            name: name.into(),
            journal_entry_number: journal_entry_number.into(),
            user_entered_date: date.into(),
            lines,
            description: None,
        })
    }

    /// Says what it is for.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}

impl Sealed for ManualJournalEntry {}
impl Resource for ManualJournalEntry {
    type Id = ManualJournalEntryId;
    type Owner = BusinessUuid;
    // How the list is paged is UNVERIFIED; it is asked for as a whole.
    const SHAPE: Shape = Shape::new(
        Family::Ledger,
        "journal_entries",
        "manualJournalEntry",
        &["manualJournalEntries"],
        operations!("manual journal entry"),
    )
    .whole()
    .api_version("2023-09-25");

    fn id(&self) -> ManualJournalEntryId {
        self.id.clone()
    }
}
impl List for ManualJournalEntry {
    type Filter = NoFilter;
}
impl Get for ManualJournalEntry {}
impl Create for ManualJournalEntry {
    type New = NewManualJournalEntry;
}
impl Replace for ManualJournalEntry {
    type Full = NewManualJournalEntry;
}
impl HardDelete for ManualJournalEntry {}
