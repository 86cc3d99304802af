//! What resources have in common: where they live, how they are enveloped, what can be done.
//!
//! FreshBooks grew in families that name the owner of a record, wrap it and page it each in their
//! own way. A family is modelled once, here; a resource says which family it is of, and its verbs.

use std::fmt::{Debug, Display};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::query::Query;
use crate::wire::{AccountId, BusinessId, BusinessUuid};

pub(crate) mod sealed {
    /// Keeps the traits of this crate from being implemented elsewhere, so that they can grow.
    #[expect(unnameable_types, reason = "that it cannot be named is its purpose")]
    pub trait Sealed {}
}

/// A part of FreshBooks' API with URLs and envelopes of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Family {
    /// `/accounting/account/{account}`: enveloped twice, `search[...]` filters.
    Accounting,
    /// `/auth`: identity, and the members of a business.
    Auth,
    /// `/comments/business/{business}`: services, rates, retainers; flat.
    Comments,
    /// `/events/account/{account}`: webhook registrations; as accounting.
    Events,
    /// `/accounting/businesses/{uuid}`: chart of accounts and manual journal entries; flat.
    Ledger,
    /// `/payments/account/{account}`: online payments; flat.
    Payments,
    /// `/projects/business/{business}`: projects; flat, bare filters.
    Projects,
    /// `/timetracking/business/{business}`: time entries; flat, bare filters.
    TimeTracking,
    /// `/uploads`: files.
    Uploads,
}

/// How a reply wraps what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Envelope {
    /// `{"response":{"result":{...}}}`, the numbers of a page beside the rows.
    Nested,
    /// `{...}`, the numbers of a page under `meta`, if there are any.
    Flat,
}

impl Family {
    /// What the owner's identifier follows in a URL.
    const fn root(self) -> &'static str {
        match self {
            Self::Accounting => "/accounting/account/",
            Self::Auth => "/auth/api/v1/businesses/",
            Self::Comments => "/comments/business/",
            Self::Events => "/events/account/",
            Self::Ledger => "/accounting/businesses/",
            Self::Payments => "/payments/account/",
            Self::Projects => "/projects/business/",
            Self::TimeTracking => "/timetracking/business/",
            Self::Uploads => "/uploads/account/",
        }
    }

    pub(crate) const fn envelope(self) -> Envelope {
        match self {
            Self::Accounting | Self::Events => Envelope::Nested,
            Self::Auth
            | Self::Comments
            | Self::Ledger
            | Self::Payments
            | Self::Projects
            | Self::TimeTracking
            | Self::Uploads => Envelope::Flat,
        }
    }

    /// A path below an owner.
    pub(crate) fn path(self, owner: &impl Display, below: &str) -> String {
        format!("{}{owner}/{below}", self.root())
    }
}

/// Who owns records: an account, or a business under one of its two identifiers. The wrong kind does
/// not compile, because FreshBooks answers it with a mere 404.
///
/// ```
/// use freshbooks_client::{BusinessId, Project, calls};
/// let call = calls::get::<Project>(&BusinessId::new(9), &7.into());
/// assert_eq!(call.operation(), "get project");
/// ```
///
/// ```compile_fail,E0308
/// use freshbooks_client::{AccountId, Project, calls};
/// let call = calls::get::<Project>(&AccountId::new("ZyQ04o")?, &7.into());
/// # Ok::<(), freshbooks_client::InvalidId>(())
/// ```
pub trait Owner: sealed::Sealed + Clone + Debug + Display + Send + Sync + 'static {}

impl sealed::Sealed for AccountId {}
impl Owner for AccountId {}
impl sealed::Sealed for BusinessId {}
impl Owner for BusinessId {}
impl sealed::Sealed for BusinessUuid {}
impl Owner for BusinessUuid {}

/// Where a resource lives and how its envelope is keyed.
#[derive(Debug, Clone, Copy)]
#[expect(unnameable_types, reason = "only seen inside the sealed traits")]
#[doc(hidden)]
pub struct Shape {
    pub(crate) family: Family,
    /// Where the list is, and where a record is deleted.
    pub(crate) path: &'static str,
    /// Where one record is read and changed, if not below `path`.
    pub(crate) one_at: &'static str,
    /// Where a record is created, if not at `path`.
    pub(crate) new_at: &'static str,
    pub(crate) singular: &'static str,
    /// Keys the list is seen under; FreshBooks is not consistent about staff.
    pub(crate) plurals: &'static [&'static str],
    /// Whether writes are wrapped in the singular key.
    pub(crate) is_wrapped: bool,
    /// Whether the list takes page numbers; else it is whole.
    pub(crate) is_paged: bool,
    /// The version of the API the resource needs to be asked for.
    pub(crate) api_version: Option<&'static str>,
    pub(crate) operations: Operations,
}

