//! Queries: order, paging, filters, bounds, isolation.

use super::{TTL, entry, items, leased, plan_bill, t0, take_in};
use crate::model::{ConnectionId, RecordKind, ReportId};
use crate::plan::{SkipReason, StepKey};
use crate::ports::{EntryQuery, IntakeBatch, ReportQuery, Store, StoreCounts};
use crate::state::{EntryEvent, PlanChange, PlanCommit, ReportStatus, StateName, Watermark};
use crate::testing::samples;

pub(super) async fn reports_come_in_order_by_page_and_filter(store: &dyn Store) {
    let main = samples::connection();
    let lease = leased(store).await;
    let reports = ["R00C", "R00A", "R00D", "R00B"].map(|id| samples::report(id, &[100]));
    take_in(store, &lease, &reports.each_ref()).await;
    let status = |id: usize, status| PlanCommit {
        status,
        ..samples::planned(&reports[id], Vec::new())
    };
    let plans = vec![
        status(0, ReportStatus::Planned),
        status(1, ReportStatus::OutOfScope(SkipReason::BeforeStartDate)),
        status(2, ReportStatus::OutOfScope(SkipReason::OtherMode)),
    ];
    store.commit_plans(&lease, plans, t0()).await.unwrap();

    let ids = async |query: ReportQuery| -> Vec<String> {
        store
            .reports(&main, &query)
            .await
            .unwrap()
            .iter()
            .map(|row| row.report.id.to_string())
            .collect()
    };
    let all = ReportQuery {
        limit: 10,
        ..ReportQuery::default()
    };
    assert_eq!(ids(all.clone()).await, ["R00A", "R00B", "R00C", "R00D"]);
    assert_eq!(
        ids(ReportQuery {
            limit: 2,
            ..all.clone()
        })
        .await,
        ["R00A", "R00B"]
    );
    let after = Some(ReportId::new("R00B"));
    assert_eq!(
        ids(ReportQuery {
            after,
            ..all.clone()
        })
        .await,
        ["R00C", "R00D"]
    );
    let wanted = vec![
        ReportId::new("R00D"),
        ReportId::new("R00A"),
        ReportId::new("R00Z"),
    ];
    assert_eq!(
        ids(ReportQuery {
            ids: wanted,
            ..all.clone()
        })
        .await,
        ["R00A", "R00D"]
    );
    // Whatever the reason asked for, every reason matches.
    let statuses = vec![ReportStatus::OutOfScope(SkipReason::EmptyReport)];
    assert_eq!(
        ids(ReportQuery {
            statuses: statuses.clone(),
            ..all.clone()
        })
        .await,
        ["R00A", "R00D"]
    );
    let both = vec![ReportStatus::New, ReportStatus::Planned];
    assert_eq!(
        ids(ReportQuery {
            statuses: both,
            ..all.clone()
        })
        .await,
        ["R00B", "R00C"]
    );
    let combined = ReportQuery {
        statuses,
        after: Some(ReportId::new("R00A")),
        limit: 1,
        ..ReportQuery::default()
    };
    assert_eq!(ids(combined).await, ["R00D"]);
    let kept = store
        .reports(&main, &ReportQuery { limit: 1, ..all })
        .await
        .unwrap();
    assert_eq!(
        kept[0].status,
        ReportStatus::OutOfScope(SkipReason::BeforeStartDate),
        "the reason is kept"
    );
}

