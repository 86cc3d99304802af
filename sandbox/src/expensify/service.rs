//! Takes a job to the part that runs it: budget, credentials, kind.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};

use super::job::{Job, error, page};
use super::{export, policies, status};
use crate::http::{Incoming, Reply};
use crate::limit::SlidingWindow;
use crate::scenario::{ExpensifyScenario, Moment, NotReadyForm, Report, ReportState, ThrottleForm};

/// The Integration Server: one pair of credentials and what it sees.
#[derive(Debug)]
pub(crate) struct Expensify {
    /// The scenario, its reports being the present ones.
    pub(crate) scenario: ExpensifyScenario,
    pub(crate) files: BTreeMap<String, File>,
    pub(crate) exports: u64,
    short: SlidingWindow,
    long: SlidingWindow,
}

/// A generated file.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) content: String,
    pub(crate) polls_left: u32,
}

impl Expensify {
    pub(crate) fn new(scenario: &ExpensifyScenario, now: DateTime<Utc>) -> Self {
        let mut scenario = scenario.clone();
        for (report, index) in scenario.reports.iter_mut().zip(0_u64..) {
            settle(report, index, now);
        }
        Self {
            scenario,
            files: BTreeMap::new(),
            exports: 0,
            short: SlidingWindow::new(5, Duration::seconds(10)),
            long: SlidingWindow::new(20, Duration::seconds(60)),
        }
    }

    /// Adds a report, or puts it in place of the one with its id.
    pub(crate) fn put(&mut self, mut report: Report, now: DateTime<Utc>) {
        let index = u64::try_from(self.scenario.reports.len()).unwrap_or_default();
        settle(&mut report, index, now);
        match self
            .scenario
            .reports
            .iter_mut()
            .find(|known| known.id == report.id)
        {
            Some(known) => *known = report,
            None => self.scenario.reports.push(report),
        }
    }

    pub(crate) fn report_mut(&mut self, id: &str) -> Option<&mut Report> {
        self.scenario
            .reports
            .iter_mut()
            .find(|report| report.id == id)
    }

    /// Approves a report now.
    pub(crate) fn approve(&mut self, id: &str, now: DateTime<Utc>) -> Result<(), String> {
        let report = self.report_mut(id).ok_or("no such report")?;
        report.state = ReportState::Approved;
        report.approved = Some(Moment::at(now.naive_utc()));
        Ok(())
    }

    /// Takes an approval back.
    pub(crate) fn unapprove(&mut self, id: &str) -> Result<(), String> {
        let report = self.report_mut(id).ok_or("no such report")?;
        report.state = ReportState::Open;
        report.approved = None;
        report.reimbursed = None;
        Ok(())
    }

    /// Answers one request.
    pub(crate) fn handle(
        &mut self,
        request: &Incoming,
        now: DateTime<Utc>,
        elapsed: Duration,
        refuse_credentials: bool,
    ) -> Reply {
        if request.method != "POST" {
            // Older clients used GET; it would put the secret into every log, so the sandbox has none of it.
            return page(405, "HTTP method GET is not supported by this URL");
        }
        if let Some(throttled) = self.throttle(elapsed) {
            return throttled;
        }
        let job = match Job::read(request) {
            Ok(job) => job,
            Err(page) => return page,
        };
        let known = job.text(&["credentials", "partnerUserID"]) == self.scenario.partner_user_id
            && job.text(&["credentials", "partnerUserSecret"]) == self.scenario.partner_user_secret;
        if !known || refuse_credentials {
            // Text and code are not known for certain; 401 in the body is the best supported.
            return error(401, "Authentication error");
        }
        match job.kind().as_str() {
            "file" => export::submit(self, &job, now).unwrap_or_else(|refusal| refusal),
            "download" => self.download(&job),
            "get policyList" => policies::list(&self.scenario, &job),
            "get policy" => policies::get(&self.scenario, &job),
            "update reportStatus" => {
                status::update(self, &job, now).unwrap_or_else(|refusal| refusal)
            }
            _ => error(410, "Argument 'type' is missing or malformed"),
        }
    }

    fn throttle(&mut self, elapsed: Duration) -> Option<Reply> {
        if !self.scenario.settings.rate_limits {
            return None;
        }
        if self.short.peek(elapsed).allowed && self.long.peek(elapsed).allowed {
            self.short.take(elapsed);
            self.long.take(elapsed);
            return None;
        }
        let body = error(429, "You have been rate-limited. Please try again later.");
        Some(match self.scenario.settings.throttle_form {
            ThrottleForm::Body => body,
            ThrottleForm::Http => {
                let throttled = Reply {
                    status: 429,
                    ..body
                };
                match self.scenario.settings.retry_after_secs {
                    Some(seconds) => throttled.with_header("retry-after", seconds.to_string()),
                    None => throttled,
                }
            }
        })
    }

    fn download(&mut self, job: &Job) -> Reply {
        if job.value(&["inputSettings"]).is_some() {
            return error(410, "inputSettings is not allowed for this type");
        }
        let form = self.scenario.settings.not_ready_form;
        let Some(file) = self.files.get_mut(&job.text(&["fileName"])) else {
            // What an unknown name answers is not known.
            return page(404, "The requested resource is not available.");
        };
        if file.polls_left > 0 {
            file.polls_left -= 1;
            return not_ready(form, &file.content);
        }
        Reply::text(200, file.content.clone())
    }
}

fn not_ready(form: NotReadyForm, content: &str) -> Reply {
    match form {
        NotReadyForm::Empty => Reply::empty(200),
        NotReadyForm::Json => error(500, "File is not ready"),
        NotReadyForm::Html404 => page(404, "The requested resource is not available."),
        NotReadyForm::Html500 => page(500, "Internal Server Error"),
        NotReadyForm::Partial => {
            let half: String = content.chars().take(content.chars().count() / 2).collect();
            Reply::text(200, half)
        }
    }
}

/// Makes relative dates exact and fills in what the scenario left to the sandbox.
fn settle(report: &mut Report, index: u64, now: DateTime<Utc>) {
    for moment in [
        &mut report.created,
        &mut report.submitted,
        &mut report.approved,
        &mut report.reimbursed,
    ] {
        *moment = moment.as_ref().map(|moment| moment.pinned(now));
    }
    for approver in &mut report.approvers {
        approver.date = approver.date.pinned(now);
    }
    report
        .old_id
        .get_or_insert(4_611_686_018_427_300_000 + index);
    for (expense, line) in report.expenses.iter_mut().zip(0_u64..) {
        expense.date = expense.date.as_ref().map(|date| date.pinned(now));
        expense.modified_date = expense.modified_date.as_ref().map(|date| date.pinned(now));
        if expense.id.is_empty() {
            let number = report.old_id.unwrap_or_default() + 100_000_000 + line * 1_000_000;
            expense.id = number.to_string();
        }
    }
}
