//! Time entries: who worked how long on what.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{
    Create, Family, Filter, Get, HardDelete, List, Replace, Resource, Shape, operations,
};
use crate::wire::{
    BusinessId, ClientId, IdentityId, ProjectId, RetainerId, ServiceId, TaskId, TimeEntryId,
    Timestamp, flag, instant, instant_text, optional, optional_id, optional_text, utc,
};

/// A time entry as FreshBooks shows it. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "FreshBooks' own flags")]
#[non_exhaustive]
pub struct TimeEntry {
    /// Its identifier.
    pub id: TimeEntryId,
    /// Who worked.
    #[serde(default, deserialize_with = "optional_id")]
    pub identity_id: Option<IdentityId>,
    /// When the work began.
    #[serde(default, deserialize_with = "utc")]
    pub started_at: Option<Timestamp>,
    /// How long it took, in seconds.
    #[serde(default, rename = "duration", deserialize_with = "optional")]
    pub duration_seconds: Option<u64>,
    /// Whether it is finished and logged; else its timer may run.
    #[serde(default, deserialize_with = "flag")]
    pub is_logged: bool,
    /// For whom.
    #[serde(default, deserialize_with = "optional_id")]
    pub client_id: Option<ClientId>,
    /// In which project.
    #[serde(default, deserialize_with = "optional_id")]
    pub project_id: Option<ProjectId>,
    /// What, as an old task.
    #[serde(default, deserialize_with = "optional_id")]
    pub task_id: Option<TaskId>,
    /// What.
    #[serde(default, deserialize_with = "optional_id")]
    pub service_id: Option<ServiceId>,
    /// Note.
    #[serde(default, deserialize_with = "optional_text")]
    pub note: Option<String>,
    /// Whether it is in use; a deleted one is not.
    #[serde(default, deserialize_with = "flag")]
    pub active: bool,
    /// Whether it is billed.
    #[serde(default, deserialize_with = "flag")]
    pub billable: bool,
    /// Whether it was billed.
    #[serde(default, deserialize_with = "flag")]
    pub billed: bool,
    /// Whether it was for the business itself.
    #[serde(default, deserialize_with = "flag")]
    pub internal: bool,
    /// The retainer that pays for it.
    #[serde(default, deserialize_with = "optional_id")]
    pub retainer_id: Option<RetainerId>,
    /// When the work began on the clock of the person: a wall time, as FreshBooks wrote it.
    #[serde(default, deserialize_with = "optional_text")]
    pub local_started_at: Option<String>,
    /// The zone of that clock.
    #[serde(default, deserialize_with = "optional_text")]
    pub local_timezone: Option<String>,
    /// When it was created.
    #[serde(default, deserialize_with = "utc")]
    pub created_at: Option<Timestamp>,
}

impl TimeEntry {
    /// All that would have to be sent to keep it as it is: change what shall change, and replace.
    /// `None` when FreshBooks showed no readable start or no duration.
    ///
    /// ```no_run
    /// # #[cfg(feature = "client")]
    /// # async fn stop(client: freshbooks_client::Client) -> Result<(), freshbooks_client::Error> {
    /// let entries = client.time_entries(9.into());
    /// let entry = entries.get(60.into()).await?;
    /// if let Some(full) = entry.to_full() {
    ///     entries.replace(entry.id, &full).await?; // nothing is lost
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_full(&self) -> Option<NewTimeEntry> {
        let started_at = self.started_at.as_ref()?.at()?;
        let new = NewTimeEntry::new(started_at, self.duration_seconds?, self.is_logged);
        Some(new.with(TimeEntryRest {
            identity_id: self.identity_id,
            client_id: self.client_id,
            project_id: self.project_id,
            task_id: self.task_id,
            service_id: self.service_id,
            note: self.note.clone(),
            billable: Some(self.billable),
            billed: Some(self.billed),
            internal: Some(self.internal),
            retainer_id: self.retainer_id,
        }))
    }
}

/// A time entry to create, and the full entry to replace one with. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewTimeEntry {
    #[serde(serialize_with = "instant")]
    started_at: DateTime<Utc>,
    #[serde(rename = "duration")]
    duration_seconds: u64,
    is_logged: bool,
    #[serde(flatten)]
    rest: TimeEntryRest,
}

impl NewTimeEntry {
    /// From when, how long in seconds, and whether it is finished; sent to the second.
    pub fn new(started_at: DateTime<Utc>, duration_seconds: u64, is_logged: bool) -> Self {
        Self {
            started_at,
            duration_seconds,
            is_logged,
            rest: TimeEntryRest::default(),
        }
    }

    /// Adds what is not required.
    #[must_use]
    pub fn with(mut self, rest: TimeEntryRest) -> Self {
        self.rest = rest;
        self
    }
}

/// What a time entry can have besides.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TimeEntryRest {
    /// Who worked, if not the person who granted access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_id: Option<IdentityId>,
    /// For whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// In which project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<ProjectId>,
    /// What, as an old task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_id: Option<TaskId>,
    /// What.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_id: Option<ServiceId>,
    /// Note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether it is billed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billable: Option<bool>,
    /// Whether it was billed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billed: Option<bool>,
    /// Whether it was for the business itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internal: Option<bool>,
    /// The retainer that pays for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retainer_id: Option<RetainerId>,
}

/// What the list of time entries can be narrowed by. FreshBooks refuses values it cannot read (422,
/// errno 2001).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TimeEntryFilter {
    /// For this client.
    pub client_id: Option<ClientId>,
    /// In this project.
    pub project_id: Option<ProjectId>,
    /// Of this person.
    pub identity_id: Option<IdentityId>,
    /// Billed or not.
    pub billable: Option<bool>,
    /// Already billed or not.
    pub billed: Option<bool>,
    /// Begun at or after.
    pub started_from: Option<DateTime<Utc>>,
    /// Begun before; whether the moment itself counts is UNVERIFIED.
    pub started_to: Option<DateTime<Utc>>,
    /// Changed since.
    pub updated_since: Option<DateTime<Utc>>,
    /// Of the whole team instead of the person who granted access.
    pub team: Option<bool>,
    /// Deleted ones too.
    pub include_deleted: Option<bool>,
    /// Unfinished ones too.
    pub include_unlogged: Option<bool>,
}

impl Sealed for TimeEntryFilter {}
impl Filter for TimeEntryFilter {
    fn write(&self, query: &mut Query) {
        query
            .bare("client_id", self.client_id)
            .bare("project_id", self.project_id)
            .bare("identity_id", self.identity_id)
            .bare("billable", self.billable)
            .bare("billed", self.billed)
            .bare("started_from", self.started_from.map(instant_text))
            .bare("started_to", self.started_to.map(instant_text))
            .bare("updated_since", self.updated_since.map(instant_text))
            .bare("team", self.team)
            .bare("include_deleted", self.include_deleted)
            .bare("include_unlogged", self.include_unlogged);
    }
}

impl Sealed for TimeEntry {}
impl Resource for TimeEntry {
    type Id = TimeEntryId;
    type Owner = BusinessId;
    const SHAPE: Shape = Shape::new(
        Family::TimeTracking,
        "time_entries",
        "time_entry",
        &["time_entries"],
        operations!("time entry"),
    );

    fn id(&self) -> TimeEntryId {
        self.id
    }
}
impl List for TimeEntry {
    type Filter = TimeEntryFilter;
}
impl Get for TimeEntry {}
impl Create for TimeEntry {
    type New = NewTimeEntry;
}
impl Replace for TimeEntry {
    type Full = NewTimeEntry;
}
impl HardDelete for TimeEntry {}
