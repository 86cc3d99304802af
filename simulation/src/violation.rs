//! What must never happen.

use std::fmt;

/// The invariants of the reliability reference, section 10.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// At most one record of our making stands per mark; nothing is sent that a probe showed, or without proof.
    I1,
    /// Every approved report ends as written, skipped with a reason, or named in review, within a bound.
    I2,
    /// Sums per currency are equal to the cent, or the difference is named.
    I3,
    /// What is recorded of a record is true of the books.
    I4,
    /// Every request was preceded by a durable intent, its own.
    I5,
    /// Nothing is stored under a lease that is not current.
    I6,
    /// At most one refresh is in flight per grant; a token is durable before it is used.
    I7,
    /// No secret is in any output.
    I8,
    /// Nothing of one connection is seen by another.
    I9,
    /// The audit trail is whole, with one entry per transition.
    I10,
    /// Attempts, batches and calls stay within their bounds.
    I11,
    /// The same seed takes the same course.
    I12,
    /// No panic and no error that says the code itself is wrong.
    Sound,
}

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// How.
    pub text: String,
}

impl Violation {
    pub(crate) fn new(invariant: Invariant, text: impl Into<String>) -> Self {
        Self {
            invariant,
            text: text.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.invariant, self.text)
    }
}
