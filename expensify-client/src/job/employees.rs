//! Updates the employees of policies (`update`, `employees`), the advanced way.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::contract::{Job, sealed::Sealed};
use super::envelope::{JobRequest, fields};
use super::export::{Recipients, SftpServer};
use crate::error::Error;
use crate::evidence::{self, JobShapes};
use crate::ids::PolicyId;
use crate::response::{Answer, Expected};
use crate::scalar::{count, flag, text};

/// Updates employees. The account needs rights that are not documented in full.
#[derive(Clone, Debug)]
pub struct UpdateEmployees {
    source: EmployeeSource,
    options: EmployeeUpdateOptions,
    recipients: Option<Recipients>,
}

/// Where the records come from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum EmployeeSource {
    /// From the request.
    Records(Vec<EmployeeRecord>),
    /// From an address that the service fetches, with basic authorisation.
    Feed {
        /// The address. It is no secret here, and shown to observers: put none into it.
        url: Url,
        /// Login.
        user: String,
        /// Its password.
        password: SecretString,
    },
    /// From a server that the service fetches them from.
    Sftp {
        /// The server.
        server: SftpServer,
        /// The file on it.
        file_name: String,
    },
}

/// What can be set about the update. The default is the service's own for everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EmployeeUpdateOptions {
    /// Changes nothing, and says what would be changed (`dry-run`).
    pub dry_run: bool,
    /// Whose primary policy is set.
    pub primary_policy: PrimaryPolicy,
    /// Leaves broken chains of approval as they are (`shouldFixApprovalChains`: false).
    pub keeps_approval_chains: bool,
    /// Sends the employees no mail (`shouldSkipNotificationEmail`).
    pub silent: bool,
}

/// Whose primary policy an update sets (`setEmployeePrimaryPolicy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrimaryPolicy {
    /// Nobody's.
    #[default]
    Kept,
    /// That of new employees.
    OfNewEmployees,
    /// Everybody's.
    OfAll,
}

/// An employee. [`new`](Self::new) takes what must be there; the rest is filled in as fields.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EmployeeRecord {
    /// Email.
    pub email: String,
    /// Email of the manager.
    pub manager_email: String,
    /// The company's own ID, the key: a new email under a known ID merges the two logins.
    pub employee_id: String,
    /// The policy.
    pub policy: PolicyId,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// First custom field; the service fills in the employee ID if absent.
    pub custom_field_1: Option<String>,
    /// Second custom field.
    pub custom_field_2: Option<String>,
    /// Up to where the employee approves alone, and who approves above. In a unit that is not documented.
    pub approval_limit: Option<ApprovalLimit>,
    /// Email of whom the employee's approvals go on to.
    pub approves_to: Option<String>,
    /// Role in the policy.
    pub role: Option<EmployeeRole>,
    /// Off for a while (`workerStatus`).
    pub on_leave: bool,
    /// Left the company (`isTerminated`).
    pub terminated: bool,
    /// Group of the domain; counts only if every record of the update has one.
    pub domain_group_id: Option<String>,
    /// More policies.
    pub additional_policies: Vec<PolicyId>,
    /// Whether policies not named are left (`shouldRemoveFromUnassignedPolicies`).
    pub leaves_other_policies: bool,
    /// Tags of new expenses, by level.
    pub default_tags: Vec<String>,
}

/// Up to where somebody approves alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalLimit {
    /// The limit, in a unit the documentation does not state.
    pub limit: u64,
    /// Email of who approves above it.
    pub over_limit_approver: String,
}

/// Role of an employee in a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EmployeeRole {
    /// `user`.
    User,
    /// `auditor`.
    Auditor,
    /// `admin`.
    Admin,
}

/// What became of the records, judged by the lists of the reply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EmployeeUpdateOutcome {
    /// Whether nothing was changed, as the service says.
    pub dry_run: Option<bool>,
    /// How many were updated.
    pub updated: Option<i64>,
    /// Emails added, by policy.
    pub added: BTreeMap<String, Vec<String>>,
    /// Emails removed, by policy.
    pub removed: BTreeMap<String, Vec<String>>,
    /// Emails by group of the domain.
    pub groups: BTreeMap<String, Vec<String>>,
    /// Records that were left out.
    pub skipped: Vec<SkippedEmployee>,
}

/// A record that was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct SkippedEmployee {
    /// Email.
    #[serde(deserialize_with = "text")]
    pub email: Option<String>,
    /// The service's reason, for people.
    #[serde(deserialize_with = "text")]
    pub reason: Option<String>,
}

impl EmployeeRecord {
    /// What must be there.
    pub fn new(
        email: impl Into<String>,
        manager_email: impl Into<String>,
        employee_id: impl Into<String>,
        policy: PolicyId,
    ) -> Self {
        Self {
            email: email.into(),
            manager_email: manager_email.into(),
            employee_id: employee_id.into(),
            policy,
            first_name: None,
            last_name: None,
            custom_field_1: None,
            custom_field_2: None,
            approval_limit: None,
            approves_to: None,
            role: None,
            on_leave: false,
            terminated: false,
            domain_group_id: None,
            additional_policies: Vec::new(),
            leaves_other_policies: false,
            default_tags: Vec::new(),
        }
    }

