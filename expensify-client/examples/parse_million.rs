//! Parses an export of a million expenses while it is being made, and prints rate and peak memory.
//!
//! `cargo run --release -p expensify-client --example parse_million -- [expenses]`

#![expect(clippy::print_stdout, reason = "printing is what this example is for")]

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use expensify_client::{ExportError, ExportParser, ParserLimits};

#[path = "../benches/sample/mod.rs"]
#[expect(unreachable_pub, reason = "shared with a benchmark")]
mod sample;

/// About half a MiB.
const REPORTS_PER_CHUNK: usize = 64;

fn main() -> Result<(), ExportError> {
    let expenses: u64 = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(1_000_000);
    let mut parser = ExportParser::new(ParserLimits::default());
    let (mut parsing, mut cents, mut bytes) = (Duration::ZERO, 0_i128, 0_usize);
    let mut export = sample::export(expenses / sample::EXPENSES_PER_REPORT).peekable();
    while export.peek().is_some() {
        let chunk: String = export.by_ref().take(REPORTS_PER_CHUNK).collect();
        bytes += chunk.len();
        let started = time_on_core();
        parser.push(chunk.as_bytes());
        cents += drain(&mut parser)?;
        parsing += time_on_core().saturating_sub(started);
    }
    parser.finish();
    cents += drain(&mut parser)?;

    let read = parser.summary().map_or(0, |counts| counts.expenses);
    let rate = u128::from(read) * 1_000_000 / parsing.as_micros().max(1);
    println!(
        "{read} expenses, {} MiB, total {cents} hundredths",
        bytes >> 20
    );
    println!("{rate} expenses per second on one core");
    match peak_memory_kib() {
        Some(kib) => println!("peak memory {} MiB", kib >> 10),
        None => println!("peak memory unknown on this system"),
    }
    Ok(())
}

/// Takes all whole reports out of the parser and adds up what they come to.
fn drain(parser: &mut ExportParser) -> Result<i128, ExportError> {
    let mut cents = 0;
    while let Some(report) = parser.next_report()? {
        let amounts = report
            .expenses
            .iter()
            .filter_map(|expense| expense.amount_in("USD").ok());
        cents += amounts
            .map(|amount| i128::from(amount.value()))
            .sum::<i128>();
    }
    Ok(cents)
}

/// Time this thread has spent on a core, so that a busy machine does not count; elsewhere than on Linux, elapsed time.
fn time_on_core() -> Duration {
    static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);
    let spent = || {
        let status = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        status
            .split_whitespace()
            .next()?
            .parse()
            .ok()
            .map(Duration::from_nanos)
    };
    spent().unwrap_or_else(|| STARTED.elapsed())
}

/// Peak resident memory, where the system tells it.
fn peak_memory_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
