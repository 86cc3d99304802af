//! Taking reports in, and what is noted on them.

use super::{items, later, leased, skipped, stored, t0, take_in, trail_length};
use crate::error::ErrorKind;
use crate::model::{ExpenseReport, ReportId, ReportState};
use crate::ports::{IntakeBatch, IntakeSummary, ReportQuery, Store};
use crate::state::{Absence, Judgement, ReportStatus, ReviewStatus, Watermark};
use crate::testing::conformance::refused;
use crate::testing::samples;

pub(super) async fn new_changed_and_unchanged_reports_are_told_apart(store: &dyn Store) {
    let lease = leased(store).await;
    let first = samples::report("R00A", &[100]);
    let second = samples::report("R00B", &[200]);
    let batch = IntakeBatch {
        reports: vec![first.clone(), second.clone()],
        ..IntakeBatch::default()
    };
    let summary = store.intake(&lease, batch, t0()).await.unwrap();
    assert_eq!(
        summary,
        IntakeSummary {
            new: 2,
            changed: 0,
            unchanged: 0
        }
    );
    let plan = samples::planned(&first, Vec::new());
    store.commit_plans(&lease, vec![plan], t0()).await.unwrap();

    let mut paid = first.clone();
    paid.name = String::from("Renamed");
    paid.state = ReportState::Reimbursed;
    let edited = samples::report("R00B", &[201]);
    let batch = IntakeBatch {
        reports: vec![paid, edited.clone()],
        ..IntakeBatch::default()
    };
    let summary = store.intake(&lease, batch, later(5)).await.unwrap();
    assert_eq!(
        summary,
        IntakeSummary {
            new: 0,
            changed: 1,
            unchanged: 1
        }
    );

    let first_now = stored(store, "R00A").await.unwrap();
    assert_eq!(
        first_now.status,
        ReportStatus::Planned,
        "equal content keeps its status"
    );
    assert_eq!(
        (first_now.report.name.as_str(), &first_now.report.state),
        ("Renamed", &ReportState::Reimbursed)
    );
    assert_eq!(
        (first_now.first_seen_at, first_now.seen_at),
        (t0(), later(5))
    );
    let second_now = stored(store, "R00B").await.unwrap();
    assert_eq!(second_now.status, ReportStatus::New);
    assert_eq!(
        (&second_now.content, &second_now.report),
        (&edited.fingerprint(), &edited)
    );
    assert_eq!(
        (second_now.first_seen_at, second_now.seen_at),
        (t0(), later(5))
    );
}

pub(super) async fn a_report_given_twice_in_a_batch_is_stored_once(store: &dyn Store) {
    let lease = leased(store).await;
    let reports = vec![
        samples::report("R00A", &[100]),
        samples::report("R00A", &[300]),
    ];
    let summary = store
        .intake(
            &lease,
            IntakeBatch {
                reports,
                ..IntakeBatch::default()
            },
            t0(),
        )
        .await
        .unwrap();
    assert_eq!(
        summary,
        IntakeSummary {
            new: 1,
            changed: 1,
            unchanged: 0
        }
    );
    assert_eq!(
        stored(store, "R00A").await.unwrap().report,
        samples::report("R00A", &[300])
    );
}

pub(super) async fn a_request_is_remembered(store: &dyn Store) {
    let lease = leased(store).await;
    let report = samples::report("R00A", &[100]);
    let batch = |requested| IntakeBatch {
        reports: vec![report.clone()],
        requested,
        ..IntakeBatch::default()
    };
    for (requested, expected) in [(false, false), (true, true), (false, true)] {
        store.intake(&lease, batch(requested), t0()).await.unwrap();
        assert_eq!(stored(store, "R00A").await.unwrap().requested, expected);
    }
    take_in(store, &lease, &[&samples::report("R00A", &[100, 1])]).await;
    assert!(
        stored(store, "R00A").await.unwrap().requested,
        "also when it changed"
    );
}

