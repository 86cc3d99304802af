//! A template and what is known of the files it makes.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use super::Template;
use super::content::{FileContent, FileFormat, ReportIds, Reports};

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
