//! The stored form of what a store keeps: JSON inside a versioned frame.
//!
//! The types of the model are their own stored form; the frame's version tells a reader which definition a row was
//! written under. A changed definition gets a new version and keeps a reader for the old one.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

/// The version this program writes. It reads the one before too: what version 2 added has defaults.
const VERSION: u32 = 2;
/// The oldest version this program reads.
const OLDEST: u32 = 1;

#[derive(Serialize)]
struct FrameOut<'a, T> {
    v: u32,
    body: &'a T,
}

#[derive(Deserialize)]
struct FrameHead {
    v: u32,
}

#[derive(Deserialize)]
struct FrameIn<T> {
    body: T,
}

/// Writes a value for storing.
///
/// # Errors
/// [`ErrorKind::Internal`] if the value cannot be written as JSON, which no type of this crate allows.
pub fn to_record<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(&FrameOut {
        v: VERSION,
        body: value,
    })
    .map_err(|error| Error::new(ErrorKind::Internal, "write a stored record").with_source(error))
}

/// Reads a stored value.
///
/// # Errors
/// [`ErrorKind::Corrupt`] when the text is no such record, or was written by a newer version.
pub fn from_record<T: DeserializeOwned>(text: &str) -> Result<T> {
    let head: FrameHead = serde_json::from_str(text)
        .map_err(|error| Error::corrupt("read a stored record").with_source(error))?;
    if !(OLDEST..=VERSION).contains(&head.v) {
        return Err(Error::corrupt(format!(
            "read a stored record of version {} (this program reads {OLDEST} to {VERSION}): use the newer program",
            head.v
        )));
    }
    let frame: FrameIn<T> = serde_json::from_str(text)
        .map_err(|error| Error::corrupt("read a stored record").with_source(error))?;
    Ok(frame.body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Watermark;

    #[test]
    fn a_record_of_a_newer_version_is_refused_with_both_versions_named() {
        let error = from_record::<Watermark>(r#"{"v":3,"body":{}}"#).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.to_string().contains("version 3"), "{error}");
    }

    #[test]
    fn a_record_reads_back() {
        let watermark = Watermark {
            approved_through: chrono::NaiveDate::from_ymd_opt(2026, 11, 20).unwrap(),
            swept_on: None,
        };
        assert_eq!(
            from_record::<Watermark>(&to_record(&watermark).unwrap()).unwrap(),
            watermark
        );
    }

    #[test]
    fn a_record_is_written_under_the_newest_version_and_older_ones_are_still_read() {
        assert_eq!(to_record(&7_u8).unwrap(), r#"{"v":2,"body":7}"#);
        assert_eq!(from_record::<u8>(r#"{"v":1,"body":7}"#).unwrap(), 7);
        for text in ["", "7", r#"{"v":0,"body":7}"#, r#"{"v":2,"body":"x"}"#] {
            let error = from_record::<u8>(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{text}");
        }
    }
}
