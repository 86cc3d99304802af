//! Which jobs may be sent twice.

use std::collections::BTreeSet;

use crate::requests::every_request;

#[test]
fn what_reads_may_be_sent_twice_and_what_changes_something_may_not() {
    let (mut safe, mut once) = (BTreeSet::new(), BTreeSet::new());
    for request in every_request() {
        let kinds = if request.is_safe_to_retry() {
            &mut safe
        } else {
            &mut once
        };
        kinds.insert(request.name());
    }
    let reading = [
        "export",
        "pdf_export",
        "download",
        "reconciliation",
        "policy_list",
        "policy",
        "domain_cards",
    ];
    assert_eq!(safe, reading.into());
    assert!(safe.is_disjoint(&once));
    let all: BTreeSet<&str> = expensify_client::evidence::JOBS
        .iter()
        .map(|job| job.job)
        .collect();
    assert_eq!(&safe | &once, all, "a job is missing among the requests");
}