pub(super) async fn entries_come_in_order_by_page_and_filter(store: &dyn Store) {
    let main = samples::connection();
    let lease = leased(store).await;
    for id in ["R00C", "R00A", "R00D", "R00B"] {
        plan_bill(store, &lease, &samples::report(id, &[100])).await;
    }
    let key = |id: &str| StepKey::from_stored(format!("EXP-{id}"));
    store
        .begin_sends(&lease, &[key("R00B"), key("R00C")], t0())
        .await
        .unwrap();
    let keys = async |query: EntryQuery| -> Vec<String> {
        store
            .entries(&main, &query)
            .await
            .unwrap()
            .iter()
            .map(|row| row.key.to_string())
            .collect()
    };
    let all = EntryQuery {
        limit: 10,
        ..EntryQuery::default()
    };
    assert_eq!(
        keys(all.clone()).await,
        ["EXP-R00A", "EXP-R00B", "EXP-R00C", "EXP-R00D"]
    );
    assert_eq!(
        keys(EntryQuery {
            limit: 1,
            ..all.clone()
        })
        .await,
        ["EXP-R00A"]
    );
    let after = Some(key("R00B"));
    assert_eq!(
        keys(EntryQuery {
            after: after.clone(),
            ..all.clone()
        })
        .await,
        ["EXP-R00C", "EXP-R00D"]
    );
    let states = vec![StateName::Sending];
    assert_eq!(
        keys(EntryQuery {
            states: states.clone(),
            ..all.clone()
        })
        .await,
        ["EXP-R00B", "EXP-R00C"]
    );
    assert_eq!(
        keys(EntryQuery {
            states,
            after,
            ..all.clone()
        })
        .await,
        ["EXP-R00C"]
    );
    let reports = vec![ReportId::new("R00D"), ReportId::new("R00A")];
    assert_eq!(
        keys(EntryQuery {
            reports: reports.clone(),
            ..all.clone()
        })
        .await,
        ["EXP-R00A", "EXP-R00D"]
    );
    let keyed = vec![key("R00D"), key("R00B")];
    assert_eq!(
        keys(EntryQuery {
            keys: keyed.clone(),
            ..all.clone()
        })
        .await,
        ["EXP-R00B", "EXP-R00D"]
    );
    assert_eq!(
        keys(EntryQuery {
            keys: keyed,
            reports,
            ..all
        })
        .await,
        ["EXP-R00D"]
    );
}

pub(super) async fn counts_are_by_status_kind_and_state(store: &dyn Store) {
    let main = samples::connection();
    assert_eq!(store.counts(&main).await.unwrap(), StoreCounts::default());
    let lease = leased(store).await;
    let first = samples::report("R00A", &[100]);
    let key = plan_bill(store, &lease, &first).await.key;
    plan_bill(store, &lease, &samples::report("R00B", &[100])).await;
    let others = ["R00C", "R00D", "R00E"].map(|id| samples::report(id, &[100]));
    take_in(store, &lease, &others.each_ref()).await;
    let status = |id: usize, status| PlanCommit {
        status,
        ..samples::planned(&others[id], Vec::new())
    };
    let plans = vec![
        samples::planned(
            &first,
            vec![PlanChange::Insert(samples::vendor_step(&first))],
        ),
        status(0, ReportStatus::OutOfScope(SkipReason::OtherMode)),
        status(1, ReportStatus::OutOfScope(SkipReason::BeforeStartDate)),
    ];
    store.commit_plans(&lease, plans, t0()).await.unwrap();
    store.begin_sends(&lease, &[key], t0()).await.unwrap();
    let counts = store.counts(&main).await.unwrap();
    assert_eq!(
        counts.reports,
        [
            (ReportStatus::New, 1),
            (ReportStatus::Planned, 2),
            (ReportStatus::OutOfScope(SkipReason::BeforeStartDate), 1),
            (ReportStatus::OutOfScope(SkipReason::OtherMode), 1),
        ]
    );
    assert_eq!(
        counts.entries,
        [
            (RecordKind::Bill, StateName::Planned, 1),
            (RecordKind::Bill, StateName::Sending, 1),
            (RecordKind::Vendor, StateName::Planned, 1),
        ]
    );
}

pub(super) async fn limits_are_bounded_by_the_store(store: &dyn Store) {
    let main = samples::connection();
    let lease = leased(store).await;
    plan_bill(store, &lease, &samples::report("R00A", &[100])).await;
    for (limit, rows) in [(0, 0), (1, 1), (u32::MAX, 1)] {
        let reports = store
            .reports(
                &main,
                &ReportQuery {
                    limit,
                    ..ReportQuery::default()
                },
            )
            .await
            .unwrap();
        let entries = store
            .entries(
                &main,
                &EntryQuery {
                    limit,
                    ..EntryQuery::default()
                },
            )
            .await
            .unwrap();
        let audit = store.audit(&main, 0, limit).await.unwrap();
        assert_eq!(
            (reports.len(), entries.len(), audit.len()),
            (rows, rows, rows),
            "limit {limit}"
        );
    }
    let many: Vec<_> = (0..10_001)
        .map(|n| samples::report(&format!("R{n:06}"), &[]))
        .collect();
    let batch = IntakeBatch {
        reports: many,
        ..IntakeBatch::default()
    };
    store.intake(&lease, batch, t0()).await.unwrap();
    let query = ReportQuery {
        limit: u32::MAX,
        ..ReportQuery::default()
    };
    assert_eq!(store.reports(&main, &query).await.unwrap().len(), 10_000);
}

