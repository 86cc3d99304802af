//! Setting reports to Reimbursed.

use std::collections::BTreeSet;

use expensify_client::{Effect, Reimburse, ReportId};
use serde_json::json;

use crate::common::{Service, ok, status};

fn reports(ids: &[&str]) -> BTreeSet<ReportId> {
    ids.iter().map(|id| ReportId::new(*id).unwrap()).collect()
}

#[tokio::test]
async fn partial_reimbursement_is_judged_by_the_lists() {
    let skipped = r#"{"responseCode":200,"reportIDs":["R00A"],"skippedReports":[{"reportID":"R00B","reason":"Report is in status 'Open'"}]}"#;
    let failed = r#"{"responseCode":207,"reportIDs":["R00A"],"failedReports":[{"reportID":"R00B","reason":"x"}]}"#;
    for (body, skips, fails) in [(skipped, 1, 0), (failed, 0, 1)] {
        let service = Service::start().await;
        service.answer("update", vec![ok(body)]).await;
        let asked = reports(&["R00A", "R00B", "R00C"]);
        let job = Reimburse::reports(asked)
            .unwrap()
            .paid_from("FreshBooks")
            .unwrap();
        let outcome = service.client.run(&job).await.unwrap();
        assert_eq!(outcome.reimbursed, reports(&["R00A"]));
        assert_eq!(
            (outcome.skipped.len(), outcome.failed.len()),
            (skips, fails)
        );
        assert_eq!(outcome.unmentioned, reports(&["R00C"]));
        let sent = &service.jobs().await[0]["inputSettings"];
        let expected = json!({"type": "reportStatus", "status": "REIMBURSED", "paymentSource": "FreshBooks",
            "filters": {"reportIDList": "R00A,R00B,R00C"}});
        assert_eq!(*sent, expected);
    }
}

#[tokio::test]
async fn reimbursement_is_sent_once_whatever_happens() {
    for (reply, effect) in [
        (status(500, ""), Effect::Unknown),
        (status(429, ""), Effect::None),
    ] {
        let service = Service::start().await;
        service.answer("update", vec![reply]).await;
        let error = service
            .client
            .run(&Reimburse::reports(reports(&["R00A"])).unwrap())
            .await
            .unwrap_err();
        assert_eq!(error.effect(), effect);
        assert_eq!(service.jobs().await.len(), 1);
    }
    assert!(Reimburse::reports([]).is_err());
    for source in ["", &"x".repeat(101)] {
        let job = Reimburse::reports(reports(&["R00A"])).unwrap();
        assert!(job.paid_from(source).is_err());
    }
}
