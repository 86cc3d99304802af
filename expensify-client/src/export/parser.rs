//! The stream parsers: chunks in, whole reports out, with the frame checked line by line.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde::Deserialize;

use super::convert::{self, Notes};
use super::error::{ExportError, Problem};
use super::flat;
use super::lines::{Line, LineBuffer};
use super::report::Report;
use super::warning::Warning;
use super::wire::{AnyRecord, BeginRecord, EndRecord, ExpenseRecord, ReportRecord};
use crate::ids::ReportId;
use crate::template::{TEMPLATE_VERSION, Template};

/// Bounds on what a file may make the parser keep in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParserLimits {
    /// Longest line in bytes. Default: 8 MiB, so that a merchant of a megabyte, escaped letter by letter, does not stop
    /// the export of everybody else's reports.
    pub line_bytes_max: usize,
    /// Most expenses in one report, which is kept whole. Default: 20,000.
    pub expenses_per_report_max: usize,
    /// Most reports in one file; each costs some ten bytes, to notice a second one of the same ID. Default: 2,000,000.
    pub reports_max: usize,
    /// Most warnings kept; later ones are counted only. Default: 1,000.
    pub warnings_max: usize,
}

impl Default for ParserLimits {
    fn default() -> Self {
        Self {
            line_bytes_max: 8 << 20,
            expenses_per_report_max: 20_000,
            reports_max: 2_000_000,
            warnings_max: 1_000,
        }
    }
}

/// The counts of a file that was read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportSummary {
    /// Reports read, as the end record states.
    pub reports: u64,
    /// Expenses read, as the end record states.
    pub expenses: u64,
}

/// Parser of files made by [`Template::Export`]: push chunks, pull reports.
///
/// After [`finish`](Self::finish), `Ok(None)` from [`next_report`](Self::next_report) means that the file was whole and
/// right to its last line. Until then, what was read may still turn out to belong to a damaged file.
#[derive(Debug)]
pub struct ExportParser {
    frame: FrameReader,
    reports: Reports,
}

impl ExportParser {
    /// Starts a file.
    pub fn new(limits: ParserLimits) -> Self {
        let notes = Notes {
            limit: limits.warnings_max,
            ..Notes::default()
        };
        let reports = Reports {
            seen: BTreeSet::new(),
            current: None,
            ready: None,
            expenses: 0,
            notes,
            limits,
        };
        Self {
            frame: FrameReader::new(Template::Export),
            reports,
        }
    }

    /// Adds the next bytes of the file, cut anywhere. Pull all reports before pushing more to keep memory low.
    pub fn push(&mut self, chunk: &[u8]) {
        self.frame.lines.push(chunk);
    }

    /// Says that the file has no more bytes. What is left is still to be pulled.
    pub const fn finish(&mut self) {
        self.frame.lines.finish();
    }

    /// The next whole report; none if more bytes are needed or, after [`finish`](Self::finish), if all is read.
    ///
    /// # Errors
    ///
    /// The first problem of the file, and the same one on every later call.
    pub fn next_report(&mut self) -> Result<Option<Report>, ExportError> {
        loop {
            if let Some(report) = self.reports.ready.take() {
                return Ok(Some(report));
            }
            if !self.frame.step(&mut self.reports)? {
                return Ok(None);
            }
        }
    }

    /// The counts, once the end record was read and agreed.
    pub const fn summary(&self) -> Option<ExportSummary> {
        self.frame.summary
    }

    /// What was odd so far, up to [`ParserLimits::warnings_max`].
    pub fn warnings(&self) -> &[Warning] {
        &self.reports.notes.warnings
    }

    /// How many more warnings there were.
    pub const fn warnings_dropped(&self) -> u64 {
        self.reports.notes.dropped
    }
}

/// Parser of files made by [`Template::Ack`], which hold report IDs only.
#[derive(Debug)]
pub struct AckParser {
    frame: FrameReader,
    ids: Ids,
}

