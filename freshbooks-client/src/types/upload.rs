//! Uploads: receipts and logos, sent while they are read.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::ExpenseAttachment;
use crate::wire::{closed_words, optional_text};

/// Largest file that is sent, in bytes. FreshBooks' own limit is UNVERIFIED; another client stops here.
pub const UPLOAD_BYTES_MAX: u64 = 10 * 1024 * 1024;

/// Longest file name that is sent, in bytes: ours.
const NAME_BYTES_MAX: usize = 255;

closed_words! {
    /// What FreshBooks shows as a receipt. More may work; that is UNVERIFIED.
    MediaType {
        /// A photo.
        Jpeg = "image/jpeg",
        /// An image.
        Png = "image/png",
        /// An image.
        Gif = "image/gif",
        /// A document; no logo.
        Pdf = "application/pdf",
    }
}

impl MediaType {
    /// Whether it is an image.
    pub const fn is_image(self) -> bool {
        match self {
            Self::Jpeg | Self::Png | Self::Gif => true,
            Self::Pdf => false,
        }
    }

    /// Whether a file begins as this kind does.
    pub fn matches(self, beginning: &[u8]) -> bool {
        let magic: &[u8] = match self {
            Self::Jpeg => &[0xFF, 0xD8, 0xFF],
            Self::Png => b"\x89PNG\r\n\x1a\n",
            Self::Gif => b"GIF8",
            Self::Pdf => b"%PDF-",
        };
        beginning.starts_with(magic)
    }
}

/// What is told of a file before it is sent; what exists here was checked.
///
/// ```
/// use freshbooks_client::{MediaType, UPLOAD_BYTES_MAX, UploadFile, UploadRefused};
/// let receipt = UploadFile::new("receipt.pdf", MediaType::Pdf, 48_211)?;
/// assert_eq!(receipt.length(), 48_211);
/// let refused = UploadFile::new("scan.pdf", MediaType::Pdf, UPLOAD_BYTES_MAX + 1);
/// assert_eq!(refused, Err(UploadRefused::TooLarge));
/// # Ok::<(), UploadRefused>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadFile {
    name: String,
    media_type: MediaType,
    length: u64,
}

/// Why a file is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UploadRefused {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It is larger than [`UPLOAD_BYTES_MAX`].
    #[error("the file is larger than 10 MiB")]
    TooLarge,
    /// Its name is empty, too long, or holds a character no header should carry.
    #[error("the file name cannot be sent")]
    Name,
}

impl UploadFile {
    /// A file by its name, its kind, and its length in bytes: 1 to [`UPLOAD_BYTES_MAX`].
    ///
    /// # Errors
    /// [`UploadRefused`] says what is wrong with it.
    pub fn new(
        name: impl Into<String>,
        media_type: MediaType,
        length: u64,
    ) -> Result<Self, UploadRefused> {
        let name = name.into();
        let is_odd = |c: char| c.is_control() || matches!(c, '"' | '\\' | '/');
        if name.is_empty() || name.len() > NAME_BYTES_MAX || name.contains(is_odd) {
            return Err(UploadRefused::Name);
        }
        match length {
            0 => Err(UploadRefused::Empty),
            1..=UPLOAD_BYTES_MAX => Ok(Self {
                name,
                media_type,
                length,
            }),
            _ => Err(UploadRefused::TooLarge),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its kind.
    pub const fn media_type(&self) -> MediaType {
        self.media_type
    }

    /// Its length in bytes.
    pub const fn length(&self) -> u64 {
        self.length
    }
}

/// The handle of an uploaded file (`jwt`): whoever has it can read the file, so `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct UploadHandle(String);

impl UploadHandle {
    /// Accepts 1 to 4096 characters that cannot leave a path segment.
    ///
    /// # Errors
    /// [`InvalidHandle`] for anything else.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidHandle> {
        let text = text.into();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte);
        let is_relative = text.starts_with('.') || text.contains("..");
        if text.is_empty() || text.len() > 4096 || is_relative || !text.bytes().all(is_plain) {
            return Err(InvalidHandle);
        }
        Ok(Self(text))
    }

    /// The handle as FreshBooks wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is no handle of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid handle of an upload")]
pub struct InvalidHandle;

impl fmt::Debug for UploadHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UploadHandle(..)")
    }
}

impl<'de> Deserialize<'de> for UploadHandle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A file that FreshBooks took. Sending it twice makes two. Observed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Uploaded {
    /// Its handle.
    pub handle: UploadHandle,
    /// Its MIME type, as FreshBooks says or else as it was sent.
    pub media_type: String,
    /// The name FreshBooks gave it.
    pub file_name: Option<String>,
    /// Its identifier, where FreshBooks tells it.
    pub uuid: Option<String>,
    /// Where an image can be seen.
    pub link: Option<String>,
}

impl Uploaded {
    /// What an expense takes to have it attached.
    pub fn to_attachment(&self) -> ExpenseAttachment {
        ExpenseAttachment {
            jwt: self.handle.as_str().to_owned(),
            media_type: self.media_type.clone(),
        }
    }
}

/// `{"attachment":{...}}` or `{"image":{...},"link":"..."}`.
#[derive(Deserialize)]
pub(crate) struct UploadReply {
    attachment: Option<Stored>,
    image: Option<Stored>,
    #[serde(default, deserialize_with = "optional_text")]
    link: Option<String>,
}

#[derive(Deserialize)]
struct Stored {
    jwt: UploadHandle,
    #[serde(default, deserialize_with = "optional_text")]
    filename: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    media_type: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    uuid: Option<String>,
}

impl UploadReply {
    /// The stored file; `sent` is its kind where FreshBooks does not repeat it.
    pub(crate) fn into_uploaded(self, sent: MediaType) -> Option<Uploaded> {
        let stored = self.attachment.or(self.image)?;
        Some(Uploaded {
            handle: stored.jwt,
            media_type: stored
                .media_type
                .unwrap_or_else(|| sent.as_str().to_owned()),
            file_name: stored.filename,
            uuid: stored.uuid,
            link: self.link,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_checked_before_it_is_sent() {
        let file = |name: &str, length| UploadFile::new(name, MediaType::Pdf, length).map(|_| ());
        assert_eq!(file("receipt é.pdf", 1), Ok(()));
        assert_eq!(file("a.pdf", UPLOAD_BYTES_MAX), Ok(()));
        assert_eq!(file("a.pdf", 0), Err(UploadRefused::Empty));
        assert_eq!(
            file("a.pdf", UPLOAD_BYTES_MAX + 1),
            Err(UploadRefused::TooLarge)
        );
        for name in ["", "a\r\nX: y", "a\"b", "../a", &"a".repeat(256)] {
            assert_eq!(file(name, 1), Err(UploadRefused::Name), "{name}");
        }
    }

    #[test]
    fn a_kind_is_known_by_how_a_file_begins() {
        assert!(MediaType::Pdf.matches(b"%PDF-1.7"));
        assert!(MediaType::Png.matches(b"\x89PNG\r\n\x1a\n...."));
        assert!(!MediaType::Jpeg.matches(b"<html>"));
        assert!(!MediaType::Gif.matches(b""));
    }

    #[test]
    fn a_handle_cannot_leave_its_path_segment_and_is_not_printed() {
        let handle = UploadHandle::new("eyJ0.eyJ1.c2ln-_").unwrap();
        assert_eq!(format!("{handle:?}"), "UploadHandle(..)");
        for text in ["", "..", ".a", "a/b", "a..b", "a?b", "a b", "%2e"] {
            assert_eq!(UploadHandle::new(text), Err(InvalidHandle), "{text}");
        }
    }
}
