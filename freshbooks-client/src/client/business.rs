//! The resources of a business.

use rust_decimal::Decimal;

use super::{Client, Collection};
use crate::calls;
use crate::error::Error;
use crate::page::{Page, PageRequest};
use crate::types::{
    Ability, BusinessMember, InvitationRate, Project, ProjectServiceRate, Retainer, Service,
    ServiceRate, TeamMember, TeamMemberRate, TimeEntry,
};
use crate::wire::{BusinessId, ProjectId, ServiceId};

impl Client {
    /// The projects of a business.
    pub fn projects(&self, business: BusinessId) -> Collection<Project> {
        Collection::new(self, &business)
    }

    /// The services of a business.
    pub fn services(&self, business: BusinessId) -> Collection<Service> {
        Collection::new(self, &business)
    }

    /// The rates of the services of a business.
    pub fn service_rates(&self, business: BusinessId) -> Collection<ServiceRate> {
        Collection::new(self, &business)
    }

    /// The rates of the team of a business.
    pub fn team_member_rates(&self, business: BusinessId) -> Collection<TeamMemberRate> {
        Collection::new(self, &business)
    }

    /// The rates of invited people of a business.
    pub fn invitation_rates(&self, business: BusinessId) -> Collection<InvitationRate> {
        Collection::new(self, &business)
    }

    /// The time entries of a business.
    pub fn time_entries(&self, business: BusinessId) -> Collection<TimeEntry> {
        Collection::new(self, &business)
    }

    /// The retainers of a business.
    pub fn retainers(&self, business: BusinessId) -> Collection<Retainer> {
        Collection::new(self, &business)
    }

    /// The team of a business.
    pub fn team_members(&self, business: BusinessId) -> Collection<TeamMember> {
        Collection::new(self, &business)
    }

    /// The people of a business, as the older identity API knows them.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn business_members(
        &self,
        business: BusinessId,
    ) -> Result<Vec<BusinessMember>, Error> {
        self.send(&calls::business_members(business)).await
    }

    /// What the person who granted access may do with projects and time.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn abilities(&self, business: BusinessId) -> Result<Vec<Ability>, Error> {
        self.send(&calls::abilities(business)).await
    }
}

impl Collection<TimeEntry> {
    /// One page of the time entries that have a text somewhere.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn search(&self, text: &str, page: PageRequest) -> Result<Page<TimeEntry>, Error> {
        let call = calls::search_time_entries(self.owner, text, page);
        self.client.send(&call).await
    }

    /// One page of the time entries as the report on them reads them.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn details(&self, page: PageRequest) -> Result<Page<TimeEntry>, Error> {
        let call = calls::time_entry_details(self.owner, page);
        self.client.send(&call).await
    }
}

impl Collection<ServiceRate> {
    /// What an hour of a service costs.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn of(&self, service: ServiceId) -> Result<ServiceRate, Error> {
        self.client
            .send(&calls::service_rate(self.owner, service))
            .await
    }

    /// Gives a service that has none a rate. One attempt.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn create_for(
        &self,
        service: ServiceId,
        rate: Decimal,
    ) -> Result<ServiceRate, Error> {
        let call = calls::create_service_rate(self.owner, service, rate)?;
        self.client.send(&call).await
    }

    /// Changes the rate of a service. One attempt.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn set(&self, service: ServiceId, rate: Decimal) -> Result<ServiceRate, Error> {
        let call = calls::set_service_rate(self.owner, service, rate)?;
        self.client.send(&call).await
    }

    /// Sets what an hour of a service costs in one project. One attempt.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn set_in_project(
        &self,
        project: ProjectId,
        service: ServiceId,
        rate: Decimal,
    ) -> Result<ProjectServiceRate, Error> {
        let call = calls::set_project_service_rate(self.owner, project, service, rate)?;
        self.client.send(&call).await
    }
}