impl AckParser {
    /// Starts a file.
    pub fn new(limits: ParserLimits) -> Self {
        Self {
            frame: FrameReader::new(Template::Ack),
            ids: Ids {
                read: Vec::new(),
                limits,
            },
        }
    }

    /// Adds the next bytes of the file, cut anywhere.
    pub fn push(&mut self, chunk: &[u8]) {
        self.frame.lines.push(chunk);
    }

    /// Reads to the end and returns the report IDs.
    ///
    /// # Errors
    ///
    /// The first problem of the file.
    pub fn finish(mut self) -> Result<Vec<ReportId>, ExportError> {
        self.frame.lines.finish();
        while self.frame.step(&mut self.ids)? {}
        Ok(self.ids.read)
    }
}

/// What stands between begin and end.
trait Content {
    fn limits(&self) -> &ParserLimits;
    fn accept(&mut self, kind: &str, line: u64, text: &str) -> Result<(), Problem>;
    /// Closes what is open and returns how many reports and expenses were read.
    fn close(&mut self) -> Result<ExportSummary, Problem>;
}

/// Reads the frame: begin, content, end.
#[derive(Debug)]
struct FrameReader {
    lines: LineBuffer,
    template: Template,
    begun: bool,
    summary: Option<ExportSummary>,
    failed: Option<ExportError>,
}

impl FrameReader {
    fn new(template: Template) -> Self {
        Self {
            lines: LineBuffer::default(),
            template,
            begun: false,
            summary: None,
            failed: None,
        }
    }

    /// Reads one line into `content`; false if there is none to read now.
    fn step(&mut self, content: &mut impl Content) -> Result<bool, ExportError> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        let number = self.lines.next_number();
        self.read_line(content).map_err(|problem| {
            let error = ExportError::new(number, problem);
            self.failed = Some(error.clone());
            error
        })
    }

    fn read_line(&mut self, content: &mut impl Content) -> Result<bool, Problem> {
        let limit = content.limits().line_bytes_max;
        let finished = self.lines.is_finished();
        let line = self
            .lines
            .next_line(limit)
            .map_err(|_| Problem::LineTooLong { limit })?;
        let Some(Line {
            number,
            bytes,
            terminated,
        }) = line
        else {
            return match (finished, self.begun, self.summary) {
                (false, _, _) | (true, _, Some(_)) => Ok(false),
                (true, true, None) => Err(Problem::CutOff),
                (true, false, None) => Err(Problem::Empty),
            };
        };
        if bytes.trim_ascii().is_empty() {
            return Ok(true);
        }
        let read = match std::str::from_utf8(bytes) {
            Ok(text) if !self.begun => begin(text, self.template).map(|()| self.begun = true),
            Ok(text) => record(text, number, &mut self.summary, content),
            Err(_) => Err(Problem::NotUtf8),
        };
        match read {
            Ok(()) => Ok(true),
            // A last line without its line break that cannot be read is the stump of one.
            Err(Problem::NotJson { .. } | Problem::NotUtf8) if !terminated => Err(Problem::CutOff),
            Err(problem) => Err(problem),
        }
    }
}

/// Reads the first line, which tells a file of ours from everything else.
fn begin(text: &str, template: Template) -> Result<(), Problem> {
    let text = text.trim_start();
    if text.starts_with('<') {
        return Err(Problem::Html {
            title: crate::response::title(text),
        });
    }
    let Ok(any) = json::<AnyRecord<'_>>(text) else {
        let stump = format!(
            r#"{{"k":"begin","v":{TEMPLATE_VERSION},"format":"{}"}}"#,
            template.format()
        );
        return Err(if stump.starts_with(text) {
            Problem::CutOff
        } else {
            Problem::NoBegin
        });
    };
    if let Ok(code) = any.response_code.as_str().parse() {
        return Err(Problem::ErrorObject { code });
    }
    if any.k.as_str() != "begin" {
        return Err(Problem::NoBegin);
    }
    let record: BeginRecord<'_> = json(text)?;
    if record.format.as_str() != template.format() {
        return Err(Problem::OtherFormat {
            found: record.format.0.into_owned(),
        });
    }
    if record.v.as_str() != TEMPLATE_VERSION.to_string() {
        return Err(Problem::OtherVersion {
            found: record.v.0.into_owned(),
        });
    }
    Ok(())
}

