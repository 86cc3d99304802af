//! What can be wrong with an export file, at which line, and what to do about it.

use std::fmt;

/// Why an export file was refused: the line, the problem, and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportError {
    line: u64,
    problem: Problem,
}

/// What is wrong with the line an [`ExportError`] names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The file has no content at all.
    Empty,
    /// The file is an HTML page, most likely an error page.
    Html {
        /// The page's title, if it has one.
        title: Option<String>,
    },
    /// The file is an error object of the service.
    ErrorObject {
        /// Its `responseCode`.
        code: i64,
    },
    /// The first record is not a begin record: another template made the file.
    NoBegin,
    /// The file was made by a template for another purpose.
    OtherFormat {
        /// The format that was found.
        found: String,
    },
    /// The file was made by another version of the template.
    OtherVersion {
        /// The version that was found.
        found: String,
    },
    /// A second begin record.
    SecondBegin,
    /// A record behind the end record.
    AfterEnd,
    /// The file stops before its end record.
    CutOff,
    /// The line is not JSON, or not of the shape of its record.
    NotJson {
        /// What the JSON parser says.
        detail: String,
    },
    /// The line is not UTF-8.
    NotUtf8,
    /// The line is a JSON object of no known kind.
    ForeignRecord {
        /// Its kind, if it states one.
        kind: Option<String>,
    },
    /// The line is longer than the limit.
    LineTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// The report has more expenses than the limit.
    TooManyExpenses {
        /// The limit.
        limit: usize,
    },
    /// The file has more reports than the limit.
    TooManyReports {
        /// The limit.
        limit: usize,
    },
    /// An identifier is absent or cannot be one.
    BadId {
        /// The field that should hold it.
        field: &'static str,
    },
    /// The report was in the file before.
    SecondReport {
        /// Its ID.
        report: String,
    },
    /// The expense was in its report before.
    SecondExpense {
        /// Its ID.
        expense: String,
    },
    /// A report is missing, doubled or out of order.
    ReportOutOfOrder {
        /// The index that should have come.
        expected: u64,
        /// The index that came.
        found: String,
    },
    /// An expense is missing, doubled or out of order.
    ExpenseOutOfOrder {
        /// The index that should have come.
        expected: u64,
        /// The index that came.
        found: String,
    },
    /// An expense stands under a report it does not belong to, or under none.
    ExpenseOfOtherReport {
        /// The report it names.
        found: String,
    },
    /// A stated count does not agree with what was read.
    CountMismatch {
        /// What was counted.
        what: &'static str,
        /// The count the file states.
        stated: u64,
        /// The count that was read.
        read: u64,
    },
}

impl ExportError {
    pub(crate) const fn new(line: u64, problem: Problem) -> Self {
        Self { line, problem }
    }

    /// The line, counted from 1; for a file that stops too early, the line that should have come.
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// What is wrong with it.
    pub const fn problem(&self) -> &Problem {
        &self.problem
    }

    /// Whether the file was not finished or was cut off, so that downloading it again later may help.
    pub const fn is_cut_off(&self) -> bool {
        matches!(self.problem, Problem::Empty | Problem::CutOff)
    }

    /// What to do about it.
    pub const fn remedy(&self) -> &'static str {
        match self.problem {
            Problem::Empty | Problem::CutOff => {
                "the file is not finished or was cut off: download it again"
            }
            Problem::Html { .. } | Problem::ErrorObject { .. } => {
                "the service answered with an error in place of the file: download it again, then export again"
            }
            Problem::NoBegin | Problem::OtherFormat { .. } | Problem::OtherVersion { .. } => {
                "export again with the template of this version"
            }
            Problem::LineTooLong { .. }
            | Problem::TooManyExpenses { .. }
            | Problem::TooManyReports { .. } => {
                "raise the limit in the parser's settings, or export a smaller range"
            }
            Problem::BadId { .. } => "look at the report in Expensify and report the line as a bug",
            Problem::SecondBegin
            | Problem::AfterEnd
            | Problem::NotJson { .. }
            | Problem::NotUtf8
            | Problem::ForeignRecord { .. }
            | Problem::SecondReport { .. }
            | Problem::SecondExpense { .. }
            | Problem::ReportOutOfOrder { .. }
            | Problem::ExpenseOutOfOrder { .. }
            | Problem::ExpenseOfOtherReport { .. }
            | Problem::CountMismatch { .. } => {
                "the file is damaged: download it again, then export again"
            }
        }
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "read line {} of the export: {} ({})",
            self.line,
            self.problem,
            self.remedy()
        )
    }
}

impl std::error::Error for ExportError {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the file is empty"),
            Self::Html { title: Some(title) } => write!(f, "the file is an HTML page, {title:?}"),
            Self::Html { title: None } => f.write_str("the file is an HTML page"),
            Self::ErrorObject { code } => {
                write!(f, "the file is an error with response code {code}")
            }
            Self::NoBegin => f.write_str("the first record is not a begin record"),
            Self::OtherFormat { found } => write!(f, "the file has another format, {found:?}"),
            Self::OtherVersion { found } => {
                write!(f, "the file has another template version, {found:?}")
            }
            Self::SecondBegin => f.write_str("a second begin record"),
            Self::AfterEnd => f.write_str("a record behind the end record"),
            Self::CutOff => f.write_str("the file stops before its end record"),
            Self::NotJson { detail } => write!(f, "not a valid record, {detail}"),
            Self::NotUtf8 => f.write_str("not valid UTF-8"),
            Self::ForeignRecord { kind: Some(kind) } => {
                write!(f, "a record of unknown kind, {kind:?}")
            }
            Self::ForeignRecord { kind: None } => f.write_str("a record without a kind"),
            Self::LineTooLong { limit } => write!(f, "longer than the limit of {limit} bytes"),
            Self::TooManyExpenses { limit } => {
                write!(f, "more expenses in a report than the limit of {limit}")
            }
            Self::TooManyReports { limit } => write!(f, "more reports than the limit of {limit}"),
            Self::BadId { field } => write!(f, "{field} is absent or not an ID"),
            Self::SecondReport { report } => write!(f, "a report that came before, {report}"),
            Self::SecondExpense { expense } => {
                write!(f, "an expense that came before in its report, {expense}")
            }
            Self::ReportOutOfOrder { expected, found } => {
                write!(
                    f,
                    "a report is missing, doubled or out of order: expected index {expected}, found {found:?}"
                )
            }
            Self::ExpenseOutOfOrder { expected, found } => {
                write!(
                    f,
                    "an expense is missing, doubled or out of order: expected index {expected}, found {found:?}"
                )
            }
            Self::ExpenseOfOtherReport { found } => {
                write!(f, "an expense of another report, {found:?}")
            }
            Self::CountMismatch { what, stated, read } => {
                write!(
                    f,
                    "the number of {what} does not agree: the file states {stated}, {read} were read"
                )
            }
        }
    }
}
