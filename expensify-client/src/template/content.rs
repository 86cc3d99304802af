//! What a generated file holds, as types.

use std::fmt;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use crate::error::Error;

/// Formats of a file. The service renders the same text for all but the spreadsheets and PDF; the format names the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FileFormat {
    /// `csv`.
    Csv,
    /// `json`.
    Json,
    /// `txt`.
    Txt,
    /// `xls`, made from comma-separated text.
    Xls,
    /// `xlsx`, made from comma-separated text.
    Xlsx,
    /// `xml`.
    Xml,
}

impl FileFormat {
    /// The service's word for it, which is the ending of the file's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Txt => "txt",
            Self::Xls => "xls",
            Self::Xlsx => "xlsx",
            Self::Xml => "xml",
        }
    }
}

/// Content of a file that this crate's own template printed: [`Report`](crate::Report)s, read by
/// [`ExportParser`](crate::ExportParser).
#[derive(Clone, Copy, Debug)]
pub struct Reports;

/// Content of a file that holds report IDs only, read by [`AckParser`](crate::AckParser).
#[derive(Clone, Copy, Debug)]
pub struct ReportIds;

/// What a file printed by a template of your own decodes to. [`Json`], [`Lines`] and [`Text`] are ready; implement it
/// for another format.
pub trait FileContent {
    /// What the file decodes to.
    type Output;

    /// The format to ask for.
    const FORMAT: FileFormat;

    /// Decodes a whole file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unexpected`](crate::ErrorKind::Unexpected), by [`Error::unreadable_file`], if it is not such a file.
    fn decode(file: &[u8]) -> Result<Self::Output, Error>;
}

/// One JSON document, decoded to `T`.
pub struct Json<T>(PhantomData<fn() -> T>);

/// One JSON document in each line, each decoded to `T`; blank lines are passed over.
pub struct Lines<T>(PhantomData<fn() -> T>);

/// Text in UTF-8, as it is.
#[derive(Clone, Copy, Debug)]
pub struct Text;

impl<T> fmt::Debug for Json<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Json")
    }
}

impl<T> fmt::Debug for Lines<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lines")
    }
}

fn without_mark(file: &[u8]) -> &[u8] {
    file.strip_prefix("\u{feff}".as_bytes()).unwrap_or(file)
}

impl<T: DeserializeOwned> FileContent for Json<T> {
    type Output = T;
    const FORMAT: FileFormat = FileFormat::Json;

    fn decode(file: &[u8]) -> Result<T, Error> {
        // As in a line, only the position is kept.
        serde_json::from_slice(without_mark(file)).map_err(|error| {
            Error::unreadable_file(format!("line {} column {}", error.line(), error.column()))
        })
    }
}

impl<T: DeserializeOwned> FileContent for Lines<T> {
    type Output = Vec<T>;
    const FORMAT: FileFormat = FileFormat::Json;

    fn decode(file: &[u8]) -> Result<Vec<T>, Error> {
        let lines = without_mark(file).split(|byte| *byte == b'\n');
        lines
            .zip(1..)
            .filter_map(|(line, number)| decode_line(line, number).transpose())
            .collect()
    }
}

/// Decodes a line; none if it is blank.
pub(crate) fn decode_line<T: DeserializeOwned>(
    line: &[u8],
    number: u64,
) -> Result<Option<T>, Error> {
    if line.trim_ascii().is_empty() {
        return Ok(None);
    }
    // Only the position is kept of what the JSON parser says: its messages may quote the file.
    serde_json::from_slice(line)
        .map(Some)
        .map_err(|error| Error::unreadable_file(format!("line {number} column {}", error.column())))
}

impl FileContent for Text {
    type Output = String;
    const FORMAT: FileFormat = FileFormat::Csv;

    fn decode(file: &[u8]) -> Result<String, Error> {
        let text = std::str::from_utf8(without_mark(file));
        text.map(str::to_owned)
            .map_err(|error| Error::unreadable_file(format!("byte {}", error.valid_up_to())))
    }
}
