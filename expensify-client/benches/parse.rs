//! How fast an export is parsed, on one core. The goal is 300,000 expenses a second.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use expensify_client::{ExportParser, ParserLimits};

#[expect(unreachable_pub, reason = "shared with an example")]
mod sample;

const REPORTS: u64 = 2_000;

/// Bytes in a chunk, about what a connection delivers at once.
const CHUNK: usize = 16 * 1024;

fn parse(file: &[u8]) -> u64 {
    let mut parser = ExportParser::new(ParserLimits::default());
    for chunk in file.chunks(CHUNK) {
        parser.push(chunk);
        while parser.next_report().unwrap_or(None).is_some() {}
    }
    parser.finish();
    while parser.next_report().unwrap_or(None).is_some() {}
    parser.summary().map_or(0, |counts| counts.expenses)
}

fn bench(c: &mut Criterion) {
    let file: String = sample::export(REPORTS).collect();
    let expenses = REPORTS * sample::EXPENSES_PER_REPORT;
    assert_eq!(parse(file.as_bytes()), expenses);
    let mut group = c.benchmark_group("parse");
    group.throughput(Throughput::Elements(expenses));
    group.bench_function("expenses", |b| b.iter(|| parse(file.as_bytes())));
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
