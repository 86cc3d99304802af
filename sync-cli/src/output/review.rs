//! The review queue.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use sync_core::engine::DecisionOutcome;
use sync_core::plan::Candidate;
use sync_core::state::{Block, ReviewItem, ReviewStatus};

use super::View;
use super::money::{Amount, amounts, joined};
use super::table::{Header, Table};
use super::text::{count, plain, plain_lines};

/// The queue of one or more connections.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ReviewListView {
    /// Items in the order of connections and numbers.
    pub(crate) items: Vec<ItemView>,
}

/// One item with everything it holds up.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ReviewItemView {
    #[serde(flatten)]
    item: ItemView,
    blocks: Vec<BlockView>,
    suggestions: Vec<SuggestionView>,
}

/// What the list shows of an item.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ItemView {
    connection: String,
    number: u64,
    kind: &'static str,
    open: bool,
    note: String,
    remedy: String,
    reports: Vec<String>,
    amounts: Vec<Amount>,
    opened_at: String,
    age_days: i64,
}

#[derive(Clone, Debug, Serialize)]
struct BlockView {
    report: String,
    record: Option<String>,
    amount: Option<Amount>,
    note: String,
}

#[derive(Clone, Debug, Serialize)]
struct SuggestionView {
    id: u64,
    name: String,
    why: String,
}

impl ReviewListView {
    /// Adds a connection's items.
    pub(crate) fn push(&mut self, connection: &str, items: &[ReviewItem], now: DateTime<Utc>) {
        self.items
            .extend(items.iter().map(|item| ItemView::of(connection, item, now)));
    }
}

impl ItemView {
    fn of(connection: &str, item: &ReviewItem, now: DateTime<Utc>) -> Self {
        Self {
            connection: connection.to_owned(),
            number: item.number,
            kind: item.cause.kind(),
            open: item.status == ReviewStatus::Open,
            note: item.cause.note(),
            remedy: item.cause.remedy().replace(
                "`review correct`",
                &format!("`review correct {}`", item.number),
            ),
            reports: item
                .reports()
                .into_iter()
                .map(ToString::to_string)
                .collect(),
            amounts: amounts(&item.amounts()),
            opened_at: item.opened_at.to_rfc3339_opts(SecondsFormat::Secs, true),
            age_days: now.signed_duration_since(item.opened_at).num_days().max(0),
        }
    }

    fn blocked(&self) -> String {
        let reports = count(
            u64::try_from(self.reports.len()).unwrap_or(u64::MAX),
            "report",
        );
        if self.amounts.is_empty() {
            reports
        } else {
            format!("{reports}, {}", joined(&self.amounts))
        }
    }
}

impl ReviewItemView {
    /// An item of a connection.
    pub(crate) fn of(connection: &str, item: &ReviewItem, now: DateTime<Utc>) -> Self {
        let block = |block: &Block| BlockView {
            report: block.report.to_string(),
            record: block.entry.as_ref().map(ToString::to_string),
            amount: block.amount.map(Amount::from),
            note: block.cause.note(),
        };
        let suggestion = |candidate: &Candidate| SuggestionView {
            id: candidate.id,
            name: candidate.name.clone(),
            why: candidate.why.clone(),
        };
        Self {
            item: ItemView::of(connection, item, now),
            blocks: item.blocks.iter().map(block).collect(),
            suggestions: super::mapping::candidates(&item.cause)
                .iter()
                .map(suggestion)
                .collect(),
        }
    }
}

impl View for ReviewListView {
    const SCHEMA: &'static str = "ml-connector/review-list/1";

    fn text(&self) -> String {
        let mut table = Table::new(&[
            Header::Right("item"),
            Header::Left("connection"),
            Header::Left("why, and what to do"),
            Header::Left("holds up"),
            Header::Right("days"),
        ]);
        for item in &self.items {
            let state = if item.open { "" } else { " (closed)" };
            table.row([
                item.number.to_string(),
                item.connection.clone(),
                format!("{}{state} → {}", item.note, item.remedy),
                item.blocked(),
                item.age_days.to_string(),
            ]);
        }
        table.or("nothing waits for review")
    }
}

impl View for ReviewItemView {
    const SCHEMA: &'static str = "ml-connector/review-item/1";

    fn text(&self) -> String {
        let item = &self.item;
        let state = if item.open { "open" } else { "closed" };
        let mut lines = vec![
            format!(
                "item {} of connection {}, {state}, since {}",
                item.number, item.connection, item.opened_at
            ),
            format!("why:    {}", plain(&item.note)),
            format!("to do:  {}", plain(&item.remedy)),
            format!("holds up {}", item.blocked()),
        ];
        for suggestion in &self.suggestions {
            lines.push(plain(&format!(
                "suggestion: {} ({}), {}",
                suggestion.name, suggestion.id, suggestion.why
            )));
        }
        let mut table = Table::new(&[
            Header::Left("report"),
            Header::Whole("record"),
            Header::Right("amount"),
            Header::Left("note"),
        ]);
        for block in &self.blocks {
            table.row([
                block.report.clone(),
                block.record.clone().unwrap_or_default(),
                block
                    .amount
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                block.note.clone(),
            ]);
        }
        lines.push(table.or("it holds nothing up any more"));
        lines.join("\n")
    }
}

/// What a decision changed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DecisionView {
    decision: &'static str,
    reports: Vec<String>,
    records: Vec<String>,
    corrections: Vec<CorrectionView>,
    next: String,
}

#[derive(Clone, Debug, Serialize)]
struct CorrectionView {
    record: String,
    state: &'static str,
}

impl DecisionView {
    /// Of a decision named by its command.
    pub(crate) fn of(decision: &'static str, outcome: &DecisionOutcome, next: &str) -> Self {
        Self {
            decision,
            reports: outcome.reports.iter().map(ToString::to_string).collect(),
            records: outcome.entries.iter().map(ToString::to_string).collect(),
            corrections: outcome
                .standings
                .iter()
                .map(|(key, state)| CorrectionView {
                    record: key.to_string(),
                    state: state.as_str(),
                })
                .collect(),
            next: next.to_owned(),
        }
    }
}

impl View for DecisionView {
    const SCHEMA: &'static str = "ml-connector/decision/1";

    fn text(&self) -> String {
        let list = |names: &[String]| {
            if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            }
        };
        let mut lines = vec![format!(
            "{}: reports {}; records {}",
            self.decision,
            list(&self.reports),
            list(&self.records)
        )];
        let corrections = self.corrections.iter();
        lines.extend(corrections.map(|one| format!("{} is {}", one.record, one.state)));
        lines.push(format!("next: {}", self.next));
        plain_lines(&lines.join("\n"))
    }
}
