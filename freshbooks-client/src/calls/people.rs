//! Who granted access, and who else is there.

use serde::Deserialize;

use super::read;
use crate::call::Call;
use crate::decode;
use crate::resource::Family;
use crate::types::{Ability, BusinessMember, BusinessPeople, Identity};
use crate::wire::BusinessId;

/// Who granted access, and for which businesses.
pub fn identity() -> Call<Identity> {
    let path = "/auth/api/v1/users/me".to_owned();
    read("get identity", path, decode::response)
}

/// The people of a business, as the older identity API knows them.
pub fn business_members(business: BusinessId) -> Call<Vec<BusinessMember>> {
    let path = format!("/auth/api/v1/users/business/{business}");
    read("list business members", path, |body| {
        decode::response::<BusinessPeople>(body).map(BusinessPeople::into_members)
    })
}

/// What the person who granted access may do with projects and time.
pub fn abilities(business: BusinessId) -> Call<Vec<Ability>> {
    #[derive(Deserialize)]
    struct Abilities {
        abilities: Vec<Ability>,
    }
    let path = Family::Projects.path(&business, "abilities");
    read("list abilities", path, |body| {
        decode::flat::<Abilities>(body).map(|found| found.abilities)
    })
}
