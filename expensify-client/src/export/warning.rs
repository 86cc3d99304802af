//! What was odd in an export without being wrong.

use std::fmt;

/// Something in an export that was read all the same, but not as the documentation has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The line, counted from 1.
    pub line: u64,
    /// The field, by its name in the file.
    pub field: &'static str,
    /// What was odd.
    pub kind: WarningKind,
}

/// What was odd about the field a [`Warning`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum WarningKind {
    /// A number with grouping commas, read without them.
    GroupedNumber,
    /// A whole number written with decimals that are zero, read without them.
    DecimalNumber,
    /// Not a whole number: kept out of the amount, and noted in `unreadable`.
    UnreadableNumber,
    /// Neither yes nor no: kept out of the flag, and noted in `unreadable`.
    UnreadableFlag,
    /// The expense names another report than the one it stands under (perhaps in the other form of the ID).
    OtherReportId,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            WarningKind::GroupedNumber => "a number with grouping commas",
            WarningKind::DecimalNumber => "a whole number with decimals",
            WarningKind::UnreadableNumber => "not a whole number",
            WarningKind::UnreadableFlag => "neither true nor false",
            WarningKind::OtherReportId => "not the report the expense stands under",
        };
        write!(f, "line {}, {}: {what}", self.line, self.field)
    }
}
