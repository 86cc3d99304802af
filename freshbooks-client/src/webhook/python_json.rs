//! Python's `json.dumps` of a dictionary of texts: what FreshBooks signs.

use std::fmt::Write as _;

/// Writes `{"key": "value", ...}` as Python does by default: comma-space and colon-space, and
/// everything outside printable ASCII as `\uXXXX` in lower-case hex, surrogate pairs included.
pub(super) fn dumps<'f>(fields: impl Iterator<Item = (&'f str, &'f str)>) -> String {
    let mut out = String::with_capacity(256);
    out.push('{');
    for (index, (key, value)) in fields.enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        string(&mut out, key);
        out.push_str(": ");
        string(&mut out, value);
    }
    out.push('}');
    out
}

fn string(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(letter),
            _ => escape(out, letter),
        }
    }
    out.push('"');
}

fn escape(out: &mut String, letter: char) {
    let mut units = [0_u16; 2];
    for unit in letter.encode_utf16(&mut units) {
        // Writing to a String cannot fail.
        let _ = write!(out, "\\u{unit:04x}");
    }
}

#[cfg(test)]
mod tests;
