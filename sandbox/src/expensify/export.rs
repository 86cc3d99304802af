//! The report exporter: filters, rendering, and what is done when the job ends.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, Utc};
use serde_json::Value;

use super::job::{Job, error, page};
use super::model;
use super::render::{Template, render};
use super::service::{Expensify, File};
use crate::digest::digest;
use crate::http::Reply;
use crate::scenario::{Moment, Report, ReportState};

const UNSUPPORTED: &str = "sync-sandbox renders only templates that begin with '<#-- ml-connector/export v1' or '<#-- ml-connector/ack v1'";

/// The filters of a job.
#[derive(Debug)]
pub(crate) struct Filters {
    states: Option<Vec<String>>,
    ids: Option<Vec<String>>,
    policies: Option<Vec<String>>,
    employee: Option<String>,
    start: Option<NaiveDate>,
    end: Option<NaiveDate>,
    approved_after: Option<NaiveDate>,
    label: Option<String>,
}

/// Runs an export job and answers with the name of its file.
pub(crate) fn submit(
    service: &mut Expensify,
    job: &Job,
    now: DateTime<Utc>,
) -> Result<Reply, Reply> {
    if job.text(&["inputSettings", "type"]) != "combinedReportData" {
        return Err(error(410, "Argument 'type' is missing or malformed"));
    }
    let immediate = job
        .value(&["onReceive", "immediateResponse"])
        .and_then(Value::as_array);
    if !immediate.is_some_and(|modes| modes.iter().any(|mode| mode == "returnRandomFileName")) {
        return Err(page(500, "Internal Server Error"));
    }
    let extension = job.text(&["outputSettings", "fileExtension"]);
    if !matches!(
        extension.as_str(),
        "csv" | "xls" | "xlsx" | "txt" | "pdf" | "json" | "xml"
    ) {
        return Err(error(
            410,
            "Argument 'fileExtension' is missing or malformed",
        ));
    }
    let filters = Filters::read(job, now)?;
    let template = job
        .template
        .as_deref()
        .ok_or_else(|| page(500, "template"))?;
    let template = Template::recognise(template).ok_or_else(|| error(500, UNSUPPORTED))?;
    let limit = job
        .text(&["inputSettings", "limit"])
        .parse()
        .unwrap_or(usize::MAX);
    let chosen: Vec<&Report> = service
        .scenario
        .reports
        .iter()
        .filter(|report| filters.keep(report))
        .take(limit)
        .collect();
    let content = render(template, &model::root(&chosen, &service.scenario));
    let ids: Vec<String> = chosen.iter().map(|report| report.id.clone()).collect();
    if job.text(&["test"]) != "true" {
        finish(service, job, &ids);
    }
    service.exports += 1;
    let basename =
        Some(job.text(&["outputSettings", "fileBasename"])).filter(|name| !name.is_empty());
    let random = digest(&format!("export {}", service.exports));
    let name = format!(
        "{}{}.{extension}",
        basename.as_deref().unwrap_or("export"),
        random.get(..32).unwrap_or_default()
    );
    service.files.insert(
        name.clone(),
        File {
            content,
            polls_left: service.scenario.settings.not_ready_polls,
        },
    );
    Ok(Reply::text(200, name))
}

/// The `onFinish` actions. Marking happens at the end of the job, before anyone has the file.
fn finish(service: &mut Expensify, job: &Job, ids: &[String]) {
    let actions = job
        .value(&["onFinish"])
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    for action in actions
        .iter()
        .filter(|action| action["actionName"] == "markAsExported")
    {
        let Some(label) = action["label"].as_str() else {
            continue;
        };
        for report in service
            .scenario
            .reports
            .iter_mut()
            .filter(|report| ids.contains(&report.id))
        {
            if !report.labels.iter().any(|known| known == label) {
                report.labels.push(label.to_owned());
            }
        }
    }
}

impl Filters {
    pub(crate) fn read(job: &Job, now: DateTime<Utc>) -> Result<Self, Reply> {
        let settings = |key| ["inputSettings", key];
        let filter = |key| ["inputSettings", "filters", key];
        let filters = Self {
            states: job.list(&settings("reportState")),
            ids: job.list(&filter("reportIDList")),
            policies: job.list(&filter("policyIDList")),
            employee: Some(job.text(&settings("employeeEmail"))).filter(|email| !email.is_empty()),
            start: job.date(&filter("startDate"))?,
            end: job.date(&filter("endDate"))?,
            approved_after: job.date(&filter("approvedAfter"))?,
            label: Some(job.text(&filter("markedAsExported"))).filter(|label| !label.is_empty()),
        };
        let Some(anchor) = filters.start.or(filters.approved_after) else {
            if filters.ids.is_some() {
                return Ok(filters);
            }
            return Err(error(
                410,
                "One of 'reportIDList', 'startDate' or 'approvedAfter' is required",
            ));
        };
        let last = filters.end.unwrap_or_else(|| now.date_naive());
        if anchor
            .checked_add_days(Days::new(366))
            .is_none_or(|limit| last > limit)
        {
            return Err(error(410, "Date range exceeds one year"));
        }
        Ok(filters)
    }

    pub(crate) fn keep(&self, report: &Report) -> bool {
        let among = |list: &Option<Vec<String>>, value: &str| {
            list.as_ref()
                .is_none_or(|list| list.iter().any(|it| it == value))
        };
        let day = |moment: &Option<Moment>| {
            moment
                .as_ref()
                .map(|moment| moment.resolve(DateTime::<Utc>::MAX_UTC))
                .map(|at: NaiveDateTime| at.date())
        };
        let old_id = report.old_id.map(|id| id.to_string()).unwrap_or_default();
        let anchor = day(&report.submitted).max(day(&report.created));
        among(&self.states, report.state.filter_word())
            && (among(&self.ids, &report.id) || among(&self.ids, &old_id))
            && among(&self.policies, &report.policy_id)
            && self
                .employee
                .as_ref()
                .is_none_or(|email| report.employee == *email && report.state != ReportState::Open)
            && self
                .start
                .is_none_or(|start| anchor.is_some_and(|anchor| anchor >= start))
            && self
                .end
                .is_none_or(|end| anchor.is_some_and(|anchor| anchor <= end))
            && self
                .approved_after
                .is_none_or(|after| day(&report.approved).is_none_or(|approved| approved > after))
            && self
                .label
                .as_ref()
                .is_none_or(|label| !report.labels.contains(label))
    }
}
