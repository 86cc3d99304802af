//! The audit trail.

use std::path::Path;

use chrono::SecondsFormat;
use serde::Serialize;
use sync_adapters::audit::{Checkpoint, TrailVerdict};
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
    checkpoints: u64,
    covered: u64,
    public_key: String,
    first_bad_entry: Option<u64>,
    fault: Option<String>,
    checkpoint_fault: Option<String>,
}

impl AuditVerifyView {
    /// Adds a connection's verdict.
    pub(crate) fn push(&mut self, connection: &str, verdict: &TrailVerdict, public_key: &str) {
        self.trails.push(TrailView {
            connection: connection.to_owned(),
            whole: verdict.is_whole(),
            entries: verdict.entries,
            end: verdict.end.to_string(),
            checkpoints: verdict.checkpoints,
            covered: verdict.covered,
            public_key: public_key.to_owned(),
            first_bad_entry: verdict.fault.as_ref().map(|fault| fault.entry),
            fault: verdict.fault.as_ref().map(ToString::to_string),
            checkpoint_fault: verdict.checkpoint_fault.clone(),
        });
    }
}

impl TrailView {
    fn text(&self) -> String {
        if self.whole {
            return format!(
                "connection {}: {} entries, all in place; {} checkpoints, the newest over {} of them\n  key {}",
                self.connection, self.entries, self.checkpoints, self.covered, self.public_key
            );
        }
        let faults: Vec<_> = self
            .fault
            .iter()
            .chain(&self.checkpoint_fault)
            .map(String::as_str)
            .collect();
        format!(
            "connection {}: BROKEN: {}\n  fix: stop, keep a copy of the database and of the checkpoints, and compare with an export or a backup",
            self.connection,
            faults.join("; ")
        )
    }
}

impl View for AuditVerifyView {
    const SCHEMA: &'static str = "ml-connector/audit-verify/2";

    fn text(&self) -> String {
        plain_lines(
            &self
                .trails
                .iter()
                .map(TrailView::text)
                .collect::<Vec<_>>()
                .join("\n"),
        )
    }
}

/// Checkpoints that were signed, or stood already.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct CheckpointView {
    checkpoints: Vec<SignedView>,
}

#[derive(Clone, Debug, Serialize)]
struct SignedView {
    connection: String,
    origin: String,
    entries: u64,
    root: String,
    file: String,
}

impl CheckpointView {
    /// Adds a connection's.
    pub(crate) fn push(&mut self, connection: &str, checkpoint: &Checkpoint, file: &Path) {
        self.checkpoints.push(SignedView {
            connection: connection.to_owned(),
            origin: checkpoint.origin.clone(),
            entries: checkpoint.size,
            root: checkpoint.root.to_string(),
            file: file.display().to_string(),
        });
    }
}

impl View for CheckpointView {
    const SCHEMA: &'static str = "ml-connector/audit-checkpoint/1";

    fn text(&self) -> String {
        let line = |signed: &SignedView| {
            format!(
                "connection {}: {} entries signed, root {}, in {}",
                signed.connection, signed.entries, signed.root, signed.file
            )
        };
        plain_lines(
            &self
                .checkpoints
                .iter()
                .map(line)
                .collect::<Vec<_>>()
                .join("\n"),
        )
    }
}

/// A proof that was written.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ProofView {
    connection: String,
    entry: AuditEntry,
    file: String,
    public_key: String,
}

impl ProofView {
    pub(crate) fn new(connection: &str, entry: &AuditEntry, file: &Path, public_key: &str) -> Self {
        Self {
            connection: connection.to_owned(),
            entry: entry.clone(),
            file: file.display().to_string(),
            public_key: public_key.to_owned(),
        }
    }
}

impl View for ProofView {
    const SCHEMA: &'static str = "ml-connector/audit-proof/1";

    fn text(&self) -> String {
        plain_lines(&format!(
            "connection {}: entry {} ({} {}: {}) is part of what was signed; proof in {}\n  key {}",
            self.connection,
            self.entry.seq,
            self.entry.draft.action,
            self.entry.draft.subject,
            self.entry.draft.detail,
            self.file,
            self.public_key
        ))
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

/// What a spreadsheet may take for the beginning of a formula, the wide forms of East Asian keyboards included.
const FORMULA: [char; 11] = [
    '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];

/// A cell that no spreadsheet takes for a formula.
pub(crate) fn guarded_cell(text: &str) -> String {
    if text.starts_with(FORMULA) {
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
            ("\n=1", "'\n=1"),
            ("\u{ff1d}1+1", "'\u{ff1d}1+1"),
            ("a=1", "a=1"),
            ("", ""),
        ] {
            assert_eq!(guarded_cell(text), guarded);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_cell_comes_back_from_a_csv_file_as_no_formula_and_with_its_text(text in "[=+@\r\n\t,\"';\u{0}-]{0,4}\\PC{0,40}") {
            let mut csv = csv::Writer::from_writer(Vec::new());
            csv.write_record([guarded_cell(&text).as_str(), "next"]).unwrap();
            let file = csv.into_inner().unwrap();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(file.as_slice());
            let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
            proptest::prop_assert_eq!(rows.len(), 1);
            proptest::prop_assert_eq!(&rows[0][1], "next");
            let cell = &rows[0][0];
            proptest::prop_assert!(!cell.starts_with(FORMULA));
            proptest::prop_assert!(cell == text || cell.strip_prefix('\'') == Some(&text));
        }
    }
}
