//! Reconciles card expenses of a domain (`reconciliation`).

use std::borrow::Cow;

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::contract::{Job, sealed::Sealed};
use super::envelope::{JobRequest, date, fields};
use super::export::Recipients;
use crate::error::Error;
use crate::evidence::{self, JobShapes};
use crate::ids::{Domain, ReconciliationFile};
use crate::response::{Answer, Expected};

/// Which expenses to reconcile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReconciliationScope {
    /// Those in no report.
    Unreported,
    /// All.
    All,
}

/// Formats of a reconciliation's file; fewer than an export has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReconciliationFormat {
    /// `csv`, the service's default.
    Csv,
    /// `txt`.
    Txt,
    /// `json`.
    Json,
    /// `xml`.
    Xml,
}

/// A FreeMarker program over the data model of reconciliation, which differs from an export's: it lists `cards`, amounts
/// are negative for spending, and texts come with HTML entities. It runs on Expensify's side; never build one from what a
/// stranger typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReconciliationTemplate(Cow<'static, str>);

impl ReconciliationTemplate {
    /// Takes the source.
    pub fn new(source: impl Into<Cow<'static, str>>) -> Self {
        Self(source.into())
    }
}

/// Writes the card expenses of a domain into a file, whether they are in a report or not.
///
/// The account must be an admin of the domain. The file is there when the reply is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reconciliation {
    domain: Domain,
    days: (NaiveDate, NaiveDate),
    scope: ReconciliationScope,
    feed: Option<String>,
    format: ReconciliationFormat,
    template: ReconciliationTemplate,
}

/// A reconciliation that mails a link to its file when it ends. It is sent once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailedReconciliation {
    reconciliation: Reconciliation,
    recipients: Recipients,
}

impl Reconciliation {
    /// Expenses of these days, both included, for all feeds, as CSV.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) if the days end before they start.
    pub fn new(
        domain: Domain,
        first: NaiveDate,
        last: NaiveDate,
        scope: ReconciliationScope,
        template: ReconciliationTemplate,
    ) -> Result<Self, Error> {
        if last < first {
            return Err(Error::invalid("the range of dates ends before it starts"));
        }
        Ok(Self {
            domain,
            days: (first, last),
            scope,
            feed: None,
            format: ReconciliationFormat::Csv,
            template,
        })
    }

    /// Only this card feed.
    #[must_use]
    pub fn of_feed(mut self, feed: impl Into<String>) -> Self {
        self.feed = Some(feed.into());
        self
    }

    /// As a file of this format.
    #[must_use]
    pub const fn in_format(mut self, format: ReconciliationFormat) -> Self {
        self.format = format;
        self
    }

    /// Mails a link when it ends. A text of the mail is not offered: this job does not document one.
    pub const fn mailed_to(self, recipients: Recipients) -> MailedReconciliation {
        MailedReconciliation {
            reconciliation: self,
            recipients,
        }
    }

    fn fields(&self) -> Map<String, Value> {
        let scope = match self.scope {
            ReconciliationScope::Unreported => "Unreported",
            ReconciliationScope::All => "All",
        };
        let format = match self.format {
            ReconciliationFormat::Csv => "csv",
            ReconciliationFormat::Txt => "txt",
            ReconciliationFormat::Json => "json",
            ReconciliationFormat::Xml => "xml",
        };
        fields(json!({
            "type": "reconciliation",
            "inputSettings": {
                "startDate": date(self.days.0), "endDate": date(self.days.1), "domain": self.domain.as_str(),
                // The service knows no other way to run it.
                "type": scope, "async": false, "feed": self.feed.as_deref().unwrap_or("export_all_feeds"),
            },
            "outputSettings": {"fileExtension": format},
        }))
    }
}

fn file(answer: &Answer) -> Result<ReconciliationFile, Error> {
    ReconciliationFile::new(answer.file_name()?)
}

impl Sealed for Reconciliation {}

impl Job for Reconciliation {
    type Reply = ReconciliationFile;
    const SHAPES: &'static JobShapes = &evidence::RECONCILIATION;
    const SAFE_TO_RETRY: bool = true;
    const EXPECTED: Expected = Expected::FileName;

    fn to_request(&self) -> Result<JobRequest, Error> {
        let request = JobRequest::new::<Self>(self.fields());
        Ok(request.with_template(self.template.0.clone()))
    }

    fn read(&self, answer: &Answer) -> Result<ReconciliationFile, Error> {
        file(answer)
    }
}

impl Sealed for MailedReconciliation {}

impl Job for MailedReconciliation {
    type Reply = ReconciliationFile;
    const SHAPES: &'static JobShapes = &evidence::MAILED_RECONCILIATION;
    const SAFE_TO_RETRY: bool = false;
    const EXPECTED: Expected = Expected::FileName;

    fn to_request(&self) -> Result<JobRequest, Error> {
        let mut fields = self.reconciliation.fields();
        fields.insert("onFinish".into(), json!([self.recipients.wire()]));
        let request = JobRequest::new::<Self>(fields);
        Ok(request.with_template(self.reconciliation.template.0.clone()))
    }

    fn read(&self, answer: &Answer) -> Result<ReconciliationFile, Error> {
        file(answer)
    }
}
