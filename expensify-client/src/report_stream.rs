//! Reports as they are downloaded.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::client::Client;
use crate::download::{Download, Readiness};
use crate::error::Error;
use crate::exchange::ExchangeError;
use crate::export::{ExportParser, ExportSummary, Report, Warning};
use crate::ids::FileName;

/// The reports of an export, read while the file is downloaded.
///
/// A file that was fetched before it was finished, or whose download broke off, is downloaded again until the deadline.
/// Reports already given out are then not given out again, after they were found to be the same.
#[derive(Debug)]
pub struct ReportStream {
    client: Client,
    file: FileName,
    readiness: Readiness,
    download: Download,
    parser: ExportParser,
    ended: bool,
    given: Prefix,
    /// What this download has repeated of `given`.
    repeated: Prefix,
}

/// The first reports of a file, in a form that two readings can be compared by.
#[derive(Clone, Debug, Default)]
struct Prefix {
    reports: u64,
    /// Not a cryptographic hash: it guards against a file that changes, not against an adversary.
    hasher: DefaultHasher,
}

impl Prefix {
    fn add(&mut self, report: &Report) {
        self.reports += 1;
        report.hash(&mut self.hasher);
    }
}

impl ReportStream {
    pub(crate) async fn open(client: Client, file: FileName) -> Result<Self, Error> {
        let mut readiness = Readiness::begin(client.settings().download.clone()).await;
        let download = client.download_when_ready(&file, &mut readiness).await?;
        let parser = ExportParser::new(client.settings().parser.clone());
        let (given, repeated) = (Prefix::default(), Prefix::default());
        Ok(Self {
            client,
            file,
            readiness,
            download,
            parser,
            ended: false,
            given,
            repeated,
        })
    }

    /// The next report; none once the file was read to its end record and the counts agreed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unexpected`](crate::ErrorKind::Unexpected) with [`Error::export_error`] if the file is not what it
    /// should be; [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) if it is not complete within the deadline.
    /// Reports given out before an error belong to a file that cannot be trusted: discard them, or take them for
    /// provisional.
    pub async fn next_report(&mut self) -> Result<Option<Report>, Error> {
        loop {
            match self.parser.next_report() {
                Ok(Some(report)) => {
                    if let Some(report) = self.unless_repeated(report)? {
                        return Ok(Some(report));
                    }
                }
                Ok(None) if self.ended => return Ok(None),
                Ok(None) => match self.download.next_chunk().await {
                    Ok(Some(chunk)) => self.parser.push(&chunk),
                    Ok(None) => {
                        self.parser.finish();
                        self.ended = true;
                    }
                    Err(error) => self.download_again(error).await?,
                },
                Err(error) if error.is_cut_off() => self.download_again(error.into()).await?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The counts, once all reports were read.
    pub const fn summary(&self) -> Option<ExportSummary> {
        self.parser.summary()
    }

    /// What was odd so far.
    pub fn warnings(&self) -> &[Warning] {
        self.parser.warnings()
    }

    /// Name of the file.
    pub const fn file(&self) -> &FileName {
        &self.file
    }

    async fn download_again(&mut self, error: Error) -> Result<(), Error> {
        self.readiness.pause(error).await?;
        self.download = self
            .client
            .download_when_ready(&self.file, &mut self.readiness)
            .await?;
        self.parser = ExportParser::new(self.client.settings().parser.clone());
        self.ended = false;
        self.repeated = Prefix::default();
        Ok(())
    }

    /// Holds back what was given out before.
    fn unless_repeated(&mut self, report: Report) -> Result<Option<Report>, Error> {
        self.repeated.add(&report);
        if self.repeated.reports > self.given.reports {
            self.given = self.repeated.clone();
            return Ok(Some(report));
        }
        let complete = self.repeated.reports == self.given.reports;
        if complete && self.repeated.hasher.finish() != self.given.hasher.finish() {
            return Err(ExchangeError::Changed.into());
        }
        Ok(None)
    }
}
