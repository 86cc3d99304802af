//! Staff: the only source of the numbers that `staffid` of an expense takes.

use serde::Deserialize;

use crate::resource::sealed::Sealed;
use crate::resource::{Family, Get, List, NoFilter, Resource, Shape, operations};
use crate::wire::{AccountId, StaffId, VisState, optional, optional_text};

/// A staff member as FreshBooks shows it. That its e-mail equals the one of the team member is
/// UNVERIFIED.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Staff {
    /// The number; 1 is the owner.
    pub id: StaffId,
    /// Given name.
    #[serde(default, rename = "fname", deserialize_with = "optional_text")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(default, rename = "lname", deserialize_with = "optional_text")]
    pub last_name: Option<String>,
    /// E-mail.
    #[serde(default, deserialize_with = "optional_text")]
    pub email: Option<String>,
    /// Name shown for it, where FreshBooks has one.
    #[serde(default, deserialize_with = "optional_text")]
    pub display_name: Option<String>,
    /// Live, deleted or archived; `None` if FreshBooks did not say.
    #[serde(default, deserialize_with = "optional")]
    pub vis_state: Option<VisState>,
}

impl Sealed for Staff {}
impl Resource for Staff {
    type Id = StaffId;
    type Scope = AccountId;
    // Seen live as `staff`; one SDK reads `staffs`.
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "users/staffs",
        "staff",
        &["staff", "staffs"],
        operations!("staff"),
    );

    fn id(&self) -> StaffId {
        self.id
    }
}
impl List for Staff {
    type Filter = NoFilter;
}
impl Get for Staff {}
