//! How far each connection has come.

use chrono::NaiveDate;
use serde::Serialize;
use sync_core::engine::ConnectionStatus;

use super::View;
use super::table::{Header, Table};
use super::text::plain;

/// One or more connections.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct StatusView {
    connections: Vec<StatusOf>,
}

#[derive(Clone, Debug, Serialize)]
struct StatusOf {
    connection: String,
    schedule: String,
    read_through: Option<NaiveDate>,
    reports: u64,
    reports_held: u64,
    review_items: u64,
    records: Vec<Count>,
    freshbooks: GrantStanding,
}

/// How the access to FreshBooks stands.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct GrantStanding {
    /// One word for programs.
    pub(crate) state: &'static str,
    /// What was found.
    pub(crate) found: String,
    /// What a person does, if one is needed.
    pub(crate) fix: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Count {
    kind: &'static str,
    state: &'static str,
    records: u64,
}

impl StatusView {
    /// Adds a connection.
    pub(crate) fn push(
        &mut self,
        status: &ConnectionStatus,
        schedule: &str,
        freshbooks: GrantStanding,
    ) {
        let counts = status.counts.iter().map(|count| Count {
            kind: count.kind.as_str(),
            state: count.state.as_str(),
            records: count.entries,
        });
        self.connections.push(StatusOf {
            connection: status.connection.to_string(),
            schedule: schedule.to_owned(),
            read_through: status.watermark.map(|watermark| watermark.approved_through),
            reports: status.reports,
            reports_held: status.held_reports,
            review_items: status.open_items,
            records: counts.collect(),
            freshbooks,
        });
    }
}

impl View for StatusView {
    const SCHEMA: &'static str = "ml-connector/status/1";

    fn text(&self) -> String {
        self.connections
            .iter()
            .map(status_text)
            .collect::<Vec<_>>()
            .join("\n\n")
    }
}

fn status_text(status: &StatusOf) -> String {
    let mut table = Table::new(&[
        Header::Left("record"),
        Header::Left("state"),
        Header::Right("count"),
    ]);
    for count in &status.records {
        table.row([
            count.kind.to_owned(),
            count.state.to_owned(),
            count.records.to_string(),
        ]);
    }
    let read = status.read_through.map_or_else(
        || "Expensify not read yet".to_owned(),
        |day| format!("approvals read through {day}"),
    );
    let fix = status.freshbooks.fix.as_ref();
    let fix = fix.map(|fix| format!("\n        fix: {}", plain(fix)));
    format!(
        "connection {} ({}): {read}; reports known {}, held {}; review items open {}\nFreshBooks: {}{}\n{}",
        status.connection,
        status.schedule,
        status.reports,
        status.reports_held,
        status.review_items,
        plain(&status.freshbooks.found),
        fix.unwrap_or_default(),
        table.or("no records yet")
    )
}
