//! Queries: order, paging, filters, bounds, isolation.

use super::{TTL, entry, event, items, leased, plan_bill, t0, take_in};
use crate::model::{ConnectionId, RecordKind, ReportId};
use crate::plan::{SkipReason, StepKey};
use crate::ports::{EntryQuery, IntakeBatch, ReportQuery, Store, StoreCounts};
use crate::state::{EntryEvent, PlanChange, PlanCommit, ReportStatus, StateName, Watermark};
use crate::testing::samples;

pub(super) async fn reports_come_in_order_by_page_and_filter(store: &dyn Store) {
    let lease = leased(store).await;
    let reports = ["R00C", "R00A", "R00D", "R00B"].map(|id| samples::report(id, &[100]));
    take_in(store, &lease, &reports.each_ref()).await;
    let before_start = ReportStatus::OutOfScope(SkipReason::BeforeStartDate);
    let plan = |position: usize, status| PlanCommit {
        status,
        ..samples::planned(&reports[position], Vec::new())
    };
    let other_mode = ReportStatus::OutOfScope(SkipReason::OtherMode);
    let plans = vec![
        plan(0, ReportStatus::Planned),
        plan(1, before_start),
        plan(2, other_mode),
    ];
    store.commit_plans(&lease, plans, t0()).await.unwrap();

    let all = || ReportQuery {
        limit: 10,
        ..ReportQuery::default()
    };
    let after = |id: &str| Some(ReportId::new(id));
    let ids = |ids: &[&str]| ids.iter().map(|id| ReportId::new(*id)).collect::<Vec<_>>();
    // Whatever the reason asked for, every reason matches.
    let out_of_scope = || vec![ReportStatus::OutOfScope(SkipReason::EmptyReport)];
    let cases = [
        (all(), "R00A R00B R00C R00D"),
        (ReportQuery { limit: 2, ..all() }, "R00A R00B"),
        (
            ReportQuery {
                after: after("R00B"),
                ..all()
            },
            "R00C R00D",
        ),
        (
            ReportQuery {
                ids: ids(&["R00D", "R00A", "R00Z"]),
                ..all()
            },
            "R00A R00D",
        ),
        (
            ReportQuery {
                statuses: out_of_scope(),
                ..all()
            },
            "R00A R00D",
        ),
        (
            ReportQuery {
                statuses: out_of_scope(),
                after: after("R00A"),
                limit: 1,
                ..all()
            },
            "R00D",
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(found_reports(store, &query).await, expected, "{query:?}");
    }
    let statuses = vec![ReportStatus::New, ReportStatus::Planned];
    let query = ReportQuery { statuses, ..all() };
    assert_eq!(found_reports(store, &query).await, "R00B R00C");
    let page = store.reports(&samples::connection(), &all()).await.unwrap();
    assert_eq!(page[0].status, before_start, "the reason is kept");
}

pub(super) async fn entries_come_in_order_by_page_and_filter(store: &dyn Store) {
    let lease = leased(store).await;
    for id in ["R00C", "R00A", "R00D", "R00B"] {
        plan_bill(store, &lease, &samples::report(id, &[100])).await;
    }
    let key = |id: &str| StepKey::from_stored(format!("EXP-{id}"));
    let sent = [key("R00B"), key("R00C")];
    store.begin_sends(&lease, &sent, t0()).await.unwrap();

    let all = || EntryQuery {
        limit: 10,
        ..EntryQuery::default()
    };
    let sending = || vec![StateName::Sending];
    let reports = || vec![ReportId::new("R00D"), ReportId::new("R00A")];
    let keys = || vec![key("R00D"), key("R00B")];
    let after = || Some(key("R00B"));
    let cases = [
        (all(), "A B C D"),
        (EntryQuery { limit: 1, ..all() }, "A"),
        (
            EntryQuery {
                after: after(),
                ..all()
            },
            "C D",
        ),
        (
            EntryQuery {
                states: sending(),
                ..all()
            },
            "B C",
        ),
        (
            EntryQuery {
                states: sending(),
                after: after(),
                ..all()
            },
            "C",
        ),
        (
            EntryQuery {
                reports: reports(),
                ..all()
            },
            "A D",
        ),
        (
            EntryQuery {
                keys: keys(),
                ..all()
            },
            "B D",
        ),
        (
            EntryQuery {
                keys: keys(),
                reports: reports(),
                ..all()
            },
            "D",
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(found_entries(store, &query).await, expected, "{query:?}");
    }
}

pub(super) async fn a_list_of_ids_is_paged_like_any_query(store: &dyn Store) {
    let lease = leased(store).await;
    for id in ["R00A", "R00B", "R00C"] {
        plan_bill(store, &lease, &samples::report(id, &[100])).await;
    }
    let ids: Vec<_> = ["R00C", "R00A", "R00B"].map(ReportId::new).to_vec();
    let keys = ids
        .iter()
        .map(|id| StepKey::from_stored(format!("EXP-{id}")));
    let mut entries = EntryQuery {
        keys: keys.collect(),
        limit: 2,
        ..EntryQuery::default()
    };
    assert_eq!(found_entries(store, &entries).await, "A B");
    entries.after = Some(StepKey::from_stored("EXP-R00B"));
    assert_eq!(found_entries(store, &entries).await, "C");
    let mut reports = ReportQuery {
        ids,
        limit: 2,
        ..ReportQuery::default()
    };
    assert_eq!(found_reports(store, &reports).await, "R00A R00B");
    reports.after = Some(ReportId::new("R00B"));
    assert_eq!(found_reports(store, &reports).await, "R00C");
}

async fn found_reports(store: &dyn Store, query: &ReportQuery) -> String {
    let page = store.reports(&samples::connection(), query).await.unwrap();
    let ids: Vec<_> = page.iter().map(|row| row.report.id.as_str()).collect();
    ids.join(" ")
}

async fn found_entries(store: &dyn Store, query: &EntryQuery) -> String {
    let page = store.entries(&samples::connection(), query).await.unwrap();
    let keys: Vec<_> = page
        .iter()
        .map(|row| row.key.as_str().replace("EXP-R00", ""))
        .collect();
    keys.join(" ")
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
    report.name = String::from(hostile);
    report.expenses[0].comment = String::from(hostile);
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
    let batch = IntakeBatch {
        watermark,
        ..IntakeBatch::default()
    };
    store.intake(&lease, batch, t0()).await.unwrap();

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
    assert_eq!(store.counts(&other).await.unwrap(), StoreCounts::default());
}

pub(super) async fn one_report_in_two_connections_is_two_rows(store: &dyn Store) {
    let other = ConnectionId::new("other");
    let lease = leased(store).await;
    let report = samples::report("R00A", &[100]);
    let step = plan_bill(store, &lease, &report).await;
    let held = || vec![samples::held(&report, vec![samples::unmapped("Meals")])];
    store.commit_plans(&lease, held(), t0()).await.unwrap();

    let theirs = store
        .acquire_lease(&other, "check", TTL, t0())
        .await
        .unwrap();
    let keys = std::slice::from_ref(&step.key);
    assert!(
        store
            .begin_sends(&theirs, keys, t0())
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
        .record(&theirs, vec![event(&step.key, skip)], t0())
        .await
        .unwrap();
    assert_eq!(
        entry(store, &step.key).await.unwrap().state.name(),
        StateName::Planned
    );
    assert!(store.review_items(&other, false).await.unwrap().is_empty());
    store.commit_plans(&theirs, held(), t0()).await.unwrap();
    let queue = store.review_items(&other, false).await.unwrap();
    assert_eq!(queue[0].number, 1, "numbers count per connection");
    assert_eq!(items(store).await[0].blocks.len(), 1);
}
