//! Foreign text made safe for records, notes and comparisons.

use std::borrow::Cow;

use crate::model::normalized_name;

/// Cleans text that people or the other service wrote: control and invisible direction characters go, runs of space
/// become one, the length is cut to `chars_max` characters, and nothing in it reads as one of our marks.
///
/// The last point matters: a comment that quotes `EXP-R00A` would otherwise make its record look like a duplicate of
/// that report's bill.
pub(crate) fn clean(text: &str, chars_max: usize) -> Cow<'_, str> {
    if is_clean(text, chars_max) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len().min(chars_max.saturating_mul(4)));
    let mut used = 0_usize;
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() {
            gap = true;
            continue;
        }
        if is_invisible(c) {
            continue;
        }
        let wanted = if gap && used > 0 { 2 } else { 1 };
        if used + wanted > chars_max {
            cleaned.pop();
            cleaned.push('…');
            break;
        }
        if wanted == 2 {
            cleaned.push(' ');
        }
        gap = false;
        cleaned.push(c);
        used += wanted;
    }
    if cleaned.contains(MARK_START) {
        Cow::Owned(cleaned.replace(MARK_START, "EXP "))
    } else {
        Cow::Owned(cleaned)
    }
}

/// Whether text certainly needs no cleaning: short printable ASCII, as most names are. Looked at first because every
/// expense brings several texts.
fn is_clean(text: &str, chars_max: usize) -> bool {
    let bytes = text.as_bytes();
    let plain = bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
    let spaced = text.starts_with(' ') || text.ends_with(' ') || text.contains("  ");
    plain && !spaced && bytes.len() <= chars_max && !text.contains(MARK_START)
}

/// Names a thing in a note: quoted, cleaned, short.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", clean(text, 80))
}

/// A category path for comparing: each level [normalised](normalized_name), so that `Travel: Rail` and `travel:rail`
/// are the same.
pub(crate) fn normalized_path(path: &str) -> String {
    if !path.contains(':') {
        return normalized_name(path);
    }
    let mut normal = String::with_capacity(path.len());
    for (position, level) in path.split(':').enumerate() {
        if position > 0 {
            normal.push(':');
        }
        normal.push_str(&normalized_name(level));
    }
    normal
}

/// How every mark begins, see [`Marker`](crate::model::Marker).
const MARK_START: &str = "EXP-";

/// Characters that change how text reads without being seen: zero-width ones, direction overrides, the byte order mark.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Marker;

    #[test]
    fn control_and_invisible_characters_go_and_space_collapses() {
        for (dirty, clean_text) in [
            ("  Lunch \r\n with\tAnn ", "Lunch with Ann"),
            ("a\u{0}b", "a b"),
            ("pay\u{202E}lap", "paylap"),
            ("\u{FEFF}Taxi", "Taxi"),
            ("", ""),
        ] {
            assert_eq!(clean(dirty, 100), clean_text);
        }
    }

    #[test]
    fn the_short_way_gives_what_the_long_way_gives() {
        for text in [
            "Lunch", "a b", " a", "a ", "a  b", "EXP-1", "a\tb", "~!", "",
        ] {
            // A character outside ASCII, taken off again, forces the long way.
            let longer = format!("é{text}");
            let long_way = clean(&longer, 100);
            let expected = long_way.trim_start_matches('é').trim_start();
            assert_eq!(clean(text, 100), expected, "{text:?}");
        }
    }

    #[test]
    fn long_text_is_cut_by_characters_and_says_so() {
        assert_eq!(clean("ééééé", 3), "éé…");
        assert_eq!(clean("abc", 3), "abc");
        assert_eq!(clean("ab cd", 3), "a…");
        assert_eq!(clean("abc", 0), "…");
    }

    #[test]
    fn a_quoted_mark_is_no_mark_any_more() {
        for text in ["see EXP-R00A", "EXP\u{200B}-12", "EXP-EXP-1"] {
            assert_eq!(Marker::scan(&clean(text, 100)).count(), 0, "{text}");
        }
    }

    #[test]
    fn category_paths_compare_level_by_level() {
        assert_eq!(
            normalized_path("Travel :  Rail"),
            normalized_path("travel:rail")
        );
        assert_ne!(
            normalized_path("Travel Rail"),
            normalized_path("travel:rail")
        );
    }
}
