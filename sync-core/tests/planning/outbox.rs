//! What a plan changes in the outbox, state by state.

use chrono::{DateTime, Utc};
use sync_core::mapping::BillGrouping;
use sync_core::model::{ExpenseId, ExpenseReport, RecordId, RecordKind, ReportId};
use sync_core::plan::{Cause, Finding, Planned, StepKey, plan_report};
use sync_core::state::{
    Drift, EntryState, OutboxEntry, PlanChange, compare_with_outbox, owned_elsewhere,
};

use crate::fixtures::{carded, expense, report, rules, snapshot, usual};

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn planned(report: &ExpenseReport) -> Planned {
    plan_report(&snapshot(), report, &rules())
}

/// The outbox after `report` was planned, every entry in `state`.
pub(crate) fn outbox(report: &ExpenseReport, state: &EntryState) -> Vec<OutboxEntry> {
    let entries = planned(report).steps.into_iter();
    let entries = entries.map(|step| OutboxEntry::planned(report.id.clone(), step, now()));
    entries
        .map(|entry| OutboxEntry {
            state: state.clone(),
            ..entry
        })
        .collect()
}

pub(crate) fn verified() -> EntryState {
    EntryState::Verified {
        record: RecordId::new(900),
        at: now(),
    }
}

fn refused() -> Cause {
    Cause::Refused {
        kind: RecordKind::Bill,
        field: None,
        message: "no".to_owned(),
    }
}

fn in_review(cause: Cause) -> EntryState {
    EntryState::InReview {
        cause,
        record: None,
    }
}

fn bound_states() -> Vec<EntryState> {
    let (record, at) = (RecordId::new(900), now());
    vec![
        EntryState::Sending {
            attempt: 1,
            fence: 1,
            since: at,
        },
        EntryState::Unknown {
            attempt: 1,
            since: at,
            absences: 1,
            absent_at: Some(at),
        },
        EntryState::Posted { record, at },
        EntryState::Verified { record, at },
        EntryState::Drifted {
            record,
            drift: Drift::Deleted,
            at,
            accepted: None,
        },
        EntryState::InReview {
            cause: refused(),
            record: Some(record),
        },
        EntryState::Skipped {
            by: "ann".to_owned(),
            reason: "by hand".to_owned(),
        },
    ]
}

fn summary((changes, findings): (Vec<PlanChange>, Vec<Finding>)) -> (Vec<String>, Vec<String>) {
    let change = |change: &PlanChange| match change {
        PlanChange::Insert(step) => format!("insert {}", step.key),
        PlanChange::Replace(step) => format!("replace {}", step.key),
        PlanChange::Withdraw(key) => format!("withdraw {key}"),
    };
    let finding = |finding: &Finding| finding.cause.key().to_string();
    (
        changes.iter().map(change).collect(),
        findings.iter().map(finding).collect(),
    )
}

fn compare(report: &ExpenseReport, entries: &[OutboxEntry]) -> (Vec<String>, Vec<String>) {
    summary(compare_with_outbox(&planned(report), report, entries))
}

fn nothing() -> (Vec<String>, Vec<String>) {
    (vec![], vec![])
}

const BILL: &str = "EXP-R00X9oNOn2MO";
const PAID: &str = "EXP-4056343049275634495";

fn dearer(mut report: ExpenseReport) -> ExpenseReport {
    report.expenses[0].report_amount = Some(crate::fixtures::money("84.51"));
    report.total = Some(crate::fixtures::money("533.71"));
    report
}

#[test]
fn new_steps_are_inserted_and_planned_ones_left_alone() {
    let inserted = compare(&usual(), &[]);
    let both = [format!("insert {BILL}"), format!("insert {PAID}")];
    assert_eq!(inserted, (both.to_vec(), vec![]));
    assert_eq!(
        compare(&usual(), &outbox(&usual(), &EntryState::Planned)),
        nothing()
    );
}

