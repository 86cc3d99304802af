//! From the client's errors to the core's: what to do, in the words of whoever has to do it.

use std::error::Error as StdError;

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

/// An error while an export was read, of which so many reports had come.
pub(super) fn export(action: &str, error: &wire::Error, reports: u64) -> Error {
    let broke = last_answer(error).unwrap_or(error);
    if reports == 0 || broke.kind() != wire::ErrorKind::Unreachable {
        return read(action, error);
    }
    read(&format!("{action}, after report {reports} of it"), error)
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
    if let Some(last) = last_answer(error) {
        return waited_verdict(last);
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

/// What the last download was answered with, when a file was waited for in vain.
///
/// What a file looks like that is not ready is not documented, so the client waits whatever comes. Once it has given
/// up, what came last says more than that it was waited for.
fn last_answer(error: &wire::Error) -> Option<&wire::Error> {
    error.source()?.downcast_ref()
}

fn waited_verdict(last: &wire::Error) -> (ErrorKind, String) {
    const AGAIN: &str =
        "it came so until the deadline; run it again later, or for fewer days at once if it stays";
    let text = last.to_string();
    let told = text
        .split_once(": ")
        .map_or(text.as_str(), |(_, told)| told);
    let text = match (last.export_error(), last.status()) {
        (Some(export), _) => format!("{}; {AGAIN}", what_at(export)),
        // Not a file that is being made, but something else in its place.
        (None, Some(200..=299)) => format!(
            "line 1 of the export: {told}; {AGAIN}, and look for a proxy or a sign-in page in between"
        ),
        (None, Some(_)) => format!("the file was never ready: {told}; {AGAIN}"),
        (None, None) => format!(
            "the connection broke before the end of the file: {told}; {AGAIN}, and check the network"
        ),
    };
    (ErrorKind::Unavailable, text)
}

/// A file of another template stays wrong; every other damage may be gone with the next download.
fn export_verdict(error: &ExportError) -> (ErrorKind, String) {
    let foreign = matches!(
        error.problem(),
        Problem::NoBegin | Problem::OtherFormat { .. } | Problem::OtherVersion { .. }
    );
    let kind = if foreign {
        ErrorKind::Invalid
    } else {
        ErrorKind::Unavailable
    };
    (kind, format!("{}; {}", what_at(error), error.remedy()))
}

/// Which line, and what is wrong with it.
fn what_at(error: &ExportError) -> String {
    // A parser's complaint quotes what it read.
    let what = if matches!(error.problem(), Problem::NotJson { .. }) {
        "not a valid record".to_owned()
    } else {
        error.problem().to_string()
    };
    format!("line {} of the export: {what}", error.line())
}
