//! References that waiting reports miss, and rules that would supply them.

use serde::Serialize;
use sync_core::plan::{Candidate, Cause};

use super::View;
use super::text::{plain, plain_lines};

/// What is missing, in the order of the review queue.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct MappingView {
    /// Each missing reference once.
    pub(crate) missing: Vec<MissingReference>,
    /// Whether the text proposes rules, or only lists.
    #[serde(skip)]
    pub(crate) propose: bool,
}

/// One missing reference.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct MissingReference {
    /// The connection.
    pub(crate) connection: String,
    /// The review item.
    pub(crate) item: u64,
    /// What is missing.
    pub(crate) note: String,
    /// Rules that would supply it, as TOML, best first. Comments where a person must fill in a number.
    pub(crate) rules: Vec<String>,
}

/// What a cause offers instead; nothing when it is not about a reference that a rule could name.
pub(crate) fn candidates(cause: &Cause) -> &[Candidate] {
    if let Cause::CategoryUnmapped {
        suggestions: offered,
        ..
    }
    | Cause::VendorMissing {
        suggestions: offered,
        ..
    }
    | Cause::CategoryAmbiguous {
        candidates: offered,
        ..
    }
    | Cause::VendorAmbiguous {
        candidates: offered,
        ..
    } = cause
    {
        offered
    } else {
        &[]
    }
}

impl MissingReference {
    /// What an item misses; `None` when it is not about a category or a vendor.
    pub(crate) fn of(connection: &str, item: u64, cause: &Cause) -> Option<Self> {
        // Uncategorised expenses have no name that a rule could match.
        let (name, field, key) = if let Cause::CategoryUnmapped {
            category: Some(name),
            ..
        }
        | Cause::CategoryAmbiguous { category: name, .. } = cause
        {
            (name, "category", "category")
        } else if let Cause::VendorMissing { employee, .. }
        | Cause::VendorAmbiguous { employee, .. } = cause
        {
            (employee, "employee", "vendor")
        } else {
            return None;
        };
        let when = format!("{field} = {}", quoted(name));
        let rule = |number: String, comment: String| {
            format!(
                "[[connection.rule]]\nname = {}\nwhen = {{ {when} }}\nthen = {{ {key} = {number} }}  # {}",
                quoted(name),
                plain(&comment)
            )
        };
        let mut rules: Vec<String> = candidates(cause)
            .iter()
            .map(|candidate| {
                rule(
                    candidate.id.to_string(),
                    format!("{}, {}", candidate.name, candidate.why),
                )
            })
            .collect();
        if rules.is_empty() {
            rules.push(rule(
                "0".to_owned(),
                format!("replace 0 by the FreshBooks id of the {key}"),
            ));
        }
        Some(Self {
            connection: connection.to_owned(),
            item,
            note: cause.note(),
            rules,
        })
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(plain(text)).to_string()
}

impl View for MappingView {
    const SCHEMA: &'static str = "ml-connector/mapping/1";

    fn text(&self) -> String {
        if self.missing.is_empty() {
            return "no waiting report misses a category or a vendor".to_owned();
        }
        let text = |missing: &MissingReference| {
            let mut text = format!(
                "# connection {}, review item {}: {}",
                missing.connection,
                missing.item,
                plain(&missing.note)
            );
            if self.propose {
                let mut rules = missing.rules.iter();
                if let Some(best) = rules.next() {
                    text = format!("{text}\n{best}");
                }
                for other in rules {
                    let commented = other
                        .lines()
                        .map(|line| format!("# {line}"))
                        .collect::<Vec<_>>()
                        .join("\n");
                    text = format!("{text}\n# or:\n{commented}");
                }
            }
            text
        };
        let separator = if self.propose { "\n\n" } else { "\n" };
        plain_lines(
            &self
                .missing
                .iter()
                .map(text)
                .collect::<Vec<_>>()
                .join(separator),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_category_becomes_a_rule_with_the_nearest_name_first() {
        let cause = Cause::CategoryUnmapped {
            category: Some("Travel: \"Rail\"".to_owned()),
            gl_code: None,
            suggestions: vec![Candidate {
                id: 65_773,
                name: "Travel".to_owned(),
                why: "nearest name".to_owned(),
            }],
        };
        let missing = MissingReference::of("main", 3, &cause).unwrap();
        let rules: toml::Table = toml::from_str(&missing.rules[0]).unwrap();
        let rule = rules["connection"]["rule"][0].clone();
        assert_eq!(rule["when"]["category"].as_str(), Some("Travel: \"Rail\""));
        assert_eq!(rule["then"]["category"].as_integer(), Some(65_773));
    }

    #[test]
    fn a_cause_no_rule_can_settle_proposes_none() {
        assert!(MissingReference::of("main", 1, &Cause::Refund).is_none());
    }
}
