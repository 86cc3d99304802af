//! The expense side of a scenario.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Moment;

/// One pair of credentials and what it can see.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExpensifyScenario {
    /// `partnerUserID`.
    pub partner_user_id: String,
    /// `partnerUserSecret`.
    pub partner_user_secret: String,
    /// Switches of behaviour.
    pub settings: ExpensifySettings,
    /// Workspaces.
    pub policies: Vec<Policy>,
    /// Reports.
    pub reports: Vec<Report>,
}

impl Default for ExpensifyScenario {
    fn default() -> Self {
        Self {
            partner_user_id: "aa_finance_northwind_example".into(),
            partner_user_secret: "5b8a0e2d4c6f1a3b5d7e9f0a1c2b3d4e5f6a7b8c".into(),
            settings: ExpensifySettings::default(),
            policies: Vec::new(),
            reports: Vec::new(),
        }
    }
}

/// How a download that is not ready, or whose name is unknown, answers. The real answer is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotReadyForm {
    /// HTTP 200, no body.
    #[default]
    Empty,
    /// HTTP 200, a JSON error with code 500.
    Json,
    /// HTTP 404 with an HTML page.
    Html404,
    /// HTTP 500 with an HTML page.
    Html500,
    /// HTTP 200, and a file that breaks off before its end.
    Partial,
}

/// How an exceeded budget answers. The real answer is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThrottleForm {
    /// HTTP 429 with a JSON body.
    #[default]
    Http,
    /// HTTP 200 with `responseCode` 429.
    Body,
}

/// Switches of the expense side.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExpensifySettings {
    /// Whether requests are counted against 5 per 10 s and 20 per 60 s; default true.
    pub rate_limits: bool,
    /// How an exceeded budget answers; default HTTP 429.
    pub throttle_form: ThrottleForm,
    /// Seconds for `Retry-After` with HTTP 429; absent leaves the header out.
    pub retry_after_secs: Option<u64>,
    /// Downloads of one file that fail before it is ready; default 0.
    pub not_ready_polls: u32,
    /// How those answer; default an empty 200.
    pub not_ready_form: NotReadyForm,
}

impl Default for ExpensifySettings {
    fn default() -> Self {
        Self {
            rate_limits: true,
            throttle_form: ThrottleForm::default(),
            retry_after_secs: None,
            not_ready_polls: 0,
            not_ready_form: NotReadyForm::default(),
        }
    }
}

/// A workspace.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Id, hexadecimal text.
    pub id: String,
    /// Name; not unique.
    pub name: String,
    /// E-mail of the owner.
    pub owner: String,
    /// Role of the credentials in it: `admin` (default), `auditor` or `user`.
    pub role: String,
    /// `corporate` (default), `team`, ...
    pub policy_type: String,
    /// ISO 4217 code of its reports; default USD.
    pub output_currency: String,
    /// Categories.
    pub categories: Vec<PolicyCategory>,
    /// Tag levels; a single level without a name is answered in the flat shape.
    pub tag_levels: Vec<TagLevel>,
    /// Taxes; absent means none.
    pub tax: Option<PolicyTax>,
    /// Members.
    pub employees: Vec<Employee>,
    /// Report fields.
    pub report_fields: Vec<ReportField>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            id: "0A1B2C3D4E5F6071".into(),
            name: String::new(),
            owner: String::new(),
            role: "admin".into(),
            policy_type: "corporate".into(),
            output_currency: "USD".into(),
            categories: Vec::new(),
            tag_levels: Vec::new(),
            tax: None,
            employees: Vec::new(),
            report_fields: Vec::new(),
        }
    }
}

/// A category of a workspace.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyCategory {
    /// Name; a colon separates parent and child.
    pub name: String,
    /// Whether it is switched off; default false.
    pub disabled: bool,
    /// GL code.
    pub gl_code: Option<String>,
    /// Payroll code.
    pub payroll_code: Option<String>,
}

/// One level of tags.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TagLevel {
    /// Name of the level.
    pub name: String,
    /// Its tags.
    pub tags: Vec<PolicyTag>,
}

/// A tag.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyTag {
    /// Name.
    pub name: String,
    /// GL code.
    pub gl_code: Option<String>,
    /// Whether it is switched off; default false.
    pub disabled: bool,
}

/// Taxes of a workspace.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyTax {
    /// Name of the tax.
    pub name: String,
    /// `rateID` that applies by default.
    pub default: String,
    /// The rates.
    pub rates: Vec<TaxRate>,
}

/// A tax rate.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TaxRate {
    /// `rateID`, also the `taxCode` of expenses.
    pub id: String,
    /// Name.
    pub name: String,
    /// Percent.
    pub rate: Decimal,
}

/// A member of a workspace.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Employee {
    /// E-mail.
    pub email: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// `accountID`.
    pub account_id: Option<u64>,
    /// `user` (default when empty), `auditor` or `admin`.
    pub role: String,
    /// E-mail of the approver.
    pub submits_to: String,
    /// Employee id.
    pub employee_id: Option<String>,
    /// First custom field.
    pub custom_field1: Option<String>,
    /// Second custom field.
    pub custom_field2: Option<String>,
}

