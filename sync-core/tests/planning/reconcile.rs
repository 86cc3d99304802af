//! Approved equals posted, in flight, in review, skipped and drifted, to the cent.

use chrono::DateTime;
use proptest::prelude::*;
use sync_core::model::{
    ExpenseReport, LedgerRecord, Marker, RecordId, RecordStatus, ReportId, ReportState,
};
use sync_core::plan::{Cause, Skip, SkipReason};
use sync_core::state::{
    Discrepancy, Drift, EntryState, OutboxEntry, Reconciler, Reconciliation, ReportStatus,
    StoredReport,
};

use crate::compare::as_written;
use crate::fixtures::{expense, money, report, usual};
use crate::outbox::{outbox, verified};

fn stored(report: ExpenseReport, status: ReportStatus) -> StoredReport {
    let taken_in = StoredReport::taken_in(report, false, DateTime::UNIX_EPOCH);
    StoredReport { status, ..taken_in }
}

fn listing(entries: &[OutboxEntry]) -> Vec<LedgerRecord> {
    entries
        .iter()
        .filter_map(|entry| Some(as_written(&entry.step.draft, entry.state.record()?.get())))
        .collect()
}

fn reconcile(
    stored: &StoredReport,
    entries: &[OutboxEntry],
    listed: Option<&[LedgerRecord]>,
) -> Reconciliation {
    let mut reconciler = Reconciler::new();
    if let Some(records) = listed {
        reconciler.add_listing(records);
    }
    reconciler.add_report(stored, entries);
    reconciler.finish()
}

/// Posted, in flight, in review, skipped, drifted, difference of the only row.
fn columns(result: &Reconciliation) -> [String; 6] {
    let row = &result.rows[0];
    [
        row.posted,
        row.in_flight,
        row.in_review,
        row.skipped,
        row.drifted,
        row.difference,
    ]
    .map(|amount| amount.to_plain_string())
}

#[test]
fn each_state_counts_in_its_column() {
    let at = DateTime::UNIX_EPOCH;
    let record = RecordId::new(900);
    for (state, column) in [
        (EntryState::Planned, 1),
        (
            EntryState::Sending {
                attempt: 1,
                fence: 1,
                since: at,
            },
            1,
        ),
        (
            EntryState::Unknown {
                attempt: 1,
                since: at,
                absences: 0,
                absent_at: None,
            },
            1,
        ),
        (EntryState::Posted { record, at }, 0),
        (EntryState::Verified { record, at }, 0),
        (
            EntryState::InReview {
                cause: Cause::Refund,
                record: None,
            },
            2,
        ),
        (
            EntryState::Skipped {
                by: "ann".to_owned(),
                reason: "by hand".to_owned(),
            },
            3,
        ),
        (
            EntryState::Drifted {
                record,
                drift: Drift::Deleted,
                at,
                accepted: None,
            },
            4,
        ),
    ] {
        let entries = outbox(&usual(), &state);
        let result = reconcile(&stored(usual(), ReportStatus::Planned), &entries, None);
        let mut expected = ["0.00"; 6];
        expected[column] = "533.70";
        assert_eq!(columns(&result), expected, "{state:?}");
        assert!(result.agrees(), "{state:?}");
    }
}

#[test]
fn what_no_entry_accounts_for_stands_where_the_report_stands() {
    for (status, expected) in [
        (
            ReportStatus::New,
            ["0.00", "533.70", "0.00", "0.00", "0.00", "0.00"],
        ),
        (
            ReportStatus::Held,
            ["0.00", "0.00", "533.70", "0.00", "0.00", "0.00"],
        ),
        (
            ReportStatus::Skipped,
            ["0.00", "0.00", "0.00", "533.70", "0.00", "0.00"],
        ),
        (
            ReportStatus::Planned,
            ["0.00", "0.00", "0.00", "0.00", "0.00", "533.70"],
        ),
    ] {
        let result = reconcile(&stored(usual(), status), &[], None);
        assert_eq!(columns(&result), expected, "{status:?}");
        assert_eq!(
            result.agrees(),
            status != ReportStatus::Planned,
            "{status:?}"
        );
    }
}

#[test]
fn a_report_changed_after_posting_has_its_difference_in_review() {
    let entries = outbox(&usual(), &verified());
    let mut changed = usual();
    changed.total = Some(money("540.00"));
    let result = reconcile(
        &stored(changed, ReportStatus::Held),
        &entries,
        Some(&listing(&entries)),
    );
    assert_eq!(
        columns(&result),
        ["533.70", "0.00", "6.30", "0.00", "0.00", "0.00"]
    );
    assert!(result.agrees());
}

