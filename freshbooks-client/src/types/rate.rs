//! Rates: what an hour of a service, of a person, of an invited person costs.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::resource::sealed::Sealed;
use crate::resource::{Family, List, NoFilter, Resource, Shape, Update, operations};
use crate::wire::{
    BusinessId, IdentityId, ProjectId, ServiceId, optional_decimal, optional_id, plain_text,
};

/// What an hour of a service costs. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ServiceRate {
    /// The service.
    pub service_id: ServiceId,
    /// The business.
    #[serde(default, deserialize_with = "optional_id")]
    pub business_id: Option<BusinessId>,
    /// Price of an hour, in the currency of the business.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub rate: Option<Decimal>,
}

impl Sealed for ServiceRate {}
impl Resource for ServiceRate {
    type Id = ServiceId;
    type Owner = BusinessId;
    const SHAPE: Shape = Shape::new(
        Family::Comments,
        "service_rates",
        "service_rate",
        &["service_rates"],
        operations!("service rate"),
    )
    .whole();

    fn id(&self) -> ServiceId {
        self.service_id
    }
}
impl List for ServiceRate {
    type Filter = NoFilter;
}

/// What an hour of a service costs in one project. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ProjectServiceRate {
    /// The service.
    #[serde(default, deserialize_with = "optional_id")]
    pub service_id: Option<ServiceId>,
    /// The project.
    #[serde(default, deserialize_with = "optional_id")]
    pub project_id: Option<ProjectId>,
    /// The business.
    #[serde(default, deserialize_with = "optional_id")]
    pub business_id: Option<BusinessId>,
    /// Price of an hour.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub rate: Option<Decimal>,
}

/// What an hour of a person costs. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct TeamMemberRate {
    /// The person.
    pub identity_id: IdentityId,
    /// The business.
    #[serde(default, deserialize_with = "optional_id")]
    pub business_id: Option<BusinessId>,
    /// Price of an hour.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub rate: Option<Decimal>,
}

/// A new rate of a person. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewTeamMemberRate {
    identity_id: IdentityId,
    #[serde(serialize_with = "plain_text")]
    rate: Decimal,
}

impl NewTeamMemberRate {
    /// Of the person whose rate is changed; FreshBooks wants the identifier in the body too.
    pub const fn new(identity_id: IdentityId, rate: Decimal) -> Self {
        Self { identity_id, rate }
    }
}

impl Sealed for TeamMemberRate {}
impl Resource for TeamMemberRate {
    type Id = IdentityId;
    type Owner = BusinessId;
    const SHAPE: Shape = Shape::new(
        Family::Comments,
        "team_member_rates",
        "team_member_rate",
        &["team_member_rates"],
        operations!("team member rate"),
    )
    .one_at("team_member_rate")
    .whole();

    fn id(&self) -> IdentityId {
        self.identity_id
    }
}
impl List for TeamMemberRate {
    type Filter = NoFilter;
}
impl Update for TeamMemberRate {
    type Update = NewTeamMemberRate;
}

/// What an hour of an invited person will cost. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct InvitationRate {
    /// The service.
    pub service_id: ServiceId,
    /// The business.
    #[serde(default, deserialize_with = "optional_id")]
    pub business_id: Option<BusinessId>,
    /// Price of an hour.
    #[serde(default, deserialize_with = "optional_decimal")]
    pub rate: Option<Decimal>,
}

impl Sealed for InvitationRate {}
impl Resource for InvitationRate {
    type Id = ServiceId;
    type Owner = BusinessId;
    const SHAPE: Shape = Shape::new(
        Family::Comments,
        "invitation_rates",
        "invitation_rate",
        &["invitation_rates"],
        operations!("invitation rate"),
    )
    .whole();

    fn id(&self) -> ServiceId {
        self.service_id
    }
}
impl List for InvitationRate {
    type Filter = NoFilter;
}
