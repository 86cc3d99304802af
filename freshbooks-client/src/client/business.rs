//! The resources of a business.

use super::{Client, Collection};
use crate::types::Project;
use crate::wire::BusinessId;

impl Client {
    /// The projects of a business.
    pub fn projects(&self, business: BusinessId) -> Collection<Project> {
        Collection::new(self, &business)
    }
}
