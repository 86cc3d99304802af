#![doc = include_str!("../docs/coverage.md")]

mod table;

use std::fmt;

use crate::resource::{
    Create, Family, Get, HardDelete, List, Replace, Resource, SoftDelete, Update,
};
use table::COVERAGE;

/// Every call of this crate, resource by resource.
///
/// ```
/// use freshbooks_client::coverage::{self, Grade};
/// let observed = coverage::calls().filter(|call| call.grade == Grade::Observed);
/// assert!(observed.count() > 100);
/// ```
pub fn calls() -> impl Iterator<Item = &'static Covered> {
    COVERAGE.iter().copied().flatten()
}

/// How well it is known that a call works as written here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Grade {
    /// Seen in recorded traffic of the real service.
    Observed,
    /// Written down by FreshBooks, request or answer.
    Documented,
    /// Concluded from code of others, or from what its siblings do.
    Inferred,
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Observed => "observed",
            Self::Documented => "documented",
            Self::Inferred => "inferred",
        })
    }
}

/// Where the knowledge of a call comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// FreshBooks' official Postman collection, with the replies it holds.
    Collection,
    /// FreshBooks' documentation.
    Docs,
    /// What others' clients found by asking the real service.
    Probed,
    /// Traffic others recorded, with headers.
    Recorded,
    /// Code of SDKs and of others' clients.
    Sdk,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Collection => "collection",
            Self::Docs => "docs",
            Self::Probed => "probed",
            Self::Recorded => "recorded",
            Self::Sdk => "sdk",
        })
    }
}

/// One call of this crate, and what is known of it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Covered {
    /// The family of URLs.
    pub family: Family,
    /// What it does, as errors and logs name it.
    pub operation: &'static str,
    /// The method of the client.
    pub method: &'static str,
    /// How well it is known.
    pub grade: Grade,
    /// Where that comes from.
    pub source: Source,
    /// The function of [`calls`](crate::calls), or of [`oauth`](crate::oauth).
    pub function: &'static str,
    verb: &'static str,
    at: At,
}

#[derive(Debug, Clone, Copy)]
enum At {
    /// The path as it is, with placeholders.
    Path(&'static str),
    /// Where the resource's records are.
    All(&'static str),
    /// Where one of them is.
    One(&'static str),
}

impl Covered {
    /// The HTTP method.
    pub const fn verb(&self) -> &'static str {
        self.verb
    }

    /// The path, with `{account}`, `{business}` or `{uuid}` for its owner and `{id}` for a record.
    pub fn path(&self) -> String {
        let owner = match self.family {
            Family::Ledger => "{uuid}",
            Family::Auth | Family::Comments | Family::Projects | Family::TimeTracking => {
                "{business}"
            }
            Family::Accounting | Family::Events | Family::Payments | Family::Uploads => "{account}",
        };
        match self.at {
            At::Path(path) => path.to_owned(),
            At::All(below) => self.family.path(&owner, below),
            At::One(below) => self.family.path(&owner, &format!("{below}/{{id}}")),
        }
    }

    const fn of<R: Resource>(
        operation: &'static str,
        verb: &'static str,
        at: At,
        evidence: Evidence,
    ) -> Self {
        Self {
            family: R::SHAPE.family,
            operation,
            method: evidence.method,
            grade: evidence.grade,
            source: evidence.source,
            function: evidence.function,
            verb,
            at,
        }
    }
}

/// What a row of the table says besides what the types tell.
#[derive(Clone, Copy)]
struct Evidence {
    function: &'static str,
    method: &'static str,
    grade: Grade,
    source: Source,
}

// A row for a verb a resource does not have does not compile.

const fn list<R: List>(evidence: Evidence) -> Covered {
    let at = At::All(R::SHAPE.path);
    Covered::of::<R>(R::SHAPE.operations.list, "GET", at, evidence)
}

const fn get<R: Get>(evidence: Evidence) -> Covered {
    let at = At::One(R::SHAPE.one_at);
    Covered::of::<R>(R::SHAPE.operations.get, "GET", at, evidence)
}

const fn create<R: Create>(evidence: Evidence) -> Covered {
    let at = At::All(R::SHAPE.new_at);
    Covered::of::<R>(R::SHAPE.operations.create, "POST", at, evidence)
}

const fn update<R: Update>(evidence: Evidence) -> Covered {
    let at = At::One(R::SHAPE.one_at);
    Covered::of::<R>(R::SHAPE.operations.update, "PUT", at, evidence)
}

const fn replace<R: Replace>(evidence: Evidence) -> Covered {
    let at = At::One(R::SHAPE.one_at);
    Covered::of::<R>(R::SHAPE.operations.update, "PUT", at, evidence)
}

const fn set_vis_state<R: SoftDelete>(evidence: Evidence) -> Covered {
    let at = At::One(R::SHAPE.one_at);
    Covered::of::<R>(R::SHAPE.operations.set_vis_state, "PUT", at, evidence)
}

const fn delete<R: HardDelete>(evidence: Evidence) -> Covered {
    let at = At::One(R::SHAPE.path);
    Covered::of::<R>(R::SHAPE.operations.delete, "DELETE", at, evidence)
}

#[cfg(test)]
mod tests;
