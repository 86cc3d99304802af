use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::*;
use crate::webhook::form::Form;

#[test]
fn escapes_are_pythons() {
    let fields = [("k", "a\"b\\c\n\r\t\u{8}\u{c}\u{0}\u{7f}é€😀/~ ")];
    assert_eq!(
        dumps(fields.into_iter()),
        r#"{"k": "a\"b\\c\n\r\t\b\f\u0000\u007f\u00e9\u20ac\ud83d\ude00/~ "}"#
    );
    assert_eq!(dumps(std::iter::empty()), "{}");
}

/// A list of pairs per line, as JSON; answered by what FreshBooks signs of it and by the form it sends.
const PYTHON: &str = "
import json, sys
from urllib.parse import urlencode
for line in sys.stdin.buffer:
    fields = dict(json.loads(line))
    print(json.dumps(fields))
    print(urlencode(fields), flush=True)
";

/// One Python for all cases: one per case would take minutes.
struct Python {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// `None`, said aloud, where there is no python3 and `REQUIRE_PYTHON=1` does not demand one.
    fn start() -> Option<Self> {
        let spawned = Command::new("python3")
            .args(["-c", PYTHON])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut process = match spawned {
            Ok(process) => process,
            Err(error) if std::env::var("REQUIRE_PYTHON").is_ok_and(|value| value == "1") => {
                panic!("REQUIRE_PYTHON is set, but python3 cannot be started: {error}")
            }
            Err(error) => {
                println!("skipped: python3 cannot be started: {error}");
                return None;
            }
        };
        Some(Self {
            questions: process.stdin.take().unwrap(),
            answers: BufReader::new(process.stdout.take().unwrap()),
            process,
        })
    }

    /// What `json.dumps` and `urlencode` make of the fields.
    fn write(&mut self, fields: &[(String, String)]) -> (String, String) {
        // Written by serde_json, which has no part in what is tested.
        let question = serde_json::to_string(fields).unwrap();
        self.questions.write_all(question.as_bytes()).unwrap();
        self.questions.write_all(b"\n").unwrap();
        (self.line(), self.line())
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "an answer");
        line.trim_end_matches(['\r', '\n']).to_owned()
    }

    fn finish(mut self) {
        drop(self.questions);
        assert!(self.process.wait().unwrap().success());
    }
}

#[test]
fn random_dictionaries_are_read_and_written_as_python_writes_them() {
    let Some(python) = Python::start() else {
        return;
    };
    let python = RefCell::new(python);
    let text = prop_oneof![
        any::<String>(),
        "[ -~]{0,20}",
        "[\\x00-\\x20\\x7f\u{80}-\u{ff}]{0,10}",
        "[\u{d7f0}-\u{d7ff}\u{e000}-\u{e010}\u{fff0}-\u{1000f}\u{10fff0}-\u{10ffff}]{0,6}",
    ];
    let fields = proptest::collection::btree_map(text.clone(), text, 0..6);
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let compared = runner.run(&fields, |fields| {
        // Not in the order of any sorting, which the signature must not depend on.
        let fields: Vec<(String, String)> = fields.into_iter().rev().collect();
        let (signed, form) = python.borrow_mut().write(&fields);
        let ours = dumps(fields.iter().map(|(key, value)| (&**key, &**value)));
        prop_assert_eq!(&ours, &signed);
        let form = Form::parse(form.as_bytes()).expect("a form that Python wrote");
        let read = dumps(form.fields.iter().map(|(key, value)| (&**key, &**value)));
        prop_assert_eq!(&read, &signed);
        Ok(())
    });
    python.into_inner().finish();
    compared.unwrap();
}
