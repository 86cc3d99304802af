//! Reads sections of policies (`get`, `policy`).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, json};

use super::model::Policy;
use super::section::{PolicySection, SectionSet};
use crate::error::Error;
use crate::evidence::{self, JobShapes};
use crate::ids::PolicyId;
use crate::job::contract::{Job, sealed::Sealed};
use crate::job::envelope::{JobRequest, fields};
use crate::response::{Answer, Expected};

/// Which sections of which policies to read. A policy that is absent from the reply is not visible to the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyQuery<S> {
    policies: BTreeSet<PolicyId>,
    sections: S,
    user_email: Option<String>,
}

impl<S: SectionSet> PolicyQuery<S> {
    /// These sections of these policies.
    pub fn new(policies: impl IntoIterator<Item = PolicyId>, sections: S) -> Self {
        Self {
            policies: policies.into_iter().collect(),
            sections,
            user_email: None,
        }
    }

    /// As this user sees them (`userEmail`); needs access granted by that user or domain.
    #[must_use]
    pub fn as_user(mut self, email: impl Into<String>) -> Self {
        self.user_email = Some(email.into());
        self
    }
}

impl<S: SectionSet> Sealed for PolicyQuery<S> {}

impl<S: SectionSet> Job for PolicyQuery<S> {
    type Reply = BTreeMap<PolicyId, S::Content>;
    const SHAPES: &'static JobShapes = &evidence::POLICY;
    const SAFE_TO_RETRY: bool = true;
    const EXPECTED: Expected = Expected::Object;

    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) if no policy or no section is named, or a section twice.
    fn to_request(&self) -> Result<JobRequest, Error> {
        let sections = self.sections.sections();
        let distinct: BTreeSet<PolicySection> = sections.iter().copied().collect();
        if self.policies.is_empty() || distinct.is_empty() {
            return Err(Error::invalid("no policy or no section is named"));
        }
        if distinct.len() < sections.len() {
            return Err(Error::invalid("a section of the policy is named twice"));
        }
        let ids: Vec<&str> = self.policies.iter().map(PolicyId::as_str).collect();
        let words: Vec<&str> = distinct.iter().map(|section| section.as_str()).collect();
        let mut settings = Map::new();
        settings.insert("type".into(), "policy".into());
        // An array here, where the exporter wants a comma-separated string.
        settings.insert("policyIDList".into(), ids.into());
        settings.insert("fields".into(), words.into());
        if let Some(email) = &self.user_email {
            settings.insert("userEmail".into(), email.as_str().into());
        }
        let description = json!({"type": "get", "inputSettings": settings});
        Ok(JobRequest::new::<Self>(fields(description)))
    }

    fn read(&self, answer: &Answer) -> Result<Self::Reply, Error> {
        let reply: Reply = answer.decode()?;
        let keyed = |(id, mut policy): (String, Policy)| {
            let id = PolicyId::new(id)
                .map_err(|_| answer.misshaped("a policy under a key that is no ID"))?;
            let content = S::take(&mut policy).map_err(|section| {
                answer.misshaped(format!(
                    "the section {} of policy {id} was asked for and is absent",
                    section.as_str()
                ))
            })?;
            Ok((id, content))
        };
        reply.policy_info.into_iter().map(keyed).collect()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    policy_info: BTreeMap<String, Policy>,
}
