//! Updates policies (`update`, `policy`): categories, tags, report fields.

mod categories;
mod report_fields;
mod run;
mod tags;

pub use categories::CategoriesUpdate;
pub use report_fields::{NewReportField, ReportFieldsUpdate};
pub use run::UpdatePolicy;
pub use tags::{NewTagLevel, TagFile, TagFileFormat, TagLevels, TagsUpdate};