/// Reads any later line.
fn record(
    text: &str,
    number: u64,
    summary: &mut Option<ExportSummary>,
    content: &mut impl Content,
) -> Result<(), Problem> {
    // The templates write the kind first. Reading it off spares parsing the most frequent record twice.
    if text.starts_with(r#"{"k":"exp","#) && summary.is_none() {
        return content.accept("exp", number, text);
    }
    let any: AnyRecord<'_> = json(text)?;
    match any.k.as_str() {
        _ if summary.is_some() => Err(Problem::AfterEnd),
        "begin" => Err(Problem::SecondBegin),
        "end" => {
            let stated: EndRecord<'_> = json(text)?;
            let read = content.close()?;
            agree("reports", stated.reports.as_str(), read.reports)?;
            agree("expenses", stated.expenses.as_str(), read.expenses)?;
            *summary = Some(read);
            Ok(())
        }
        kind => content.accept(kind, number, text),
    }
}

fn json<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Problem> {
    // Only the position is kept of what serde_json says: its messages may quote the file.
    serde_json::from_str(text).map_err(|error| Problem::NotJson {
        detail: match error.classify() {
            serde_json::error::Category::Eof => "it stops too early".to_owned(),
            serde_json::error::Category::Io
            | serde_json::error::Category::Syntax
            | serde_json::error::Category::Data => format!("at column {}", error.column()),
        },
    })
}

fn agree(what: &'static str, stated: &str, read: u64) -> Result<(), Problem> {
    let stated = stated.parse().map_err(|_| Problem::NotJson {
        detail: format!("no number of {what}"),
    })?;
    if stated == read {
        Ok(())
    } else {
        Err(Problem::CountMismatch { what, stated, read })
    }
}

fn foreign(kind: &str) -> Problem {
    Problem::ForeignRecord {
        kind: Some(kind.to_owned()).filter(|kind| !kind.is_empty()),
    }
}

/// A count of things in memory as it stands in the file.
fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Content of an export: reports, each followed by its expenses.
#[derive(Debug)]
struct Reports {
    /// Hashes of the report IDs read. 64 bits: two of a million differing IDs collide once in some 37 million files,
    /// and then the file is refused, not misread.
    seen: BTreeSet<u64>,
    current: Option<Current>,
    ready: Option<Report>,
    expenses: u64,
    notes: Notes,
    limits: ParserLimits,
}

/// The report whose expenses are being read.
#[derive(Debug)]
struct Current {
    report: Report,
    stated: Option<u64>,
}

impl Reports {
    fn begin_report(&mut self, number: u64, text: &str) -> Result<(), Problem> {
        self.end_report()?;
        let record: ReportRecord<'_> = json(text)?;
        let expected = count(self.seen.len());
        if record.texts.i.as_str() != expected.to_string() {
            return Err(Problem::ReportOutOfOrder {
                expected,
                found: record.texts.i.0.into_owned(),
            });
        }
        if self.seen.len() >= self.limits.reports_max {
            return Err(Problem::TooManyReports {
                limit: self.limits.reports_max,
            });
        }
        let stated = match record.texts.n.as_str() {
            "" => None,
            digits => Some(digits.parse().map_err(|_| Problem::NotJson {
                detail: "no number of expenses".to_owned(),
            })?),
        };
        let mut report = convert::report(record, number, &mut self.notes)?;
        // Stated by the file, so not trusted with more than a moderate amount of memory.
        let expected = stated.unwrap_or(0_u64).min(256);
        report
            .expenses
            .reserve_exact(usize::try_from(expected).unwrap_or(0));
        let mut hasher = DefaultHasher::new();
        report.id.hash(&mut hasher);
        if !self.seen.insert(hasher.finish()) {
            return Err(Problem::SecondReport {
                report: report.id.to_string(),
            });
        }
        self.current = Some(Current { report, stated });
        Ok(())
    }

