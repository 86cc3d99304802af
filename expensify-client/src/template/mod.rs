//! The export templates: what they are, which version, and how to recognise them.
//!
//! They are FreeMarker programs run by Expensify. Engine version, mode and locale there are UNVERIFIED, so the
//! templates use nothing newer than FreeMarker 2.3.23 and print the same bytes in strict and classic-compatible mode,
//! under any locale, with absent values as missing or as empty, with or without white-space stripping.

mod content;
mod export_template;

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

#[cfg(feature = "client")]
pub(crate) use content::decode_line;
pub use content::{FileContent, FileFormat, Json, Lines, ReportIds, Reports, Text};
pub use export_template::ExportTemplate;

/// Version of the wire format of both templates, `v` in the begin record. A parser refuses any other.
pub const TEMPLATE_VERSION: u32 = 1;

/// A template this crate sends with an export, and the frame its output stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Template {
    /// All fields of reports and expenses.
    Export,
    /// Report IDs only: the answer of an export that exists for its `onFinish` action.
    Ack,
}

impl Template {
    /// The FreeMarker source, sent as it is in the form field `template`.
    pub const fn source(self) -> &'static str {
        match self {
            Self::Export => include_str!("export.ftl"),
            Self::Ack => include_str!("ack.ftl"),
        }
    }

    /// What the begin record of a file rendered by this template names as `format`.
    pub const fn format(self) -> &'static str {
        match self {
            Self::Export => "ml-connector/export",
            Self::Ack => "ml-connector/ack",
        }
    }
}

/// SHA-256 in lower-case hexadecimal.
fn sha256(source: &str) -> String {
    Sha256::digest(source.as_bytes())
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_names_itself_and_its_version_in_its_first_line_and_its_begin_record() {
        for template in [Template::Export, Template::Ack] {
            let first = template.source().lines().next().unwrap();
            assert_eq!(
                first,
                format!("<#-- {} v{TEMPLATE_VERSION}", template.format())
            );
            let begin = format!(
                r#"{{"k":"begin","v":{TEMPLATE_VERSION},"format":"{}"}}"#,
                template.format()
            );
            assert!(template.source().contains(&begin));
        }
    }

    #[test]
    fn no_template_uses_what_older_engines_lack_or_what_depends_on_locale() {
        for template in [Template::Export, Template::Ack] {
            for banned in [
                "<#attempt",
                "?no_esc",
                "<#sep",
                "<#ftl",
                "?then",
                "?string}",
                "<#setting",
                "\r",
                "\t",
            ] {
                assert!(!template.source().contains(banned), "{banned}");
            }
        }
    }
}
