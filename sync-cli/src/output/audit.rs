//! The audit trail.

use std::path::Path;

use chrono::SecondsFormat;
use serde::Serialize;
use sync_core::engine::AuditVerdict;
use sync_core::state::AuditEntry;

use super::View;
use super::table::{Header, Table};
use super::text::plain_lines;

/// Entries of a connection.
#[derive(Debug, Serialize)]
pub(crate) struct AuditListView {
    pub(crate) connection: String,
    pub(crate) entries: Vec<AuditEntry>,
}

impl View for AuditListView {
    const SCHEMA: &'static str = "ml-connector/audit-list/1";

    fn text(&self) -> String {
        let mut table = Table::new(&[
            Header::Right("no."),
            Header::Left("when"),
            Header::Left("who"),
            Header::Left("what"),
            Header::Left("about"),
            Header::Left("detail"),
        ]);
        for entry in &self.entries {
            table.row([
                entry.seq.to_string(),
                entry.at.to_rfc3339_opts(SecondsFormat::Secs, true),
                entry.draft.actor.clone(),
                entry.draft.action.clone(),
                entry.draft.subject.clone(),
                entry.draft.detail.clone(),
            ]);
        }
        table.or("no entries")
    }
}

/// What the check of one or more trails found.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct AuditVerifyView {
    trails: Vec<TrailView>,
}

#[derive(Clone, Debug, Serialize)]
struct TrailView {
    connection: String,
    whole: bool,
    entries: u64,
    end: String,
    fault: Option<String>,
}

impl AuditVerifyView {
    /// Adds a connection's verdict.
    pub(crate) fn push(&mut self, connection: &str, verdict: &AuditVerdict) {
        self.trails.push(TrailView {
            connection: connection.to_owned(),
            whole: verdict.fault.is_none(),
            entries: verdict.entries,
            end: verdict.end.to_string(),
            fault: verdict.fault.as_ref().map(ToString::to_string),
        });
    }
}

impl View for AuditVerifyView {
    const SCHEMA: &'static str = "ml-connector/audit-verify/1";

    fn text(&self) -> String {
        let line = |trail: &TrailView| match &trail.fault {
            None => format!(
                "connection {}: {} entries, all in place; end {} (keep it elsewhere: a cut-off end shows only against it)",
                trail.connection, trail.entries, trail.end
            ),
            Some(fault) => format!(
                "connection {}: BROKEN after {} entries: {fault}\n  fix: stop, keep a copy of the database, and compare with an export or a backup",
                trail.connection, trail.entries
            ),
        };
        plain_lines(&self.trails.iter().map(line).collect::<Vec<_>>().join("\n"))
    }
}

/// What was exported.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct AuditExportView {
    connection: String,
    file: String,
    entries: u64,
}

impl AuditExportView {
    pub(crate) fn new(connection: &str, file: &Path, entries: u64) -> Self {
        Self {
            connection: connection.to_owned(),
            file: file.display().to_string(),
            entries,
        }
    }
}

impl View for AuditExportView {
    const SCHEMA: &'static str = "ml-connector/audit-export/1";

    fn text(&self) -> String {
        plain_lines(&format!(
            "connection {}: {} entries written to {}",
            self.connection, self.entries, self.file
        ))
    }
}

/// A cell that no spreadsheet takes for a formula.
pub(crate) fn guarded_cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_could_be_a_formula_is_guarded() {
        for (text, guarded) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@x", "'@x"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("a=1", "a=1"),
            ("", ""),
        ] {
            assert_eq!(guarded_cell(text), guarded);
        }
    }
}
