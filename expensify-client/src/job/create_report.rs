//! Creates a report (`create`, `report`).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::contract::{Job, sealed::Sealed};
use super::envelope::{JobRequest, date, fields};
use crate::error::Error;
use crate::evidence::{self, JobShapes};
use crate::ids::{PolicyId, ReportId};
use crate::money::{Currency, Hundredths};
use crate::report_field::ReportFieldKey;
use crate::response::{Answer, Expected};
use crate::scalar::text;

/// Creates a report with its first expenses.
///
/// The documentation has Concierge allow it first; accounts without that have used it all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateReport {
    employee_email: String,
    policy: PolicyId,
    title: String,
    fields: BTreeMap<ReportFieldKey, String>,
    expenses: Vec<ReportExpense>,
}

/// An expense of a new report. These four are all the documentation knows;
/// [`CreateExpenses`](super::CreateExpenses) takes more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportExpense {
    /// Merchant.
    pub merchant: String,
    /// Day of the expense.
    pub date: NaiveDate,
    /// Amount, in `currency`.
    pub amount: Hundredths,
    /// Currency of the amount.
    pub currency: Currency,
}

/// A report that was created.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreatedReport {
    /// Its ID.
    pub id: ReportId,
    /// Its title.
    pub name: Option<String>,
}

impl CreateReport {
    /// A report of this employee in this policy.
    pub fn new(
        employee_email: impl Into<String>,
        policy: PolicyId,
        title: impl Into<String>,
    ) -> Self {
        Self {
            employee_email: employee_email.into(),
            policy,
            title: title.into(),
            fields: BTreeMap::new(),
            expenses: Vec::new(),
        }
    }

    /// Fills in a report field.
    #[must_use]
    pub fn with_field(mut self, field: ReportFieldKey, value: impl Into<String>) -> Self {
        self.fields.insert(field, value.into());
        self
    }

    /// Adds an expense.
    #[must_use]
    pub fn with_expense(mut self, expense: ReportExpense) -> Self {
        self.expenses.push(expense);
        self
    }
}

impl Sealed for CreateReport {}

impl Job for CreateReport {
    type Reply = CreatedReport;
    const SHAPES: &'static JobShapes = &evidence::CREATE_REPORT;
    const SAFE_TO_RETRY: bool = false;
    const EXPECTED: Expected = Expected::Object;

    fn to_request(&self) -> Result<JobRequest, Error> {
        let mut report = json!({"title": self.title});
        if !self.fields.is_empty() {
            // Inferred: the keys keep the case of the name, which the documentation's all lower-case example leaves open.
            let values = self.fields.iter();
            let values: Map<String, Value> = values
                .map(|(key, value)| (key.as_str().to_owned(), value.as_str().into()))
                .collect();
            report["fields"] = values.into();
        }
        // `date` here, where the job that creates expenses has `created`.
        let expense = |it: &ReportExpense| json!({"merchant": it.merchant, "date": date(it.date), "amount": it.amount.value(), "currency": it.currency.as_str()});
        let expenses: Vec<Value> = self.expenses.iter().map(expense).collect();
        let settings = json!({
            "type": "report", "employeeEmail": self.employee_email, "policyID": self.policy.as_str(),
            "report": report, "expenses": expenses,
        });
        let description = json!({"type": "create", "inputSettings": settings});
        Ok(JobRequest::new::<Self>(fields(description)))
    }

    fn read(&self, answer: &Answer) -> Result<CreatedReport, Error> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Reply {
            #[serde(rename = "reportID", deserialize_with = "text")]
            id: Option<String>,
            #[serde(rename = "reportName", deserialize_with = "text")]
            name: Option<String>,
        }
        let reply: Reply = answer.decode()?;
        let id = ReportId::new(reply.id.unwrap_or_default());
        Ok(CreatedReport {
            id: id.map_err(|_| answer.misshaped("a created report without an ID"))?,
            name: reply.name,
        })
    }
}
