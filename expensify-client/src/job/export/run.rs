//! The job itself, with and without actions at its end.

use serde_json::{Map, Value, json};

use super::file::ExportedFile;
use super::on_finish::OnFinish;
use super::query::ExportQuery;
use crate::error::Error;
use crate::evidence::{self, JobShapes};
use crate::job::contract::{Job, sealed::Sealed};
use crate::job::envelope::JobRequest;
use crate::response::{Answer, Expected};
use crate::template::ExportTemplate;

/// Exports reports: a job that only reads.
#[derive(Clone, Debug)]
pub struct Export<D> {
    query: ExportQuery,
    template: ExportTemplate<D>,
}

/// An export that also does something when it ends, which is before its file can be downloaded. It is sent once.
#[derive(Clone, Debug)]
pub struct FinishingExport<D> {
    export: Export<D>,
    actions: Vec<OnFinish>,
    test: bool,
}

impl<D> Export<D> {
    /// Exports what the query asks for as the template prints it.
    pub const fn new(query: ExportQuery, template: ExportTemplate<D>) -> Self {
        Self { query, template }
    }

    /// Adds an action for when the job ends.
    pub fn on_finish(self, action: OnFinish) -> FinishingExport<D> {
        FinishingExport {
            export: self,
            actions: vec![action],
            test: false,
        }
    }

    fn fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        fields.insert("type".into(), "file".into());
        // Without it the request blocks and ends in a bare 500.
        fields.insert(
            "onReceive".into(),
            json!({"immediateResponse": ["returnRandomFileName"]}),
        );
        fields.insert("inputSettings".into(), self.query.input_settings());
        fields.insert(
            "outputSettings".into(),
            json!({"fileExtension": self.template.file_format().as_str(), "fileBasename": "export"}),
        );
        fields
    }
}

impl<D> FinishingExport<D> {
    /// Adds another action.
    #[must_use]
    pub fn and(mut self, action: OnFinish) -> Self {
        self.actions.push(action);
        self
    }

    /// Asks the service to skip the actions (`test`), which still exports. That it does is UNVERIFIED.
    #[must_use]
    pub fn test(mut self) -> Self {
        self.test = true;
        self
    }
}

impl<D> Sealed for Export<D> {}

impl<D> Job for Export<D> {
    type Reply = ExportedFile<D>;
    const SHAPES: &'static JobShapes = &evidence::EXPORT;
    const SAFE_TO_RETRY: bool = true;
    const EXPECTED: Expected = Expected::FileName;

    fn to_request(&self) -> Result<JobRequest, Error> {
        let request = JobRequest::new::<Self>(self.fields());
        Ok(request.with_template(self.template.source()))
    }

    fn read(&self, answer: &Answer) -> Result<Self::Reply, Error> {
        answer.file_name().map(ExportedFile::new)
    }
}

impl<D> Sealed for FinishingExport<D> {}

impl<D> Job for FinishingExport<D> {
    type Reply = ExportedFile<D>;
    const SHAPES: &'static JobShapes = &evidence::FINISHING_EXPORT;
    const SAFE_TO_RETRY: bool = false;
    const EXPECTED: Expected = Expected::FileName;

    fn to_request(&self) -> Result<JobRequest, Error> {
        let mut fields = self.export.fields();
        // Inferred: a string, as the table of parameters has it; were a boolean wanted, the actions would run in a test.
        fields.insert(
            "test".into(),
            if self.test { "true" } else { "false" }.into(),
        );
        fields.insert(
            "onFinish".into(),
            self.actions.iter().map(OnFinish::wire).collect(),
        );
        let mut request = JobRequest::new::<Self>(fields);
        for (index, action) in self.actions.iter().enumerate() {
            if let Some((key, secret)) = action.secret() {
                request = request.with_secret(format!("/onFinish/{index}/{key}"), secret);
            }
        }
        Ok(request.with_template(self.export.template.source()))
    }

    fn read(&self, answer: &Answer) -> Result<Self::Reply, Error> {
        self.export.read(answer)
    }
}
