//! Projects, of a family of URLs with flat envelopes.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Change;
use super::Service;
use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{
    Create, Family, Filter, Get, HardDelete, List, Resource, Shape, Sort, Update, operations,
};
use crate::wire::{
    BusinessId, ClientId, IdentityId, ProjectId, RetainerId, Timestamp, closed_words, decimal_text,
    flag, instant_text, list, open_text_enum, optional, optional_date, optional_decimal,
    optional_id, optional_text, utc,
};

/// A project as FreshBooks shows it. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "FreshBooks' own flags")]
#[non_exhaustive]
pub struct Project {
    /// Its identifier.
    pub id: ProjectId,
    /// Its title.
    #[serde(default, deserialize_with = "optional_text")]
    pub title: Option<String>,
    /// What it is about.
    #[serde(default, deserialize_with = "optional_text")]
    pub description: Option<String>,
    /// When it is due.
    #[serde(default, deserialize_with = "optional_date")]
    pub due_date: Option<NaiveDate>,
    /// For whom it is done.
    #[serde(default, deserialize_with = "optional_id")]
    pub client_id: Option<ClientId>,
    /// Whether it is done for the business itself.
    #[serde(default, deserialize_with = "flag")]
    pub internal: bool,
    /// Whether it is in use.
    #[serde(default, deserialize_with = "flag")]
    pub active: bool,
    /// Whether it is finished.
    #[serde(default, deserialize_with = "flag")]
    pub complete: bool,
    /// Whether it is FreshBooks' own sample.
    #[serde(default, deserialize_with = "flag")]
    pub sample: bool,
    /// How it is paid.
    #[serde(default, deserialize_with = "optional")]
    pub project_type: Option<ProjectType>,
    /// Its price, if fixed, in the currency of the client.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub fixed_price: Option<Decimal>,
    /// Price of an hour, if one is set for the whole project.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub rate: Option<Decimal>,
    /// Which rate counts.
    #[serde(default, deserialize_with = "optional")]
    pub billing_method: Option<BillingMethod>,
    /// Time planned, in seconds.
    #[serde(default, rename = "budget", deserialize_with = "optional")]
    pub budget_seconds: Option<u64>,
    /// Time logged, in seconds.
    #[serde(default, rename = "logged_duration", deserialize_with = "optional")]
    pub logged_seconds: Option<u64>,
    /// What was billed.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub billed_amount: Option<Decimal>,
    /// How far it is billed, as a word.
    #[serde(default, deserialize_with = "optional_text")]
    pub billed_status: Option<String>,
    /// What is added to its expenses, in percent.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub expense_markup: Option<Decimal>,
    /// Who leads it.
    #[serde(default, deserialize_with = "optional_id")]
    pub project_manager_id: Option<IdentityId>,
    /// The retainer that pays for it.
    #[serde(default, deserialize_with = "optional_id")]
    pub retainer_id: Option<RetainerId>,
    /// Its team; only in lists.
    #[serde(default, deserialize_with = "optional_id")]
    pub group_id: Option<u64>,
    /// The services done in it.
    #[serde(default, deserialize_with = "list")]
    pub services: Vec<Service>,
    /// When it was created.
    #[serde(default, deserialize_with = "utc")]
    pub created_at: Option<Timestamp>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "utc")]
    pub updated_at: Option<Timestamp>,
}

open_text_enum! {
    /// How a project is paid.
    ProjectType {
        /// At one price.
        FixedPrice = "fixed_price",
        /// By the hour.
        HourlyRate = "hourly_rate",
    }
}

open_text_enum! {
    /// Which rate of a project counts.
    BillingMethod {
        /// The one of the business.
        BusinessRate = "business_rate",
        /// The one of the project.
        ProjectRate = "project_rate",
        /// The one of each service.
        ServiceRate = "service_rate",
        /// The one of each person.
        TeamMemberRate = "team_member_rate",
    }
}

