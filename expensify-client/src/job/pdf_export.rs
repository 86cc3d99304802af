//! Exports reports as PDF, one file for each.

use serde_json::json;

use super::contract::{Job, sealed::Sealed};
use super::envelope::{JobRequest, fields};
use super::export::ExportQuery;
use crate::error::Error;
use crate::evidence::{self, JobShapes};
use crate::ids::FileName;
use crate::response::{Answer, Expected};
use crate::template::ExportTemplate;

/// Exports reports as PDF, one file for each report. The only way to receipts by API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PdfExport {
    query: ExportQuery,
    receipts: Receipts,
}

/// How receipts stand in a PDF.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Receipts {
    /// As the service puts them by itself.
    Usual,
    /// Each on a page of its own (`includeFullPageReceiptsPdf`).
    FullPage,
}

impl PdfExport {
    /// The reports of this query.
    pub const fn new(query: ExportQuery, receipts: Receipts) -> Self {
        Self { query, receipts }
    }
}

impl Sealed for PdfExport {}

impl Job for PdfExport {
    /// Names of the files; which report is in which is not said.
    type Reply = Vec<FileName>;
    const SHAPES: &'static JobShapes = &evidence::PDF_EXPORT;
    const SAFE_TO_RETRY: bool = true;
    const EXPECTED: Expected = Expected::FileName;

    fn to_request(&self) -> Result<JobRequest, Error> {
        let description = json!({
            "type": "file",
            "onReceive": {"immediateResponse": ["returnRandomFileName"]},
            "inputSettings": self.query.input_settings(),
            "outputSettings": {
                "fileExtension": "pdf", "fileBasename": "export",
                "includeFullPageReceiptsPdf": self.receipts == Receipts::FullPage,
            },
        });
        let request = JobRequest::new::<Self>(fields(description));
        // Inferred: a template is required though a PDF takes nothing from it, so the smallest one is sent.
        Ok(request.with_template(ExportTemplate::report_ids().source()))
    }

    fn read(&self, answer: &Answer) -> Result<Vec<FileName>, Error> {
        // Inferred: names joined by commas, which one client reports. A single name reads the same.
        answer.file_names().map(<[_]>::to_vec)
    }
}
