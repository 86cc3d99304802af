//! `doctor`: is everything in place? Each line says what was found and, unless all is well, what to do.

use std::path::Path;

use super::doctor_services;
use crate::cli::Global;
use crate::config::{Config, KeySource};
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

/// Whether files are where, and as private as, they should be.
#[cfg_attr(
    not(unix),
    expect(unused_variables, reason = "modes of files are Unix's")
)]
fn places(config: &Config, path: &Path) -> Vec<Check> {
    let mut checks = Vec::new();
    if let KeySource::File(key) = &config.key
        && key.parent() == config.database.parent()
    {
        checks.push(Check::warn(
            "key",
            format!("{} lies in the folder of the database", key.display()),
            "keep the key out of backups of that folder, or move it and name its new place as vault.key_file",
        ));
    }
    #[cfg(unix)]
    {
        for suffix in ["", "-wal", "-shm"] {
            let mut path = config.database.clone().into_os_string();
            path.push(suffix);
            checks.extend(too_open("database", Path::new(&path), 0o077));
        }
        checks.extend(spills(&config.database));
        // Who can change where requests go, or what checkpoints say, need not read anything.
        checks.extend(too_open("configuration", path, 0o022));
        checks.extend(too_open("checkpoints", &config.audit.checkpoints, 0o022));
    }
    checks
}

/// Spill files: tokens, though sealed.
#[cfg(unix)]
fn spills(database: &Path) -> Vec<Check> {
    let folder = database.parent().filter(|folder| *folder != Path::new(""));
    let files = std::fs::read_dir(folder.unwrap_or(Path::new(".")));
    let paths = files
        .into_iter()
        .flatten()
        .filter_map(|file| Some(file.ok()?.path()));
    let spills = paths.filter(|path| path.extension().is_some_and(|end| end == "spill"));
    spills
        .filter_map(|path| too_open("spill file", &path, 0o077))
        .collect()
}

/// A warning when others may do with a file what these bits allow. What is not there is nobody's.
#[cfg(unix)]
fn too_open(what: &'static str, path: &Path, others: u32) -> Option<Check> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    if mode & others == 0 {
        return None;
    }
    let (can, remedy) = if others & 0o044 == 0 {
        ("change", "go-w")
    } else {
        ("read", "go-rwx")
    };
    Some(Check::warn(
        what,
        format!("others can {can} {} (mode {mode:03o})", path.display()),
        format!("run `chmod {remedy} {}`", path.display()),
    ))
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
    for check in places(app.config(), &global.config) {
        report.add(check, ExitCode::Configuration);
    }
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
