//! What an hour of a service costs.

use http::Method;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Wrapped, read, write};
use crate::call::{Access, Call, Unread};
use crate::decode;
use crate::error::Error;
use crate::resource::Family;
use crate::types::{ProjectServiceRate, ServiceRate};
use crate::wire::{BusinessId, ProjectId, ServiceId, plain_text};

#[derive(Serialize)]
struct Rate {
    #[serde(serialize_with = "plain_text")]
    rate: Decimal,
}

fn rate_of(business: BusinessId, service: ServiceId) -> String {
    Family::Comments.path(&business, &format!("service/{service}/rate"))
}

fn decoded(body: &[u8]) -> Result<ServiceRate, Unread> {
    decode::one::<ServiceRate>(body)
}

/// What an hour of a service costs.
pub fn service_rate(business: BusinessId, service: ServiceId) -> Call<ServiceRate> {
    read("get service rate", rate_of(business, service), decoded)
}

/// Gives a service that has none a rate.
///
/// # Errors
/// As [`create`](super::create).
pub fn create_service_rate(
    business: BusinessId,
    service: ServiceId,
    rate: Decimal,
) -> Result<Call<ServiceRate>, Error> {
    write(
        "create service rate",
        Access::Create,
        Method::POST,
        rate_of(business, service),
        &Wrapped("service_rate", &Rate { rate }),
        decoded,
    )
}

/// Changes the rate of a service.
///
/// # Errors
/// As [`create`](super::create).
pub fn set_service_rate(
    business: BusinessId,
    service: ServiceId,
    rate: Decimal,
) -> Result<Call<ServiceRate>, Error> {
    write(
        "update service rate",
        Access::Update,
        Method::PUT,
        rate_of(business, service),
        &Wrapped("service_rate", &Rate { rate }),
        decoded,
    )
}

/// Sets what an hour of a service costs in one project.
///
/// # Errors
/// As [`create`](super::create).
pub fn set_project_service_rate(
    business: BusinessId,
    project: ProjectId,
    service: ServiceId,
    rate: Decimal,
) -> Result<Call<ProjectServiceRate>, Error> {
    #[derive(Serialize)]
    struct Body {
        #[serde(serialize_with = "plain_text")]
        rate: Decimal,
        service_id: ServiceId,
        project_id: ProjectId,
    }
    #[derive(Deserialize)]
    struct Answer {
        project_service_rate: ProjectServiceRate,
    }
    let body = Body {
        rate,
        service_id: service,
        project_id: project,
    };
    let below = format!("project/{project}/service/{service}/rate");
    write(
        "update project service rate",
        Access::Update,
        Method::PUT,
        Family::Comments.path(&business, &below),
        &Wrapped("project_service_rate", &body),
        |body| decode::flat::<Answer>(body).map(|answer| answer.project_service_rate),
    )
}
