//! Reading the configuration as a whole.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::checks::Problems;
use super::connection::{ConnectionConfig, connection};
use super::document::Document;
use super::file::ConfigFile;
use super::services::{self, Audit, KeySource, Services, Webhooks};
use crate::failure::Failure;

/// The only version of the format so far.
const VERSION: u32 = 1;

/// A configuration that was checked as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The SQLite file.
    pub(crate) database: PathBuf,
    /// Where the vault's key comes from.
    pub(crate) key: KeySource,
    /// Where audit checkpoints go.
    pub(crate) audit: Audit,
    /// Base URLs.
    pub(crate) services: Services,
    /// The listener of `serve`.
    pub(crate) webhooks: Option<Webhooks>,
    /// At least one.
    pub(crate) connections: Vec<ConnectionConfig>,
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with file, line, key, and how to correct it.
    pub(crate) fn load(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            if error.kind() == std::io::ErrorKind::NotFound {
                Failure::configuration(
                    format!("failed to read the configuration: {} does not exist", path.display()),
                    "run `ml-connector init`, or name the file with --config or ML_CONNECTOR_CONFIG",
                )
            } else {
                Failure::file("read the configuration", path, &error)
            }
        })?;
        Self::parse(path, text)
    }

    /// Checks a configuration's text; `path` names it in complaints and is where relative paths start.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub(crate) fn parse(path: &Path, text: String) -> Result<Self, Failure> {
        let document = Document::parse(path, text)?;
        let file: ConfigFile =
            toml::from_str(document.text()).map_err(|error| document.shape_failure(&error))?;
        let mut problems = Problems::default();
        let config = check(&file, document.path(), &mut problems);
        let problems = problems.into_vec();
        if problems.is_empty() {
            Ok(config)
        } else {
            Err(document.failure(&problems))
        }
    }

    /// The connections a command is about: the named one, or all.
    ///
    /// # Errors
    /// When there is none of that name.
    pub(crate) fn selected(&self, name: Option<&str>) -> Result<Vec<&ConnectionConfig>, Failure> {
        let Some(name) = name else {
            return Ok(self.connections.iter().collect());
        };
        match self
            .connections
            .iter()
            .find(|connection| connection.id().as_str() == name)
        {
            Some(connection) => Ok(vec![connection]),
            None => Err(Failure::configuration(
                format!("failed to find connection {name:?} in the configuration"),
                format!("use one of {}", self.names()),
            )),
        }
    }

    /// The one connection a command is about.
    ///
    /// # Errors
    /// When there are several and none is named.
    pub(crate) fn single(&self, name: Option<&str>) -> Result<&ConnectionConfig, Failure> {
        match self.selected(name)?.as_slice() {
            [one] => Ok(*one),
            _ => Err(Failure::configuration(
                "failed to choose a connection: the configuration has several",
                format!("add --connection with one of {}", self.names()),
            )),
        }
    }

    fn names(&self) -> String {
        self.connections
            .iter()
            .map(|connection| connection.id().as_str())
            .collect::<Vec<_>>()
            .join(", ")
    }
}

fn check(file: &ConfigFile, path: &Path, problems: &mut Problems) -> Config {
    if file.version != VERSION {
        let what = format!("version {} is not known to this program", file.version);
        problems.add(
            "version",
            what,
            format!("write version = {VERSION}, or use the program the file was made for"),
        );
    }
    let base = path.parent().unwrap_or(Path::new(""));
    let connections = file.connection.iter().enumerate();
    let connections: Vec<_> = connections
        .map(|(index, file)| connection(&format!("connection[{index}]"), file, problems))
        .collect();
    if connections.is_empty() {
        problems.add(
            "connection",
            "there is no connection",
            "add a [[connection]] table; `ml-connector init` writes an example",
        );
    }
    separate(file, problems);
    Config {
        database: services::database(file, base, problems),
        key: services::key_source(file, base, problems),
        audit: services::audit(file, base, problems),
        services: services::services(&file.services, problems),
        webhooks: services::webhooks(file.webhooks.as_ref(), problems),
        connections,
    }
}

/// Connections are isolated from each other: no name and no workspace twice.
fn separate(file: &ConfigFile, problems: &mut Problems) {
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    for (index, connection) in file.connection.iter().enumerate() {
        if names.insert(&connection.name, index).is_some() {
            problems.add(
                format!("connection[{index}].name"),
                format!("two connections are named {:?}", connection.name),
                "give each connection a name of its own",
            );
        }
        for (position, workspace) in connection.workspaces.iter().enumerate() {
            let Some(owner) = owners.insert(workspace, &connection.name) else {
                continue;
            };
            if owner != connection.name {
                problems.add(
                    format!("connection[{index}].workspaces[{position}]"),
                    format!("workspace {workspace:?} already belongs to connection {owner:?}: its reports would be posted twice"),
                    "keep it in one of the two",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests;
