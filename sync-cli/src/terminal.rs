//! What only a person at a terminal can answer. Without a terminal nothing is ever asked.

use std::io::{self, BufRead as _, IsTerminal as _};

use secrecy::SecretString;

use crate::failure::Failure;
use crate::output::Output;

/// Reads a secret from the environment, or asks for it without echo.
///
/// # Errors
/// When neither is possible.
pub(crate) fn secret(variable: &str, question: &str) -> Result<SecretString, Failure> {
    if let Some(value) = from_environment(variable) {
        return Ok(SecretString::from(value));
    }
    if !is_terminal() {
        return Err(missing(variable));
    }
    let answer =
        rpassword::prompt_password(format!("{question}: ")).map_err(|error| unreadable(&error))?;
    not_empty(answer.trim(), variable).map(SecretString::from)
}

/// Reads something that is no secret from the environment, or asks for it.
///
/// # Errors
/// When neither is possible.
pub(crate) fn line(variable: &str, question: &str) -> Result<String, Failure> {
    if let Some(value) = from_environment(variable) {
        return Ok(value);
    }
    if !is_terminal() {
        return Err(missing(variable));
    }
    Output::ask(&format!("{question}: "));
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|error| unreadable(&error))?;
    not_empty(answer.trim(), variable)
}

/// A variable of the environment, unless it is blank.
pub(crate) fn from_environment(variable: &str) -> Option<String> {
    std::env::var(variable)
        .ok()
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
}

/// Whether a person can be asked.
pub(crate) fn is_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Who decides, for the audit trail: the operating system's user.
pub(crate) fn operator() -> String {
    ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(from_environment)
        .unwrap_or_else(|| "operator".to_owned())
}

fn not_empty(answer: &str, variable: &str) -> Result<String, Failure> {
    if answer.is_empty() {
        Err(missing(variable))
    } else {
        Ok(answer.to_owned())
    }
}

fn missing(variable: &str) -> Failure {
    Failure::configuration(
        format!("failed to read {variable}: it is not set, and nobody can be asked"),
        format!("set {variable} in the environment, or run the command in a terminal"),
    )
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::configuration(
        format!("failed to read the answer: {error}"),
        "run the command in a terminal, or use the environment variables named in --help",
    )
}
