//! Where in the file a key stands, so that every complaint can name file, line and key.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::names::nearest;
use crate::exit_code::ExitCode;
use crate::failure::{Complaint, Failure};

/// A configuration's text with the place of every key.
#[derive(Debug)]
pub(super) struct Document {
    path: PathBuf,
    text: String,
    places: BTreeMap<String, Place>,
}

#[derive(Clone, Debug)]
struct Place {
    key: Range<usize>,
    value: Range<usize>,
}

/// Something wrong at a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// Path of the key, for example `connection[0].schedule.cron`.
    pub(super) key: String,
    /// What is wrong.
    pub(super) what: String,
    /// How to correct it.
    pub(super) fix: String,
}

impl Problem {
    pub(super) fn new(
        key: impl Into<String>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            key: key.into(),
            what: what.into(),
            fix: fix.into(),
        }
    }
}

impl Document {
    /// Reads the text's structure.
    ///
    /// # Errors
    /// When it is no TOML.
    pub(super) fn parse(path: &Path, text: String) -> Result<Self, Failure> {
        let mut document = Self {
            path: path.to_owned(),
            text,
            places: BTreeMap::new(),
        };
        let mut places = BTreeMap::new();
        match DeTable::parse(&document.text) {
            Ok(table) => walk("", table.get_ref(), &mut places),
            Err(error) => return Err(document.not_toml(&error)),
        }
        document.places = places;
        Ok(document)
    }

    /// The text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Problems as a failure.
    pub(super) fn failure(&self, problems: &[Problem]) -> Failure {
        let complaints = problems
            .iter()
            .map(|problem| self.complaint(problem))
            .collect();
        Failure {
            code: ExitCode::Configuration,
            complaints,
        }
    }

    /// What serde did not like, with the key's path and, for an unknown key or word, the nearest known one.
    pub(super) fn shape_failure(&self, error: &toml::de::Error) -> Failure {
        let span = error.span().unwrap_or(0..0);
        let key = self.key_at(&span);
        let message = error.message().trim();
        let mut quoted = message.split('`').skip(1).step_by(2);
        let wrong = quoted.next().unwrap_or_default();
        let known: Vec<&str> = quoted.collect();
        let (what, fix) = if message.starts_with("unknown field") {
            (
                "unknown key".to_owned(),
                suggestion(wrong, &known, "keys known here"),
            )
        } else if message.starts_with("unknown variant") {
            (
                format!("{wrong:?} is not a known word"),
                suggestion(wrong, &known, "words known here"),
            )
        } else if message.starts_with("missing field") {
            (
                format!("key `{wrong}` is missing"),
                format!("add `{wrong} = …`; `ml-connector init` writes an example"),
            )
        } else if message.contains("datetime") {
            (
                message.to_owned(),
                "write a date without quotes, such as 2026-11-01".to_owned(),
            )
        } else {
            (
                message.to_owned(),
                "correct the value; `ml-connector init` writes a commented example".to_owned(),
            )
        };
        Failure::configuration(self.place_text(span.start, &key, &what), fix)
    }

    fn not_toml(&self, error: &toml::de::Error) -> Failure {
        let start = error.span().map_or(0, |span| span.start);
        let message = error
            .message()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        Failure::configuration(
            self.place_text(start, "", &format!("not valid TOML: {message}")),
            "correct the line; text values need quotes, tables look like [connection.schedule]",
        )
    }

    fn complaint(&self, problem: &Problem) -> Complaint {
        // A key that is absent is reported at the nearest table that is there.
        let mut known = problem.key.as_str();
        let start = loop {
            if let Some(place) = self.places.get(known) {
                break place.key.start;
            }
            match known.rfind(['.', '[']) {
                Some(end) => known = known.get(..end).unwrap_or_default(),
                None => break 0,
            }
        };
        Complaint {
            what: self.place_text(start, &problem.key, &problem.what),
            fix: problem.fix.clone(),
        }
    }

    fn place_text(&self, offset: usize, key: &str, what: &str) -> String {
        let line = 1 + self
            .text
            .get(..offset)
            .map_or(0, |before| before.matches('\n').count());
        let key = if key.is_empty() {
            String::new()
        } else {
            format!("{key}: ")
        };
        format!("{}:{line}: {key}{what}", self.path.display())
    }

    /// The innermost key whose name or value covers a span.
    fn key_at(&self, span: &Range<usize>) -> String {
        let covers = |range: &Range<usize>| range.start <= span.start && span.end <= range.end;
        let by_name = self.places.iter().find(|(_, place)| place.key == *span);
        let by_cover = || {
            self.places
                .iter()
                .filter(|(_, place)| covers(&place.key) || covers(&place.value))
                .max_by_key(|(path, _)| path.len())
        };
        by_name
            .or_else(by_cover)
            .map(|(path, _)| path.clone())
            .unwrap_or_default()
    }
}

fn suggestion(wrong: &str, known: &[&str], label: &str) -> String {
    match nearest(wrong, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "remove it".to_owned(),
        None => format!("{label}: {}", known.join(", ")),
    }
}

fn walk(prefix: &str, table: &DeTable<'_>, places: &mut BTreeMap<String, Place>) {
    for (key, value) in table {
        let name = key.get_ref();
        let path = if prefix.is_empty() {
            name.to_string()
        } else {
            format!("{prefix}.{name}")
        };
        places.insert(
            path.clone(),
            Place {
                key: key.span(),
                value: value.span(),
            },
        );
        walk_value(&path, value, places);
    }
}

fn walk_value(path: &str, value: &Spanned<DeValue<'_>>, places: &mut BTreeMap<String, Place>) {
    match value.get_ref() {
        DeValue::Table(table) => walk(path, table, places),
        DeValue::Array(array) => {
            for (index, element) in array.iter().enumerate() {
                let path = format!("{path}[{index}]");
                places.insert(
                    path.clone(),
                    Place {
                        key: element.span(),
                        value: element.span(),
                    },
                );
                walk_value(&path, element, places);
            }
        }
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => {}
    }
}
