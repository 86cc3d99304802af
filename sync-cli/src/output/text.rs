//! Text from outside, made safe for terminals.

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
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
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
    fn nouns_follow_their_number() {
        assert_eq!(count(1, "report"), "1 report");
        assert_eq!(count(0, "report"), "0 reports");
    }
}
