//! Reports as they are downloaded.

use std::hash::{Hash as _, Hasher};

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
    content: Checksum,
}

impl Prefix {
    fn add(&mut self, report: &Report) {
        self.reports += 1;
        report.hash(&mut self.content);
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
        if complete && self.repeated.content != self.given.content {
            return Err(ExchangeError::Changed.into());
        }
        Ok(None)
    }
}

/// A checksum of what is read: every field of a large file passes here, and the standard hasher takes more than twice
/// as long. It guards against a file that changes, not against an adversary.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Checksum(u64);

impl Default for Checksum {
    fn default() -> Self {
        // Not zero, which zeros would not change.
        Self(Self::FACTOR)
    }
}

impl Checksum {
    const FACTOR: u64 = 0x517c_c1b7_2722_0a95;

    /// Can be undone for each word, so that two sums that differ stay different until something else differs.
    #[inline]
    const fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(Self::FACTOR);
    }
}

impl Hasher for Checksum {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let (words, tail) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        let length = u64::try_from(tail.len()).unwrap_or(u64::MAX);
        let rest = |rest: u64, byte: &u8| (rest << 8) | u64::from(*byte);
        self.mix(tail.iter().fold(length, rest));
    }

    // The default methods go through `write`, which is twice the work for one number.
    #[inline]
    fn write_u8(&mut self, value: u8) {
        self.mix(value.into());
    }

    #[inline]
    fn write_usize(&mut self, value: usize) {
        self.mix(u64::try_from(value).unwrap_or(u64::MAX));
    }

    #[inline]
    fn write_isize(&mut self, value: isize) {
        self.write_usize(value.cast_unsigned());
    }

    #[inline]
    fn write_i64(&mut self, value: i64) {
        self.mix(value.cast_unsigned());
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn sum(bytes: &[u8]) -> u64 {
        let mut sum = Checksum::default();
        sum.write(bytes);
        sum.finish()
    }

    #[test]
    fn zeros_more_or_less_and_exchanged_words_count() {
        let sums: BTreeSet<u64> = (0..100).map(|length| sum(&vec![0; length])).collect();
        assert_eq!(sums.len(), 100);
        assert_ne!(sum(b"12345678abcdefgh"), sum(b"abcdefgh12345678"));
    }

    proptest! {
        #[test]
        fn any_change_of_a_byte_changes_the_sum(bytes in proptest::collection::vec(any::<u8>(), 1..200), at in any::<proptest::sample::Index>(), flip in 1_u8..) {
            let mut changed = bytes.clone();
            changed[at.index(bytes.len())] ^= flip;
            prop_assert_ne!(sum(&changed), sum(&bytes));
        }
    }
}
