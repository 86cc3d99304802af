//! Tags. They can only be replaced: the service takes `merge` for tags without a word, and deletes those not listed.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::job::policy::Tag;

/// What becomes of a policy's tags: all are replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagsUpdate(Content);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    Levels(Vec<NewTagLevel>),
    File(TagFile),
}

/// A level of tags. Levels listed one by one are independent of each other; dependent ones need a [`TagFile`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTagLevel {
    /// Name of the level; none for single-level tags.
    pub name: Option<String>,
    /// Whether an expense must have a tag of it; left as it is if absent.
    pub required: Option<bool>,
    /// The tags.
    pub tags: Vec<Tag>,
}

/// Tags as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagFile {
    /// The text of the file.
    pub text: String,
    /// What separates its columns.
    pub format: TagFileFormat,
    /// Whether its first line names the columns.
    pub has_header: bool,
    /// Whether it holds GL codes.
    pub has_gl_codes: bool,
    /// How its levels hang together, and which must be filled in.
    pub levels: TagLevels,
}

/// What separates the columns of a [`TagFile`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TagFileFormat {
    /// Commas.
    Csv,
    /// Tabs.
    Tsv,
}

/// How the levels of a [`TagFile`] hang together. The kind decides what `required` is: one answer, or one for each level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagLevels {
    /// What can be chosen at a level depends on the level above.
    Dependent {
        /// Whether an expense must have a tag.
        required: bool,
    },
    /// Every level stands by itself.
    Independent {
        /// For each level, whether an expense must have a tag of it.
        required: Vec<bool>,
    },
}

impl TagsUpdate {
    /// Puts these levels in place of all tags there are.
    pub fn replace_all(levels: impl IntoIterator<Item = NewTagLevel>) -> Self {
        Self(Content::Levels(Vec::from_iter(levels)))
    }

    /// Puts the tags of a file in place of all tags there are.
    pub const fn replace_all_by_file(file: TagFile) -> Self {
        Self(Content::File(file))
    }

    pub(super) fn is_empty(&self) -> bool {
        match &self.0 {
            Content::Levels(levels) => levels.is_empty(),
            Content::File(file) => file.text.trim().is_empty(),
        }
    }

    pub(super) fn wire(&self) -> Value {
        match &self.0 {
            Content::Levels(levels) => {
                let levels: Vec<Value> = levels.iter().map(level).collect();
                json!({"action": "replace", "source": "inline", "data": levels})
            }
            Content::File(file) => {
                let (dependency, required) = match &file.levels {
                    TagLevels::Dependent { required } => (true, json!(required)),
                    TagLevels::Independent { required } => (false, json!(required)),
                };
                let format = match file.format {
                    // Inferred: the table of parameters says "cvs", its example "csv".
                    TagFileFormat::Csv => "csv",
                    TagFileFormat::Tsv => "tsv",
                };
                json!({"action": "replace", "source": "file", "config": {
                    "dependency": dependency, "glCodes": file.has_gl_codes, "header": file.has_header,
                    "setRequired": required, "fileType": format,
                }})
            }
        }
    }

    /// The text of the form field `file`.
    pub(super) fn file(&self) -> Option<Cow<'static, str>> {
        match &self.0 {
            Content::Levels(_) => None,
            Content::File(file) => Some(file.text.clone().into()),
        }
    }
}

fn level(level: &NewTagLevel) -> Value {
    let tags: Vec<Value> = level.tags.iter().map(tag).collect();
    let mut wire = json!({"tags": tags});
    if let Some(name) = &level.name {
        wire["name"] = name.as_str().into();
    }
    if let Some(required) = level.required {
        wire["setRequired"] = required.into();
    }
    wire
}

fn tag(tag: &Tag) -> Value {
    let mut wire = json!({"name": tag.name, "enabled": tag.enabled});
    if let Some(code) = &tag.gl_code {
        wire["glCode"] = code.as_str().into();
    }
    wire
}
