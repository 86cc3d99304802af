//! The resources of a business.

use super::{Client, Pager};
use crate::calls;
use crate::error::Error;
use crate::types::{Project, ProjectFilter};
use crate::wire::{BusinessId, ProjectId};

impl Client {
    /// The projects of a business.
    pub fn projects(&self, business: BusinessId, filter: ProjectFilter) -> Pager<Project> {
        let list = move |page| calls::projects(business, &filter, page);
        Pager::new(self.clone(), "list project", list, |project: &Project| {
            project.id.get()
        })
    }

    /// One project.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn project(&self, business: BusinessId, id: ProjectId) -> Result<Project, Error> {
        self.send(&calls::project(business, id)).await
    }
}
