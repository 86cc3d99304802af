//! What a mapping step answers: a pick with its source, or the gap that stands in its way.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A reference a person may choose instead.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Candidate {
    /// The ledger's number for it.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Why it is offered: `nearest name`, `equal GL code`, `equal e-mail`, ….
    pub why: String,
}

/// Who made a choice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Source {
    /// A rule of the user's, by name.
    Rule(String),
    /// The ladder: GL code equals the number of this ledger account.
    GlCode(String),
    /// The ladder: equal names.
    EqualName,
    /// The ladder: the contact's e-mail.
    Email,
    /// The table of taxes: this Expensify rate.
    TaxTable(String),
    /// The table of card vendors: this card.
    CardTable(String),
    /// The staff table entry of this employee.
    StaffTable(String),
    /// The connection's default.
    Default,
    /// Expensify's own value.
    Expensify,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(name) => write!(f, "rule {name:?}"),
            Self::GlCode(number) => write!(f, "GL code {number} = ledger account number"),
            Self::EqualName => f.write_str("equal name"),
            Self::Email => f.write_str("contact e-mail"),
            Self::TaxTable(name) => write!(f, "tax table entry {name:?}"),
            Self::CardTable(name) => write!(f, "card table entry {name:?}"),
            Self::StaffTable(email) => write!(f, "staff table entry {email:?}"),
            Self::Default => f.write_str("default of the connection"),
            Self::Expensify => f.write_str("as in Expensify"),
        }
    }
}

/// A value chosen, who chose it, and the Expensify fields that were looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picked<T> {
    pub(crate) value: T,
    pub(crate) by: Source,
    pub(crate) field: String,
}

/// Why nothing was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// No step covers it; these come near.
    Missing(Vec<Candidate>),
    /// Two or more fit equally.
    Ambiguous(Vec<Candidate>),
    /// A rule or setting names what the ledger does not have, or has deactivated.
    Broken(BrokenReference),
}

/// A reference that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BrokenReference {
    /// Rule or setting that names it.
    pub(crate) named_by: Source,
    /// `category`, `vendor`, ….
    pub(crate) kind: &'static str,
    /// Id or name.
    pub(crate) reference: String,
    /// It exists but may not be used.
    pub(crate) inactive: bool,
}

/// The answer of a ladder.
pub(crate) type Pick<T> = Result<Picked<T>, Gap>;

/// The answer of a rule or table: `None` when none has an entry.
pub(crate) type Named<T> = Option<Result<Picked<T>, BrokenReference>>;

impl From<BrokenReference> for Gap {
    fn from(broken: BrokenReference) -> Self {
        Self::Broken(broken)
    }
}

impl<T> Picked<T> {
    pub(crate) fn new(value: T, by: Source, field: impl Into<String>) -> Self {
        Self {
            value,
            by,
            field: field.into(),
        }
    }
}

/// Checks that a named reference exists and may be used.
pub(crate) fn usable<'a, T>(
    found: Option<&'a T>,
    is_active: impl Fn(&T) -> bool,
    reference: &dyn fmt::Display,
    kind: &'static str,
    named_by: &Source,
) -> Result<&'a T, BrokenReference> {
    match found {
        Some(row) if is_active(row) => Ok(row),
        row => Err(BrokenReference {
            named_by: named_by.clone(),
            kind,
            reference: reference.to_string(),
            inactive: row.is_some(),
        }),
    }
}
