//! `doctor`: is everything in place? Each line says what was found and, unless all is well, what to do.

use super::doctor_services;
use crate::cli::Global;
use crate::config::Config;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, Outcome};
use crate::output::{Check, DoctorView, Output, Verdict};
use crate::wiring::App;

pub(super) async fn run(global: &Global, out: Output) -> Outcome {
    let mut report = Report::default();
    examine(global, out, &mut report).await;
    out.show(&report.view)?;
    Ok(report.code)
}

/// Checks made so far, and the most urgent outcome.
#[derive(Debug)]
pub(super) struct Report {
    view: DoctorView,
    code: ExitCode,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            view: DoctorView::default(),
            code: ExitCode::Done,
        }
    }
}

impl Report {
    /// Adds a check; `code` counts when it failed.
    pub(super) fn add(&mut self, check: Check, code: ExitCode) {
        if check.verdict == Verdict::Fail {
            self.code = self.code.max(code);
        }
        self.view.checks.push(check);
    }

    /// Adds what a failed step said.
    pub(super) fn failed(
        &mut self,
        what: &'static str,
        connection: Option<&str>,
        failure: &Failure,
    ) {
        for complaint in &failure.complaints {
            let check = Check::fail(what, complaint.what.clone(), complaint.fix.clone());
            let check = match connection {
                Some(connection) => check.of(connection),
                None => check,
            };
            self.add(check, failure.code);
        }
    }
}

async fn examine(global: &Global, out: Output, report: &mut Report) {
    let config = match Config::load(&global.config) {
        Ok(config) => config,
        Err(failure) => return report.failed("configuration", None, &failure),
    };
    let found = format!(
        "{} is valid, {} connection(s)",
        global.config.display(),
        config.connections.len()
    );
    report.add(Check::ok("configuration", found), ExitCode::Configuration);
    if let Err(failure) = App::open_store(&config).await {
        return report.failed("database", None, &failure);
    }
    report.add(
        Check::ok("database", format!("{} opens", config.database.display())),
        ExitCode::Configuration,
    );
    let app = match App::open(global, out).await {
        Ok(app) => app,
        Err(failure) => return report.failed("key", None, &failure),
    };
    report.add(Check::ok("key", "the vault opens"), ExitCode::Configuration);
    doctor_services::clock(&app, report).await;
    match app.connections() {
        Ok(connections) => {
            for connection in connections {
                doctor_services::connection(&app, connection, report).await;
            }
        }
        Err(failure) => report.failed("connection", None, &failure),
    }
}
