//! The downloader.

use serde_json::json;

use super::envelope::{JobRequest, fields};
use crate::evidence::DOWNLOAD;
use crate::ids::{FileName, ReconciliationFile};
use crate::response::Expected;

mod sealed {
    #[expect(unnameable_types, reason = "unnameable is what seals a trait")]
    pub trait Sealed {}
}

/// A generated file on the server. Its type knows in which of two file systems it lies, so that they cannot be mixed up.
pub trait StoredFile: sealed::Sealed + Send + Sync {
    /// The service's word for the file system.
    const FILE_SYSTEM: &'static str;

    /// Name of the file in it.
    fn name(&self) -> &str;
}

impl sealed::Sealed for FileName {}

impl StoredFile for FileName {
    const FILE_SYSTEM: &'static str = "integrationServer";

    fn name(&self) -> &str {
        self.as_str()
    }
}

impl sealed::Sealed for ReconciliationFile {}

impl StoredFile for ReconciliationFile {
    const FILE_SYSTEM: &'static str = "reconciliation";

    fn name(&self) -> &str {
        self.as_str()
    }
}

impl JobRequest {
    /// Downloads a generated file. The job carries no `inputSettings`: even an empty one is refused.
    ///
    /// It is no [`Job`](crate::Job), since its answer is streamed.
    pub fn download<F: StoredFile>(file: &F) -> Self {
        Self::build(
            DOWNLOAD.job,
            Expected::File,
            true,
            fields(
                json!({"type": "download", "fileName": file.name(), "fileSystem": F::FILE_SYSTEM}),
            ),
        )
    }
}
