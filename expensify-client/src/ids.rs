//! Identifiers, each its own type so that one cannot stand in for another.

use std::fmt;
use std::sync::Arc;

use crate::error::Error;

/// Why a text cannot be an identifier.
///
/// Identifiers travel in comma-separated lists, so a comma would turn one into two.
fn refuse(text: &str) -> Option<&'static str> {
    // All real ones pass here, a million of them in a large export.
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b',';
    if (1..=128).contains(&text.len()) && text.bytes().all(plain) {
        return None;
    }
    if text.is_empty() {
        Some("is empty")
    } else if text.len() > 128 {
        Some("is longer than 128 bytes")
    } else if text.contains(',') {
        Some("contains a comma")
    } else if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        Some("contains white space or a control character")
    } else {
        None
    }
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $noun:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the provider's text as it is: opaque, case-sensitive, 1 to 128 bytes.
            ///
            /// # Errors
            ///
            /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) if it is empty, too long, or holds a comma, white
            /// space or control characters.
            pub fn new(text: impl AsRef<str>) -> Result<Self, Error> {
                let text = text.as_ref();
                match refuse(text) {
                    Some(why) => Err(Error::invalid(format!("the {} {why}", $noun))),
                    None => Ok(Self(Arc::from(text))),
                }
            }

            /// The provider's text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

identifier!(
    /// Base-62 ID of an expense report (`R00...`); older clients know the base-10 form, which requests accept as well.
    ReportId,
    "report ID"
);
identifier!(
    /// ID of an expense, `transactionID` on the wire: 16 to 19 digits, never a number (it exceeds 2^53).
    ExpenseId,
    "expense ID"
);
identifier!(
    /// ID of a policy, which the site calls a workspace: 16 or 17 hexadecimal digits in the samples, opaque here.
    PolicyId,
    "policy ID"
);
identifier!(
    /// Name of a generated file on the integration server, as the export job returned it.
    FileName,
    "file name"
);
identifier!(
    /// Name of a file that the reconciliation job made. It lies in another file system than an export's
    /// [`FileName`], so the one cannot be asked for in place of the other.
    ReconciliationFile,
    "file name"
);
identifier!(
    /// Name of an Expensify domain, `acme.test`; the account must be an admin of it.
    Domain,
    "domain"
);
