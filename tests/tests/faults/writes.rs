//! A POST goes wrong: before it was applied, after it was applied, late, or for all of a batch.

use sync_sandbox::{Effect, Fault, Service};
use sync_tests::Rig;

use crate::support::{RECORDS, after, before, few, impatient, small};

const BILLS: &str = "/bills/bills";
const EXPENSES: &str = "/expenses/expenses";

async fn strike(path: &str, effect: &Effect, sends: usize) {
    let rig = small().await;
    let context = format!("{effect:?} on POST {path}");
    rig.fault(
        Fault::on(Service::FreshBooks, effect.clone())
            .method("POST")
            .path(path),
    );
    let first = rig.sync().await;
    // A void token is renewed on the way: nothing of the pass is lost. Everything else leaves work for the next one.
    let renewed = *effect == Effect::ExpireToken;
    assert_eq!(
        u64::try_from(RECORDS) == Ok(first.written),
        renewed,
        "{context}: {first:?}"
    );
    rig.settle().await;
    rig.assert_each_record_exists_once(&context).await;
    let posts = rig.sandbox.posts();
    let applied = posts.iter().filter(|post| post.status == Some(200)).count();
    // A void token voids every request that is under way with it.
    let refused = posts.iter().filter(|post| post.status == Some(401)).count();
    assert_eq!(
        (applied, posts.len()),
        (RECORDS, sends + refused.saturating_sub(1)),
        "{context}"
    );
    assert!(rig.review().await.is_empty(), "{context}");
}

#[tokio::test]
async fn a_bill_that_was_not_applied_is_sent_once_more_and_exists_once() {
    for effect in before() {
        strike(BILLS, &effect, RECORDS + 1).await;
    }
}

#[tokio::test]
async fn an_expense_that_was_not_applied_is_sent_once_more_and_exists_once() {
    for effect in before() {
        strike(EXPENSES, &effect, RECORDS + 1).await;
    }
}

#[tokio::test]
async fn a_bill_whose_answer_was_lost_is_adopted_and_never_sent_again() {
    for effect in after() {
        strike(BILLS, &effect, RECORDS).await;
    }
}

#[tokio::test]
async fn an_expense_whose_answer_was_lost_is_adopted_and_never_sent_again() {
    for effect in after() {
        strike(EXPENSES, &effect, RECORDS).await;
    }
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_a_lost_answer() {
    for path in [BILLS, EXPENSES] {
        let rig = impatient().await;
        rig.fault(
            Fault::on(Service::FreshBooks, Effect::DelayAfter { ms: 2_500 })
                .method("POST")
                .path(path),
        );
        rig.sync().await;
        rig.settle().await;
        rig.assert_each_record_exists_once(path).await;
    }
}

#[tokio::test]
async fn a_request_that_is_carried_out_late_is_found_by_a_later_listing() {
    for path in [BILLS, EXPENSES] {
        let rig = impatient().await;
        rig.fault(
            Fault::on(Service::FreshBooks, Effect::DelayBefore { ms: 1_500 })
                .method("POST")
                .path(path),
        );
        rig.sync().await;
        // By the stand-in's clock it lands within the quiet time.
        tokio::time::sleep(std::time::Duration::from_millis(1_600)).await;
        rig.settle().await;
        rig.assert_each_record_exists_once(path).await;
    }
}

#[tokio::test]
async fn a_record_that_the_next_listing_does_not_show_yet_is_not_written_again() {
    for path in [BILLS, EXPENSES] {
        let rig = small().await;
        rig.fault(
            Fault::on(Service::FreshBooks, Effect::DropAfter)
                .method("POST")
                .path(path),
        );
        // The listing before the writes is true; the two after them lag.
        rig.fault(
            Fault::on(Service::FreshBooks, Effect::StaleList { newest: 3 })
                .method("GET")
                .path(path)
                .nth(3)
                .times(2),
        );
        assert_eq!(rig.sync().await.unconfirmed, 1, "{path}");
        rig.settle().await;
        rig.assert_each_record_exists_once(path).await;
        assert_eq!(rig.sandbox.posts().len(), RECORDS, "{path}");
    }
}

#[tokio::test]
async fn when_every_answer_is_lost_the_ledger_is_left_alone_and_everything_is_adopted_later() {
    for effect in [Effect::DropAfter, Effect::StatusAfter { status: 503 }] {
        let rig = small().await;
        rig.fault(
            Fault::on(Service::FreshBooks, effect.clone())
                .method("POST")
                .every(),
        );
        let summary = rig.sync().await;
        assert!(summary.interrupted.is_some(), "{effect:?}: {summary:?}");
        rig.sandbox.clear_faults();
        rig.settle().await;
        rig.assert_each_record_exists_once(&format!("{effect:?}"))
            .await;
        assert_eq!(rig.sandbox.posts().len(), RECORDS, "{effect:?}");
    }
}

#[tokio::test]
async fn a_service_that_is_down_for_hours_costs_nothing_but_time() {
    let rig = small().await;
    rig.fault(Fault::on(Service::FreshBooks, Effect::StatusBefore { status: 503 }).every());
    for _ in 0..3 {
        rig.advance(std::time::Duration::from_hours(2));
        rig.try_sync().await.unwrap_err();
    }
    assert!(rig.sandbox.posts().is_empty());
    rig.sandbox.clear_faults();
    rig.settle().await;
    rig.assert_each_record_exists_once("after the outage").await;
}

#[tokio::test]
async fn a_bill_number_taken_by_a_racing_installation_is_a_hit() {
    let mut scenario = few();
    scenario
        .expensify
        .reports
        .retain(|report| report.id == "R00DemoAmara1");
    let rig = Rig::of(scenario).await;
    assert_eq!(rig.second_installation().await.sync().await.written, 1);
    // The other installation's bill does not show in our listings before the writes yet, as in a race.
    rig.fault(
        Fault::on(Service::FreshBooks, Effect::StaleList { newest: 99 })
            .method("GET")
            .path(BILLS)
            .times(2),
    );
    rig.sandbox.clear_requests();
    let summary = rig.sync().await;
    assert_eq!(
        (summary.written, summary.adopted, rig.sandbox.posts().len()),
        (0, 1, 1),
        "{summary:?}"
    );
    rig.settle().await;
    rig.assert_each_record_exists_once("a race").await;
}
