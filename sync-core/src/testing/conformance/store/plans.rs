//! Committing plans.

use super::{
    entry, event, items, later, leased, plan_bill, skipped, stored, t0, take_in, trail_length,
};
use crate::error::ErrorKind;
use crate::model::{ExpenseReport, ReportId};
use crate::plan::{Skip, SkipReason, Step, StepKey};
use crate::ports::{EntryQuery, ReportQuery, Store};
use crate::state::{
    EntryEvent, EntryState, PlanChange, PlanCommit, ReportStatus, StateName, VoidProof,
};
use crate::testing::conformance::refused;
use crate::testing::samples;

/// The same bill with another payload.
fn with_due_days(step: &Step, due_days: u32) -> Step {
    let mut step = step.clone();
    if let crate::model::Draft::Bill(bill) = &mut step.draft {
        bill.due_days = due_days;
    }
    step
}

pub(super) async fn steps_are_inserted_replaced_and_withdrawn(store: &dyn Store) {
    let lease = leased(store).await;
    let report = samples::report("R00A", &[100]);
    let step = plan_bill(store, &lease, &report).await;
    let inserted = entry(store, &step.key).await.unwrap();
    assert_eq!(
        inserted,
        crate::state::OutboxEntry::planned(report.id.clone(), step.clone(), t0())
    );
    assert_eq!(
        trail_length(store, &samples::connection()).await,
        1,
        "one audit entry per plan that changed anything"
    );

    let other = with_due_days(&step, 30);
    let skips = vec![Skip {
        reason: SkipReason::ZeroAmount,
        expense: None,
        amount: Some(samples::usd(0)),
    }];
    let plan = PlanCommit {
        skips: skips.clone(),
        ..samples::planned(&report, vec![PlanChange::Replace(other.clone())])
    };
    store
        .commit_plans(&lease, vec![plan], later(1))
        .await
        .unwrap();
    let replaced = entry(store, &step.key).await.unwrap();
    assert_eq!(
        (&replaced.step, replaced.payload),
        (&other, other.draft.fingerprint())
    );
    let now = stored(store, "R00A").await.unwrap();
    assert_eq!((now.status, &now.skips), (ReportStatus::Planned, &skips));

    let plan = samples::planned(&report, vec![PlanChange::Withdraw(step.key.clone())]);
    store
        .commit_plans(&lease, vec![plan], later(2))
        .await
        .unwrap();
    assert_eq!(
        entry(store, &step.key).await.unwrap().state,
        EntryState::Cancelled
    );
}

pub(super) async fn a_plan_of_content_that_changed_since_is_a_conflict_and_nothing_of_the_call_is_stored(
    store: &dyn Store,
) {
    let lease = leased(store).await;
    let first = samples::report("R00A", &[100]);
    let second = samples::report("R00B", &[100]);
    take_in(store, &lease, &[&first, &second]).await;
    let insert = |report: &ExpenseReport| {
        samples::planned(report, vec![PlanChange::Insert(samples::bill_step(report))])
    };
    let stale = insert(&samples::report("R00B", &[99]));
    refused(
        store
            .commit_plans(&lease, vec![insert(&first), stale], t0())
            .await,
        ErrorKind::Conflict,
    );
    let missing = insert(&samples::report("R00Z", &[1]));
    refused(
        store
            .commit_plans(&lease, vec![insert(&first), missing], t0())
            .await,
        ErrorKind::Conflict,
    );
    let entries = store
        .entries(
            &samples::connection(),
            &EntryQuery {
                limit: 10,
                ..EntryQuery::default()
            },
        )
        .await;
    assert!(entries.unwrap().is_empty());
    let query = ReportQuery {
        statuses: vec![ReportStatus::New],
        limit: 10,
        ..ReportQuery::default()
    };
    assert_eq!(
        store
            .reports(&samples::connection(), &query)
            .await
            .unwrap()
            .len(),
        2
    );
    assert_eq!(trail_length(store, &samples::connection()).await, 0);
}

