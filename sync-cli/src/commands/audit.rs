//! `audit`: the trail, its proof, its export.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use chrono::SecondsFormat;
use sync_core::model::ConnectionId;
use sync_core::state::AuditEntry;

use crate::cli::{AuditCommand, AuditFormat, Global};
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Outcome};
use crate::output::{
    AuditExportView, AuditListView, AuditVerifyView, CheckpointView, Output, ProofView,
    guarded_cell,
};
use crate::private_file;
use crate::wiring::App;

/// Entries read at once.
const PAGE: u32 = 5_000;

pub(super) async fn run(global: &Global, out: Output, command: AuditCommand) -> Outcome {
    let app = App::open(global, out).await?;
    match command {
        AuditCommand::List { after, limit } => list(&app, after, limit).await,
        AuditCommand::Verify => verify(&app).await,
        AuditCommand::Checkpoint => checkpoint(&app).await,
        AuditCommand::Prove { entry, out } => prove(&app, &entry, &out).await,
        AuditCommand::Report {
            period,
            format,
            out,
        } => super::audit_report::run(&app, period, format, &out).await,
        AuditCommand::Export { format, out } => export(&app, format, &out).await,
    }
}

async fn list(app: &App, after: u64, limit: u32) -> Outcome {
    let connection = app.connection()?.id();
    let entries = app.store().audit(connection, after, limit).await?;
    app.out().show(&AuditListView {
        connection: connection.to_string(),
        entries,
    })?;
    Ok(ExitCode::Done)
}

async fn verify(app: &App) -> Outcome {
    let mut view = AuditVerifyView::default();
    let mut code = ExitCode::Done;
    let witness = app.witness()?;
    for connection in app.connections()? {
        let verdict = witness.verify(app.store(), connection.id()).await?;
        if !verdict.is_whole() {
            code = ExitCode::Disagreement;
        }
        let key = witness.public_key(connection.id());
        view.push(connection.id().as_str(), &verdict, &key.to_string());
    }
    app.out().show(&view)?;
    Ok(code)
}

async fn checkpoint(app: &App) -> Outcome {
    let mut view = CheckpointView::default();
    let witness = app.witness()?;
    for connection in app.connections()? {
        let signed = witness.checkpoint(app.store(), connection.id()).await?;
        let file = witness.checkpoints_path(connection.id());
        view.push(connection.id().as_str(), &signed, &file);
    }
    app.out().show(&view)?;
    Ok(ExitCode::Done)
}

async fn prove(app: &App, entry: &str, path: &Path) -> Outcome {
    let connection = app.connection()?.id();
    let number = match entry.parse() {
        Ok(number) => number,
        Err(_) => last_about(app, connection, entry).await?,
    };
    let witness = app.witness()?;
    let proof = witness.prove(app.store(), connection, number).await?;
    write_new(path, &proof.text)?;
    app.out().show(&ProofView::new(
        connection.as_str(),
        &proof.entry,
        path,
        &witness.public_key(connection).to_string(),
    ))?;
    Ok(ExitCode::Done)
}

/// The last entry whose subject is this key.
async fn last_about(app: &App, connection: &ConnectionId, key: &str) -> Result<u64, Failure> {
    let (mut last, mut found) = (0, None);
    loop {
        let page = app.store().audit(connection, last, PAGE).await?;
        let Some(end) = page.last() else { break };
        last = end.seq;
        let about = page.iter().rev().find(|entry| entry.draft.subject == key);
        found = about.map(|entry| entry.seq).or(found);
    }
    found.ok_or_else(|| {
        Failure::configuration(
            format!("failed to find an audit entry about {key:?}"),
            "give an entry's number or a record's key, as `audit list` shows them",
        )
    })
}

/// Writes a file that must not exist yet.
pub(super) fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    private_file::create_new(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::file("write", path, &error))
}

async fn export(app: &App, format: AuditFormat, path: &Path) -> Outcome {
    let connection = app.connection()?.id();
    let file = private_file::create_new(path);
    let file = BufWriter::new(file.map_err(|error| Failure::file("write", path, &error))?);
    let written = match format {
        AuditFormat::Csv => export_csv(app, connection, file).await,
        AuditFormat::Jsonl => export_jsonl(app, connection, file).await,
    };
    let entries = written.map_err(|error| match error {
        ExportError::Store(error) => Failure::from(error),
        ExportError::File(error) => Failure::file("write", path, &error),
    })?;
    app.out()
        .show(&AuditExportView::new(connection.as_str(), path, entries))?;
    Ok(ExitCode::Done)
}

enum ExportError {
    Store(sync_core::Error),
    File(std::io::Error),
}

impl From<sync_core::Error> for ExportError {
    fn from(error: sync_core::Error) -> Self {
        Self::Store(error)
    }
}

impl From<std::io::Error> for ExportError {
    fn from(error: std::io::Error) -> Self {
        Self::File(error)
    }
}

async fn export_csv(
    app: &App,
    connection: &ConnectionId,
    file: BufWriter<File>,
) -> Result<u64, ExportError> {
    let mut csv = csv::Writer::from_writer(file);
    let failed = |error: csv::Error| ExportError::File(error.into());
    csv.write_record([
        "number", "at", "actor", "action", "subject", "detail", "previous", "hash",
    ])
    .map_err(failed)?;
    let mut last = 0;
    loop {
        let page = app.store().audit(connection, last, PAGE).await?;
        for entry in &page {
            csv.write_record(cells(entry)).map_err(failed)?;
            last = entry.seq;
        }
        if page.is_empty() {
            csv.flush()?;
            return Ok(last);
        }
    }
}

fn cells(entry: &AuditEntry) -> [String; 8] {
    [
        entry.seq.to_string(),
        entry.at.to_rfc3339_opts(SecondsFormat::Micros, true),
        guarded_cell(&entry.draft.actor),
        guarded_cell(&entry.draft.action),
        guarded_cell(&entry.draft.subject),
        guarded_cell(&entry.draft.detail),
        entry.previous.to_string(),
        entry.hash.to_string(),
    ]
}

async fn export_jsonl(
    app: &App,
    connection: &ConnectionId,
    mut file: BufWriter<File>,
) -> Result<u64, ExportError> {
    let mut last = 0;
    loop {
        let page = app.store().audit(connection, last, PAGE).await?;
        for entry in &page {
            serde_json::to_writer(&mut file, entry).map_err(std::io::Error::from)?;
            file.write_all(b"\n")?;
            last = entry.seq;
        }
        if page.is_empty() {
            file.flush()?;
            return Ok(last);
        }
    }
}
