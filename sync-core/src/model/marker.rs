//! Our mark on a ledger record, by which a probe finds it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ExpenseId, FingerprintWriter, ReportId};

/// A readable mark derived from source ids alone: `EXP-R00X9oNOn2MO`, `EXP-4056343049275634494`.
///
/// The same report always gives the same mark, after a crash, a reinstallation or a restored backup, and on a second
/// installation: this is what stands in for the idempotency key FreshBooks does not have.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Marker(String);

/// What every mark starts with.
const PREFIX: &str = "EXP-";
/// The longest id that goes into a mark as it is; longer or stranger ones go in as a hash.
const ID_CHARS_MAX: usize = 24;
/// A record is replaced at most 998 times.
const REVISION_DIGITS_MAX: usize = 3;

impl Marker {
    /// The last revision that is told apart from a part: a record is replaced at most so often, less once.
    pub const REVISION_MAX: u32 = 999;

    /// The mark of a report's one bill.
    pub fn for_report(report: &ReportId) -> Self {
        Self(format!("{PREFIX}{}", id_part(report.as_str())))
    }

    /// The mark of one of several bills of a report; `part` is source text such as a category or an expense id.
    pub fn for_part(report: &ReportId, part: &str) -> Self {
        // A part that reads like a revision must not be taken for one.
        let part = if revision_of(part).is_some() {
            hashed(part)
        } else {
            id_part(part)
        };
        Self(format!("{PREFIX}{}-{part}", id_part(report.as_str())))
    }

    /// The mark of a record made from one expense alone. It leaves the report out, so that an expense which a person
    /// moves to another report keeps its mark.
    pub fn for_expense(expense: &ExpenseId) -> Self {
        Self(format!("{PREFIX}{}", id_part(expense.as_str())))
    }

    /// The mark of a vendor made for an employee.
    pub fn for_vendor(email: &str) -> Self {
        let mut writer = FingerprintWriter::new("marker/vendor/v1");
        writer.text(&email.trim().to_lowercase());
        Self(format!("{PREFIX}V{}", writer.finish().short(12)))
    }

    /// The same mark for a record that replaces one which a person had voided: `EXP-R00X9oNOn2MO-2` replaces
    /// `EXP-R00X9oNOn2MO`. Revision 1 is the mark without a number. Derived from the mark alone, so that every installation
    /// makes the same one.
    #[must_use]
    pub fn at_revision(&self, revision: u32) -> Self {
        let (base, _) = self.split();
        if revision <= 1 {
            Self(base.to_owned())
        } else {
            Self(format!("{base}-{revision}"))
        }
    }

    /// Which revision it is, from 1.
    pub fn revision(&self) -> u32 {
        self.split().1
    }

    fn split(&self) -> (&str, u32) {
        let whole = self.0.as_str();
        let numbered = whole
            .rsplit_once('-')
            .and_then(|(base, number)| Some((base, revision_of(number)?)))
            // The id itself may be a small number: `EXP-12` is no revision.
            .filter(|(base, _)| base.len() > PREFIX.len());
        numbered.unwrap_or((whole, 1))
    }

    /// The mark as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Finds every mark in a text a person may have edited around it.
    pub fn scan(text: &str) -> impl Iterator<Item = Self> + '_ {
        text.match_indices(PREFIX).filter_map(move |(start, _)| {
            let before = text.get(..start).and_then(|head| head.chars().next_back());
            if before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '-') {
                return None;
            }
            let body: String = text
                .get(start + PREFIX.len()..)?
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
                .collect();
            let body = body.trim_end_matches('-');
            (!body.is_empty()).then(|| Self(format!("{PREFIX}{body}")))
        })
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Marker({})", self.0)
    }
}

/// An id that is plain and short stays readable; any other becomes 64 bits of hash behind an `x`, with which no id of
/// Expensify starts (they start with `R` or a digit).
fn id_part(id: &str) -> String {
    let plain = !id.is_empty()
        && id.len() <= ID_CHARS_MAX
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain { id.to_owned() } else { hashed(id) }
}

fn hashed(id: &str) -> String {
    let mut writer = FingerprintWriter::new("marker/part/v1");
    writer.text(id);
    format!("x{}", writer.finish().short(16))
}

/// The number a revision is written as: 2 to 999, without leading zeros. Ids of Expensify's expenses are longer.
fn revision_of(text: &str) -> Option<u32> {
    let plain = (1..=REVISION_DIGITS_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && !text.starts_with('0');
    let number = text.parse().ok().filter(|number| *number >= 2);
    number.filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_ids_stay_readable_and_strange_ones_are_hashed() {
        assert_eq!(
            Marker::for_report(&ReportId::new("R00X9oNOn2MO")).as_str(),
            "EXP-R00X9oNOn2MO"
        );
        let strange = Marker::for_report(&ReportId::new("R 00/\n"));
        assert_eq!(strange.as_str().len(), "EXP-x".len() + 16);
        assert_eq!(strange, Marker::for_report(&ReportId::new("R 00/\n")));
    }

    #[test]
    fn marks_are_found_in_edited_text_and_never_inside_a_word() {
        let found = |text: &str| {
            Marker::scan(text)
                .map(|m| m.as_str().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(found("lunch [EXP-12]"), ["EXP-12"]);
        assert_eq!(
            found("EXP-R00A-77, see EXP-R00B."),
            ["EXP-R00A-77", "EXP-R00B"]
        );
        assert!(found("FLEXP-12 and A-EXP-3 and EXP- only").is_empty());
        assert_eq!(found("é EXP-1-"), ["EXP-1"]);
    }

    #[test]
    fn revisions_are_told_apart_and_never_mistaken_for_a_part() {
        let first = Marker::for_report(&ReportId::new("R00X9oNOn2MO"));
        let second = first.at_revision(2);
        assert_eq!(second.as_str(), "EXP-R00X9oNOn2MO-2");
        assert_eq!((first.revision(), second.revision()), (1, 2));
        assert_eq!(second.at_revision(3).as_str(), "EXP-R00X9oNOn2MO-3");
        assert_eq!(second.at_revision(1), first);
        for (report, part) in [
            ("R00A", "2"),
            ("R00A", "999"),
            ("R00A", "Travel"),
            ("12", "7"),
        ] {
            let marker = Marker::for_part(&ReportId::new(report), part);
            assert_eq!(marker.revision(), 1, "{marker}");
        }
        assert_eq!(Marker::for_report(&ReportId::new("12")).revision(), 1);
        assert_eq!(
            Marker::scan("bill EXP-R00X9oNOn2MO-2.").collect::<Vec<_>>(),
            [second]
        );
    }

    #[test]
    fn every_mark_is_found_by_the_scan() {
        for marker in [
            Marker::for_report(&ReportId::new("R00X9oNOn2MO")).at_revision(2),
            Marker::for_report(&ReportId::new("R00X9oNOn2MO")),
            Marker::for_part(&ReportId::new("R00X9oNOn2MO"), "Travel: Rail"),
            Marker::for_expense(&ExpenseId::new("4056343049275634494")),
            Marker::for_vendor("Ann@Example.test "),
        ] {
            let text = format!("Dinner ({marker})");
            assert_eq!(Marker::scan(&text).collect::<Vec<_>>(), [marker]);
        }
    }
}