pub(super) async fn an_equal_plan_leaves_no_trace(store: &dyn Store) {
    let lease = leased(store).await;
    let report = samples::report("R00A", &[100]);
    let step = plan_bill(store, &lease, &report).await;
    let second = samples::report("R00B", &[100]);
    take_in(store, &lease, &[&second]).await;
    let causes = vec![samples::unmapped("Travel"), samples::unmapped("Meals")];
    store
        .commit_plans(&lease, vec![samples::held(&second, causes.clone())], t0())
        .await
        .unwrap();
    let before = (
        entry(store, &step.key).await,
        items(store).await,
        trail_length(store, &samples::connection()).await,
    );
    let again = vec![
        samples::planned(&report, Vec::new()),
        samples::planned(&report, vec![PlanChange::Insert(step.clone())]),
        samples::held(&second, causes),
    ];
    store.commit_plans(&lease, again, later(60)).await.unwrap();
    let after = (
        entry(store, &step.key).await,
        items(store).await,
        trail_length(store, &samples::connection()).await,
    );
    assert_eq!(before, after);
}

pub(super) async fn an_illegal_change_stores_nothing_of_the_call(store: &dyn Store) {
    let lease = leased(store).await;
    let report = samples::report("R00A", &[100]);
    let step = plan_bill(store, &lease, &report).await;
    store
        .begin_sends(&lease, std::slice::from_ref(&step.key), t0())
        .await
        .unwrap();
    let second = samples::report("R00B", &[100]);
    take_in(store, &lease, &[&second]).await;
    let length = trail_length(store, &samples::connection()).await;
    let good = samples::planned(
        &second,
        vec![PlanChange::Insert(samples::bill_step(&second))],
    );
    for bad in [
        PlanChange::Replace(with_due_days(&step, 30)),
        PlanChange::Withdraw(step.key.clone()),
        PlanChange::Withdraw(StepKey::from_stored("EXP-nothing")),
    ] {
        let plans = vec![good.clone(), samples::planned(&report, vec![bad.clone()])];
        refused(
            store.commit_plans(&lease, plans, t0()).await,
            ErrorKind::Invalid,
        );
        assert!(
            entry(store, &samples::bill_step(&second).key)
                .await
                .is_none(),
            "{bad:?}"
        );
    }
    assert_eq!(
        entry(store, &step.key).await.unwrap().state.name(),
        StateName::Sending
    );
    assert_eq!(trail_length(store, &samples::connection()).await, length);
}

pub(super) async fn a_withdrawn_step_can_be_planned_again_by_another_report(store: &dyn Store) {
    let lease = leased(store).await;
    let from = samples::report("R00A", &[100]);
    let to = ExpenseReport {
        expenses: from.expenses.clone(),
        ..samples::report("R00B", &[100])
    };
    take_in(store, &lease, &[&from, &to]).await;
    let step = samples::expense_step(&from, &from.expenses[0]);
    let insert = |report| samples::planned(report, vec![PlanChange::Insert(step.clone())]);
    store
        .commit_plans(&lease, vec![insert(&from)], t0())
        .await
        .unwrap();
    let withdraw = samples::planned(&from, vec![PlanChange::Withdraw(step.key.clone())]);
    store
        .commit_plans(&lease, vec![withdraw, insert(&to)], later(1))
        .await
        .unwrap();
    let moved = entry(store, &step.key).await.unwrap();
    assert_eq!(
        (moved.report, moved.state),
        (ReportId::new("R00B"), EntryState::Planned)
    );
    let of_report = EntryQuery {
        reports: vec![ReportId::new("R00B")],
        limit: 10,
        ..EntryQuery::default()
    };
    assert_eq!(
        store
            .entries(&samples::connection(), &of_report)
            .await
            .unwrap()
            .len(),
        1
    );
    let owners = store
        .expense_owners(&samples::connection(), &step.expenses)
        .await
        .unwrap();
    assert_eq!(owners[&step.expenses[0]].report, ReportId::new("R00B"));
}