/// A project to create. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewProject {
    title: String,
    project_type: ProjectType,
    #[serde(flatten)]
    rest: ProjectRest,
}

impl NewProject {
    /// With what FreshBooks requires.
    pub fn new(title: impl Into<String>, project_type: ProjectType) -> Self {
        Self {
            title: title.into(),
            project_type,
            rest: ProjectRest::default(),
        }
    }

    /// Adds what is not required. What the constructor took stays as it is.
    #[must_use]
    pub fn with(mut self, rest: ProjectRest) -> Self {
        self.rest = ProjectRest {
            project_type: None,
            ..rest
        };
        self
    }
}

/// Changes to a project; what is not set stays as it is, but the title must be sent every time: without
/// it FreshBooks answers 500. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProjectUpdate {
    title: String,
    #[serde(flatten)]
    rest: ProjectRest,
}

impl ProjectUpdate {
    /// With the title it has, or shall have.
    pub fn new(title: impl Into<String>, rest: ProjectRest) -> Self {
        Self {
            title: title.into(),
            rest,
        }
    }
}

/// What a project can have besides its title.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ProjectRest {
    /// What it is about.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub description: Change<String>,
    /// When it is due.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub due_date: Change<NaiveDate>,
    /// For whom it is done.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub client_id: Change<ClientId>,
    /// Whether it is done for the business itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internal: Option<bool>,
    /// Whether it is in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// Whether it is finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complete: Option<bool>,
    /// How it is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_type: Option<ProjectType>,
    /// Its price, if fixed.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "decimal_text"
    )]
    pub fixed_price: Option<Decimal>,
    /// Price of an hour, if one is set for the whole project.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "decimal_text"
    )]
    pub rate: Option<Decimal>,
    /// Which rate counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_method: Option<BillingMethod>,
    /// Time planned, in seconds.
    #[serde(rename = "budget", skip_serializing_if = "Option::is_none")]
    pub budget_seconds: Option<u64>,
}

closed_words! {
    /// What projects can be sorted by (observed).
    ProjectSort {
        /// By title.
        Title = "title",
        /// By when they are due.
        DueDate = "due_date",
        /// By when they were created.
        CreatedAt = "created_at",
    }
}

/// What the list of projects can be narrowed by. A filter on the title is ignored by FreshBooks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ProjectFilter {
    /// Done for this client.
    pub client_id: Option<ClientId>,
    /// In use or not.
    pub active: Option<bool>,
    /// Finished or not.
    pub complete: Option<bool>,
    /// Done for the business itself or not.
    pub internal: Option<bool>,
    /// Changed since.
    pub updated_since: Option<DateTime<Utc>>,
    /// In this order.
    pub sort: Option<Sort<ProjectSort>>,
}

impl Sealed for ProjectFilter {}
impl Filter for ProjectFilter {
    fn write(&self, query: &mut Query) {
        query
            .bare("client_id", self.client_id)
            .bare("active", self.active)
            .bare("complete", self.complete)
            .bare("internal", self.internal)
            .bare("updated_since", self.updated_since.map(instant_text))
            .dashed_sort(self.sort.as_ref());
    }
}

impl Sealed for Project {}
impl Resource for Project {
    type Id = ProjectId;
    type Owner = BusinessId;
    // The list is plural, one record singular; deleting was seen at the plural.
    const SHAPE: Shape = Shape::new(
        Family::Projects,
        "projects",
        "project",
        &["projects"],
        operations!("project"),
    )
    .one_at("project")
    .new_at("project");

    fn id(&self) -> ProjectId {
        self.id
    }
}
impl List for Project {
    type Filter = ProjectFilter;
}
impl Get for Project {}
impl Create for Project {
    type New = NewProject;
}
impl Update for Project {
    type Update = ProjectUpdate;
}
impl HardDelete for Project {}

/// What the person who granted access may do with projects and time. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Ability {
    /// Its name.
    pub name: String,
    /// Whether it is permitted.
    #[serde(default, deserialize_with = "flag")]
    pub value: bool,
}
