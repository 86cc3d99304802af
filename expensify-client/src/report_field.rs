//! Names of report fields, as exports and new reports have them.

use std::fmt;

/// Key of a report field: its name with `_` for every character that is not a letter or a digit, in its own case.
///
/// That is the rule of the documentation, which says nothing of letters beyond ASCII and shows one example, all in lower
/// case (UNVERIFIED, both). Names that share a key cannot be told apart in an export.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReportFieldKey(String);

impl ReportFieldKey {
    /// The key of the field with this name.
    pub fn of(name: &str) -> Self {
        let kept = |c: char| if c.is_alphanumeric() { c } else { '_' };
        Self(name.chars().map(kept).collect())
    }

    /// The key as it would be if only ASCII letters counted as letters.
    pub(crate) fn to_ascii(&self) -> Self {
        let kept = |c: char| if c.is_ascii() { c } else { '_' };
        Self(self.0.chars().map(kept).collect())
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReportFieldKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_an_underscore_for_all_but_letters_and_digits() {
        for (name, key) in [
            ("Cost Center", "Cost_Center"),
            ("cost-center (2)", "cost_center__2_"),
            ("1st", "1st"),
            ("Größe", "Größe"),
            ("a\"b${c}", "a_b__c_"),
            ("", ""),
        ] {
            assert_eq!(ReportFieldKey::of(name).as_str(), key);
        }
    }
}