/// A report field of a workspace.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReportField {
    /// Name.
    pub name: String,
    /// `text` (default when empty), `dropdown`, `date` or `formula`.
    pub field_type: String,
    /// Values of a dropdown.
    pub values: Vec<String>,
}

/// Where a report stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ReportState {
    /// Being written.
    #[default]
    Open,
    /// Waiting for approval; the site says Processing.
    Submitted,
    /// Approved.
    Approved,
    /// Approved and paid.
    Reimbursed,
    /// Closed.
    Archived,
}

impl ReportState {
    /// The word `reportState` filters use.
    pub fn filter_word(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Submitted => "SUBMITTED",
            Self::Approved => "APPROVED",
            Self::Reimbursed => "REIMBURSED",
            Self::Archived => "ARCHIVED",
        }
    }

    /// The word the export model's `status` uses.
    pub fn status_word(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Submitted => "Processing",
            Self::Approved => "Approved",
            Self::Reimbursed => "Reimbursed",
            Self::Archived => "Closed",
        }
    }
}

/// An expense report.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Report {
    /// Base-62 id, `R00...`.
    pub id: String,
    /// The same report in base-10; derived from the position when absent.
    pub old_id: Option<u64>,
    /// Title.
    pub name: String,
    /// Workspace.
    pub policy_id: String,
    /// Where it stands.
    pub state: ReportState,
    /// E-mail of the owner, a member of the workspace.
    pub employee: String,
    /// When it was made.
    pub created: Option<Moment>,
    /// When it was last submitted.
    pub submitted: Option<Moment>,
    /// When it was approved.
    pub approved: Option<Moment>,
    /// When it was reimbursed.
    pub reimbursed: Option<Moment>,
    /// Currency; default the workspace's.
    pub currency: Option<String>,
    /// Total in hundredths; default the sum of the expenses in report currency.
    pub total: Option<i64>,
    /// E-mail of the last approver.
    pub manager: Option<String>,
    /// Who approved it, in order.
    pub approvers: Vec<Approver>,
    /// Report fields by the name the workspace gives them.
    pub custom_fields: BTreeMap<String, String>,
    /// Labels it was marked as exported with.
    pub labels: Vec<String>,
    /// Its lines.
    pub expenses: Vec<Expense>,
}

/// One approval.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approver {
    /// E-mail.
    pub email: String,
    /// When.
    pub date: Moment,
}

/// One line of a report. Amounts are hundredths of the currency unit; refunds are negative.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Expense {
    /// `transactionID`, text of 16 to 19 digits.
    pub id: String,
    /// Merchant as first read.
    pub merchant: String,
    /// Merchant as edited.
    pub modified_merchant: Option<String>,
    /// Amount as first read.
    pub amount: i64,
    /// Amount as edited; 0 is a real value.
    pub modified_amount: Option<i64>,
    /// Amount in report currency, when the currency differs.
    pub converted_amount: Option<i64>,
    /// Currency; default the report's.
    pub currency: Option<String>,
    /// Expense currency to report currency.
    pub conversion_rate: Option<Decimal>,
    /// Date as first read.
    pub date: Option<Moment>,
    /// Date as edited.
    pub modified_date: Option<Moment>,
    /// Category; its codes come from the workspace.
    pub category: String,
    /// One tag per level; their codes come from the workspace.
    pub tags: Vec<String>,
    /// Description.
    pub comment: String,
    /// Whether it can be billed to a client.
    pub billable: bool,
    /// Whether the employee is owed it; default true.
    pub reimbursable: bool,
    /// Card feed it came from; empty for cash.
    pub bank: String,
    /// Merchant category code, 0 for none.
    pub mcc: u32,
    /// `rateID` of its tax; absent means no tax.
    pub tax: Option<String>,
    /// Tax part of the amount as first read.
    pub tax_amount: Option<i64>,
    /// Tax part as edited.
    pub modified_tax_amount: Option<i64>,
    /// Id of the receipt.
    pub receipt_id: Option<String>,
    /// Guests.
    pub attendees: Vec<String>,
    /// Distance in miles, for a distance expense.
    pub distance: Option<Decimal>,
}

impl Default for Expense {
    fn default() -> Self {
        Self {
            id: String::new(),
            merchant: String::new(),
            modified_merchant: None,
            amount: 0,
            modified_amount: None,
            converted_amount: None,
            currency: None,
            conversion_rate: None,
            date: None,
            modified_date: None,
            category: String::new(),
            tags: Vec::new(),
            comment: String::new(),
            billable: false,
            reimbursable: true,
            bank: String::new(),
            mcc: 0,
            tax: None,
            tax_amount: None,
            modified_tax_amount: None,
            receipt_id: None,
            attendees: Vec::new(),
            distance: None,
        }
    }
}
