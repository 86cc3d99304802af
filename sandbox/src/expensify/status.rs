//! Marking reports as reimbursed.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::export::Filters;
use super::job::{Job, error};
use super::service::Expensify;
use crate::http::Reply;
use crate::scenario::{Moment, ReportState};

/// `update`/`reportStatus`: only Approved reports change; the others are listed as skipped, under code 200.
pub(crate) fn update(
    service: &mut Expensify,
    job: &Job,
    now: DateTime<Utc>,
) -> Result<Reply, Reply> {
    let status = job.text(&["inputSettings", "status"]);
    if status != "REIMBURSED" {
        return Err(error(410, &format!("Status '{status}' is not supported")));
    }
    let filters = Filters::read(job, now)?;
    let asked = job
        .list(&["inputSettings", "filters", "reportIDList"])
        .unwrap_or_default();
    let (mut changed, mut skipped) = (Vec::new(), Vec::<Value>::new());
    for report in service
        .scenario
        .reports
        .iter_mut()
        .filter(|report| filters.keep(report))
    {
        if report.state == ReportState::Approved {
            report.state = ReportState::Reimbursed;
            report.reimbursed = Some(Moment::at(now.naive_utc()));
            changed.push(report.id.clone());
        } else {
            skipped.push(json!({"reportID": report.id, "reason": format!("Report is in status '{}'", report.state.status_word())}));
        }
    }
    for id in asked.iter().filter(|id| {
        !service
            .scenario
            .reports
            .iter()
            .any(|report| report.id == **id)
    }) {
        skipped.push(json!({"reportID": id, "reason": "Report not found"}));
    }
    let mut body = json!({"responseCode": 200, "reportIDs": changed});
    if !skipped.is_empty() {
        body["skippedReports"] = skipped.into();
    }
    Ok(Reply::json(200, &body))
}
