//! Sets reports to Reimbursed (`update`, `reportStatus`), the only status the service lets anyone set.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, json};

use super::contract::{Job, sealed::Sealed};
use super::envelope::{JobRequest, fields};
use crate::error::Error;
use crate::evidence::{self, JobShapes};
use crate::ids::ReportId;
use crate::response::{Answer, Expected};

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

/// Sets approved reports to Reimbursed. It moves no money, and no job takes it back.
///
/// # Idempotency
///
/// A report that is reimbursed already comes back as skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reimburse {
    reports: BTreeSet<ReportId>,
    payment_source: Option<String>,
}

impl Reimburse {
    /// The named reports.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for an empty list.
    pub fn reports(reports: impl IntoIterator<Item = ReportId>) -> Result<Self, Error> {
        let reports: BTreeSet<ReportId> = reports.into_iter().collect();
        if reports.is_empty() {
            return Err(Error::invalid("the list of report IDs is empty"));
        }
        Ok(Self {
            reports,
            payment_source: None,
        })
    }

    /// Says where the payment was made.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) unless it has 1 to 100 characters.
    pub fn paid_from(mut self, source: impl Into<String>) -> Result<Self, Error> {
        let source = source.into();
        if !(1..=100).contains(&source.chars().count()) {
            return Err(Error::invalid(
                "the payment source must have 1 to 100 characters",
            ));
        }
        self.payment_source = Some(source);
        Ok(self)
    }
}

impl Sealed for Reimburse {}

impl Job for Reimburse {
    type Reply = ReimburseOutcome;
    const SHAPES: &'static JobShapes = &evidence::REIMBURSE;
    const SAFE_TO_RETRY: bool = false;
    const EXPECTED: Expected = Expected::Object;

    fn to_request(&self) -> Result<JobRequest, Error> {
        let ids: Vec<&str> = self.reports.iter().map(ReportId::as_str).collect();
        let mut settings = Map::new();
        settings.insert("type".into(), "reportStatus".into());
        settings.insert("status".into(), "REIMBURSED".into());
        settings.insert("filters".into(), json!({"reportIDList": ids.join(",")}));
        if let Some(source) = &self.payment_source {
            settings.insert("paymentSource".into(), source.as_str().into());
        }
        let description = json!({"type": "update", "inputSettings": settings});
        Ok(JobRequest::new::<Self>(fields(description)))
    }

    fn read(&self, answer: &Answer) -> Result<ReimburseOutcome, Error> {
        let reply: Reply = answer.decode()?;
        let id = |text: String| {
            ReportId::new(text).map_err(|_| answer.misshaped("a report without an ID"))
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
        let reimbursed = reply
            .report_ids
            .into_iter()
            .map(id)
            .collect::<Result<BTreeSet<_>, _>>()?;
        let (skipped, failed) = (entries(reply.skipped)?, entries(reply.failed)?);
        let mut unmentioned = self.reports.clone();
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
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reply {
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
