//! A short result: what was done, and what comes next.

use serde::Serialize;

use super::View;
use super::text::plain_lines;

/// What was done.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct NoteView {
    /// What was done.
    pub(crate) done: String,
    /// What a person does next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

impl NoteView {
    pub(crate) fn new(done: impl Into<String>, next: Option<&str>) -> Self {
        Self {
            done: done.into(),
            next: next.map(str::to_owned),
        }
    }
}

impl View for NoteView {
    const SCHEMA: &'static str = "ml-connector/note/1";

    fn text(&self) -> String {
        let next = self
            .next
            .as_ref()
            .map(|next| format!("\nnext: {next}"))
            .unwrap_or_default();
        plain_lines(&format!("{}{next}", self.done))
    }
}
