//! What the two services hold when the sandbox starts. Every type here can be written in TOML, in JSON or in Rust.

mod day;
mod expensify;
mod freshbooks;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use day::Moment;
pub(crate) use day::stamp;
pub use expensify::{
    Approver, Employee, Expense, ExpensifyScenario, ExpensifySettings, NotReadyForm, Policy,
    PolicyCategory, PolicyTag, PolicyTax, Report, ReportField, ReportState, TagLevel, TaxRate,
    ThrottleForm,
};
pub use freshbooks::{
    BillNumberScope, Business, Category, Client, ErrorForm, FreshBooksScenario, FreshBooksSettings,
    Identity, LedgerAccount, OAuthApp, Project, Staff, Tax, Vendor,
};

use crate::fault::Fault;

const DEMO: &str = include_str!("demo.toml");

/// Everything the sandbox starts from.
///
/// ```
/// let mut scenario = sync_sandbox::Scenario::demo();
/// scenario.freshbooks.settings.rate_limits = false;
/// assert_eq!(scenario.expensify.reports.len(), 14);
/// ```
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// A name for people.
    pub name: String,
    /// The accounting side.
    pub freshbooks: FreshBooksScenario,
    /// The expense side.
    pub expensify: ExpensifyScenario,
    /// Faults laid out from the start.
    pub faults: Vec<Fault>,
}

/// Why a scenario could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("cannot read scenario {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The text is not a scenario; the source says where.
    #[error("scenario is not valid TOML for this version")]
    Toml(#[from] toml::de::Error),
    /// The text is not a scenario; the source says where.
    #[error("scenario is not valid JSON for this version")]
    Json(#[from] serde_json::Error),
}

impl Scenario {
    /// The built-in demo: one business, two workspaces, fourteen reports. Its dates are relative, so it never ages.
    pub fn demo() -> Self {
        // The text is compiled in and a test reads it, so the fallback is never seen.
        Self::from_toml(DEMO).unwrap_or_default()
    }

    /// Reads a scenario from TOML.
    ///
    /// # Errors
    /// When the text is not TOML or has a key that no scenario has.
    pub fn from_toml(text: &str) -> Result<Self, ScenarioError> {
        Ok(toml::from_str(text)?)
    }

    /// Reads a scenario from JSON.
    ///
    /// # Errors
    /// When the text is not JSON or has a key that no scenario has.
    pub fn from_json(text: &str) -> Result<Self, ScenarioError> {
        Ok(serde_json::from_str(text)?)
    }

    /// Reads a scenario file: JSON when its name ends in `.json`, else TOML.
    ///
    /// # Errors
    /// When the file cannot be read or is not a scenario.
    pub fn from_file(path: &Path) -> Result<Self, ScenarioError> {
        let text = std::fs::read_to_string(path).map_err(|source| ScenarioError::File {
            path: path.to_owned(),
            source,
        })?;
        if path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
        {
            return Self::from_json(&text);
        }
        Self::from_toml(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_reads_and_survives_a_round_trip_through_json() {
        let demo = Scenario::from_toml(DEMO).unwrap();
        let json = serde_json::to_string(&demo).unwrap();
        let again = Scenario::from_json(&json).unwrap();
        assert_eq!(again.expensify.reports.len(), demo.expensify.reports.len());
        assert_eq!(serde_json::to_string(&again).unwrap(), json);
    }

    #[test]
    fn an_unknown_key_is_refused() {
        assert!(Scenario::from_toml("[freshbooks.settings]\nrate_limit = false").is_err());
    }
}
