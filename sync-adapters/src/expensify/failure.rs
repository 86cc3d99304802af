//! From the client's errors to the core's: what to do, in the words of whoever has to do it.

use expensify_client as wire;
use sync_core::{Error, ErrorKind};
use wire::{ExportError, Problem};

const CONNECT: &str = "run `ml-connector connect expensify`";

/// No key pair is stored for the connection.
pub(super) fn not_connected() -> Error {
    Error::new(
        ErrorKind::Unauthorized,
        format!("find Expensify credentials: none are stored; {CONNECT}"),
    )
}

/// Something other than a key pair is stored for the connection.
pub(super) fn foreign_credential() -> Error {
    Error::corrupt("read the Expensify credentials: the stored credential is of another service")
}

/// An error of a job that only reads.
///
/// Expensify's own sentence is left to `trace`, because it can name people; so is the source, whose `Debug` holds it.
pub(super) fn read(action: &str, error: &wire::Error) -> Error {
    tracing::trace!(action, kind = ?error.kind(), response = error.response_message(), "Expensify failed");
    let (kind, text) = verdict(error);
    let failed = Error::new(kind, format!("{action}: {text}"));
    match error.retry_after() {
        Some(wait) => failed.with_retry_after(wait),
        None => failed,
    }
}

/// An error of a job that changes something.
pub(super) fn write(action: &str, error: &wire::Error) -> Error {
    let failed = read(action, error);
    match error.effect() {
        wire::Effect::None => failed,
        wire::Effect::Unknown => failed.with_unknown_effect(),
    }
}

fn verdict(error: &wire::Error) -> (ErrorKind, String) {
    if let Some(export) = error.export_error() {
        return export_verdict(export);
    }
    match error.kind() {
        wire::ErrorKind::Unauthenticated => (
            ErrorKind::Unauthorized,
            format!(
                "Expensify refused the credentials; make a new pair at expensify.com/tools/integrations and {CONNECT}"
            ),
        ),
        wire::ErrorKind::Forbidden => (
            ErrorKind::Unauthorized,
            format!(
                "{error}; have the account of the credentials made an admin of the workspace, or {CONNECT}"
            ),
        ),
        wire::ErrorKind::Invalid => (
            ErrorKind::Invalid,
            format!("{error}; the request has to change"),
        ),
        wire::ErrorKind::NotFound => (
            ErrorKind::Invalid,
            format!("{error}; check the ids, and that the account of the credentials can see them"),
        ),
        wire::ErrorKind::Throttled | wire::ErrorKind::Unavailable => {
            (ErrorKind::Unavailable, format!("{error}; try again later"))
        }
        wire::ErrorKind::Unreachable => (
            ErrorKind::Unavailable,
            format!("{error}; check the network and the base URL, then try again"),
        ),
        // An answer nobody has described may be right the next time (an unfinished file was seen, reference 1.5).
        wire::ErrorKind::Unexpected | _ => (
            ErrorKind::Unavailable,
            format!("{error}; try again, and report it if it stays"),
        ),
    }
}

/// A file of another template stays wrong; every other damage may be gone with the next download.
fn export_verdict(error: &ExportError) -> (ErrorKind, String) {
    let problem = error.problem();
    let foreign = matches!(
        problem,
        Problem::NoBegin | Problem::OtherFormat { .. } | Problem::OtherVersion { .. }
    );
    // A parser's complaint quotes what it read.
    let quotes = matches!(problem, Problem::NotJson { .. });
    let what = if quotes {
        "not a valid record".to_owned()
    } else {
        problem.to_string()
    };
    let kind = if foreign {
        ErrorKind::Invalid
    } else {
        ErrorKind::Unavailable
    };
    (
        kind,
        format!(
            "line {} of the export: {what}; {}",
            error.line(),
            error.remedy()
        ),
    )
}
