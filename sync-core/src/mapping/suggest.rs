//! Near names: help for a person, never a choice.

use std::collections::BTreeMap;

use super::Candidate;
use super::text::clean;
use crate::model::normalized_name;

/// Suggestions are bounded: more would be a list to search, not a hint.
const SUGGESTIONS_MAX: usize = 3;
/// Names less alike than this, in thousandths, are not offered.
const LIKENESS_MIN: usize = 400;
/// Names are compared by at most so many characters, which bounds the work on hostile input.
const COMPARED_CHARS_MAX: usize = 64;

/// The names most like `wanted`, best first; equal likeness is ordered by id.
pub(crate) fn nearest<'n>(
    wanted: &str,
    names: impl Iterator<Item = (u64, &'n str)>,
) -> Vec<Candidate> {
    let wanted = Pairs::of(wanted);
    let mut ranked: Vec<(usize, u64, &str)> = names
        .map(|(id, name)| (wanted.likeness(&Pairs::of(name)), id, name))
        .filter(|(likeness, ..)| *likeness >= LIKENESS_MIN)
        .collect();
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    ranked
        .into_iter()
        .map(|(_, id, name)| candidate(id, name, "nearest name"))
        .take(SUGGESTIONS_MAX)
        .collect()
}

/// Puts the surest suggestions first, each id once, bounded.
pub(crate) fn merged(first: Vec<Candidate>, then: Vec<Candidate>) -> Vec<Candidate> {
    let mut merged: Vec<Candidate> = Vec::new();
    for candidate in first.into_iter().chain(then) {
        if merged.len() < SUGGESTIONS_MAX && merged.iter().all(|known| known.id != candidate.id) {
            merged.push(candidate);
        }
    }
    merged
}

/// A candidate with its name cleaned.
pub(crate) fn candidate(id: u64, name: &str, why: &str) -> Candidate {
    Candidate {
        id,
        name: clean(name, 100).into_owned(),
        why: why.to_owned(),
    }
}

/// The pairs of neighbouring letters of a name, counted, word boundaries included.
struct Pairs {
    counts: BTreeMap<(char, char), usize>,
    total: usize,
}

impl Pairs {
    fn of(name: &str) -> Self {
        let padded: Vec<char> = std::iter::once(' ')
            .chain(
                normalized_name(name)
                    .chars()
                    .map(|c| if c.is_alphanumeric() { c } else { ' ' })
                    .take(COMPARED_CHARS_MAX),
            )
            .chain(std::iter::once(' '))
            .collect();
        let mut counts = BTreeMap::new();
        let mut total = 0;
        for pair in padded.windows(2) {
            if let [a, b] = pair
                && !(*a == ' ' && *b == ' ')
            {
                *counts.entry((*a, *b)).or_insert(0) += 1;
                total += 1;
            }
        }
        Self { counts, total }
    }

    /// Dice's coefficient in thousandths: 1000 for equal names.
    fn likeness(&self, other: &Self) -> usize {
        let common: usize = self
            .counts
            .iter()
            .map(|(pair, count)| {
                other
                    .counts
                    .get(pair)
                    .map_or(0, |theirs| *theirs.min(count))
            })
            .sum();
        (2000 * common)
            .checked_div(self.total + other.total)
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_come_first_and_far_ones_not_at_all() {
        let names = [
            (1, "Meals & Entertainment"),
            (2, "Travel"),
            (3, "Train Travel"),
            (4, "Rail Travel"),
            (5, "Traveling"),
        ];
        let found: Vec<_> = nearest("travel:rail", names.iter().map(|(id, name)| (*id, *name)))
            .into_iter()
            .map(|c| c.id)
            .collect();
        assert_eq!(found, [4, 2, 3]);
        assert!(nearest("Zoo", names.iter().map(|(id, name)| (*id, *name))).is_empty());
        assert!(nearest("", names.iter().map(|(id, name)| (*id, *name))).is_empty());
    }
}
