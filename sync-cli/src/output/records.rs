//! Records in FreshBooks, as a bookkeeper lists them.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::Serialize;
use sync_core::model::Draft;
use sync_core::state::OutboxEntry;

use super::View;
use super::money::Amount;
use super::table::{Header, Table};

/// Records of one pass.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RecordsView {
    /// In the order of their keys.
    pub(crate) records: Vec<WrittenRecord>,
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct WrittenRecord {
    kind: &'static str,
    key: String,
    freshbooks_id: Option<u64>,
    report: String,
    payee: String,
    date: Option<NaiveDate>,
    categories: Vec<String>,
    amount: Option<Amount>,
    state: &'static str,
}

impl WrittenRecord {
    /// What the outbox knows of a record.
    pub(crate) fn of(entry: &OutboxEntry) -> Self {
        let draft = &entry.step.draft;
        let payee = match draft {
            Draft::Bill(bill) => chosen(entry, "vendor")
                .into_iter()
                .next()
                .unwrap_or_else(|| bill.vendor.to_string()),
            Draft::Expense(expense) => expense.vendor.clone(),
            Draft::Vendor(vendor) => vendor.name.clone(),
        };
        Self {
            kind: draft.kind().as_str(),
            key: entry.key.to_string(),
            freshbooks_id: entry.state.record().map(sync_core::model::RecordId::get),
            report: entry.report.to_string(),
            payee,
            date: draft.date(),
            categories: chosen(entry, "category").into_iter().collect(),
            amount: draft.total().map(Amount::from),
            state: entry.state.name().as_str(),
        }
    }
}

fn chosen(entry: &OutboxEntry, what: &str) -> BTreeSet<String> {
    let choices = entry.step.provenance.iter().flat_map(|line| &line.choices);
    choices
        .filter(|(name, _)| name == what)
        .map(|(_, chosen)| chosen.value.clone())
        .collect()
}

impl View for RecordsView {
    const SCHEMA: &'static str = "ml-connector/records/1";

    fn text(&self) -> String {
        let mut table = Table::new(&[
            Header::Left("record"),
            Header::Whole("number"),
            Header::Right("FreshBooks"),
            Header::Left("vendor or merchant"),
            Header::Whole("date"),
            Header::Left("category"),
            Header::Right("amount"),
        ]);
        for record in &self.records {
            table.row([
                record.kind.to_owned(),
                record.key.clone(),
                record
                    .freshbooks_id
                    .map(|id| id.to_string())
                    .unwrap_or_default(),
                record.payee.clone(),
                record.date.map(|date| date.to_string()).unwrap_or_default(),
                record.categories.join(", "),
                record
                    .amount
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            ]);
        }
        table.or("no records")
    }
}
