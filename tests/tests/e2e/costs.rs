//! What a pass costs, counted by the services themselves.

use sync_core::ports::LedgerUsage;
use sync_sandbox::Service;
use sync_tests::Rig;

const BILLS: &str = "/bills/bills";
const EXPENSES: &str = "/expenses/expenses";

#[tokio::test]
async fn a_pass_costs_one_export_one_post_per_record_and_listings_per_window() {
    let rig = Rig::demo().await;
    let summary = rig.sync().await;
    let (expensify, freshbooks) = (Service::Expensify, Service::FreshBooks);
    // Both workspaces share one export and its download.
    assert_eq!(rig.requests(expensify, &["file"]), 1);
    assert_eq!(rig.requests(expensify, &["download"]), 1);
    assert_eq!(
        (
            summary.requests.source.exports,
            summary.requests.source.downloads
        ),
        (1, 1)
    );
    assert_eq!(rig.requests(freshbooks, &["POST", BILLS]), 7);
    assert_eq!(rig.requests(freshbooks, &["POST", EXPENSES]), 8);
    assert_eq!(rig.sandbox.posts().len(), 15);
    // Per kind of record one window before the writes and one after, of each the standing rows and the deleted ones.
    assert_eq!(rig.requests(freshbooks, &["GET", BILLS]), 4);
    assert_eq!(rig.requests(freshbooks, &["GET", EXPENSES]), 4);
    assert_eq!(
        rig.requests(freshbooks, &["GET", BILLS, "{id}"])
            + rig.requests(freshbooks, &["GET", EXPENSES, "{id}"]),
        0
    );
    assert_eq!(
        (
            summary.requests.ledger.listing_pages,
            summary.requests.ledger.reads
        ),
        (8, 0)
    );
    assert_eq!(summary.requests.ledger.writes, 15);
}

#[tokio::test]
async fn a_second_pass_writes_nothing_lists_nothing_and_reads_no_record() {
    let rig = Rig::demo().await;
    rig.sync().await;
    rig.sandbox.clear_requests();
    let again = rig.sync().await;
    assert_eq!(
        (
            again.written,
            again.adopted,
            again.intake.new,
            again.intake.changed
        ),
        (0, 0, 0, 0)
    );
    assert!(rig.sandbox.posts().is_empty());
    for path in [BILLS, EXPENSES] {
        assert_eq!(rig.requests(Service::FreshBooks, &[path]), 0, "{path}");
    }
    assert_eq!(rig.requests(Service::Expensify, &["file"]), 1);
    // What is held is planned again, against one fresh look at the reference data.
    let expected = LedgerUsage {
        snapshot_pages: again.requests.ledger.snapshot_pages,
        ..LedgerUsage::default()
    };
    assert_eq!(again.requests.ledger, expected);
    assert!(expected.snapshot_pages < 15, "{expected:?}");
    rig.assert_each_record_exists_once("after two passes").await;
}

#[tokio::test]
async fn a_pass_without_news_and_without_held_reports_asks_freshbooks_for_nothing() {
    let mut scenario = sync_sandbox::Scenario::demo();
    scenario.expensify.reports.retain(|report| {
        !["R00DemoRefund", "R00DemoGifts1", "R00DemoElif01"].contains(&report.id.as_str())
    });
    let rig = Rig::of(scenario).await;
    assert_eq!(rig.sync().await.held_reports, 0);
    rig.sandbox.clear_requests();
    assert_eq!(rig.sync().await.requests.ledger, LedgerUsage::default());
    assert!(rig.sandbox.counters(Service::FreshBooks).is_empty());
}
