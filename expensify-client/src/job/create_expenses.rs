//! Creates expenses (`create`, `expenses`).

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};

use super::contract::{Job, sealed::Sealed};
use super::envelope::{JobRequest, date, fields};
use crate::error::Error;
use crate::evidence::{self, JobShapes};
use crate::export::Stamp;
use crate::ids::{ExpenseId, PolicyId, ReportId};
use crate::money::{Currency, Hundredths};
use crate::response::{Answer, Expected};
use crate::scalar::{count, text};

/// Creates expenses of one employee.
///
/// # Idempotency
///
/// None: sent twice, it makes every expense twice. Put your own key into [`NewExpense::external_id`] to find them by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateExpenses {
    employee_email: String,
    expenses: Vec<NewExpense>,
}

/// An expense to create. [`new`](Self::new) takes what must be there; the rest is filled in as fields.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewExpense {
    /// Merchant.
    pub merchant: String,
    /// Day of the expense.
    pub date: NaiveDate,
    /// Amount, in `currency`.
    pub amount: Hundredths,
    /// Currency of the amount.
    pub currency: Currency,
    /// A key of your own.
    pub external_id: Option<String>,
    /// Category.
    pub category: Option<String>,
    /// Tag; the levels of a multi-level one joined by `:`.
    pub tag: Option<String>,
    /// Description.
    pub comment: Option<String>,
    /// Whether it is to be billed to a client.
    pub billable: Option<bool>,
    /// Whether it is owed to the employee.
    pub reimbursable: Option<bool>,
    /// The report it goes into; without one, the service opens a report by itself.
    pub report: Option<ReportId>,
    /// The policy that owns the category, the tag and the tax.
    pub policy: Option<PolicyId>,
    /// The tax.
    pub tax: Option<NewExpenseTax>,
}

/// The tax of an expense to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewExpenseTax {
    /// `rateID` of a rate of the policy.
    pub rate_id: String,
    /// The tax part of the amount; left to the service if absent.
    pub amount: Option<Hundredths>,
}

/// An expense that was created, as the service repeats it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreatedExpense {
    /// `transactionID`.
    pub id: ExpenseId,
    /// The report it is in, filled in even if none was asked for.
    pub report: Option<ReportId>,
    /// Amount, in `currency`.
    pub amount: Option<Hundredths>,
    /// Currency of the amount.
    pub currency: Option<String>,
    /// Day of the expense.
    pub created: Option<Stamp>,
    /// Merchant.
    pub merchant: Option<String>,
    /// Category, `Uncategorized` for none.
    pub category: Option<String>,
    /// Tag.
    pub tag: Option<String>,
    /// Description.
    pub comment: Option<String>,
    /// Merchant category code; `0` was seen for none.
    pub mcc: Option<String>,
}

impl NewExpense {
    /// What must be there.
    pub fn new(
        merchant: impl Into<String>,
        date: NaiveDate,
        amount: Hundredths,
        currency: Currency,
    ) -> Self {
        Self {
            merchant: merchant.into(),
            date,
            amount,
            currency,
            external_id: None,
            category: None,
            tag: None,
            comment: None,
            billable: None,
            reimbursable: None,
            report: None,
            policy: None,
            tax: None,
        }
    }

    fn wire(&self) -> Value {
        let mut wire = json!({
            "merchant": self.merchant, "created": date(self.date), "amount": self.amount.value(),
            "currency": self.currency.as_str(),
        });
        let texts = [
            ("externalID", self.external_id.as_deref()),
            ("category", self.category.as_deref()),
            ("tag", self.tag.as_deref()),
            ("comment", self.comment.as_deref()),
            ("reportID", self.report.as_ref().map(ReportId::as_str)),
            ("policyID", self.policy.as_ref().map(PolicyId::as_str)),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                wire[key] = text.into();
            }
        }
        for (key, flag) in [
            ("billable", self.billable),
            ("reimbursable", self.reimbursable),
        ] {
            if let Some(flag) = flag {
                wire[key] = flag.into();
            }
        }
        if let Some(tax) = &self.tax {
            wire["tax"] = json!({"rateID": tax.rate_id});
            if let Some(amount) = tax.amount {
                wire["tax"]["amount"] = amount.value().into();
            }
        }
        wire
    }
}

impl CreateExpenses {
    /// Expenses of the employee with this address, which the service wants named even if it is the account's own.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for an empty address or an empty list, and for a tax without
    /// the policy that owns it.
    pub fn new(
        employee_email: impl Into<String>,
        expenses: impl IntoIterator<Item = NewExpense>,
    ) -> Result<Self, Error> {
        let (employee_email, expenses) = (employee_email.into(), Vec::from_iter(expenses));
        if employee_email.is_empty() || expenses.is_empty() {
            return Err(Error::invalid("no employee or no expense is named"));
        }
        if expenses
            .iter()
            .any(|it| it.tax.is_some() && it.policy.is_none())
        {
            return Err(Error::invalid("a tax needs the policy that owns its rate"));
        }
        Ok(Self {
            employee_email,
            expenses,
        })
    }
}

impl Sealed for CreateExpenses {}

impl Job for CreateExpenses {
    type Reply = Vec<CreatedExpense>;
    const SHAPES: &'static JobShapes = &evidence::CREATE_EXPENSES;
    const SAFE_TO_RETRY: bool = false;
    const EXPECTED: Expected = Expected::Object;

    fn to_request(&self) -> Result<JobRequest, Error> {
        let expenses: Vec<Value> = self.expenses.iter().map(NewExpense::wire).collect();
        let settings = json!({
            "type": "expenses", "employeeEmail": self.employee_email, "transactionList": expenses,
        });
        let description = json!({"type": "create", "inputSettings": settings});
        Ok(JobRequest::new::<Self>(fields(description)))
    }

    fn read(&self, answer: &Answer) -> Result<Vec<CreatedExpense>, Error> {
        let reply: Reply = answer.decode()?;
        let created = |entry: Entry| {
            let id = ExpenseId::new(entry.id.unwrap_or_default());
            Ok(CreatedExpense {
                id: id.map_err(|_| answer.misshaped("a created expense without an ID"))?,
                report: entry.report.and_then(|id| ReportId::new(id).ok()),
                amount: entry.amount.map(Hundredths::new),
                currency: entry.currency,
                created: entry.created.map(Stamp::new),
                merchant: entry.merchant,
                category: entry.category,
                tag: entry.tag,
                comment: entry.comment,
                mcc: entry.mcc,
            })
        };
        reply.transaction_list.into_iter().map(created).collect()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    transaction_list: Vec<Entry>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    #[serde(rename = "transactionID", deserialize_with = "text")]
    id: Option<String>,
    #[serde(rename = "reportID", deserialize_with = "text")]
    report: Option<String>,
    #[serde(deserialize_with = "count")]
    amount: Option<i64>,
    #[serde(deserialize_with = "text")]
    currency: Option<String>,
    #[serde(deserialize_with = "text")]
    created: Option<String>,
    #[serde(deserialize_with = "text")]
    merchant: Option<String>,
    #[serde(deserialize_with = "text")]
    category: Option<String>,
    #[serde(deserialize_with = "text")]
    tag: Option<String>,
    #[serde(deserialize_with = "text")]
    comment: Option<String>,
    #[serde(deserialize_with = "text")]
    mcc: Option<String>,
}
