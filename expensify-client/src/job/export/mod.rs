//! The report exporter (`file`, `combinedReportData`).

mod file;
mod on_finish;
mod query;
mod run;

pub use file::ExportedFile;
pub use on_finish::{Label, OnFinish, Recipients, SftpServer};
pub use query::{ExportQuery, ReportState};
pub use run::{Export, FinishingExport};

#[cfg(test)]
mod tests;
