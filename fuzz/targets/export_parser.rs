//! Arbitrary bytes as an export file.
//!
//! Whatever they are: the parser does not panic, says the same however the file is cut into chunks, goes on saying the
//! same after an error, agrees with its own counts at the end, and reads an expense the fast way as the general way does.

#![no_main]

use expensify_client::{
    AckParser, ExportError, ExportParser, ParserLimits, Problem, Report, Warning,
};
use libfuzzer_sys::fuzz_target;

/// Small, so that the limits are reached.
fn limits() -> ParserLimits {
    let mut limits = ParserLimits::default();
    limits.line_bytes_max = 2_000;
    limits.expenses_per_report_max = 20;
    limits.reports_max = 20;
    limits.warnings_max = 10;
    limits
}

/// All that a file says.
#[derive(Debug, PartialEq)]
struct Reading {
    reports: Vec<Report>,
    warnings: Vec<Warning>,
    end: Result<(), ExportError>,
}

fn pull(parser: &mut ExportParser, reports: &mut Vec<Report>) -> Result<(), ExportError> {
    while let Some(report) = parser.next_report()? {
        reports.push(report);
    }
    Ok(())
}

fn read(file: &[u8], chunk: usize) -> Reading {
    let mut parser = ExportParser::new(limits());
    let mut reports = Vec::new();
    let mut end = Ok(());
    for chunk in file.chunks(chunk) {
        parser.push(chunk);
        end = end.and_then(|()| pull(&mut parser, &mut reports));
    }
    parser.finish();
    end = end.and_then(|()| pull(&mut parser, &mut reports));
    assert_eq!(pull(&mut parser, &mut reports), end, "it stays as it was");
    match (&end, parser.summary()) {
        (Ok(()), Some(counts)) => {
            let expenses: usize = reports.iter().map(|report| report.expenses.len()).sum();
            assert_eq!(counts.reports, u64::try_from(reports.len()).unwrap());
            assert_eq!(counts.expenses, u64::try_from(expenses).unwrap());
        }
        (Ok(()), None) => panic!("a file without its end record was accepted"),
        (Err(error), _) => assert!(!format!("{error} {}", error.remedy()).is_empty()),
    }
    let warnings = parser.warnings().to_vec();
    Reading {
        reports,
        warnings,
        end,
    }
}

/// The same file, written so that no expense takes the fast way.
fn slowed(file: &[u8]) -> Vec<u8> {
    let mut slow = Vec::with_capacity(file.len() + 100);
    for line in file.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(b"{\"k\":\"exp\",") {
            Some(rest) => {
                slow.extend_from_slice(b"{ \"k\":\"exp\",");
                slow.extend_from_slice(rest);
            }
            None => slow.extend_from_slice(line),
        }
    }
    slow
}

fuzz_target!(|file: &[u8]| {
    let whole = read(file, usize::MAX);
    for chunk in [1, 7, 64] {
        assert_eq!(read(file, chunk), whole, "in chunks of {chunk}");
    }
    let slow = read(&slowed(file), usize::MAX);
    // A byte more can take a line over its limit, and the column of an error is another one.
    let comparable = |reading: &Reading| {
        !matches!(
            reading.end.as_ref().map_err(ExportError::problem),
            Err(Problem::LineTooLong { .. } | Problem::NotJson { .. })
        )
    };
    if comparable(&slow) && comparable(&whole) {
        assert_eq!(slow, whole, "the fast way and the general way");
    }
    let mut ack = AckParser::new(limits());
    ack.push(file);
    if ack.finish().is_ok() {
        assert!(matches!(
            whole.end.map_err(|error| error.problem().clone()),
            Err(Problem::OtherFormat { .. })
        ));
    }
});
