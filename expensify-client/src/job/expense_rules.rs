//! Creates and updates expense rules (`create` and `update`, `expenseRules`).

use serde_json::{Value, json};

use super::contract::{Job, sealed::Sealed};
use super::envelope::{JobRequest, fields};
use crate::error::Error;
use crate::evidence::{self, JobShapes};
use crate::ids::PolicyId;
use crate::response::{Answer, Expected};

/// What a rule does to the expenses of its employee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleActions {
    tag: Option<String>,
    default_billable: Option<bool>,
}

impl RuleActions {
    /// Tags them.
    pub fn tag(tag: impl Into<String>) -> Self {
        Self {
            tag: Some(tag.into()),
            default_billable: None,
        }
    }

    /// Makes them billable, or not, unless said otherwise.
    pub const fn billable(default: bool) -> Self {
        Self {
            tag: None,
            default_billable: Some(default),
        }
    }

    /// Does what this one does and what the other one does; the other one wins.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            tag: other.tag.or(self.tag),
            default_billable: other.default_billable.or(self.default_billable),
        }
    }
}

/// Creates an expense rule.
///
/// # Idempotency
///
/// A rule with the same actions is refused, with response code 666 and the number of the one that exists in
/// [`Error::response_message`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateExpenseRule {
    employee_email: String,
    policy: PolicyId,
    actions: RuleActions,
}

/// Number of an expense rule. No reply names it; people see it on the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExpenseRuleId(pub u64);

/// Updates an expense rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateExpenseRule {
    rule: ExpenseRuleId,
    content: CreateExpenseRule,
}

impl CreateExpenseRule {
    /// A rule for this employee in this policy.
    pub fn new(employee_email: impl Into<String>, policy: PolicyId, actions: RuleActions) -> Self {
        Self {
            employee_email: employee_email.into(),
            policy,
            actions,
        }
    }

    fn settings(&self) -> Value {
        let mut actions = json!({});
        if let Some(tag) = &self.actions.tag {
            actions["tag"] = tag.as_str().into();
        }
        if let Some(default) = self.actions.default_billable {
            actions["defaultBillable"] = default.into();
        }
        json!({
            "type": "expenseRules", "employeeEmail": self.employee_email, "policyID": self.policy.as_str(),
            "actions": actions,
        })
    }
}

impl UpdateExpenseRule {
    /// Makes a rule do what a new one would.
    pub const fn new(rule: ExpenseRuleId, content: CreateExpenseRule) -> Self {
        Self { rule, content }
    }
}

impl Sealed for CreateExpenseRule {}

impl Job for CreateExpenseRule {
    /// The service says no more than that it is done.
    type Reply = ();
    const SHAPES: &'static JobShapes = &evidence::CREATE_EXPENSE_RULE;
    const SAFE_TO_RETRY: bool = false;
    const EXPECTED: Expected = Expected::Object;

    fn to_request(&self) -> Result<JobRequest, Error> {
        let description = json!({"type": "create", "inputSettings": self.settings()});
        Ok(JobRequest::new::<Self>(fields(description)))
    }

    fn read(&self, _: &Answer) -> Result<(), Error> {
        Ok(())
    }
}

impl Sealed for UpdateExpenseRule {}

impl Job for UpdateExpenseRule {
    type Reply = ();
    const SHAPES: &'static JobShapes = &evidence::UPDATE_EXPENSE_RULE;
    const SAFE_TO_RETRY: bool = false;
    const EXPECTED: Expected = Expected::Object;

    fn to_request(&self) -> Result<JobRequest, Error> {
        let mut settings = self.content.settings();
        settings["ruleID"] = self.rule.0.into();
        let description = json!({"type": "update", "inputSettings": settings});
        Ok(JobRequest::new::<Self>(fields(description)))
    }

    fn read(&self, _: &Answer) -> Result<(), Error> {
        // Inferred: the same as when a rule is created. Nothing of it is relied on but the code.
        Ok(())
    }
}