    fn wire(&self) -> Value {
        let mut wire = json!({
            "employeeEmail": self.email, "managerEmail": self.manager_email, "employeeID": self.employee_id,
            "policyID": self.policy.as_str(),
        });
        let role = self.role.map(|role| match role {
            EmployeeRole::User => "user",
            EmployeeRole::Auditor => "auditor",
            EmployeeRole::Admin => "admin",
        });
        let texts = [
            ("firstName", self.first_name.as_deref()),
            ("lastName", self.last_name.as_deref()),
            ("customField1", self.custom_field_1.as_deref()),
            ("customField2", self.custom_field_2.as_deref()),
            ("approvesTo", self.approves_to.as_deref()),
            ("domainGroupID", self.domain_group_id.as_deref()),
            ("workerStatus", self.on_leave.then_some("On Leave")),
            ("role", role),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                wire[key] = text.into();
            }
        }
        if let Some(limit) = &self.approval_limit {
            wire["approvalLimit"] = limit.limit.into();
            wire["overLimitApprover"] = limit.over_limit_approver.as_str().into();
        }
        for (key, flag) in [
            ("isTerminated", self.terminated),
            (
                "shouldRemoveFromUnassignedPolicies",
                self.leaves_other_policies,
            ),
        ] {
            if flag {
                wire[key] = true.into();
            }
        }
        if !self.additional_policies.is_empty() {
            let ids: Vec<&str> = self
                .additional_policies
                .iter()
                .map(PolicyId::as_str)
                .collect();
            wire["additionalPolicyIDs"] = ids.into();
        }
        if !self.default_tags.is_empty() {
            wire["defaultTags"] = self.default_tags.clone().into();
        }
        wire
    }
}

impl UpdateEmployees {
    /// Takes the records from there.
    pub const fn new(source: EmployeeSource, options: EmployeeUpdateOptions) -> Self {
        Self {
            source,
            options,
            recipients: None,
        }
    }

    /// Mails the outcome.
    #[must_use]
    pub fn mailed_to(mut self, recipients: Recipients) -> Self {
        self.recipients = Some(recipients);
        self
    }

    fn description(&self) -> Value {
        let source = match &self.source {
            EmployeeSource::Records(_) => "request",
            EmployeeSource::Feed { .. } => "download",
            EmployeeSource::Sftp { .. } => "sftp",
        };
        let primary = match self.options.primary_policy {
            PrimaryPolicy::Kept => "none",
            PrimaryPolicy::OfNewEmployees => "new_employees",
            PrimaryPolicy::OfAll => "all_employees",
        };
        json!({
            "type": "update", "dataSource": source,
            "inputSettings": {"type": "employees", "entity": "generic"},
            "dry-run": self.options.dry_run, "setEmployeePrimaryPolicy": primary,
            "shouldFixApprovalChains": !self.options.keeps_approval_chains,
            "shouldSkipNotificationEmail": self.options.silent,
        })
    }
}

impl Sealed for UpdateEmployees {}

impl Job for UpdateEmployees {
    type Reply = EmployeeUpdateOutcome;
    const SHAPES: &'static JobShapes = &evidence::UPDATE_EMPLOYEES;
    const SAFE_TO_RETRY: bool = false;
    const EXPECTED: Expected = Expected::Object;

    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for an empty list of records, and for an address with its own
    /// user or password: they belong into `user` and `password`.
    fn to_request(&self) -> Result<JobRequest, Error> {
        let mut fields = fields(self.description());
        if let Some(recipients) = &self.recipients {
            fields.insert("onFinish".into(), json!([recipients.wire()]));
        }
        match &self.source {
            EmployeeSource::Records(records) if records.is_empty() => {
                Err(Error::invalid("the list of employees is empty"))
            }
            EmployeeSource::Records(records) => {
                let records: Vec<Value> = records.iter().map(EmployeeRecord::wire).collect();
                let data = Value::from(records).to_string();
                Ok(JobRequest::new::<Self>(fields).with_field("data", data.into()))
            }
            EmployeeSource::Feed {
                url,
                user,
                password,
            } => {
                if !url.username().is_empty() || url.password().is_some() {
                    return Err(Error::invalid(
                        "the feed's address holds a user or password",
                    ));
                }
                let feed = json!({"feedUrl": url.as_str(), "feedUser": user, "feedPassword": null});
                fields.insert("credentials".into(), feed);
                let request = JobRequest::new::<Self>(fields);
                Ok(request.with_secret("/credentials/feedPassword".into(), password))
            }
            EmployeeSource::Sftp { server, file_name } => {
                let sftp = json!({"sftp": {
                    "host": server.host, "port": server.port, "login": server.login, "password": null,
                    "filename": file_name,
                }});
                fields.insert("credentials".into(), sftp);
                let request = JobRequest::new::<Self>(fields);
                Ok(request.with_secret("/credentials/sftp/password".into(), &server.password))
            }
        }
    }

    fn read(&self, answer: &Answer) -> Result<EmployeeUpdateOutcome, Error> {
        let reply: Reply = answer.decode()?;
        Ok(EmployeeUpdateOutcome {
            dry_run: reply.dry_run,
            updated: reply.updated,
            added: reply.diff.added,
            removed: reply.diff.removed,
            groups: reply.groups,
            skipped: reply.skipped,
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reply {
    #[serde(rename = "dry-run", deserialize_with = "flag")]
    dry_run: Option<bool>,
    #[serde(rename = "updatedEmployeesCount", deserialize_with = "count")]
    updated: Option<i64>,
    diff: Diff,
    #[serde(rename = "securityGroupEmployeesMap")]
    groups: BTreeMap<String, Vec<String>>,
    #[serde(rename = "skippedEmployees")]
    skipped: Vec<SkippedEmployee>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Diff {
    #[serde(rename = "diffToAdd")]
    added: BTreeMap<String, Vec<String>>,
    #[serde(rename = "diffToRemove")]
    removed: BTreeMap<String, Vec<String>>,
}
