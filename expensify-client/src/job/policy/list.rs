//! Lists policies (`get`, `policyList`).

use serde::Deserialize;
use serde_json::{Map, json};

use crate::error::Error;
use crate::evidence::{self, JobShapes};
use crate::ids::PolicyId;
use crate::job::contract::{Job, sealed::Sealed};
use crate::job::envelope::{JobRequest, fields};
use crate::response::{Answer, Expected};
use crate::scalar::text;

/// Which policies to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyScope {
    /// All the account belongs to.
    All,
    /// Those the account administers (`adminOnly`).
    AdminOnly,
}

/// Which policies to list, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyListQuery {
    /// All, or those administered.
    pub scope: PolicyScope,
    /// Whose policies (`userEmail`); needs access granted by that user or domain.
    pub user_email: Option<String>,
}

/// A policy as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicySummary {
    /// The one key; names repeat.
    pub id: PolicyId,
    /// Name.
    pub name: String,
    /// Email of the owner.
    pub owner: Option<String>,
    /// Role of the account in it: `user`, `auditor`, `admin`; an open list.
    pub role: Option<String>,
    /// Plan: `team`, `corporate`, `free`, `control`, `personalPolicy`; an open list.
    pub kind: Option<String>,
    /// ISO 4217 code of its reports.
    pub output_currency: Option<String>,
}

impl PolicySummary {
    /// Whether the account administers it, which is what lets an export see all its reports.
    pub fn is_admin(&self) -> bool {
        self.role.as_deref() == Some("admin")
    }
}

impl Sealed for PolicyListQuery {}

impl Job for PolicyListQuery {
    type Reply = Vec<PolicySummary>;
    const SHAPES: &'static JobShapes = &evidence::POLICY_LIST;
    const SAFE_TO_RETRY: bool = true;
    const EXPECTED: Expected = Expected::Object;

    fn to_request(&self) -> Result<JobRequest, Error> {
        let mut settings = Map::new();
        settings.insert("type".into(), "policyList".into());
        settings.insert(
            "adminOnly".into(),
            (self.scope == PolicyScope::AdminOnly).into(),
        );
        if let Some(email) = &self.user_email {
            settings.insert("userEmail".into(), email.as_str().into());
        }
        let description = json!({"type": "get", "inputSettings": settings});
        Ok(JobRequest::new::<Self>(fields(description)))
    }

    fn read(&self, answer: &Answer) -> Result<Self::Reply, Error> {
        let listed: Reply = answer.decode()?;
        let summary = |entry: Entry| {
            let id = PolicyId::new(entry.id.unwrap_or_default())
                .map_err(|_| answer.misshaped("a policy without an ID"))?;
            Ok(PolicySummary {
                id,
                name: entry.name.unwrap_or_default(),
                owner: entry.owner,
                role: entry.role,
                kind: entry.kind,
                output_currency: entry.output_currency,
            })
        };
        listed.policy_list.into_iter().map(summary).collect()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    policy_list: Vec<Entry>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Entry {
    #[serde(deserialize_with = "text")]
    id: Option<String>,
    #[serde(deserialize_with = "text")]
    name: Option<String>,
    #[serde(deserialize_with = "text")]
    owner: Option<String>,
    #[serde(deserialize_with = "text")]
    role: Option<String>,
    #[serde(rename = "type", deserialize_with = "text")]
    kind: Option<String>,
    #[serde(deserialize_with = "text")]
    output_currency: Option<String>,
}