pub(super) async fn looks_that_do_not_show_a_report_are_counted_until_it_is_shown(
    store: &dyn Store,
) {
    let lease = leased(store).await;
    let report = samples::report("R00A", &[100]);
    take_in(store, &lease, &[&report]).await;
    let absent = || IntakeBatch {
        absent: vec![ReportId::new("R00A"), ReportId::new("R00Unheard")],
        ..IntakeBatch::default()
    };
    let before = trail_length(store, &samples::connection()).await;
    store.intake(&lease, absent(), later(1)).await.unwrap();
    store.intake(&lease, absent(), later(2)).await.unwrap();
    assert_eq!(
        trail_length(store, &samples::connection()).await,
        before + 2,
        "one per look"
    );
    let counted = Absence {
        looks: 2,
        since: later(1),
        last: later(2),
    };
    let held = stored(store, "R00A").await.unwrap();
    assert_eq!((held.absence, held.seen_at), (Some(counted), t0()));
    // The clock was ahead and has been put right: the wait begins now, not when that clock would have been right.
    store.intake(&lease, absent(), t0()).await.unwrap();
    let counted = Absence {
        looks: 3,
        since: t0(),
        last: t0(),
    };
    assert_eq!(stored(store, "R00A").await.unwrap().absence, Some(counted));
    // What is concluded from them keeps them, and was not seen.
    let vanished = IntakeBatch {
        reports: vec![ExpenseReport {
            state: ReportState::Vanished,
            ..report.clone()
        }],
        ..IntakeBatch::default()
    };
    store.intake(&lease, vanished, later(3)).await.unwrap();
    let held = stored(store, "R00A").await.unwrap();
    assert_eq!((held.absence, held.seen_at), (Some(counted), t0()));
    assert_eq!(held.status, ReportStatus::New);
    take_in(store, &lease, &[&report]).await;
    let held = stored(store, "R00A").await.unwrap();
    assert_eq!(held.absence, None);
    assert_eq!(held.report.state, ReportState::Approved);
    assert!(stored(store, "R00Unheard").await.is_none());
}

pub(super) async fn the_watermark_moves_only_with_the_batch_that_brings_it(store: &dyn Store) {
    let main = samples::connection();
    let lease = leased(store).await;
    take_in(store, &lease, &[&samples::report("R00A", &[100])]).await;
    assert_eq!(store.watermark(&main).await.unwrap(), None);
    let watermark = Watermark {
        approved_through: samples::day(),
        swept_on: None,
    };
    let batch = IntakeBatch {
        watermark: Some(watermark),
        ..IntakeBatch::default()
    };
    store.intake(&lease, batch, t0()).await.unwrap();
    take_in(store, &lease, &[&samples::report("R00B", &[100])]).await;
    assert_eq!(store.watermark(&main).await.unwrap(), Some(watermark));
    let next = Watermark {
        swept_on: Some(samples::day()),
        ..watermark
    };
    let batch = IntakeBatch {
        watermark: Some(next),
        ..IntakeBatch::default()
    };
    refused(
        store.intake(&lease, batch, later(120)).await,
        ErrorKind::LeaseLost,
    );
    assert_eq!(
        store.watermark(&main).await.unwrap(),
        Some(watermark),
        "a refused intake moves nothing"
    );
}

pub(super) async fn an_unreadable_report_waits_in_review_until_it_is_read(store: &dyn Store) {
    let lease = leased(store).await;
    let id = ReportId::new("R00A");
    let unreadable = |why: &str| IntakeBatch {
        unreadable: vec![(id.clone(), why.to_owned())],
        ..IntakeBatch::default()
    };
    store
        .intake(&lease, unreadable("amount is no number"), t0())
        .await
        .unwrap();
    store
        .intake(&lease, unreadable("amount is no number"), later(1))
        .await
        .unwrap();
    let open = items(store).await;
    assert_eq!(open.len(), 1);
    assert_eq!(
        (open[0].status, open[0].opened_at),
        (ReviewStatus::Open, t0())
    );
    assert_eq!(open[0].reports(), [&id]);
    // A plan of an older version of the report does not make the newer one readable.
    let report = samples::report("R00A", &[100]);
    take_in(store, &lease, &[&report]).await;
    assert_eq!(items(store).await[0].status, ReviewStatus::Closed);
    store
        .intake(&lease, unreadable("amount is no number"), later(2))
        .await
        .unwrap();
    store
        .commit_plans(
            &lease,
            vec![samples::planned(&report, Vec::new())],
            later(3),
        )
        .await
        .unwrap();
    assert_eq!(items(store).await[0].status, ReviewStatus::Open);
    take_in(store, &lease, &[&report]).await;
    let closed = items(store).await;
    assert_eq!(
        (closed.len(), closed[0].status, closed[0].blocks.len()),
        (1, ReviewStatus::Closed, 0)
    );
}

