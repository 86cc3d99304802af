//! What `doctor` found, line by line.

use serde::Serialize;

use super::View;
use super::text::plain;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// As it should be.
    Ok,
    /// Works, though something deserves attention.
    Warn,
    /// Will not work until corrected.
    Fail,
}

/// One check.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Check {
    /// The connection; absent when it concerns all.
    pub(crate) connection: Option<String>,
    /// What was checked.
    pub(crate) what: &'static str,
    /// How it ended.
    pub(crate) verdict: Verdict,
    /// What was found.
    pub(crate) found: String,
    /// What to do, unless it is as it should be.
    pub(crate) fix: Option<String>,
}

/// All checks.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct DoctorView {
    /// In the order they were made.
    pub(crate) checks: Vec<Check>,
}

impl Check {
    pub(crate) fn ok(what: &'static str, found: impl Into<String>) -> Self {
        Self {
            connection: None,
            what,
            verdict: Verdict::Ok,
            found: found.into(),
            fix: None,
        }
    }

    pub(crate) fn warn(
        what: &'static str,
        found: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            connection: None,
            what,
            verdict: Verdict::Warn,
            found: found.into(),
            fix: Some(fix.into()),
        }
    }

    pub(crate) fn fail(
        what: &'static str,
        found: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            connection: None,
            what,
            verdict: Verdict::Fail,
            found: found.into(),
            fix: Some(fix.into()),
        }
    }

    /// Says which connection it concerns.
    #[must_use]
    pub(crate) fn of(mut self, connection: &str) -> Self {
        self.connection = Some(connection.to_owned());
        self
    }
}

impl View for DoctorView {
    const SCHEMA: &'static str = "ml-connector/doctor/1";

    fn text(&self) -> String {
        let mut lines = Vec::new();
        for check in &self.checks {
            let verdict = match check.verdict {
                Verdict::Ok => "ok  ",
                Verdict::Warn => "warn",
                Verdict::Fail => "FAIL",
            };
            let connection = check
                .connection
                .as_ref()
                .map(|name| format!("{name}: "))
                .unwrap_or_default();
            lines.push(format!(
                "{verdict}  {connection}{}: {}",
                check.what,
                plain(&check.found)
            ));
            if let Some(fix) = &check.fix {
                lines.push(format!("        fix: {}", plain(fix)));
            }
        }
        lines.join("\n")
    }
}