pub(super) async fn hostile_text_reads_back_as_it_was(store: &dyn Store) {
    let lease = leased(store).await;
    let hostile = "'; DROP TABLE reports;-- \u{0}\u{202e}\"\\\n=1+1,🧾 %_";
    let mut report = samples::report("R00A", &[100]);
    report.name = hostile.to_owned();
    report.expenses[0].comment = hostile.to_owned();
    report.expenses[0].category = Some(hostile.to_owned());
    let step = plan_bill(store, &lease, &report).await;
    let held = samples::held(&report, vec![samples::unmapped(hostile)]);
    store.commit_plans(&lease, vec![held], t0()).await.unwrap();
    let query = ReportQuery {
        limit: 10,
        ..ReportQuery::default()
    };
    assert_eq!(
        store.reports(&samples::connection(), &query).await.unwrap()[0].report,
        report
    );
    assert_eq!(entry(store, &step.key).await.unwrap().step, step);
    assert_eq!(items(store).await[0].cause, samples::unmapped(hostile));
}

pub(super) async fn connections_never_see_each_others_rows(store: &dyn Store) {
    let other = ConnectionId::new("other");
    let lease = leased(store).await;
    let report = samples::report("R00A", &[100]);
    let step = plan_bill(store, &lease, &report).await;
    let held = samples::held(&report, vec![samples::unmapped("Meals")]);
    store.commit_plans(&lease, vec![held], t0()).await.unwrap();
    let watermark = Some(Watermark {
        approved_through: samples::day(),
        swept_on: None,
    });
    store
        .intake(
            &lease,
            IntakeBatch {
                watermark,
                ..IntakeBatch::default()
            },
            t0(),
        )
        .await
        .unwrap();

    let reports = ReportQuery {
        limit: 10,
        ..ReportQuery::default()
    };
    let entries = EntryQuery {
        limit: 10,
        ..EntryQuery::default()
    };
    assert!(store.reports(&other, &reports).await.unwrap().is_empty());
    assert!(store.entries(&other, &entries).await.unwrap().is_empty());
    assert!(store.review_items(&other, false).await.unwrap().is_empty());
    assert!(store.audit(&other, 0, 10).await.unwrap().is_empty());
    assert!(store.watermark(&other).await.unwrap().is_none());
    assert!(
        store
            .expense_owners(&other, &step.expenses)
            .await
            .unwrap()
            .is_empty()
    );

    // The same report in another connection is another row, whatever happens to it there.
    let theirs = store
        .acquire_lease(&other, "check", TTL, t0())
        .await
        .unwrap();
    assert!(
        store
            .begin_sends(&theirs, std::slice::from_ref(&step.key), t0())
            .await
            .unwrap()
            .is_empty()
    );
    take_in(store, &theirs, &[&report]).await;
    let plan = samples::planned(&report, vec![PlanChange::Insert(step.clone())]);
    store.commit_plans(&theirs, vec![plan], t0()).await.unwrap();
    let skip = EntryEvent::Skip {
        by: "ann".to_owned(),
        reason: "no".to_owned(),
    };
    store
        .record(&theirs, vec![super::event(&step.key, skip)], t0())
        .await
        .unwrap();
    assert_eq!(
        entry(store, &step.key).await.unwrap().state.name(),
        StateName::Planned
    );
    assert!(store.review_items(&other, false).await.unwrap().is_empty());
    let held = samples::held(&report, vec![samples::unmapped("Meals")]);
    store.commit_plans(&theirs, vec![held], t0()).await.unwrap();
    assert_eq!(
        store.review_items(&other, false).await.unwrap()[0].number,
        1,
        "numbers count per connection"
    );
    assert_eq!(items(store).await[0].blocks.len(), 1);
}
