//! Team members: the people of a business. They carry no number that an expense could take as
//! `staffid`.

use serde::Deserialize;

use super::MemberRole;
use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{Family, Filter, Get, List, Resource, Shape, operations};
use crate::wire::{
    BusinessId, IdentityId, TeamMemberId, Timestamp, flag, list, optional, optional_id,
    optional_text, utc,
};

/// A member of the team. Documented.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct TeamMember {
    /// Identifier in the team.
    #[serde(rename = "uuid")]
    pub id: TeamMemberId,
    /// The person; absent until the invitation is accepted.
    #[serde(default, deserialize_with = "optional_id")]
    pub identity_id: Option<IdentityId>,
    /// Given name.
    #[serde(default, deserialize_with = "optional_text")]
    pub first_name: Option<String>,
    /// Middle name.
    #[serde(default, deserialize_with = "optional_text")]
    pub middle_name: Option<String>,
    /// Family name.
    #[serde(default, deserialize_with = "optional_text")]
    pub last_name: Option<String>,
    /// E-mail.
    #[serde(default, deserialize_with = "optional_text")]
    pub email: Option<String>,
    /// Job title.
    #[serde(default, deserialize_with = "optional_text")]
    pub job_title: Option<String>,
    /// Telephone.
    #[serde(default, deserialize_with = "optional_text")]
    pub phone_number: Option<String>,
    /// Street.
    #[serde(default, rename = "street_1", deserialize_with = "optional_text")]
    pub street1: Option<String>,
    /// Second line of the street.
    #[serde(default, rename = "street_2", deserialize_with = "optional_text")]
    pub street2: Option<String>,
    /// City.
    #[serde(default, deserialize_with = "optional_text")]
    pub city: Option<String>,
    /// Province or state.
    #[serde(default, deserialize_with = "optional_text")]
    pub province: Option<String>,
    /// Country.
    #[serde(default, deserialize_with = "optional_text")]
    pub country: Option<String>,
    /// Postal code.
    #[serde(default, deserialize_with = "optional_text")]
    pub postal_code: Option<String>,
    /// The business.
    #[serde(default, deserialize_with = "optional_id")]
    pub business_id: Option<BusinessId>,
    /// Role in the business.
    #[serde(default, rename = "business_role_name", deserialize_with = "optional")]
    pub role: Option<MemberRole>,
    /// Whether the member is active.
    #[serde(default, deserialize_with = "flag")]
    pub active: bool,
    /// When the invitation was accepted.
    #[serde(default, deserialize_with = "utc")]
    pub invitation_date_accepted: Option<Timestamp>,
    /// When it was created.
    #[serde(default, deserialize_with = "utc")]
    pub created_at: Option<Timestamp>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "utc")]
    pub updated_at: Option<Timestamp>,
}

/// What the list of team members can be narrowed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TeamMemberFilter {
    /// Active or not (documented).
    pub active: Option<bool>,
}

impl Sealed for TeamMemberFilter {}
impl Filter for TeamMemberFilter {
    fn write(&self, query: &mut Query) {
        query.bare("active", self.active);
    }
}

impl Sealed for TeamMember {}
impl Resource for TeamMember {
    type Id = TeamMemberId;
    type Owner = BusinessId;
    // Rows and record both stand under `response`, with the numbers of a page beside.
    const SHAPE: Shape = Shape::new(
        Family::Auth,
        "team_members",
        "response",
        &["response"],
        operations!("team member"),
    );

    fn id(&self) -> TeamMemberId {
        self.id.clone()
    }
}
impl List for TeamMember {
    type Filter = TeamMemberFilter;
}
impl Get for TeamMember {}

/// A member of a business as the older identity API shows it. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct BusinessMember {
    /// Identifier of the membership.
    #[serde(default, deserialize_with = "optional")]
    pub id: Option<u64>,
    /// The person.
    #[serde(default, deserialize_with = "optional_id")]
    pub identity_id: Option<IdentityId>,
    /// The person, as a UUID.
    #[serde(default, deserialize_with = "optional_text")]
    pub identity_uuid: Option<String>,
    /// Role in the business.
    #[serde(default, deserialize_with = "optional")]
    pub role: Option<MemberRole>,
    /// Given name.
    #[serde(default, deserialize_with = "optional_text")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(default, deserialize_with = "optional_text")]
    pub last_name: Option<String>,
    /// E-mail.
    #[serde(default, deserialize_with = "optional_text")]
    pub email: Option<String>,
    /// Company.
    #[serde(default, deserialize_with = "optional_text")]
    pub company: Option<String>,
    /// Language, such as `en`.
    #[serde(default, deserialize_with = "optional_text")]
    pub language: Option<String>,
    /// Whether the member is active.
    #[serde(default, deserialize_with = "flag")]
    pub active: bool,
}

/// The group of people of a business, as the older identity API wraps it.
#[derive(Deserialize)]
pub(crate) struct BusinessPeople {
    business_group: BusinessGroup,
}

#[derive(Deserialize)]
struct BusinessGroup {
    #[serde(default, deserialize_with = "list")]
    members: Vec<BusinessMember>,
}

impl BusinessPeople {
    pub(crate) fn into_members(self) -> Vec<BusinessMember> {
        self.business_group.members
    }
}
