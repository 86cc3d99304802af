//! Text from outside, made safe for terminals.

use std::borrow::Cow;
use std::fmt::Write as _;

/// One line without control characters: names and messages come from two services, and an escape sequence in a merchant's
/// name must not reach a terminal. Bidirectional overrides go too, since they can make a line read as another.
pub(crate) fn plain(text: &str) -> String {
    let spaced = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c });
    spaced.filter(|c| !is_unsafe(*c)).collect()
}

/// As [`plain`], with line ends kept.
pub(crate) fn plain_lines(text: &str) -> String {
    text.split('\n').map(plain).collect::<Vec<_>>().join("\n")
}

/// JSON in which what could steer a terminal stands escaped. Its own escapes cover only the first 32 characters; outside of
/// strings there is none of the others, so what it says stays the same.
pub(crate) fn escaped_json(json: &str) -> Cow<'_, str> {
    if !json.contains(|c| c != '\n' && is_unsafe(c)) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && is_unsafe(c) {
            // All of them are in the first plane.
            let _ = write!(escaped, "\\u{:04x}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// `1 report`, `2 reports`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_gets_through() {
        for (text, safe) in [
            (
                "Café\u{1b}[31m red\u{1b}]0;title\u{7}",
                "Café[31m red]0;title",
            ),
            ("two\nlines\ttab\r", "two lines tab "),
            ("\u{202e}evil\u{9b}31m", "evil31m"),
        ] {
            assert_eq!(plain(text), safe);
        }
        assert_eq!(plain_lines("a\u{1b}\nb"), "a\nb");
    }

    #[test]
    fn json_says_the_same_with_nothing_in_it_that_steers_a_terminal() {
        let texts = [
            "plain",
            "\u{202e}evil\u{9b}31m\u{7f}\u{1b}[2J \u{61c}",
            "caf\u{e9} \\u0041",
        ];
        let json = serde_json::to_string_pretty(&texts).unwrap();
        let escaped = escaped_json(&json);
        assert!(
            !escaped.contains(|c| c != '\n' && is_unsafe(c)),
            "{escaped}"
        );
        let again: Vec<String> = serde_json::from_str(&escaped).unwrap();
        assert_eq!(again, texts);
    }

    #[test]
    fn nouns_follow_their_number() {
        assert_eq!(count(1, "report"), "1 report");
        assert_eq!(count(0, "report"), "0 reports");
    }
}
