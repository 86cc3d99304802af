//! Creates a policy (`create`, `policy`).

use serde::Deserialize;
use serde_json::json;

use super::contract::{Job, sealed::Sealed};
use super::envelope::{JobRequest, fields};
use crate::error::Error;
use crate::evidence::{self, JobShapes};
use crate::ids::PolicyId;
use crate::response::{Answer, Expected};
use crate::scalar::text;

/// Creates a policy. No job deletes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatePolicy {
    name: String,
    plan: Plan,
}

/// Plans a policy can be created on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Plan {
    /// `team`, the service's default.
    Team,
    /// `corporate`.
    Corporate,
}

/// A policy that was created.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreatedPolicy {
    /// Its ID.
    pub id: PolicyId,
    /// Its name.
    pub name: Option<String>,
}

impl CreatePolicy {
    /// A policy of this name; names may repeat.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for an empty name.
    pub fn new(name: impl Into<String>, plan: Plan) -> Result<Self, Error> {
        let name = name.into();
        if name.trim().is_empty() {
            return Err(Error::invalid("the policy has no name"));
        }
        Ok(Self { name, plan })
    }
}

impl Sealed for CreatePolicy {}

impl Job for CreatePolicy {
    type Reply = CreatedPolicy;
    const SHAPES: &'static JobShapes = &evidence::CREATE_POLICY;
    const SAFE_TO_RETRY: bool = false;
    const EXPECTED: Expected = Expected::Object;

    fn to_request(&self) -> Result<JobRequest, Error> {
        let plan = match self.plan {
            Plan::Team => "team",
            Plan::Corporate => "corporate",
        };
        let settings = json!({"type": "policy", "policyName": self.name, "plan": plan});
        let description = json!({"type": "create", "inputSettings": settings});
        Ok(JobRequest::new::<Self>(fields(description)))
    }

    fn read(&self, answer: &Answer) -> Result<CreatedPolicy, Error> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Reply {
            #[serde(rename = "policyID", deserialize_with = "text")]
            id: Option<String>,
            #[serde(rename = "policyName", deserialize_with = "text")]
            name: Option<String>,
        }
        let reply: Reply = answer.decode()?;
        let id = PolicyId::new(reply.id.unwrap_or_default());
        Ok(CreatedPolicy {
            id: id.map_err(|_| answer.misshaped("a created policy without an ID"))?,
            name: reply.name,
        })
    }
}
