//! An expense report as the export gives it.

use std::collections::BTreeMap;

use super::expense::Expense;
use super::value::Stamp;
use crate::ids::{PolicyId, ReportId};
use crate::money::Hundredths;
use crate::report_field::ReportFieldKey;

/// An expense report with its expenses. Fields are named after the service's; `None` is absent or empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Report {
    /// `reportID`, base-62.
    pub id: ReportId,
    /// `oldReportID`: the same report in base-10.
    pub old_id: Option<String>,
    /// Title; people edit it, and it is not unique.
    pub name: Option<String>,
    /// Where the report stands.
    pub status: Option<ReportStatus>,
    /// `displayStatus`: Draft, Outstanding, Approved, Paid, Done; absent on older accounts.
    pub display_status: Option<String>,
    /// `state`, undocumented: `OPEN`, `SUBMITTED`, `BILLING`, `AUTOREIMBURSED`, `MANUALREIMBURSED`.
    pub state: Option<String>,
    /// `stateNum`, undocumented.
    pub state_num: Option<String>,
    /// The workspace; absent for reports outside any.
    pub policy_id: Option<PolicyId>,
    /// Name of the workspace.
    pub policy_name: Option<String>,
    /// ISO 4217 code of the report: `total` and converted amounts are in it.
    pub currency: Option<String>,
    /// Total in report currency, reimbursable and company-paid expenses together.
    pub total: Option<Hundredths>,
    /// When it was created.
    pub created: Option<Stamp>,
    /// When it was last submitted.
    pub submitted: Option<Stamp>,
    /// When it was approved; may be absent for a report closed without approval.
    pub approved: Option<Stamp>,
    /// When it was reimbursed.
    pub reimbursed: Option<Stamp>,
    /// `isACHReimbursed`: paid through Expensify.
    pub is_ach_reimbursed: Option<bool>,
    /// `entryID`: the latest reimbursement, as on the bank statement.
    pub entry_id: Option<String>,
    /// Email of the owner; changes when the owner's primary login does.
    pub account_email: Option<String>,
    /// `accountID` of the owner, stable.
    pub account_id: Option<String>,
    /// Names of the owner.
    pub submitter: Person,
    /// `employeeCustomField1` of the owner.
    pub employee_custom_field_1: Option<String>,
    /// `employeeCustomField2` of the owner.
    pub employee_custom_field_2: Option<String>,
    /// Email of the last approver; while processing, of the current one.
    pub manager_email: Option<String>,
    /// `managerUserID` of the last approver.
    pub manager_user_id: Option<String>,
    /// `managerPayrollID` of the last approver.
    pub manager_payroll_id: Option<String>,
    /// Names of the last approver.
    pub manager: Person,
    /// All approvers, in order.
    pub approvers: Vec<Approver>,
    /// What was done with the report, in the order of the export; empty where the export has no history.
    pub history: Vec<Action>,
    /// Report fields by name, in which the service puts `_` for everything that is not a letter or digit.
    pub custom_fields: BTreeMap<String, String>,
    /// Amounts and flags that could not be read, by their names in the file. Their fields are `None`.
    pub unreadable: Vec<&'static str>,
    /// The expenses, in the order of the file.
    pub expenses: Vec<Expense>,
}

impl Report {
    /// A report field by the name people know it by.
    pub fn custom_field(&self, name: &str) -> Option<&str> {
        let key = ReportFieldKey::of(name);
        let value = |key: &ReportFieldKey| self.custom_fields.get(key.as_str());
        value(&key)
            .or_else(|| value(&key.to_ascii()))
            .map(String::as_str)
    }
}

/// Where a report stands, in the words of the site.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ReportStatus {
    /// Not submitted.
    Open,
    /// Submitted, not approved.
    Processing,
    /// Approved.
    Approved,
    /// Approved and paid.
    Reimbursed,
    /// Closed without payment; `Archived` in some outputs.
    Closed,
    /// A word that is not in the documentation, as it was sent.
    Other(String),
}

impl ReportStatus {
    pub(crate) fn from_text(text: &str) -> Self {
        match text {
            "Open" => Self::Open,
            "Processing" => Self::Processing,
            "Approved" => Self::Approved,
            "Reimbursed" => Self::Reimbursed,
            "Closed" | "Archived" => Self::Closed,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The word of the site for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Open => "Open",
            Self::Processing => "Processing",
            Self::Approved => "Approved",
            Self::Reimbursed => "Reimbursed",
            Self::Closed => "Closed",
            Self::Other(text) => text,
        }
    }
}

/// The names of a person, as far as they are set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Person {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Full name.
    pub full_name: Option<String>,
}

/// One approval.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Approver {
    /// Email of the approver.
    pub email: Option<String>,
    /// When the approval was given.
    pub date: Option<Stamp>,
    /// Names of the approver.
    pub person: Person,
    /// `employeeUserID` of the approver.
    pub employee_user_id: Option<String>,
    /// `employeePayrollID` of the approver.
    pub employee_payroll_id: Option<String>,
}

/// One entry of a report's history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Action {
    /// What was done, an open list; `REIMBURSED` was seen.
    pub kind: Option<String>,
    /// Email of who did it.
    pub account_email: Option<String>,
    /// When.
    pub created: Option<Stamp>,
    /// What was said.
    pub message: Option<String>,
    /// When the money is expected, on a reimbursement.
    pub expected_date: Option<Stamp>,
}

#[cfg(test)]
mod tests {
    use crate::export::{ExportParser, ParserLimits};

    #[test]
    fn a_report_field_is_found_by_the_name_people_know() {
        let file = concat!(
            r#"{"k":"begin","v":1,"format":"ml-connector/export"}"#,
            "\n",
            r#"{"k":"rep","i":"0","n":"0","reportID":"R00A","customField.Cost_Center__2_":"D10","customField.Größe":"L","customField.Stra_e":"x"}"#,
            "\n",
            r#"{"k":"end","reports":1,"expenses":0}"#,
        );
        let mut parser = ExportParser::new(ParserLimits::default());
        parser.push(file.as_bytes());
        parser.finish();
        let report = parser.next_report().unwrap().unwrap();
        for (name, value) in [
            ("Cost Center (2)", Some("D10")),
            ("Größe", Some("L")),
            ("Straße", Some("x")),
            ("cost center (2)", None),
            ("Project", None),
        ] {
            assert_eq!(report.custom_field(name), value, "{name}");
        }
    }
}
