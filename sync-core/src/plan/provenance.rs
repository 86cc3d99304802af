//! Why a line is as it is: which rule, which source field.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::mapping::Source;
use crate::model::{ExpenseId, FieldOrigin};

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
