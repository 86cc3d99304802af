//! From bytes to a verdict. The HTTP status is not it: errors arrive with HTTP 200, success as a bare file name.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;

use crate::error::{Error, Inner};
use crate::ids::FileName;
use crate::template::Template;

/// What a successful answer to a job looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expected {
    /// The name of a generated file, bare, as the exporter answers.
    FileName,
    /// A file, as the downloader answers.
    File,
    /// A JSON object, as everything else answers.
    Object,
}

/// A successful answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Names of the generated files; more than one only for PDF.
    FileNames(Vec<FileName>),
    /// The body is the file.
    File,
    /// The body is a JSON object without an error in it.
    Object,
}

/// What is known of an answer beside its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// HTTP status.
    pub status: u16,
    /// `Retry-After`, if it is there in seconds.
    pub retry_after: Option<Duration>,
}

impl Head {
    const fn is_success(self) -> bool {
        matches!(self.status, 200..=299)
    }
}

/// A successful answer, read whole. Its `Debug` shows nothing of the body, which may name people.
#[derive(Clone)]
pub struct Answer {
    head: Head,
    reply: Reply,
    body: Bytes,
}

impl Answer {
    /// Takes an answer for a success, if [`classify`] finds it one.
    ///
    /// # Errors
    ///
    /// What [`classify`] returns.
    pub fn new(expected: Expected, head: Head, body: Bytes) -> Result<Self, Error> {
        let reply = classify(expected, head, &body)?;
        Ok(Self { head, reply, body })
    }

    pub(crate) fn file_names(&self) -> Result<&[FileName], Error> {
        match &self.reply {
            Reply::FileNames(names) => Ok(names),
            Reply::File | Reply::Object => Err(self.misshaped("not the name of a file")),
        }
    }

    /// The one file that is named.
    pub(crate) fn file_name(&self) -> Result<FileName, Error> {
        match self.file_names()? {
            [name] => Ok(name.clone()),
            _ => Err(self.misshaped("not the name of one file")),
        }
    }

    /// Reads the body as a JSON object.
    pub(crate) fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Error> {
        let body = self.body.as_ref();
        let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
        serde_json::from_slice(body).map_err(|error| {
            self.misshaped(format!(
                "not of the documented shape, line {} column {}",
                error.line(),
                error.column()
            ))
        })
    }

    pub(crate) fn misshaped(&self, what: impl Into<String>) -> Error {
        Error::shape(self.head.status, what)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("head", &self.head)
            .field("reply", &self.reply)
            .field("bytes", &self.body.len())
            .finish()
    }
}

/// The members by which an object tells success from failure.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Outcome {
    #[serde(rename = "responseCode")]
    code: serde_json::Value,
    #[serde(rename = "responseMessage")]
    message: serde_json::Value,
    filename: serde_json::Value,
}

impl Outcome {
    fn code(&self) -> Option<i64> {
        self.code
            .as_i64()
            .or_else(|| self.code.as_str()?.trim().parse().ok())
    }
}

/// Tells success from failure. Pure: the same answer always gives the same verdict.
///
/// For [`Expected::File`] the body may be the first few hundred bytes only, as long as an answer that does not begin
/// like one of our files is passed whole.
///
/// # Errors
///
/// An [`Error`] of the kind the answer's code, status or page stands for.
pub fn classify(expected: Expected, head: Head, body: &[u8]) -> Result<Reply, Error> {
    let text = String::from_utf8_lossy(body);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).trim();
    if expected == Expected::File && head.is_success() && is_ours(text) {
        return Ok(Reply::File);
    }
    let outcome = if text.starts_with('{') {
        serde_json::from_str::<Outcome>(text).ok()
    } else {
        None
    };
    let code = outcome.as_ref().and_then(Outcome::code);
    let message = outcome
        .as_ref()
        .and_then(|outcome| outcome.message.as_str())
        .map(excerpt)
        .unwrap_or_default();
    // The wording is the one the documentation quotes; with which code it comes is UNVERIFIED.
    if head.status == 429
        || code == Some(429)
        || message.to_ascii_lowercase().contains("rate-limited")
    {
        return Err(Inner::Throttled {
            status: head.status,
            code,
            message,
            retry_after: head.retry_after,
        }
        .into());
    }
    if let Some(code) = code.filter(|code| !matches!(code, 200 | 207)) {
        return Err(Inner::Api {
            status: head.status,
            code,
            message,
        }
        .into());
    }
    if !head.is_success() {
        return Err(http_error(head, text));
    }
    if is_html(text) {
        return Err(Inner::Html {
            status: head.status,
            title: title(text).unwrap_or_default(),
        }
        .into());
    }
    match expected {
        Expected::FileName => file_names(head, text, outcome.as_ref()),
        Expected::File if text.is_empty() => Err(Error::shape(head.status, "the file is empty")),
        Expected::File if code.is_some() => Err(Error::shape(
            head.status,
            "a JSON object in place of the file",
        )),
        Expected::File => Ok(Reply::File),
        Expected::Object if outcome.is_some() => Ok(Reply::Object),
        Expected::Object => Err(Error::shape(head.status, "not a JSON object")),
    }
}

/// Whether a body begins as a file of one of our templates does.
pub(crate) fn is_ours(text: &str) -> bool {
    let frame = |template: Template| {
        let begin = format!(
            r#"{{"k":"begin","v":{},"format":"{}"}}"#,
            crate::TEMPLATE_VERSION,
            template.format()
        );
        text.starts_with(&begin)
    };
    frame(Template::Export) || frame(Template::Ack)
}

fn http_error(head: Head, text: &str) -> Error {
    if is_html(text) {
        return Inner::Html {
            status: head.status,
            title: title(text).unwrap_or_default(),
        }
        .into();
    }
    Inner::Http {
        status: head.status,
        retry_after: head.retry_after,
        excerpt: excerpt(text),
    }
    .into()
}

fn is_html(text: &str) -> bool {
    let start: String = text
        .chars()
        .take(14)
        .collect::<String>()
        .to_ascii_lowercase();
    start.starts_with("<html")
        || start.starts_with("<!doctype")
        || start.starts_with("<head")
        || start.starts_with("<body")
}

/// Title of an HTML page, cut to a length fit for a message.
pub(crate) fn title(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower.get(start..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find("</title")?;
    // ASCII lower case keeps every byte where it was.
    html.get(start..end).map(|title| excerpt(title.trim()))
}

/// The first 200 characters.
fn excerpt(text: &str) -> String {
    text.chars().take(200).collect()
}

fn file_names(head: Head, text: &str, outcome: Option<&Outcome>) -> Result<Reply, Error> {
    // The reconciliation job is documented to name its file in an object, never seen live.
    let text = outcome
        .and_then(|outcome| outcome.filename.as_str())
        .unwrap_or(text);
    let names = text.split(',').map(|name| {
        let name = name.trim();
        let plausible = !name.contains(['{', '<', '"', '/', '\\'])
            && !name.starts_with('.')
            && name.contains('.');
        FileName::new(name).ok().filter(|_| plausible)
    });
    names
        .collect::<Option<Vec<_>>>()
        .map(Reply::FileNames)
        .ok_or_else(|| Error::shape(head.status, "not the name of a file"))
}

#[cfg(test)]
mod tests;
