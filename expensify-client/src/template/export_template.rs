//! A template and what is known of the files it makes.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::marker::PhantomData;

use super::Template;
use super::content::{FileContent, FileFormat, ReportIds, Reports};
use crate::report_field::ReportFieldKey;

/// A FreeMarker program to render an export with, typed by what its output decodes to.
///
/// It runs on Expensify's side. Never build one from what a stranger typed.
pub struct ExportTemplate<D> {
    source: Cow<'static, str>,
    format: FileFormat,
    content: PhantomData<fn() -> D>,
}

impl ExportTemplate<Reports> {
    /// All fields of reports and expenses: what [`Report`](crate::Report) is read from.
    pub const fn reports() -> Self {
        Self::build(Cow::Borrowed(Template::Export.source()), FileFormat::Json)
    }
}

/// Where the names of report fields go into the template.
const FIELD_NAMES: &str = "<#assign fieldNames = []";

impl ExportTemplate<Reports> {
    /// The same for reports with these fields: `policy.report_fields.iter().map(ReportField::key)`.
    ///
    /// [`reports`](Self::reports) lists the fields a report has. Should the service's engine let it only ask for them by
    /// name, which is UNVERIFIED, this one does. Names never reach the template raw: only letters, digits and
    /// underscores stand for themselves.
    pub fn reports_with(fields: impl IntoIterator<Item = ReportFieldKey>) -> Self {
        let spellings = fields.into_iter().flat_map(|key| [key.to_ascii(), key]);
        let names: BTreeSet<ReportFieldKey> = spellings.collect();
        let literals: Vec<String> = names.iter().map(|key| literal(key.as_str())).collect();
        let filled = format!("<#assign fieldNames = [{}]", literals.join(", "));
        let source = Template::Export.source().replace(FIELD_NAMES, &filled);
        Self::build(Cow::Owned(source), FileFormat::Json)
    }
}

/// A FreeMarker string literal.
fn literal(text: &str) -> String {
    let mut literal = String::from("\"");
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(plain) if plain.is_ascii_alphanumeric() || plain == b'_' => {
                literal.push(char::from(plain));
            }
            // Four digits are the most that FreeMarker reads, so that no letter behind them is taken for a fifth.
            _ => {
                let _ = write!(literal, "\\x{unit:04X}");
            }
        }
    }
    literal.push('"');
    literal
}

impl ExportTemplate<ReportIds> {
    /// Report IDs only, for an export that exists for its actions.
    pub const fn report_ids() -> Self {
        Self::build(Cow::Borrowed(Template::Ack.source()), FileFormat::Json)
    }
}

impl<D: FileContent> ExportTemplate<D> {
    /// A template of your own.
    pub fn new(source: impl Into<Cow<'static, str>>) -> Self {
        Self::build(source.into(), D::FORMAT)
    }

    /// Asks for a file of another format than the content's usual one.
    #[must_use]
    pub fn in_format(mut self, format: FileFormat) -> Self {
        self.format = format;
        self
    }
}

impl<D> ExportTemplate<D> {
    const fn build(source: Cow<'static, str>, format: FileFormat) -> Self {
        Self {
            source,
            format,
            content: PhantomData,
        }
    }

    /// The FreeMarker source, sent as it is in the form field `template`.
    pub fn source(&self) -> Cow<'static, str> {
        self.source.clone()
    }

    /// The format of the file.
    pub const fn file_format(&self) -> FileFormat {
        self.format
    }

    /// SHA-256 of [`source`](Self::source) in lower-case hexadecimal: keep it with what was read, to know later what
    /// had asked for it.
    pub fn sha256(&self) -> String {
        super::sha256(&self.source)
    }
}

impl<D> Clone for ExportTemplate<D> {
    fn clone(&self) -> Self {
        Self::build(self.source.clone(), self.format)
    }
}

impl<D> fmt::Debug for ExportTemplate<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportTemplate")
            .field("sha256", &self.sha256())
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Json;

    #[test]
    fn names_of_report_fields_never_reach_the_template_raw() {
        let hostile = [
            "Cost Center",
            "\"]><#stop>${1/0}",
            "Gr\u{f6}\u{df}e",
            "a\\",
            "\u{1f355}\u{20ac}x",
        ];
        let template = ExportTemplate::reports_with(hostile.map(ReportFieldKey::of));
        let source = template.source();
        let line = source
            .lines()
            .find(|line| line.contains("fieldNames = ["))
            .unwrap();
        let names = line.split_once('[').unwrap().1.trim_end_matches(']');
        assert!(
            names
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_\\\", ".contains(c)),
            "{names}"
        );
        assert!(names.contains(r#""Gr\x00F6\x00DFe""#) && names.contains(r#""Gr__e""#));
        assert!(!names.contains("stop>") && !names.contains("1/0"));
    }

    #[test]
    fn only_the_names_differ_and_the_hash_tells() {
        let plain = ExportTemplate::reports();
        let none = ExportTemplate::reports_with([]);
        assert_eq!(plain.source(), none.source());
        assert_eq!(plain.sha256(), none.sha256());
        assert_eq!(plain.source().matches(FIELD_NAMES).count(), 1);
        let named = ExportTemplate::reports_with([ReportFieldKey::of("Project")]);
        assert_eq!(
            named.source().replace("[\"Project\"]", "[]"),
            plain.source()
        );
        assert_ne!(named.sha256(), plain.sha256());
        assert_eq!(
            ExportTemplate::<Json<u8>>::new("abc").sha256(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
