//! Services: kinds of work, for projects and time entries.

use serde::{Deserialize, Serialize};

use crate::resource::sealed::Sealed;
use crate::resource::{Create, Family, Get, List, NoFilter, Resource, Shape, operations};
use crate::wire::{BusinessId, ServiceId, VisState, flag, optional, optional_id, optional_text};

/// A service as FreshBooks shows it. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Service {
    /// Its identifier.
    pub id: ServiceId,
    /// The business that offers it.
    #[serde(default, deserialize_with = "optional_id")]
    pub business_id: Option<BusinessId>,
    /// Its name.
    #[serde(default, deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// Whether it is billed.
    #[serde(default, deserialize_with = "flag")]
    pub billable: bool,
    /// Whether new projects get it.
    #[serde(default, deserialize_with = "flag")]
    pub project_default: bool,
    /// Live, deleted or archived; `None` if FreshBooks did not say.
    #[serde(default, deserialize_with = "optional")]
    pub vis_state: Option<VisState>,
}

/// A service to create. Documented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewService {
    name: String,
    billable: bool,
}

impl NewService {
    /// With what FreshBooks requires.
    pub fn new(name: impl Into<String>, billable: bool) -> Self {
        Self {
            name: name.into(),
            billable,
        }
    }
}

impl Sealed for Service {}
impl Resource for Service {
    type Id = ServiceId;
    type Owner = BusinessId;
    // The list takes no page numbers.
    const SHAPE: Shape = Shape::new(
        Family::Comments,
        "services",
        "service",
        &["services"],
        operations!("service"),
    )
    .one_at("service")
    .new_at("service")
    .whole();

    fn id(&self) -> ServiceId {
        self.id
    }
}
impl List for Service {
    type Filter = NoFilter;
}
impl Get for Service {}
impl Create for Service {
    type New = NewService;
}