pub(super) async fn a_changed_report_is_new_again_even_after_a_person_skipped_it(
    store: &dyn Store,
) {
    let lease = leased(store).await;
    let report = samples::report("R00A", &[100]);
    take_in(store, &lease, &[&report]).await;
    let skip = skipped();
    store
        .judge_reports(&lease, std::slice::from_ref(&report.id), skip.clone(), t0())
        .await
        .unwrap();
    take_in(store, &lease, &[&report]).await;
    let now = stored(store, "R00A").await.unwrap();
    assert_eq!(
        (now.status, now.judgement),
        (ReportStatus::Skipped, Some(skip))
    );
    take_in(store, &lease, &[&samples::report("R00A", &[100, 50])]).await;
    let now = stored(store, "R00A").await.unwrap();
    assert_eq!((now.status, now.judgement), (ReportStatus::New, None));
}

pub(super) async fn acknowledgements_are_kept_and_leave_no_trace_twice(store: &dyn Store) {
    let lease = leased(store).await;
    let report = samples::report("R00A", &[100]);
    take_in(store, &lease, &[&report, &samples::report("R00B", &[1])]).await;
    let ids = std::slice::from_ref(&report.id);
    store.acknowledge(&lease, ids, &[], later(1)).await.unwrap();
    let now = stored(store, "R00A").await.unwrap();
    assert!(now.acknowledged && !now.reimbursement_told);
    store.acknowledge(&lease, ids, ids, later(2)).await.unwrap();
    let length = trail_length(store, &samples::connection()).await;
    store.acknowledge(&lease, ids, ids, later(3)).await.unwrap();
    assert_eq!(trail_length(store, &samples::connection()).await, length);
    let now = stored(store, "R00A").await.unwrap();
    assert!(now.acknowledged && now.reimbursement_told);
    let other = stored(store, "R00B").await.unwrap();
    assert!(!other.acknowledged && !other.reimbursement_told);
    for query in [
        ReportQuery {
            unacknowledged: true,
            limit: 10,
            ..ReportQuery::default()
        },
        ReportQuery {
            reimbursement_untold: true,
            limit: 10,
            ..ReportQuery::default()
        },
    ] {
        assert_eq!(
            store.reports(&samples::connection(), &query).await.unwrap(),
            std::slice::from_ref(&other),
            "{query:?}"
        );
    }
}

pub(super) async fn an_acknowledgement_of_an_unknown_report_stores_nothing(store: &dyn Store) {
    let lease = leased(store).await;
    take_in(store, &lease, &[&samples::report("R00A", &[100])]).await;
    let ids = [ReportId::new("R00A"), ReportId::new("R00Z")];
    refused(
        store.acknowledge(&lease, &ids, &[], later(1)).await,
        ErrorKind::Invalid,
    );
    assert!(!stored(store, "R00A").await.unwrap().acknowledged);
}

pub(super) async fn a_persons_word_on_reports_is_kept_and_drops_what_held_them(store: &dyn Store) {
    let lease = leased(store).await;
    let report = samples::report("R00A", &[100]);
    take_in(store, &lease, &[&report]).await;
    let held = samples::held(&report, vec![samples::unmapped("Meals")]);
    store.commit_plans(&lease, vec![held], t0()).await.unwrap();
    let length = trail_length(store, &samples::connection()).await;
    let ids = [report.id.clone(), ReportId::new("R00Z")];
    let skip = skipped();
    store
        .judge_reports(&lease, &ids, skip.clone(), later(1))
        .await
        .unwrap();
    let now = stored(store, "R00A").await.unwrap();
    assert_eq!(
        (now.status, now.judgement),
        (ReportStatus::Skipped, Some(skip))
    );
    assert_eq!(items(store).await[0].status, ReviewStatus::Closed);
    assert!(
        stored(store, "R00Z").await.is_none(),
        "reports that are not there are left out"
    );
    let trail = store.audit(&samples::connection(), 0, 100).await.unwrap();
    assert_eq!(trail.len(), length + 1, "one audit entry per report");
    assert_eq!(trail.last().unwrap().draft.actor, "ann");
    let reopen = Judgement::Reopen {
        by: "bob".to_owned(),
        reason: "cheque bounced".to_owned(),
    };
    store
        .judge_reports(&lease, &ids, reopen, later(2))
        .await
        .unwrap();
    let now = stored(store, "R00A").await.unwrap();
    assert_eq!((now.status, now.judgement), (ReportStatus::New, None));
}