#[test]
fn skips_count_with_their_reason_and_unapproved_reports_for_nothing() {
    let skip = |reason| Skip {
        reason,
        expense: None,
        amount: Some(money("533.70")),
    };
    let mut early = stored(
        usual(),
        ReportStatus::OutOfScope(SkipReason::BeforeStartDate),
    );
    early.skips = vec![skip(SkipReason::BeforeStartDate)];
    let result = reconcile(&early, &[], None);
    assert_eq!(columns(&result)[3], "533.70");
    assert!(result.agrees());

    let mut open = usual();
    open.state = ReportState::Open;
    let mut open = stored(open, ReportStatus::OutOfScope(SkipReason::NotApproved));
    open.skips = vec![skip(SkipReason::NotApproved)];
    let result = reconcile(&open, &[], None);
    assert!(result.agrees() && result.rows[0].approved.is_zero());
}

#[test]
fn one_cent_off_in_the_ledger_is_named() {
    let entries = outbox(&usual(), &verified());
    let report = stored(usual(), ReportStatus::Planned);
    let mut records = listing(&entries);
    assert!(reconcile(&report, &entries, Some(&records)).agrees());
    records[0].total = Some(money("121.71"));
    let result = reconcile(&report, &entries, Some(&records));
    assert!(!result.agrees());
    assert_eq!(result.rows[0].difference, money("-0.01"));
    assert_eq!(result.disagreeing[0].report, ReportId::new("R00X9oNOn2MO"));
    assert_eq!(result.disagreeing[0].accounted, Some(money("533.71")));
    assert!(matches!(
        result.discrepancies[0],
        Discrepancy::Edited { .. }
    ));
    // Findings on the report must not swallow a cent that is missing in the ledger.
    let held = stored(usual(), ReportStatus::Held);
    assert!(!reconcile(&held, &entries, Some(&records)).agrees());
}

#[test]
fn deletions_duplicates_and_unknown_marks_are_found() {
    let entries = outbox(&usual(), &verified());
    let report = stored(usual(), ReportStatus::Planned);
    let good = listing(&entries);

    let mut deleted = good.clone();
    deleted[0].status = RecordStatus::Deleted;
    let mut duplicate = good.clone();
    duplicate.push(LedgerRecord {
        id: RecordId::new(901),
        ..good[0].clone()
    });
    let mut repeated = good.clone();
    repeated.push(good[0].clone());
    let mut unknown = good.clone();
    unknown.push(LedgerRecord {
        id: RecordId::new(902),
        markers: [Marker::for_report(&ReportId::new("R9"))].into(),
        ..good[0].clone()
    });
    for (name, records, expected) in [
        ("deleted", deleted, Some("Deleted")),
        ("duplicate", duplicate, Some("Duplicate")),
        ("one page listed twice", repeated, None),
        ("unknown", unknown, Some("Unknown")),
        ("missing", good[1..].to_vec(), Some("Missing")),
    ] {
        let result = reconcile(&report, &entries, Some(&records));
        let found = result.discrepancies.first().map(|one| format!("{one:?}"));
        assert_eq!(result.agrees(), expected.is_none(), "{name}");
        let begins = |prefix: &str| found.as_ref().is_some_and(|text| text.starts_with(prefix));
        assert!(
            expected.map_or(found.is_none(), begins),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn rows_are_per_month_and_a_sum_beyond_a_decimal_names_the_report() {
    let mut reconciler = Reconciler::new();
    for (id, approved_on) in [
        ("R1", "2026-10-31"),
        ("R2", "2026-11-01"),
        ("R3", "2026-11-30"),
    ] {
        let mut one = usual();
        one.id = ReportId::new(id);
        one.approved_on = approved_on.parse().ok();
        reconciler.add_report(&stored(one, ReportStatus::New), &[]);
    }
    let mut huge = usual();
    let most = sync_core::model::Money::new(rust_decimal::Decimal::MAX, crate::fixtures::usd());
    huge.total = Some(most);
    reconciler.add_report(&stored(huge, ReportStatus::New), &[]);
    let result = reconciler.finish();
    let months: Vec<_> = result
        .rows
        .iter()
        .map(|row| row.month.unwrap().to_string())
        .collect();
    assert_eq!(months, ["2026-10-01", "2026-11-01"]);
    assert_eq!(result.disagreeing.len(), 1);
    assert!(!result.agrees());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_cent_anywhere_breaks_the_agreement(cents in 1..1_000_000_i64, off in prop::sample::select(vec![-1_i64, 0, 1])) {
        let mut one = expense("1", "Shop", "1.00", "Travel");
        one.amount = sync_core::model::Money::from_hundredths(cents, crate::fixtures::usd());
        one.report_amount = Some(one.amount);
        let report = report(vec![one]);
        let entries = outbox(&report, &verified());
        let mut records = listing(&entries);
        records[0].total = Some(sync_core::model::Money::from_hundredths(cents + off, crate::fixtures::usd()));
        let result = reconcile(&stored(report, ReportStatus::Planned), &entries, Some(&records));
        prop_assert_eq!(result.agrees(), off == 0);
    }
}