/// The operation names of a resource, as errors and logs show them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operations {
    pub(crate) list: &'static str,
    pub(crate) get: &'static str,
    pub(crate) create: &'static str,
    pub(crate) update: &'static str,
    pub(crate) set_vis_state: &'static str,
    pub(crate) delete: &'static str,
}

/// Makes the [`Operations`] of a noun.
macro_rules! operations {
    ($noun:literal) => {
        $crate::resource::Operations {
            list: concat!("list ", $noun),
            get: concat!("get ", $noun),
            create: concat!("create ", $noun),
            update: concat!("update ", $noun),
            set_vis_state: concat!("change state of ", $noun),
            delete: concat!("delete ", $noun),
        }
    };
}
pub(crate) use operations;

impl Shape {
    pub(crate) const fn new(
        family: Family,
        path: &'static str,
        singular: &'static str,
        plurals: &'static [&'static str],
        operations: Operations,
    ) -> Self {
        Self {
            family,
            path,
            one_at: path,
            new_at: path,
            singular,
            plurals,
            is_wrapped: true,
            is_paged: true,
            api_version: None,
            operations,
        }
    }

    pub(crate) const fn one_at(mut self, path: &'static str) -> Self {
        self.one_at = path;
        self
    }

    pub(crate) const fn new_at(mut self, path: &'static str) -> Self {
        self.new_at = path;
        self
    }

    pub(crate) const fn whole(mut self) -> Self {
        self.is_paged = false;
        self
    }

    pub(crate) const fn unwrapped(mut self) -> Self {
        self.is_wrapped = false;
        self
    }

    pub(crate) const fn api_version(mut self, version: &'static str) -> Self {
        self.api_version = Some(version);
        self
    }
}

/// A kind of record.
pub trait Resource: sealed::Sealed + Debug + DeserializeOwned + Send + 'static {
    /// Its identifier.
    type Id: Clone + Debug + Display + Ord + Send + Sync;
    /// Who owns it.
    type Owner: Owner;
    #[doc(hidden)]
    const SHAPE: Shape;

    /// The record's identifier.
    fn id(&self) -> Self::Id;
}

/// A resource that can be listed.
pub trait List: Resource {
    /// What its list can be narrowed by, and sorted by where that works.
    type Filter: Filter;
}

/// A resource of which one record can be read.
pub trait Get: Resource {}

/// A resource whose records show more when asked to.
pub trait GetWith: Get {
    /// What can be asked for.
    type Include: Copy + Debug + Display + Send + Sync;
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

/// A resource that FreshBooks only changes as a whole: a field that is not sent is emptied.
pub trait Replace: Resource {
    /// All fields a person can set. Start from the record as it is, so that none is lost.
    type Full: Debug + Serialize + Sync;
}

/// A resource that is deleted, archived and restored through its `vis_state`.
pub trait SoftDelete: Resource {}

/// A resource that is deleted for good.
pub trait HardDelete: Resource {}

/// What a list can be narrowed by.
///
/// FreshBooks ignores a filter it does not know and answers with everything. Filters marked
/// UNVERIFIED may be such: check each row again.
pub trait Filter: sealed::Sealed + Clone + Debug + Send + Sync + 'static {
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

/// What a list is sorted by, and in which direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sort<K> {
    key: K,
    is_descending: bool,
}

impl<K> Sort<K> {
    /// From small to large.
    pub const fn ascending(key: K) -> Self {
        Self {
            key,
            is_descending: false,
        }
    }

    /// From large to small.
    pub const fn descending(key: K) -> Self {
        Self {
            key,
            is_descending: true,
        }
    }

    pub(crate) const fn key(&self) -> &K {
        &self.key
    }

    pub(crate) const fn is_descending(&self) -> bool {
        self.is_descending
    }
}