pub(super) async fn a_vendor_two_reports_ask_for_is_one_entry(store: &dyn Store) {
    let lease = leased(store).await;
    let first = samples::report("R00A", &[100]);
    let second = samples::report("R00B", &[100]);
    take_in(store, &lease, &[&first, &second]).await;
    let insert = |report| {
        samples::planned(
            report,
            vec![PlanChange::Insert(samples::vendor_step(report))],
        )
    };
    store
        .commit_plans(&lease, vec![insert(&first), insert(&second)], t0())
        .await
        .unwrap();
    let query = EntryQuery {
        limit: 10,
        ..EntryQuery::default()
    };
    let entries = store.entries(&samples::connection(), &query).await.unwrap();
    assert_eq!((entries.len(), &entries[0].report), (1, &first.id));
}

pub(super) async fn an_entry_of_another_report_is_not_taken(store: &dyn Store) {
    let lease = leased(store).await;
    let first = samples::report("R00A", &[100]);
    let second = samples::report("R00B", &[100]);
    let step = plan_bill(store, &lease, &first).await;
    take_in(store, &lease, &[&second]).await;
    for change in [
        PlanChange::Insert(step.clone()),
        PlanChange::Replace(step.clone()),
        PlanChange::Withdraw(step.key.clone()),
    ] {
        let plan = samples::planned(&second, vec![change]);
        refused(
            store.commit_plans(&lease, vec![plan], t0()).await,
            ErrorKind::Conflict,
        );
    }
    assert_eq!(entry(store, &step.key).await.unwrap().report, first.id);
}

pub(super) async fn expenses_belong_to_their_entry_until_it_is_cancelled(store: &dyn Store) {
    let main = samples::connection();
    let lease = leased(store).await;
    let report = samples::report("R00A", &[100, 200]);
    let step = plan_bill(store, &lease, &report).await;
    let mut asked = step.expenses.clone();
    asked.push(crate::model::ExpenseId::new("999"));
    let owners = store.expense_owners(&main, &asked).await.unwrap();
    assert_eq!(
        owners.keys().collect::<Vec<_>>(),
        step.expenses.iter().collect::<Vec<_>>()
    );
    assert!(
        owners
            .values()
            .all(|owner| owner.key == step.key && owner.report == report.id)
    );
    // Fewer expenses in a replaced step: the one that left is free.
    let fewer = Step {
        expenses: step.expenses[..1].to_vec(),
        ..with_due_days(&step, 30)
    };
    let plan = samples::planned(&report, vec![PlanChange::Replace(fewer)]);
    store.commit_plans(&lease, vec![plan], t0()).await.unwrap();
    assert_eq!(store.expense_owners(&main, &asked).await.unwrap().len(), 1);
    let skip = EntryEvent::Skip {
        by: "ann".to_owned(),
        reason: "no".to_owned(),
    };
    store
        .record(&lease, vec![event(&step.key, skip)], t0())
        .await
        .unwrap();
    assert_eq!(
        store.expense_owners(&main, &asked).await.unwrap().len(),
        1,
        "a skipped entry still owns"
    );
    let reopen = EntryEvent::Reopen {
        by: "ann".to_owned(),
    };
    let events = vec![
        event(&step.key, reopen),
        event(&step.key, EntryEvent::Withdrawn),
    ];
    store.record(&lease, events, t0()).await.unwrap();
    assert!(
        store
            .expense_owners(&main, &asked)
            .await
            .unwrap()
            .is_empty()
    );
}

pub(super) async fn a_replacement_is_taken_only_once_what_it_replaces_is_voided(store: &dyn Store) {
    let lease = leased(store).await;
    let report = samples::report("R00A", &[100]);
    let step = plan_bill(store, &lease, &report).await;
    let second = step.clone().at_revision(2);
    let insert = || samples::planned(&report, vec![PlanChange::Insert(second.clone())]);
    let trail = trail_length(store, &lease.connection).await;
    refused(
        store.commit_plans(&lease, vec![insert()], later(1)).await,
        ErrorKind::Conflict,
    );
    let third = samples::planned(
        &report,
        vec![PlanChange::Insert(step.clone().at_revision(3))],
    );
    refused(
        store.commit_plans(&lease, vec![third], later(1)).await,
        ErrorKind::Conflict,
    );
    assert_eq!(trail_length(store, &lease.connection).await, trail);
    let voided = EntryEvent::Voided {
        proof: VoidProof::of_complete_listing(None),
    };
    store
        .record(&lease, vec![event(&step.key, voided)], later(2))
        .await
        .unwrap();
    let owners = store
        .expense_owners(&lease.connection, &step.expenses)
        .await
        .unwrap();
    assert!(owners.is_empty(), "a voided entry owns nothing");
    store
        .commit_plans(&lease, vec![insert()], later(3))
        .await
        .unwrap();
    let owners = store
        .expense_owners(&lease.connection, &step.expenses)
        .await
        .unwrap();
    assert!(owners.values().all(|owner| owner.key == second.key) && !owners.is_empty());
    assert_eq!(
        entry(store, &step.key).await.unwrap().state.name(),
        StateName::Voided
    );
}