#[test]
fn another_payload_replaces_what_is_certainly_not_written() {
    for (name, state, attempts, replaced) in [
        ("planned", EntryState::Planned, 0, true),
        ("throttled before", EntryState::Planned, 2, true),
        ("cancelled", EntryState::Cancelled, 0, true),
        ("refused", in_review(refused()), 1, true),
        (
            "never sent",
            in_review(Cause::NumberTaken { key: BILL.into() }),
            0,
            true,
        ),
        (
            "unproven",
            in_review(Cause::Unproven {
                key: BILL.into(),
                attempts: 2,
            }),
            2,
            false,
        ),
    ] {
        let mut entries = outbox(&usual(), &EntryState::Planned);
        (entries[0].state, entries[0].attempts) = (state, attempts);
        let (changes, findings) = compare(&dearer(usual()), &entries);
        let expected = replaced.then(|| format!("replace {BILL}"));
        assert_eq!(changes, expected.into_iter().collect::<Vec<_>>(), "{name}");
        assert_eq!(findings.len(), usize::from(!replaced), "{name}");
    }
}

#[test]
fn a_withdrawn_step_that_comes_back_is_revived() {
    let (changes, _) = compare(&usual(), &outbox(&usual(), &EntryState::Cancelled));
    assert_eq!(
        changes,
        [format!("replace {BILL}"), format!("replace {PAID}")]
    );
}

#[test]
fn what_may_be_written_is_never_changed_only_reported() {
    for state in bound_states() {
        let entries = outbox(&usual(), &state);
        assert_eq!(compare(&usual(), &entries), nothing(), "{state:?}");
        let expected = vec![format!("changed_after_posting|{BILL}")];
        assert_eq!(
            compare(&dearer(usual()), &entries),
            (vec![], expected),
            "{state:?}"
        );
    }
}

#[test]
fn a_correction_names_each_field() {
    let entries = outbox(&usual(), &verified());
    let report = dearer(usual());
    let (_, findings) = compare_with_outbox(&planned(&report), &report, &entries);
    let Cause::ChangedAfterPosting { corrections, .. } = &findings[0].cause else {
        panic!()
    };
    let text: Vec<_> = corrections
        .iter()
        .map(|c| format!("{}: {} -> {}", c.field, c.observed, c.planned))
        .collect();
    assert_eq!(
        text,
        [
            "total: 121.70 USD -> 121.71 USD",
            "amount of line 1: 84.50 USD -> 84.51 USD"
        ]
    );
}

#[test]
fn a_changed_mapping_touches_nothing_written() {
    let mut other = rules();
    other.bills.due_days = 60;
    let replanned = plan_report(&snapshot(), &usual(), &other);
    let entries = outbox(&usual(), &verified());
    assert_eq!(
        summary(compare_with_outbox(&replanned, &usual(), &entries)),
        nothing()
    );
    let unsent = outbox(&usual(), &EntryState::Planned);
    assert_eq!(
        summary(compare_with_outbox(&replanned, &usual(), &unsent)).0,
        [format!("replace {BILL}")]
    );
}

#[test]
fn a_changed_grouping_never_books_an_expense_twice() {
    let mut other = rules();
    other.bills.grouping = BillGrouping::PerExpense;
    let replanned = plan_report(&snapshot(), &usual(), &other);
    for state in bound_states() {
        let entries = outbox(&usual(), &state);
        let found = summary(compare_with_outbox(&replanned, &usual(), &entries));
        assert_eq!(found, nothing(), "{state:?}");
    }
    let unsent = outbox(&usual(), &EntryState::Planned);
    let (changes, _) = summary(compare_with_outbox(&replanned, &usual(), &unsent));
    assert!(changes.contains(&format!("withdraw {BILL}")) && changes.len() == 3);
}

