//! Tasks: billable work as accounting sees it, under `/accounting` although the path says projects.
//! Making a task makes the service of the same name, and the other way around.

use serde::{Deserialize, Serialize};

use crate::query::Query;
use crate::resource::sealed::Sealed;
use crate::resource::{
    Create, Family, Filter, Get, List, Resource, Shape, SoftDelete, Update, operations,
};
use crate::wire::{
    AccountId, LedgerAccountId, Money, TaskId, TaxId, Timestamp, VisState, eastern, flag, optional,
    optional_id, optional_text,
};

/// A task as FreshBooks shows it. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Task {
    /// Its identifier, also sent as `taskid`.
    pub id: TaskId,
    /// Its name.
    #[serde(default, deserialize_with = "optional_text")]
    pub name: Option<String>,
    /// What it is.
    #[serde(default, deserialize_with = "optional_text")]
    pub description: Option<String>,
    /// Price of an hour.
    #[serde(default)]
    pub rate: Option<Money>,
    /// Whether it is billed.
    #[serde(default, deserialize_with = "flag")]
    pub billable: bool,
    /// First tax.
    #[serde(default, deserialize_with = "optional_id")]
    pub tax1: Option<TaxId>,
    /// Second tax.
    #[serde(default, deserialize_with = "optional_id")]
    pub tax2: Option<TaxId>,
    /// The income account it posts to.
    #[serde(default, deserialize_with = "optional")]
    pub account_uuid: Option<LedgerAccountId>,
    /// When it was changed last.
    #[serde(default, deserialize_with = "eastern")]
    pub updated: Option<Timestamp>,
    /// Live, deleted or archived; `None` if FreshBooks did not say.
    #[serde(default, deserialize_with = "optional")]
    pub vis_state: Option<VisState>,
}

/// A task to create. Observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewTask {
    name: String,
    #[serde(flatten)]
    rest: TaskUpdate,
}

impl NewTask {
    /// With what FreshBooks requires.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            rest: TaskUpdate::default(),
        }
    }

    /// Adds what is not required. What the constructor took stays as it is.
    #[must_use]
    pub fn with(mut self, rest: TaskUpdate) -> Self {
        self.rest = TaskUpdate { name: None, ..rest };
        self
    }
}

/// Changes to a task; what is not set stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TaskUpdate {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Price of an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<Money>,
    /// Whether it is billed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billable: Option<bool>,
    /// First tax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax1: Option<TaxId>,
    /// Second tax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax2: Option<TaxId>,
    /// The income account it posts to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_uuid: Option<LedgerAccountId>,
}

/// What the list of tasks can be narrowed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TaskFilter {
    /// In this state; deleted ones are listed only when asked for (documented).
    pub vis_state: Option<VisState>,
}

impl Sealed for TaskFilter {}
impl Filter for TaskFilter {
    fn write(&self, query: &mut Query) {
        query.search("vis_state", self.vis_state.map(VisState::code));
    }
}

impl Sealed for Task {}
impl Resource for Task {
    type Id = TaskId;
    type Owner = AccountId;
    const SHAPE: Shape = Shape::new(
        Family::Accounting,
        "projects/tasks",
        "task",
        &["tasks"],
        operations!("task"),
    );

    fn id(&self) -> TaskId {
        self.id
    }
}
impl List for Task {
    type Filter = TaskFilter;
}
impl Get for Task {}
impl Create for Task {
    type New = NewTask;
}
impl Update for Task {
    type Update = TaskUpdate;
}
impl SoftDelete for Task {}
