//! The rows of a template of your own, decoded as they arrive.

use std::fmt;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::download::Download;
use crate::error::Error;
use crate::export::LineBuffer;
use crate::job::ExportedFile;
use crate::template::{Lines, decode_line};

/// The rows of a file of [`Lines`], one line in memory at a time.
///
/// Only a template's own end mark tells a whole file from one that was cut off between two lines: print one, and look
/// for it.
pub struct Rows<T> {
    download: Download,
    lines: LineBuffer,
    line_bytes_max: usize,
    content: PhantomData<fn() -> T>,
}

impl Client {
    /// Waits until the file of an export with a template of your own is ready, and gives out its rows.
    ///
    /// # Errors
    ///
    /// What [`download`](Self::download) returns.
    pub async fn rows<T: DeserializeOwned>(
        &self,
        file: &ExportedFile<Lines<T>>,
    ) -> Result<Rows<T>, Error> {
        Ok(Rows {
            download: self.download(file.name()).await?,
            lines: LineBuffer::default(),
            line_bytes_max: self.settings().parser.line_bytes_max,
            content: PhantomData,
        })
    }
}

impl<T: DeserializeOwned> Rows<T> {
    /// The next row; none at the end of the file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unexpected`](crate::ErrorKind::Unexpected) for a line that is not a `T`, or is longer than
    /// [`line_bytes_max`](crate::ParserLimits::line_bytes_max); and what
    /// [`Download::next_chunk`](crate::Download::next_chunk) returns.
    pub async fn next_row(&mut self) -> Result<Option<T>, Error> {
        loop {
            let number = self.lines.next_number();
            let line = self.lines.next_line(self.line_bytes_max).map_err(|_| {
                Error::unreadable_file(format!("line {number}: it is longer than the limit"))
            })?;
            if let Some(line) = line {
                if let Some(row) = decode_line(line.bytes, line.number)? {
                    return Ok(Some(row));
                }
                continue;
            }
            if self.lines.is_finished() {
                return Ok(None);
            }
            match self.download.next_chunk().await? {
                Some(chunk) => self.lines.push(&chunk),
                None => self.lines.finish(),
            }
        }
    }
}

impl<T> fmt::Debug for Rows<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("download", &self.download)
            .finish_non_exhaustive()
    }
}