#[test]
fn an_expense_that_becomes_owed_after_its_expense_was_written_is_not_booked_again() {
    let mut turned = usual();
    turned.expenses[1].reimbursable = true;
    let (changes, findings) = compare(&turned, &outbox(&usual(), &verified()));
    assert!(changes.is_empty(), "{changes:?}");
    let keys = [BILL, PAID].map(|key| format!("changed_after_posting|{key}"));
    assert!(
        keys.iter().all(|key| findings.contains(key)),
        "{findings:?}"
    );
}

#[test]
fn an_expense_added_after_posting_is_written_beside_what_stands() {
    let mut more = usual();
    let extra = carded(expense("4056343049275634499", "Hertz", "9.00", "Travel"));
    more.expenses.push(extra);
    more.total = Some(crate::fixtures::money("542.70"));
    let found = compare(&more, &outbox(&usual(), &verified()));
    assert_eq!(
        found,
        (vec!["insert EXP-4056343049275634499".to_owned()], vec![])
    );
}

#[test]
fn what_leaves_the_report_is_withdrawn_or_reported() {
    let mut without = usual();
    without.expenses.remove(1);
    without.total = Some(crate::fixtures::money("121.70"));
    let unsent = outbox(&usual(), &EntryState::Planned);
    assert_eq!(
        compare(&without, &unsent),
        (vec![format!("withdraw {PAID}")], vec![])
    );
    let sent = outbox(&usual(), &verified());
    assert_eq!(
        compare(&without, &sent),
        (vec![], vec![format!("removed_after_posting|{PAID}")])
    );
    let gone = outbox(&usual(), &EntryState::Cancelled);
    assert_eq!(compare(&without, &gone).0, [format!("replace {BILL}")]);
}

#[test]
fn a_held_plan_withdraws_what_is_unsent_and_still_sees_what_changed() {
    let mut held = usual();
    held.expenses[2].category = Some("Nope".to_owned());
    let mut entries = outbox(&usual(), &EntryState::Planned);
    entries[1].state = verified();
    assert_eq!(
        compare(&held, &entries),
        (vec![format!("withdraw {BILL}")], vec![])
    );
    let sent = outbox(&usual(), &verified());
    assert_eq!(
        compare(&held, &sent),
        (vec![], vec![format!("changed_after_posting|{BILL}")])
    );
}

#[test]
fn an_expense_of_another_report_is_not_taken_twice() {
    let planned = planned(&report(vec![expense("1", "Shop", "5.00", "Travel")]));
    let owner = |report: &str| {
        let owner = (StepKey::from_stored("EXP-R2"), ReportId::new(report));
        [(ExpenseId::new("1"), owner)].into()
    };
    let findings = owned_elsewhere(&planned, &owner("R2"));
    assert_eq!(findings[0].cause.key().as_str(), "posted_elsewhere|EXP-R2");
    assert!(owned_elsewhere(&planned, &owner("R00X9oNOn2MO")).is_empty());
}

#[test]
fn a_bill_of_which_a_part_is_written_under_another_key_is_for_a_person() {
    let one = report(vec![expense("1", "Shop", "5.00", "Travel")]);
    let mut by_expense = rules();
    by_expense.bills.grouping = BillGrouping::PerExpense;
    let step = plan_report(&snapshot(), &one, &by_expense).steps.remove(0);
    let key = step.key.clone();
    let mut written = OutboxEntry::planned(one.id.clone(), step, now());
    written.state = verified();
    // Since then the grouping was changed and an expense was added: one bill would hold both.
    let two = report(vec![
        expense("1", "Shop", "5.00", "Travel"),
        expense("2", "Shop", "7.00", "Travel"),
    ]);
    let (changes, findings) = compare_with_outbox(&planned(&two), &two, &[written]);
    assert_eq!(changes, []);
    let told: Vec<_> = findings
        .iter()
        .map(|found| {
            (
                found.cause.key().to_string(),
                found.expense.clone(),
                found.amount,
            )
        })
        .collect();
    let amount = Some(crate::fixtures::money("5.00"));
    assert_eq!(
        told,
        [(
            format!("posted_elsewhere|{key}"),
            Some(ExpenseId::new("1")),
            amount
        )]
    );
}