pub(super) async fn each_part_of_a_plan_that_changes_leaves_one_entry_in_the_trail(
    store: &dyn Store,
) {
    let lease = leased(store).await;
    let (report, other) = (
        samples::report("R00A", &[100]),
        samples::report("R00B", &[200]),
    );
    take_in(store, &lease, &[&report, &other]).await;
    let step = samples::bill_step(&report);
    let held = |cause: &str| samples::held(&other, vec![samples::unmapped(cause)]);
    for (plan, what) in [
        (samples::planned(&report, Vec::new()), "the report alone"),
        (
            samples::planned(&report, vec![PlanChange::Insert(step.clone())]),
            "an entry that is new",
        ),
        (
            samples::planned(&report, vec![PlanChange::Withdraw(step.key.clone())]),
            "an entry that goes",
        ),
        (held("Travel"), "the report and what holds it"),
        (held("Meals"), "what holds the report alone"),
    ] {
        let plans = async || {
            let trail = store.audit(&samples::connection(), 0, 100).await.unwrap();
            let plans = trail.iter().filter(|entry| entry.draft.action == "plan");
            plans.count()
        };
        let before = plans().await;
        store.commit_plans(&lease, vec![plan], t0()).await.unwrap();
        assert_eq!(plans().await, before + 1, "{what}");
    }
}

pub(super) async fn a_word_on_a_report_ends_with_a_plan_that_does_not_leave_it_out(
    store: &dyn Store,
) {
    let lease = leased(store).await;
    let report = samples::report("R00A", &[100]);
    take_in(store, &lease, &[&report]).await;
    let skip = skipped();
    let ids = std::slice::from_ref(&report.id);
    store
        .judge_reports(&lease, ids, skip.clone(), t0())
        .await
        .unwrap();
    for (status, expected) in [
        (ReportStatus::Skipped, Some(skip)),
        (ReportStatus::Planned, None),
    ] {
        let plan = PlanCommit {
            status,
            ..samples::planned(&report, Vec::new())
        };
        store.commit_plans(&lease, vec![plan], t0()).await.unwrap();
        let now = stored(store, "R00A").await.unwrap();
        assert_eq!(now.judgement, expected, "{status:?}");
    }
}

pub(super) async fn a_replacement_by_an_equal_step_frees_what_is_held_and_changes_nothing_else(
    store: &dyn Store,
) {
    let lease = leased(store).await;
    let report = samples::report("R00A", &[100]);
    let step = plan_bill(store, &lease, &report).await;
    let plan = || samples::planned(&report, vec![PlanChange::Replace(step.clone())]);
    let before = trail_length(store, &samples::connection()).await;
    store
        .commit_plans(&lease, vec![plan()], later(1))
        .await
        .unwrap();
    assert_eq!(trail_length(store, &samples::connection()).await, before);
    let escalated = EntryEvent::Escalated {
        cause: samples::unmapped("Travel"),
        record: None,
    };
    store
        .record(&lease, vec![event(&step.key, escalated)], later(2))
        .await
        .unwrap();
    store
        .commit_plans(&lease, vec![plan()], later(3))
        .await
        .unwrap();
    let freed = entry(store, &step.key).await.unwrap();
    assert_eq!((freed.state, freed.step), (EntryState::Planned, step));
}
