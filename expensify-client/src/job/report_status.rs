//! Setting reports to Reimbursed, the only status the service lets anyone set.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, json};

use super::envelope::JobRequest;
use crate::error::Error;
use crate::ids::ReportId;
use crate::response::Expected;

/// What became of the reports, judged by the lists of the answer: partial success comes with the code of success.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReimburseOutcome {
    /// Set to Reimbursed.
    pub reimbursed: BTreeSet<ReportId>,
    /// Left as they were, with the reason. Reports that are reimbursed already are among them.
    pub skipped: Vec<NotReimbursed>,
    /// Failed, with the reason.
    pub failed: Vec<NotReimbursed>,
    /// Asked for, but in none of the lists: look at them before asking again.
    pub unmentioned: BTreeSet<ReportId>,
}

/// A report that was not set to Reimbursed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotReimbursed {
    /// The report.
    pub report: ReportId,
    /// The service's reason, for people.
    pub reason: String,
}

impl JobRequest {
    /// Sets approved reports to Reimbursed. It moves no money, and no job takes it back.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for an empty list, or a payment source that does not have 1 to
    /// 100 characters.
    pub fn reimburse(
        reports: &BTreeSet<ReportId>,
        payment_source: Option<&str>,
    ) -> Result<Self, Error> {
        if reports.is_empty() {
            return Err(Error::invalid("the list of report IDs is empty"));
        }
        let ids: Vec<&str> = reports.iter().map(ReportId::as_str).collect();
        let mut settings = Map::new();
        settings.insert("type".into(), "reportStatus".into());
        settings.insert("status".into(), "REIMBURSED".into());
        settings.insert("filters".into(), json!({"reportIDList": ids.join(",")}));
        if let Some(source) = payment_source {
            if !(1..=100).contains(&source.chars().count()) {
                return Err(Error::invalid(
                    "the payment source must have 1 to 100 characters",
                ));
            }
            settings.insert("paymentSource".into(), source.into());
        }
        Ok(Self::new(
            "report_status",
            Expected::Object,
            json!({"type": "update", "inputSettings": settings}),
        ))
    }
}

/// Reads the answer to [`JobRequest::reimburse`] for the reports that were asked for, which
/// [`classify`](crate::classify) has accepted.
///
/// # Errors
///
/// [`ErrorKind::Unexpected`](crate::ErrorKind::Unexpected) if it is not of the documented shape.
pub fn read_reimburse_outcome(
    status: u16,
    body: &[u8],
    asked: &BTreeSet<ReportId>,
) -> Result<ReimburseOutcome, Error> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Answer {
        #[serde(rename = "reportIDs")]
        report_ids: Vec<String>,
        #[serde(rename = "skippedReports")]
        skipped: Vec<Entry>,
        #[serde(rename = "failedReports")]
        failed: Vec<Entry>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Entry {
        #[serde(rename = "reportID")]
        report_id: String,
        reason: String,
    }
    let answer: Answer = crate::response::decode(status, body)?;
    let id = |text: String| {
        ReportId::new(text).map_err(|_| Error::shape(status, "a report without an ID"))
    };
    let entries = |entries: Vec<Entry>| -> Result<Vec<NotReimbursed>, Error> {
        let entry = |entry: Entry| {
            Ok(NotReimbursed {
                report: id(entry.report_id)?,
                reason: entry.reason,
            })
        };
        entries.into_iter().map(entry).collect()
    };
    let reimbursed = answer
        .report_ids
        .into_iter()
        .map(id)
        .collect::<Result<BTreeSet<_>, _>>()?;
    let (skipped, failed) = (entries(answer.skipped)?, entries(answer.failed)?);
    let mut unmentioned = asked.clone();
    unmentioned.retain(|report| !reimbursed.contains(report));
    for entry in skipped.iter().chain(&failed) {
        unmentioned.remove(&entry.report);
    }
    Ok(ReimburseOutcome {
        reimbursed,
        skipped,
        failed,
        unmentioned,
    })
}
