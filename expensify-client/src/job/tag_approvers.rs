//! Sets who approves expenses by their tag (`update`, `tagApprovers`).

use serde_json::{Value, json};

use super::contract::{Job, sealed::Sealed};
use super::envelope::{JobRequest, fields};
use crate::error::Error;
use crate::evidence::{self, JobShapes};
use crate::ids::PolicyId;
use crate::response::{Answer, Expected};

/// Sets or clears the approvers of tags. For policies with single-level tags only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateTagApprovers {
    policy: PolicyId,
    approvers: Vec<TagApprover>,
}

/// Who approves expenses with a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagApprover {
    tag: String,
    approver: String,
}

impl TagApprover {
    /// Expenses with this tag go to the person with this address.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for an empty address, which would clear.
    pub fn set(tag: impl Into<String>, approver_email: impl Into<String>) -> Result<Self, Error> {
        let approver = approver_email.into();
        if approver.trim().is_empty() {
            return Err(Error::invalid("the approver has no address"));
        }
        Ok(Self {
            tag: tag.into(),
            approver,
        })
    }

    /// Expenses with this tag have no approver of their own any more.
    pub fn clear(tag: impl Into<String>) -> Self {
        Self {
            tag: tag.into(),
            approver: String::new(),
        }
    }
}

impl UpdateTagApprovers {
    /// For tags of this policy; other tags stay as they are.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for an empty list.
    pub fn new(
        policy: PolicyId,
        approvers: impl IntoIterator<Item = TagApprover>,
    ) -> Result<Self, Error> {
        let approvers = Vec::from_iter(approvers);
        if approvers.is_empty() {
            return Err(Error::invalid("the list of tag approvers is empty"));
        }
        Ok(Self { policy, approvers })
    }
}

impl Sealed for UpdateTagApprovers {}

impl Job for UpdateTagApprovers {
    type Reply = ();
    const SHAPES: &'static JobShapes = &evidence::UPDATE_TAG_APPROVERS;
    const SAFE_TO_RETRY: bool = false;
    const EXPECTED: Expected = Expected::Object;

    fn to_request(&self) -> Result<JobRequest, Error> {
        let entry = |it: &TagApprover| json!({"name": it.tag, "approver": it.approver});
        let approvers: Vec<Value> = self.approvers.iter().map(entry).collect();
        let settings = json!({"type": "tagApprovers", "policyID": self.policy.as_str()});
        // A sibling of the settings, not a member.
        let description =
            json!({"type": "update", "inputSettings": settings, "tagApprovers": approvers});
        Ok(JobRequest::new::<Self>(fields(description)))
    }

    fn read(&self, _: &Answer) -> Result<(), Error> {
        Ok(())
    }
}
