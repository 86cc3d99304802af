//! The downloader.

use serde_json::json;

use super::envelope::JobRequest;
use crate::ids::FileName;
use crate::response::Expected;

impl JobRequest {
    /// Downloads a generated file. The job carries no `inputSettings`: even an empty one is refused.
    pub fn download(file: &FileName) -> Self {
        Self::new(
            "download",
            Expected::File,
            json!({"type": "download", "fileName": file.as_str(), "fileSystem": "integrationServer"}),
        )
    }
}
