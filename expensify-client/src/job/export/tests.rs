use std::num::NonZeroU32;

use chrono::NaiveDate;
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use super::*;
use crate::auth::Credentials;
use crate::ids::{PolicyId, ReportId};
use crate::job::Job;
use crate::template::{ExportTemplate, Reports};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn report(id: &str) -> ReportId {
    ReportId::new(id).unwrap()
}

fn export(query: ExportQuery) -> Export<Reports> {
    Export::new(query, ExportTemplate::reports())
}

fn sent(job: &impl Job) -> Value {
    let credentials = Credentials::new(SecretString::from("id"), SecretString::from("secret"));
    let base = Url::parse("http://localhost").unwrap();
    let request = job
        .to_request()
        .unwrap()
        .to_http(&base, &credentials)
        .unwrap();
    let body = request.into_body().into_bytes();
    let (_, description) = url::form_urlencoded::parse(&body).next().unwrap();
    serde_json::from_str(&description).unwrap()
}

#[test]
fn a_poll_is_sent_as_the_documentation_has_it() {
    let query = ExportQuery::approved_after(day("2026-07-01"))
        .in_states([
            ReportState::Archived,
            ReportState::Approved,
            ReportState::Reimbursed,
        ])
        .in_policies([PolicyId::new("0A1B2C3D4E5F6071").unwrap()]);
    let expected = json!({
        "type": "file",
        "credentials": {"partnerUserID": "id", "partnerUserSecret": "secret"},
        "onReceive": {"immediateResponse": ["returnRandomFileName"]},
        "inputSettings": {
            "type": "combinedReportData",
            "reportState": "APPROVED,REIMBURSED,ARCHIVED",
            "filters": {"approvedAfter": "2026-07-01", "policyIDList": "0A1B2C3D4E5F6071"},
        },
        "outputSettings": {"fileExtension": "json", "fileBasename": "export"},
    });
    assert_eq!(sent(&export(query)), expected);
}

#[test]
fn every_filter_has_its_documented_key_and_type() {
    let query = ExportQuery::since(day("2026-01-01"))
        .until(day("2026-01-31"))
        .unwrap()
        .in_states([ReportState::Open, ReportState::Submitted])
        .not_marked_as(Label::new("ml-connector, \"quoted\"").unwrap())
        .as_employee("jo@acme.test")
        .at_most(NonZeroU32::new(5).unwrap());
    let job = export(query)
        .on_finish(OnFinish::MarkAsExported(Label::new("done").unwrap()))
        .test();
    let sent = sent(&job);
    let expected = json!({
        "type": "combinedReportData", "reportState": "OPEN,SUBMITTED", "limit": "5", "employeeEmail": "jo@acme.test",
        "filters": {"startDate": "2026-01-01", "endDate": "2026-01-31", "markedAsExported": "ml-connector, \"quoted\""},
    });
    assert_eq!(sent["inputSettings"], expected);
    assert_eq!(sent["test"], "true");
    assert_eq!(
        sent["onFinish"],
        json!([{"actionName": "markAsExported", "label": "done"}])
    );
}

#[test]
fn named_reports_are_joined_once_each() {
    let query = ExportQuery::reports([report("R00B"), report("R00A"), report("R00B")]).unwrap();
    assert_eq!(
        sent(&export(query))["inputSettings"]["filters"],
        json!({"reportIDList": "R00A,R00B"})
    );
}

#[test]
fn what_the_service_would_refuse_or_misread_cannot_be_built() {
    assert!(ExportQuery::reports([]).is_err());
    let from = || ExportQuery::since(day("2025-03-01"));
    assert!(from().until(day("2025-02-28")).is_err());
    assert!(from().until(day("2026-03-02")).is_err());
    assert!(from().until(day("2026-03-01")).is_ok());
    for id in ["", "R00A,R00B", "R 00", "R\n", &"x".repeat(129)] {
        assert!(ReportId::new(id).is_err(), "{id:?}");
        assert!(PolicyId::new(id).is_err(), "{id:?}");
    }
    for label in ["", "  ", "a\nb", &"x".repeat(256)] {
        assert!(Label::new(label).is_err(), "{label:?}");
    }
}
