//! What FreshBooks says when it refuses, from any of its error envelopes.

mod envelope;

use std::fmt;

use crate::error::ErrorKind;

/// One complaint of FreshBooks about a request.
///
/// `Debug` leaves the message out, because it can quote what was sent.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Problem {
    /// FreshBooks' error number, such as 1012.
    pub errno: Option<u32>,
    /// The field it is about.
    pub field: Option<String>,
    /// What FreshBooks says, in its words.
    pub message: Option<String>,
    /// The kind of record it is about.
    pub object: Option<String>,
}

/// A part of FreshBooks that not every plan includes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Feature {
    /// Bills (errno 41001).
    Bills,
    /// Bill vendors (errno 31001).
    BillVendors,
    /// Bill payments (errno 41101).
    BillPayments,
    /// Items (errno 12001).
    Items,
}

impl Problem {
    pub(crate) fn feature(&self) -> Option<Feature> {
        match self.errno? {
            41001 => Some(Feature::Bills),
            31001 => Some(Feature::BillVendors),
            41101 => Some(Feature::BillPayments),
            12001 => Some(Feature::Items),
            _ => None,
        }
    }

    // Field and wording, not errno: neither errno nor status of this refusal is known (UNVERIFIED).
    pub(crate) fn is_duplicate_bill_number(&self) -> bool {
        let message = self.message.as_deref().unwrap_or_default();
        let message = message.to_ascii_lowercase();
        let about = self.field.as_deref() == Some("bill_number")
            || message.contains("bill_number")
            || message.contains("bill number");
        about && (message.contains("in use") || message.contains("already"))
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Problem")
            .field("errno", &self.errno)
            .field("field", &self.field.as_deref().map(printable))
            .finish_non_exhaustive()
    }
}

/// A parsed error envelope.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Refusal {
    pub(crate) problems: Vec<Problem>,
    /// The error word of the OAuth family.
    pub(crate) code: Option<String>,
    /// The HTTP status the envelope itself states or implies, for errors sent under 200.
    pub(crate) status: Option<u16>,
}

impl Refusal {
    /// Finds an error in a body, whatever its status; `None` if the body is no known error shape.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        envelope::parse(body)
    }

    /// Decides what the caller should do, from the HTTP status and what the envelope says.
    pub(crate) fn kind(&self, status: u16) -> ErrorKind {
        let status = self.effective_status(status);
        let errno = |wanted: u32| self.problems.iter().any(|p| p.errno == Some(wanted));
        if self.problems.iter().any(|p| p.feature().is_some()) || errno(1042) {
            return ErrorKind::Forbidden;
        }
        if self.problems.iter().any(Problem::is_duplicate_bill_number) {
            return ErrorKind::Conflict;
        }
        // A read-only field in the body is answered like a missing permission (403, errno 1038).
        if errno(1038) {
            return ErrorKind::Invalid;
        }
        if let Some(
            "invalid_grant"
            | "invalid_client"
            | "invalid_token"
            | "unauthenticated"
            | "unauthorized_client",
        ) = self.code.as_deref()
        {
            return ErrorKind::Unauthenticated;
        }
        match status {
            401 => ErrorKind::Unauthenticated,
            403 => ErrorKind::Forbidden,
            404 => ErrorKind::NotFound,
            409 => ErrorKind::Conflict,
            429 => ErrorKind::Throttled,
            408 | 500.. => ErrorKind::Unavailable,
            _ if errno(1003) => ErrorKind::Forbidden,
            _ if errno(1011) || errno(1012) => ErrorKind::NotFound,
            _ => ErrorKind::Invalid,
        }
    }

    /// Whether this answer proves that nothing was written. FreshBooks saying that it failed
    /// itself proves nothing, under whatever HTTP status it says so.
    pub(crate) fn proves_no_effect(&self, status: u16) -> bool {
        let status = self.effective_status(status);
        status != 408 && status < 500
    }

    /// The HTTP status, unless the error came under success: then what the envelope states.
    fn effective_status(&self, status: u16) -> u16 {
        if status >= 400 {
            status
        } else {
            self.status.unwrap_or(400)
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut empty = true;
        let mut part = |f: &mut fmt::Formatter<'_>, label: &str, value: &dyn fmt::Display| {
            let comma = if std::mem::take(&mut empty) { "" } else { ", " };
            write!(f, "{comma}{label} {value}")
        };
        if let Some(code) = &self.code {
            part(f, "code", &printable(code))?;
        }
        for problem in self.problems.iter().take(3) {
            if let Some(errno) = problem.errno {
                part(f, "errno", &errno)?;
            }
            if let Some(field) = &problem.field {
                part(f, "field", &printable(field))?;
            }
        }
        if empty {
            f.write_str("without a number")?;
        }
        Ok(())
    }
}

/// Lets through what looks like a name of FreshBooks' own, so that a value echoed in the wrong
/// place does not reach a log.
fn printable(name: &str) -> &str {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.[]-".contains(&byte);
    if name.len() <= 40 && name.bytes().all(plain) {
        name
    } else {
        "(withheld)"
    }
}
