//! What all accounting resources share: where they live, how they are enveloped, what can be done.

use std::fmt::{Debug, Display};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::query::Query;

pub(crate) mod sealed {
    /// Keeps the traits of this crate from being implemented elsewhere, so that they can grow.
    #[expect(unnameable_types, reason = "that it cannot be named is its purpose")]
    pub trait Sealed {}
}

/// Where a resource lives and how its envelope is keyed.
#[derive(Debug, Clone, Copy)]
#[expect(unnameable_types, reason = "only seen inside the sealed traits")]
#[doc(hidden)]
pub struct Shape {
    pub(crate) family: &'static str,
    pub(crate) path: &'static str,
    pub(crate) singular: &'static str,
    /// Keys the list is seen under; FreshBooks is not consistent about staff.
    pub(crate) plurals: &'static [&'static str],
    pub(crate) list: &'static str,
    pub(crate) get: &'static str,
    pub(crate) create: &'static str,
    pub(crate) update: &'static str,
    pub(crate) set_vis_state: &'static str,
    pub(crate) delete: &'static str,
}

/// Builds a [`Shape`], its operation names included.
macro_rules! shape {
    ($family:literal, $path:literal, $singular:literal, [$($plural:literal),+], $noun:literal) => {
        $crate::resource::Shape {
            family: $family,
            path: $path,
            singular: $singular,
            plurals: &[$($plural),+],
            list: concat!("list ", $noun),
            get: concat!("get ", $noun),
            create: concat!("create ", $noun),
            update: concat!("update ", $noun),
            set_vis_state: concat!("change state of ", $noun),
            delete: concat!("delete ", $noun),
        }
    };
}
pub(crate) use shape;

/// A record that belongs to an accounting account and can be listed and read.
pub trait Resource: sealed::Sealed + Debug + DeserializeOwned + Send + 'static {
    /// Its identifier.
    type Id: Copy + Debug + Display + Ord + Send + Sync;
    /// What its list can be narrowed by.
    type Filter: Filter;
    #[doc(hidden)]
    const SHAPE: Shape;

    /// The record's identifier.
    fn id(&self) -> Self::Id;
}

/// A resource that can be created.
pub trait Create: Resource {
    /// What is sent: required fields are constructor arguments, read-only ones do not exist.
    type New: Debug + Serialize + Sync;
}

/// A resource of which single fields can be changed.
pub trait Update: Resource {
    /// The fields to change; the others stay as they are.
    type Update: Debug + Serialize + Sync;
}

/// A resource that is deleted, archived and restored through its `vis_state`.
pub trait SoftDelete: Resource {}

/// A resource that is deleted for good.
pub trait HardDelete: Resource {}

/// What a list can be narrowed by.
///
/// FreshBooks ignores a filter it does not know and answers with everything. Filters marked
/// UNVERIFIED may be such: check each row again.
pub trait Filter: sealed::Sealed + Clone + Debug + Send + Sync {
    #[doc(hidden)]
    fn write(&self, query: &mut Query);
}

/// Lists that have no filter at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NoFilter;

impl sealed::Sealed for NoFilter {}
impl Filter for NoFilter {
    fn write(&self, _: &mut Query) {}
}
