//! Report fields.

use serde_json::{Value, json};

/// What becomes of a policy's report fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFieldsUpdate {
    action: &'static str,
    fields: Vec<NewReportField>,
}

/// A report field to add or change. Formulas can be read but not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReportField {
    name: String,
    kind: &'static str,
    choices: Vec<String>,
    default: Option<String>,
}

impl NewReportField {
    /// A line of text.
    pub fn text(name: impl Into<String>) -> Self {
        Self::new(name, "text")
    }

    /// A date.
    pub fn date(name: impl Into<String>) -> Self {
        Self::new(name, "date")
    }

    /// A choice.
    pub fn dropdown(
        name: impl Into<String>,
        choices: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            choices: choices.into_iter().map(Into::into).collect(),
            ..Self::new(name, "dropdown")
        }
    }

    fn new(name: impl Into<String>, kind: &'static str) -> Self {
        Self {
            name: name.into(),
            kind,
            choices: Vec::new(),
            default: None,
        }
    }

    /// With this value until somebody fills it in.
    #[must_use]
    pub fn with_default(mut self, value: impl Into<String>) -> Self {
        self.default = Some(value.into());
        self
    }

    fn wire(&self) -> Value {
        let mut wire = json!({"name": self.name, "type": self.kind});
        if self.kind == "dropdown" {
            // Choices as texts: as objects, the documentation contradicts itself about their keys.
            wire["values"] = self.choices.clone().into();
        }
        if let Some(value) = &self.default {
            wire["defaultValue"] = value.as_str().into();
        }
        wire
    }
}

impl ReportFieldsUpdate {
    /// Adds the named ones or changes them; the others stay.
    pub fn merge(fields: impl IntoIterator<Item = NewReportField>) -> Self {
        Self {
            action: "merge",
            fields: Vec::from_iter(fields),
        }
    }

    /// Puts the named ones in place of all others, which are dropped.
    pub fn replace_all(fields: impl IntoIterator<Item = NewReportField>) -> Self {
        Self {
            action: "replace",
            fields: Vec::from_iter(fields),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    pub(super) fn wire(&self) -> Value {
        let fields: Vec<Value> = self.fields.iter().map(NewReportField::wire).collect();
        json!({"action": self.action, "data": fields})
    }
}
