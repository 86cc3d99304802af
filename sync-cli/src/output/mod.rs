//! All printing. Commands build views; a view prints as text for people or as one JSON document for programs.

mod audit;
mod completeness;
mod demo;
mod doctor;
mod mapping;
mod money;
mod note;
mod pass;
mod plan;
mod reconcile;
mod records;
mod review;
mod sandbox;
mod status;
mod table;
mod text;
mod vault;

use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

use crate::cli::OutputFormat;
use crate::exit_code::ExitCode;
use crate::failure::Failure;

pub(crate) use audit::{
    AuditExportView, AuditListView, AuditVerifyView, CheckpointView, ProofView, guarded_cell,
};
pub(crate) use completeness::{CompletenessView, ReportParameters};
pub(crate) use demo::{DemoView, LeftOut, LeftOutView, TotalsView};
pub(crate) use doctor::{Check, DoctorView, Verdict};
pub(crate) use mapping::{MappingView, MissingReference};
pub(crate) use money::amounts;
pub(crate) use note::NoteView;
pub(crate) use pass::{PassView, SyncView};
pub(crate) use plan::PlanView;
pub(crate) use reconcile::ReconcileView;
pub(crate) use records::{RecordsView, WrittenRecord};
pub(crate) use review::{DecisionView, ReviewItemView, ReviewListView};
pub(crate) use sandbox::SandboxView;
pub(crate) use status::{GrantStanding, StatusView};
pub(crate) use vault::VaultView;

/// Something a command shows.
pub(crate) trait View: Serialize {
    /// Name and version of its JSON format, for example `ml-connector/status/1`.
    const SCHEMA: &'static str;

    /// For people, without a line end.
    fn text(&self) -> String;
}

/// Where results and complaints go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    format: OutputFormat,
}

#[derive(Serialize)]
struct Framed<'a, V> {
    schema: &'static str,
    #[serde(flatten)]
    view: &'a V,
}

#[derive(Serialize)]
struct FailureView<'a> {
    schema: &'static str,
    exit_code: u8,
    errors: Vec<ComplaintView<'a>>,
}

#[derive(Serialize)]
struct ComplaintView<'a> {
    what: &'a str,
    fix: &'a str,
}

impl Output {
    /// Prints in this format.
    pub(crate) const fn new(format: OutputFormat) -> Self {
        Self { format }
    }

    /// Whether people read the result.
    pub(crate) fn is_text(self) -> bool {
        self.format == OutputFormat::Text
    }

    /// Whether progress may be drawn on standard error.
    pub(crate) fn draws_progress(self) -> bool {
        self.is_text() && io::stderr().is_terminal()
    }

    /// Shows a result.
    ///
    /// # Errors
    /// When standard output cannot be written; a closed pipe is no error.
    pub(crate) fn show<V: View>(self, view: &V) -> Result<(), Failure> {
        let text = match self.format {
            OutputFormat::Text => view.text(),
            OutputFormat::Json => {
                let framed = Framed {
                    schema: V::SCHEMA,
                    view,
                };
                let written = serde_json::to_string_pretty(&framed).map_err(|error| {
                    Failure::new(
                        ExitCode::Internal,
                        format!("failed to print the result: {error}"),
                        "please report this",
                    )
                })?;
                text::escaped_json(&written).into_owned()
            }
        };
        write_out(&text)
    }

    /// Says a line to people; programs do not see it.
    ///
    /// # Errors
    /// As [`show`](Self::show).
    pub(crate) fn say(self, line: &str) -> Result<(), Failure> {
        if self.is_text() {
            write_out(&text::plain_lines(line))
        } else {
            Ok(())
        }
    }

    /// Asks on standard error, so that results stay clean.
    pub(crate) fn ask(question: &str) {
        let mut stderr = io::stderr().lock();
        // Nobody can be told that telling failed.
        let _ = write!(stderr, "{}", text::plain_lines(question));
        let _ = stderr.flush();
    }

    /// Says why a command failed, on standard error: one line what, one line what to do.
    pub(crate) fn complain(self, failure: &Failure) {
        let mut stderr = io::stderr().lock();
        if self.is_text() {
            for complaint in &failure.complaints {
                let _ = writeln!(stderr, "error: {}", text::plain(&complaint.what));
                let _ = writeln!(stderr, "  fix: {}", text::plain(&complaint.fix));
            }
            return;
        }
        let errors = failure.complaints.iter();
        let view = FailureView {
            schema: "ml-connector/error/1",
            exit_code: failure.code.number(),
            errors: errors
                .map(|complaint| ComplaintView {
                    what: &complaint.what,
                    fix: &complaint.fix,
                })
                .collect(),
        };
        if let Ok(text) = serde_json::to_string_pretty(&view) {
            let _ = writeln!(stderr, "{}", text::escaped_json(&text));
        }
    }
}

fn write_out(text: &str) -> Result<(), Failure> {
    match writeln!(io::stdout().lock(), "{text}") {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::new(
            ExitCode::Temporary,
            format!("failed to write to standard output: {error}"),
            "check where the output goes; the work itself is done",
        )),
    }
}
