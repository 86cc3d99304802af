//! Why a command could not do its work: one line what failed, one line what to do.

use std::error::Error as StdError;

use sync_adapters::vault::VaultError;
use sync_core::{Error, ErrorKind};

use crate::exit_code::ExitCode;

/// One thing that is wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// What failed.
    pub(crate) what: String,
    /// What to do.
    pub(crate) fix: String,
}

/// A failed command. Several complaints only where several can be found at once, as in a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// How the program ends.
    pub(crate) code: ExitCode,
    /// What is wrong, at least one.
    pub(crate) complaints: Vec<Complaint>,
}

/// What a command gives back: how it ended, or why it could not.
pub(crate) type Outcome = Result<ExitCode, Failure>;

impl Failure {
    /// One complaint.
    pub(crate) fn new(code: ExitCode, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            code,
            complaints: vec![Complaint {
                what: what.into(),
                fix: fix.into(),
            }],
        }
    }

    /// The same with another remedy.
    #[must_use]
    pub(crate) fn advising(mut self, fix: &str) -> Self {
        for complaint in &mut self.complaints {
            fix.clone_into(&mut complaint.fix);
        }
        self
    }

    /// Something the user must correct.
    pub(crate) fn configuration(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(ExitCode::Configuration, what, fix)
    }

    /// A file that could not be read or written.
    pub(crate) fn file(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::configuration(
            format!("failed to {doing} {}: {error}", path.display()),
            "check that the path is right and that this user may use it",
        )
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = ExitCode::of(error.kind());
        let mut what = format!("failed to {}", with_sources(&error));
        // The vault knows best what to do about what is wrong with it, and says so in its message.
        if let Some(vault) = of_vault(&error) {
            what = what.replace(&format!("; {}", vault.remedy()), "");
            return Self::new(code, what, vault.remedy());
        }
        Self::new(code, what, remedy(&error))
    }
}

fn of_vault(error: &Error) -> Option<&VaultError> {
    let mut source = StdError::source(error);
    while let Some(cause) = source {
        if let Some(found) = cause.downcast_ref() {
            return Some(found);
        }
        source = cause.source();
    }
    None
}

/// The message with its causes, as one line. Errors of this workspace hold ids at most, never bodies or secrets.
pub(crate) fn with_sources(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn remedy(error: &Error) -> String {
    match error.kind() {
        ErrorKind::Unauthorized => {
            "run `ml-connector doctor` to see which service refuses, then `ml-connector connect expensify` or \
             `ml-connector connect freshbooks`; no work is lost meanwhile"
                .to_owned()
        }
        ErrorKind::Invalid => "correct what is named above, then run the same command again".to_owned(),
        ErrorKind::Corrupt => {
            "stop writing, keep a copy of the database, and run `ml-connector audit verify`".to_owned()
        }
        ErrorKind::Conflict => "something changed at the same moment: run the same command again".to_owned(),
        ErrorKind::LeaseLost => {
            "another ml-connector works on this connection: wait until it is done, then run the command again".to_owned()
        }
        ErrorKind::Unavailable => error.retry_after().map_or_else(
            || "nothing is lost: run the same command again later".to_owned(),
            |wait| format!("nothing is lost: run the same command again after {} s", wait.as_secs().max(1)),
        ),
        // Kinds of a later version of the core count as mistakes of this one.
        ErrorKind::Internal | _ => "this is a mistake of the program: please report it with the line above".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_core_becomes_one_line_and_one_remedy() {
        let cause = std::io::Error::other("disk\nfull");
        let failure = Failure::from(Error::unavailable("write the outbox").with_source(cause));
        assert_eq!(failure.code, ExitCode::Temporary);
        assert_eq!(
            failure.complaints[0].what,
            "failed to write the outbox: disk full"
        );
        assert!(failure.complaints[0].fix.contains("later"));
    }

    #[test]
    fn a_wait_the_service_asked_for_is_repeated() {
        let error = Error::unavailable("read").with_retry_after(std::time::Duration::from_secs(7));
        assert!(
            Failure::from(error).complaints[0]
                .fix
                .ends_with("after 7 s")
        );
    }
}
