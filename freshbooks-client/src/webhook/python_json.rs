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
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use proptest::prelude::*;
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;

    use super::*;

    #[test]
    fn escapes_are_pythons() {
        let fields = [("k", "a\"b\\c\n\r\t\u{8}\u{c}\u{0}\u{7f}é€😀/~ ")];
        assert_eq!(
            dumps(fields.into_iter()),
            r#"{"k": "a\"b\\c\n\r\t\b\f\u0000\u007f\u00e9\u20ac\ud83d\ude00/~ "}"#
        );
        assert_eq!(dumps(std::iter::empty()), "{}");
    }

    // Many cases in one process: a Python per case would take minutes. Cases travel as JSON lists of
    // pairs, one per line, written by serde_json, which has no part in what is tested.
    const PYTHON: &str = "
import json, sys
for line in sys.stdin.buffer.read().decode('utf-8').split('\\n'):
    if line:
        sys.stdout.write(json.dumps(dict(json.loads(line))) + '\\n')
";

    #[test]
    fn random_dictionaries_are_written_as_python_writes_them() {
        let spawned = Command::new("python3")
            .args(["-c", PYTHON])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut python = match spawned {
            Ok(python) => python,
            Err(error) => {
                println!("skipped: python3 cannot be started: {error}");
                return;
            }
        };
        let mut runner = TestRunner::deterministic();
        let text = prop_oneof![
            any::<String>(),
            "[ -~]{0,20}",
            "[\\x00-\\x20\\x7f\u{80}-\u{ff}]{0,10}"
        ];
        let dictionaries = proptest::collection::btree_map(text.clone(), text, 0..6);
        let cases: Vec<Vec<(String, String)>> = (0..2_000)
            .map(|_| {
                let case = dictionaries.new_tree(&mut runner).unwrap().current();
                case.into_iter().rev().collect()
            })
            .collect();
        let mut input = String::new();
        for case in &cases {
            input.push_str(&serde_json::to_string(case).unwrap());
            input.push('\n');
        }
        let mut stdin = python.stdin.take().unwrap();
        let feeder = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
        let output = python.wait_with_output().unwrap();
        feeder.join().unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.lines().count(), cases.len());
        for (case, expected) in cases.iter().zip(output.lines()) {
            let ours = dumps(case.iter().map(|(k, v)| (k.as_str(), v.as_str())));
            assert_eq!(ours, expected);
        }
    }
}