    fn add_expense(&mut self, number: u64, text: &str) -> Result<(), Problem> {
        let record: ExpenseRecord<'_> = match flat::read(text) {
            Some(record) => record,
            None => json(text)?,
        };
        let Some(Current { report, .. }) = self
            .current
            .as_mut()
            .filter(|c| c.report.id.as_str() == record.r.as_str())
        else {
            return Err(Problem::ExpenseOfOtherReport {
                found: record.r.0.into_owned(),
            });
        };
        let expected = report.expenses.len();
        if record.i.as_str().parse() != Ok(expected) {
            return Err(Problem::ExpenseOutOfOrder {
                expected: count(expected),
                found: record.i.0.into_owned(),
            });
        }
        if expected >= self.limits.expenses_per_report_max {
            return Err(Problem::TooManyExpenses {
                limit: self.limits.expenses_per_report_max,
            });
        }
        let expense = convert::expense(record, report, number, &mut self.notes)?;
        report.expenses.push(expense);
        Ok(())
    }

    fn end_report(&mut self) -> Result<(), Problem> {
        let Some(Current { report, stated }) = self.current.take() else {
            return Ok(());
        };
        let read = count(report.expenses.len());
        if let Some(stated) = stated.filter(|stated| *stated != read) {
            return Err(Problem::CountMismatch {
                what: "expenses of the report before",
                stated,
                read,
            });
        }
        let mut ids: Vec<&str> = report
            .expenses
            .iter()
            .map(|expense| expense.id.as_str())
            .collect();
        ids.sort_unstable();
        if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Problem::SecondExpense {
                expense: twice[0].to_owned(),
            });
        }
        self.expenses += read;
        self.ready = Some(report);
        Ok(())
    }
}

impl Content for Reports {
    fn limits(&self) -> &ParserLimits {
        &self.limits
    }

    fn accept(&mut self, kind: &str, line: u64, text: &str) -> Result<(), Problem> {
        match kind {
            "exp" => self.add_expense(line, text),
            "rep" => self.begin_report(line, text),
            other => Err(foreign(other)),
        }
    }

    fn close(&mut self) -> Result<ExportSummary, Problem> {
        self.end_report()?;
        Ok(ExportSummary {
            reports: count(self.seen.len()),
            expenses: self.expenses,
        })
    }
}

/// Content of an acknowledgement: report IDs.
#[derive(Debug)]
struct Ids {
    read: Vec<ReportId>,
    limits: ParserLimits,
}

impl Content for Ids {
    fn limits(&self) -> &ParserLimits {
        &self.limits
    }

    fn accept(&mut self, kind: &str, _line: u64, text: &str) -> Result<(), Problem> {
        if kind != "rep" {
            return Err(foreign(kind));
        }
        let record: ReportRecord<'_> = json(text)?;
        let expected = count(self.read.len());
        if record.texts.i.as_str() != expected.to_string() {
            return Err(Problem::ReportOutOfOrder {
                expected,
                found: record.texts.i.0.into_owned(),
            });
        }
        if self.read.len() >= self.limits.reports_max {
            return Err(Problem::TooManyReports {
                limit: self.limits.reports_max,
            });
        }
        self.read.push(
            ReportId::new(record.texts.id.0).map_err(|_| Problem::BadId { field: "reportID" })?,
        );
        Ok(())
    }

    fn close(&mut self) -> Result<ExportSummary, Problem> {
        Ok(ExportSummary {
            reports: count(self.read.len()),
            expenses: 0,
        })
    }
}

#[cfg(test)]
mod tests;
