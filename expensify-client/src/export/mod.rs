//! The export file: its parser, the reports and expenses in it, and what can be wrong with it.

mod convert;
mod error;
mod expense;
mod flat;
mod lines;
mod parser;
mod report;
mod tag;
mod value;
mod warning;
mod wire;

pub use error::{ExportError, Problem};
pub use expense::{Expense, TagLevel, Units};
#[cfg(feature = "client")]
pub(crate) use lines::LineBuffer;
pub use parser::{AckParser, ExportParser, ExportSummary, ParserLimits};
pub use report::{Action, Approver, Person, Report, ReportStatus};
pub use tag::split_tag;
pub(crate) use value::is_true as flag;
pub use value::{Stamp, ValueError};
pub use warning::{Warning, WarningKind};
