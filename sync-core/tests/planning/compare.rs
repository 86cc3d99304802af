//! What counts as a difference between a draft and a record.

use std::collections::BTreeSet;

use sync_core::model::{
    CategoryId, Currency, Draft, LedgerRecord, Money, ObservedLine, Payment, RecordId, RecordKind,
    RecordStatus, VendorId,
};
use sync_core::plan::{differences, plan_report};

use crate::fixtures::{day, money, rules, snapshot, usual};

type Change = fn(&mut LedgerRecord);

/// The record that FreshBooks would show for a draft.
pub(crate) fn as_written(draft: &Draft, id: u64) -> LedgerRecord {
    let (vendor, category, lines) = match draft {
        Draft::Bill(bill) => {
            let lines = bill.lines.iter().map(|line| ObservedLine {
                category: Some(line.category),
                net: line.net,
            });
            (Some(bill.vendor), None, lines.collect())
        }
        Draft::Expense(expense) => (None, Some(expense.category), Vec::new()),
        Draft::Vendor(_) => (None, None, Vec::new()),
    };
    LedgerRecord {
        kind: draft.kind(),
        id: RecordId::new(id),
        markers: BTreeSet::from([draft.marker().clone()]),
        status: RecordStatus::Active,
        total: draft.total(),
        date: draft.date(),
        vendor,
        category,
        lines,
        payment: Payment::Nothing,
    }
}

#[test]
fn only_what_the_record_shows_otherwise_is_a_difference() {
    let steps = plan_report(&snapshot(), &usual(), &rules()).steps;
    let (bill, expense) = (&steps[0].draft, &steps[1].draft);
    let cases: [(&Draft, Change, &[&str]); 15] = [
        (bill, |_| {}, &[]),
        (expense, |_| {}, &[]),
        (bill, |r| r.status = RecordStatus::Archived, &[]),
        (bill, |r| r.status = RecordStatus::Deleted, &["deleted"]),
        (bill, |r| r.total = Some(money("121.700")), &[]),
        (bill, |r| r.total = Some(money("121.71")), &["total"]),
        (
            bill,
            |r| {
                let eur = Currency::parse("EUR").unwrap();
                r.total = r.total.map(|total| Money::new(total.amount(), eur));
            },
            &["currency"],
        ),
        (bill, |r| r.total = None, &[]),
        (bill, |r| r.vendor = Some(VendorId::new(6)), &["vendor"]),
        (bill, |r| r.vendor = None, &[]),
        (bill, |r| r.date = Some(day("2026-12-01")), &["date"]),
        (
            bill,
            |r| {
                r.lines[1].category = None;
                r.lines[0].net = money("1");
            },
            &["amount of line 1"],
        ),
        (
            bill,
            |r| r.lines[1].category = Some(CategoryId::new(1)),
            &["category of line 2"],
        ),
        (bill, |r| r.lines.truncate(1), &["lines"]),
        (expense, |r| r.kind = RecordKind::Bill, &["kind"]),
    ];
    for (draft, change, expected) in cases {
        let mut record = as_written(draft, 900);
        change(&mut record);
        let found = differences(draft, &record);
        let fields: Vec<_> = found.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, expected, "{record:?}");
    }
}

#[test]
fn an_answer_without_lines_is_no_difference() {
    let steps = plan_report(&snapshot(), &usual(), &rules()).steps;
    let mut record = as_written(&steps[0].draft, 900);
    record.lines.clear();
    assert!(differences(&steps[0].draft, &record).is_empty());
}
