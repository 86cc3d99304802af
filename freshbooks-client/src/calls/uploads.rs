//! Files, in multipart form: one part named `content`.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response};
use secrecy::SecretString;

use super::read;
use crate::call::{Access, Call, Target, Unread};
use crate::decode;
use crate::endpoints::Endpoints;
use crate::error::{Cause, Effect, Error, ErrorKind};
use crate::resource::Family;
use crate::types::{UploadFile, UploadHandle, UploadReply, Uploaded};
use crate::wire::AccountId;

/// The upload of one file: a request whose body is [`head`](Self::head), the file, and
/// [`tail`](Self::tail), so that nobody has to hold the file.
pub struct UploadCall {
    call: Call<UploadReply>,
    file: UploadFile,
    boundary: String,
    head: Bytes,
    tail: Bytes,
}

impl UploadCall {
    fn new(operation: &'static str, path: String, file: &UploadFile) -> Self {
        let target = Target::Api(path);
        let decode = decode::flat::<UploadReply>;
        let boundary = boundary();
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"content\"; filename=\"{}\"\r\n\
             Content-Type: {}\r\n\r\n",
            file.name(),
            file.media_type()
        );
        let tail = format!("\r\n--{boundary}--\r\n");
        Self {
            call: Call::new(operation, Access::Create, Method::POST, target, decode),
            file: file.clone(),
            boundary,
            head: head.into(),
            tail: tail.into(),
        }
    }

    /// What it does, such as `upload attachment`.
    pub fn operation(&self) -> &'static str {
        self.call.operation()
    }

    /// The file it is for.
    pub fn file(&self) -> &UploadFile {
        &self.file
    }

    /// What goes before the file.
    pub fn head(&self) -> &Bytes {
        &self.head
    }

    /// What goes behind the file.
    pub fn tail(&self) -> &Bytes {
        &self.tail
    }

    /// The HTTP request without its body, the body's length told.
    ///
    /// # Errors
    /// As [`Call::request`].
    pub fn request(
        &self,
        endpoints: &Endpoints,
        access_token: Option<&SecretString>,
    ) -> Result<Request<()>, Error> {
        let mut request = self.call.request(endpoints, access_token)?.map(|_| ());
        let form = format!("multipart/form-data; boundary={}", self.boundary);
        let form =
            HeaderValue::try_from(form).map_err(|error| self.refused().with_source(error))?;
        let around = self.head.len().saturating_add(self.tail.len());
        let around = u64::try_from(around).unwrap_or(u64::MAX);
        let length = self.file.length().saturating_add(around);
        request.headers_mut().insert(CONTENT_TYPE, form);
        request.headers_mut().insert(CONTENT_LENGTH, length.into());
        Ok(request)
    }

    /// Reads a reply.
    ///
    /// # Errors
    /// As [`Call::read`].
    pub fn read(&self, reply: &Response<Bytes>) -> Result<Uploaded, Error> {
        let read = self.call.read(reply)?;
        self.understood(read)
    }

    pub(crate) fn understood(&self, reply: UploadReply) -> Result<Uploaded, Error> {
        let missing = Cause::Missing { key: "attachment" };
        let kind = ErrorKind::Unexpected;
        reply
            .into_uploaded(self.file.media_type())
            .ok_or_else(|| Error::new(kind, Effect::Unknown, self.operation(), missing))
    }

    /// The error of a file that is not what it was said to be, before anything was sent.
    pub(crate) fn refused(&self) -> Error {
        let cause = Cause::Unbuildable;
        Error::new(ErrorKind::Invalid, Effect::None, self.operation(), cause)
    }

    #[cfg(feature = "client")]
    pub(crate) fn call(&self) -> &Call<UploadReply> {
        &self.call
    }
}

impl fmt::Debug for UploadCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadCall")
            .field("operation", &self.operation())
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

/// A line that no file can be expected to hold: 128 random bits.
fn boundary() -> String {
    let half = || RandomState::new().build_hasher().finish();
    format!("freshbooks-client-{:016x}{:016x}", half(), half())
}

/// Sends a receipt. It belongs to nothing until an expense or a bill takes its handle.
pub fn upload_attachment(account: &AccountId, file: &UploadFile) -> UploadCall {
    let path = Family::Uploads.path(account, "attachments");
    UploadCall::new("upload attachment", path, file)
}

/// Sends a logo, or a receipt that is an image.
///
/// # Errors
/// [`ErrorKind::Invalid`] for a file that is no image.
pub fn upload_image(account: &AccountId, file: &UploadFile) -> Result<UploadCall, Error> {
    let path = Family::Uploads.path(account, "images");
    images_only(UploadCall::new("upload image", path, file))
}

/// Sends an image that belongs to no account, such as the logo of an application.
///
/// # Errors
/// [`ErrorKind::Invalid`] for a file that is no image.
pub fn upload_public_image(file: &UploadFile) -> Result<UploadCall, Error> {
    let path = "/uploads/images".to_owned();
    images_only(UploadCall::new("upload public image", path, file))
}

fn images_only(call: UploadCall) -> Result<UploadCall, Error> {
    if call.file.media_type().is_image() {
        return Ok(call);
    }
    Err(call.refused())
}

/// The bytes of a receipt.
pub fn attachment(handle: &UploadHandle) -> Call<Bytes> {
    let path = format!("/uploads/attachments/{}", handle.as_str());
    read("get attachment", path, file).accepting("*/*")
}

/// The bytes of an image.
pub fn image(handle: &UploadHandle) -> Call<Bytes> {
    let path = format!("/uploads/images/{}", handle.as_str());
    read("get image", path, file).accepting("*/*")
}

// An error under HTTP 200 is no file, and none of the kinds that can be sent begins so.
fn file(body: &[u8]) -> Result<Bytes, Unread> {
    if body.starts_with(b"{") {
        return Err(Unread::Refused);
    }
    decode::file(body, b"", "file")
}
