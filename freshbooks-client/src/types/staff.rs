//! Staff: the only source of the numbers that `staffid` of an expense takes. Deprecated by
//! FreshBooks.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Change;
use crate::resource::sealed::Sealed;
use crate::resource::{
    Family, Get, List, NoFilter, Resource, Shape, SoftDelete, Update, operations,
};
use crate::wire::{
    AccountId, StaffId, Timestamp, VisState, eastern, optional, optional_decimal, optional_text,
};

/// A staff member as FreshBooks shows it. That its e-mail equals the one of the team member is
/// UNVERIFIED. Observed. (The record also has an API token, which is not read.)
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
    /// Name to log in with.
    #[serde(default, deserialize_with = "optional_text")]
    pub username: Option<String>,
    /// Role.
    #[serde(default, deserialize_with = "optional_text")]
    pub role: Option<String>,
    /// Organization.
    #[serde(default, deserialize_with = "optional_text")]
    pub organization: Option<String>,
    /// Telephone at work.
    #[serde(default, rename = "bus_phone", deserialize_with = "optional_text")]
    pub business_phone: Option<String>,
    /// Mobile telephone.
    #[serde(default, rename = "mob_phone", deserialize_with = "optional_text")]
    pub mobile_phone: Option<String>,
    /// Telephone at home.
    #[serde(default, deserialize_with = "optional_text")]
    pub home_phone: Option<String>,
    /// Note.
    #[serde(default, deserialize_with = "optional_text")]
    pub note: Option<String>,
    /// Price of an hour.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub rate: Option<Decimal>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "eastern")]
    pub updated: Option<Timestamp>,
    /// Live, deleted or archived; `None` if FreshBooks did not say.
    #[serde(default, deserialize_with = "optional")]
    pub vis_state: Option<VisState>,
}

/// Changes to a staff member; what is not set stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct StaffUpdate {
    /// Given name.
    #[serde(rename = "fname", skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(rename = "lname", skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Telephone at work.
    #[serde(rename = "bus_phone", skip_serializing_if = "Change::is_keep")]
    pub business_phone: Change<String>,
    /// Note.
    #[serde(skip_serializing_if = "Change::is_keep")]
    pub note: Change<String>,
}

impl Sealed for Staff {}
impl Resource for Staff {
    type Id = StaffId;
    type Owner = AccountId;
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
impl Update for Staff {
    type Update = StaffUpdate;
}
impl SoftDelete for Staff {}
