//! Projects, a family of URLs and envelopes of its own.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::call::Unread;
use crate::decode::row_by_row;
use crate::page::Page;
use crate::query::Query;
use crate::resource::Filter;
use crate::resource::sealed::Sealed;
use crate::wire::{
    ClientId, ProjectId, Timestamp, flag, optional, optional_date, optional_decimal, optional_id,
    optional_text, utc,
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

/// `{"projects":[...],"meta":{"page":1,"pages":1,"per_page":30,"total":1}}`.
pub(crate) fn projects(body: &[u8]) -> Result<Page<Project>, Unread> {
    #[derive(Deserialize)]
    struct Top<'b> {
        #[serde(borrow)]
        projects: Option<Vec<&'b RawValue>>,
        meta: Option<Meta>,
    }
    #[derive(Deserialize, Default)]
    struct Meta {
        #[serde(default, deserialize_with = "optional")]
        page: Option<u32>,
        #[serde(default, deserialize_with = "optional")]
        pages: Option<u32>,
        #[serde(default, deserialize_with = "optional")]
        total: Option<u64>,
    }
    let top: Top<'_> = serde_json::from_slice(body).map_err(Unread::Malformed)?;
    let (items, problems) = row_by_row(top.projects.ok_or(Unread::Missing("projects"))?);
    let meta = top.meta.unwrap_or_default();
    Ok(Page {
        items,
        problems,
        page: meta.page,
        pages: meta.pages,
        total: meta.total,
    })
}

/// `{"project":{...}}`.
pub(crate) fn project(body: &[u8]) -> Result<Project, Unread> {
    #[derive(Deserialize)]
    struct Top {
        project: Option<Project>,
    }
    let top: Top = serde_json::from_slice(body).map_err(Unread::Malformed)?;
    top.project.ok_or(Unread::Missing("project"))
}
