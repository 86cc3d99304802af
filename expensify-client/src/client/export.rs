//! Exports, and what is made of their files.

use std::collections::BTreeSet;

use crate::client::Client;
use crate::download::Readiness;
use crate::error::Error;
use crate::exchange::ExchangeError;
use crate::export::AckParser;
use crate::ids::{FileName, ReportId};
use crate::job::{Export, ExportQuery, ExportedFile, Label, OnFinish};
use crate::template::{ExportTemplate, FileContent};

impl Client {
    /// Starts an export with this crate's own template and returns the name of its file, which is rarely ready at once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for a query the service refuses, and every other kind.
    pub async fn export(&self, query: &ExportQuery) -> Result<FileName, Error> {
        let export = Export::new(query.clone(), ExportTemplate::reports());
        self.run(&export).await.map(|file| file.name().clone())
    }

    /// Waits until the file of an export with a template of your own is ready, and decodes it whole.
    ///
    /// # Errors
    ///
    /// What [`download`](Self::download) returns, and [`ErrorKind::Unexpected`](crate::ErrorKind::Unexpected) if the
    /// file does not decode or is longer than [`reply_bytes_max`](crate::BodyLimits::reply_bytes_max).
    pub async fn content<D: FileContent>(
        &self,
        file: &ExportedFile<D>,
    ) -> Result<D::Output, Error> {
        let limit = self.shared.settings.limits.reply_bytes_max;
        let mut download = self.download(file.name()).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = download.next_chunk().await? {
            bytes.extend_from_slice(&chunk);
            if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
                return Err(ExchangeError::TooLong { limit }.into());
            }
        }
        D::decode(&bytes)
    }

    /// Marks reports as exported under `label`, by an export that exists for it, and returns those it covered.
    ///
    /// Reports that are not visible to the account are silently left out by the service and so by the answer. Costs two
    /// requests or more for each [`marks_per_request`](crate::Settings::marks_per_request) reports.
    ///
    /// # Idempotency
    ///
    /// Marking again under the same label changes nothing, so after any error the whole call can be repeated.
    ///
    /// # Errors
    ///
    /// Every kind.
    pub async fn mark_exported(
        &self,
        reports: &BTreeSet<ReportId>,
        label: &Label,
    ) -> Result<BTreeSet<ReportId>, Error> {
        let ids: Vec<&ReportId> = reports.iter().collect();
        let mut covered = BTreeSet::new();
        for batch in ids.chunks(self.shared.settings.marks_per_request.get()) {
            let query = ExportQuery::reports(batch.iter().copied().cloned())?;
            let export = Export::new(query, ExportTemplate::report_ids())
                .on_finish(OnFinish::MarkAsExported(label.clone()));
            let file = self.run(&export).await?;
            covered.extend(self.acknowledged(file.name()).await?);
        }
        Ok(covered)
    }

    async fn acknowledged(&self, file: &FileName) -> Result<Vec<ReportId>, Error> {
        let mut readiness = Readiness::begin(self.shared.settings.download.clone()).await;
        loop {
            let mut download = self.download_when_ready(file, &mut readiness).await?;
            let mut parser = AckParser::new(self.shared.settings.parser.clone());
            let broken = loop {
                match download.next_chunk().await {
                    Ok(Some(chunk)) => parser.push(&chunk),
                    Ok(None) => match parser.finish() {
                        Ok(ids) => return Ok(ids),
                        Err(error) if error.is_cut_off() => break error.into(),
                        Err(error) => return Err(error.into()),
                    },
                    Err(error) => break error,
                }
            };
            readiness.pause(broken).await?;
        }
    }
}
