//! Why a line is as it is: which rule, which source field.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{ExpenseId, FieldOrigin};

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

/// A choice: its value for people, who made it, and from which Expensify field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// What was chosen, for example `Travel (65773)`.
    pub value: String,
    /// Who chose.
    pub by: Source,
    /// The Expensify field the choice looked at, for example `category` or `ntag2`.
    pub field: String,
}

/// Which Expensify field an amount came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmountSource(pub FieldOrigin);

impl fmt::Display for AmountSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            FieldOrigin::Original => "amount",
            FieldOrigin::Modified => "modifiedAmount",
            FieldOrigin::Converted => "convertedAmount",
        })
    }
}

/// Why one line is as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineProvenance {
    /// The expense behind it.
    pub expense: ExpenseId,
    /// Where the amount came from.
    pub amount: AmountSource,
    /// The choices, in a fixed order, by what was chosen: `category`, `vendor`, `tax`, `staff`, `project`, ….
    pub choices: Vec<(String, Chosen)>,
}
