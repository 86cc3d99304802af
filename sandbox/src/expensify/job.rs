//! A job description as it arrives in the form.

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::http::{Incoming, Reply, form_pairs, scalar};

/// A parsed `requestJobDescription`.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) description: Value,
    pub(crate) template: Option<String>,
}

impl Job {
    /// Reads the form; the error is the HTML page that the server's servlet container shows.
    pub(crate) fn read(request: &Incoming) -> Result<Self, Reply> {
        let fields = form_pairs(&request.body);
        let field = |name: &str| {
            fields
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
        };
        let text =
            field("requestJobDescription").ok_or_else(|| page(500, "requestJobDescription"))?;
        let description: Value = serde_json::from_str(&text)
            .map_err(|_| page(500, "JSONObject text must begin with '{'"))?;
        if !description.is_object() {
            return Err(page(500, "JSONObject text must begin with '{'"));
        }
        Ok(Self {
            description,
            template: field("template"),
        })
    }

    /// Text at a path of keys; empty when absent.
    pub(crate) fn text(&self, path: &[&str]) -> String {
        self.value(path).and_then(scalar).unwrap_or_default()
    }

    /// The value at a path of keys.
    pub(crate) fn value(&self, path: &[&str]) -> Option<&Value> {
        path.iter()
            .try_fold(&self.description, |value, key| value.get(key))
    }

    /// A comma list; `None` when the key is absent or empty.
    pub(crate) fn list(&self, path: &[&str]) -> Option<Vec<String>> {
        let text = self.text(path);
        let items: Vec<String> = text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(str::to_owned)
            .collect();
        (!items.is_empty()).then_some(items)
    }

    /// A date; `None` when the key is absent, an API error when it is not `yyyy-MM-dd`.
    pub(crate) fn date(&self, path: &[&str]) -> Result<Option<NaiveDate>, Reply> {
        let text = self.text(path);
        if text.is_empty() {
            return Ok(None);
        }
        let malformed = |_| {
            error(
                410,
                &format!("Malformed date '{text}'. Expected format is yyyy-MM-dd"),
            )
        };
        NaiveDate::parse_from_str(&text, "%Y-%m-%d")
            .map(Some)
            .map_err(malformed)
    }

    /// The description without its credentials, for the log.
    pub(crate) fn without_credentials(&self) -> String {
        let mut description = self.description.clone();
        if let Value::Object(map) = &mut description {
            map.remove("credentials");
        }
        description.to_string()
    }

    /// The name the job is counted under.
    pub(crate) fn kind(&self) -> String {
        match self.text(&["type"]).as_str() {
            name @ ("file" | "download" | "reconciliation") => name.to_owned(),
            name => format!("{name} {}", self.text(&["inputSettings", "type"])),
        }
    }
}

/// The job a request is counted under, and its body for the log.
pub(crate) fn kind(request: &Incoming) -> (String, String) {
    Job::read(request).map_or_else(
        |_| ("unreadable".to_owned(), String::new()),
        |job| (job.kind(), job.without_credentials()),
    )
}

/// An API error: HTTP 200 around a code.
pub(crate) fn error(code: u16, message: &str) -> Reply {
    Reply::json(
        200,
        &json!({"responseMessage": message, "responseCode": code}),
    )
}

/// A page of the servlet container.
pub(crate) fn page(status: u16, title: &str) -> Reply {
    let title = format!("HTTP Status {status} - {title}");
    Reply::html(
        status,
        format!("<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"),
    )
}
