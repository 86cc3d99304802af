//! Projects, a family of URLs and envelopes of its own.

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{Family, Filter, Get, List, Resource, Shape, operations};
use crate::wire::{
    BusinessId, ClientId, ProjectId, Timestamp, flag, optional, optional_date, optional_decimal,
    optional_id, optional_text, utc,
};

/// A project as FreshBooks shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
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
    pub due_date: Option<chrono::NaiveDate>,
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
    /// Its price, if fixed.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub fixed_price: Option<Decimal>,
    /// When it was created.
    #[serde(default, deserialize_with = "utc")]
    pub created_at: Option<Timestamp>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "utc")]
    pub updated_at: Option<Timestamp>,
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
}

impl Sealed for ProjectFilter {}
impl Filter for ProjectFilter {
    fn write(&self, query: &mut Query) {
        query
            .bare("client_id", self.client_id)
            .bare("active", self.active)
            .bare("complete", self.complete)
            .bare("internal", self.internal);
    }
}

impl Sealed for Project {}
impl Resource for Project {
    type Id = ProjectId;
    type Scope = BusinessId;
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
