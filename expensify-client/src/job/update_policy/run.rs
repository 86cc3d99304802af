//! The job itself.

use std::collections::BTreeSet;

use serde_json::json;

use super::categories::CategoriesUpdate;
use super::report_fields::ReportFieldsUpdate;
use super::tags::TagsUpdate;
use crate::error::Error;
use crate::evidence::{self, JobShapes};
use crate::ids::PolicyId;
use crate::job::contract::{Job, sealed::Sealed};
use crate::job::envelope::{JobRequest, fields};
use crate::response::{Answer, Expected};

/// Updates categories, tags and report fields of policies, which the account must administer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdatePolicy {
    policies: BTreeSet<PolicyId>,
    categories: Option<CategoriesUpdate>,
    tags: Option<TagsUpdate>,
    report_fields: Option<ReportFieldsUpdate>,
}

impl UpdatePolicy {
    /// Of these policies, all in the same way.
    pub fn of(policies: impl IntoIterator<Item = PolicyId>) -> Self {
        Self {
            policies: policies.into_iter().collect(),
            categories: None,
            tags: None,
            report_fields: None,
        }
    }

    /// Updates the categories.
    #[must_use]
    pub fn categories(mut self, update: CategoriesUpdate) -> Self {
        self.categories = Some(update);
        self
    }

    /// Updates the tags.
    #[must_use]
    pub fn tags(mut self, update: TagsUpdate) -> Self {
        self.tags = Some(update);
        self
    }

    /// Updates the report fields.
    #[must_use]
    pub fn report_fields(mut self, update: ReportFieldsUpdate) -> Self {
        self.report_fields = Some(update);
        self
    }

    fn is_without_content(&self) -> bool {
        let empty = [
            self.categories.as_ref().map(CategoriesUpdate::is_empty),
            self.tags.as_ref().map(TagsUpdate::is_empty),
            self.report_fields
                .as_ref()
                .map(ReportFieldsUpdate::is_empty),
        ];
        let mut given = empty.into_iter().flatten().peekable();
        given.peek().is_none() || given.any(|is_empty| is_empty)
    }
}

impl Sealed for UpdatePolicy {}

impl Job for UpdatePolicy {
    type Reply = ();
    const SHAPES: &'static JobShapes = &evidence::UPDATE_POLICY;
    const SAFE_TO_RETRY: bool = false;
    const EXPECTED: Expected = Expected::Object;

    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) if no policy is named, nothing is updated, or an update is
    /// empty: replaced by nothing, everything would be gone.
    fn to_request(&self) -> Result<JobRequest, Error> {
        if self.policies.is_empty() || self.is_without_content() {
            return Err(Error::invalid(
                "no policy is named, or an update of it is empty",
            ));
        }
        let ids: Vec<&str> = self.policies.iter().map(PolicyId::as_str).collect();
        let settings = match ids.as_slice() {
            [one] => json!({"type": "policy", "policyID": one}),
            several => json!({"type": "policy", "policyIDList": several}),
        };
        // Siblings of the settings: inside them they are ignored, with the code of success.
        let mut fields = fields(json!({"type": "update", "inputSettings": settings}));
        let sections = [
            (
                "categories",
                self.categories.as_ref().map(CategoriesUpdate::wire),
            ),
            ("tags", self.tags.as_ref().map(TagsUpdate::wire)),
            (
                "reportFields",
                self.report_fields.as_ref().map(ReportFieldsUpdate::wire),
            ),
        ];
        for (key, section) in sections {
            if let Some(section) = section {
                fields.insert(key.into(), section);
            }
        }
        let request = JobRequest::new::<Self>(fields);
        Ok(match self.tags.as_ref().and_then(TagsUpdate::file) {
            Some(file) => request.with_field("file", file),
            None => request,
        })
    }

    fn read(&self, _: &Answer) -> Result<(), Error> {
        Ok(())
    }
}
