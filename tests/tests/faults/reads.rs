//! A read goes wrong: an export, its download, a listing, the reference data. Nothing is written on half a truth.

use std::time::Duration;

use sync_core::ErrorKind;
use sync_sandbox::{Effect, Fault, NotReadyForm, Service};
use sync_tests::{Rig, RigOptions};

use crate::support::{after, before, few, impatient, small};

/// Asserts that a pass under this fault does nothing, and that the next one without it does everything.
async fn nothing_then_everything(rig: &Rig, fault: Fault, context: &str) {
    rig.fault(fault.every());
    let error = rig.try_sync().await.unwrap_err();
    assert!(
        matches!(
            error.kind(),
            ErrorKind::Unavailable | ErrorKind::Invalid | ErrorKind::Unauthorized
        ),
        "{context}: {error}"
    );
    assert!(rig.sandbox.posts().is_empty(), "{context}: {error}");
    rig.sandbox.clear_faults();
    // An expired token and a request to slow down are over after a while.
    rig.settle().await;
    rig.assert_each_record_exists_once(context).await;
    assert_eq!(
        rig.sandbox.posts().len(),
        crate::support::RECORDS,
        "{context}"
    );
}

/// What makes a read of JSON fail for good. A delay is over when the client's patience is.
fn failures() -> Vec<Effect> {
    let all = before().into_iter().chain(after());
    all.filter(|effect| !matches!(effect, Effect::Throttle { .. }))
        .collect()
}

#[tokio::test]
async fn an_export_that_fails_leaves_no_trace_and_the_next_pass_is_whole() {
    for effect in failures() {
        let rig = impatient().await;
        let context = format!("{effect:?} on the export");
        rig.fault(Fault::on(Service::Expensify, effect).job("file").every());
        let error = rig.try_sync().await.unwrap_err();
        assert_ne!(error.kind(), ErrorKind::Internal, "{context}: {error}");
        untouched(&rig, &context).await;
        rig.sandbox.clear_faults();
        assert_eq!(rig.sync().await.written, 5, "{context}");
        rig.assert_each_record_exists_once(&context).await;
    }
}

#[tokio::test]
async fn a_download_that_fails_leaves_no_trace_and_the_next_pass_is_whole() {
    let mut effects = failures();
    effects.extend([
        Effect::Truncate { bytes: 2_000 },
        Effect::CutBody { bytes: 2_000 },
        Effect::CutBody { bytes: 3 },
    ]);
    for effect in effects {
        let rig = impatient().await;
        let context = format!("{effect:?} on the download");
        rig.fault(
            Fault::on(Service::Expensify, effect)
                .job("download")
                .every(),
        );
        let error = rig.try_sync().await.unwrap_err();
        assert_ne!(error.kind(), ErrorKind::Internal, "{context}: {error}");
        untouched(&rig, &context).await;
        rig.sandbox.clear_faults();
        assert_eq!(rig.sync().await.written, 5, "{context}");
        rig.assert_each_record_exists_once(&context).await;
    }
}

async fn untouched(rig: &Rig, context: &str) {
    assert_eq!(rig.watermark().await, None, "{context}");
    assert!(rig.entries().await.is_empty(), "{context}");
    assert!(rig.sandbox.posts().is_empty(), "{context}");
}

#[tokio::test]
async fn one_bad_answer_of_expensify_is_asked_again_within_the_same_pass() {
    for job in ["file", "download"] {
        for effect in [
            Effect::StatusBefore { status: 503 },
            Effect::Throttle {
                retry_after: Some(0),
            },
        ] {
            let rig = small().await;
            rig.fault(Fault::on(Service::Expensify, effect.clone()).job(job));
            assert_eq!(rig.sync().await.written, 5, "{effect:?} on {job}");
        }
    }
}

#[tokio::test]
async fn a_file_that_is_not_ready_is_waited_for_whatever_the_answer_looks_like() {
    for form in [
        NotReadyForm::Empty,
        NotReadyForm::Json,
        NotReadyForm::Html404,
        NotReadyForm::Html500,
    ] {
        let mut scenario = few();
        scenario.expensify.settings.not_ready_polls = 3;
        scenario.expensify.settings.not_ready_form = form;
        let rig = Rig::of(scenario).await;
        let summary = rig.sync().await;
        assert_eq!(
            (summary.written, summary.requests.source.downloads),
            (5, 4),
            "{form:?}"
        );
    }
}

#[tokio::test]
async fn a_file_that_never_becomes_ready_is_given_up_and_nothing_is_written() {
    for form in [
        NotReadyForm::Empty,
        NotReadyForm::Json,
        NotReadyForm::Html404,
        NotReadyForm::Html500,
        NotReadyForm::Partial,
    ] {
        let mut scenario = few();
        scenario.expensify.settings.not_ready_polls = 1_000_000;
        scenario.expensify.settings.not_ready_form = form;
        let file_patience = Duration::from_millis(300);
        let rig = Rig::with(RigOptions {
            scenario,
            file_patience,
            ..RigOptions::default()
        })
        .await;
        let error = rig.try_sync().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{form:?}: {error}");
        untouched(&rig, &format!("{form:?}")).await;
    }
}

#[tokio::test]
async fn a_listing_that_fails_proves_nothing_so_nothing_is_sent() {
    for path in ["/bills/bills", "/expenses/expenses"] {
        for effect in failures() {
            let rig = small().await;
            let context = format!("{effect:?} on GET {path}");
            let fault = Fault::on(Service::FreshBooks, effect)
                .method("GET")
                .path(path);
            nothing_then_everything(&rig, fault, &context).await;
        }
    }
}

#[tokio::test]
async fn reference_data_that_cannot_be_read_holds_up_planning_and_nothing_is_sent() {
    for path in [
        "/bill_vendors/bill_vendors",
        "/expenses/categories",
        "/ledger_accounts",
    ] {
        for effect in [
            Effect::DropBefore,
            Effect::StatusBefore { status: 503 },
            Effect::Truncate { bytes: 20 },
        ] {
            let rig = small().await;
            let context = format!("{effect:?} on GET {path}");
            let fault = Fault::on(Service::FreshBooks, effect)
                .method("GET")
                .path(path);
            nothing_then_everything(&rig, fault, &context).await;
        }
    }
}

#[tokio::test]
async fn a_listing_after_the_writes_that_fails_leaves_them_to_the_next_pass() {
    let rig = small().await;
    rig.fault(
        Fault::on(Service::FreshBooks, Effect::StatusBefore { status: 500 })
            .method("GET")
            .path("/bills/bills")
            .nth(3)
            .every(),
    );
    rig.try_sync().await.unwrap_err();
    assert_eq!(rig.sandbox.posts().len(), 5);
    rig.sandbox.clear_faults();
    rig.settle().await;
    rig.assert_each_record_exists_once("read back later").await;
    assert_eq!(rig.sandbox.posts().len(), 5);
}
