//! Policies, which the site calls workspaces.

mod list;
mod model;
mod query;
mod section;

pub use list::{PolicyListQuery, PolicyScope, PolicySummary};
pub use model::{Category, Employee, Policy, ReportField, Tag, TagLevelDefinition, TaxRate, Taxes};
pub use query::PolicyQuery;
pub use section::{Categories, Employees, PolicySection, ReportFields, SectionSet, Tags, Tax};
