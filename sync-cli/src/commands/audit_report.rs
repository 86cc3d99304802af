//! `audit report`: what auditors ask for, signed.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::audit::write_new;
use crate::cli::{PeriodArgs, ReportFormat};
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Outcome};
use crate::output::{CompletenessView, ReportParameters};
use crate::wiring::App;

/// Reconciles afresh, signs the trail, and writes report and signature beside each other.
pub(super) async fn run(
    app: &App,
    period: PeriodArgs,
    format: ReportFormat,
    path: &Path,
) -> Outcome {
    let connection = app.connection()?;
    let engine = app.engine(connection).await?;
    let reconciliation = engine
        .reconcile(&connection.engine, period.from, period.to)
        .await?;
    let witness = app.witness()?;
    let checkpoint = witness.checkpoint(app.store(), connection.id()).await?;
    let parameters = ReportParameters {
        connection: connection.id().to_string(),
        from: period.from,
        to: period.to,
        made_at: app.now(),
        tool: concat!("ml-connector ", env!("CARGO_PKG_VERSION")),
        rules: connection.engine.rules.fingerprint().to_string(),
        audit_entries: checkpoint.size,
        audit_root: checkpoint.root.to_string(),
        public_key: witness.public_key(connection.id()).to_string(),
    };
    let view = CompletenessView::new(parameters, &reconciliation);
    let text = match format {
        ReportFormat::Csv => view.csv()?,
        ReportFormat::Json => view.json()?,
    };
    write_new(path, &text)?;
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    // A text that no reader can take for a checkpoint: its first line is no origin of a trail.
    let signed = format!(
        "ml-connector completeness report\n{}\nsha256 {}\naudit entries {} root {}\n",
        name.replace(char::is_control, " "),
        STANDARD.encode(Sha256::digest(text.as_bytes())),
        checkpoint.size,
        STANDARD.encode(checkpoint.root.as_bytes()),
    );
    let mut beside = path.as_os_str().to_owned();
    beside.push(".note");
    write_new(Path::new(&beside), &witness.sign(connection.id(), &signed))?;
    let agrees = reconciliation.agrees();
    app.out().show(&view.written_to(path))?;
    Ok(if agrees {
        ExitCode::Done
    } else {
        ExitCode::Disagreement
    })
}

impl From<csv::Error> for Failure {
    fn from(error: csv::Error) -> Self {
        Self::new(
            ExitCode::Internal,
            format!("failed to write the report as CSV: {error}"),
            "please report this",
        )
    }
}
