//! Files, sent while they are read.

use bytes::Bytes;

use super::Client;
use crate::calls::{self, UploadCall};
use crate::error::Error;
use crate::transport::{PIECE_BYTES, Source, Streamed, read_piece};
use crate::types::{UploadFile, UploadHandle, Uploaded};
use crate::wire::AccountId;

impl Client {
    /// Sends a receipt, holding no more of it than 192 KiB at once. One attempt; it belongs to
    /// nothing until an expense takes its handle.
    ///
    /// The content is read on a thread of its own and need not be asynchronous: a [`std::fs::File`]
    /// will do. How it begins is compared with the kind it is said to be before anything is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) when the content is of another kind, cannot be
    /// read or is shorter than was told, and as [`send`](Self::send). A file that turns out longer breaks the request off:
    /// [`ErrorKind::Unreachable`](crate::ErrorKind::Unreachable), its effect unknown.
    pub async fn upload_attachment(
        &self,
        account: &AccountId,
        file: &UploadFile,
        content: impl std::io::Read + Send + 'static,
    ) -> Result<Uploaded, Error> {
        let call = calls::upload_attachment(account, file);
        self.upload(&call, Box::new(content)).await
    }

    /// Sends a logo, or a receipt that is an image, as [`upload_attachment`](Self::upload_attachment)
    /// does.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for a file that is no image, and as
    /// [`upload_attachment`](Self::upload_attachment).
    pub async fn upload_image(
        &self,
        account: &AccountId,
        file: &UploadFile,
        content: impl std::io::Read + Send + 'static,
    ) -> Result<Uploaded, Error> {
        let call = calls::upload_image(account, file)?;
        self.upload(&call, Box::new(content)).await
    }

    /// Sends an image that belongs to no account, such as the logo of an application.
    ///
    /// # Errors
    /// As [`upload_image`](Self::upload_image).
    pub async fn upload_public_image(
        &self,
        file: &UploadFile,
        content: impl std::io::Read + Send + 'static,
    ) -> Result<Uploaded, Error> {
        let call = calls::upload_public_image(file)?;
        self.upload(&call, Box::new(content)).await
    }

    /// The bytes of a receipt.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn attachment(&self, handle: &UploadHandle) -> Result<Bytes, Error> {
        self.send(&calls::attachment(handle)).await
    }

    /// The bytes of an image.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn image(&self, handle: &UploadHandle) -> Result<Bytes, Error> {
        self.send(&calls::image(handle)).await
    }

    async fn upload(&self, call: &UploadCall, content: Source) -> Result<Uploaded, Error> {
        let told = call.file().length();
        let (first, rest) = beginning(content)
            .await
            .map_err(|error| call.refused().with_source(error))?;
        let length = u64::try_from(first.len()).unwrap_or(u64::MAX);
        let is_whole = first.len() < PIECE_BYTES;
        if length > told || (is_whole && length < told) {
            return Err(call
                .refused()
                .with_source("the file is not as long as was told"));
        }
        if !call.file().media_type().matches(&first) {
            return Err(call.refused().with_source("the file is of another kind"));
        }
        let around = (call.head().clone(), call.tail().clone());
        let body = Streamed::start(around, first, rest, told.saturating_sub(length));
        let reply = self.exchange.upload(call, body).await?;
        call.understood(reply)
    }
}

/// The first piece of a file, and the rest of it.
async fn beginning(mut content: Source) -> std::io::Result<(Bytes, Source)> {
    let read = move || read_piece(&mut content).map(|first| (first, content));
    tokio::task::spawn_blocking(read)
        .await
        .map_err(std::io::Error::other)?
}
